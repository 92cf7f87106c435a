// Package intake reads what arrives — a mail as it came in, the free text of a
// form, a note by staff — and says what is asked, by whom it claims to be sent
// and in which language, so that an officer gets a registered request instead
// of a mailbox.
//
// Three promises hold for every input, however broken or hostile:
//
//   - Nothing is refused. Bad mail is not an error; it becomes a Message with
//     Sure false, which an officer triages with the clock running (law.md, C-6).
//   - Nothing here raises trust. The sender is a claim, and the verdicts that SES
//     sends along never lift it (A01, A06, A07).
//   - Nothing that a machine sent is answered (A32), yet a request that merely
//     looks automatic is still registered.
//
// Reading goes in four steps, a file each: mime.go takes the mail apart within
// limits that are checked before any work (A36), quote.go finds the words that
// are new, words.go and lexicon.go turn them into classes of words, and
// rights.go, relation.go and kind.go weigh those. There are no lists of example
// letters in the code: a verb, an object and "my" within reach of each other,
// less the negations and the mere mentions, make a right. Everything is
// deterministic; the same bytes always give the same Message.
package intake
