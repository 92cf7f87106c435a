package casework_test

import (
	"archive/zip"
	"bytes"
	"embed"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/infra/demo"
	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/redaction"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/vault"
)

// Scripts are the scenarios, in testdata/*.txt: a line an event or an
// expectation, in words that an officer can read. A line that begins with a tab
// belongs to the mail above it; # begins a comment; "-> CODE" says that the
// line must be refused with that code. Each word is explained at its method.
//
//go:embed testdata/*.txt testdata/byhand/*.txt testdata/shared/*.txt testdata/freeze/*.txt
var scripts embed.FS

// people are the names that scripts use.
var people = map[string]demo.Person{
	"reader": demo.NewsletterReader, "contact": demo.ClientContact, "debtor": demo.DebtorOfTwo,
	"former": demo.FormerClient, "victim": demo.Victim, "both": demo.DebtorAndReader,
	"namesake": namesakes[0], "newcomer": namesakes[2], "second": namesakes[3],
	"father": father, "son": son,
	"impostor":  {Name: demo.Victim.Name, Email: demo.Victim.Lookalike},
	"stranger":  {Name: "Otto Onbekend", Email: "otto.onbekend@nergens.example"},
	"robot":     {Name: "Afwezigheidsassistent", Email: "afwezig@automaat.example"},
	"supplier":  {Name: "Groothandel Papier", Email: "facturen@papier.example"},
	"second-at": {Email: "administratie.tweekanaal@voorbeeld.example"},
}

// staff are the people at the desk.
var staff = map[string]casework.Actor{
	"jan":  {ID: "staff-jan", Name: "Jan", Roles: []string{"officer", "approver"}},
	"piet": {ID: "staff-piet", Name: "Piet", Roles: []string{"officer", "approver"}},
	"mia":  {ID: "staff-mia", Name: "Mia", Roles: []string{"officer", "approver"}},
	"anna": {ID: "staff-anna", Name: "Anna", Roles: []string{"auditor"}},
}

// player plays one script in one world.
type player struct {
	*world
	name  string
	line  int
	ref   request.Reference // the request that lines speak of
	named map[string]request.Reference
	// told counts the letters that a letters: line has seen.
	told    map[string]bool
	known   int // requests that lines have spoken of
	secrets map[string]string
	proofs  map[string]identity.Proof
	// redeployEach takes every execution away after every line.
	redeployEach bool
}

// play plays a script and gives what the world came to.
func play(w *world, name string, redeployEach bool) *player {
	text, err := scripts.ReadFile("testdata/" + name + ".txt")
	if err != nil {
		w.t.Fatal(err)
	}
	return playText(w, name, string(text), redeployEach)
}

// playText is play for a script that stands in no file.
func playText(w *world, name, text string, redeployEach bool) *player {
	p := &player{world: w, name: name, told: map[string]bool{}, named: map[string]request.Reference{}, redeployEach: redeployEach,
		secrets: map[string]string{}, proofs: map[string]identity.Proof{}}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		p.line = i + 1
		line, _, _ := strings.Cut(lines[i], "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		var body []string
		for i+1 < len(lines) && (strings.HasPrefix(lines[i+1], "\t") || lines[i+1] == "" && i+2 < len(lines) && strings.HasPrefix(lines[i+2], "\t")) {
			i++
			body = append(body, strings.TrimPrefix(lines[i], "\t"))
		}
		p.do(strings.TrimSpace(line), strings.Join(body, "\n"))
		if w.t.Failed() {
			return p
		}
	}
	return p
}

func (p *player) errorf(format string, args ...any) {
	p.t.Helper()
	p.t.Errorf("%s.txt:%d: %s", p.name, p.line, fmt.Sprintf(format, args...))
}

// do plays one line. Who is told that something failed tries again, as people do.
func (p *player) do(line, body string) {
	line, want, _ := strings.Cut(line, " -> ")
	words := strings.Fields(line)
	verb, ok := verbs[strings.TrimSuffix(words[0], ":")]
	if !ok {
		p.errorf("no such word: %s", words[0])
		return
	}
	args := parse(words[1:])
	if verb.says && p.plan != nil && !keepsName[strings.TrimSuffix(words[0], ":")] {
		return // a fault moves the hours: the end is compared, and the invariants hold on the way
	}
	if verb.says {
		was := p.counting
		p.counting = false // to look is no effect: with a fault nobody looks
		verb.do(p, args, body)
		p.counting = was
		return
	}
	p.doing = "line " + words[0]
	if words[0] != "form" && words[0] != "mail" {
		p.doing = "line " + line
	}
	var err error
	for range 4 {
		fired := p.fired
		err = p.act(verb.do, args, body)
		p.note(err)
		if p.fired == fired {
			break
		}
		if err == nil {
			break
		}
		p.runner.Advance(p.ctx, time.Minute) // people are not that quick
	}
	var code request.Code
	for _, c := range []request.Code{request.NotFound, request.Conflict, request.Exists, request.PhaseIllegal, request.Forbidden, request.SamePerson,
		request.ProofTooLow, request.NoInstruction, request.SystemsMissing, request.DateRefused, request.InputRefused, request.TooMany, request.NotScanned} {
		if c.Is(err) {
			code = c
		}
	}
	// After a fault the first try may have worked after all.
	late := p.fired && (request.PhaseIllegal.Is(err) || request.NotFound.Is(err))
	if p.plan != nil && p.fired && want != "" {
		late = true
	}
	if len(p.dying) > 0 {
		late, err = true, nil // with a system out of reach much is refused
	}
	if string(code) != want && !late || err != nil && code == "" {
		p.errorf("%s: got %v, want %q", line, err, want)
	}
	p.settle()
	p.dead = p.dying
	if p.redeployEach {
		p.redeploy()
		p.pass(5 * time.Minute)
	}
	if p.fired && !p.healed {
		p.healed = true
		p.pass(4 * time.Hour)
	}
}

