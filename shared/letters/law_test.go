package letters

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/grounds"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/letters/plain"
	"github.com/allclaims/rightsdesk/shared/request"
)

// demand is one part that law.md §7 wants of a letter, as what the reader must
// find: the words of a value, or words themselves.
type demand struct {
	// values are placeholders whose words must stand in the letter.
	values []string
	// nl and en must stand there too; those of every form of the kind.
	nl, en []string
}

var (
	court     = demand{nl: []string{"Autoriteit Persoonsgegevens", "rechter", "zes weken", "autoriteitpersoonsgegevens.nl"}, en: []string{"Data Protection Authority", "court", "six weeks", "autoriteitpersoonsgegevens.nl"}}
	authority = demand{nl: []string{"Autoriteit Persoonsgegevens"}, en: []string{"Data Protection Authority"}}
)

func says(values []string, nl, en []string) demand { return demand{values, nl, en} }
func just(values ...string) demand                 { return demand{values: values} }

// theLaw is the column "mandatory contents" of law.md §7, written down apart
// from the table of kinds and from the templates: what each letter must tell,
// by kind and form ("" stands for all forms).
var theLaw = map[Kind]map[string][]demand{
	Acknowledgement: {"": {just("reference", "received", "due", "rights", "legal_name", "address", "email"), authority,
		says(nil, []string{"niet of wij gegevens van u hebben"}, []string{"not say whether we have data about you"})},
		Reopened: {says(nil, []string{"weer geopend"}, []string{"again"})}},
	IdentityCheck: {"": {just("reply_by", "proof_page", "safe_due"), authority,
		says(nil, []string{"KopieID", "BSN", "wissen", "niet zeker"}, []string{"KopieID", "BSN", "erase", "not sure yet"})}},
	Clarification: {"": {just("reply_by"), authority},
		Large:   {just("option_list", "safe_due"), says(nil, []string{"geven wij u alles", "optellen"}, []string{"give you everything", "add"})},
		Unclear: {says(nil, []string{"zo ruim als dat kan"}, []string{"as broadly as we can"})}},
	DebtorForwarded: {"": {just("client", "sent_to_client", "client_contact", "safe_due"), court,
		says(nil, []string{"verwerker", "één maand", "Wij beslissen daar niet over"}, []string{"processor", "one month", "We do not decide"})}},
	DebtorNeutral: {"": {just("proof_page"), court,
		says(nil, []string{"Als wij gegevens van u gebruiken voor een opdrachtgever", "één maand"}, []string{"If we use data about you for a client", "one month"})}},
	ClientNotice: {"": {just("received_instant", "rights_legal", "file_reference", "id_evidence", "asked_by", "authority", "safe_due", "help_list", "instruct_by", "client_page"),
		says(nil, []string{"artikel 12", "artikel 19", "Bki"}, []string{"Art. 12", "Art. 19", "Bki"})}},
	ClientReminder: {"": {just("safe_due", "waited_days"), says(nil, []string{"geven, wijzigen en wissen wij niets"}, []string{"nothing"})}},
	ClientReport:   {"": {just("executed_on", "done_list", "not_done_list", "evidence_list", "told_list")}},
	ClientAnswer: {"": {just("client", "client_contact"), court, says(nil, []string{"namens", "beslist over deze gegevens"}, []string{"on behalf of", "decides about these data"})},
		CopyFormal: {just("summary_list", "package_page", "link_until", "omitted_list")}, CopyShort: {just("summary_list", "package_page", "link_until", "omitted_list")},
		ErasedFormal: {just("executed_on", "done_list", "told_list"), says(nil, []string{"artikel 52 AWR"}, []string{"Art. 52 AWR"})}, ErasedShort: {just("executed_on", "done_list", "told_list"), says(nil, []string{"artikel 52 AWR"}, []string{"Art. 52 AWR"})}},
	Extension:        {"": {just("new_due", "why_more_time", "extension_reason", "due"), court}},
	AccessReady:      {"": {just("summary_list", "package_page", "link_until", "omitted_list"), court}},
	NothingHeld:      {"": {court}, "searched": {just("searched_list")}},
	PortabilityReady: {"": {just("included_list", "excluded_list", "package_page"), court, says(nil, []string{"JSON"}, []string{"JSON"})}},
	Rectified: {"": {court},
		Granted:        {just("change_list", "corrected_on", "told_list")},
		Partial:        {just("change_list", "corrected_on", "told_list", "reason", "grounds_list"), says(nil, []string{"zelf opschrijven"}, []string{"write down"})},
		Refused:        {just("reason", "grounds_list"), says(nil, []string{"zelf opschrijven"}, []string{"write down"})},
		StatementAdded: {just("statement_text", "corrected_on", "told_list")}},
	Erased: {"": {just("erased_list", "erased_on", "backup_days", "backup_until", "dossier_until", "told_list"), court,
		says(nil, []string{"geen reclame", "nergens anders voor"}, []string{"no advertising", "nothing else"})},
		Partial: {says(nil, []string{"artikel 52 AWR", "31 december 2032"}, []string{"Art. 52 AWR", "31 December 2032"})}},
	MarketingStopped:  {"": {just("effective_on"), authority, says(nil, []string{"code", "reclame"}, []string{"code", "advertising"})}},
	Restricted:        {"": {just("set_on", "restriction_ground", "told_list"), court, says(nil, []string{"artikel 18"}, []string{"Art. 18"})}},
	RestrictionLifted: {"": {just("lift_on", "lift_reason", "reason", "answer_by"), court}},
	ClosedUnproven:    {"": {just("asked_on", "proof_page"), court, says(nil, []string{"weer open", "artikelen 11 en 12"}, []string{"again", "Arts. 11 and 12"})}},
	ObjectionOutcome: {"": {just("balance_theirs", "balance_ours", "balance_result", "lift_on"), court},
		Granted: {just("stopped_list", "stopped_on")},
		Partial: {just("stopped_list", "reason", "grounds_list")},
		Refused: {just("reason", "grounds_list")}},
	ConsentWithdrawn: {"": {just("consent_list", "stopped_on", "continues_list"), authority, says(nil, []string{"artikel 7"}, []string{"Art. 7"})}},
	PartialRefusal:   {"": {just("granted_list", "refusal_list", "reason", "decided_on", "exception_until"), court}},
	Refusal:          {"": {just("reason", "grounds_list", "decided_on", "exception_until"), court}},
	FeeAnnounced: {"": {just("amount", "fee_reason", "reason", "reply_by"), court,
		says(nil, []string{"intrekken", "artikelen 12 en 15"}, []string{"withdrawal", "Arts. 12 and 15"})}},
	RecipientsTold: {"": {just("recipient_list"), court, says(nil, []string{"artikel 19"}, []string{"Art. 19"})},
		"told": {just("told_what")}, OnRequest: {just("data_list")}},
	RecipientNotice: {"": {just("subject_key", "action", "confirm_by"), says(nil, []string{"19"}, []string{"19"})}},
	AutomatedReview: {"": {just("reviewer", "logic"), court},
		Granted: {just("result", "view")}, Refused: {just("result", "reason", "grounds_list", "view")}},
	ComplaintInfo: {"": {just("answer_by"), court}},
	QuestionReply: {"": {just("answer", "privacy_page")}},
	MandateNeeded: {"": {just("mandate", "reply_by", "form_page", "safe_due"), authority,
		says(nil, []string{"schrijven wij ook naar het adres dat wij al hadden"}, []string{"write to the address that we already had"})}},
	WithdrawalConfirmed: {"": {just("withdrawn_on", "form_page"), says(nil, []string{"gesloten", "nieuw verzoek"}, []string{"closed", "new request"})},
		"whole": {just("dossier_until")}, PartWithdrawn: {says(nil, []string{"de rest van uw verzoek verandert niets"}, []string{"Nothing changes for the rest"})}},
	LateApology: {"": {just("due", "new_due", "late_reason", "reason"), court, says(nil, []string{"Het spijt ons"}, []string{"We are sorry"})}},
	BreachNotice: {"": {just("breach_facts", "data_list", "effects", "measures", "email"), says(nil, []string{"datalek", "artikel 34"}, []string{"breach", "Art. 34"})},
		"person":     {just("advice", "found_on", "breach"), authority, says(nil, []string{"Het spijt ons"}, []string{"We are sorry"})},
		ClientBreach: {just("found_instant", "affected"), says(nil, []string{"artikel 33"}, []string{"Art. 33"})}},
	CodeNotice: {"": {just("code", "email"), says(nil, []string{"aan niemand"}, []string{"to anyone"})},
		byPost: {just("code_until_day", "proof_page")}},
	ImpersonationWarning: {"": {just("email")}},
	StaffNotice:          {"": {just("reference", "staff_task")}},
	ClientSignIn:         {"": {just("code")}},
}

