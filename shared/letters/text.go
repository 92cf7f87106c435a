package letters

import (
	"strings"
	"unicode/utf8"
)

// width is the widest line of a plain letter (docs/WORDS.md, mail).
const width = 72

// text writes the letter as plain text: it is the letter, the HTML repeats it (W-29).
func (d document) text() string {
	var b strings.Builder
	for i, e := range d.elements {
		if i > 0 && d.elements[i-1].Kind != heading {
			b.WriteString("\n")
		}
		for _, spans := range e.Lines {
			words := words(spans)
			switch e.Kind {
			case list:
				wrap(&b, "- ", "  ", words)
			case legHeading:
				wrap(&b, "", "", words)
				b.WriteString(strings.Repeat("-", min(utf8.RuneCountInString(words), width)) + "\n")
			case code:
				b.WriteString("    " + words + "\n")
			default:
				wrap(&b, "", "", words)
			}
		}
	}
	return b.String()
}

// wrap writes words in lines of at most width; a word that is longer, such as
// an address, stands alone and whole; a no-break space breaks no line.
func wrap(b *strings.Builder, first, next, text string) {
	used := utf8.RuneCountInString(first)
	b.WriteString(first)
	empty := true
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' }) {
		n := utf8.RuneCountInString(w)
		switch {
		case empty:
		case used+1+n > width:
			b.WriteString("\n" + next)
			used = utf8.RuneCountInString(next)
		default:
			b.WriteString(" ")
			used++
		}
		b.WriteString(w)
		used += n
		empty = false
	}
	b.WriteString("\n")
}

// prose is the text that the readability measure is about, one line for each
// line, heading and item (docs/WORDS.md).
func (d document) prose() string {
	var b strings.Builder
	for _, e := range d.elements {
		if !e.prose {
			continue
		}
		for _, spans := range e.Lines {
			b.WriteString(words(spans) + "\n")
		}
	}
	return b.String()
}
