package inventory

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Languages are those of the desk, the default first.
var Languages = []request.Language{request.Dutch, request.English}

// Bookkeeping is the column in which a connector remembers what the desk did
// to a row it may not erase: the action, its end and the request. It is ours,
// not the system's, and is never disclosed.
const Bookkeeping = "rightsdesk"

// In gives the text in that language, Dutch when the language is unknown.
func (w Words) In(l request.Language) string {
	if t, ok := w[l]; ok {
		return t
	}
	return w[request.Dutch]
}

// Place names one holding of one system.
type Place struct {
	System  *System
	Holding *Holding
}

// ID is system/holding, as it stands in manifests and review lists.
func (p Place) ID() string { return p.System.ID + "/" + p.Holding.ID }

// Screens tells how values of a column are screened: propose or whole.
func (h *Holding) Screens(c *Column) string {
	return cmp.Or(c.Screen, h.Screen, ScreenPropose)
}

// System finds a system by its id; nil when it is not declared.
func (inv *Inventory) System(id string) *System {
	for i := range inv.Systems {
		if inv.Systems[i].ID == id {
			return &inv.Systems[i]
		}
	}
	return nil
}

// Holding finds a holding; ok is false when it is not declared, and then it
// must not be touched.
func (inv *Inventory) Holding(system, holding string) (p Place, ok bool) {
	s := inv.System(system)
	if s == nil {
		return Place{}, false
	}
	for i := range s.Holdings {
		if s.Holdings[i].ID == holding {
			return Place{s, &s.Holdings[i]}, true
		}
	}
	return Place{}, false
}

// Places lists every holding in the order of the file.
func (inv *Inventory) Places() []Place {
	var all []Place
	for i := range inv.Systems {
		s := &inv.Systems[i]
		for j := range s.Holdings {
			all = append(all, Place{s, &s.Holdings[j]})
		}
	}
	return all
}

// HoldingsFor lists what a leg of that relation and role reaches: the
// relation's own holdings and those its people may also stand in. Unknown
// reaches everything we hold as a controller but debtors' data.
func (inv *Inventory) HoldingsFor(relation request.Relation, role request.Role) []Place {
	var reached []Place
	for _, p := range inv.Places() {
		h := p.Holding
		if h.Role != role {
			continue
		}
		if h.Relation == relation || slices.Contains(h.Also, relation) || (relation == request.Unknown && h.Relation != request.Debtor) {
			reached = append(reached, p)
		}
	}
	return reached
}

// SystemsFor lists the systems of HoldingsFor, each once, in order: what a
// workflow maps over.
func (inv *Inventory) SystemsFor(relation request.Relation, role request.Role) []string {
	var ids []string
	for _, p := range inv.HoldingsFor(relation, role) {
		if !slices.Contains(ids, p.System.ID) {
			ids = append(ids, p.System.ID)
		}
	}
	return ids
}

// KeyColumn is the first place that is asked by that kind of key, with the
// column that holds it: its label names the kind to people. nil = there is none.
func (inv *Inventory) KeyColumn(kind string) (Place, *Column) {
	for _, p := range inv.Places() {
		if k, ok := p.Holding.Keys[kind]; ok {
			return p, p.Holding.Column(k.Column)
		}
	}
	return Place{}, nil
}

// Shared reports whether several people may have a key of that kind in common:
// an address or a telephone of a household. Such a key never leads on (A15).
func Shared(kind string) bool { return slices.Contains(shared, kind) }

// Most is how many keys of a yield are followed at most.
func (y Yield) Most() int { return cmp.Or(y.AtMost, DefaultYield) }

// Identifying lists the holdings that are asked who somebody is.
func (inv *Inventory) Identifying() []Place {
	return slices.DeleteFunc(inv.Places(), func(p Place) bool { return !p.Holding.Identifies })
}

// Stopping lists the holdings in which that right puts its mark.
func (inv *Inventory) Stopping(r request.Right) []Place {
	return slices.DeleteFunc(inv.Places(), func(p Place) bool { return !slices.Contains(p.Holding.Stops, r) })
}

