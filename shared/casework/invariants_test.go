package casework_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/infra/demo"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
)

// watcher holds the world to the invariants of docs/THREATS.md, after every write
// of a request, every mail, every link and every settling. It shares no logic
// with the product: what it knows of rights, levels and moves stands here.
type watcher struct {
	seen  []request.ID
	last  map[request.ID]*request.Request
	vkeys []string
	// touched are the requests that were written or written about since check looked.
	touched map[request.ID]bool
	// at is what the tables held at first, by e-mail address.
	at map[string][]rowText
	// sent are the ids of the letters that went out, by request; acknowledged
	// counts the acknowledgements by address and day.
	sent         map[request.ID][]string
	acknowledged map[string]int
	checks       int
}

func (o *watcher) init(*world) {
	o.last, o.touched = map[request.ID]*request.Request{}, map[request.ID]bool{}
	o.sent, o.acknowledged = map[request.ID][]string{}, map[string]int{}
}

// broken reports a broken invariant.
func (w *world) broken(invariant, format string, args ...any) {
	w.t.Helper()
	w.t.Errorf("%s is broken: %s", invariant, fmt.Sprintf(format, args...))
}

// mayFollow are the phases that may come after one, written down by hand from
// docs/law.md (I9).
var mayFollow = map[request.Phase][]request.Phase{
	"opened": {"proving", "proven", "forwarded", "decided", "acted"}, "proving": {"proven", "decided"},
	"proven": {"prepared", "deciding", "decided", "acted"}, "prepared": {"deciding", "decided"},
	"deciding": {"approving", "decided"}, "approving": {"decided", "deciding"},
	"decided": {"held", "answered", "deciding", "closed"}, "held": {"acted", "told"}, "acted": {"told", "answered"}, "told": {"answered"}, "answered": {"closed"},
	"forwarded": {"instructed"}, "instructed": {"executed", "reported", "forwarded"}, "executed": {"reported"}, "reported": {"closed"}, "closed": {"proving", "proven", "opened"}, // by who opens it again, C-12
}

// disclosing and harmless are rights as I-3 and know them.
var (
	disclosing = []request.Right{"access", "portability"}
	harmless   = []request.Right{"marketing-objection", "consent-withdrawal", "email-withdrawal", "complaint", "question"}
)

// saved looks at every write of a request.
func (w *world) saved(id string) {
	rid := request.ID(id)
	r, err := w.store.Load(w.ctx, rid)
	if err != nil {
		return // its source was registered before: this id was never used
	}
	was := w.last[rid]
	if was == nil {
		w.seen = append(w.seen, rid)
	}
	w.last[rid] = r
	w.touched[rid] = true
	w.checks++
	for i := range r.Legs {
		l := &r.Legs[i]
		var before *request.Leg
		if was != nil {
			before = was.Leg(l.ID)
		}
		w.watchLeg(r, l, before)
	}
	if was == nil {
		return
	}
	// Dates move by another list of holidays or by a request opened again, the last legal
	// day comes back when nobody was told of an extension in time (C-7), and nothing else moves them.
	anew := r.Clock.Holidays != was.Clock.Holidays || !r.Clock.Restarted.Equal(was.Clock.Restarted)
	if !r.Received.Equal(was.Received) || !anew && (r.SafeDue != was.SafeDue || r.Due < was.Due && (was.Clock.ExtensionSent == "" || r.Clock.ExtensionSent != "")) {
		w.broken("I7", "the clock of %s moved", r.ID)
	}
	if was.Stage == request.Done && r.Stage != request.Done && !reopened(r, was) {
		w.broken("I9", "%s was done and is %s", r.ID, r.Stage)
	}
	w.watchClock(r, was)
}

// bought reports whether a leg of this request went from one client to another:
// the file of that claim is the other's now, whoever stands in it yet.
func bought(r *request.Request, from, to string) bool {
	for i := range r.Legs {
		if l := r.Leg(r.Legs[i].MovedFrom.Leg); l != nil && r.Legs[i].Client == to && (l.Client == from || bought(r, from, l.Client)) {
			return true
		}
	}
	return false
}

