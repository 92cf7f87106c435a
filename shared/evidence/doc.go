// Package evidence makes the pack with which All Claims shows afterwards what
// happened to a request: what was received, when it was handed over to the
// client, what the client instructed, what was done and who was told (5(2),
// 28(3)(h)). An officer or auditor takes it for one request, a client for its
// own parts of a month's requests; a supervisor or court can check it years
// later, without us and without a network.
//
// A pack is a ZIP: a page to read, evidence.json, a signed receipt of every
// hand-over, and a signed list of its files. It holds the lines of the ledger
// that it is about, each with what ties it to the root of a day that was locked
// away: the lines in between stand there as digests that tell nothing of what
// they say. So a client's pack proves the client's lines and shows none of
// another's. The ledger holds no personal data, and neither does a pack;
// it is made of nothing else.
//
// Write makes a pack, Verify checks one. docs/EVIDENCE.md describes the files.
package evidence
