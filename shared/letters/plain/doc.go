// Package plain measures whether a text can be read at language level B1 and
// checks it against the words, dates and forms of the house (docs/WORDS.md). An
// officer uses it before a letter or a page goes live; the tests run it over
// every letter. A measure finds bad texts, it does not prove good ones.
package plain
