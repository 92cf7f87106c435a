package casework_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/evidence"
	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// read gives the files of a pack in one text, and fails where a check does.
func readPack(t *testing.T, f casework.File) string {
	t.Helper()
	checks, err := evidence.Verify(bytes.NewReader(f.Body), int64(len(f.Body)), evidence.Trust{})
	if err != nil {
		t.Fatalf("%s: %v", f.Name, err)
	}
	for _, c := range checks {
		if c.Result == evidence.Fails {
			t.Errorf("%s: %s: %s", f.Name, c.Name, c.Says)
		}
	}
	z, err := zip.NewReader(bytes.NewReader(f.Body), int64(len(f.Body)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, e := range z.File {
		r, err := e.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(e.Name + "\n" + string(body))
	}
	return all.String()
}

// The pack of every script, whole and per client: it holds, names no person
// and, a client's, nothing of another client (I13, R-24).
func TestEvidence(t *testing.T) {
	for _, name := range []string{
		"c-debtor-of-two", "c-debtor-erasure", "c-debtor-rectification", "c-client-refuses", "f-debtor-and-reader", "reopened-at-client", "withdrawal-at-client", "restriction",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, setting{})
			p := play(w, name, false)
			if _, err := w.cases.Watch(w.ctx); err != nil {
				t.Fatal(err)
			}
			month := w.last[w.seen[0]].Received.In(time.UTC).Format("2006-01")
			auditor := staff["anna"]
			packs := map[string]string{}
			f, err := w.cases.Evidence(w.ctx, auditor, p.ref, request.Dutch)
			if err != nil {
				t.Fatal(err)
			}
			packs[""] = readPack(t, f)
			for _, client := range []string{"bakker", "telstar"} {
				f, err := w.cases.EvidenceOf(w.ctx, auditor, client, month, 1)
				if err != nil {
					t.Fatal(err)
				}
				packs[client] = readPack(t, f)
				if told := strings.Contains(packs[client], "receipts/H-"); !told && name == "c-debtor-of-two" {
					t.Errorf("%s has no receipt of a hand-over", client)
				}
			}
			for _, other := range []string{"telstar", "Telstar"} {
				if strings.Contains(packs["bakker"], other) {
					t.Errorf("the pack of bakker tells of %s", other)
				}
			}
			for _, other := range []string{"bakker", "Bakker"} {
				if strings.Contains(packs["telstar"], other) {
					t.Errorf("the pack of telstar tells of %s", other)
				}
			}
			for of, text := range packs {
				for _, m := range markers() {
					if strings.Contains(text, m) {
						t.Errorf("%q stands in the pack of %q", m, of)
					}
				}
			}
		})
	}
}

// Who may take evidence, and of what.
func TestEvidenceIsFor(t *testing.T) {
	w := newWorld(t, setting{})
	p := play(w, "c-debtor-of-two", false)
	month := w.last[w.seen[0]].Received.Format("2006-01")
	administrator := casework.Actor{ID: "staff-adm", Roles: []string{"administrator"}}
	approver := casework.Actor{ID: "staff-app", Roles: []string{"approver"}}
	if _, err := w.cases.Evidence(w.ctx, administrator, p.ref, request.Dutch); !request.Forbidden.Is(err) {
		t.Errorf("an administrator sees a request: %v", err)
	}
	if _, err := w.cases.Evidence(w.ctx, approver, p.ref, request.Dutch); !request.Forbidden.Is(err) {
		t.Errorf("an approver takes evidence: %v", err)
	}
	if _, err := w.cases.EvidenceOf(w.ctx, staff["jan"], "bakker", month, 1); !request.Forbidden.Is(err) {
		t.Errorf("an officer takes a client's pack: %v", err)
	}
	if _, err := w.cases.EvidenceOf(w.ctx, administrator, "bakker", "2026-13", 1); !request.InputRefused.Is(err) {
		t.Errorf("a month that is none: %v", err)
	}
	if _, err := w.cases.ClientEvidence(w.ctx, "nobody", month, 1); !request.NotFound.Is(err) {
		t.Errorf("a client that is none: %v", err)
	}
}

// The evidence of a request outlives it (D-2): the ledger holds no person.
func TestEvidenceOfTheForgotten(t *testing.T) {
	w := newWorld(t, setting{})
	play(w, "figures", false)
	gone := 0
	for _, id := range w.seen {
		if _, err := w.store.Load(w.ctx, id); request.NotFound.Is(err) {
			gone++
		}
	}
	f, err := w.cases.ClientEvidence(w.ctx, "bakker", "2026-11", 1)
	if err != nil {
		t.Fatal(err)
	}
	if text := readPack(t, f); gone == 0 || !strings.Contains(text, `"number": "I-`) || !strings.Contains(text, `"what": "forgotten"`) && !strings.Contains(text, `"what": "closed"`) {
		t.Errorf("%d requests are gone, and their evidence with them", gone)
	}
}