// RecipientsOf lists the ids of those who got data of these holdings, the
// processors that run them included, each once, in order. Clients are
// left out: a client is told by its own letters.
func (inv *Inventory) RecipientsOf(places []Place) []string {
	var ids []string
	add := func(id string) {
		if id != "" && inv.Recipients[id].Kind != "client" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, p := range places {
		add(p.System.Processor)
		for _, r := range p.Holding.Recipients {
			add(r)
		}
	}
	return ids
}

// Column finds a column that the holding declares; nil otherwise.
func (h *Holding) Column(name string) *Column {
	for i := range h.Columns {
		if h.Columns[i].Name == name {
			return &h.Columns[i]
		}
	}
	return nil
}

// Marks reports whether the desk can note on a row of h what was done to it.
func (h *Holding) Marks() bool { return h.Format == "" && !h.Unmarked }

// In gives the table or view that holds h.
func (h *Holding) In() string { return cmp.Or(h.Table, h.ID) }

// Correctable reports whether the desk may write another value into that
// column. It may not where the row would become another one or another
// person's, where a period is counted from it or a mark stands in it, where it
// dates a channel (A11), in a bucket, and where the inventory says by hand.
func (h *Holding) Correctable(name string) bool {
	c := h.Column(name)
	if c == nil || c.ByHand || c.Disclose == DiscloseNo || h.Format != "" {
		return false
	}
	_, narrows := h.Where[name]
	if narrows || slices.Contains(h.Primary, name) || slices.Contains([]string{h.Person, h.Client, h.End, h.Mark}, name) {
		return false
	}
	for kind, k := range h.Keys {
		if k.Column == name && (h.PersonKind() == "" || kind == h.PersonKind()) {
			return false
		}
	}
	return !slices.ContainsFunc(h.Columns, func(c Column) bool { return c.Since == name })
}

// Written are the columns of h that an act of the desk may write.
func (h *Holding) Written() []string {
	var names []string
	for _, c := range h.Columns {
		if c.Anonymise || h.Correctable(c.Name) || c.Name == h.Mark {
			names = append(names, c.Name)
		}
	}
	if h.Marks() {
		names = append(names, Bookkeeping)
	}
	return names
}

// KeyKind is the kind of identifier that stands in that column; "" for none.
func (h *Holding) KeyKind(name string) string {
	kinds := make([]string, 0, len(h.Keys))
	for kind, k := range h.Keys {
		if k.Column == name {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return append(kinds, "")[0]
}

// ColumnThatIs finds the column with that meaning (name, birthdate, postcode, file, customer, invoice).
func (h *Holding) ColumnThatIs(meaning string) *Column {
	for i := range h.Columns {
		if h.Columns[i].Is == meaning {
			return &h.Columns[i]
		}
	}
	return nil
}

// PersonKind is the kind of key that tells two people apart here, "" when none does.
func (h *Holding) PersonKind() string {
	if h.Person == "" {
		return ""
	}
	var kinds []string
	for kind, k := range h.Keys {
		if k.Column == h.Person {
			kinds = append(kinds, kind)
		}
	}
	if len(kinds) == 0 {
		return ""
	}
	slices.Sort(kinds)
	return kinds[0]
}

// Portable reports whether the law lets data of h travel: only what is
// held by consent or for a contract.
func (h *Holding) Portable() bool { return h.Basis == "consent" || h.Basis == "contract" }

// Kept names the holding in a letter that says what stays.
func (h *Holding) Kept(l request.Language) string {
	if h.KeptAs != nil {
		return h.KeptAs.In(l)
	}
	return h.Label.In(l)
}

// Ends gives the last day on which a row may be kept, counted from the date in
// its End column; a date with a time counts by its day. It answers "" when the
// date cannot be read: the period has not begun.
func (r Retention) Ends(from string) request.Day {
	if len(from) < len(time.DateOnly) {
		return ""
	}
	d, err := time.Parse(time.DateOnly, from[:len(time.DateOnly)])
	if err != nil {
		return ""
	}
	if r.FromYearEnd {
		d = time.Date(d.Year(), time.December, 31, 0, 0, 0, 0, time.UTC)
	}
	return request.Day(addMonths(d, r.Months).Format(time.DateOnly))
}

// addMonths keeps the day of the month, or takes the month's last day.
func addMonths(d time.Time, n int) time.Time {
	first := time.Date(d.Year(), d.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(d.Day(), last)-1)
}

// Describe names a place of a review list (system/holding/column) in words;
// a column that nobody declared is named by its holding alone.
func (inv *Inventory) Describe(place string, l request.Language) string {
	parts := strings.SplitN(place, "/", 3)
	if len(parts) < 2 {
		return ""
	}
	p, ok := inv.Holding(parts[0], parts[1])
	if !ok {
		return ""
	}
	if len(parts) == 3 {
		if c := p.Holding.Column(parts[2]); c != nil {
			return p.Holding.Label.In(l) + ": " + c.Label.In(l)
		}
	}
	return p.Holding.Label.In(l)
}

// Over gives the first day that still counts on that day: a row whose end date
// lies before it has outlived its period.
func (r Retention) Over(today request.Day) request.Day {
	t, err := time.Parse(time.DateOnly, string(today))
	if err != nil {
		return ""
	}
	d, step := addMonths(t, -r.Months).AddDate(0, 0, -4), func(d time.Time) time.Time { return d.AddDate(0, 0, 1) }
	if r.FromYearEnd {
		d = time.Date(t.Year()-r.Months/12-2, time.January, 1, 0, 0, 0, 0, time.UTC)
		step = func(d time.Time) time.Time { return d.AddDate(1, 0, 0) }
	}
	for r.Ends(d.Format(time.DateOnly)) < today {
		d = step(d)
	}
	return request.Day(d.Format(time.DateOnly))
}

// leadsTo reports whether rows of p yield a key of that kind by which q is
// asked for the same person.
func (p Place) leadsTo(q Place, kind string) bool {
	y, yields := p.Holding.Yields[kind]
	_, asked := q.Holding.Keys[kind]
	return yields && asked && p.Holding != q.Holding && (!y.Within || p.System == q.System) && p.together(q)
}

// together reports whether one leg reaches both holdings.
func (p Place) together(q Place) bool {
	reaches := func(h *Holding, r request.Relation) bool { return h.Relation == r || slices.Contains(h.Also, r) }
	return p.Holding.Role == q.Holding.Role && (reaches(q.Holding, p.Holding.Relation) ||
		slices.ContainsFunc(p.Holding.Also, func(r request.Relation) bool { return reaches(q.Holding, r) }))
}