// reopened reports whether a leg was opened again in this write.
func reopened(r, was *request.Request) bool {
	for i := range r.Legs {
		if l := was.Leg(r.Legs[i].ID); l != nil && r.Legs[i].Reopened > l.Reopened {
			return true
		}
	}
	return false
}

func (w *world) watchLeg(r *request.Request, l, was *request.Leg) {
	on := fmt.Sprintf("leg %s (%s) of %s", l.ID, l.Right, r.ID)
	if was != nil {
		ended := l.Role == request.Processor && was.Phase == "opened" && l.Phase == "closed" && l.Outcome == request.Withdrawn                         // in one write: nobody was told
		moved := l.Outcome == request.Moved && l.Phase == "closed" && slices.Contains([]request.Phase{"opened", "forwarded", "instructed"}, was.Phase)
		if was.Phase != l.Phase && !ended && !moved && !slices.Contains(mayFollow[was.Phase], l.Phase) {
			w.broken("I9", "%s went from %s to %s", on, was.Phase, l.Phase)
		}
		if was.Phase == "instructed" && l.Phase == "forwarded" && (!was.Begun.IsZero() || len(l.Flags) != len(was.Flags)+1 || l.Instruction.By != "") {
			w.broken("28(3)", "the instruction on %s was held when it was begun, or without a word to the client", on)
		}
		if l.Has < was.Has || l.Has > was.Has && len(l.ProvenBy) == 0 {
			w.broken("I14", "the level of %s went from %d to %d, proven by %v", on, was.Has, l.Has, l.ProvenBy)
		}
		if l.Needs != was.Needs {
			w.broken("I14", "what %s needs changed", on)
		}
		if was.Phase == "closed" && l.Reopened == was.Reopened && (l.Outcome != was.Outcome || !cmp.Equal(l.Decision, was.Decision)) {
			w.broken("I9", "%s was closed and is rewritten", on)
		}
		if len(l.Plan) > 0 && len(was.Plan) > 0 && fmt.Sprint(l.Plan) != fmt.Sprint(was.Plan) {
			w.broken("I4", "the plan of %s changed after it was approved", on)
		}
	}
	proven := !slices.Contains([]request.Phase{"opened", "proving", "forwarded", "instructed", "executed", "reported"}, l.Phase)
	if l.Role == request.Controller && proven && l.Has < l.Needs && l.Outcome != "unverified" && l.Outcome != "withdrawn" {
		w.broken("I14", "%s is %s at L%d and needs L%d", on, l.Phase, l.Has, l.Needs)
	}
	if l.Needs == 0 && !slices.Contains(harmless, l.Right) && l.Role == request.Controller {
		w.broken("I1", "%s needs no proof", on)
	}
	if l.Role == request.Processor && (l.Decision.Outcome != "" && l.Instruction.By == "" || l.Package.Key != "" && l.Instruction.By == "") {
		w.broken("I15", "%s was decided or packed without an instruction", on)
	}
	if l.Role == request.Processor && l.Instruction.By != "" && !strings.HasPrefix(l.Instruction.By, "client:"+l.Client+"/") {
		w.broken("I15", "%s was instructed by %s", on, l.Instruction.By)
	}
	refuses := l.Decision.Outcome == "refused" || l.Decision.Outcome == "partial" || l.Decision.Outcome == "granted" && l.Right == "erasure"
	gone := slices.Contains([]request.Phase{"decided", "held", "acted", "told", "answered", "closed"}, l.Phase) && l.Outcome != "withdrawn"
	if l.Role == request.Controller && refuses && gone && !slices.Contains(harmless, l.Right) &&
		(l.Decision.ApprovedBy == "" || l.Decision.ApprovedBy == l.Decision.By) {
		w.broken("invariant 12", "%s is %s and was approved by %q", on, l.Phase, l.Decision.ApprovedBy)
	}
	for _, p := range l.Plan {
		if (p.Action == "keep" || p.Action == "restrict") && (p.Ground == "" || p.Until == "") {
			w.broken("I5", "%s keeps %s/%s without ground or end", on, p.System, p.Holding)
		}
	}
	// I4: an erasure acts only after its window, approved, and when no copy is owed.
	if l.Role == request.Controller && l.Right == "erasure" && l.Phase == "held" && (was == nil || was.Phase != "held") {
		if w.clock.Now().Before(l.Decision.ApprovedAt.Add(14 * 24 * time.Hour)) {
			w.broken("I4", "%s is let go before fourteen days", on)
		}
		for _, other := range w.last {
			for _, o := range other.Legs {
				if o.Role == request.Controller && slices.Contains(disclosing, o.Right) && samePerson(r, l, other, &o) &&
					!slices.Contains([]request.Phase{"answered", "closed"}, o.Phase) {
					w.broken("I4", "%s is let go while a copy is owed in leg %s of %s", on, o.ID, other.ID)
				}
			}
		}
	}
	// A10: a package goes after 72 hours, a second mailbox, or an officer.
	if l.Role == request.Controller && slices.Contains(disclosing, l.Right) && l.Phase == "held" && (was == nil || was.Phase != "held") {
		boxes := map[string]bool{}
		for _, c := range channelsOf(r, l) {
			boxes[strings.ToLower(c.Value)] = true
		}
		if !l.Released && len(boxes) < 2 && (l.HoldUntil.IsZero() || w.clock.Now().Before(l.ProvenAt.Add(72*time.Hour))) {
			w.broken("I1", "%s is let go at once by one mailbox (A10)", on)
		}
	}
}

