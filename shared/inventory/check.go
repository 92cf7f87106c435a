package inventory

import (
	"cmp"
	"fmt"
	"maps"
	"net/mail"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/request"
	"go.yaml.in/yaml/v3"
)

// Finding is one thing that is wrong with an inventory, or worth a look.
type Finding struct {
	// Line is where it stands in the file; 0 = nowhere in particular.
	Line int
	// At is what it is about: system/holding/column, or a code of a list.
	At string
	// What is wrong, and what to Do about it.
	What, Do string
	// Warning is true for what does not stop the inventory from being used.
	Warning bool
	// Blank is the field that nobody filled in yet, "" where it is another fault.
	Blank string

	path string // in the document, by place: systems/0/holdings/1/basis
}

// String is the finding on one line.
func (f Finding) String() string {
	var b strings.Builder
	if f.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", f.Line)
	}
	if f.Warning {
		b.WriteString("warning: ")
	}
	if f.At != "" {
		b.WriteString(f.At + ": ")
	}
	return b.String() + f.What + ". " + f.Do + "."
}

// Check lists everything that is wrong with an inventory and everything that
// is worth a look, in the order of the file. The inventory is whole when no
// finding but warnings is among them.
func Check(data []byte) (*Inventory, []Finding) {
	inv, found := read(data)
	w := checker{inv: inv, warning: true}
	w.warnings()
	found = locate(data, append(found, w.found...))
	slices.SortStableFunc(found, func(a, b Finding) int { return cmp.Compare(a.Line, b.Line) })
	return inv, found
}

// Brief puts in one finding what one place still needs, so that a draft gives a
// short list: the blanks of a holding together, and its warnings once these are
// filled in. The rest is as it was found.
func Brief(found []Finding) []Finding {
	blanks := map[string][]string{}
	for _, f := range found {
		if f.Blank != "" && !f.Warning {
			blanks[f.At] = append(blanks[f.At], f.Blank)
		}
	}
	var brief []Finding
	for _, f := range found {
		holding, _, _ := strings.Cut(strings.Replace(f.At, "/", "\x00", 1), "/")
		holding = strings.Replace(holding, "\x00", "/", 1)
		switch {
		case f.Warning && len(blanks[holding]) > 0:
		case f.Blank == "" || f.Warning:
			brief = append(brief, f)
		case len(blanks[f.At]) == 1:
			brief = append(brief, f)
		case f.Blank == blanks[f.At][0]:
			f.What, f.Do = "still to fill in: "+strings.Join(blanks[f.At], ", "), "Where it is nobody's data, put its table in without instead"
			if !strings.Contains(f.At, "/") {
				f.Do = "What stands behind the # says what it means"
			}
			brief = append(brief, f)
		}
	}
	return brief
}

// Faults are the findings that are no warnings.
func Faults(found []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(found), func(f Finding) bool { return f.Warning })
}

// locate looks up the line of every finding; what is missing has the line of
// what it is missing from.
func locate(data []byte, found []Finding) []Finding {
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) != nil || len(doc.Content) == 0 {
		return found
	}
	lines := map[string]int{}
	index(doc.Content[0], "", lines)
	for i := range found {
		for p := found[i].path; found[i].Line == 0 && p != ""; {
			found[i].Line = lines[p]
			p = p[:max(0, strings.LastIndexByte(p, '/'))]
		}
	}
	return found
}

func index(n *yaml.Node, path string, lines map[string]int) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			below := path + "/" + n.Content[i].Value
			if n.Content[i].Tag == "!!merge" {
				below = path
			}
			if lines[below] == 0 {
				lines[below] = n.Content[i].Line
			}
			index(n.Content[i+1], below, lines)
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			below := fmt.Sprintf("%s/%d", path, i)
			lines[below] = item.Line
			index(item, below, lines)
		}
	case yaml.AliasNode:
		index(n.Alias, path, lines)
	}
}

// spot is a place in the file: where it stands, and what people call it.
type spot struct{ path, name string }

func (s spot) in(field string) spot { return spot{s.path + "/" + field, s.name} }

// item is the n-th of a list, with a name of its own.
func (s spot) item(list string, n int, name string) spot {
	return spot{fmt.Sprintf("%s/%s/%d", s.path, list, n), strings.TrimPrefix(s.name+"/"+name, "/")}
}

