package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const inzage = "From: Jan <jan@example.org>\r\nSubject: inzage\r\n\r\nIk wil graag inzage in mijn gegevens, dossier D-2026-00123.\r\n"

// TestIntake runs the command as an operator does: one file, standard input, several files.
func TestIntake(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.eml")
	if err := os.WriteFile(name, []byte(inzage), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		args  []string
		lines int
	}{
		{"file", []string{name}, 1},
		{"standard input", []string{"-"}, 1},
		{"no argument", nil, 1},
		{"several", []string{name, name}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if status := run(t.Context(), append([]string{"intake"}, tt.args...), strings.NewReader(inzage), &out, &errs); status != 0 {
				t.Fatalf("status %d: %s", status, errs.String())
			}
			decoder := json.NewDecoder(&out)
			for range tt.lines {
				var got map[string]any
				if err := decoder.Decode(&got); err != nil {
					t.Fatal(err)
				}
				for key, want := range map[string]any{"language": "nl", "kind": "request", "relation": "debtor", "sure": true, "answerable": true, "reference": ""} {
					if got[key] != want {
						t.Errorf("%s is %v, want %v", key, got[key], want)
					}
				}
				for _, key := range []string{"rights", "relations", "clues", "rule"} {
					if got[key] == nil {
						t.Errorf("%s is missing", key)
					}
				}
			}
			if decoder.More() {
				t.Error("more than was asked")
			}
		})
	}
}

// TestIntakeMissingFile says which file and fails.
func TestIntakeMissingFile(t *testing.T) {
	var out, errs bytes.Buffer
	if status := run(t.Context(), []string{"intake", "there-is-no.eml"}, strings.NewReader(""), &out, &errs); status != 1 || !strings.Contains(errs.String(), "there-is-no.eml") {
		t.Errorf("status %d: %s", status, errs.String())
	}
}