// The report of a month counts what the scripts played, tells what is open and
// who works for us, and names no person.
func TestClientReport(t *testing.T) {
	w := newWorld(t, setting{})
	play(w, "c-debtor-of-two", false)
	month := w.last[w.seen[0]].Received.Format("2006-01")
	if _, err := w.cases.ReportOf(w.ctx, staff["jan"], "bakker", month); !request.Forbidden.Is(err) {
		t.Errorf("an officer reads a client's report: %v", err)
	}
	r, err := w.cases.ReportOf(w.ctx, staff["anna"], "telstar", month)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Totals(); got.HandOvers != 1 || got.InTime != 1 || got.Reminders != 2 || got.Instructed != 1 || got.Reported != 1 || got.DaysToOrder != 12 {
		t.Errorf("telstar: %+v", got)
	}
	if len(r.SubProcessors) == 0 || len(r.Open) != 0 {
		t.Errorf("sub-processors %v, open %v", r.SubProcessors, r.Open)
	}
	was, err := w.store.Client(w.ctx, "telstar")
	if err != nil {
		t.Fatal(err)
	}
	agreed := was
	agreed.AgreementOn, agreed.InItsName, agreed.AtEnd, agreed.ClaimSystems = "2026-03-21", "no", "return", "collection"
	if err := w.cases.SaveClient(w.ctx, casework.Actor{ID: "beheer", Roles: []string{"administrator"}}, &was, agreed); err != nil {
		t.Fatal(err)
	}
	if r, err = w.cases.ReportOf(w.ctx, staff["anna"], "telstar", month); err != nil {
		t.Fatal(err)
	}
	terms := evidence.Agreement{On: "2026-03-21", InItsName: "no", AtEnd: "return", Systems: []string{w.cases.Systems.Inventory().System("collection").Name.In(r.Language)}}
	if diff := cmp.Diff(terms, r.Agreement); diff != "" {
		t.Errorf("what was agreed (-want +got):\n%s", diff)
	}
	for _, ext := range []string{".csv", ".pdf"} {
		f, err := r.File(ext)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range append(markers(), "bakker", "Bakker") {
			if strings.Contains(string(f.Body), m) {
				t.Errorf("%q stands in %s", m, f.Name)
			}
		}
	}
	open := newWorld(t, setting{})
	play(open, "milestones-of-a-client", false)
	if r, err = open.cases.ClientReport(open.ctx, "bakker", month); err != nil {
		t.Fatal(err)
	}
	if len(r.Open) != 1 || r.Open[0].Next != "instruct" {
		t.Errorf("open: %+v", r.Open)
	}
}

// many is a month of that many requests of a client, all forgotten since.
type many int

func (n many) FiguresOf(context.Context, string, store.Page) ([]figures.Record, string, error) {
	var all []figures.Record
	for i := range int(n) {
		all = append(all, figures.Record{Request: request.ID("req_" + strconv.Itoa(i)), Legs: []figures.Leg{{Role: request.Processor, Client: "bakker"}}})
	}
	return all, "", nil
}

// A month that is too long for one pack comes in several, which together hold each
// request once, up to what a report counts.
func TestMonthOfManyRequests(t *testing.T) {
	w := newWorld(t, setting{})
	for _, x := range []struct {
		requests many
		packs    int // 0: more than there can be
	}{{0, 1}, {400, 1}, {401, 2}, {2000, 5}, {2001, 0}} {
		w.cases.Months = x.requests
		r, err := w.cases.ClientReport(w.ctx, "bakker", "2026-11")
		if x.packs != r.Packs || (x.packs == 0) != request.TooMany.Is(err) {
			t.Errorf("the report of %d requests tells of %d packs, %v", x.requests, r.Packs, err)
		}
		held := map[string]int{}
		for part := 1; part <= x.packs; part++ {
			f, err := w.cases.ClientEvidence(w.ctx, "bakker", "2026-11", part)
			if err != nil {
				t.Fatalf("pack %d of %d requests: %v", part, x.requests, err)
			}
			if several := strings.HasSuffix(f.Name, fmt.Sprintf("-%d-of-%d.zip", part, x.packs)); several != (x.packs > 1) {
				t.Errorf("pack %d of %d is called %s", part, x.packs, f.Name)
			}
			held[f.Name]++
		}
		if len(held) != x.packs {
			t.Errorf("%d requests are %d packs", x.requests, len(held))
		}
		for _, part := range []int{0, -1, x.packs + 1} {
			want := request.NotFound
			if x.packs == 0 {
				want = request.TooMany
			}
			if _, err := w.cases.ClientEvidence(w.ctx, "bakker", "2026-11", part); !want.Is(err) {
				t.Errorf("pack %d of %d: %v", part, x.packs, err)
			}
		}
	}
}