// code is an entry of a list by code.
func code(list, name string) spot { return spot{"/" + list + "/" + name, list + " " + name} }

type checker struct {
	inv     *Inventory
	found   []Finding
	warning bool
}

// need notes what is wrong when ok is false, and what to do about it.
func (c *checker) need(ok bool, at spot, do, what string, args ...any) {
	if !ok {
		c.found = append(c.found, Finding{At: at.name, What: fmt.Sprintf(what, args...), Do: do, Warning: c.warning, path: at.path})
	}
}

// blank notes a field that is not filled in.
func (c *checker) blank(at spot, field, do string) {
	c.need(false, at.in(field), do, "%s is not filled in", field)
	c.found[len(c.found)-1].Blank = field
}

// oneOf demands a value of a closed list.
func (c *checker) oneOf(value string, known []string, at spot, field string) {
	if value == "" {
		c.blank(at, field, "Use one of "+strings.Join(known, ", "))
		return
	}
	c.need(slices.Contains(known, value), at.in(field), "Use one of "+strings.Join(known, ", "), "unknown %s %q", field, value)
}

// named demands a code that a list of the file has.
func named[V any](c *checker, value string, list map[string]V, of string, at spot, field string) {
	do := "Use one of " + strings.Join(slices.Sorted(maps.Keys(list)), ", ") + ", or add it under " + of
	if value == "" {
		c.blank(at, field, do)
		return
	}
	_, ok := list[value]
	c.need(ok, at.in(field), do, "unknown %s %q", field, value)
}

// words demands both languages and no other.
func (c *checker) words(at spot, field string, w Words) {
	if len(w) == 0 {
		c.blank(at, field, fmt.Sprintf("Write it as %s: {nl: ..., en: ...}", field))
		return
	}
	for _, l := range Languages {
		c.need(w[l] != "", at.in(field), fmt.Sprintf("Write it as %s: {nl: ..., en: ...}", field), "%s has no text in %q", field, l)
	}
	c.need(len(w) <= len(Languages), at.in(field), "Leave nl and en; a text with a comma in it needs quotes", "%s has a language that the desk does not speak", field)
}

func (c *checker) inventory() {
	inv := c.inv
	top := spot{}
	c.need(inv.Version != "", top.in("version"), `Give it the day of the change: version: "2026-11-01"`, "the inventory has no version")
	c.need(len(inv.Systems) > 0, top.in("systems"), "Name every place that holds personal data", "the inventory has no systems")
	if inv.Security != nil {
		c.words(top, "security", inv.Security)
	}
	for _, m := range []struct {
		of   string
		what map[string]Words
	}{{"categories", inv.Categories}, {"bases", inv.Bases}, {"reasons", inv.Reasons}} {
		for _, k := range slices.Sorted(maps.Keys(m.what)) {
			c.words(spot{"/" + m.of, m.of}, k, m.what[k])
		}
	}
	for _, k := range []string{NotDeclared, NotPortable, OtherPart} {
		c.need(inv.Reasons[k] != nil, top.in("reasons"), "Add it: the desk gives this reason itself", "the reason %s is missing", k)
	}
	c.controller()
	for _, id := range slices.Sorted(maps.Keys(inv.Recipients)) {
		c.recipient(id, inv.Recipients[id])
	}
	for _, id := range slices.Sorted(maps.Keys(inv.Retention)) {
		c.retention(id, inv.Retention[id])
	}
	seen := map[string]bool{}
	for i := range inv.Systems {
		s := &inv.Systems[i]
		at := top.item("systems", i, s.ID)
		c.code(at, s.ID, seen[s.ID])
		seen[s.ID] = true
		c.system(at, s)
	}
	c.far()
}

// far refuses a holding that keys reach only after more hops than are followed.
func (c *checker) far() {
	places := c.inv.Places()
	hops := make([]int, len(places)) // 0 = not reached, else one more than the hops to it
	var at []int
	for i, p := range places {
		if p.Holding.Identifies {
			hops[i], at = 1, append(at, i)
		}
	}
	for ; len(at) > 0; at = at[1:] {
		p := places[at[0]]
		for i, q := range places {
			if hops[i] > 0 || !slices.ContainsFunc(slices.Collect(maps.Keys(p.Holding.Yields)), func(kind string) bool { return p.leadsTo(q, kind) }) {
				continue
			}
			hops[i], at = hops[at[0]]+1, append(at, i)
			c.need(hops[i]-1 <= MaxHops, c.spotOf(q).in("keys"), "Let a holding that is nearer to the person yield its key", "the keys of a person lead here only after %d steps, and %d are followed", hops[i]-1, MaxHops)
		}
	}
}

