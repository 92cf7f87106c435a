package inventory

import (
	"maps"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/request"
)

// economicArea are the countries in which data are not transferred in the
// sense of chapter V: the European Union, Iceland, Liechtenstein and Norway.
var economicArea = strings.Fields("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK")

// Inside reports whether a country (ISO 3166) lies in the European Economic Area.
func Inside(country string) bool { return slices.Contains(economicArea, country) }

// warnings are what an owner may have meant, but seldom did.
func (c *checker) warnings() {
	inv := c.inv
	top := spot{}
	c.need(inv.Controller.Name != "" && inv.Controller.Email != "", top.in("controller"), "Give name, address and email: the record of processing opens with them (Art. 30(1)(a))", "the controller has no name and address of its own")
	c.need(inv.Security != nil, top.in("security"), "Describe the measures in a sentence or two (Art. 30(1)(g))", "the security measures are not described")
	for _, id := range slices.Sorted(maps.Keys(inv.Retention)) {
		c.need(inv.Retention[id].Source != nil, code("retention", id).in("source"), "Say which law it is, or whose decision", "nothing says where this period comes from (E-4)")
	}
	leads := c.leads()
	for i := range inv.Systems {
		s := &inv.Systems[i]
		at := top.item("systems", i, s.ID)
		claims := slices.ContainsFunc(s.Holdings, func(h Holding) bool { return h.Relation == request.Debtor && h.Role == request.Processor })
		c.need(!claims || s.Freeze != Freeze{}, at.in("freeze"), "Say of letters, calls and bailiff: mark where the system itself leaves alone what is marked, task where a person must stop it", "nothing says what stops its dunning while a claim is restricted (R-5, R-6)")
		for j := range s.Holdings {
			c.warnHolding(at.item("holdings", j, s.Holdings[j].ID), s, &s.Holdings[j], leads)
		}
	}
	used := map[string]bool{}
	for _, p := range inv.Places() {
		used[p.System.Processor] = true
		for _, id := range p.Holding.Recipients {
			used[id] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(inv.Recipients)) {
		c.need(used[id], code("recipients", id), "Name it where it belongs, or take it out", "no holding names this recipient")
	}
}

// leads are the kinds of key that come to be known of a person: those that
// stand in a holding that identifies, and those that rows yield.
func (c *checker) leads() map[string]bool {
	leads := map[string]bool{}
	for _, p := range c.inv.Places() {
		for kind := range p.Holding.Keys {
			leads[kind] = leads[kind] || p.Holding.Identifies
		}
		for kind := range p.Holding.Yields {
			leads[kind] = true
		}
	}
	return leads
}

// named reports whether another holding that identifies leads to h by the kind
// that tells people apart in both, from a key that people can name.
func (c *checker) named(h *Holding, kind string) bool {
	return slices.ContainsFunc(c.inv.Identifying(), func(o Place) bool {
		return o.Holding != h && o.Holding.PersonKind() == kind && slices.ContainsFunc(clues, func(clue string) bool {
			_, ok := o.Holding.Keys[clue]
			return ok
		})
	})
}

func (c *checker) warnHolding(at spot, s *System, h *Holding, leads map[string]bool) {
	found := false
	for _, kind := range slices.Sorted(maps.Keys(h.Keys)) {
		c.need(!h.Keys[kind].Scan, at.in("keys").in(kind), "Give the table an index on that column, unless it is small", "key %s: every search reads the whole table", kind)
		if h.Identifies {
			found = found || slices.Contains(clues, kind) || kind == h.PersonKind() && c.named(h, kind)
		} else {
			found = found || leads[kind]
			c.need(leads[kind], at.in("keys").in(kind), "Let another holding yield it or identify by it, or take the key out", "nothing yields or identifies by the key %s, so no row is ever asked for by it", kind)
		}
	}
	if h.Identifies {
		c.need(found, at.in("keys"), "Add a key that people can name: "+strings.Join(clues, ", "), "it identifies, but by no key that a person could name")
	} else {
		c.need(found || len(h.Keys) == 0, at.in("keys"), "Add a key that another holding yields or identifies by", "nobody can be found in this holding")
	}
	for _, kind := range slices.Sorted(maps.Keys(h.Yields)) {
		followed := false
		for _, p := range c.inv.Places() {
			followed = followed || (Place{s, h}).leadsTo(p, kind)
		}
		c.need(followed, at.in("yields").in(kind), "Give a holding with the same relation and role this kind of key, or take it out", "no other holding that is asked for the same person has the key %s that rows here yield", kind)
	}
	if slices.ContainsFunc(s.Holdings, func(o Holding) bool { return slices.Contains(o.References, h.ID) }) {
		c.need(slices.ContainsFunc(h.Columns, func(col Column) bool { return col.Anonymise }), at.in("columns"), "Mark with anonymise what tells whose row it is", "rows refer to rows of this holding, which therefore may have to stay, and nothing of them would be anonymised")
	}
	for _, r := range append([]request.Relation{h.Relation}, h.Also...) {
		for _, o := range s.Holdings {
			// Where rows lead to these as to their own, neither loses them.
			both := slices.Contains(Databases, s.Kind) && slices.ContainsFunc(slices.Collect(maps.Keys(o.Yields)), func(kind string) bool { return h.Keys[kind].Column != "" })
			meant := both || o.Relation == r || slices.Contains(o.Also, r) || o.Role != h.Role || !slices.Contains(o.References, h.ID)
			c.need(len(h.Also) == 0 || meant, at.in("also"), "Know that an erasure leaves such a row without its person for both, and look at both before one is granted", "rows of %s refer to these, and a request as %s does not reach them", o.ID, r)
		}
	}
	for i := range h.Columns {
		col := &h.Columns[i]
		// what we wrote about a person may name others. What the person wrote,
		// a code and the date from which a period runs do not.
		text := col.Category == "correspondence" && !col.Provided && len(col.Values) == 0 && col.Name != h.End && col.Name != h.Mark
		c.need(!text || col.Disclose != DiscloseYes, at.item("columns", i, col.Name).in("disclose"), `Say review with a reason; or provided: true where the person wrote it, or another category where it is no text`, "correspondence that nobody looks at before it is given")
		isDate := slices.ContainsFunc(h.Columns, func(o Column) bool { return o.Since == col.Name })
		if h.Identifies && col.Category == "contact" && !isDate {
			c.need(h.KeyKind(col.Name) != "", at.item("columns", i, col.Name), "Make it a key, or know that who writes from it is not found here by it", "a column of category contact that is no key")
		}
	}
}
