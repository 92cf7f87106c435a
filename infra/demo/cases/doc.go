// Package cases plays the demonstration: seven people, an impostor and a lost
// notification, from the first word to the last letter, on a whole local stack
// and through its public doors alone: the web form, mail, the proof pages, the
// clients' pages and the desk. It says step by step what happens and checks
// every outcome, also what must not be sent. make demo shows it to an officer;
// the end-to-end test runs the same.
package cases