// unnamed gives the "" form of a kind a name of its own where theLaw needs one.
var unnamed = map[Kind]string{NothingHeld: "searched", RecipientsTold: "told", BreachNotice: "person", WithdrawalConfirmed: "whole"}

// law.md §7: each kind, in each form and language, tells what it must.
func TestLettersTellWhatTheLawDemands(t *testing.T) {
	t.Parallel()
	for _, o := range every() {
		law, ok := theLaw[o.info.Kind]
		if !ok {
			if o.info.Kind != MailDigest { // a list for the office, no letter of the law
				t.Errorf("%s: nothing is demanded of it", o.name())
			}
			continue
		}
		order := o.sample(t)
		text := strings.Join(strings.Fields(render(t, order).Text), " ")
		paper := ""
		for _, d := range pieces(t, printed(t, order).PDF) {
			paper += bare(d.words)
		}
		l, err := newLeg(order, nil, SampleHouse(), SampleSecretFor(order))
		if err != nil {
			t.Fatal(err)
		}
		form := o.of
		if form == "" {
			form = unnamed[o.info.Kind]
		}
		demands := law[""]
		if form != "" {
			demands = append(slices.Clone(demands), law[form]...)
		}
		for _, d := range demands {
			var want []string
			for _, name := range d.values {
				want = append(want, wordsOf(t, l, name)...)
			}
			if o.lang == request.Dutch {
				want = append(want, d.nl...)
			} else {
				want = append(want, d.en...)
			}
			for _, w := range want {
				if !strings.Contains(text, strings.Join(strings.Fields(w), " ")) {
					t.Errorf("%s does not say %q", o.name(), w)
				}
				// Pages end between words: there the paper test looks at whole lines.
				if len(w) < 20 && !strings.Contains(paper, bare(w)) {
					t.Errorf("%s on paper does not say %q", o.name(), w)
				}
			}
		}
	}
}

