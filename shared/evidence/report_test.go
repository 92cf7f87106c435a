package evidence

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/request"
)

func report(t testing.TB, client string, lang request.Language) Report {
	t.Helper()
	chains, _ := book(t)
	return NewReport(Report{
		Made: start.AddDate(0, 0, 20), By: "All Claims B.V.", Client: Client{ID: client, Name: "Bakker BV"}, Month: "2026-11", Language: lang,
		Open: []OpenItem{
			{Reference: "R-7Q2M-K9TD", Leg: "1", Right: "access", Next: "report", By: "2026-12-16"},
			{Reference: "R-2222-2222", Leg: "4", Right: "erasure", Next: "instruct", By: "2026-12-20", Reminded: 2},
		},
		SubProcessors: []SubProcessor{{Name: "=Amazon Web Services", Country: "LU"}},
	}, chains, deadline.Calendar{})
}

// Times are working days from step to step, outcomes those of the lines, and
// another client's part is no row.
func TestReport(t *testing.T) {
	r := report(t, "c1", request.Dutch)
	if len(r.Rows) != 2 {
		t.Fatalf("%d rows: %+v", len(r.Rows), r.Rows)
	}
	want := ReportRow{
		Reference: "R-7Q2M-K9TD", Leg: "1", Right: "access", Received: start, HandedOver: start.Add(5 * time.Hour), DaysToHand: 0, Reminded: 1,
		Instructed: start.Add(11 * time.Hour), Instruction: "carry-out-to-us", DaysToOrder: 0, Told: start.Add(14 * time.Hour), DaysToReport: 0, Outcome: "granted",
	}
	want.DaysToReport = 1 // 23.00 UTC is the next day in Amsterdam
	if diff := cmp.Diff(want, r.Rows[0]); diff != "" {
		t.Errorf("the row (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Totals{HandOvers: 2, InTime: 2, Instructed: 2, Reported: 2, Reminders: 2, DaysToReport: 1}, r.Totals()); diff != "" {
		t.Errorf("the totals (-want +got):\n%s", diff)
	}
	r.Agreement = Agreement{On: "2026-03-21", AtEnd: "delete", Systems: []string{"Incasso", "Telefoon"}}
	facts, err := r.Facts()
	agreed := []Fact{
		{"Verwerkersovereenkomst van", "zaterdag 21 maart 2026"}, {"Antwoorden in uw naam", "niet afgesproken"},
		{"Als de overeenkomst stopt", "wissen wij de gegevens"}, {"Systemen met uw dossiers", "Incasso, Telefoon"},
	}
	if diff := cmp.Diff(agreed, facts[max(len(facts)-4, 0):]); err != nil || diff != "" {
		t.Errorf("what was agreed: %v (-want +got):\n%s", err, diff)
	}
	if got := report(t, "c2", request.Dutch).Totals(); got.Refused != 2 || got.Reported != 0 || got.DaysToReport != -1 {
		t.Errorf("the other client's totals are %+v", got)
	}
	if got := report(t, "c3", request.Dutch); len(got.Rows) != 0 {
		t.Errorf("a client that was told of nothing has %d rows", len(got.Rows))
	}
}

// A Dutch spreadsheet parts cells by a semicolon and reads UTF-8 by its mark;
// no cell is a formula (A40).
func TestReportCSV(t *testing.T) {
	for lang, comma := range map[request.Language]rune{request.Dutch: ';', request.English: ','} {
		r := report(t, "c1", lang)
		r.Open[1].Right = "=1+1"
		f, err := r.File(".csv")
		if err != nil {
			t.Fatal(err)
		}
		bare, ok := bytes.CutPrefix(f.Body, []byte("\xef\xbb\xbf"))
		if !ok || !bytes.Contains(bare, []byte("\r\n")) {
			t.Fatalf("%s: it does not begin or end as it must: %q", lang, f.Body[:20])
		}
		in := csv.NewReader(bytes.NewReader(bare))
		in.Comma = comma
		rows, err := in.ReadAll()
		if err != nil || len(rows) != 4 {
			t.Fatalf("%s: %d rows, %v", lang, len(rows), err)
		}
		if diff := cmp.Diff([]string{"2026-11", "R-7Q2M-K9TD", "1", "access", "2026-11-16", "2026-11-16", "0", "1", "2026-11-16", "carry-out-to-us", "0", "2026-11-17", "granted", "1", "yes", "report", "2026-12-16", "", "", "0"}, rows[1]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", lang, diff)
		}
		if diff := cmp.Diff([]string{"", "R-2222-2222", "4", "'=1+1", "", "", "", "2", "", "", "", "", "", "", "yes", "instruct", "2026-12-20", "", "", ""}, rows[3]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", lang, diff)
		}
	}
}

// The PDF is the same bytes for the same report, in both languages, also over
// many pages and with nothing in it.
func TestReportPDF(t *testing.T) {
	for _, lang := range []request.Language{request.Dutch, request.English} {
		r := report(t, "c1", lang)
		for range 60 {
			r.Rows = append(r.Rows, r.Rows[0])
		}
		one, err := r.File(".pdf")
		if err != nil {
			t.Fatal(err)
		}
		two, err := r.File(".pdf")
		if err != nil || !bytes.Equal(one.Body, two.Body) {
			t.Errorf("%s: twice is not the same, %v", lang, err)
		}
		if !bytes.HasPrefix(one.Body, []byte("%PDF-")) || strings.Count(string(one.Body), "/Type /Page\n") < 2 {
			t.Errorf("%s: it is no PDF of some pages", lang)
		}
		if dir := os.Getenv("REPORT_DIR"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, one.Name+"-"+string(lang)+".pdf"), one.Body, 0o600); err != nil {
				t.Error(err)
			}
		}
		empty := Report{Made: start, By: "All Claims B.V.", Client: Client{ID: "c1", Name: "Bakker BV"}, Month: "2026-11", Language: lang}
		if _, err := empty.File(".pdf"); err != nil {
			t.Errorf("%s: nothing: %v", lang, err)
		}
	}
}