func (p *player) act(do func(*player, args, string) error, a args, body string) (err error) {
	defer survive(&err)
	return do(p, a, body)
}

// args are the words of a line: those with = by name, the others in order.
type args struct {
	words []string
	named map[string]string
}

func parse(words []string) args {
	a := args{named: map[string]string{}}
	for _, w := range words {
		if name, value, ok := strings.Cut(w, "="); ok && !strings.Contains(name, "/") {
			a.named[name] = value
		} else {
			a.words = append(a.words, strings.TrimSuffix(w, ":"))
		}
	}
	return a
}

func (a args) at(i int) string {
	if i < len(a.words) {
		return a.words[i]
	}
	return ""
}

// after gives the word that follows another: "leg 1" → after("leg") = "1".
func (a args) after(word string) string {
	if i := slices.Index(a.words, word); i >= 0 {
		return a.at(i + 1)
	}
	return ""
}

// keepsName are the expectations that also say which request is meant.
var keepsName = map[string]bool{"call": true, "about": true}

type verb struct {
	says bool // an expectation: changes nothing
	do   func(*player, args, string) error
}

var verbs map[string]verb

func init() {
	verbs = map[string]verb{
		"client": {do: (*player).setClient},
		"mail":   {do: (*player).mail}, "form": {do: (*player).form}, "sweep": {do: (*player).sweep}, "wait": {do: (*player).wait},
		"code": {do: (*player).code}, "fact": {do: (*player).fact}, "decide": {do: (*player).decide}, "approve": {do: (*player).approve},
		"release": {do: (*player).release}, "instruct": {do: (*player).instruct}, "fetch": {do: (*player).fetch},
		"cancel": {do: (*player).cancel}, "withdraw": {do: (*player).withdraw}, "disown": {do: (*player).disown}, "read": {do: (*player).read},
		"choose": {do: (*player).choose}, "carried": {do: (*player).carried}, "return": {do: (*player).sendBack}, "stop": {do: (*player).stopErasure},
		"bounce": {do: (*player).bounce}, "arrive": {do: (*player).arrive}, "delay": {do: (*player).delay}, "post": {do: (*player).posted}, "done": {do: (*player).taskDone}, "again": {do: (*player).again}, "redeploy": {do: (*player).redeployed},
		"watch": {do: (*player).watch}, "forget": {do: (*player).forget}, "open": {do: (*player).open},
		"breach": {do: (*player).breach}, "breach-told-ap": {do: (*player).breachAuthority}, "breach-told": {do: (*player).breachSubject},
		"breach-close": {do: (*player).breachClose}, "breach-warned": {says: true, do: (*player).breachWarned},
		"legal-hold": {do: (*player).legalHold}, "lift-hold": {do: (*player).liftHold},
		"record": {says: true, do: (*player).record},
		"screen": {do: (*player).screen}, "waits": {says: true, do: (*player).waits}, "proposed": {says: true, do: (*player).proposed},
		"byhand": {do: (*player).byHand}, "until": {do: (*player).until}, "receipt": {says: true, do: (*player).receipt}, "hand-warned": {says: true, do: (*player).handWarned},
		"look": {do: (*player).look}, "policy": {do: (*player).policy},
		"scan": {do: (*player).scan}, "scanner": {do: (*player).scanner}, "take-scan": {do: (*player).takeScan}, "take-file": {do: (*player).takeFile},
		"files": {says: true, do: (*player).files},
		"down":  {do: (*player).downNow}, "up": {do: (*player).upAgain},
		"branches": {do: (*player).branches}, "apart": {says: true, do: (*player).apart},
		"bank": {do: (*player).bank}, "purge": {do: (*player).purge}, "hops": {says: true, do: (*player).hops}, "stuck": {says: true, do: (*player).stuck},
		"there": {says: true, do: (*player).thereIn},

		"delivery": {says: true, do: (*player).delivery},
		"call":     {says: true, do: (*player).call}, "about": {says: true, do: (*player).about}, "letters": {says: true, do: (*player).letters},
		"leg": {says: true, do: (*player).leg}, "request": {says: true, do: (*player).request}, "task": {says: true, do: (*player).task},
		"held": {says: true, do: (*player).heldIn}, "gone": {says: true, do: (*player).goneFrom}, "logged": {says: true, do: (*player).logged}, "says": {says: true, do: (*player).says}, "previews": {says: true, do: (*player).previews},
		"status": {says: true, do: (*player).status}, "suppressed": {says: true, do: (*player).suppressed}, "noted": {says: true, do: (*player).noted},
		"reminded": {says: true, do: (*player).reminded}, "received": {says: true, do: (*player).receivedAt},
	}
}

// setClient: an administrator changes a client: "client telstar remind=3,8
// escalation=board@telstar-mobile.example state=sold"; state=active takes that back.
func (p *player) setClient(a args, _ string) error {
	before, err := p.store.Client(p.ctx, a.at(0))
	if err != nil {
		return err
	}
	after := before
	if first, second, ok := strings.Cut(a.named["remind"], ","); ok {
		if after.RemindFirst, err = strconv.Atoi(first); err != nil {
			return err
		}
		if after.RemindSecond, err = strconv.Atoi(second); err != nil {
			return err
		}
	}
	if to := a.named["escalation"]; to != "" {
		after.EscalationEmail = to
	}
	if state := a.named["state"]; state != "" {
		after.State = strings.TrimPrefix(state, "active")
	}
	if contact := a.named["contact"]; contact != "" {
		after.Email, after.ContactName = contact, contact
	}
	if agreed := a.named["inItsName"]; agreed != "" {
		after.InItsName = agreed
	}
	return p.cases.SaveClient(p.ctx, casework.Actor{ID: "staff-adm", Roles: []string{"administrator"}}, &before, after)
}

