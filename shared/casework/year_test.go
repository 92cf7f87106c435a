package casework_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"container/heap"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// yearRequests is how busy the year of TestYear is.
var yearRequests = flag.Int("year", 1000, "requests of the simulated year; make year plays 20,000")

// perDesk is how many of them come to one desk. Each desk has all the clients
// and all the year, so that the processors share the work.
const perDesk = 250

// manners is how a client takes what is handed over.
type manners string

const (
	quick    manners = "quick"    // instructs within four working days
	slow     manners = "slow"     // after the first reminder
	late     manners = "late"     // after the second
	silent   manners = "silent"   // never, whoever calls
	refusing manners = "refusing" // answers its debtors itself
	vanished manners = "vanished" // bankrupt, gone or sold in the course of the year
)

// yearEnd is when the year is over.
var yearEnd = monday.AddDate(1, 0, 0)

// offDays are the public holidays of the year on weekdays, by hand.
var offDays = []string{"2026-12-25", "2027-01-01", "2027-03-29", "2027-04-27", "2027-05-05", "2027-05-06", "2027-05-17"}

// workday counts n working days on from an instant, in Amsterdam, and shares
// nothing with package deadline: a day that is no weekend and not in offDays.
func workday(at time.Time, n int) string {
	d := at.In(amsterdam)
	for n > 0 {
		d = d.AddDate(0, 0, 1)
		if wd := d.Weekday(); wd != time.Saturday && wd != time.Sunday && !slices.Contains(offDays, d.Format(time.DateOnly)) {
			n--
		}
	}
	return d.Format(time.DateOnly)
}

var amsterdam = func() *time.Location {
	l, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		panic(err)
	}
	return l
}()

// debtor is a person of the year, and what a lawyer would find on paper.
type debtor struct {
	name, email string
	// unmailed has no address in the files: nobody can be told a client's name.
	unmailed bool
	birth    request.Day
	postcode string
	files    map[string]string // client → file number
}

// year is one desk for a year.
type year struct {
	*world
	rng     *rand.Rand
	of      map[string]manners
	debtors []*debtor
	byFile  map[string]*debtor
	events  events
	// asked is who made a request, what was received when, and for which clients.
	asked map[request.ID]*asking
	// instructed is what the clients of this world did, in their own books:
	// request/leg → kind.
	instructed map[string]string
	goneOn     map[string]time.Time
	backOn     map[string]time.Time // when somebody else decided for it: a liquidator
	buyer      map[string]string    // of who sold its claims: to whom
	// letters are those that clients read; one that went out twice counts once.
	letters map[string]bool
	// machineHas is when a client's machine took a leg (request/leg).
	machineHas map[string]time.Time
	mails      int // of the mailbox, read so far
	// working is set while the desk is at work: only then it meets misfortune.
	working bool
	counted
}

// counted is what a year came to.
type counted struct {
	requests, chosen, crashes, handed, byMachine, instructions, packages, reminders, calls, moved int
	// intruders are tries of a client at another's leg; rows and acts are those
	// on the files of debtors that were looked at.
	intruders, rows, acts int
}

func (n counted) String() string {
	return fmt.Sprintf("%d requests, %d matched by a person, %d crashes, %d hand-overs, of which %d by machine, %d instructions, %d packages, %d reminders, %d calls, %d tries at another's leg, %d rows of files read, %d acts on files, %d hand-overs that moved",
		n.requests, n.chosen, n.crashes, n.handed, n.byMachine, n.instructions, n.packages, n.reminders, n.calls, n.intruders, n.rows, n.acts, n.moved)
}

func (n *counted) add(m counted) {
	n.requests += m.requests
	n.chosen += m.chosen
	n.crashes += m.crashes
	n.handed += m.handed
	n.byMachine += m.byMachine
	n.instructions += m.instructions
	n.packages += m.packages
	n.reminders += m.reminders
	n.calls += m.calls
	n.intruders += m.intruders
	n.rows += m.rows
	n.acts += m.acts
	n.moved += m.moved
}

type asking struct {
	who  *debtor
	at   time.Time
	legs map[string][]string // client → days of what it got: hand-over and reminders
}

