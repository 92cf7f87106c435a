package survey

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// Draft writes the first inventory of a system from what it has. Names, types,
// keys and foreign keys come from the system; what only the owner knows
// (whose data, what for, how long) is left as comments to fill in, which
// inventory.Check then asks for one by one. No column may leave until somebody
// says so.
func Draft(id, kind, address string, live systems.Schema) []byte {
	d := draft{live: live, kind: kind, personal: map[string]bool{}}
	d.look()
	d.printf("# yaml-language-server: $schema=systems.schema.json\n# A draft of %s. Fill in what stands behind a # and take the # away; then\n# go run ./infra/ctl inventory check -f THIS. docs/INVENTORY.md explains each field.\n", id)
	d.printf("version: \"1\"\n\ncontroller:\n  name: \"\" # your company, with its address and email\n\n# security: {nl: ..., en: ...} # the measures in a sentence or two (Art. 30(1)(g))\n\n")
	d.lists()
	d.printf("recipients:\n  host:\n    {name: \"\", kind: processor, country: NL, email: \"\", language: nl} # who runs the system; who else gets data stands below it\n\n")
	d.printf("systems:\n  - id: %s\n    name: {nl: %s, en: %s}\n    kind: %s\n    address: %s\n    processor: host\n", id, words(id), words(id), kind, address)
	if none := d.without(); len(none) > 0 {
		d.printf("    # No column of these looks like personal data. Look at each: what stands here is never read.\n    without:\n")
		for _, t := range none {
			d.printf("      - %q%s\n", t.Name, map[bool]string{true: " # a view: its tables are what counts"}[t.View])
		}
	}
	d.printf("    holdings:\n")
	for _, t := range d.ordered() {
		d.holding(t)
	}
	return d.Bytes()
}

type draft struct {
	bytes.Buffer
	live systems.Schema
	kind string
	// personal are the tables that hold personal data, or belong to one that does.
	personal map[string]bool
}

func (d *draft) printf(format string, args ...any) { fmt.Fprintf(d, format, args...) }

// lists copies the codes of the built-in inventory: they fit most owners.
func (d *draft) lists() {
	built := string(inventory.BuiltIn())
	part := func(from, to string) string {
		i := strings.Index(built, "\n"+from+":\n") + 1
		j := strings.Index(built, "\n"+to+":\n") + 1
		return built[i:j]
	}
	lists := part("categories", "recipients")
	lists = strings.Replace(lists, "  preferences:", "  other: {nl: Overige gegevens, en: Other data}\n  preferences:", 1)
	d.WriteString(lists)
	d.WriteString(part("retention", "systems"))
}

// guesses are what the name of a column tells, the first that fits.
var guesses = []struct {
	name     *regexp.Regexp
	category string
	key      string // the kind of key, "" = none
	is       string
	channel  bool
	person   bool // that a table has it makes it one of people
}{
	{regexp.MustCompile(`(^|_)(e_?mail|email_?address|mail)(_|$)`), "contact", "email", "", true, true},
	{regexp.MustCompile(`(^|_)(phone|telephone|mobile|telefoon|gsm|fax)`), "contact", "phone", "", false, true},
	{regexp.MustCompile(`(first|last|sur|given|family|full|middle|contact|voor|achter)_?(name|naam)`), "name", "", "name", false, true},
	{regexp.MustCompile(`(birth|geboorte|dob)`), "birth", "", "birthdate", false, true},
	{regexp.MustCompile(`(iban|account_?(no|number)|rekening|card_?(no|number)|kaartn)`), "account", "", "", false, true},
	{regexp.MustCompile(`(bsn|ssn|passport)`), "number", "", "", false, true},
	{regexp.MustCompile(`(post_?code|postal|zip)`), "address", "", "postcode", false, true},
	{regexp.MustCompile(`(^|_)id$`), "number", "", "", false, false},
	{regexp.MustCompile(`(address|street|(^|_)house|straat|huisn|adres|city|town|plaats|country|state|region|district)`), "address", "", "", false, false},
	{regexp.MustCompile(`(^|_)ip(_|$)`), "online", "ip", "", false, true},
	{regexp.MustCompile(`(amount|price|total|bedrag|vat|btw|paid|payment|invoice|factuur|salary)`), "finance", "", "", false, false},
	{regexp.MustCompile(`(note|remark|comment|message|text|description|opmerking)`), "correspondence", "", "", false, false},
	{regexp.MustCompile(`(password|passwd|secret|token|salt|hash)`), "online", "", "", false, true},
	{regexp.MustCompile(`(name|naam|title|company|bedrijf)`), "name", "", "", false, false},
	{regexp.MustCompile(`(_id|number|code|_no|nummer)$|^id$`), "number", "", "", false, false},
}