// breach reports one: "breach package-released leg 1 risk=high by jan".
func (p *player) breach(a args, _ string) error {
	return p.cases.ReportBreach(p.ctx, staff[a.after("by")], p.ref, request.Breach{
		Kind: a.at(0), Leg: a.after("leg"), Found: p.clock.Now().Add(-time.Hour).Truncate(24 * time.Hour), Risk: a.named["risk"], Affected: 1,
		Facts: "Een e-mail met uw gegevens ging naar een verkeerd adres.", Effects: "Iemand anders kent uw adres.",
		Measures: "De ontvanger heeft de e-mail gewist.", Data: []string{"uw adres"}, Advice: a.named["advice"],
	})
}

// breachAuthority: "breach-told-ap 1 number=AP-1 by piet".
func (p *player) breachAuthority(a args, _ string) error {
	return p.cases.AuthorityTold(p.ctx, staff[a.after("by")], p.ref, a.at(0), a.named["number"], p.clock.Now())
}

// breach-warned: so often staff were warned of the 72 hours of a breach.
func (p *player) breachWarned(a args, _ string) error {
	lines, err := p.store.Lines(p.ctx, p.now().ID)
	if err != nil {
		return err
	}
	n := 0
	for _, l := range lines {
		if l.Action == "warned-staff" && strings.HasPrefix(l.Reason, "breach") {
			n++
		}
	}
	if strconv.Itoa(n) != a.at(0) {
		p.errorf("staff were warned %d times, want %s", n, a.at(0))
	}
	return nil
}

func (p *player) breachSubject(a args, _ string) error {
	return p.cases.TellSubject(p.ctx, staff[a.after("by")], p.ref, a.at(0))
}

func (p *player) breachClose(a args, _ string) error {
	return p.cases.CloseBreach(p.ctx, staff[a.after("by")], p.ref, a.at(0))
}

// legalHold keeps a record: "legal-hold ap-inquiry days=700 by piet".
func (p *player) legalHold(a args, _ string) error {
	days, err := strconv.Atoi(a.named["days"])
	if err != nil {
		return err
	}
	until := deadline.LocalDate(p.clock.Now()).AddDays(days).String()
	return p.cases.HoldRecord(p.ctx, staff[a.after("by")], p.ref, a.at(0), request.Day(until))
}

// liftHold ends one: "lift-hold 1 by piet".
func (p *player) liftHold(a args, _ string) error {
	return p.cases.LiftHold(p.ctx, staff[a.after("by")], p.ref, a.at(0))
}

// record: "record whole", "record redacted" (the person's words are gone, the
// procedure stands) or "record gone".
func (p *player) record(a args, _ string) error {
	id, err := p.store.ByReference(p.ctx, p.ref)
	if err != nil {
		return err
	}
	state := "whole"
	switch r, err := p.store.Load(p.ctx, id); {
	case request.NotFound.Is(err):
		state = "gone"
	case err != nil:
		return err
	case r.Redacted != "":
		state = "redacted"
		if r.Text != "" || r.Sender.Email != "" || r.Sender.Name != "" || len(r.Notes) > 0 {
			p.errorf("the record still holds the person's words")
		}
	}
	incoming, letters := 0, 0
	for folder, n := range map[string]*int{"incoming/": &incoming, "letters/": &letters} {
		prefix := "dossier/" + string(id) + "/" + folder
		if _, err := p.quiet(func() (*request.Request, error) {
			return nil, p.dossier.List(p.ctx, prefix, func(vault.Object) error { *n++; return nil })
		}); err != nil {
			return err
		}
	}
	if state != a.at(0) || state != "whole" && incoming > 0 || (state == "gone") != (letters == 0) {
		p.errorf("the record is %s with %d mails and %d letters, want %s", state, incoming, letters, a.at(0))
	}
	return nil
}

// screen: "screen leg 1 SYSTEM/HOLDING/COLUMN give|redact|withhold|clear by jan";
// the words to leave out stand below. A value is named by the words it holds;
// clear gives the place whole.
func (p *player) screen(a args, body string) error {
	list, err := p.cases.Screening(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), "", 100)
	if err != nil {
		return err
	}
	place, verdict := a.at(2), a.at(3)
	if verdict == "clear" {
		return p.cases.Screen(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), nil, append(list.Cleared, place))
	}
	var found []request.Screened
	for _, item := range list.Items {
		if item.Place != place || a.named["holds"] != "" && !strings.Contains(item.Value, a.named["holds"]) {
			continue
		}
		f := request.Screened{Item: item.Item, Finding: verdict, Reason: a.named["reason"]}
		if verdict == request.RedactFinding {
			f.Marks = strings.Split(body, "\n")
		}
		found = append(found, f)
	}
	if len(found) == 0 {
		p.errorf("nothing at %s waits", place)
	}
	return p.cases.Screen(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), found, nil)
}

// proposed: "proposed leg 1 SYSTEM/HOLDING/COLUMN": the words that stand ready
// to be left out of what waits there stand below.
func (p *player) proposed(a args, body string) error {
	list, err := p.cases.Screening(p.ctx, staff["jan"], p.ref, a.after("leg"), "", 100)
	if err != nil {
		return err
	}
	var words []string
	for _, item := range list.Items {
		if item.Place == a.at(2) {
			words = append(words, redaction.Words(item.Value, item.Others)...)
		}
	}
	if got := strings.Join(words, "\n"); got != body {
		p.errorf("proposed are %q, want %q", got, body)
	}
	return nil
}

// waits: "waits leg 1 3": so many values wait for a person's look.
func (p *player) waits(a args, _ string) error {
	list, err := p.cases.Screening(p.ctx, staff["jan"], p.ref, a.after("leg"), "", 1)
	if err != nil {
		return err
	}
	if want := a.at(2); want != strconv.Itoa(list.Open) {
		p.errorf("%d values wait, want %s", list.Open, want)
	}
	return nil
}