// spotOf is where a holding stands in the file.
func (c *checker) spotOf(p Place) spot {
	for i := range c.inv.Systems {
		s := &c.inv.Systems[i]
		for j := range s.Holdings {
			if &s.Holdings[j] == p.Holding {
				return spot{}.item("systems", i, s.ID).item("holdings", j, p.Holding.ID)
			}
		}
	}
	return spot{}
}

// code demands a name of ours that stands once.
func (c *checker) code(at spot, id string, twice bool) {
	c.need(codePattern.MatchString(id), at.in("id"), "Use small letters, digits and hyphens, at most 40", "the id %q is not a code", id)
	c.need(!twice, at.in("id"), "Give one of the two another id", "%q is declared twice", id)
}

// controller checks what is there: what is missing is a warning, as only the
// record of processing needs it.
func (c *checker) controller() {
	at := spot{"/controller", "controller"}
	k := c.inv.Controller
	parties := []struct {
		at spot
		p  Party
	}{{at, k.Party}, {at.in("dpo"), k.DPO}, {at.in("representative"), k.Representative}}
	for i, p := range k.Joint {
		parties = append(parties, struct {
			at spot
			p  Party
		}{at.item("joint", i, "joint"), p})
	}
	for _, x := range parties {
		c.address(x.at, x.p.Email)
		c.need(x.p.Name != "" || x.p == Party{}, x.at.in("name"), "Give the name that goes with the address", "a party without a name")
	}
}

func (c *checker) address(at spot, email string) {
	a, err := mail.ParseAddress(email)
	c.need(email == "" || err == nil && a.Address == email, at.in("email"), "Write the address alone: privacy@example.nl", "the email is no bare e-mail address")
}

func (c *checker) recipient(id string, r Recipient) {
	at := code("recipients", id)
	c.need(codePattern.MatchString(id), at, "Use small letters, digits and hyphens, at most 40", "not a code")
	if r.Name == "" {
		c.blank(at, "name", "Recipients are told by name (C-154/21)")
	}
	c.need(country.MatchString(r.Country), at.in("country"), `Write the two capitals of ISO 3166, as "NL"`, "it needs a country, not %q", r.Country)
	c.oneOf(r.Kind, recipientKinds, at, "kind")
	if r.Kind == "processor" && r.Email == "" {
		c.blank(at, "email", "A processor is told by mail (Art. 19)")
	}
	c.address(at, r.Email)
	if r.Email != "" {
		c.oneOf(string(r.Language), []string{string(request.Dutch), string(request.English)}, at, "language")
	}
	c.need(!country.MatchString(r.Country) || Inside(r.Country) || r.Safeguard != nil, at.in("safeguard"),
		"Say what makes the transfer lawful: an adequacy decision, standard contractual clauses (Art. 45, 46, 49)", "%s is outside the European Economic Area and there is no safeguard", r.Country)
	if r.Safeguard != nil {
		c.words(at, "safeguard", r.Safeguard)
	}
}

func (c *checker) retention(id string, r Retention) {
	at := code("retention", id)
	c.words(at, "text", r.Text)
	if r.Source != nil {
		c.words(at, "source", r.Source)
	}
	c.need(r.Months > 0, at.in("months"), "Write the period as a number of months", "it needs a period in months")
	c.oneOf(r.OnErasure, onErasures, at, "onErasure")
	c.oneOf(r.EndAction, endActions, at, "endAction")
	if r.OnErasure != OnErasureErase {
		// E-2: nothing is kept without a ground.
		c.need(slices.Contains(grounds, r.Ground), at.in("ground"), "Use one of "+strings.Join(grounds, ", ")+", or onErasure: erase", "it keeps without a ground (E-2)")
		c.need(r.Law != "", at.in("law"), "Cite the article that obliges or allows you to keep it", "it keeps without a law (E-2)")
	}
}

