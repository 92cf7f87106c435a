package main

import (
	"context"
	"errors"
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
		"unknown kind": {[]string{"-kind", "T-99"}, "", "T-01 T-02 T-03 T-04a"},
		"outcome bad":  {[]string{"-kind", "T-12", "-outcome", "no"}, "", "granted, partial, refused"},
		"language":     {[]string{"-kind", "T-12", "-lang", "fr"}, "", "[nl en]"},
		"pdf":          {[]string{"-kind", "T-12", "-format", "pdf"}, "%PDF-", ""},
		"by post":      {[]string{"-kind", "N-01", "-outcome", "post"}, "7Q2M K9TD 4XW1B", ""},
		"help":         {[]string{"-h"}, "-format", ""},
		"exception":    {[]string{"-list"}, "on UAVG 41: T21-exception", ""},
		"format":       {[]string{"-kind", "T-12", "-format", "doc"}, "", "choose -format txt, html or pdf"},
		"loose word":   {[]string{"T-12"}, "", "every argument has a name"},
		"bad flag":     {[]string{"-x"}, "", "cannot read the arguments"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs strings.Builder
			err := runLetter(context.Background(), c.args, strings.NewReader(""), &out, &errs)
			switch {
			case c.err == "" && err != nil:
				t.Fatalf("failed: %v", err)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Fatalf("error %v, want %q", err, c.err)
			case c.err != "" && (!errors.As(err, new(misuse)) || strings.Contains(err.Error(), "\n") || errs.Len() > 0 || out.Len() > 0):
				t.Fatalf("a misuse is not told in one sentence: %v %s", err, errs.String())
			case !strings.Contains(out.String(), c.out):
				t.Errorf("%q is not in:\n%s", c.out, out.String())
			}
		})
	}
}