// wordsOf are the words that the letter must have for a placeholder.
func wordsOf(t *testing.T, l *leg, name string) []string {
	t.Helper()
	switch placeholders[name] {
	case listValue, paragraphsValue, itemsValue:
		items, err := l.list(name)
		if err != nil {
			t.Fatalf("%s: %v", l.info.Kind, err)
		}
		for i := range items {
			if placeholders[name] != paragraphsValue {
				items[i] = capital(items[i])
			}
		}
		return items
	}
	v, err := l.inline(name)
	if err != nil || v.Text == "" {
		t.Fatalf("%s: {%s} has no words: %v", l.info.Kind, name, err)
	}
	if name == "mandate" {
		return []string{capital(v.Text)} // an item of a list
	}
	return []string{v.Text}
}

// The forms of a letter that its sample does not show are held to the same:
// mandatory rows, plain words, nothing hanging.
func TestOtherForms(t *testing.T) {
	t.Parallel()
	pick := func(name string, lang request.Language) []string {
		var out []string
		for _, v := range sampleLists[name] {
			out = append(out, v.in(lang))
		}
		return out
	}
	for name, c := range map[string]struct {
		kind   Kind
		of     string
		change func(*Order)
		row    string
	}{
		"fields without values": {Rectified, Granted, func(o *Order) { o.Changes, o.Lists["field_list"] = nil, pick("field_list", o.Language) }, "T12-fields"},
		"nobody told":           {Rectified, Granted, func(o *Order) { delete(o.Lists, "told_list") }, "T12-told"},
		"one weighing":          {ObjectionOutcome, Refused, func(o *Order) { o.Lists["balance"] = pick("balance", o.Language) }, "T18-weighed"},
		"refused as a list": {PartialRefusal, "", func(o *Order) {
			o.Refusals, o.Lists["refused_list"], o.Lists["grounds_list"] = nil, pick("refused_list", o.Language), []string{"duty"}
		}, "T20-refused"},
		"nothing was done":      {WithdrawalConfirmed, "", func(o *Order) { delete(o.Lists, "done_before_list") }, "T29-before"},
		"answered beside it":    {WithdrawalConfirmed, "", func(o *Order) { delete(o.Values, "dossier_until") }, "T29-kept"},
		"a part goes on":        {WithdrawalConfirmed, PartWithdrawn, func(o *Order) {}, "T29-kept"},
		"no reason besides":     {FeeAnnounced, "", func(o *Order) { delete(o.Values, "reason") }, "T22-why"},
		"late, no words":        {LateApology, "", func(o *Order) { delete(o.Values, "reason") }, "T30-why"},
		"extension, old record": {Extension, "", func(o *Order) { delete(o.Values, "extension_reason") }, "T08-why"},
		"lift, words alone":     {RestrictionLifted, "", func(o *Order) { delete(o.Values, "lift_reason"); delete(o.Lists, "told_list") }, "T16-why"},
		"question, no pause":    {Clarification, Large, func(o *Order) { delete(o.Flags, "pause"); delete(o.Values, "question") }, "T03-clock"},
		"authority not told":    {BreachNotice, "", func(o *Order) { delete(o.Flags, "authority_told"); delete(o.Values, "name") }, "T31-law"},
		"restriction by letter": {Restricted, "", func(o *Order) { o.Values["restriction_ground"] = "d" }, "T15-ground"},
	} {
		for _, lang := range Languages {
			o, err := Sample(c.kind, lang, c.of)
			if err != nil {
				t.Fatal(err)
			}
			c.change(&o)
			m, err := Render(o, SampleHouse(), "")
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			info, _ := Find(c.kind)
			for _, want := range append(info.MandatoryRows(c.of), c.row) {
				if !slices.ContainsFunc(strings.Split(want, "|"), func(id string) bool { return slices.Contains(m.Rows, id) }) {
					t.Errorf("%s %s lacks row %s", name, lang, want)
				}
			}
			d := document0(t, o)
			for _, f := range append(plain.Measure(lang, d.prose()).Against(plain.LimitsFor(lang, plain.People)), hard(plain.Check(lang, d.prose(), plain.Options{}))...) {
				t.Errorf("%s %s: %s", name, lang, f)
			}
			if p := printed(t, o); strings.Join(p.Rows, " ") != strings.Join(m.Rows, " ") {
				t.Errorf("%s %s: paper has other rows", name, lang)
			}
		}
	}
}