func guess(f systems.Field) (category, key, is string, channel, person bool) {
	n := snake(f.Name)
	for _, g := range guesses {
		if !g.name.MatchString(n) {
			continue
		}
		if g.key != "" && (form(f.Type) == date || form(f.Type) == truth) {
			return g.category, "", "", false, g.person // since when an address is known, not the address
		}
		return g.category, g.key, g.is, g.channel, g.person
	}
	return "other", "", "", false, false
}

// guarded are the names of what nobody may have, not even whose it is.
var guarded = regexp.MustCompile(`(password|passwd|secret|salt)`)

// snake writes CustomerId as customer_id.
func snake(name string) string {
	var b strings.Builder
	low := false
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			if low {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
			low = false
		} else {
			low = r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		}
		if r == ' ' || r == '-' || r == '.' {
			r = '_'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// words writes a name as people do: CustomerId as "Customer id".
func words(name string) string {
	w := strings.ReplaceAll(snake(name), "_", " ")
	if w == "" {
		return `""`
	}
	return fmt.Sprintf("%q", strings.ToUpper(w[:1])+w[1:])
}

var noCode = regexp.MustCompile(`[^a-z0-9]+`)

// code makes an id or a kind of key of a name.
func code(name string) string {
	c := strings.Trim(noCode.ReplaceAllString(snake(name), "-"), "-")
	return c[:min(40, len(c))]
}

// kindOf is the kind of key that leads to the rows of a table: customers → customer.
func kindOf(table string) string {
	_, name, ok := strings.Cut(table, ".")
	if !ok {
		name = table
	}
	k := code(name)
	switch {
	case strings.HasSuffix(k, "ies"):
		return k[:len(k)-3] + "y"
	case strings.HasSuffix(k, "ses"), strings.HasSuffix(k, "xes"):
		return k[:len(k)-2]
	case strings.HasSuffix(k, "s") && !strings.HasSuffix(k, "ss"):
		return k[:len(k)-1]
	}
	return k
}

// look finds the tables of people, and those that belong to them.
func (d *draft) look() {
	for _, t := range d.live.Tables {
		d.personal[t.Name] = d.people(t) || d.kind == "s3" || d.kind == "dynamodb"
	}
	for changed := true; changed; {
		changed = false
		for _, t := range d.live.Tables {
			for _, f := range t.ForeignKeys {
				if d.personal[f.Table] && !d.personal[t.Name] {
					d.personal[t.Name], changed = true, true
				}
			}
			if len(d.alike(t)) > 0 && !d.personal[t.Name] {
				d.personal[t.Name], changed = true, true
			}
		}
	}
}

// alike are the columns of t that bear the name of one by which rows elsewhere
// refer to people's data, and to which table: a log often has the number of a
// member and no foreign key.
func (d *draft) alike(t systems.Table) map[string]string {
	to := map[string]string{}
	for _, o := range d.live.Tables {
		for _, f := range o.ForeignKeys {
			if len(f.Columns) != 1 || !d.personal[f.Table] || f.Table == t.Name || f.Table == o.Name {
				continue
			}
			name := f.Columns[0]
			own := slices.ContainsFunc(t.ForeignKeys, func(x systems.ForeignKey) bool { return slices.Contains(x.Columns, name) })
			if t.Column(name) != nil && !own && snake(name) != "id" {
				to[name] = f.Table
			}
		}
	}
	return to
}

// people reports whether the rows of a table are people.
func (d *draft) people(t systems.Table) bool {
	return slices.ContainsFunc(t.Columns, func(f systems.Field) bool {
		_, _, _, _, person := guess(f)
		return person
	})
}

// asked reports whether people can be recognised in a table.
func (d *draft) asked(t systems.Table) bool {
	return len(t.Primary) == 1 && slices.ContainsFunc(t.Columns, func(f systems.Field) bool {
		_, key, _, channel, _ := guess(f)
		return key == "email" && channel
	})
}

func (d *draft) without() []systems.Table {
	return slices.DeleteFunc(slices.Clone(d.live.Tables), func(t systems.Table) bool { return d.personal[t.Name] && !t.View })
}

// ordered puts a table behind those that it refers to. In a circle of
// references the first that was met comes first.
func (d *draft) ordered() []systems.Table {
	var all []systems.Table
	seen := map[string]bool{}
	var visit func(t systems.Table)
	visit = func(t systems.Table) {
		if seen[t.Name] || !d.personal[t.Name] || t.View {
			return
		}
		seen[t.Name] = true
		for _, f := range t.ForeignKeys {
			if to := d.live.Table(f.Table); to != nil {
				visit(*to)
			}
		}
		all = append(all, t)
	}
	for _, t := range d.live.Tables {
		visit(t)
	}
	return all
}

// referred lists the tables of people's data that refer to t.
func (d *draft) referred(t systems.Table) []string {
	var by []string
	for _, o := range d.live.Tables {
		if o.Name != t.Name && d.personal[o.Name] && slices.ContainsFunc(o.ForeignKeys, func(f systems.ForeignKey) bool { return f.Table == t.Name }) {
			by = append(by, o.Name)
		}
	}
	return by
}

func (d *draft) holding(t systems.Table) {
	id := code(t.Name)
	if id == "" {
		id = "items"
	}
	d.printf("      - id: %s\n", id)
	database := slices.Contains(inventory.Databases, d.kind)
	if database && id != t.Name {
		d.printf("        table: %q\n", t.Name)
	}
	if d.kind == "s3" {
		d.printf("        prefix: %q\n        # format: object # or lines\n", t.Name)
	}
	d.printf("        label: {nl: %s, en: %s}\n", words(t.Name), words(t.Name))
	d.printf("        # what: {nl: ..., en: ...} # what it is, in one sentence to the person whose data it is\n")
	d.printf("        # relation: client # whose data: debtor, client, prospect, website_visitor, newsletter, intermediary, other_contact\n")
	d.printf("        role: controller\n")
	if len(t.Primary) > 0 {
		d.printf("        primary: [%s]\n", strings.Join(t.Primary, ", "))
	} else {
		d.printf("        # primary: [] # the table has no primary key: make one, or name columns that a unique index keeps apart\n")
	}
	d.keys(t, database)
	d.references(t)
	if database && t.Column(inventory.Bookkeeping) == nil {
		d.printf("        unmarked: true # the table has no column rightsdesk\n")
	}
	d.printf("        # purposes: {nl: ..., en: ...} # what you use it for\n        # basis: contract # consent, contract, legal-obligation, legitimate-interest\n        # source: {nl: ..., en: ...} # from whom you have it\n        recipients: [host]\n        # retention: RET-02 # the code of a period above\n")
	for _, f := range t.Columns {
		if form(f.Type) == date && !strings.Contains(snake(f.Name), "birth") {
			d.printf("        # end: %s # the date from which the period runs\n", f.Name)
		}
	}
	d.printf("        # transfers: {nl: ..., en: ...} # which countries outside the EU it goes to, or that it goes to none\n        # automated: {nl: ..., en: ...} # whether a computer decides by it\n")
	d.printf("        columns:\n")
	for _, f := range t.Columns {
		if f.Name == inventory.Bookkeeping {
			continue
		}
		d.column(t, f)
	}
}

// keys guesses how people are found: by address where rows are people, by the
// number of their row elsewhere.
func (d *draft) keys(t systems.Table, database bool) {
	keys, doubts := map[string]string{}, map[string]string{}
	asked := d.asked(t)
	add := func(kind, column string, sure bool) {
		if sure && keys[kind] == "" {
			keys[kind] = column
		} else if keys[kind] != column {
			doubts[kind] = column
		}
	}
	for _, f := range t.Columns {
		_, key, _, _, _ := guess(f)
		// An address is worth an index; anything else is a key where it has one.
		indexed := slices.ContainsFunc(t.Indexes, func(ix systems.Index) bool { return leads(ix.Columns, f.Name) })
		if key == "email" || key != "" && (indexed || d.kind == "s3") {
			add(key, f.Name, true)
		}
	}
	if len(t.Primary) == 1 && (asked || len(d.referred(t)) > 0) {
		add(kindOf(t.Name), t.Primary[0], true)
	}
	owners := map[string]bool{}
	for _, f := range t.ForeignKeys {
		if d.personal[f.Table] && len(f.Columns) == 1 && f.Table != t.Name {
			// Whose rows are people themselves: they need not be those of the other.
			add(kindOf(f.Table), f.Columns[0], !d.people(t) || !asked)
			owners[f.Table] = true
		}
	}
	alike := d.alike(t)
	for _, column := range slices.Sorted(maps.Keys(alike)) {
		add(kindOf(alike[column]), column, true)
		owners[alike[column]] = true
	}
	if len(keys) == 0 {
		d.printf("        # keys: {} # the columns by which a person's rows are found\n")
	} else {
		d.printf("        keys:%s\n", map[bool]string{true: " # a row stands in the copy of everybody to whom one of these leads: leave those whose row it is"}[len(owners) > 1])
		for _, kind := range slices.Sorted(maps.Keys(keys)) {
			d.printf("          %s: {column: %s%s}\n", kind, keys[kind], d.how(t, kind, keys[kind], database))
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(doubts)) {
		d.printf("          # %s: {column: %s} # only where a row is about that person too\n", kind, doubts[kind])
	}
	if asked {
		d.printf("        identifies: true\n        person: %s\n", t.Primary[0])
		return
	}
	if len(t.Primary) == 1 && len(d.referred(t)) > 0 {
		within := ""
		if database {
			within = ", within: true"
		}
		d.printf("        yields: {%s: {column: %s%s}}\n", kindOf(t.Name), t.Primary[0], within)
	}
}

// how says how a column is asked for.
func (d *draft) how(t systems.Table, kind, column string, database bool) string {
	if !database {
		for _, ix := range t.Indexes {
			if len(ix.Columns) > 0 && ix.Columns[0] == column {
				return ", index: " + ix.Name
			}
		}
		return ""
	}
	if f := t.Column(column); kind == "email" && f != nil && form(f.Type) == text {
		return ", fold: true"
	}
	return ""
}

func (d *draft) references(t systems.Table) {
	var to []string
	for _, f := range t.ForeignKeys {
		if id := code(f.Table); d.personal[f.Table] && f.Table != t.Name && !slices.Contains(to, id) {
			to = append(to, id)
		}
	}
	if len(to) > 0 {
		d.printf("        references: [%s]\n", strings.Join(to, ", "))
	}
}

// family is what the column of a last name is called, given that of a first name.
var (
	family = regexp.MustCompile(`last|sur|family|achter`)
	given  = regexp.MustCompile(`first|given|voor`)
)

// firstOf reports whether f is a first name that stands before the last name:
// what is the name is joined in the order of the columns.
func (d *draft) firstOf(t systems.Table, f systems.Field) bool {
	at := func(is *regexp.Regexp) int {
		return slices.IndexFunc(t.Columns, func(o systems.Field) bool {
			_, _, kind, _, _ := guess(o)
			return kind == "name" && is.MatchString(snake(o.Name))
		})
	}
	first, last := at(given), at(family)
	return first >= 0 && first < last && t.Columns[first].Name == f.Name
}

func (d *draft) column(t systems.Table, f systems.Field) {
	category, _, is, channel, _ := guess(f)
	also := ""
	if is == "name" && !d.firstOf(t, f) && slices.ContainsFunc(t.Columns, func(o systems.Field) bool {
		_, _, other, _, _ := guess(o)
		if mine, theirs := family.MatchString(snake(f.Name)), family.MatchString(snake(o.Name)); mine != theirs {
			return other == "name" && theirs
		}
		return other == "name" && o.Name < f.Name
	}) {
		is = "" // people are recognised by the last name, and the first where it stands before that
	}
	if is != "" {
		also += ", is: " + is
	}
	reason := inventory.NotDeclared
	if guarded.MatchString(snake(f.Name)) {
		reason = "security"
	}
	d.printf("          - {name: %s, label: {nl: %s, en: %s}, category: %s, disclose: \"no\", reason: %s%s}", f.Name, words(f.Name), words(f.Name), category, reason, also)
	d.printf(" # %s", f.Type)
	if !f.Nullable {
		d.printf(", never empty")
	}
	if channel && d.asked(t) {
		d.printf("; channel: email, since: ... where a column tells since when")
	}
	d.printf("\n")
}