// downNow puts systems out of reach: down newsletter invoices.
func (p *player) downNow(a args, _ string) error {
	p.out, p.as = map[string]bool{}, nil
	switch a.named["as"] {
	case "schema":
		p.as = func() error { return systems.ErrSchema }
	case "asked": // a processor that has the request and promised an answer within five days
		until := p.clock.Now().Add(5 * 24 * time.Hour)
		p.as = func() error { return &systems.Later{Until: until, Again: p.clock.Now().Add(24 * time.Hour)} }
	}
	for _, id := range a.words {
		p.out[id] = true
	}
	return nil
}

// upAgain brings every system back.
func (p *player) upAgain(args, string) error {
	p.out = nil
	return nil
}

// address is the mailbox of a name.
func address(name string) string {
	for _, c := range demo.Clients() {
		if c.ID == name {
			return c.Email
		}
	}
	return people[name].Email
}

// nameOf is the script's name of a mailbox.
func (p *player) nameOf(a post.Address) string {
	switch a.Kind {
	case "house":
		return "house"
	case "recipient":
		for id, r := range p.systems.Inventory().Recipients {
			if r.Email == a.Email {
				return id
			}
		}
	}
	if a.Email == "" {
		return "print"
	}
	for _, name := range sorted(people) {
		if people[name].Email == a.Email {
			return name
		}
	}
	for _, c := range demo.Clients() {
		if c.Email == a.Email {
			return c.ID
		}
	}
	return a.Email
}

func sorted[V any](m map[string]V) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	sort.Strings(all)
	return all
}

// mail: mail NAME [lost] [auto] [id=…] [subject=…], with the text below.
func (p *player) mail(a args, body string) error {
	who := people[a.at(0)]
	id := a.named["id"]
	if id == "" {
		id = fmt.Sprintf("mail-%d", len(p.secrets)+p.line)
	}
	head := []string{"From: " + who.Name + " <" + who.Email + ">", "To: " + p.cases.House.Email,
		"Subject: " + strings.ReplaceAll(a.named["subject"], "_", " "), "Message-ID: <" + id + "@voorbeeld.example>", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8"}
	if slices.Contains(a.words, "auto") {
		head = append(head, "Auto-Submitted: auto-replied")
	}
	body = strings.ReplaceAll(body, "REFERENCE", string(p.ref))
	text := strings.Join(head, "\r\n") + "\r\n\r\n" + strings.ReplaceAll(body, "\n", "\r\n") + "\r\n"
	was := p.counting
	p.counting = false
	_, err := p.raw.Stat(p.ctx, "raw/"+id)
	if request.NotFound.Is(err) {
		err = p.raw.Put(p.ctx, "raw/"+id, strings.NewReader(text))
	}
	p.counting = was
	if err != nil {
		return err
	}
	if slices.Contains(a.words, "lost") {
		return nil
	}
	defer p.newest()
	err = p.cases.Receive(p.ctx, casework.RawMail{Key: "raw/" + id, MessageID: id, Received: p.clock.Now()})
	return err
}

// newest makes the lines that follow speak of the request that was just made.
func (p *player) newest() {
	if len(p.seen) > p.known {
		p.known = len(p.seen)
		p.ref = p.load(p.seen[p.known-1]).Reference
	}
}

// form: form NAME rights=… relations=… [lang=en] [customer=yes] [file=yes|NUMBER] [name=yes] [birth=yes] [postcode=yes] [kind=…]
func (p *player) form(a args, body string) error {
	who := people[a.at(0)]
	s := casework.Submission{
		SourceKey: fmt.Sprintf("form/%s-%d", p.name, p.line), Channel: request.Web, Language: request.Dutch, Received: p.clock.Now(),
		Kind: "request", Sure: true, Rule: "form", Subject: "", Text: body, Sender: request.Sender{Email: who.Email, Answerable: true, Name: who.Name},
	}
	if a.named["lang"] == "en" {
		s.Language = request.English
	}
	for _, r := range split(a.named["rights"]) {
		s.Rights = append(s.Rights, request.Right(r))
	}
	for _, r := range split(a.named["relations"]) {
		s.Relations = append(s.Relations, request.Relation(r))
	}
	if k := a.named["kind"]; k != "" {
		s.Kind = k
	}
	of := who
	if o := a.named["of"]; o != "" {
		of = people[o]
		s.Sender.Name = of.Name
	}
	if a.named["customer"] != "" {
		s.Sender.ClientNumbers = []string{of.Customer}
	}
	switch number := a.named["file"]; number {
	case "":
	case "yes":
		s.Sender.FileNumbers = []string{of.Files[0].Number}
	default:
		s.Sender.FileNumbers = []string{number}
	}
	if a.named["birth"] != "" {
		s.Sender.BirthDate, s.Sender.Postcode = of.Birth, of.Postcode
	}
	if a.named["postcode"] != "" {
		s.Sender.Postcode = of.Postcode
	}
	if capacity := a.named["capacity"]; capacity != "" {
		// Who asks for somebody else keeps their own name; the clues are the other's (I-6).
		s.Sender.Name, s.Sender.For, s.Sender.Capacity = who.Name, of.Name, capacity
	}
	if p.types != nil {
		p.types(&s.Sender)
	}
	defer p.newest()
	_, err := p.cases.Register(p.ctx, s)
	return err
}

func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func (p *player) sweep(args, string) error {
	defer p.newest()
	_, err := p.cases.Sweep(p.ctx)
	return err
}

// wait: wait 72h, wait 5wd, wait 7d, wait safe (to the safe date).
func (p *player) wait(a args, _ string) error {
	now := p.clock.Now()
	switch w := a.at(0); {
	case w == "safe":
		d, err := deadline.ParseDate(string(p.now().SafeDue))
		if err != nil {
			return err
		}
		p.passTo(d.Start().UTC().Add(time.Hour))
	case strings.HasSuffix(w, "wd"):
		n, _ := strconv.Atoi(strings.TrimSuffix(w, "wd"))
		p.passTo(p.cases.Calendar.AddWorkingDays(deadline.LocalDate(now), n).Start().UTC().Add(time.Hour))
	case strings.HasSuffix(w, "d"):
		n, _ := strconv.Atoi(strings.TrimSuffix(w, "d"))
		p.pass(time.Duration(n) * 24 * time.Hour)
	default:
		d, err := time.ParseDuration(w)
		if err != nil {
			return err
		}
		p.pass(d)
	}
	return nil
}

// now is the request that the lines speak of.
func (p *player) now() *request.Request {
	p.t.Helper()
	r, err := p.quiet(func() (*request.Request, error) {
		id, err := p.store.ByReference(p.ctx, p.ref)
		if err != nil {
			return nil, err
		}
		return p.store.Load(p.ctx, id)
	})
	if err != nil {
		p.t.Fatalf("%s.txt:%d: %v", p.name, p.line, err)
	}
	return r
}

var eightDigits = regexp.MustCompile(`\b(\d{4})\s?(\d{4})\b`)

// code: code NAME [package|status] asks for a code, reads it in that mailbox,
// types it, and has the proof accepted. "code NAME none" expects no mail there.
func (p *player) code(a args, _ string) error {
	purpose := identity.ForProof
	if slices.Contains(a.words, "package") {
		purpose = identity.ForPackage
	}
	if slices.Contains(a.words, "status") {
		purpose = identity.ForStatus
	}
	session := a.named["session"]
	secret := fmt.Sprintf("a cookie of at least 128 bits %s %s", p.ref, session)
	subject := string(p.ref)
	sent := len(p.mailbox)
	if slices.Contains(a.words, "again") {
		// The code of before, typed once more.
		_, err := p.prover.Try(p.ctx, secret, purpose, subject, p.secrets[string(p.ref)+session])
		return err
	}
	if _, err := p.prover.Ask(p.ctx, secret, purpose, subject); err != nil {
		return err
	}
	p.settle()
	for range 3 { // the sender may have died with the letter in hand
		if len(p.mailbox) > sent {
			break
		}
		p.runner.Advance(p.ctx, 0)
		p.settle()
	}
	code := ""
	for _, m := range p.mailbox[sent:] {
		if string(m.letter.Order.Kind) == "N-01" && m.letter.To.Email == address(a.at(0)) {
			if d := eightDigits.FindStringSubmatch(m.mail.Text); d != nil {
				code = d[1] + d[2]
			}
		}
	}
	if slices.Contains(a.words, "none") {
		if code != "" {
			p.errorf("%s got a code", a.at(0))
		}
		return nil
	}
	if code == "" {
		if p.fired {
			return errOutside // the person asks for another
		}
		p.errorf("%s got no code", a.at(0))
		return nil
	}
	p.secrets[string(p.ref)+session] = code
	proof, err := p.prover.Try(p.ctx, secret, purpose, subject, code)
	if err != nil {
		return err
	}
	p.proofs[string(p.ref)] = proof
	return p.again(args{}, "")
}

// again: the proof is told to the request once more, as a second click does.
func (p *player) again(args, string) error {
	err := p.cases.Accepted(p.ctx, p.ref, p.proofs[string(p.ref)])
	if err != nil && p.fired {
		err = p.cases.Accepted(p.ctx, p.ref, p.proofs[string(p.ref)])
	}
	return err
}

// fact: fact VALUE, "fact VALUE wrong" when it must not match.
func (p *player) fact(a args, _ string) error {
	ok, err := p.cases.Fact(p.ctx, p.ref, p.proofs[string(p.ref)], a.at(0))
	if wrong := slices.Contains(a.words, "wrong"); err == nil && ok == wrong && len(p.dead) == 0 {
		p.errorf("fact %s matches: %v", a.at(0), ok)
	}
	return err
}

// decide: decide leg 1 refused ground=… by jan; the text below is what the
// officer writes. Of a yes in part, a line "+ WORDS" is granted and a line
// "- GROUND WORDS" is not; until=, interest=, necessity= and proportionality=
// are what a ground may demand.
func (p *player) decide(a args, body string) error {
	d := request.Decision{Outcome: request.Outcome(a.at(2)), Ground: a.named["ground"],
		Until: request.Day(a.named["until"]), Interest: a.named["interest"],
		Necessity: strings.ReplaceAll(a.named["necessity"], "_", " "), Proportionality: strings.ReplaceAll(a.named["proportionality"], "_", " ")}
	for line := range strings.Lines(body) {
		if what, ok := strings.CutPrefix(line, "+ "); ok {
			d.Parts = append(d.Parts, request.Part{What: strings.TrimSpace(what), Granted: true})
		} else if part, ok := strings.CutPrefix(line, "- "); ok {
			ground, what, _ := strings.Cut(strings.TrimSpace(part), " ")
			d.Parts = append(d.Parts, request.Part{What: what, Ground: ground})
		} else {
			d.Note += line
		}
	}
	return p.cases.DecideLeg(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), d)
}

