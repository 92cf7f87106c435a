package letters

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/allclaims/rightsdesk/shared/letters/plain"
	"github.com/allclaims/rightsdesk/shared/request"
)

var update = flag.Bool("update", false, "write the golden files anew")

// one is a letter to test: a kind in a case and a language.
type one struct {
	info Info
	of   string
	lang request.Language
}

func (o one) name() string {
	n := string(o.info.Kind)
	if o.of != "" {
		n += "." + o.of
	}
	return n + "." + string(o.lang)
}

func every() []one {
	var out []one
	for _, i := range Kinds() {
		for _, of := range i.Cases {
			for _, lang := range Languages {
				out = append(out, one{i, of, lang})
			}
		}
	}
	return out
}

func (o one) sample(t *testing.T) Order {
	t.Helper()
	order, err := Sample(o.info.Kind, o.lang, o.of)
	if err != nil {
		t.Fatal(err)
	}
	return order
}

func render(t *testing.T, o Order) Mail {
	t.Helper()
	m, err := Render(o, SampleHouse(), SampleSecretFor(o))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func document0(t *testing.T, o Order) document {
	t.Helper()
	d, err := compose(o, SampleHouse(), SampleSecretFor(o))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestGolden(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, name string, m Mail) {
		for ext, got := range map[string]string{
			"txt":  "Subject: " + m.Subject + "\nTemplate: " + m.Template + "\nRows: " + strings.Join(m.Rows, " ") + "\nBlocks: " + strings.Join(m.Blocks, " ") + "\n\n" + m.Text,
			"html": m.HTML,
		} {
			file := filepath.Join("testdata", name+"."+ext)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got; -update writes it anew):\n%s", file, diff)
			}
		}
	}
	for _, o := range every() {
		t.Run(o.name(), func(t *testing.T) {
			t.Parallel()
			check(t, o.name(), render(t, o.sample(t)))
		})
	}
	for _, lang := range Languages {
		order, err := SampleCombined(lang)
		if err != nil {
			t.Fatal(err)
		}
		check(t, "T-04b+T-14."+string(lang), render(t, order))
	}
}

// law.md §7: every letter carries its mandatory parts, by id.
func TestMandatoryRows(t *testing.T) {
	t.Parallel()
	for _, o := range every() {
		m := render(t, o.sample(t))
		for _, want := range o.info.MandatoryRows(o.of) {
			if !slices.ContainsFunc(strings.Split(want, "|"), func(id string) bool { return slices.Contains(m.Rows, id) }) {
				t.Errorf("%s lacks row %s; it has %v", o.name(), want, m.Rows)
			}
		}
	}
}

// law.md §7, last line: reason, authority and court in T-08, T-17, T-20, T-21;
// and in every refusal (Art. 12(4)).
func TestRefusalsNameReasonAuthorityAndCourt(t *testing.T) {
	t.Parallel()
	reason := map[Kind][]string{
		Extension: {"T08-why"}, ClosedUnproven: {"T17-cannot", "T17-why"}, PartialRefusal: {"T20-why"}, Refusal: {"T21-why"},
		Rectified: {"T12-why"}, ObjectionOutcome: {"T18-why", "T18-law"}, AutomatedReview: {"T25-why"},
	}
	for _, o := range every() {
		rows, must := reason[o.info.Kind]
		if !must || o.of == Granted || o.of == "no_decision" || o.of == StatementAdded {
			continue
		}
		m := render(t, o.sample(t))
		for _, id := range rows {
			if !slices.Contains(m.Rows, id) {
				t.Errorf("%s gives no reason: row %s is missing", o.name(), id)
			}
		}
		for _, want := range map[request.Language][]string{
			request.Dutch:   {"Autoriteit Persoonsgegevens", "rechter", "zes weken"},
			request.English: {"Data Protection Authority", "court", "six weeks"},
		}[o.lang] {
			if !strings.Contains(strings.Join(strings.Fields(m.Text), " "), want) {
				t.Errorf("%s does not say %q", o.name(), want)
			}
		}
	}
}