// event is something that people do at a moment.
type event struct {
	at time.Time
	n  int
	do func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return cmp.Or(e[i].at.Compare(e[j].at), cmp.Compare(e[i].n, e[j].n)) < 0
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any     { last := (*e)[len(*e)-1]; *e = (*e)[:len(*e)-1]; return last }

// on lets people do something at a moment of the year.
func (y *year) on(at time.Time, do func()) {
	if at.After(yearEnd) {
		return
	}
	heap.Push(&y.events, event{at, y.events.Len() + int(at.Unix()%7), do})
}

// syllables make names of which none holds another.
var syllables = []string{"Aal", "Bor", "Cre", "Dui", "Elf", "Fro", "Gie", "Hoe", "Ijs", "Jor"}

// yearClients are fifty companies.
func yearClients() []register.Client {
	var all []register.Client
	for i := range 50 {
		id := fmt.Sprintf("client%02d", i)
		c := register.Client{
			ID: id, Name: syllables[i/10] + strings.ToLower(syllables[i%10]) + "mij B.V.", ContactName: "Contact " + id,
			Email: "privacy@" + id + ".example", Language: request.Dutch, SubjectContact: "privacy@" + id + ".example", DebtorRole: "processor", InItsName: "yes",
		}
		if i%7 == 3 {
			c.Language = request.English
		}
		if i%9 == 4 {
			c.RemindFirst, c.RemindSecond = 3, 6
		}
		all = append(all, c)
	}
	return all
}

// yearMachines are the clients that get their requests by machine, of which two never answer.
var yearMachines = map[int]string{5: "api", 6: "api silent", 7: "both", 32: "api", 33: "both silent", 41: "api"}

func mannersOf(i int) manners {
	switch {
	case i < 30:
		return quick
	case i < 36:
		return slow
	case i < 40:
		return late
	case i < 42:
		return silent
	case i < 46:
		return refusing
	}
	return vanished
}

// luck is misfortune: once in six hundred times, before an outside act or after it.
func (y *year) luck(before bool) mode {
	if !y.working || y.rng.IntN(600) > 0 {
		return ""
	}
	y.crashes++
	if before {
		return []mode{dieBefore, failBefore}[y.rng.IntN(2)]
	}
	return []mode{dieAfter, failAfter}[y.rng.IntN(2)]
}

// work lets the desk do something.
func (y *year) work(do func()) {
	y.working = true
	defer func() { y.working = false }()
	do()
}

// tries does what a person does again when the page says that something failed.
func (y *year) tries(do func() error) error {
	var err error
	for range 5 {
		y.work(func() {
			defer survive(&err)
			err = do()
		})
		if err == nil || !y.faulty() {
			return err
		}
		y.runner.Advance(y.ctx, time.Minute)
	}
	return err
}

func newYear(t *testing.T, seed uint64, requests int) *year {
	w := newWorld(t, setting{})
	w.counting = false // no fault is planned: nothing need be numbered
	y := &year{world: w, rng: rand.New(rand.NewPCG(2027, seed)), of: map[string]manners{}, byFile: map[string]*debtor{},
		asked: map[request.ID]*asking{}, instructed: map[string]string{}, goneOn: map[string]time.Time{}, backOn: map[string]time.Time{}, buyer: map[string]string{}}
	w.reads, w.applies = y.reading, y.acting
	w.clients = yearClients()
	for i, c := range w.clients {
		y.of[c.ID] = mannersOf(i)
		key, err := register.KeysOf(w.ctx, c, keys{}.Key)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.store.PutClient(w.ctx, c, key); err != nil {
			t.Fatal(err)
		}
	}
	y.letters, y.machineHas = map[string]bool{}, map[string]time.Time{}
	if seed%2 == 1 { // every other desk has bad luck too
		w.luck = y.luck
		for month := range 12 {
			at := monday.AddDate(0, month, y.rng.IntN(28)).Add(time.Duration(y.rng.IntN(24)) * time.Hour)
			y.on(at, func() { w.out = map[string]bool{"collection": true} })
			y.on(at.Add(20*time.Hour), func() { w.out = nil })
			y.on(at.AddDate(0, 0, 3), w.redeploy)
		}
	}
	w.machines.taken = y.machineTook
	for i, c := range w.clients {
		if how, ok := yearMachines[i]; ok {
			if err := w.connect(c.ID, strings.TrimSuffix(how, " silent")); err != nil {
				t.Fatal(err)
			}
			w.machines.silent[c.ID] = strings.HasSuffix(how, " silent")
		}
	}
	number := 10000
	for i := range max(1, requests*6/10) {
		d := &debtor{name: fmt.Sprintf("%s%s van %s%s", syllables[y.rng.IntN(10)], strings.ToLower(syllables[i%10]), syllables[i/10%10], strings.ToLower(syllables[i/100%10])),
			email: fmt.Sprintf("debiteur%05d@voorbeeld.example", i), birth: request.Day(fmt.Sprintf("19%02d-0%d-1%d", 40+i%60, 1+i%9, i%10)),
			postcode: fmt.Sprintf("%04dQX", 1000+i), files: map[string]string{}, unmailed: y.rng.IntN(8) == 0}
		switch father := max(0, i-1); i % 20 { // A15: one in ten shares a mailbox, of which a person must make sense
		case 1: // father and son
			d.name, d.email, d.unmailed = y.debtors[father].name, y.debtors[father].email, y.debtors[father].unmailed
		case 11: // a couple
			d.email, d.unmailed = y.debtors[father].email, y.debtors[father].unmailed
		}
		for range 1 + y.rng.IntN(3) {
			client := w.clients[y.rng.IntN(len(w.clients))].ID
			if d.files[client] != "" {
				continue
			}
			number++
			file := fmt.Sprintf("D-2025-%05d", number)
			d.files[client] = file
			y.byFile[file] = d
			row := systems.Row{"file": file, "record": "file", "type": "file", "client": client, "debtor": "N" + file[7:], "name": d.name,
				"birthDate": string(d.birth), "postcode": d.postcode, "claim": json.Number("125.5"), "claimFor": "Rekening " + file, "opened": "2025-02-01"}
			if !d.unmailed {
				row["email"], row["emailSince"] = d.email, "2025-02-01"
			}
			w.systems.Memory("collection").Put(row, systems.Row{"file": file, "record": "payment-0001", "type": "payment", "client": client,
				"date": "2025-03-01", "amount": json.Number("25"), "iban": "NL20INGB0001234567"})
		}
		y.debtors = append(y.debtors, d)
	}
	end := monday.AddDate(1, 0, -45) // what came last has its month and a half
	for i := range requests {
		at := monday.Add(time.Duration(y.rng.Int64N(int64(end.Sub(monday))))).Truncate(time.Second)
		y.on(at, func() { y.ask(i) })
	}
	for d := monday; d.Before(yearEnd); d = d.AddDate(0, 0, 1) {
		day := d.In(amsterdam)
		if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday || slices.Contains(offDays, day.Format(time.DateOnly)) {
			continue
		}
		y.on(time.Date(day.Year(), day.Month(), day.Day(), 10, 0, 0, 0, amsterdam), y.office)
	}
	for month := 1; month <= 12; month++ {
		y.on(monday.AddDate(0, month, 0), y.audit)
	}
	for i, c := range w.clients {
		if y.of[c.ID] == vanished {
			y.on(monday.AddDate(0, 2+y.rng.IntN(6), y.rng.IntN(28)), func() { y.vanish(c.ID, i%2 == 0) })
		}
	}
	return y
}

// rightsAsked are what debtors ask, as often as they ask it.
var rightsAsked = []request.Right{request.Access, request.Access, request.Access, request.Access, request.Erasure, request.Erasure, request.Rectification,
	request.Restriction, request.Portability}

// ask is a debtor who sends the form.
func (y *year) ask(n int) {
	d := y.debtors[y.rng.IntN(len(y.debtors))]
	s := casework.Submission{
		SourceKey: fmt.Sprintf("form/year-%d", n), Channel: request.Web, Language: request.Dutch, Received: y.clock.Now(),
		Kind: "request", Sure: true, Rule: "form", Rights: []request.Right{rightsAsked[y.rng.IntN(len(rightsAsked))]},
		Relations: []request.Relation{request.Debtor}, Text: "Ik vraag dit over mijn rekening.",
		Sender: request.Sender{Email: d.email, Answerable: true, Name: d.name},
	}
	if d.unmailed || y.rng.IntN(5) == 0 { // from an address that we do not know, with the number of a letter
		s.Sender.Email = fmt.Sprintf("elders%d@nergens.example", n)
		s.Sender.FileNumbers = []string{y.anyFile(d)}
		s.Sender.BirthDate, s.Sender.Postcode = d.birth, d.postcode
	}
	var r casework.Receipt
	err := y.tries(func() (err error) { r, err = y.cases.Register(y.ctx, s); return err })
	if err != nil {
		y.t.Fatal(err)
	}
	id, err := y.store.ByReference(y.ctx, r.Reference)
	if err != nil {
		y.t.Fatal(err)
	}
	if y.asked[id] == nil { // else it joined what the same person asked before
		y.asked[id] = &asking{who: d, at: y.clock.Now(), legs: map[string][]string{}}
	}
	y.work(y.settle)
}

func (y *year) anyFile(d *debtor) string {
	var files []string
	for _, f := range sorted(d.files) {
		files = append(files, d.files[f])
	}
	return files[y.rng.IntN(len(files))]
}

// vanish takes a client out of business: somebody reads it in the paper. Of
// half of them a liquidator answers, a month later; of the others another client
// bought the claims, and its files have the new name.
func (y *year) vanish(client string, liquidated bool) {
	states := []string{"bankrupt", "gone", "sold"}
	if !liquidated {
		states = []string{"sold"}
		y.buyer[client] = y.clients[y.rng.IntN(30)].ID // a quick one
		y.renamed(y.buyer[client], func(row systems.Row) bool { return row.Text("client") == client })
	}
	y.revise(client, func(c *register.Client) { c.State = states[y.rng.IntN(len(states))] })
	y.goneOn[client] = y.clock.Now()
	if !liquidated {
		return
	}
	y.on(y.clock.Now().AddDate(0, 1, 0), func() {
		y.revise(client, func(c *register.Client) {
			c.State, c.ContactName, c.Email = "", "Curator", "curator@"+client+".example"
		})
		y.backOn[client] = y.clock.Now()
	})
}

func (y *year) revise(client string, change func(*register.Client)) {
	before, err := y.store.Client(y.ctx, client)
	if err != nil {
		y.t.Fatal(err)
	}
	after := before
	change(&after)
	if err := y.cases.SaveClient(y.ctx, casework.Actor{ID: "staff-adm", Roles: []string{"administrator"}}, &before, after); err != nil {
		y.t.Fatal(err)
	}
}

// gone reports whether nobody decides for a client at a moment.
func (y *year) gone(client string, at time.Time) bool {
	from, to := y.goneOn[client], y.backOn[client]
	return !from.IsZero() && !at.Before(from) && (to.IsZero() || at.Before(to))
}

// play lets the year go by.
func (y *year) play() {
	for len(y.events) > 0 && !y.t.Failed() {
		e := heap.Pop(&y.events).(event)
		if y.clock.Now().Before(e.at) {
			y.work(func() { y.passTo(e.at) })
		}
		e.do()
		y.read()
	}
	y.passTo(yearEnd)
	y.read()
}

var fileNumber = regexp.MustCompile(`D-2025-\d{5}`)

// read is every client that opens its mail: it notes the day, looks whether
// anything in it is somebody else's, and decides when it will answer.
func (y *year) read() {
	for ; y.mails < len(y.mailbox); y.mails++ {
		m := y.mailbox[y.mails]
		if m.letter.To.Kind != "client" || y.letters[m.letter.Owner+"/"+m.letter.ID] {
			continue
		}
		y.letters[m.letter.Owner+"/"+m.letter.ID] = true
		id := request.ID(m.letter.Owner)
		r := y.load(id)
		l := r.Leg(m.letter.Leg)
		a := y.asked[id]
		client := l.Client
		a.legs[l.ID+" "+client] = append(a.legs[l.ID+" "+client], string(m.letter.Order.Kind)+" "+day(m.at))
		y.onlyOwn(client, a.who, string(m.letter.Order.Kind), m.mail.Subject+m.mail.Text+m.mail.HTML)
		if m.letter.Order.Kind == "T-05" && y.machineHas[m.letter.Owner+"/"+l.ID].IsZero() {
			y.handed++
			y.willAnswer(client, r.Reference, id, l.ID, m.at)
		}
	}
}

// machineTook is a client whose machine took a request: its people see it there.
func (y *year) machineTook(client string, id request.ID, leg string) {
	at := y.clock.Now()
	y.machineHas[string(id)+"/"+leg] = at
	y.handed++
	y.byMachine++
	y.asked[id].legs[leg+" "+client] = append(y.asked[id].legs[leg+" "+client], "machine "+day(at))
	y.willAnswer(client, y.last[id].Reference, id, leg, at)
}

// onlyOwn looks for what a client must never see: another's name or file.
func (y *year) onlyOwn(client string, who *debtor, what, text string) {
	for _, f := range fileNumber.FindAllString(text, -1) {
		if !y.has(client, who, f) {
			y.broken("R-24", "%s for %s holds file %s", what, client, f)
		}
	}
	for _, c := range y.clients {
		if c.ID != client && strings.Contains(text, c.Name) {
			y.broken("R-24", "%s for %s names %s", what, client, c.ID)
		}
	}
}

// has reports whether a file of that person is that client's, or was sold to it.
func (y *year) has(client string, who *debtor, file string) bool {
	for of, f := range who.files {
		if f == file {
			return of == client || y.buyer[of] == client
		}
	}
	return false
}

func (y *year) willAnswer(client string, ref request.Reference, id request.ID, leg string, told time.Time) {
	after := 0
	switch y.of[client] {
	case quick, refusing:
		after = y.rng.IntN(4)
	case vanished: // its mind is elsewhere
		after = y.rng.IntN(25)
	case slow:
		after = 6 + y.rng.IntN(3)
	case late:
		after = 11 + y.rng.IntN(6)
	case silent:
		return
	}
	at := dayOf(workday(told, after)).Add(8*time.Hour + time.Duration(y.rng.IntN(9*3600))*time.Second)
	if at.Before(told) {
		at = told.Add(time.Hour)
	}
	y.on(at, func() { y.answer(client, ref, id, leg) })
}

// answer is a client at its page: first another one tries to get in.
func (y *year) answer(client string, ref request.Reference, id request.ID, leg string) {
	if y.gone(client, y.clock.Now()) {
		if back := y.backOn[client]; back.IsZero() { // a liquidator looks at what lies there, if one comes
			y.on(y.clock.Now().AddDate(0, 1, 5), func() { y.answer(client, ref, id, leg) })
		}
		return // nobody is at work there
	}
	y.intrude(client, ref, leg)
	if y.instructed[string(id)+"/"+leg] != "" {
		return // it heard by machine and by mail
	}
	v, err := y.cases.ClientView(y.ctx, client, ref, leg)
	if err != nil {
		y.t.Fatalf("%s looks at its own leg %s of %s: %v", client, leg, ref, err)
	}
	who := y.asked[id].who
	if v.File != "" && !y.has(client, who, v.File) {
		y.broken("A26", "%s sees file %s", client, v.File)
	}
	in := request.Instruction{Kind: request.CarryOutToUs}
	switch {
	case y.of[client] == refusing:
		in = request.Instruction{Kind: request.RefuseInstruction, Ground: "own-answer"}
	case y.rng.IntN(5) == 0 && v.Right == request.Access:
		in.Kind, in.Template, in.Why = request.CarryOutToSubject, request.ShortLetter, "We know who asks." // also where nothing is proven (28(3))
	}
	y.instructed[string(id)+"/"+leg] = in.Kind
	if err := y.tries(func() error { _, err := y.cases.GiveInstruction(y.ctx, client, "signed-in", ref, leg, in); return err }); err != nil {
		y.t.Fatalf("%s instructs leg %s of %s: %v", client, leg, ref, err)
	}
	y.work(y.settle)
	if in.Kind == request.CarryOutToUs && (v.Right == request.Access || v.Right == request.Portability) {
		// Two days later: whatever was down, it is there without anybody's help.
		y.on(y.clock.Now().AddDate(0, 0, 2), func() { y.fetch(client, ref, id, leg) })
	}
}

// intrude is another client that knows the reference: every door says that
// there is nothing.
func (y *year) intrude(owner string, ref request.Reference, leg string) {
	other := y.clients[y.rng.IntN(len(y.clients))].ID
	r := y.loadRef(ref)
	for l := range slices.Values(r.Legs) {
		if l.Client == other {
			return
		}
	}
	y.intruders++
	_, seen := y.cases.ClientView(y.ctx, other, ref, leg)
	_, told := y.cases.GiveInstruction(y.ctx, other, "signed-in", ref, leg, request.Instruction{Kind: request.CarryOutToUs})
	_, got := y.cases.ClientRelease(y.ctx, other, ref, leg)
	_, read := y.cases.ClientWords(y.ctx, other, ref, leg)
	for i, err := range []error{seen, told, got, read} {
		if !request.NotFound.Is(err) {
			y.broken("A26", "%s at %s's leg, door %d: %v", other, owner, i, err)
		}
	}
}

// audit looks at every client's lists: its own legs and nobody else's.
func (y *year) audit() {
	for _, c := range y.clients {
		for _, state := range []string{"todo", "instructed", "done"} {
			rows, _, err := y.cases.OfClient(y.ctx, c.ID, state, store.Page{Limit: store.MaxPage})
			if err != nil {
				y.t.Fatal(err)
			}
			for _, row := range rows {
				if own := y.loadRef(row.Reference).Leg(row.Leg); own == nil || own.Client != c.ID {
					y.broken("A26", "%s lists leg %s of %s", c.ID, row.Leg, row.Reference)
				}
			}
		}
	}
}

func (y *year) loadRef(ref request.Reference) *request.Request {
	id, err := y.store.ByReference(y.ctx, ref)
	if err != nil {
		y.t.Fatal(err)
	}
	return y.load(id)
}

// fetch opens the package that a client gets: its own file and no other.
func (y *year) fetch(client string, ref request.Reference, id request.ID, leg string) {
	url, err := y.cases.ClientRelease(y.ctx, client, ref, leg)
	if y.gone(client, y.clock.Now()) {
		if !request.Forbidden.Is(err) {
			y.broken("R-29", "%s is gone and fetches leg %s of %s: %v", client, leg, ref, err)
		}
		return
	}
	if err != nil {
		y.t.Fatalf("%s fetches leg %s of %s: %v", client, leg, ref, err)
	}
	body, err := y.package_.Open(y.ctx, strings.TrimPrefix(url, "memory:"))
	if err != nil {
		y.t.Fatal(err)
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		y.t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		y.t.Fatal(err)
	}
	y.packages++
	found := false
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			y.t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			y.t.Fatal(err)
		}
		y.onlyOwn(client, y.asked[id].who, "package", string(text))
		found = found || bytes.Contains(text, []byte(y.asked[id].who.name))
	}
	if !found {
		y.broken("R-26", "the package of leg %s of %s does not hold the person", leg, ref)
	}
}