func samePerson(r *request.Request, l *request.Leg, other *request.Request, o *request.Leg) bool {
	a, b := r.Candidate(l.Candidate), other.Candidate(o.Candidate)
	if a == nil || b == nil {
		return false
	}
	for _, c := range a.Keys["customer"] {
		if slices.Contains(b.Keys["customer"], c) {
			return true
		}
	}
	return false
}

// channelsOf are the channels by which a leg was proven.
func channelsOf(r *request.Request, l *request.Leg) []request.FileChannel {
	var all []request.FileChannel
	for _, id := range l.ProvenBy {
		cand, n, _ := strings.Cut(id, ".")
		var i int
		if _, err := fmt.Sscan(n, &i); err != nil {
			continue
		}
		for _, c := range r.Candidates {
			if c.ID == cand && i < len(c.Channels) {
				all = append(all, c.Channels[i])
			}
		}
	}
	return all
}

// key remembers the names of objects, for the marker test (I13).
func (w *world) key(name, key string) {
	if w.plan == nil {
		w.vkeys = append(w.vkeys, name+"/"+key)
	}
}

// mint looks at every link that is handed out (I1, I2).
func (w *world) mint(key string) {
	parts := strings.Split(strings.TrimSuffix(key, ".zip"), "/")
	r := w.load(request.ID(parts[1]))
	l := r.Leg(parts[2])
	switch {
	case l == nil || l.Package.Key != key:
		w.broken("I1", "a link to a package of no leg")
		return
	case l.Package.Releases > 5 || l.Package.Releases == 0:
		w.broken("I1", "package %s is handed out %d times", key, l.Package.Releases)
	case l.Package.For == "client":
		if l.Role != request.Processor || l.Instruction.Kind != "carry-out-to-us" {
			w.broken("I15", "a package for a client that did not ask it")
		}
		return
	case l.Role == request.Processor && l.Instruction.Kind != "carry-out-to-subject":
		w.broken("I15", "a package for a debtor without the client's word")
	}
	if l.Has < l.Needs || l.Has == 0 {
		w.broken("I1", "a link at L%d where L%d is needed", l.Has, l.Needs)
	}
	if r.Mandate.Status == identity.MandateAsked {
		w.broken("I-6", "a link before the authority was judged")
	}
	for _, c := range channelsOf(r, l) {
		since, err := time.Parse(time.DateOnly, string(c.Since))
		if err != nil || since.After(r.Received.AddDate(0, 0, -30)) {
			w.broken("I2", "proven by a channel that was on file since %q", c.Since)
		}
	}
	lines, err := w.store.Lines(w.ctx, r.ID)
	if err != nil || len(lines) == 0 || lines[len(lines)-1].Action != "downloaded" {
		w.broken("I10", "a link that the ledger does not know")
	}
}