// E-5: what is kept, by which law, until when, for nothing else, who can see it.
func TestErasureSaysWhatIsKept(t *testing.T) {
	t.Parallel()
	o, err := Sample(Erased, request.Dutch, Partial)
	if err != nil {
		t.Fatal(err)
	}
	o.Kept = append(o.Kept, Kept{What: "uw dossier", Until: "2028-01-14", Ground: "file"},
		Kept{What: "uw keuze voor cookies", Until: "2031-03-26", Ground: "consent"})
	text := strings.Join(strings.Fields(render(t, o).Text), " ")
	for _, want := range []string{
		"Uw facturen: tot en met vrijdag 31 december 2032.", "(artikel 52 AWR)", "Uw dossier: tot en met vrijdag 14 januari 2028.",
		"(artikel 5.1 Bki)", "Uw keuze voor cookies: tot en met woensdag 26 maart 2031.", "(artikel 7 AVG)", "De reden: u bent het niet eens met die factuur. Daarom", "nergens anders voor", "kan erbij",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("T-13 does not say %q:\n%s", want, text)
		}
	}
	o.Outcome = Granted
	if _, err := Render(o, SampleHouse(), ""); err == nil {
		t.Error("T-13 said that all was erased while something is kept")
	}
	o.Kept = nil
	if _, err := Render(o, SampleHouse(), ""); err == nil {
		t.Error("T-13 said that all was erased while something stays that is somebody else's too")
	}
	// One reason is enough, whichever it is.
	o.Outcome = Partial
	if text := strings.Join(strings.Fields(render(t, o).Text), " "); !strings.Contains(text, "Een ander deel bewaren wij nog.") ||
		!strings.Contains(text, "Deze gegevens gaan ook over iemand anders. Daarom blijven ze zoals ze zijn: - Uw adressen: 1 ") {
		t.Errorf("T-13 does not say that something is somebody else's too:\n%s", text)
	}
	o.Kept, o.Lists["shared_list"] = []Kept{{What: "uw keuze voor cookies", Until: "2031-03-26", Ground: "consent"}}, nil
	render(t, o)
	// Kept with a ground that no row knows must not be lost in silence.
	o.Outcome, o.Kept = Partial, []Kept{{What: "iets", Until: "2028-01-14", Ground: "habit"}}
	if _, err := Render(o, SampleHouse(), ""); err == nil {
		t.Error("T-13 kept something without a ground of the law")
	}
}

// R-24, A16: a neutral letter has no place for a value of a person or a client,
// so whatever matched, the bytes are the same.
func TestNeutralLettersHoldNothingOfAPerson(t *testing.T) {
	t.Parallel()
	harmless := []string{"reference", "received", "due", "nominal", "safe_due", "ask_by", "reply_by", "asked_on", "reminded_1", "reminded_2",
		"answered_on", "asked_what", "poor_why", "mandate"}
	for _, o := range every() {
		if !slices.Contains(o.info.Neutral, o.of) {
			continue
		}
		order := o.sample(t)
		before := render(t, order)
		for name := range order.Values {
			if !slices.Contains(harmless, name) {
				t.Errorf("%s takes {%s}", o.name(), name)
			}
		}
		if len(order.Lists) > 0 && o.info.Kind != NothingHeld {
			t.Errorf("%s takes lists", o.name())
		}
		// Every other value that exists is refused or leaves no trace.
		for name, kind := range placeholders {
			if slices.Contains(harmless, name) || kind == houseValue || kind == pageValue || kind == codeValue || kind == keptValue {
				continue
			}
			again := o.sample(t)
			again.Values[name] = "MARKER"
			again.Lists[name] = []string{"MARKER"}
			m, err := Render(again, SampleHouse(), "")
			if err == nil && (m.Text != before.Text || m.HTML != before.HTML) {
				t.Errorf("%s lets {%s} through", o.name(), name)
			}
		}
		if f := hard(plain.Check(o.lang, document0(t, order).prose(), plain.Options{Neutral: true, Never: []string{"Sam Voorbeeld", "Voorbeeld Energie"}})); len(f) > 0 {
			t.Errorf("%s: %v", o.name(), f)
		}
	}
}