func (p *player) approve(a args, _ string) error {
	return p.cases.Approve(p.ctx, staff[a.after("by")], p.ref, a.after("leg"))
}

func (p *player) sendBack(a args, body string) error {
	return p.cases.SendBack(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), body)
}

func (p *player) stopErasure(a args, body string) error {
	return p.cases.StopErasure(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), body)
}

func (p *player) release(a args, _ string) error {
	return p.cases.ReleaseNow(p.ctx, staff[a.after("by")], p.ref, a.after("leg"))
}

func (p *player) carried(a args, body string) error {
	return p.cases.CarriedOut(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), body)
}

func (p *player) open(a args, _ string) error {
	_, err := p.cases.View(p.ctx, staff[a.after("by")], p.ref)
	return err
}

// instruct: instruct leg 1 carry-out-to-us by bakker [ground=…]
// Below it stands why, where the desk says that the law forbids it.
func (p *player) instruct(a args, body string) error {
	_, err := p.cases.GiveInstruction(p.ctx, a.after("by"), "signed-in", p.ref, a.after("leg"), request.Instruction{Kind: a.at(2), Ground: a.named["ground"], Template: a.named["template"], Why: body})
	return err
}

// fetch: fetch leg 1 [by bakker] [holds=NAME] [without=NAME]: the link is made,
// the package opened and looked into.
func (p *player) fetch(a args, _ string) error {
	var url string
	var err error
	if client := a.after("by"); client != "" {
		url, err = p.cases.ClientRelease(p.ctx, client, p.ref, a.after("leg"))
	} else {
		url, err = p.cases.Release(p.ctx, p.ref, a.after("leg"))
	}
	if err != nil {
		return err
	}
	p.opened(strings.TrimPrefix(url, "memory:"), a)
	return nil
}