// office is the officer's morning: who was not matched, what people carry out,
// whom to call.
func (y *year) office() {
	jan := staff["jan"]
	page := store.Page{Limit: store.MaxPage}
	for {
		rows, next, err := y.cases.Tasks(y.ctx, store.QueueAll, page)
		if err != nil {
			y.t.Fatal(err)
		}
		for _, row := range rows {
			y.task(jan, row)
		}
		if next == "" {
			return
		}
		page.After = next
	}
}

func (y *year) task(jan casework.Actor, row store.TaskRow) {
	if !slices.Contains([]string{"match", "carry-out", "chase-client", "client-gone"}, row.Kind) {
		return
	}
	r := y.load(row.Request)
	var err error
	halted := r.Leg(row.Leg).Halted
	switch row.Kind {
	case "match":
		var chosen []string
		for _, c := range r.Candidates {
			if y.byFile[c.File] == y.asked[r.ID].who {
				chosen = append(chosen, c.ID)
			}
		}
		y.chosen++
		err = y.cases.Choose(y.ctx, jan, r.Reference, row.Leg, chosen)
	case "carry-out":
		if halted {
			return // who instructed it went
		}
		err = y.cases.CarriedOut(y.ctx, jan, r.Reference, row.Leg, "Aangepast zoals de opdrachtgever vroeg.")
	case "chase-client", "client-gone":
		if row.Kind == "client-gone" && y.gone(row.Client, y.clock.Now()) {
			if to := y.buyer[row.Client]; to != "" { // the deed of sale came with the post
				if err = y.tries(func() error {
					return y.cases.MoveLeg(y.ctx, jan, r.Reference, row.Leg, casework.MoveTo{Client: to, Reason: "sold", Proof: "Akte van cessie"})
				}); request.Exists.Is(err) {
					err = nil // the buyer answered on this person already
				}
				break
			}
			return // nobody was found yet
		}
		if row.Kind == "client-gone" && halted { // the liquidator says that it stands
			err = y.cases.CarryOn(y.ctx, jan, r.Reference, row.Leg, "confirmed")
			break
		}
		err = y.cases.TaskDone(y.ctx, jan, r.Reference, row.Task)
	}
	if err != nil {
		y.t.Fatalf("%s of %s: %v", row.Kind, r.Reference, err)
	}
	y.work(y.settle)
}