func (c *checker) system(at spot, s *System) {
	c.words(at, "name", s.Name)
	c.oneOf(s.Kind, Kinds, at, "kind")
	c.need(s.Kind == Manual && s.Address == "" || settingName.MatchString(s.Address), at.in("address"), "Name the setting with the place of the system in capitals, as SYSTEM_SHOP", "the address names no setting: %q", s.Address)
	if s.Processor != "" {
		named(c, s.Processor, c.inv.Recipients, "recipients", at, "processor")
	}
	marks := slices.ContainsFunc(s.Holdings, func(h Holding) bool { return s.Kind != Manual && h.Marks() })
	for _, kind := range Dunning {
		if how := s.Freeze.Of(kind); how != "" {
			c.oneOf(how, freezes, at.in("freeze"), kind)
			c.need(how != FreezeMark || marks, at.in("freeze").in(kind), "Write task: a person stops it", "nothing in this system can be marked, so no mark stops its %s", kind)
		}
	}
	c.need(len(s.Holdings) > 0, at.in("holdings"), "Name its tables, prefixes or kinds of item", "the system has no holdings")
	seen := map[string]bool{}
	for i := range s.Holdings {
		h := &s.Holdings[i]
		c.need(!slices.Contains(s.Without, h.In()) && (h.Prefix == "" || !slices.Contains(s.Without, h.Prefix)), at.in("without"), "Take it out of one of the two", "%q is a holding, and without personal data too", h.ID)
		at := at.item("holdings", i, h.ID)
		c.code(at, h.ID, seen[h.ID])
		seen[h.ID] = true
		c.holding(at, s, h)
	}
}

func (c *checker) holding(at spot, s *System, h *Holding) {
	for _, w := range []struct {
		of string
		w  Words
	}{{"label", h.Label}, {"what", h.What}, {"purposes", h.Purposes}, {"source", h.Source}, {"transfers", h.Transfers}, {"automated", h.Automated}} {
		c.words(at, w.of, w.w)
	}
	if h.KeptAs != nil {
		c.words(at, "keptAs", h.KeptAs)
	}
	if h.Activity != nil {
		c.words(at, "activity", h.Activity)
	}
	if h.Subjects != nil {
		c.words(at, "subjects", h.Subjects)
	}
	c.oneOf(string(h.Relation), relations(), at, "relation")
	for _, r := range h.Also {
		c.need(slices.Contains(relations(), string(r)) && r != h.Relation, at.in("also"), "Use others than relation itself, out of "+strings.Join(relations(), ", "), "also: unknown relation %q", r)
	}
	c.oneOf(string(h.Role), []string{string(request.Controller), string(request.Processor)}, at, "role")
	// what we hold for clients must be told apart by client.
	c.need(h.Role != request.Processor || h.Client != "" || s.Kind == Manual, at.in("role"), "Name in client the column with the client's id (R-26)", "a processor's holding needs a client column")
	c.need(h.Role != request.Controller || h.Client == "", at.in("client"), "Take it out, or say role: processor", "a controller's holding has no client column")
	named(c, h.Basis, c.inv.Bases, "bases", at, "basis")
	named(c, h.Retention, c.inv.Retention, "retention", at, "retention")
	c.need(len(h.Recipients) > 0, at.in("recipients"), "Name who gets it, at least who stores it (X-2)", "no recipients")
	for _, r := range h.Recipients {
		named(c, r, c.inv.Recipients, "recipients", at, "recipients")
	}

	columns := map[string]*Column{}
	c.need(len(h.Columns) > 0, at.in("columns"), "Name every column; what is not named is never read (A42)", "no columns")
	for i := range h.Columns {
		col := &h.Columns[i]
		c.need(columns[col.Name] == nil, at.item("columns", i, col.Name).in("name"), "Take one of the two out", "the column is declared twice")
		columns[col.Name] = col
	}
	for i := range h.Columns {
		c.column(at.item("columns", i, h.Columns[i].Name), h, &h.Columns[i], columns)
	}
	if h.Screen != "" {
		c.oneOf(h.Screen, screens, at, "screen")
		reviewed := slices.ContainsFunc(h.Columns, func(col Column) bool { return col.Disclose == DiscloseReview })
		c.need(reviewed, at.in("screen"), "Say disclose: review where a column may hold others' data, or take screen out", "screen is for what a person reviews")
	}
	c.keys(at, s, h, columns)
	c.graph(at, s, h, columns)
	c.need(len(h.Stops) > 0 || h.Mark == "", at.in("mark"), "Say in stops which rights set it, or take it out: stops and mark come together", "a mark that nothing sets")
	c.need(len(h.Stops) == 0 || h.Mark != "", at.in("stops"), "Name in mark the column that is set: stops and mark come together", "a stop that sets no mark")
	c.has(columns, h.Mark, at, "mark")
	for _, r := range h.Stops {
		c.need(r.Stops(), at.in("stops"), "Use marketing-objection, consent-withdrawal or email-withdrawal", "%q stops nothing", r)
	}
	c.kind(at, s, h, columns)
}

