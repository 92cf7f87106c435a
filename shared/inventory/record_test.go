package inventory

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Art. 30(1)(a)–(g), 30(2)(a)–(d): every part of the law has an answer for
// every holding of its role, in both languages, and the desk itself is in it (D-5).
func TestRecordAnswersTheArticle(t *testing.T) {
	inv := Default()
	for part, role := range map[int]request.Role{1: request.Controller, 2: request.Processor} {
		n := 0
		for _, p := range inv.Places() {
			if p.Holding.Role == role {
				n++
			}
		}
		for _, l := range Languages {
			r := inv.Record(part, l, []Party{{Name: "Energie Nu B.V.", Email: "avg@energienu.example"}})
			if len(r.Activities) != n+1 {
				t.Errorf("part %d has %d activities, want %d and the desk", part, len(r.Activities), n)
			}
			for _, a := range r.Activities {
				for _, it := range a.Items {
					if len(it.Lines) == 0 && it.Key != "recipients" && it.Key != "processors" {
						t.Errorf("part %d %s, %s: nothing about %s", part, l, a.Title, it.Key)
					}
				}
			}
			articles := map[string]bool{}
			for _, it := range append(r.Heads(), r.Activities[0].Items...) {
				articles[it.Article] = true
			}
			want := strings.Fields("30(1)(a) 30(1)(b) 30(1)(c) 30(1)(d) 30(1)(e) 30(1)(f) 30(1)(g)")
			if part == 2 {
				want = strings.Fields("30(2)(a) 30(2)(b) 30(2)(c) 30(2)(d)")
			}
			for _, a := range want {
				if !articles[a] {
					t.Errorf("part %d: nothing for %s", part, a)
				}
			}
		}
	}
}

// A transfer outside the EEA is named with its safeguard (30(1)(e)).
func TestRecordNamesTransfers(t *testing.T) {
	inv, err := Parse(read1(t, "testdata/chinook.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range inv.Record(1, request.English, nil).Activities {
		for _, it := range a.Items {
			got := strings.Join(it.Lines, " ")
			if want := it.Key == "transfers" && strings.Contains(a.Title, "Customers"); want != (it.Key == "transfers" && strings.Contains(got, "Paymill Processing Inc. (US): Standard contractual clauses")) {
				t.Errorf("%s, %s: %s", a.Title, it.Key, got)
			}
		}
	}
}

func TestRecordCSV(t *testing.T) {
	inv := *Default()
	inv.Controller.Name = "=cmd|'/c calc'!A1"
	clients := []Party{{Name: "Energie Nu B.V.", Email: "avg@energienu.example"}, {Name: "Sport; Co", Email: "@sport"}}
	for part, want := range map[int]int{1: 12, 2: 9} {
		var b bytes.Buffer
		if err := inv.Record(part, request.Dutch, clients).CSV(&b); err != nil {
			t.Fatal(err)
		}
		body, bom := strings.CutPrefix(b.String(), "\ufeff")
		r := csv.NewReader(strings.NewReader(body))
		r.Comma = ';'
		lines, err := r.ReadAll()
		if err != nil || !bom || !strings.Contains(body, "\r\n") {
			t.Fatalf("part %d: %v, byte order mark %v", part, err, bom)
		}
		if len(lines) != want {
			t.Errorf("part %d has %d lines, want %d", part, len(lines), want)
		}
		for _, line := range lines {
			for _, cell := range line {
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@") {
					t.Errorf("part %d: a spreadsheet may run %q", part, cell)
				}
			}
		}
	}
}

func TestRecordHTML(t *testing.T) {
	inv := *Default()
	inv.Controller.Name = "<script>alert(1)</script>"
	for _, part := range []int{1, 2} {
		var b bytes.Buffer
		if err := inv.Record(part, request.Dutch, nil).HTML(&b); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "<script") || strings.Contains(b.String(), "http") {
			t.Error("the page runs or fetches something")
		}
		if _, err := html.Parse(&b); err != nil {
			t.Error(err)
		}
	}
}
