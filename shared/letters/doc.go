// Package letters turns what was decided about a request into the words that
// the person, the client or a colleague reads: the closed list T-01 … T-31 of
// law.md §7 and the notices N-01 … N-05, in Dutch and English, as plain text
// and as HTML that says the same.
//
// The words stand in templates/{nl,en}: one file a kind, and blocks.txt for
// what several letters share. A file is a series of rows:
//
//	version 1
//
//	// A comment, for editors.
//	@ T13-kept-tax ?kept_tax
//	→ BLK-KEEP.tax per kept tax
//
//	@ T13-answer ?kept
//	# A heading
//	A paragraph with a {placeholder}[[, and a piece that goes when {phone} is empty]].
//	- a list item
//	~ a line of facts, outside the readability measure
//
// A row opens with its id and its condition: names that must hold, a ! before
// one that must not, a | between two of which one is enough. An officer or
// counsel can so read, and change, a letter without reading Go. Values never
// become part of a template: the rows are parsed once, before any value is seen
// (A35).
package letters