// mayHaveNews are the letters that may go to an address that only stands in the
// message: they say nothing of anybody (A01, A16, R-24).
var mayHaveNews = []string{"T-01", "T-04b", "T-10", "T-14", "T-19", "T-26", "T-27", "T-29", "T-30", "N-01"}

// mayTellAsker are the letters that may go to who asks for somebody else before
// an officer believed them (I-6): they say nothing of anybody.
var mayTellAsker = append([]string{"T-02", "T-03", "T-08", "T-17", "T-28", "T-29", "T-30"}, mayHaveNews...)

// mailed looks at every physical mail.
func (w *world) mailed(m sentMail) {
	w.checks++
	to, kind := strings.ToLower(m.letter.To.Email), string(m.letter.Order.Kind)
	if strings.HasPrefix(m.letter.Owner, "client:") {
		return
	}
	if m.letter.State != post.Sending {
		w.broken("I8", "letter %s goes out unclaimed", m.letter.ID)
	}
	if m.letter.Owner == "house" { // a digest is about no request
		if kind != "N-05" || to != house().Email {
			w.broken("I2", "%s of no request goes to somebody else than the office", kind)
		}
		return
	}
	r := w.load(request.ID(m.letter.Owner))
	w.touched[r.ID] = true
	w.sent[r.ID] = append(w.sent[r.ID], m.letter.ID)
	if kind == "T-01" {
		w.acknowledged[to+m.at.Format(time.DateOnly)]++
		if n := w.acknowledged[to+m.at.Format(time.DateOnly)]; n > 1 && !w.faulty() {
			w.broken("I17", "%d acknowledgements to one address on one day", n)
		}
	}
	if l := r.Leg(m.letter.Leg); m.letter.To.Kind == "client" && (kind == "T-05" || kind == "T-06") {
		client, err := w.store.Client(w.ctx, l.Client)
		if err != nil || !client.Decides() || l.Outcome == request.Moved {
			w.broken("R-29", "%s goes to a client that no longer decides: %v", kind, err)
		}
	}
	onFile := len(w.rowsAt(to)) > 0
	for _, c := range r.Candidates {
		for _, ch := range c.Channels {
			onFile = onFile || c.Chosen && strings.ToLower(ch.Value) == to // it may be erased by now
		}
	}
	outside := m.letter.To.Kind == "sender" || m.letter.To.Kind == "file"
	represented := identity.Represented(r.Sender)
	if represented && m.letter.To.Kind == "sender" && !slices.Contains(mayTellAsker, kind) && !identity.Receives(r.Mandate, request.Day(m.at.Format(time.DateOnly))) {
		w.broken("I-6", "%s goes to who asks for somebody else, with mandate %+v", kind, r.Mandate)
	}
	if outside && !onFile && !slices.Contains(mayHaveNews, kind) && !m.letter.Order.Flags["unclear"] && !represented {
		w.broken("I2", "%s goes to an address that is on no file", kind)
	}
	if kind == "T-02" || kind == "T-17" {
		return
	}
	if !r.Sender.Answerable && m.letter.To.Kind == "sender" {
		w.broken("I18", "%s answers a robot", kind)
	}
	// I3, I13: a letter names nobody but its reader.
	if outside {
		for _, p := range demo.People() {
			if p.Email == to || p.Name == r.Sender.Name && strings.EqualFold(r.Sender.Email, to) {
				continue
			}
			for _, mark := range []string{p.Name, p.Phone, p.IBAN, p.Address, string(p.Birth), p.Email} {
				if mark != "" && strings.Contains(m.mail.Subject+m.mail.Text, mark) {
					w.broken("I3", "%s of %s to %s names %q", kind, m.letter.Owner, w.whose(to), mark)
				}
			}
		}
		// a client is named only to an address that stands in its file.
		for _, c := range w.clients {
			if strings.Contains(m.mail.Subject+m.mail.Text, c.Name) &&
				!slices.ContainsFunc(w.rowsAt(to), func(row rowText) bool { return row.Text("client") == c.ID || bought(r, row.Text("client"), c.ID) }) {
				w.broken("R-24", "%s names client %s to an address that is not in its file", kind, c.ID)
			}
		}
	}
	if m.letter.To.Kind == "client" {
		l := r.Leg(m.letter.Leg)
		if l == nil || !slices.Contains(w.contacts(l.Client), m.letter.To.Email) {
			w.broken("I15", "%s goes to a client whose leg it is not", kind)
		}
	}
	if m.letter.To.Kind == "house" {
		for _, mark := range []string{r.Sender.Name, r.Sender.Email} {
			if mark != "" && strings.Contains(m.mail.Text+m.mail.Subject, mark) {
				w.broken("I13", "a notice to staff names the person")
			}
		}
	}
}

