// Package client is where a client (opdrachtgever) sees the requests of its
// own debtors and instructs what must be done: the controller decides, All
// Claims carries out. Dutch and English, by the client's language.
//
// A client signs in with a code that is mailed to the address in the register,
// of its contact or of the contact's deputy, who sees the same and gives no
// instruction and takes no package; the answer is the same for an address that
// nobody knows (A16). From then on
// every page asks for the client's own legs only: another's leg, one that does
// not exist and one that was never handed over are the same page (A26). An
// instruction has no default, is shown once more before it is given, and ends
// in a receipt with its number and time.
package client