func (p *player) opened(key string, a args) {
	body, err := p.package_.Open(p.ctx, key)
	if err != nil {
		p.errorf("the link leads nowhere: %v", err)
		return
	}
	raw, _ := io.ReadAll(body)
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		p.errorf("the package does not open: %v", err)
		return
	}
	var all strings.Builder
	names := map[string]bool{}
	for _, f := range z.File {
		names[f.Name] = true
		r, err := f.Open()
		if err != nil {
			p.errorf("%s does not open: %v", f.Name, err)
			return
		}
		b, _ := io.ReadAll(r)
		all.Write(b)
	}
	for _, must := range []string{"index.html", "manifest.json"} {
		if !names[must] {
			p.errorf("the package has no %s: %v", must, sorted(names))
		}
	}
	for _, v := range split(a.named["holds"]) {
		if !strings.Contains(all.String(), strings.ReplaceAll(v, "_", " ")) {
			p.errorf("the package does not hold %s", v)
		}
	}
	for _, v := range split(a.named["without"]) {
		if strings.Contains(all.String(), strings.ReplaceAll(v, "_", " ")) {
			p.errorf("the package holds %s", v)
		}
	}
	r := p.now()
	if l := r.Leg(a.after("leg")); l != nil && r.Candidate(l.Candidate) != nil {
		p.noStranger(all.String(), r.Candidate(l.Candidate))
	}
}

func (p *player) cancel(a args, _ string) error {
	return p.cases.CancelErasure(p.ctx, p.ref, a.after("leg"))
}
func (p *player) withdraw(args, string) error { return p.cases.Withdraw(p.ctx, p.ref) }
func (p *player) disown(args, string) error   { return p.cases.NotMe(p.ctx, p.ref) }

// read: read as access,erasure relations=client by jan; "read as noise reason=spam".
func (p *player) read(a args, _ string) error {
	c := casework.TriageChoice{Kind: "request", Reason: a.named["reason"], Capacity: a.named["capacity"], Myself: slices.Contains(a.words, "myself")}
	switch what := a.after("as"); what {
	case "noise", "question", "complaint":
		c.Kind = what
	default:
		for _, r := range split(what) {
			c.Rights = append(c.Rights, request.Right(r))
		}
	}
	for _, r := range split(a.named["relations"]) {
		c.Relations = append(c.Relations, request.Relation(r))
	}
	return p.cases.ReadAs(p.ctx, staff[a.after("by")], p.ref, c)
}

// choose: choose leg 1 c2 by jan, or "nobody".
func (p *player) choose(a args, _ string) error {
	var who []string
	if a.at(2) != "nobody" {
		who = split(a.at(2))
	}
	return p.cases.Choose(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), who)
}

// bounce: bounce T-09 [permanent|transient|undetermined|complaint|rejected]:
// the last mail of that kind comes back, as SES tells it, twice.
func (p *player) bounce(a args, _ string) error {
	class := post.Permanent
	if c := a.at(1); c != "" {
		class = post.Class(c)
	}
	return p.tell(a.at(0), post.Event{What: post.Undone, Class: class, Code: "General"})
}

// arrive: arrive T-09: SES tells that the other server took it.
func (p *player) arrive(a args, _ string) error {
	return p.tell(a.at(0), post.Event{What: post.Arrived})
}

// delay: delay T-09: SES tells that it is still trying.
func (p *player) delay(a args, _ string) error {
	return p.tell(a.at(0), post.Event{What: post.Delayed})
}

// tell is an event of SES about the last mail of that kind.
func (p *player) tell(kind string, e post.Event) error {
	for i := len(p.mailbox) - 1; i >= 0; i-- {
		if l := p.mailbox[i].letter; string(l.Order.Kind) == kind {
			e.MessageID, e.Owner, e.Letter, e.At = fmt.Sprintf("ses-%d", i+1), l.Owner, l.ID, p.clock.Now()
			if err := p.cases.Mailback(p.ctx, e); err != nil {
				return err
			}
			return p.cases.Mailback(p.ctx, e)
		}
	}
	p.errorf("no %s was sent", kind)
	return nil
}

// posted: post T-21 [on=2026-12-16] by jan: an officer put the last letter of that kind in the post.
func (p *player) posted(a args, _ string) error {
	of, err := p.store.LettersOf(p.ctx, string(p.now().ID))
	if err != nil {
		return err
	}
	on := a.named["on"]
	if on == "" {
		on = p.clock.Now().Format(time.DateOnly)
	}
	for i := len(of) - 1; i >= 0; i-- {
		if string(of[i].Order.Kind) == a.at(0) {
			return p.cases.Posted(p.ctx, staff[a.after("by")], p.ref, of[i].ID, request.Day(on))
		}
	}
	p.errorf("no %s was written", a.at(0))
	return nil
}

// delivery: delivery T-09 bounced permanent [leg=1]: how the desk shows the last
// letter of that kind.
func (p *player) delivery(a args, _ string) error {
	of, err := p.store.LettersOf(p.ctx, string(p.now().ID))
	if err != nil {
		return err
	}
	for i := len(of) - 1; i >= 0; i-- {
		if leg := a.named["leg"]; string(of[i].Order.Kind) != a.at(0) || leg != "" && of[i].Leg != leg {
			continue
		}
		v := casework.Delivery(of[i])
		if got := strings.TrimSpace(v.State + " " + string(v.Class)); got != strings.TrimSpace(a.at(1)+" "+a.at(2)) {
			p.errorf("%s is %q", a.at(0), got)
		}
		return nil
	}
	p.errorf("no %s was written", a.at(0))
	return nil
}