// an exception of UAVG 41 without necessity, proportion and end is not
// written, whatever the letter.
func TestExceptionOfUAVG41(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind Kind
		of   string
	}{{Rectified, Partial}, {Rectified, Refused}, {ObjectionOutcome, Partial}, {ObjectionOutcome, Refused}, {PartialRefusal, ""}, {Refusal, ""}, {AutomatedReview, Refused}} {
		for _, lang := range Languages {
			o, err := Sample(c.kind, lang, c.of)
			if err != nil {
				t.Fatal(err)
			}
			info, _ := Find(c.kind)
			if before := render(t, o); slices.Contains(before.Rows, info.ExceptionRow()) {
				t.Errorf("%s %s: an exception stands in a letter that makes none", c.kind, c.of)
			}
			if c.kind == PartialRefusal {
				o.Refusals[1].Ground = "uavg41"
			} else {
				o.Lists["grounds_list"] = []string{"uavg41"}
			}
			needed := []string{"necessity", "proportionality", "exception_until"}
			for _, name := range needed {
				o.Values[name] = sampleValues[name].in(lang)
			}
			for _, name := range needed {
				was := o.Values[name]
				delete(o.Values, name)
				var fault *ValueError
				if _, err := Render(o, SampleHouse(), ""); !errors.As(err, &fault) || fault.Placeholder != name {
					t.Errorf("%s %s without %s: %v", c.kind, c.of, name, err)
				}
				o.Values[name] = was
			}
			o.Values["exception_interest"] = "i"
			m := render(t, o)
			text := strings.Join(strings.Fields(m.Text), " ")
			for _, want := range []string{o.Values["necessity"], o.Values["proportionality"], map[request.Language]string{request.Dutch: "woensdag 30 september 2026", request.English: "Wednesday 30 September 2026"}[lang]} {
				if !strings.Contains(text, want) {
					t.Errorf("%s %s %s does not say %q", c.kind, c.of, lang, want)
				}
			}
			if !slices.Contains(m.Rows, info.ExceptionRow()) {
				t.Errorf("%s %s: row %s is missing", c.kind, c.of, info.ExceptionRow())
			}
			d := document0(t, o)
			for _, f := range append(plain.Measure(lang, d.prose()).Against(plain.LimitsFor(lang, plain.People)), hard(plain.Check(lang, d.prose(), plain.Options{}))...) {
				t.Errorf("%s %s %s: %s", c.kind, c.of, lang, f)
			}
		}
	}
}

