package inventory

import (
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/google/go-cmp/cmp"
)

func TestDefaultIsWhole(t *testing.T) {
	inv := Default()
	var ids []string
	for _, p := range inv.Places() {
		ids = append(ids, p.ID())
	}
	want := []string{
		"relations/clients", "relations/prospects", "relations/intermediaries", "relations/contacts",
		"invoices/invoices", "newsletter/subscribers",
		"collection/files", "collection/notes", "collection/payments",
		"recordings/calls", "recordings/debtor-calls", "weblog/visits", "weblog/consents",
	}
	if d := cmp.Diff(want, ids); d != "" {
		t.Errorf("holdings (-want +got):\n%s", d)
	}
}

// A42, X-5: every way to leave something undecided refuses the whole file.
func TestParseRefuses(t *testing.T) {
	good := string(systemsYAML)
	for _, tc := range []struct{ name, old, new, fault string }{
		{"unknown field", "kind: dynamodb", "kind: dynamodb\n    colour: red", "colour"},
		{"column without a flag", `category: name, disclose: "yes", provided: true, is: name`, `category: name, provided: true, is: name`, "disclose must be"},
		{"review without a reason", "disclose: review, reason: third-party", "disclose: review", "without a known reason"},
		{"an unknown way to screen", "disclose: review, reason: third-party", "disclose: review, reason: third-party, screen: skim", `unknown screen "skim"`},
		{"a way to screen what nobody reviews", `is: name, anonymise: true}`, `is: name, anonymise: true, screen: propose}`, "screen is for what a person reviews"},
		{"a holding with nothing to screen", "id: prospects\n", "id: prospects\n        screen: whole\n", "screen is for what a person reviews"},
		{"words of a recording", "disclose: review, reason: third-voice", "disclose: review, reason: third-voice, screen: propose", "no words can be found in a file"},
		{"unknown reason", "reason: third-voice", "reason: whim", "without a known reason"},
		{"one language only", "label: {nl: Facturen, en: Invoices}", "label: {nl: Facturen}", `no text in "en"`},
		{"unknown recipient", "recipients: [aws, printer]", "recipients: [aws, nobody]", "unknown recipient"},
		{"no recipients", "recipients: [aws, printer]", "recipients: []", "no recipients"},
		{"unknown retention", "retention: RET-02", "retention: RET-99", "unknown retention"},
		{"keeps without a ground", "ground: tax, law: artikel 52 AWR, ", "", "without a ground"},
		{"key without an index", "email: {column: email, index: email}", "email: {column: email}", "needs an index"},
		{"key with an index that is scanned", "email: {column: email, index: email}", "email: {column: email, index: email, scan: true}", "without an index on it is scanned"},
		{"processor without a client", "        client: client\n", "", "needs a client column"},
		{"a channel without a date", "channel: email, since: emailSince", "channel: email", "needs the column with its date"},
		{"a stop that stops nothing", "stops: [marketing-objection, email-withdrawal]", "stops: [access]", "stops nothing"},
		{"an unknown relation", "relation: newsletter", "relation: reader", "unknown relation"},
		{"a proof that cannot be found at its end", `label: {nl: E-mailadres, en: E-mail address}, category: contact, disclose: "yes", provided: true}
          - {name: statistics`, `label: {nl: E-mailadres, en: E-mail address}, category: contact, disclose: "yes", provided: true, anonymise: true}
          - {name: statistics`, "cannot be emptied"},
		{"a restriction in a bucket", "months: 60, onErasure: strip-and-keep", "months: 60, onErasure: restrict", "cannot restrict"},
		{"a stop in objects", "        retention: RET-11\n", "        retention: RET-11\n        stops: [consent-withdrawal]\n        mark: date\n", "stops nothing"},
		{"objects that are kept", "        retention: RET-11\n", "        retention: RET-09\n", "can only be erased"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			changed := strings.Replace(good, tc.old, tc.new, 1)
			if changed == good {
				t.Fatal("the change did not take")
			}
			_, err := Parse([]byte(changed))
			if err == nil || !strings.Contains(err.Error(), tc.fault) {
				t.Errorf("Parse: %v, want a fault with %q", err, tc.fault)
			}
		})
	}
}

func TestParseReportsEveryFaultAtOnce(t *testing.T) {
	bad := strings.NewReplacer("retention: RET-02", "retention: RET-98", "retention: RET-10", "retention: RET-99").Replace(string(systemsYAML))
	_, err := Parse([]byte(bad))
	if err == nil || !strings.Contains(err.Error(), "RET-98") || !strings.Contains(err.Error(), "RET-99") {
		t.Errorf("Parse: %v, want both faults", err)
	}
}

// Default deny: what is not declared is not found.
func TestLookupsDenyByDefault(t *testing.T) {
	inv := Default()
	if _, ok := inv.Holding("relations", "staff"); ok {
		t.Error("found a holding that is not declared")
	}
	if inv.System("payroll") != nil {
		t.Error("found a system that is not declared")
	}
	if p, _ := inv.Holding("relations", "clients"); p.Holding.Column("bsn") != nil {
		t.Error("found a column that is not declared")
	}
}