func (p *player) taskDone(a args, _ string) error {
	for _, t := range p.now().Tasks {
		if t.Open() && t.Kind == a.at(0) {
			return p.cases.TaskDone(p.ctx, staff[a.after("by")], p.ref, t.ID)
		}
	}
	if !p.fired {
		p.errorf("no task %s is open", a.at(0))
	}
	return nil
}

func (p *player) redeployed(args, string) error { p.redeploy(); return nil }

func (p *player) watch(args, string) error {
	_, err := p.cases.Watch(p.ctx)
	return err
}

func (p *player) forget(args, string) error {
	_, err := p.cases.Forget(p.ctx)
	return err
}

// call and about: give the present request a name, and come back to it.
func (p *player) call(a args, _ string) error { p.named[a.at(0)] = p.ref; return nil }
func (p *player) about(a args, _ string) error {
	p.ref = p.named[a.at(0)]
	return nil
}

// letters: every letter since the last such line, but for notices to staff and
// codes: "letters: T-01 contact, T-02 contact" or "letters: none".
func (p *player) letters(a args, _ string) error {
	var got, want []string
	for _, m := range p.mailbox {
		id := m.letter.Owner + "/" + m.letter.ID
		if p.told[id] {
			continue
		}
		p.told[id] = true
		if k := m.letter.Order.Kind; k != "N-03" && k != "N-01" {
			got = append(got, string(k)+" "+p.nameOf(m.letter.To))
		}
	}
	for _, w := range strings.Split(strings.Join(a.words, " "), ",") {
		if w = strings.TrimSpace(w); w != "none" && w != "" {
			want = append(want, w)
		}
	}
	sort.Strings(got)
	sort.Strings(want)
	if d := cmp.Diff(want, got); d != "" {
		p.errorf("letters (-want +got):\n%s", d)
	}
	return nil
}

// leg: leg 1 access controller answered granted — the words that are given.
func (p *player) leg(a args, _ string) error {
	l := p.now().Leg(a.at(0))
	if l == nil {
		p.errorf("there is no leg %s", a.at(0))
		return nil
	}
	is := []string{string(l.Right), string(l.Role), l.Client, string(l.Phase), string(l.Outcome), string(l.Relation), fmt.Sprintf("L%d", l.Has), "needs-" + fmt.Sprintf("L%d", l.Needs)}
	for _, w := range a.words[1:] {
		if !slices.Contains(is, w) {
			p.errorf("leg %s is %v, want %s", a.at(0), is, w)
		}
	}
	return nil
}

// request: request done, request legs=2, or "request open".
func (p *player) request(a args, _ string) error {
	r := p.now()
	if n := a.named["legs"]; n != "" && n != strconv.Itoa(len(r.Legs)) {
		p.errorf("the request has %d legs, want %s", len(r.Legs), n)
	}
	if s := a.at(0); s != "" && s != string(r.Stage) {
		p.errorf("the request is %s, want %s", r.Stage, s)
	}
	return nil
}

// task: task decide leg 1, "task none", "task triage", "no decide".
func (p *player) task(a args, _ string) error {
	var open []string
	for _, t := range p.now().Tasks {
		if t.Open() && t.Kind != "stuck" {
			open = append(open, strings.TrimSpace(t.Kind+" "+t.Leg))
		}
	}
	var want []string
	for _, w := range strings.Split(strings.Join(a.words, " "), ",") {
		if w = strings.TrimSpace(strings.ReplaceAll(w, "leg ", "")); w != "none" {
			want = append(want, w)
		}
	}
	sort.Strings(open)
	sort.Strings(want)
	if d := cmp.Diff(want, open); d != "" {
		p.errorf("open tasks (-want +got):\n%s", d)
	}
	return nil
}

// heldIn: held former in relations,invoices — the systems that hold the person, all of them.
func (p *player) heldIn(a args, _ string) error {
	got := p.whereIs(people[a.at(0)])
	want := split(a.after("in"))
	if a.at(1) == "nowhere" {
		want = nil
	}
	sort.Strings(want)
	if d := cmp.Diff(want, got); d != "" {
		p.errorf("%s is held in (-want +got):\n%s", a.at(0), d)
	}
	return nil
}

// whereIs lists the systems in which any name of the person stands, read as bytes.
func (p *player) whereIs(who demo.Person) []string {
	var in []string
	for _, s := range p.systems.Inventory().Systems {
		var all strings.Builder
		for _, row := range p.systems.Memory(s.ID).Rows() {
			fmt.Fprintln(&all, row)
		}
		for name, body := range p.systems.Memory(s.ID).Objects() {
			fmt.Fprintln(&all, name, string(body))
		}
		marks := []string{who.Email, who.Customer}
		for _, f := range who.Files {
			marks = append(marks, f.Number)
		}
		for _, m := range marks {
			if m != "" && strings.Contains(all.String(), m) && !slices.Contains(in, s.ID) {
				in = append(in, s.ID)
			}
		}
	}
	sort.Strings(in)
	return in
}

// goneFrom: gone TEXT in SYSTEM: that value stands no longer there.
func (p *player) goneFrom(a args, _ string) error {
	for _, row := range p.systems.Memory(a.after("in")).Rows() {
		if strings.Contains(fmt.Sprint(row), strings.ReplaceAll(a.at(0), "_", " ")) {
			p.errorf("%s still stands in %s", a.at(0), a.after("in"))
		}
	}
	return nil
}

