// Package casework walks a request from receipt to answer. Each file named
// after a state holds that state's step; the other files hold what people do
// to a case: the subject (subject.go), the officer (desk.go), the client
// (client.go), the clock (wake.go, watch.go) and the mail service (mailback.go).
//
// A step is: load, look at the phase, do one outside act that is safe to
// repeat, record it by compare-and-swap together with its letters and ledger
// lines. A step that was done answers the same again and does nothing.
package casework