// Every reason that an officer can choose has its sentence in the letter of that outcome.
func TestEveryGroundHasItsLetter(t *testing.T) {
	t.Parallel()
	kindOf := map[request.Right]Kind{request.Rectification: Rectified, request.Objection: ObjectionOutcome, request.AutomatedDecision: AutomatedReview}
	for _, g := range grounds.All() {
		for _, right := range g.Rights {
			for _, lang := range Languages {
				kind, of := Refusal, ""
				if g.Grants() {
					kind = Restricted
				} else if k, ok := kindOf[right]; ok {
					kind, of = k, Refused
				}
				o, err := Sample(kind, lang, of)
				if err != nil {
					t.Fatal(err)
				}
				o.Rights = []request.Right{right}
				if g.Grants() {
					o.Values["restriction_ground"] = g.Code
				} else {
					o.Lists["grounds_list"] = []string{g.Code}
				}
				for _, name := range []string{"necessity", "proportionality", "exception_until"} {
					if info, _ := Find(kind); slices.Contains(info.Placeholders, name) {
						o.Values[name] = sampleValues[name].in(lang)
					}
				}
				if text := strings.Join(strings.Fields(render(t, o).Text), " "); !strings.Contains(text, g.In(lang)) {
					t.Errorf("%s on %s in %s does not say %q", kind, g.Code, lang, g.In(lang))
				}
			}
		}
	}
	for _, r := range grounds.Results {
		info, _ := Find(kindOf[r.Right])
		if !slices.Contains(info.Cases, r.Case) {
			t.Errorf("%s has no form %q for the end %s", info.Kind, r.Case, r.Code)
		}
	}
}

// law.md §7: never a full account number, never a BSN; a telephone
// number and a postcode stay readable.
func TestNumbersAreMasked(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"NL00 TEST 0123 4567 89":            "•••• 6789",
		"nl00test0123456789":                "•••• 6789",
		"123456782":                         "•••• 6782",
		"1234.56.782":                       "•••• 6782",
		"010 000 00 00":                     "010 000 00 00",
		"0612345678":                        "0612345678",
		"Dorpsstraat 12, 1234 AB Stad":      "Dorpsstraat 12, 1234 AB Stad",
		"12 maart 1980":                     "12 maart 1980",
		"F-2291":                            "F-2291",
		"DE00 1234 5678 9012 3456 78 (oud)": "•••• 5678 (oud)",
	} {
		if got := masked(in); got != want {
			t.Errorf("masked(%q) = %q, want %q", in, got, want)
		}
	}
}

// A date that stands in a field is written as a date (W-18), not hidden as a number.
func TestDatesOfFields(t *testing.T) {
	t.Parallel()
	o, err := Sample(Rectified, request.Dutch, Granted)
	if err != nil {
		t.Fatal(err)
	}
	o.Changes = []Change{{Field: "geboortedatum", Old: "1980-03-12", New: "1980-03-21"}}
	if text := strings.Join(strings.Fields(render(t, o).Text), " "); !strings.Contains(text, "Geboortedatum: eerst 12 maart 1980, nu 21 maart 1980") {
		t.Errorf("the change of a date is not readable:\n%s", text)
	}
}