// logged: "logged contact in consents withdrawn=2020-02-17,- ip=1": the lines of
// the website's log under that prefix that name the person, by the day that is
// marked in each ("-" = none), and how many hold an address of a computer.
func (p *player) logged(a args, _ string) error {
	var days []string
	ips := 0
	objects := p.systems.Memory("weblog").Objects()
	for _, name := range slices.Sorted(maps.Keys(objects)) {
		if !strings.HasPrefix(name, a.after("in")+"/") {
			continue
		}
		for line := range strings.Lines(string(objects[name])) {
			row, err := systems.ParseLine([]byte(line))
			if err != nil {
				return err
			}
			if row.Text("email") != address(a.at(0)) {
				continue
			}
			day := row.Text("withdrawn")
			if day == "" {
				day = "-"
			}
			days = append(days, day)
			if row.Text("ip") != "" {
				ips++
			}
		}
	}
	slices.Sort(days)
	want := split(a.named["withdrawn"])
	if !slices.Equal(days, want) || len(want) > 0 && strconv.Itoa(ips) != a.named["ip"] {
		p.errorf("%s has choices withdrawn on %v, %d with an IP address", a.at(0), days, ips)
	}
	return nil
}

// says: says T-13 WORDS: the last letter of that kind holds them; "says T-04b not WORDS".
func (p *player) says(a args, _ string) error {
	for i := len(p.mailbox) - 1; i >= 0; i-- {
		m := p.mailbox[i]
		if string(m.letter.Order.Kind) != a.at(0) {
			continue
		}
		words, not := a.words[1:], false
		if len(words) > 0 && words[0] == "not" {
			words, not = words[1:], true
		}
		text := strings.Join(strings.Fields(m.mail.Subject+" "+m.mail.Text), " ")
		if strings.Contains(text, strings.Join(words, " ")) == not {
			p.errorf("%s says (not=%v) %q in:\n%s", a.at(0), not, strings.Join(words, " "), m.mail.Text)
		}
		return nil
	}
	p.errorf("no %s was sent", a.at(0))
	return nil
}

// previews: previews leg 1 granted by jan WORDS: the letter that is shown before
// that decision holds them.
func (p *player) previews(a args, _ string) error {
	m, err := p.cases.Preview(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), request.Decision{Outcome: request.Outcome(a.at(2))})
	words := strings.Join(a.words[slices.Index(a.words, "by")+2:], " ")
	if err == nil && !strings.Contains(strings.Join(strings.Fields(m.Text), " "), words) {
		p.errorf("the letter that is shown does not say %q:\n%s", words, m.Text)
	}
	return err
}

// status: status full leg 1 ready — what the page shows; "status file legs 1"
// that it shows so many parts; "status file leg 1 with-client bakker
// told=handed-over,reminded" whom it names, and what it says went to and fro;
// stop=no: it is not offered to stop it.
func (p *player) status(a args, _ string) error {
	sight := map[string]casework.Sight{"sender": casework.SightSender, "file": casework.SightFile, "full": casework.SightFull}[a.at(0)]
	v, err := p.cases.Status(p.ctx, p.ref, casework.Viewer{Sight: sight, Channels: p.proofs[string(p.ref)].Channels})
	if err != nil {
		p.errorf("status: %v", err)
		return nil
	}
	if a.at(1) == "legs" {
		if strconv.Itoa(len(v.Legs)) != a.at(2) {
			p.errorf("the page shows %d parts, want %s", len(v.Legs), a.at(2))
		}
		return nil
	}
	i := slices.IndexFunc(v.Legs, func(l casework.LegStatus) bool { return l.Leg == a.after("leg") })
	if i < 0 {
		p.errorf("leg %s does not show", a.after("leg"))
		return nil
	}
	company, told := "", []string(nil)
	if id := a.at(4); id != "" {
		c, err := p.store.Client(p.ctx, id)
		if err != nil {
			return err
		}
		company = c.Name
	}
	for _, t := range v.Legs[i].Told {
		told = append(told, t.What)
	}
	if l := v.Legs[i]; l.State != a.at(3) || l.Company != company || company != "" && !slices.Equal(told, split(a.named["told"])) {
		p.errorf("leg %s shows as %s of %q, told %v; want %s of %q, %s", l.Leg, l.State, l.Company, told, a.at(3), company, a.named["told"])
	}
	if want, ok := a.named["stop"]; ok && v.Legs[i].MayStop != (want == "yes") {
		p.errorf("leg %s can be stopped: %v, want %s", a.after("leg"), v.Legs[i].MayStop, want)
	}
	return nil
}

// suppressed: suppressed reader marketing.
func (p *player) suppressed(a args, _ string) error {
	key, err := keys{}.Key(p.ctx, "email", address(a.at(0)))
	if err != nil {
		return err
	}
	ok, err := p.store.Suppressed(p.ctx, key, a.at(1))
	if err != nil || !ok {
		p.errorf("%s is not on the list for %s (%v)", a.at(0), a.at(1), err)
	}
	return nil
}

// noted: noted mail-id: that message became no request.
func (p *player) noted(a args, _ string) error {
	ok, err := p.store.Noted(p.ctx, "mail/"+a.at(0))
	if err != nil || !ok {
		p.errorf("%s was not noted (%v)", a.at(0), err)
	}
	return nil
}

// reminded: reminded leg 1 2 — so often.
func (p *player) reminded(a args, _ string) error {
	if n := p.now().Leg(a.at(1)).Reminded; strconv.Itoa(n) != a.at(2) {
		p.errorf("leg %s was reminded %d times, want %s", a.at(1), n, a.at(2))
	}
	return nil
}

// receivedAt: received 2026-11-16T08:00:00Z.
func (p *player) receivedAt(a args, _ string) error {
	if got := p.now().Received.Format(time.RFC3339); got != a.at(0) {
		p.errorf("received at %s, want %s", got, a.at(0))
	}
	return nil
}

// noStranger checks that a package names nobody else of the scenarios (I3).
func (p *player) noStranger(text string, of *request.Candidate) {
	for _, who := range demo.People() {
		if who.Name == of.Name {
			continue
		}
		for _, mark := range []string{who.Name, who.Email, who.IBAN, who.Phone} {
			if mark != "" && strings.Contains(text, mark) {
				p.broken("I3", "a package names %q", mark)
			}
		}
	}
}