func (w *world) whose(address string) string {
	for name, p := range people {
		if p.Email == address {
			return name
		}
	}
	return "somebody"
}

// kept are the requests whose record is still there.
func (w *world) kept() []request.ID { return w.keptOf(w.seen) }

// keptOf are those of which the record is still there. One that is gone was
// closed, and its chain ends in a line that says so (D-2).
func (w *world) keptOf(of []request.ID) []request.ID {
	var kept []request.ID
	for _, id := range of {
		if _, err := w.quiet(func() (*request.Request, error) { return w.store.Load(w.ctx, id) }); !request.NotFound.Is(err) {
			kept = append(kept, id)
			continue
		}
		lines, err := w.store.Lines(w.ctx, id)
		if err != nil {
			w.t.Fatal(err)
		}
		if err := ledger.Verify(lines); err != nil || len(lines) == 0 || lines[len(lines)-1].Action != "purged" {
			w.broken("D-2", "%s is gone and its chain does not tell it: %v", id, err)
		}
		if w.last[id].ClosedAt.IsZero() {
			w.broken("D-2", "%s is gone and was never closed", id)
		}
	}
	return kept
}

// check looks at what changed in the world when it has come to rest.
func (w *world) check() {
	w.checks++
	touched := slices.Sorted(maps.Keys(w.touched))
	clear(w.touched)
	for _, id := range w.keptOf(touched) {
		if w.t.Failed() {
			return
		}
		r := w.last[id]
		lines, err := w.store.Lines(w.ctx, id)
		if err != nil {
			w.t.Fatal(err)
		}
		head := w.load(id).Chain
		if err := ledger.VerifyHead(lines, head); err != nil {
			w.broken("I10", "the chain of %s: %v", id, err)
		}
		w.watchTasks(r)
		w.watchLines(r, lines)
		w.watchMail(r)
	}
}

// watchTasks: every leg that waits for a person has a task, and every other
// leg a timer or its end (L1).
func (w *world) watchTasks(r *request.Request) {
	if w.plan != nil && w.fired && !w.healed || w.luck != nil {
		return // it is on its way home
	}
	for _, l := range r.Legs {
		want := map[request.Phase]string{"deciding": "decide", "approving": "approve"}[l.Phase]
		if want != "" && r.Task(want, l.ID) == nil {
			w.broken("L1", "leg %s of %s is %s and nobody has the task", l.ID, r.ID, l.Phase)
		}
		if l.Phase != "closed" && l.WakeAt.IsZero() {
			person := false
			for _, t := range r.Tasks {
				person = person || t.Open() && (t.Leg == l.ID || t.Leg == "")
			}
			if !person {
				w.broken("L1", "leg %s of %s is %s, has no timer, and nobody has a task", l.ID, r.ID, l.Phase)
			}
		}
	}
	for _, t := range r.Tasks {
		if t.Not != "" && t.DoneBy == t.Not && t.Kind == "approve" {
			w.broken("invariant 12", "%s did both halves", t.DoneBy)
		}
	}
}