func hard(in []plain.Finding) []plain.Finding {
	return slices.DeleteFunc(in, func(f plain.Finding) bool { return f.Advice })
}

// The measures and the word check of docs/WORDS.md, over every letter.
func TestLettersArePlain(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	for _, o := range every() {
		d := document0(t, o.sample(t))
		reader := plain.People
		if o.info.ReaderOf(o.of) == Business {
			reader = plain.Business
		}
		text := d.prose()
		score := plain.Measure(o.lang, text)
		fmt.Fprintf(&table, "%-22s %4d words  avg %4.1f  max %2d  >15 %2.0f%%  ease %5.1f  grade %4.1f\n", o.name(), score.Words, score.Average, score.Longest,
			100*score.Over15, score.Ease, score.Grade)
		limits := plain.LimitsFor(o.lang, reader)
		for _, f := range append(score.Against(limits), hard(plain.Check(o.lang, text, plain.Options{Reader: reader}))...) {
			t.Errorf("%s: %s", o.name(), f)
		}
		// W-10, with all blocks.
		most := map[Kind]int{Acknowledgement: 330, Extension: 330, DebtorForwarded: 430, DebtorNeutral: 430, ClosedUnproven: 430,
			ClientNotice: 500, AccessReady: 500, Erased: 500}[o.info.Kind]
		if most > 0 && score.Words > most {
			t.Errorf("%s has %d words, over %d (W-10)", o.name(), score.Words, most)
		}
	}
	t.Log("\n" + table.String())
}

// W-21: articles stand in blocks only, so that counsel changes them in one place.
// W-25: headings are short and have no full stop.
func TestBodies(t *testing.T) {
	t.Parallel()
	for lang, b := range read().books {
		for kind, f := range b.templates {
			for _, r := range f.rows {
				for _, l := range r.lines {
					var own string
					for _, p := range l.parts {
						own += p.words
					}
					if a := plain.Articles(own); len(a) > 0 {
						t.Errorf("%s %s row %s cites %v; an article belongs in a block", kind, lang, r.id, a)
					}
					if l.kind == headingLine && (len(strings.Fields(own)) > 8 || strings.HasSuffix(own, ".")) {
						t.Errorf("%s %s row %s: heading %q", kind, lang, r.id, own)
					}
				}
			}
		}
	}
}

var braces = regexp.MustCompile(`\{[a-z_]+\}`)

// The words for codes go into letters too: those for people are plain.
func TestWordsForCodesArePlain(t *testing.T) {
	t.Parallel()
	for lang, b := range read().books {
		for id, words := range b.choices {
			switch name, _, _ := strings.Cut(id, "="); name {
			case "legal_right", "id_evidence", "help_list", "action", "staff_task", "combined", "asked_by", "authority":
				continue // for clients, recipients and staff
			}
			if f := hard(plain.Check(lang, braces.ReplaceAllString(words, "X"), plain.Options{})); len(f) > 0 {
				t.Errorf("%s %s: %v", lang, id, f)
			}
		}
	}
}

// W-26: neutral, short, ends with the reference where the letter is about a request.
func TestSubjects(t *testing.T) {
	t.Parallel()
	for _, o := range every() {
		s := render(t, o.sample(t)).Subject
		words, ref, found := strings.Cut(s, " (R-7Q2M-K9TD)")
		if o.info.Kind != ClientSignIn && o.info.Kind != MailDigest && (!found || ref != "") {
			t.Errorf("%s: subject %q does not end with the reference", o.name(), s)
		}
		if n := len([]rune(words)); n > 60 {
			t.Errorf("%s: subject %q has %d characters before the reference", o.name(), words, n)
		}
		low := strings.ToLower(words)
		for _, no := range []string{"incasso", "avg", "gdpr", "schuld", "debt", "rekening", "bill", "wissen", "erase", "inzage", "urgent", "belangrijk", "important", "voorbeeld", "4829", "48291736"} {
			if strings.Contains(low, no) {
				t.Errorf("%s: subject %q says %q on a lock screen", o.name(), s, no)
			}
		}
	}
}