// A record that is not whole, or of a status that does not exist, is refused by
// name and without its value (I13).
func TestRecordsOfAnOrder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind   Kind
		of     string
		change func(*Order)
		want   string
	}{
		"no field":          {Rectified, Granted, func(o *Order) { o.Changes[0].Field = "" }, "{field} has no value"},
		"no part":           {PartialRefusal, "", func(o *Order) { o.Refusals[0].What = " " }, "{refused_what} has no value"},
		"no such ground":    {PartialRefusal, "", func(o *Order) { o.Refusals[0].Ground = "SECRET" }, "{refusal_list} holds a ground that does not exist"},
		"no name":           {RecipientsTold, "", func(o *Order) { o.Recipients[0].Name = "" }, "{recipient} has no value"},
		"no such status":    {RecipientsTold, "", func(o *Order) { o.Recipients[0].Status = "SECRET" }, "{recipient_list} holds a code that does not exist"},
		"no day":            {RecipientsTold, "", func(o *Order) { o.Recipients[0].On = "" }, "{recipient_on} has no value"},
		"no date":           {RecipientsTold, "", func(o *Order) { o.Recipients[0].On = "SECRET" }, "{recipient_list} must have dates"},
		"no reason":         {RecipientsTold, "", func(o *Order) { o.Recipients[2].Why = "" }, "{recipient_why} has no value"},
		"nobody":            {RecipientsTold, "", func(o *Order) { o.Recipients = nil }, "{recipient_list} has no value"},
		"other kind":        {Refusal, "", func(o *Order) { o.Changes = []Change{{Field: "SECRET"}} }, "{change_list} is unknown to this kind"},
		"words for records": {Rectified, Granted, func(o *Order) { o.Lists["change_list"] = []string{"SECRET"} }, "{change_list} is a list of records"},
		"no amount":         {FeeAnnounced, "", func(o *Order) { o.Values["amount"] = "12,50" }, "{amount} must be a number of euro cents"},
		"free of charge":    {FeeAnnounced, "", func(o *Order) { o.Values["amount"] = "0" }, "{amount} must be a number of euro cents"},
		"extension, busy":   {Extension, "", func(o *Order) { o.Values["extension_reason"] = "busy" }, "{extension_reason} must be one of: complexity, number"},
		"no capacity":       {MandateNeeded, "", func(o *Order) { o.Values["mandate"] = "SECRET" }, "{mandate} must be one of: bewindvoerder, counsellor"},
	} {
		o, err := Sample(c.kind, request.Dutch, c.of)
		if err != nil {
			t.Fatal(err)
		}
		c.change(&o)
		_, err = Render(o, SampleHouse(), "")
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	// The outbox keeps them.
	o, err := Sample(Rectified, request.Dutch, Granted)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var back Order
	if err := json.Unmarshal(raw, &back); err != nil || render(t, back).Text != render(t, o).Text {
		t.Errorf("an order from the outbox says something else: %v", err)
	}
}

// The code by post is another than the one on the screen, and neither takes
// the other's place.
func TestCodeByPost(t *testing.T) {
	t.Parallel()
	o, err := Sample(CodeNotice, request.Dutch, byPost)
	if err != nil {
		t.Fatal(err)
	}
	if text := render(t, o).Text; !strings.Contains(text, "\n    7Q2M K9TD 4XW1B\n") || !strings.Contains(text, "maandag 30 maart 2026") {
		t.Errorf("the code by post is not written:\n%s", text)
	}
	if m, err := Render(o, SampleHouse(), strings.Repeat("•", 13)); err != nil || !strings.Contains(m.Text, "•••• •••• •••••") {
		t.Errorf("the copy to keep: %v", err)
	}
	for _, bad := range []string{"", SampleSecret, "7Q2MK9TD4XW1", "7Q2MK9TD4XW1O", "7q2mk9td4xw1b"} {
		if _, err := Print(o, SampleHouse(), bad, SampleEnvelope(o.Kind)); err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("secret %q: error %v", bad, err)
		}
	}
	screen, err := Sample(CodeNotice, request.Dutch, "proof")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Render(screen, SampleHouse(), SamplePostSecret); err == nil {
		t.Error("a code for the screen took thirteen characters")
	}
}

// R-22, I-6: a client reads in T-05 as what somebody asks for the data subject,
// whatever the capacity, and what was seen of the authority; and nothing of that
// where a person asks for themselves.
func TestClientNoticeNamesTheCapacity(t *testing.T) {
	t.Parallel()
	marks := map[request.Language][2]string{
		request.Dutch:   {"Gevraagd namens de betrokkene door: ", "Bewijs dat dit mag: "},
		request.English: {"Asked for the data subject by: ", "Proof of authority: "},
	}
	for lang, mark := range marks {
		o, err := Sample(ClientNotice, lang, "")
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, c := range identity.Capacities() {
			o.Values["asked_by"], o.Values["authority"] = c.Code, identity.MandateAccepted
			_, said, ok := strings.Cut(render(t, o).Text, mark[0])
			if said, _, _ = strings.Cut(said, mark[1]); !ok || seen[said] {
				t.Errorf("%s in %s: the letter says %q, as of another", c.Code, lang, said)
			}
			seen[said] = true
		}
		for _, status := range []string{identity.MandateAsked, identity.MandateAccepted, identity.MandateRefused, identity.MandateLapsed} {
			o.Values["authority"] = status
			if text := render(t, o).Text; !strings.Contains(text, mark[1]) {
				t.Errorf("%s in %s: the letter does not say what was seen", status, lang)
			}
		}
		delete(o.Values, "asked_by")
		delete(o.Values, "authority")
		if text := render(t, o).Text; strings.Contains(text, mark[0]) || strings.Contains(text, mark[1]) {
			t.Errorf("in %s the letter names a representative where there is none:\n%s", lang, text)
		}
	}
}