// A year of debtors' requests over fifty clients, of which some are quick and
// some slow, silent, refusing, or gone; on every other desk the collection
// system is down for a day each month, executions vanish, and one outside act
// in six hundred dies or fails. Whatever happens: nothing is done to a file
// without its client's word, every client hears within two working days
// none sees another's (A26), and reminders and calls come on their day
//
func TestYear(t *testing.T) {
	var (
		mu  sync.Mutex
		sum counted
	)
	t.Run("desks", func(t *testing.T) {
		for desk := range max(1, *yearRequests/perDesk) {
			t.Run(fmt.Sprint(desk+1), func(t *testing.T) {
				t.Parallel()
				y := newYear(t, uint64(desk), min(*yearRequests, perDesk))
				y.play()
				if t.Failed() {
					return
				}
				y.judge()
				mu.Lock()
				defer mu.Unlock()
				sum.add(y.counted)
			})
		}
	})
	if t.Failed() {
		return
	}
	t.Log(sum)
	if sum.crashes == 0 || sum.chosen == 0 || sum.calls == 0 || sum.reminders == 0 || sum.packages == 0 || sum.acts == 0 || sum.moved == 0 {
		t.Error("a year in which nothing happened")
	}
}

// reading sees every row that is collected: of a file only for its client, and
// only the file of who asked (I15).
func (y *year) reading(h inventory.Holding, of systems.Selection, row systems.Row) {
	if h.Role != request.Processor {
		return
	}
	y.rows++
	if of.Client == "" || row.Text("client") != of.Client {
		y.broken("I15", "a row of client %q is read for client %q", row.Text("client"), of.Client)
	}
	if a := y.asked[of.Case.Request]; a != nil && y.byFile[row.Text("file")] != a.who {
		y.broken("I3", "file %s is read for a request of somebody else", row.Text("file"))
	}
}