var notWords = regexp.MustCompile(`(?m)^(- |-+$)`)

// W-29: the HTML says what the text says, in the same order.
func TestHTMLSaysWhatTheTextSays(t *testing.T) {
	t.Parallel()
	compare := func(name string, m Mail) {
		want := strings.Fields(notWords.ReplaceAllString(m.Text, ""))
		if diff := cmp.Diff(want, strings.Fields(bodyWords(t, m.HTML))); diff != "" {
			t.Errorf("%s: text and HTML differ (-text +html):\n%s", name, diff)
		}
		if !strings.Contains(m.HTML, "<title>"+html.EscapeString(m.Subject)+"</title>") {
			t.Errorf("%s: the title is not the subject", name)
		}
		if strings.Contains(m.HTML, "<img") || strings.Contains(m.HTML, "ZgotmplZ") {
			t.Errorf("%s: the HTML holds an image or a refused value", name)
		}
		for _, l := range strings.Split(m.Text, "\n") {
			if n := len([]rune(l)); n > width && strings.Contains(strings.TrimSpace(l), " ") {
				t.Errorf("%s: a line of %d characters: %q", name, n, l)
			}
		}
	}
	for _, o := range every() {
		m := render(t, o.sample(t))
		compare(o.name(), m)
		if !strings.Contains(m.HTML, `<html lang="`+string(o.lang)+`">`) {
			t.Errorf("%s: the HTML has another language", o.name())
		}
	}
	for _, lang := range Languages {
		order, err := SampleCombined(lang)
		if err != nil {
			t.Fatal(err)
		}
		compare("combined."+string(lang), render(t, order))
	}
}

// bodyWords is the text of the body of a page, a space at each element that
// ends a line.
func bodyWords(t *testing.T, page string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == "head" {
			return
		}
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	return b.String()
}

// A34, A35, A28: a value is words and nothing else, in both forms.
func TestValuesAreNeverTemplateNorMarkup(t *testing.T) {
	t.Parallel()
	elements := func(page string) int { return strings.Count(page, "<") }
	base, err := Sample(AccessReady, request.Dutch, "")
	if err != nil {
		t.Fatal(err)
	}
	want := elements(render(t, base).HTML)
	for _, evil := range []string{
		"{{.}}", "{{#each x}}", "{reference}", "[[x]]", "%s%n%d", "→ BLK-ID", "# kop", "<b>vet</b>", `"><script>alert(1)</script>`, "</td></table>",
		"a\r\nBcc: x@y.example", "a\x00b\x1bc", "a\u2028b", "\u202etxt.exe", "a\u200bb", "\xff\xfe", "javascript:alert(1)", strings.Repeat("x", 900),
	} {
		o := base
		o.Values = map[string]string{}
		for k, v := range base.Values {
			o.Values[k] = v
		}
		o.Values["name"] = evil
		o.Lists = map[string][]string{"summary_list": {evil}, "omitted_list": {evil}}
		m := render(t, o)
		o.Lists["summary_list"], o.Lists["omitted_list"] = []string{"gewoon"}, []string{"gewoon"}
		if got := elements(m.HTML); got != elements(render(t, o).HTML) || got > want {
			t.Errorf("%q changed the elements of the HTML: %d", evil, got)
		}
		for _, s := range []string{m.Subject, m.Text, m.HTML} {
			if strings.ContainsFunc(s, func(r rune) bool {
				return r != '\n' && (r < ' ' || r == 0x7f || r == 0x202e || r == 0x200b || r == 0x2028)
			}) {
				t.Errorf("%q left a control character", evil)
			}
		}
		if strings.HasPrefix(evil, "{{") && !strings.Contains(m.Text, evil) {
			t.Errorf("%q was not written as it is", evil)
		}
	}
}

