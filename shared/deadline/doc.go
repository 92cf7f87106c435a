// Package deadline is the law's clock: it tells an officer when a request must
// be answered, and why on that day.
//
// From the instant of receipt, the questions that were asked back and the
// notice of extension it computes the day that we work to (SafeDue), the last
// day the law allows (Due), the instant at which that day is over, and the
// internal milestones before it. Every date comes with the steps that lead to
// it, in plain Dutch and English, each naming the rule of docs/law.md that it
// applies (C-2 … C-13).
//
// The package is pure: no clock, no settings, no input or output. All counting
// is done on calendar dates in Amsterdam, never on durations (C-15): a day of
// 23 or 25 hours is one day. The time zone data is linked into the binary, so
// that a Lambda without zone files counts like a desk in Rotterdam.
//
// # Decisions where the law is silent
//
// A pause is one stretch of time, from the first question to the last answer
// (C-8, C-9). Its rounds may be given in any order; they are put in the order
// of asking, and then:
//
//   - The first question opens the pause if it was asked at most three working
//     days after receipt. If it was later there is no pause, and no further
//     question can open one.
//   - A further question keeps the pause if it was asked at most three working
//     days after the latest answer before it, or while a question was still
//     open (a reminder, an overlap). The first one that was later ends the
//     pause at the latest answer; nothing after it counts.
//   - Questions that overlap are one pause, so no day is ever counted twice.
//   - A question without an answer counts nothing yet, but it is shown. The
//     days up to an earlier answer in the same pause stay counted. The answer
//     to a question also answers those asked before it or on the same day.
//
// "At most three working days after" compares dates: a question sent on the
// Saturday after the third working day is late.
package deadline
