package main

import (
	"context"
	"strings"
	"testing"
)

// letter runs without any setting and says what is possible when it cannot.
func TestLetter(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		out  string // must stand in the output
		err  string // or in the error
	}{
		"text":         {[]string{"-kind", "T-13", "-lang", "nl", "-format", "txt"}, "Onderwerp: Ons antwoord op uw verzoek (R-7Q2M-K9TD)", ""},
		"outcome":      {[]string{"-kind", "T-12", "-lang", "en", "-outcome", "refused"}, "We did not change your data.", ""},
		"html":         {[]string{"-kind", "N-01", "-lang", "en", "-format", "html"}, ">4829 1736<", ""},
		"list":         {[]string{"-list"}, "must hold: T01-id", ""},
		"nothing":      {nil, "", "-kind T-13"},
		"unknown kind": {[]string{"-kind", "T-99"}, "", "T-01 T-02 T-04a"},
		"outcome bad":  {[]string{"-kind", "T-12", "-outcome", "no"}, "", "granted, partial, refused"},
		"language":     {[]string{"-kind", "T-12", "-lang", "fr"}, "", "[nl en]"},
		"pdf":          {[]string{"-kind", "T-12", "-format", "pdf"}, "", "not there yet; choose -format txt or html"},
		"format":       {[]string{"-kind", "T-12", "-format", "doc"}, "", "txt or html"},
		"loose word":   {[]string{"T-12"}, "", "every argument has a name"},
		"bad flag":     {[]string{"-x"}, "", "reading the arguments"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs strings.Builder
			err := runLetter(context.Background(), c.args, strings.NewReader(""), &out, &errs)
			switch {
			case c.err == "" && err != nil:
				t.Fatalf("failed: %v", err)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Fatalf("error %v, want %q", err, c.err)
			case !strings.Contains(out.String(), c.out):
				t.Errorf("%q is not in:\n%s", c.out, out.String())
			}
		})
	}
}