// I13: an error names the placeholder, never the value.
func TestErrorsNameThePlaceholderOnly(t *testing.T) {
	t.Parallel()
	set := func(name, v string) func(*Order) { return func(o *Order) { o.Values[name] = v } }
	for name, c := range map[string]struct {
		change func(*Order)
		want   string
	}{
		"missing":       {func(o *Order) { delete(o.Values, "erased_on") }, "{erased_on} has no value"},
		"empty":         {set("reference", " "), "{reference} has no value"},
		"not a date":    {set("erased_on", "SECRET"), "{erased_on} must be a date as YYYY-MM-DD"},
		"an instant":    {set("erased_on", "2026-08-03T22:00:00Z"), "{erased_on} must be a date"},
		"unknown":       {set("secret_thing", "SECRET"), "{secret_thing} is unknown to this kind"},
		"of another":    {set("client", "SECRET"), "{client} is unknown to this kind"},
		"a bad code":    {set("contact_kind", "SECRET"), "{contact_kind} must be one of: email, phone, post"},
		"a bad ref":     {set("reference", "SECRET\r\nBcc: x"), "{reference} must be a reference"},
		"too long":      {func(o *Order) { o.Lists["erased_list"] = []string{strings.Repeat("SECRET", 1000)} }, "{erased_list} is too long"},
		"empty list":    {func(o *Order) { delete(o.Lists, "erased_list") }, "{erased_list} has no value"},
		"empty item":    {func(o *Order) { o.Lists["erased_list"] = []string{""} }, "{erased_list} has an empty item"},
		"unknown list":  {func(o *Order) { o.Lists["help_list"] = []string{"SECRET"} }, "{help_list} is unknown"},
		"no right":      {func(o *Order) { o.Rights = nil }, "{rights} has no value"},
		"wrong right":   {func(o *Order) { o.Rights = []request.Right{"SECRET"} }, "{rights} holds a right that does not exist"},
		"unknown flag":  {func(o *Order) { o.Flags["x"] = true }, `no flag "x"`},
		"unknown kind":  {func(o *Order) { o.Kind = "T-99" }, "no kind"},
		"language":      {func(o *Order) { o.Language = "fr" }, "no language"},
		"kept no until": {func(o *Order) { o.Kept[0].Until = "SECRET" }, "{until} must be a date"},
		"kept no what":  {func(o *Order) { o.Kept[0].What = "" }, "{what} has no value"},
		"kept no why":   {func(o *Order) { o.Kept[1].Why = "" }, "{why} has no value"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, err := Sample(Erased, request.English, "")
			if err != nil {
				t.Fatal(err)
			}
			c.change(&o)
			_, err = Render(o, SampleHouse(), "")
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("error %q, want %q", err, c.want)
			}
		})
	}
}

// The outbox never holds a secret, and no letter but the code's takes one.
func TestCodes(t *testing.T) {
	t.Parallel()
	o, err := Sample(CodeNotice, request.Dutch, "package")
	if err != nil {
		t.Fatal(err)
	}
	m := render(t, o)
	if !strings.Contains(m.Text, "\n    4829 1736\n") || !strings.Contains(m.HTML, ">4829 1736<") || strings.Contains(m.Subject, "4829") {
		t.Errorf("the code does not stand alone, grouped, outside the subject:\n%s", m.Text)
	}
	if strings.Contains(m.HTML, "<a ") {
		t.Error("a mail with a code holds a link")
	}
	if kept, err := Render(o, SampleHouse(), "••••••••"); err != nil || !strings.Contains(kept.Text, "•••• ••••") {
		t.Errorf("the copy to keep: %v", err)
	}
	for _, bad := range []string{"", "1234", "123456789", "4829173x"} {
		_, err := Render(o, SampleHouse(), bad)
		if err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("secret %q: error %v", bad, err)
		}
	}
	o.Flags["proof"] = true
	if _, err := Render(o, SampleHouse(), SampleSecret); err == nil {
		t.Error("a code for two purposes was written")
	}
	other, err := Sample(Acknowledgement, request.Dutch, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Render(other, SampleHouse(), SampleSecret); err == nil {
		t.Error("T-01 took a code")
	}
}

