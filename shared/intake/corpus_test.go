package intake

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/request"
)

// expected is what a person who read the letter says it asks. Empty fields are
// not judged, save rights, which are judged of every request.
type expected struct {
	Language  request.Language   `json:"language"`
	Kind      Kind               `json:"kind"`
	Rights    []request.Right    `json:"rights"`
	Relation  request.Relation   `json:"relation"`
	Relations []request.Relation `json:"relations"`
	Sure      *bool              `json:"sure"`
	Reference string             `json:"reference"`
}

type letter struct {
	id   string
	want expected
	eml  string
}

// letters reads a corpus: "## id {expected}", then header lines (From and
// Subject, others after "Header: "), an empty line and the text.
func letters(tb testing.TB, name string) []letter {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	var out []letter
	for _, block := range strings.Split("\n"+string(b), "\n## ")[1:] {
		first, rest, _ := strings.Cut(block, "\n")
		id, want, _ := strings.Cut(first, " ")
		l := letter{id: id}
		if err := json.Unmarshal([]byte(want), &l.want); err != nil {
			tb.Fatalf("%s: %s: %v", name, id, err)
		}
		head, body, _ := strings.Cut(rest, "\n\n")
		var h strings.Builder
		if !strings.Contains(head, "From:") {
			h.WriteString("From: iemand@example.org\n")
		}
		for _, line := range strings.Split(head, "\n") {
			h.WriteString(strings.TrimPrefix(line, "Header: ") + "\n")
		}
		l.eml = h.String() + "To: info@allclaims.nl\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + body
		out = append(out, l)
	}
	return out
}

var testOptions = Options{
	OwnAddresses: []string{"info@allclaims.nl", "privacy@allclaims.nl"},
	OwnDomains:   []string{"allclaims.nl"},
}

func readString(tb testing.TB, eml string, o Options) Message {
	tb.Helper()
	m, err := Read(strings.NewReader(eml), o)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// misses says in what m differs from what was expected.
func misses(m Message, want expected) []string {
	var out []string
	miss := func(what string, got, want any) {
		out = append(out, fmt.Sprintf("%s is %v, want %v", what, got, want))
	}
	if want.Language != "" && m.Language != want.Language {
		miss("language", m.Language, want.Language)
	}
	if m.Kind != want.Kind {
		miss("kind", m.Kind, want.Kind)
	}
	if want.Kind == KindRequest && fmt.Sprint(m.Rights) != fmt.Sprint(want.Rights) {
		miss("rights", m.Rights, want.Rights)
	}
	if want.Relation != "" && m.Relation() != want.Relation {
		miss("relation", m.Relation(), want.Relation)
	}
	if want.Relations != nil && fmt.Sprint(m.Relations) != fmt.Sprint(want.Relations) {
		miss("relations", m.Relations, want.Relations)
	}
	if want.Sure != nil && m.Sure != *want.Sure {
		miss("sure", m.Sure, *want.Sure)
	}
	if want.Reference != "" && m.Reference != want.Reference {
		miss("reference", m.Reference, want.Reference)
	}
	return out
}

// TestCorpus holds the accuracy on three corpora: the letters that the lexicon
// was tuned on must nearly all be understood, and so must the held-out ones. A letter
// that was never to be lost is judged apart: no request is set aside as other.
func TestCorpus(t *testing.T) {
	for _, tt := range []struct {
		file  string
		floor float64
	}{
		{"tuned.txt", 0.99},
		{"heldout.txt", 0.94},
	} {
		t.Run(tt.file, func(t *testing.T) {
			all := letters(t, tt.file)
			right, kindRight, rightsRight, wrongSure := 0, 0, 0, 0
			for _, l := range all {
				m := readString(t, l.eml, testOptions)
				wrong := misses(m, l.want)
				if len(wrong) == 0 {
					right++
				} else if os.Getenv("INTAKE_SHOW") != "" {
					t.Logf("%s: %s (rule %s, evidence %q, relations %v)", l.id, strings.Join(wrong, "; "), m.Rule, m.Evidence, m.Relations)
				}
				if m.Sure && m.Kind == KindRequest && (m.Kind != l.want.Kind || fmt.Sprint(m.Rights) != fmt.Sprint(l.want.Rights)) {
					wrongSure++
				}
				if m.Kind == l.want.Kind {
					kindRight++
				}
				if l.want.Kind != KindRequest || fmt.Sprint(m.Rights) == fmt.Sprint(l.want.Rights) {
					rightsRight++
				}
				asks := l.want.Kind == KindRequest || l.want.Kind == KindComplaint || l.want.Kind == KindReminder
				if asks && (m.Kind == KindOther || m.Kind == KindBounce || m.Kind == KindAutomatic) {
					t.Errorf("%s: a %s was set aside as %s (rule %s)", l.id, l.want.Kind, m.Kind, m.Rule)
				}
			}
			accuracy := float64(right) / float64(len(all))
			t.Logf("%s: %d letters, all right %.1f %%, kind %.1f %%, rights %.1f %%, sure of a wrong request %d", tt.file, len(all), 100*accuracy,
				100*float64(kindRight)/float64(len(all)), 100*float64(rightsRight)/float64(len(all)), wrongSure)
			if accuracy < tt.floor {
				t.Errorf("%s: %.1f %% of the letters are understood, want at least %.1f %%", tt.file, 100*accuracy, 100*tt.floor)
			}
		})
	}
}