// What a client's machine took is told as such, with its receipt: in the report,
// on the pack's page and in the receipt that we sign.
func TestHandedOverToAMachine(t *testing.T) {
	chains, _ := book(t)
	lines := linesOf(requestOne)
	for i, l := range lines {
		if l.Action != "forwarded" || l.Refs["client"] != "c1" {
			continue
		}
		took := l
		took.Action, took.Refs = "machine-acknowledged", map[string]string{"client": "c1", "receipt": "ab12", "signed": "true"}
		l.Refs = map[string]string{"client": "c1", "safeDue": "2026-12-16", "by": "machine", "receipt": "ab12", "signed": "true"}
		lines = slices.Concat(lines[:i], []ledger.Line{took, l}, lines[i+1:])
		break
	}
	chains[0].Lines, _ = ledger.Append(request.Chain{}, lines)
	r := NewReport(Report{Client: Client{ID: "c1"}, Month: "2026-11", Language: request.Dutch}, chains[:1], deadline.Calendar{})
	if len(r.Rows) != 1 || r.Rows[0].How != "machine" || r.Rows[0].Receipt != "ab12" {
		t.Errorf("the report has %+v", r.Rows)
	}
	f, err := r.File(".csv")
	if err != nil || !bytes.Contains(f.Body, []byte(";machine;ab12;0\r\n")) {
		t.Errorf("%s %v", f.Body, err)
	}
	// What came after the mail that went instead is told, and does not count: the first does.
	late := slices.IndexFunc(lines, func(l ledger.Line) bool { return l.Action == "forwarded" && l.Refs["client"] == "c1" })
	instead := slices.Clone(lines)
	instead[late-1], instead[late] = lines[late], lines[late-1]
	instead[late-1].Refs = map[string]string{"client": "c1", "by": "mail-instead"}
	second := slices.Clone(chains[:1])
	second[0].Lines, _ = ledger.Append(request.Chain{}, instead)
	if late := NewReport(Report{Client: Client{ID: "c1"}, Month: "2026-11"}, second, deadline.Calendar{}); late.Rows[0].How != "mail-instead" || late.Rows[0].Receipt != "" {
		t.Errorf("of a late receipt the report has %+v", late.Rows)
	}
	o := order(t)
	o.Chains, o.Sealed = chains[:1], nil
	files := filesOf(t, written(t, o))
	for name, want := range map[string]string{
		"receipts/H-7Q2M-K9TD-1.json": `"answer": "ab12"`, "index.html": "De computer van de opdrachtgever nam het aan",
		"index.en.html": "signed receipt · ab12",
	} {
		if !bytes.Contains(files[name], []byte(want)) {
			t.Errorf("%s has no %s:\n%s", name, want, files[name])
		}
	}
}

// 28(3): an instruction that was held counts as none until the client's second
// word, and the report says how often that was; words of an officer stand nowhere.
func TestReportOfAHeldInstruction(t *testing.T) {
	chains, _ := book(t)
	lines := linesOf(requestOne)
	given := slices.IndexFunc(lines, func(l ledger.Line) bool { return l.Action == "instruction-given" && l.Leg == "1" })
	held := lines[given]
	held.Action, held.Actor, held.Reason, held.At = "instruction-held", "staff-jan", "others", held.At.Add(time.Minute)
	back := held
	back.Action, back.Actor, back.Reason = "instruction-withdrawn", "client:c1", ""
	again := lines[given]
	again.At, again.Reason = held.At.AddDate(0, 0, 7), "refuse"
	for name, tc := range map[string]struct {
		more []ledger.Line
		want string
	}{"waits": {[]ledger.Line{held}, ""}, "taken back": {[]ledger.Line{held, back}, ""}, "changed": {[]ledger.Line{held, again}, "refuse"}} {
		chains[0].Lines, _ = ledger.Append(request.Chain{}, slices.Concat(lines[:given+1], tc.more))
		r := NewReport(Report{Client: Client{ID: "c1", Name: "Bakker BV"}, Month: "2026-11", Language: request.Dutch}, chains[:1], deadline.Calendar{})
		if len(r.Rows) != 1 || r.Rows[0].Held != 1 || r.Rows[0].Instruction != tc.want || r.Rows[0].Instructed.IsZero() != (tc.want == "") {
			t.Errorf("%s: the report has %+v", name, r.Rows)
		}
		o := order(t)
		o.Chains, o.Sealed = chains[:1], nil
		if page := string(filesOf(t, written(t, o))["index.html"]); !strings.Contains(page, "gegevens van iemand anders") {
			t.Errorf("%s: the pack's page does not say why it was held", name)
		}
	}
}