// W-18, W-19: full dates, Dutch time, also across the change of the clock.
func TestDatesAndTimes(t *testing.T) {
	t.Parallel()
	o, err := Sample(ClientNotice, request.Dutch, "")
	if err != nil {
		t.Fatal(err)
	}
	for instant, want := range map[string]map[request.Language]string{
		"2026-03-28T23:30:00Z": {request.Dutch: "zondag 29 maart 2026, 00.30 uur", request.English: "Sunday 29 March 2026, 00:30"},
		"2026-07-01T22:05:00Z": {request.Dutch: "donderdag 2 juli 2026, 00.05 uur", request.English: "Thursday 2 July 2026, 00:05"},
	} {
		for lang, w := range want {
			o.Language = lang
			o.Values["received_instant"] = instant
			if text := render(t, o).Text; !strings.Contains(text, w) {
				t.Errorf("%s in %s: %q is not in\n%s", instant, lang, w, text)
			}
		}
	}
	for n, want := range map[int]string{1: "één", 12: "twaalf", 13: "13"} {
		if got := number(request.Dutch, n); got != want {
			t.Errorf("number(%d) = %q, want %q", n, got, want)
		}
	}
}

// An empty field of the house leaves its words out, and nothing hanging.
func TestHouseWithoutPhone(t *testing.T) {
	t.Parallel()
	h := SampleHouse()
	h.Phone = ""
	for _, o := range every() {
		order := o.sample(t)
		m, err := Render(order, h, SampleSecretFor(order))
		if err != nil {
			t.Errorf("%s: %v", o.name(), err)
		}
		for _, bad := range []string{" of .", " or .", "via .", ", .", ",.", "op .", " ,", "  "} {
			if strings.Contains(strings.ReplaceAll(m.Text, "\n    ", ""), bad) && !strings.Contains(bad, "  ") {
				t.Errorf("%s leaves %q hanging", o.name(), bad)
			}
		}
	}
	h.ProofPage = ""
	o, err := Sample(IdentityCheck, request.Dutch, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Render(o, h, ""); err == nil || !strings.Contains(err.Error(), "{proof_page}") {
		t.Errorf("T-02 without a proof page: %v", err)
	}
	h = SampleHouse()
	h.DPOLine = map[request.Language]string{request.Dutch: "Onze privacybewaker is Kim."}
	h.LawyerLine = map[request.Language]string{request.Dutch: "U hebt daarvoor geen advocaat nodig."}
	o, err = Sample(Refusal, request.Dutch, "")
	if err != nil {
		t.Fatal(err)
	}
	m, err := Render(o, h, "")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(m.Text), " ")
	for _, want := range []string{h.DPOLine[request.Dutch], h.LawyerLine[request.Dutch]} {
		if !strings.Contains(text, want) {
			t.Errorf("the letter lacks %q", want)
		}
	}
}

// W-9: one letter, one heading a leg, refusals not hidden, common rows once.
func TestCombinedLetter(t *testing.T) {
	t.Parallel()
	erased, err := Sample(Erased, request.Dutch, Partial)
	if err != nil {
		t.Fatal(err)
	}
	stopped, err := Sample(MarketingStopped, request.Dutch, "")
	if err != nil {
		t.Fatal(err)
	}
	refused, err := Sample(Refusal, request.Dutch, "")
	if err != nil {
		t.Fatal(err)
	}
	refused.Rights = []request.Right{request.Objection}
	erased.Also = []Order{stopped, refused}
	m := render(t, erased)
	text := strings.Join(strings.Fields(m.Text), " ")
	for _, once := range []string{
		"Kenmerk: R-7Q2M-K9TD", "Beste Sam Voorbeeld,", "Bent u het niet eens met dit antwoord?", "Wie zijn wij?", "Met vriendelijke groet,",
		"Was u dit niet?", "Uw gegevens laten wissen ---", "Geen reclame meer ---", "Wat wij niet doen ---", "Een code die wij maken",
	} {
		if n := strings.Count(text, once); n != 1 {
			t.Errorf("%q stands there %d times, want once:\n%s", once, n, m.Text)
		}
	}
	if strings.Contains(text, "Niet tevreden?") {
		t.Error("the shorter text on complaints stands beside the fuller one")
	}
	// The refusal is announced before the first leg begins.
	if i, j := strings.Index(text, "Wij doen niet wat u vroeg: bezwaar maken"), strings.Index(text, "Uw gegevens laten wissen ---"); i < 0 || i > j {
		t.Error("the refusal is not told at the start")
	}
	for _, info := range []Kind{Erased, MarketingStopped, Refusal} {
		i, _ := Find(info)
		for _, want := range i.Mandatory["all"] {
			if !slices.ContainsFunc(strings.Split(want, "|"), func(id string) bool { return slices.Contains(m.Rows, id) }) {
				t.Errorf("the combined letter lacks %s", want)
			}
		}
	}
	if m.Template != "T-13@3/nl+T-14@1/nl+T-21@2/nl" || m.Subject != "Ons antwoord op uw verzoek (R-7Q2M-K9TD)" {
		t.Errorf("template %q, subject %q", m.Template, m.Subject)
	}
	for _, part := range []string{"verwijdering", "direct marketing", "(bezwaar)"} {
		if !strings.Contains(m.Text, part) {
			t.Errorf("the head does not name the right %q", part)
		}
	}
}