// acting sees every act on a file: none without what its client said, in the
// client's own books.
func (y *year) acting(h inventory.Holding, of systems.Selection, act systems.Act) {
	if h.Role != request.Processor {
		return
	}
	y.acts++
	l := y.load(of.Case.Request).Leg(of.Case.Leg)
	if l == nil || of.Client == "" || l.Client != of.Client {
		y.broken("I15", "%s on files of %q for leg %s of %s", act.Action, of.Client, of.Case.Leg, of.Case.Request)
	}
	if kind := y.instructed[string(of.Case.Request)+"/"+of.Case.Leg]; kind == "" || kind == request.RefuseInstruction {
		y.broken("R-25", "%s on files of %s for leg %s of %s, and the client said %q", act.Action, of.Client, of.Case.Leg, of.Case.Request, kind)
	}
}

// judge looks back over the year: whom it concerned was told in time, what was
// done was asked, and who was silent was reminded on the day.
func (y *year) judge() {
	y.requests, y.instructions = len(y.asked), len(y.instructed)
	for _, id := range slices.Sorted(maps.Keys(y.asked)) {
		a, r := y.asked[id], y.load(id)
		told := map[string]bool{}
		for _, l := range r.Legs {
			if l.Role == request.Processor && l.Client != "" {
				y.judgeLeg(r, a, l)
				told[l.Client] = true
			}
		}
		for client, file := range a.who.files {
			// Who writes from an address of the files means all of them; who names a
			// number from a strange address means that one (A15).
			if !told[client] && !told[y.buyer[client]] && (len(r.Sender.FileNumbers) == 0 || slices.Contains(r.Sender.FileNumbers, file)) {
				y.broken("R-21", "request %s: client %s has no leg for %s", id, client, file)
			}
		}
	}
}