// relations are those that a holding may have.
func relations() []string {
	var all []string
	for _, r := range request.Relations {
		if r != request.Unknown {
			all = append(all, string(r))
		}
	}
	return all
}

// has demands that a column that is named is declared.
func (c *checker) has(columns map[string]*Column, name string, at spot, field string) bool {
	ok := name == "" || columns[name] != nil
	c.need(ok, at.in(field), "Declare it under columns, or name one that is", "%s: unknown column %q", field, name)
	return ok && name != ""
}

func (c *checker) keys(at spot, s *System, h *Holding, columns map[string]*Column) {
	database := slices.Contains(Databases, s.Kind)
	c.need(len(h.Keys) > 0 || s.Kind == Manual, at.in("keys"), "Name the columns by which a person's rows are found", "no keys: nobody could be found in it")
	for _, kind := range slices.Sorted(maps.Keys(h.Keys)) {
		k, at := h.Keys[kind], at.in("keys").in(kind)
		c.need(codePattern.MatchString(kind), at, "Use small letters, digits and hyphens", "key %q: not a code", kind)
		c.need(columns[k.Column] != nil, at, "Declare it under columns, or name one that is", "key %s: unknown column %q", kind, k.Column)
		c.need(s.Kind == "dynamodb" || k.Index == "", at, "Take index out: a database picks its own", "key %s: only a table of DynamoDB is told its index", kind)
		c.need(!k.Fold || database || s.Kind == "https", at, "Take fold out", "key %s: only a database folds", kind)
		// Only the partition key is asked without an index: no scan but where the owner says so.
		direct := k.Index != "" || len(h.Primary) > 0 && h.Primary[0] == k.Column
		c.need(s.Kind != "dynamodb" || direct || k.Scan, at, "Name in index the index of the table on this column, or write scan: true", "key %s: needs an index", kind)
		c.need(!k.Scan || s.Kind == "dynamodb" && !direct, at, "Take scan out", "key %s: only a table of DynamoDB without an index on it is scanned", kind)
	}
	for _, p := range h.Primary {
		if c.has(columns, p, at, "primary") {
			c.need(!columns[p].Anonymise, at.in("primary"), "Take anonymise off that column", "primary: column %q cannot be emptied", p)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(h.Where)) {
		c.need(columns[name] != nil && !columns[name].Anonymise, at.in("where"), "Declare it under columns, without anonymise", "where: column %q is unknown or would be emptied", name)
	}
	c.has(columns, h.End, at, "end")
	on := c.inv.Retention[h.Retention].OnErasure
	c.need(s.Kind == Manual || h.End != "" || on == OnErasureErase || on == "", at.in("retention"), "Name in end the column with the date from which the period runs", "it keeps rows without a column to count from")
	c.has(columns, h.Client, at, "client")
	if h.Identifies {
		c.need(columns[h.Person] != nil, at.in("identifies"), "Name in person the key that tells two people apart (A15)", "it identifies without a person column")
	}
	c.need(h.Person == "" || h.PersonKind() != "", at.in("person"), "Name a column that stands under keys", "the person column %q is no key", h.Person)
}

// refers reports whether rows of h refer to those of a holding, in so many steps.
func (s *System) refers(h *Holding, id string, steps int) bool {
	return steps > 0 && slices.ContainsFunc(h.References, func(to string) bool {
		i := slices.IndexFunc(s.Holdings, func(o Holding) bool { return o.ID == to })
		return to == id || i >= 0 && s.refers(&s.Holdings[i], id, steps-1)
	})
}

// foundThrough demands that what a join finds through rows of h stands below it
// in the file, which an erasure goes through from the end: once those rows are
// gone, nobody finds what they led to.
func (c *checker) foundThrough(at spot, s *System, h *Holding, kind string) {
	from := Place{s, h}
	below := false
	for i := range s.Holdings {
		o := &s.Holdings[i]
		if o == h {
			below = true
		}
		if below || !from.leadsTo(Place{s, o}, kind) {
			continue
		}
		mutual := slices.ContainsFunc(slices.Collect(maps.Keys(o.Yields)), func(k string) bool { return o.Yields[k].Within && Place{s, o}.leadsTo(from, k) })
		remedy := "Move that holding below this one: an erasure goes through the file from the end"
		if s.refers(h, o.ID, len(s.Holdings)) {
			remedy = "Say atMost in place of within, so that the key is known before this goes, or take that key out there: these rows refer to those, which must stand above"
		}
		c.need(mutual, at, remedy, "yields %s: %q is found through it and would be erased after it", kind, o.ID)
	}
}

// graph checks what leads on: the keys that rows yield, and the rows that they refer to.
func (c *checker) graph(at spot, s *System, h *Holding, columns map[string]*Column) {
	database := slices.Contains(Databases, s.Kind)
	for _, kind := range slices.Sorted(maps.Keys(h.Yields)) {
		y, at := h.Yields[kind], at.in("yields").in(kind)
		c.need(codePattern.MatchString(kind), at, "Use small letters, digits and hyphens", "yields %q: not a code", kind)
		c.need(!slices.Contains(shared, kind), at, "Follow a number of yours instead", "yields %q: several people may have that in common (A15)", kind)
		c.need(columns[y.Column] != nil, at, "Declare it under columns, or name one that is", "yields %s: unknown column %q", kind, y.Column)
		c.need(y.AtMost >= 0, at, "Write how many are followed at most", "yields %s: a number below nought", kind)
		c.need(!y.Within || database, at, "Take within out", "yields %s: only a database joins", kind)
		if y.Within {
			c.foundThrough(at, s, h, kind)
		}
	}
	for _, id := range h.References {
		i := slices.IndexFunc(s.Holdings, func(o Holding) bool { return o.ID == id })
		j := slices.IndexFunc(s.Holdings, func(o Holding) bool { return o.ID == h.ID })
		c.need(i >= 0, at.in("references"), "Name holdings of the same system", "references %q: no holding of this system", id)
		// The order of the file is that of the references: no circle can be written.
		c.need(i < j, at.in("references"), "Move that holding up: the order of the file is the order in which rows exist", "references %q: name that holding before this one", id)
	}
	c.need(len(h.References) == 0 || database, at.in("references"), "Take them out", "references belong to databases")
	c.need(h.Table == "" || (database || s.Kind == "https") && tablePattern.MatchString(h.Table), at.in("table"), "Write it as table or schema.table, in a database or behind https only", "not a table: %q", h.Table)
}

// kind checks what the connector of the system asks of a holding.
func (c *checker) kind(at spot, s *System, h *Holding, columns map[string]*Column) {
	on := c.inv.Retention[h.Retention].OnErasure
	if s.Kind != "s3" && s.Kind != "imap" && s.Kind != Manual {
		files := (s.Kind == "https" || s.Kind == "opendsr") && h.Format == Objects
		c.need(h.Prefix == "" && (h.Format == "" || files), at.in("prefix"), "Take them out", "prefix and format belong to buckets and mailboxes")
		c.need(!files || h.Column("object") != nil && on == OnErasureErase, at.in("format"), "Declare a column object, and choose a retention with onErasure: erase", "files have a column object, and can only be erased")
	}
	switch {
	case s.Kind == Manual:
		c.paper(at, h)
	case s.Kind == "https":
		c.need(len(h.Primary) > 0, at.in("primary"), "Name the columns that make a row unique", "primary: a table needs a key, by which it is read in order")
		c.need(on != OnErasureRestrict || h.Marks(), at.in("unmarked"), "Add the column rightsdesk to the table and take unmarked out, or choose another retention", "what cannot be marked cannot be restricted")
	case s.Kind == "opendsr":
		c.need(on == OnErasureErase, at.in("retention"), "Choose a retention with onErasure: erase", "a processor can only be asked to erase")
		c.need(!h.Identifies, at.in("identifies"), "Take it out", "a processor cannot be asked who somebody is")
		c.need(h.Client == "", at.in("client"), "Say role: controller", "a processor cannot be asked for one client's data")
		c.need(len(h.Where) == 0 && len(h.Stops) == 0, at.in("where"), "Take them out", "where and stops belong to tables")
	case s.Kind == "imap":
		c.mailbox(at, h, on)
	case s.Kind == "dynamodb":
		c.need(len(h.Primary) == 1 || len(h.Primary) == 2, at.in("primary"), "Name the partition key, and the sort key if there is one", "primary: a table has one or two key columns")
	case slices.Contains(Databases, s.Kind):
		c.need(len(h.Primary) > 0, at.in("primary"), "Name the primary key, or columns that are unique together", "primary: a table needs a key, by which it is read in order")
		c.need(on != OnErasureRestrict || h.Marks(), at.in("unmarked"), "Add the column rightsdesk to the table and take unmarked out, or choose another retention", "what cannot be marked cannot be restricted")
	case s.Kind == "s3":
		c.need(strings.HasSuffix(h.Prefix, "/"), at.in("prefix"), "Write the folder with its stroke, as recordings/", "prefix must end in /")
		c.oneOf(h.Format, formats, at, "format")
		c.need(h.Format != Objects || (len(h.Keys) == 1 && columns["object"] != nil), at.in("keys"), "Keep one key, and declare a column object", "objects are found by one key in their name and have a column object")
		c.need(len(h.Where) == 0, at.in("where"), "Take it out", "where belongs to tables")
		c.need(h.Format != Objects || len(h.Stops) == 0, at.in("stops"), "Take them out", "an object carries no mark, so it stops nothing")
		c.need(h.Format != Objects || on == OnErasureErase, at.in("retention"), "Choose a retention with onErasure: erase", "objects can only be erased")
		c.need(on != OnErasureRestrict, at.in("retention"), "Choose another retention", "a bucket cannot restrict")
		for _, kind := range slices.Sorted(maps.Keys(h.Keys)) {
			col := columns[h.Keys[kind].Column]
			c.need(on == OnErasureErase || col == nil || !col.Anonymise, at.in("keys").in(kind), "Take anonymise off that column", "key %s: what is kept must be found at its end, so %q cannot be emptied", kind, h.Keys[kind].Column)
		}
	}
}

// paper checks a holding that only people can open: what they find comes as files.
func (c *checker) paper(at spot, h *Holding) {
	c.oneOf(h.Format, []string{Objects}, at, "format")
	for _, x := range []struct {
		field string
		empty bool
	}{
		{"prefix", h.Prefix == ""}, {"keys", len(h.Keys) == 0}, {"where", len(h.Where) == 0}, {"stops", len(h.Stops) == 0}, {"client", h.Client == ""},
		{"end", h.End == ""}, {"primary", len(h.Primary) == 0}, {"yields", len(h.Yields) == 0},
	} {
		c.need(x.empty, at.in(x.field), "Take it out", "%s is for what a connector reads; here an officer looks", x.field)
	}
	c.need(!h.Identifies, at.in("identifies"), "Take it out", "nobody is recognised by what only people can open")
	c.need(h.Column("object") != nil, at.in("columns"), "Declare it with disclose: review", "the column object, what was found, is not declared")
	for i, col := range h.Columns {
		c.need(slices.Contains(PaperColumns, col.Name), at.item("columns", i, col.Name).in("name"), "Use those of "+strings.Join(PaperColumns, ", "), "what is found by hand has no column %q", col.Name)
	}
}

// mailbox checks a holding of messages: its columns are those of every mail.
func (c *checker) mailbox(at spot, h *Holding, on string) {
	c.need(h.Prefix != "", at.in("prefix"), "Name the folder, as INBOX, or a set with *, as Archive/*", "prefix names no folder")
	c.oneOf(h.Format, []string{Objects}, at, "format")
	c.need(len(h.Keys) == 1 && h.Keys["email"].Column == "email", at.in("keys"), "Write keys: {email: {column: email}}", "messages are found by an address, in the column email")
	c.need(h.Client == "", at.in("client"), "Say role: controller; what a client must decide about does not belong in a mailbox (R-26)", "a mailbox does not tell clients apart")
	c.need(h.End == "" || h.End == "date", at.in("end"), "Write end: date", "the period of a message runs from its date")
	c.need(len(h.Where) == 0, at.in("where"), "Take it out", "where belongs to tables")
	c.need(len(h.Stops) == 0, at.in("stops"), "Take them out", "a message carries no mark, so it stops nothing")
	c.need(on == OnErasureErase, at.in("retention"), "Choose a retention with onErasure: erase", "a message can only be erased")
	c.need(h.Column("object") != nil, at.in("columns"), "Declare it with disclose: review", "the column object, the message itself, is not declared")
	for i, col := range h.Columns {
		at := at.item("columns", i, col.Name)
		c.need(slices.Contains(MailColumns, col.Name), at.in("name"), "Use those of "+strings.Join(MailColumns, ", "), "a message has no column %q", col.Name)
		// 15(4): in a mail there is always somebody else.
		c.need(col.Disclose != DiscloseYes || col.Name != "object" && col.Name != "bcc", at.in("disclose"), "Write disclose: review, reason: third-party", "a message is looked at before it leaves")
		c.need(col.Channel == "", at.in("channel"), "Take it out", "an address that only wrote to us is no channel on file (A11)")
	}
}

func (c *checker) column(at spot, h *Holding, col *Column, columns map[string]*Column) {
	c.need(columnPattern.MatchString(col.Name), at.in("name"), "Letters, digits and _ only; give the table a view with such names", "%q is not a column name that the desk can use", col.Name)
	c.need(col.Name != Bookkeeping, at.in("name"), "Take it out: the desk keeps its own marks there", "%q is not a column name of the owner's", col.Name)
	c.words(at, "label", col.Label)
	named(c, col.Category, c.inv.Categories, "categories", at, "category")
	c.need(slices.Contains(disclosures, col.Disclose), at.in("disclose"), `With quotes, as disclose: "yes"`, "disclose must be yes, review or no (A42)")
	switch col.Disclose {
	case DiscloseYes:
		c.need(col.Reason == "", at.in("reason"), "Take the reason out, or say review or no", "a reason with disclose yes")
	case DiscloseReview, DiscloseNo:
		_, ok := c.inv.Reasons[col.Reason]
		c.need(ok, at.in("reason"), "Use one of "+strings.Join(slices.Sorted(maps.Keys(c.inv.Reasons)), ", "), "disclose %s without a known reason (X-5)", col.Disclose)
	}
	if col.Screen != "" {
		c.oneOf(col.Screen, screens, at, "screen")
		c.need(col.Disclose == DiscloseReview, at.in("screen"), "Say disclose: review, or take screen out", "screen is for what a person reviews")
		c.need(col.Screen != ScreenPropose || col.Name != "object" || h.Format != Objects, at.in("screen"), "Say whole, or take it out", "no words can be found in a file")
	}
	if col.Is != "" {
		c.oneOf(col.Is, isKinds, at, "is")
	}
	if col.Channel != "" {
		c.oneOf(col.Channel, chanKind, at, "channel")
		c.need(col.Since != "", at.in("channel"), "Name it in since, or take channel out: no code is sent there then", "a channel needs the column with its date (A11)")
	}
	c.has(columns, col.Since, at, "since")
	if col.As != "" {
		c.oneOf(col.As, Strategies, at, "as")
		c.need(col.Anonymise, at.in("as"), "Add anonymise: true, or take it out", "a strategy for a column that is not anonymised")
	}
	c.need((col.As == Constant) == (col.Constant != ""), at.in("constant"), "Write both as: constant and constant: ..., or neither", "the strategy constant and what it writes come together")
	// A random value cannot be told from a real one: only a mark says it was done.
	c.need(col.As != Random || h.Marks(), at.in("as"), "Choose keyed, or add the column rightsdesk and take unmarked out", "random needs a holding that can be marked")
	for _, v := range slices.Sorted(maps.Keys(col.Values)) {
		c.words(at.in("values"), v, col.Values[v])
	}
}