// with one neutral leg the letter greets nobody by name.
func TestCombinedNeutralGreetsNobody(t *testing.T) {
	t.Parallel()
	stopped, err := Sample(MarketingStopped, request.English, "")
	if err != nil {
		t.Fatal(err)
	}
	neutral, err := Sample(DebtorNeutral, request.English, "")
	if err != nil {
		t.Fatal(err)
	}
	stopped.Also = []Order{neutral}
	m := render(t, stopped)
	if strings.Contains(m.Text, "Sam") || !strings.Contains(m.Text, "\nHello,\n") {
		t.Errorf("a letter to an unproven person greets by name:\n%s", m.Text)
	}
	if !strings.Contains(m.Text, "that company") {
		t.Error("the neutral leg does not say that company")
	}
	ack, err := Sample(Acknowledgement, request.English, "")
	if err != nil {
		t.Fatal(err)
	}
	stopped.Also = []Order{ack}
	if _, err := Render(stopped, SampleHouse(), ""); err == nil {
		t.Error("an acknowledgement became part of an answer")
	}
}

// D-4: the letter records the blocks that it was written with.
func TestBlocksAreRecorded(t *testing.T) {
	t.Parallel()
	o, err := Sample(Acknowledgement, request.Dutch, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"BLK-ID@1", "BLK-CLOCK.rolled@1", "BLK-NEUTRAL@1", "BLK-AP.now@1", "BLK-NOT-YOU@1", "BLK-WHO@1", "BLK-SIGN@1"}
	if diff := cmp.Diff(want, render(t, o).Blocks); diff != "" {
		t.Errorf("blocks (-want +got):\n%s", diff)
	}
	o.Values["nominal"] = o.Values["due"]
	if got := render(t, o).Blocks; !slices.Contains(got, "BLK-CLOCK.plain@1") {
		t.Errorf("a date that did not roll is explained as if it had: %v", got)
	}
	o.Rights = []request.Right{request.Access, request.Erasure, request.MarketingObjection}
	if text := render(t, o).Text; !strings.Contains(text, "- Uw gegevens bekijken (inzage)\n- Uw gegevens laten wissen (verwijdering)\n") {
		t.Errorf("three rights are no list:\n%s", text)
	}
}

var blockHead = regexp.MustCompile(`^(nl|en) (BLK-[A-Za-z.-]+|T-\d+[ab]?|N-\d+)@(\d+) ([0-9a-f]+)$`)