// watchLines: each move stands in the ledger once, and no line names anybody.
func (w *world) watchLines(r *request.Request, lines []ledger.Line) {
	downloads := map[string]int{}
	for _, l := range lines {
		switch l.Action {
		case "downloaded":
			downloads[l.Leg]++
		case "reopened", "reopened-at-client":
			downloads[l.Leg] = 0 // it gets a package of its own
		}
	}
	for _, l := range r.Legs {
		if l.Package.Releases != downloads[l.ID] {
			w.broken("I10", "leg %s was fetched %d times and has %d lines", l.ID, l.Package.Releases, downloads[l.ID])
		}
		at := request.Phase("opened")
		for _, line := range lines {
			if line.Leg != l.ID || line.Before == "" {
				continue
			}
			if line.Before != string(at) {
				w.broken("I10", "the ledger of leg %s jumps from %s to %s", l.ID, at, line.Before)
			}
			at = request.Phase(line.After)
		}
		if at != l.Phase {
			w.broken("I10", "leg %s is %s; its ledger says %s", l.ID, l.Phase, at)
		}
	}
}

// watchMail: exactly one logical letter an event (I8), and the limits of I17.
func (w *world) watchMail(r *request.Request) {
	count := map[string]int{}
	for _, id := range w.sent[r.ID] {
		count[id]++
	}
	for id, n := range count {
		if n > 1 && !w.faulty() {
			w.broken("I8", "letter %s of %s went out %d times", id, r.ID, n)
		}
	}
	of, err := w.store.LettersOf(w.ctx, string(r.ID))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, l := range of {
		if l.State == post.Sent && count[l.ID] == 0 {
			w.broken("L2", "letter %s is marked as sent and never went out", l.ID)
		}
	}
}

// rowsAt gives every row of every table with that e-mail address.
func (w *world) rowsAt(address string) []rowText {
	if w.at == nil {
		w.at = map[string][]rowText{}
		for _, s := range w.systems.Inventory().Systems {
			for _, row := range w.systems.Memory(s.ID).Rows() {
				row := rowText(row)
				to := strings.ToLower(row.Text("email"))
				w.at[to] = append(w.at[to], row)
			}
		}
	}
	return w.at[address]
}

type rowText map[string]any

func (r rowText) Text(column string) string {
	s, _ := r[column].(string)
	return s
}

// markers are the personal values that must stand nowhere else than in the
// records: of the demonstration and of the people of this test.
func markers() []string {
	all := demo.Markers()
	for _, p := range people {
		all = append(all, p.Name, p.Email)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return slices.DeleteFunc(all, func(s string) bool {
		return len(s) < 9 || s == "Afwezigheidsassistent"
	})
}

// searched is every place where no person may be named (I13): what executions
// got and gave, ledgers, log lines, errors, the names of objects and the keys
// of lists.
func (w *world) searched() map[string]string {
	var history, lines strings.Builder
	for _, e := range w.runner.Executions() {
		fmt.Fprintln(&history, e.ID, string(e.Input), string(e.Output), e.Error, e.Cause)
		for _, ev := range e.History {
			fmt.Fprintln(&history, string(ev.Input), string(ev.Output), ev.Error, ev.Cause)
		}
	}
	for _, id := range w.seen { // of a record that is gone the lines stay
		of, err := w.store.Lines(w.ctx, id)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, l := range of {
			b, err := json.Marshal(l)
			if err != nil {
				w.t.Fatal(err)
			}
			lines.Write(b)
		}
	}
	return map[string]string{
		"executions": history.String(), "ledger": lines.String(), "log": w.written.String(), "errors": strings.Join(w.log, "\n"),
		"keys": strings.Join(w.vkeys, "\n"),
	}
}

// contacts are whom a client wants its letters sent to: its contact, and who is
// told too when it stays silent.
func (w *world) contacts(client string) []string {
	c, err := w.store.Client(w.ctx, client)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc([]string{c.Email, c.EscalationEmail}, func(a string) bool { return a == "" })
}
