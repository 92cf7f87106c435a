package systems

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"golang.org/x/text/unicode/norm"
)

// lookupBlock is how many values of a kind the second round asks for at
// least, made up with values that nobody has: so somebody with up to that many
// keys costs as many lookups as nobody (A16).
const lookupBlock = 2

// expands are the kinds of key that lead from one system to another. A
// telephone does not: a household shares it.
var expands = []string{"customer", "debtor", "email", "file"}

// leading are the kinds by which the second round asks: expands, and what tells
// people apart in these places, such as a number that only their tables know.
func leading(places []inventory.Place) []string {
	kinds := slices.Clone(expands)
	for _, p := range places {
		if kind := p.Holding.PersonKind(); kind != "" && !inventory.Shared(kind) && !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// nobody is a value that stands in no system.
const nobody = "-"

// Candidates asks every identifying holding who the sender may be: first by
// every clue that came with the request, then by the keys that this found, so
// that a person known by a number in one system is also found by address in
// another. Rows become people by the holding's person column, per relation and
// client.
//
// A candidate is Chosen only when nothing is left to guess (A15): it is the
// only one of its relation (and client) that fits, it was matched by the
// sender's address on file or by a number of ours together with the birth date
// or with name and post code, and no clue speaks against it. Namesakes are
// never chosen, nor is anybody by a mailbox alone that somebody else has too,
// with whatever client. Only relations in rel are chosen; none, or Unknown, means all.
func Candidates(ctx context.Context, reg Registry, sender request.Sender, rel []request.Relation) ([]request.Candidate, error) {
	m := matcher{reg: reg, clues: cluesOf(sender), people: map[personKey]*person{}}
	if err := m.search(ctx, reg.Inventory().Identifying()); err != nil {
		return nil, err
	}
	return m.candidates(rel), nil
}

// DebtorsOf asks who, among one client's debtors, that client means: by the
// numbers (its own for the person, or ours for the file), the address and the
// facts that it gave. Rows of others are not looked at, and no other system is
// asked.
//
// The client is the controller of these files, so that a number or an address
// is enough; still nobody is guessed (A15). One is Chosen when it is the only
// one that they fit and no fact that the client gave is another in the file.
func DebtorsOf(ctx context.Context, reg Registry, client string, given request.Sender) ([]request.Candidate, error) {
	m := matcher{reg: reg, clues: cluesOf(given), people: map[personKey]*person{}, client: client}
	m.clues.keys["debtor"] = normals("debtor", given.ClientNumbers)
	places := slices.DeleteFunc(slices.Clone(reg.Inventory().Identifying()), func(p inventory.Place) bool {
		return p.Holding.Relation != request.Debtor || p.Holding.Client == ""
	})
	if err := m.search(ctx, places); err != nil {
		return nil, err
	}
	out := m.candidates(nil)
	var named, numbered []int
	for i := range out {
		out[i].Chosen = false
		if slices.ContainsFunc(out[i].MatchedOn, names) {
			named = append(named, i)
		}
		if slices.ContainsFunc(out[i].MatchedOn, func(k string) bool { return names(k) && k != "email" }) {
			numbered = append(numbered, i)
		}
	}
	if len(numbered) > 0 {
		named = numbered // several share a mailbox; a number is one person's
	}
	if len(named) == 1 && m.agrees(out[named[0]].MatchedOn) {
		out[named[0]].Chosen = true
	}
	return out, nil
}

// names reports whether a kind of key tells a client's debtors apart.
func names(kind string) bool { return kind == "email" || kind == "debtor" || isNumber(kind) }

// agrees reports whether every fact that was given is the file's.
func (m *matcher) agrees(on []string) bool {
	return (m.clues.name == "" || slices.Contains(on, "name")) && (m.clues.postcode == "" || slices.Contains(on, "postcode")) &&
		(m.clues.birthDate == "" || slices.Contains(on, "birthdate"))
}

// search looks for people in these places.
func (m *matcher) search(ctx context.Context, places []inventory.Place) error {
	// Round one: what it asks depends on the message alone.
	for _, p := range places {
		for _, kind := range slices.Sorted(maps.Keys(p.Holding.Keys)) {
			for _, value := range m.clues.keys[kind] {
				if err := m.find(ctx, p, kind, value); err != nil {
					return err
				}
			}
		}
	}
	// Round two: the keys that round one found.
	found, leads := m.keys(), leading(places)
	for _, p := range places {
		for _, kind := range slices.Sorted(maps.Keys(p.Holding.Keys)) {
			if !slices.Contains(leads, kind) {
				continue
			}
			values := slices.Clone(found[kind])
			for len(values) == 0 || len(values)%lookupBlock != 0 {
				values = append(values, nobody)
			}
			for _, value := range values {
				if err := m.find(ctx, p, kind, value); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// strangers are people whom only the second round met, in a group where the
// clues fit somebody else: they share a mailbox with that person, no more.
func (m *matcher) strangers() map[personKey]bool {
	met := map[personKey]bool{} // groups where a clue fits
	for _, q := range m.people {
		if m.clued(q) {
			met[q.group()] = true
		}
	}
	out := map[personKey]bool{}
	for key, q := range m.people {
		if !m.clued(q) && met[q.group()] {
			out[key] = true
		}
	}
	return out
}

// clued reports whether a clue by which systems are asked fits q.
func (m *matcher) clued(q *person) bool {
	for kind, values := range m.clues.keys {
		for _, v := range values {
			if q.keys[kind][v] {
				return true
			}
		}
	}
	return false
}

// group is the relation and client among which a person must be told apart.
func (q *person) group() personKey {
	return personKey{relation: q.key.relation, client: q.key.client}
}

// clues are what the sender says, in normal form.
type clues struct {
	keys      Keys
	name      string
	postcode  string
	birthDate string
}

func cluesOf(s request.Sender) clues {
	c := clues{
		keys: Keys{
			"email":    normals("email", []string{s.Email}),
			"phone":    normals("phone", []string{s.Phone}),
			"customer": normals("customer", s.ClientNumbers),
			"file":     normals("file", s.FileNumbers),
			"invoice":  normals("invoice", s.InvoiceNumbers),
		},
		name:      foldName(s.Name),
		postcode:  Normal("postcode", s.Postcode),
		birthDate: string(s.BirthDate),
	}
	if s.For != "" || s.Capacity != "" {
		// A representative asks for somebody else (I-6): name and mailbox are the
		// representative's own, and would find the wrong person.
		c.name = foldName(s.For)
		delete(c.keys, "email")
		delete(c.keys, "phone")
	}
	return c
}

type personKey struct {
	relation request.Relation
	client   string
	kind     string // the kind of key that tells people apart
	value    string
}

type person struct {
	key       personKey
	keys      map[string]map[string]bool
	names     []string
	birth     map[string]bool
	postcodes map[string]bool
	channels  []request.FileChannel
	file      string
	rows      map[string]bool
}

type matcher struct {
	reg    Registry
	clues  clues
	people map[personKey]*person
	// client narrows the search to its own debtors, when it is not "".
	client string
}

func (m *matcher) find(ctx context.Context, p inventory.Place, kind, value string) error {
	sys, err := m.reg.System(p.System.ID)
	if err != nil {
		return fmt.Errorf("reach system %s: %w", p.System.ID, err)
	}
	rows, err := sys.Find(ctx, *p.Holding, kind, value)
	if err != nil {
		return fmt.Errorf("find by %s in %s: %w", kind, p.ID(), err)
	}
	for _, row := range rows {
		m.add(p, row)
	}
	return nil
}

// add takes a row for a person of each relation whose people the holding tells
// apart: its own, and those that it serves too unless they have a number of
// another kind elsewhere, as customers who read the newsletter.
func (m *matcher) add(p inventory.Place, row Row) {
	m.addAs(p.Holding.Relation, p, row)
	if m.client != "" {
		return // its debtors alone
	}
	for _, rel := range p.Holding.Also {
		apart := slices.ContainsFunc(m.reg.Inventory().Identifying(), func(o inventory.Place) bool {
			return o.Holding.Relation == rel && o.Holding.PersonKind() != p.Holding.PersonKind()
		})
		if !apart {
			m.addAs(rel, p, row)
		}
	}
}

func (m *matcher) addAs(rel request.Relation, p inventory.Place, row Row) {
	h := p.Holding
	kind := h.PersonKind()
	who := Normal(kind, row.Text(h.Person))
	if who == "" {
		return
	}
	key := personKey{relation: rel, kind: kind, value: who}
	if h.Client != "" {
		key.client = row.Text(h.Client)
	}
	if m.client != "" && key.client != m.client {
		return
	}
	q := m.people[key]
	if q == nil {
		q = &person{key: key, keys: map[string]map[string]bool{}, birth: map[string]bool{}, postcodes: map[string]bool{}, rows: map[string]bool{}}
		m.people[key] = q
	}
	id := p.ID()
	for _, c := range h.Primary {
		id += "\x00" + row.Text(c)
	}
	if q.rows[id] {
		return
	}
	q.rows[id] = true
	for kind, k := range h.Keys {
		if v := Normal(kind, row.Text(k.Column)); v != "" {
			if q.keys[kind] == nil {
				q.keys[kind] = map[string]bool{}
			}
			q.keys[kind][v] = true
		}
	}
	var name []string
	for _, c := range h.Columns {
		v := row.Text(c.Name)
		if v == "" {
			continue
		}
		switch c.Is {
		case "name":
			name = append(name, strings.TrimSpace(v))
		case "birthdate":
			q.birth[v] = true
		case "postcode":
			q.postcodes[Normal("postcode", v)] = true
		case "file":
			if q.file == "" || v < q.file {
				q.file = v
			}
		}
		if c.Channel != "" {
			q.channels = append(q.channels, request.FileChannel{
				Kind: c.Channel, Value: channelValue(h, c, row), Since: day(row.Text(c.Since)), System: p.System.ID,
			})
		}
	}
	if whole := strings.Join(name, " "); whole != "" && !slices.Contains(q.names, whole) {
		q.names = append(q.names, whole)
	}
}

// channelValue is the address to use; a postal address is the whole of it.
func channelValue(h *inventory.Holding, c inventory.Column, row Row) string {
	if c.Channel != "post" {
		return Normal(c.Channel, row.Text(c.Name))
	}
	parts := []string{row.Text(c.Name)}
	if pc := h.ColumnThatIs("postcode"); pc != nil {
		parts = append(parts, strings.TrimSpace(row.Text(pc.Name)+" "+row.Text("city")))
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// day reads the date of a date or an instant; "" when there is none, so the
// channel counts as too young (A11).
func day(s string) request.Day {
	if len(s) < len("2006-01-02") {
		return ""
	}
	return request.Day(s[:len("2006-01-02")])
}

// keys lists every key that round one found, but for those that it asked by.
func (m *matcher) keys() Keys {
	all := Keys{}
	for _, q := range m.people {
		for kind, values := range q.keys {
			for v := range values {
				if !slices.Contains(m.clues.keys[kind], v) && !slices.Contains(all[kind], v) {
					all[kind] = append(all[kind], v)
				}
			}
		}
	}
	for _, values := range all {
		slices.Sort(values)
	}
	return all
}

// candidates turns people into the answer, in a fixed order.
func (m *matcher) candidates(rel []request.Relation) []request.Candidate {
	shared, strangers := m.shared(), m.strangers()
	people := slices.DeleteFunc(slices.Collect(maps.Values(m.people)), func(q *person) bool { return strangers[q.key] })
	slices.SortFunc(people, func(a, b *person) int {
		return cmp.Or(
			cmp.Compare(slices.Index(request.Relations, a.key.relation), slices.Index(request.Relations, b.key.relation)),
			cmp.Compare(a.key.client, b.key.client),
			cmp.Compare(a.key.value, b.key.value))
	})
	groups := map[personKey][]int{} // relation and client → places in out
	out := make([]request.Candidate, 0, len(people))
	for _, q := range people {
		c := request.Candidate{
			ID: fmt.Sprintf("c%d", len(out)+1), Relation: q.key.relation, Client: q.key.client,
			Keys: map[string][]string{}, MatchedOn: m.matchedOn(q), Channels: channels(q.channels), File: q.file,
		}
		slices.Sort(q.names)
		if len(q.names) > 0 {
			c.Name = q.names[0]
		}
		for kind, values := range q.keys {
			for v := range values {
				// What several people share reaches them but tells nobody
				// apart: it is a channel, not a key (A15).
				if kind != q.key.kind && shared[[2]string{kind, v}] {
					continue
				}
				c.Keys[kind] = append(c.Keys[kind], v)
			}
			slices.Sort(c.Keys[kind])
			if len(c.Keys[kind]) == 0 {
				delete(c.Keys, kind)
			}
		}
		groups[q.group()] = append(groups[q.group()], len(out))
		out = append(out, c)
	}
	for g, members := range groups {
		if len(rel) > 0 && !slices.Contains(rel, request.Unknown) && !slices.Contains(rel, g.relation) {
			continue
		}
		if i := m.choose(people, out, members); i >= 0 {
			out[i].Chosen = true
		}
	}
	return withoutOthers(people, out)
}

// withoutOthers leaves out who only shares the mailbox of somebody that a fact
// singled out, with another client: that is not who asks.
func withoutOthers(people []*person, out []request.Candidate) []request.Candidate {
	var kept []request.Candidate
	for i, c := range out {
		other := false
		for j, o := range out {
			other = other || !c.Chosen && !hasFact(c.MatchedOn) && o.Chosen && hasFact(o.MatchedOn) && o.Relation == c.Relation && people[i].differs(people[j])
		}
		if !other {
			kept = append(kept, c)
		}
	}
	return kept
}

// shared finds the addresses and numbers that stand with two people of one
// relation: with one client, or with two that keep different people.
func (m *matcher) shared() map[[2]string]bool {
	type use struct {
		relation request.Relation
		key      [2]string
	}
	seen := map[use][]*person{}
	shared := map[[2]string]bool{}
	for _, q := range m.people {
		for kind, values := range q.keys {
			for v := range values {
				u := use{q.key.relation, [2]string{kind, v}}
				if slices.ContainsFunc(seen[u], func(p *person) bool { return p.group() == q.group() || p.differs(q) }) {
					shared[u.key] = true
				}
				seen[u] = append(seen[u], q)
			}
		}
	}
	return shared
}

// disputed reports whether the mailbox by which q was found is also somebody
// else's in the same relation: father and son, a couple, with two clients.
func (m *matcher) disputed(q *person) bool {
	for _, p := range m.people {
		if p == q || p.key.relation != q.key.relation || !p.differs(q) {
			continue
		}
		if slices.ContainsFunc(m.clues.keys["email"], func(v string) bool { return p.keys["email"][v] && q.keys["email"][v] }) {
			return true
		}
	}
	return false
}

// differs reports whether two clients' records are of two people: another birth
// date, or names that are not one. Where either is unknown, it tells nothing.
func (q *person) differs(p *person) bool {
	if len(q.birth) > 0 && len(p.birth) > 0 && !overlap(q.birth, p.birth) {
		return true
	}
	if len(q.names) == 0 || len(p.names) == 0 {
		return false
	}
	return !slices.ContainsFunc(q.names, func(a string) bool {
		return slices.ContainsFunc(p.names, func(b string) bool { return sameName(foldName(a), foldName(b)) })
	})
}

func overlap(a, b map[string]bool) bool {
	for v := range a {
		if b[v] {
			return true
		}
	}
	return false
}

// matchedOn lists the clues that fit this person, in order of the alphabet.
func (m *matcher) matchedOn(q *person) []string {
	var on []string
	for kind, values := range m.clues.keys {
		for _, v := range values {
			if q.keys[kind][v] && !slices.Contains(on, kind) {
				on = append(on, kind)
			}
		}
	}
	if m.clues.birthDate != "" && q.birth[m.clues.birthDate] {
		on = append(on, "birthdate")
	}
	if m.clues.postcode != "" && q.postcodes[m.clues.postcode] {
		on = append(on, "postcode")
	}
	if slices.ContainsFunc(q.names, func(n string) bool { return sameName(m.clues.name, foldName(n)) }) {
		on = append(on, "name")
	}
	slices.Sort(on)
	return on
}

// choose picks the one candidate of a relation and client that nothing speaks
// against, or -1: then an officer picks.
func (m *matcher) choose(people []*person, out []request.Candidate, members []int) int {
	var strong []int
	for _, i := range members {
		if isStrong(out[i].MatchedOn) && !m.contradicted(people[i], out[i].MatchedOn) && (hasFact(out[i].MatchedOn) || !m.disputed(people[i])) {
			strong = append(strong, i)
		}
	}
	if len(strong) > 1 {
		// A shared mailbox: only a fact besides can single one out; a name cannot.
		strong = slices.DeleteFunc(strong, func(i int) bool { return !hasFact(out[i].MatchedOn) })
	}
	if len(strong) != 1 {
		return -1
	}
	for _, i := range members {
		// A fact of the message that fits somebody else and not this one,
		// or a number that fits each of them by another value.
		if i != strong[0] && slices.ContainsFunc(out[i].MatchedOn, func(k string) bool {
			return isNumber(k) || (isFact(k) && !slices.Contains(out[strong[0]].MatchedOn, k))
		}) {
			return -1
		}
	}
	return strong[0]
}

// contradicted reports a clue that the file denies: another birth date.
func (m *matcher) contradicted(q *person, on []string) bool {
	return m.clues.birthDate != "" && len(q.birth) > 0 && !slices.Contains(on, "birthdate")
}

func isNumber(kind string) bool { return kind == "customer" || kind == "file" || kind == "invoice" }
func isFact(kind string) bool   { return isNumber(kind) || kind == "birthdate" }

func hasFact(on []string) bool { return slices.ContainsFunc(on, isFact) }

func isStrong(on []string) bool {
	has := func(k string) bool { return slices.Contains(on, k) }
	return has("email") || ((has("customer") || has("file")) && (has("birthdate") || (has("name") && has("postcode"))))
}

// channels drops doubles; of the same channel the oldest date counts.
func channels(all []request.FileChannel) []request.FileChannel {
	slices.SortFunc(all, func(a, b request.FileChannel) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value), cmp.Compare(a.System, b.System), cmp.Compare(sortable(a.Since), sortable(b.Since)))
	})
	return slices.CompactFunc(all, func(a, b request.FileChannel) bool {
		return a.Kind == b.Kind && a.Value == b.Value && a.System == b.System
	})
}

// sortable puts an unknown date last.
func sortable(d request.Day) string { return cmp.Or(string(d), "9999") }

// foldName reduces a name to letters without marks and single blanks.
func foldName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsLetter(r):
			return unicode.ToLower(r)
		}
		return ' '
	}, norm.NFD.String(s))
	return strings.Join(strings.Fields(s), " ")
}

// sameName compares folded names: all of it, or the same surname with the same
// first letter or name ("J. de Vries", "Jan de Vries" and "Jan P. de Vries").
func sameName(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	if a == b {
		return true
	}
	fa, fb := strings.Fields(a), strings.Fields(b)
	if len(fa) < 2 || len(fb) < 2 || fa[0][0] != fb[0][0] {
		return false
	}
	if len(fa[0]) > 1 && len(fb[0]) > 1 && fa[0] != fb[0] {
		return false // two different first names
	}
	return surname(fa) == surname(fb)
}

// surname is what follows the initials.
func surname(f []string) string {
	i := 1
	for i < len(f)-1 && len(f[i]) == 1 {
		i++
	}
	return strings.Join(f[i:], " ")
}