// D-4: who reads "BLK-WHO@1" in an old dossier must find those words. A changed
// block or template raises its version; testdata/versions.txt remembers the
// words that each version had, and -update only adds to it.
func TestChangedWordsRaiseTheirVersion(t *testing.T) {
	t.Parallel()
	file := filepath.Join("testdata", "versions.txt")
	raw, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	known := map[string]string{}
	for _, l := range strings.Split(string(raw), "\n") {
		if m := blockHead.FindStringSubmatch(l); m != nil {
			known[m[1]+" "+m[2]+"@"+m[3]] = m[4]
		}
	}
	check := func(id, words string) {
		sum := fmt.Sprintf("%x", sha256.Sum256([]byte(words)))[:16]
		was, ok := known[id]
		switch {
		case ok && was != sum:
			t.Errorf("the words of %s changed; raise its version", id)
		case !ok && *update:
			known[id] = sum
		case !ok:
			t.Errorf("%s is not in %s; -update adds it", id, file)
		}
	}
	for lang, b := range read().books {
		for id, bl := range b.blocks {
			check(fmt.Sprintf("%s %s@%s", lang, id, bl.version), fmt.Sprint(bl.lines))
		}
		for kind, f := range b.templates {
			check(fmt.Sprintf("%s %s@%s", lang, kind, f.version), fmt.Sprint(f.rows))
		}
	}
	if *update {
		var out []string
		for id, sum := range known {
			out = append(out, id+" "+sum)
		}
		slices.Sort(out)
		if err := os.WriteFile(file, []byte(strings.Join(out, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestParsingRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"@ a\nx":                          "no version",
		"version 1\n@ a\n":                "no words",
		"version 1\n@ a\n{nothing}":       "no value is known for placeholder {nothing}",
		"version 1\n@ a\n{name":           "cannot read the placeholder",
		"version 1\n@ a\n[[x {name}":      "not closed",
		"version 1\n@ a\nx}":              "bracket too many",
		"version 1\n@ a when\nx":          "starts with ?",
		"version 1\n@ a ?A-B\nx":          "cannot read condition",
		"version 1\n@ a\n→ BLK-ID for me": "after the block",
		"version 1\n@ a\nx\n\ny":          "empty line",
	} {
		if _, err := readTemplate(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("readTemplate(%q): error %v, want %q", text, err, want)
		}
	}
	good := read().books[request.Dutch]
	info, _ := Find(QuestionReply)
	for text, want := range map[string]string{
		"version 1\n@ subject\nx\n@ subject\nx":                  "twice",
		"version 1\n@ subject\n→ BLK-NONE":                       "no block",
		"version 1\n@ subject ?moon\nx":                          "depend on",
		"version 1\n@ subject\nx":                                "row hello is missing",
		"version 1\n@ subject\nx\n@ hello\nx\n@ sign\nx\n@ a\nx": "mandatory row T27-answer",
	} {
		f, err := readTemplate(text)
		if err == nil {
			err = good.validate(info, f)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("validate(%q): error %v, want %q", text, err, want)
		}
	}
}

// W-28: both languages say the same. Loading the books has checked it; here it
// is shown that a difference would be seen.
func TestAlikeSeesADifference(t *testing.T) {
	t.Parallel()
	nl, en := read().books[request.Dutch], read().books[request.English]
	if err := alike(nl, en); err != nil {
		t.Fatal(err)
	}
	changed := book{templates: map[Kind]form{}, blocks: en.blocks, choices: en.choices}
	for k, f := range en.templates {
		changed.templates[k] = f
	}
	f := changed.templates[Erased]
	f.rows = slices.Clone(f.rows)
	f.rows[3].id = "T13-other"
	changed.templates[Erased] = f
	if err := alike(nl, changed); err == nil {
		t.Error("a row with another id was not seen")
	}
}

// The templates are read at the first letter: here all of them are, so that one
// that cannot be read never leaves the building. A file of no kind is one that
// nobody would miss.
func TestEveryTemplateLoads(t *testing.T) {
	t.Parallel()
	s := mustLoad()
	for _, lang := range Languages {
		entries, err := files.ReadDir("templates/" + string(lang))
		if err != nil {
			t.Fatal(err)
		}
		var have []string
		for _, e := range entries {
			have = append(have, strings.TrimSuffix(e.Name(), ".txt"))
		}
		want := []string{"blocks"}
		for _, i := range s.kinds {
			want = append(want, string(i.Kind))
			if len(s.books[lang].templates[i.Kind].rows) == 0 {
				t.Errorf("%s has no rows in %s", i.Kind, lang)
			}
		}
		slices.Sort(want)
		if d := cmp.Diff(want, have); d != "" {
			t.Errorf("templates in %s (-want +got):\n%s", lang, d)
		}
	}
}
