package door

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Form reads a posted form of at most limit bytes and runs every value through
// clean (Clean or Line). One that is too large is refused whole: InputRefused.
func Form(v Visit, limit int64, clean func(string) string) (url.Values, error) {
	v.R.Body = http.MaxBytesReader(v.W, v.R.Body, limit)
	if err := v.R.ParseForm(); err != nil {
		return nil, request.Fault(request.InputRefused, "", "read a form")
	}
	form := url.Values{}
	for name, values := range v.R.PostForm {
		for _, value := range values {
			form.Add(name, clean(value))
		}
	}
	return form, nil
}

// Save hands out a file to keep: never to show in the page's own origin.
func Save(v Visit, kind, name string, body []byte) error {
	v.W.Header().Set("Content-Type", kind)
	v.W.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	v.W.WriteHeader(http.StatusOK)
	// Who went away gets nothing; that is no fault of ours.
	_, _ = v.W.Write(body)
	return nil
}

// Clean drops what no keyboard sends: broken UTF-8, control characters but for
// tabs and new lines, and marks that turn the direction of text, so that a name
// reads as another (A34).
func Clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\t':
			return c
		case c == '\r':
			return '\n'
		case c < 0x20 || c >= 0x7f && c < 0xa0, c >= 0x202a && c <= 0x202e, c >= 0x2066 && c <= 0x2069, c == 0xfeff:
			return -1
		}
		return c
	}, s)
}

// Line is Clean for a box of one line: no tabs, no new lines, no blanks around it.
func Line(s string) string {
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if c == '\n' || c == '\t' {
			return -1
		}
		return c
	}, Clean(s)))
}

// Part is which of several files of one thing a link asks for, from 1; the first
// where it does not say.
func Part(r *http.Request) int {
	part, err := strconv.Atoi(Clip(r.URL.Query().Get("deel"), 4))
	if err != nil {
		return 1
	}
	return part
}

// Clip keeps the first n characters.
func Clip(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// ReadCode reads a code as people type or paste it: digits, with blanks, dots or
// dashes between, also those of full width. ok is false when something else
// stands in it or the length is not that of a code; n counts the digits.
func ReadCode(s string) (code string, n int, ok bool) {
	var b strings.Builder
	other := false
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			b.WriteRune(c)
		case c >= '０' && c <= '９':
			b.WriteRune(c - '０' + '0')
		case unicode.IsSpace(c) || unicode.Is(unicode.Pd, c) || c == '.' || c == '\u200b' || c == '\u2212':
		default:
			other = true
		}
	}
	code = b.String()
	return code, len(code), !other && len(code) == identity.CodeDigits
}
