// Package identity answers one question: how sure are we that the person who
// asks is the person whose data it is (law.md §3)? It computes the level that a
// right needs, lifts a leg by what was proven, and runs the only proof there
// is: a code that is sent to a channel on file and typed by a human into the
// browser session that asked for it.
//
// What can never prove anything: the sender's address, the verdicts on a mail
// (A06), facts that somebody knows (A02), a link (A20), and time (I14).
package identity