// which legs reach what.
func TestHoldingsFor(t *testing.T) {
	ids := func(rel request.Relation, role request.Role) []string {
		var out []string
		for _, p := range Default().HoldingsFor(rel, role) {
			out = append(out, p.ID())
		}
		return out
	}
	for _, tc := range []struct {
		rel  request.Relation
		role request.Role
		want []string
	}{
		{request.Debtor, request.Processor, []string{"collection/files", "collection/notes", "collection/payments"}},
		{request.Debtor, request.Controller, []string{"recordings/debtor-calls"}},
		{request.Client, request.Controller, []string{"relations/clients", "invoices/invoices", "newsletter/subscribers", "recordings/calls", "weblog/visits", "weblog/consents"}},
		{request.Newsletter, request.Controller, []string{"newsletter/subscribers", "weblog/visits", "weblog/consents"}},
		{request.Client, request.Processor, nil},
		{request.Unknown, request.Controller, []string{"relations/clients", "relations/prospects", "relations/intermediaries", "relations/contacts", "invoices/invoices", "newsletter/subscribers", "recordings/calls", "weblog/visits", "weblog/consents"}},
	} {
		if d := cmp.Diff(tc.want, ids(tc.rel, tc.role)); d != "" {
			t.Errorf("%s %s (-want +got):\n%s", tc.rel, tc.role, d)
		}
	}
}

// every item of Art. 15(1) and 15(2) is answered for every set of
// holdings, in both languages, with recipients by name (C-154/21).
func TestStatement(t *testing.T) {
	inv := Default()
	for _, l := range Languages {
		for _, p := range inv.Places() {
			st := inv.Statement(l, []Place{p})
			var articles []string
			for _, it := range st {
				articles = append(articles, it.Article)
				if it.Title == "" || len(it.Lines) == 0 {
					t.Fatalf("%s %s %s: no answer", l, p.ID(), it.Key)
				}
				for _, ln := range it.Lines {
					if len(ln.Text) == 0 || ln.Text[0] == "" {
						t.Errorf("%s %s %s: an empty answer", l, p.ID(), it.Key)
					}
				}
			}
			want := []string{"15(1)(a)", "15(1)(b)", "15(1)(c)", "15(1)(d)", "15(1)(e)", "15(1)(f)", "15(1)(g)", "15(1)(h)", "15(2)"}
			if d := cmp.Diff(want, articles); d != "" {
				t.Errorf("%s %s (-want +got):\n%s", l, p.ID(), d)
			}
			if !strings.Contains(strings.Join(st[2].Lines[0].Text, "|"), inv.Recipients[p.Holding.Recipients[0]].Name) {
				t.Errorf("%s %s: recipient not by name", l, p.ID())
			}
		}
	}
}

// E-4: periods by date, month-end clamp and book years.
func TestRetentionEnds(t *testing.T) {
	for _, tc := range []struct {
		code, from string
		want       request.Day
	}{
		{"RET-04", "2024-03-15", "2031-12-31"},
		{"RET-06", "2024-02-29", "2026-02-28"},
		{"RET-11", "2026-11-30", "2027-02-28"},
		{"RET-07", "2026-08-31T10:00:00Z", "2027-02-28"},
		{"RET-06", "", ""},
		{"RET-06", "unknown date", ""},
	} {
		if got := Default().Retention[tc.code].Ends(tc.from); got != tc.want {
			t.Errorf("%s from %q ends %q, want %q", tc.code, tc.from, got, tc.want)
		}
	}
}

// processors are recipients too.
func TestRecipientsOf(t *testing.T) {
	inv := Default()
	got := inv.RecipientsOf(inv.HoldingsFor(request.Client, request.Controller))
	want := []string{"aws", "printer", "accountant", "tax-office", "mailing", "telephony"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestDescribe(t *testing.T) {
	for place, want := range map[string]string{
		"invoices/invoices/note": "Invoices: Note of the accounts department", "invoices/invoices/odd": "Invoices",
		"invoices/invoices": "Invoices", "payroll/x/y": "", "": "",
	} {
		if got := Default().Describe(place, request.English); got != want {
			t.Errorf("Describe(%q) = %q, want %q", place, got, want)
		}
	}
}

// Over is the turning point of Ends, for every period and any day.
func TestRetentionOver(t *testing.T) {
	day := func(d request.Day, n int) string {
		tm, err := time.Parse(time.DateOnly, string(d))
		if err != nil {
			t.Fatal(err)
		}
		return tm.AddDate(0, 0, n).Format(time.DateOnly)
	}
	for code, r := range Default().Retention {
		for _, today := range []request.Day{"2026-11-20", "2026-12-31", "2027-01-01", "2028-02-29", "2027-02-28", "2026-03-31"} {
			over := r.Over(today)
			if r.Ends(string(over)) < today || r.Ends(day(over, -1)) >= today {
				t.Errorf("%s on %s: over before %s", code, today, over)
			}
		}
	}
}

// a column says how it is screened, else its holding, else words are proposed.
func TestScreens(t *testing.T) {
	for _, tc := range []struct{ column, holding, want string }{
		{"", "", ScreenPropose}, {"", ScreenWhole, ScreenWhole}, {ScreenPropose, ScreenWhole, ScreenPropose}, {ScreenWhole, "", ScreenWhole},
	} {
		h := Holding{Screen: tc.holding}
		if got := h.Screens(&Column{Screen: tc.column}); got != tc.want {
			t.Errorf("column %q in holding %q: %q, want %q", tc.column, tc.holding, got, tc.want)
		}
	}
}