func (y *year) judgeLeg(r *request.Request, a *asking, l request.Leg) {
	key := string(r.ID) + "/" + l.ID
	got := slices.Clone(a.legs[l.ID+" "+l.Client])
	for i, g := range got {
		if rest, ok := strings.CutPrefix(g, "machine "); ok { // as good as mail
			got[i] = "T-05 " + rest
		}
	}
	if len(got) > 1 && strings.HasPrefix(got[1], "T-05") {
		got = got[1:] // both ways: what came later is no hand-over, and what came first counts
		got[0] = min(got[0], "T-05 "+strings.TrimPrefix(strings.TrimPrefix(a.legs[l.ID+" "+l.Client][0], "machine "), "T-05 "))
	}
	gone := y.goneOn[l.Client]
	asked := slices.IndexFunc(r.Tasks, func(t request.Task) bool { return t.Kind == "client-gone" && t.Leg == l.ID })
	if asked >= 0 && len(got) > 0 && y.gone(l.Client, r.Tasks[asked].Opened) && !y.backOn[l.Client].IsZero() && got[0][5:] >= day(y.backOn[l.Client]) || len(got) == 0 && !gone.IsZero() {
		// nobody is there to be told; a person looks who decides now, and tells that one.
		if asked < 0 || day(r.Tasks[asked].Opened) > workday(a.at, 2) || gone.After(r.Tasks[asked].Opened) || len(got) == 0 && !y.backOn[l.Client].IsZero() {
			y.broken("R-29", "leg %s of %s, received %s: client %s is gone since %s and nobody was asked in time: %v", l.ID, r.ID, day(a.at), l.Client, day(gone), r.Tasks)
		}
		return
	}
	from := a.at
	if m := l.MovedFrom; m.Leg != "" { // within two working days of the act
		from = m.At
		y.moved++
		if y.buyer[r.Leg(m.Leg).Client] != l.Client || r.Leg(m.Leg).Outcome != request.Moved {
			y.broken("R-29", "leg %s of %s came to %s from leg %s of %s, which is %s", l.ID, r.ID, l.Client, m.Leg, r.Leg(m.Leg).Client, r.Leg(m.Leg).Outcome)
		}
	}
	if len(got) == 0 || !strings.HasPrefix(got[0], "T-05 ") || got[0][5:] > workday(from, 2) {
		y.broken("R-22", "leg %s of %s, to be told from %s on, was handed over to %s: %v", l.ID, r.ID, day(from), l.Client, got)
		return
	}
	if (l.Instruction.Kind != "" || l.Decision.Outcome != "" || l.Outcome != "") && y.instructed[key] != l.Instruction.Kind {
		y.broken("R-25", "leg %s of %s is %s by instruction %q; %s said %q", l.ID, r.ID, l.Outcome, l.Instruction.Kind, l.Client, y.instructed[key])
	}
	if said := y.instructed[key]; said != "" && l.Phase != request.Closed {
		y.broken("R-26", "leg %s of %s was instructed (%s) on %s and is %s", l.ID, r.ID, said, day(l.Instruction.At), l.Phase)
	}

	// R-28, exact to the day: a reminder on the client's two days while it is
	// silent, then a call the day after, and again five working days after each call.
	until := cmp.Or(l.Instruction.At, l.MovedTo.At, yearEnd)
	first, second := 5, 10
	if i := slices.IndexFunc(y.clients, func(c register.Client) bool { return c.ID == l.Client }); y.clients[i].RemindFirst > 0 {
		first, second = y.clients[i].RemindFirst, y.clients[i].RemindSecond
	}
	handed := dayOf(got[0][5:])
	if at := y.machineHas[key]; !at.IsZero() && l.ForwardedAt.Sub(at) <= post.Lease {
		handed = dayOf(day(l.ForwardedAt)) // a crash kept its receipt from us until then, perhaps past midnight
	}
	absent := handed.Before(gone) && gone.Before(until)
	if absent && asked < 0 { // its reminders end, and a person is asked
		y.broken("R-29", "leg %s of %s: client %s is gone since %s, and nobody was asked", l.ID, r.ID, l.Client, day(gone))
	}
	want, done := []string{got[0]}, 0
	for _, n := range []int{first, second} {
		on := workday(handed, n)
		if back := y.backOn[l.Client]; absent && !dayOf(on).Before(gone) {
			if back.IsZero() {
				break
			}
			on = workday(back, n-done) // from its return, the days that were left
		}
		if dayOf(on).Before(until) {
			want = append(want, "T-06 "+on)
		}
		if dayOf(on).Before(gone) {
			done = n
		}
	}
	got = slices.DeleteFunc(slices.Clone(got), func(s string) bool { return strings.HasPrefix(s, "T-07") })
	if !slices.Equal(got, want) {
		y.broken("R-28", "leg %s of %s: %s got %v, want %v until %s", l.ID, r.ID, l.Client, got, want, until)
	}
	y.reminders += len(got) - 1
	if absent {
		return // who calls it and when, after its return, stands in client-back.txt
	}
	next := workday(handed, second+1)
	for _, t := range r.Tasks {
		if t.Kind != "chase-client" || t.Leg != l.ID {
			continue
		}
		y.calls++
		if day(t.Opened) != next {
			y.broken("R-28", "leg %s of %s: a call to %s is due on %s, want %s", l.ID, r.ID, l.Client, day(t.Opened), next)
		}
		if t.Open() {
			next = "never"
		} else {
			next = workday(t.Done, 5)
		}
	}
	if next != "never" && dayOf(next).Before(until) {
		y.broken("R-28", "leg %s of %s: nobody called %s on %s", l.ID, r.ID, l.Client, next)
	}
}

// day is the Amsterdam day of an instant, and dayOf its beginning.
func day(at time.Time) string { return at.In(amsterdam).Format(time.DateOnly) }

func dayOf(day string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, day, amsterdam)
	if err != nil {
		panic(err)
	}
	return t
}
