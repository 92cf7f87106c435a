package inventory

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"sync"

	"github.com/allclaims/rightsdesk/shared/request"
	"go.yaml.in/yaml/v3"
)

//go:embed systems.yaml
var systemsYAML []byte

// Default is the inventory that is built in: the demonstration systems.
var Default = sync.OnceValue(func() *Inventory {
	inv, err := Parse(systemsYAML)
	if err != nil {
		panic("inventory: systems.yaml: " + err.Error()) // a test parses it
	}
	return inv
})

// The answers of Column.Disclose.
const (
	DiscloseYes    = "yes"
	DiscloseReview = "review"
	DiscloseNo     = "no"
)

// The values of Retention.OnErasure.
const (
	OnErasureErase    = "erase"
	OnErasureKeep     = "keep"
	OnErasureRestrict = "restrict"
	OnErasureStrip    = "strip-and-keep"
)

// Kinds are the connectors that there are. The databases speak SQL.
var (
	Databases = []string{"postgres", "mysql", "sqlserver", "sqlite"}
	Kinds     = append([]string{"dynamodb", "s3", "https", "opendsr", "imap", "manual"}, Databases...)
)

// The strategies of Column.As. None can be undone but by guessing what it was:
// Year, Month and Area leave a part, Keyed leaves a sign by which equal values
// stay equal to whoever holds the key, Random leaves the form alone.
const (
	Constant = "constant" // the same for all
	Year     = "year"     // 2026-05-17 → 2026-01-01
	Month    = "month"    // 2026-05-17 → 2026-05-01
	Area     = "area"     // 3511 AB → 3511
	Keyed    = "keyed"    // an HMAC under the key of the desk
	Random   = "random"   // digits for digits, letters for letters
)

// Strategies lists them.
var Strategies = []string{Constant, Year, Month, Area, Keyed, Random}

// The formats of a holding in a bucket.
const (
	Objects = "object"
	Lines   = "lines"
)

// The reason codes that the desk gives itself: a column that the inventory
// does not name, what X-8 leaves out, and a system that another leg answers for.
const (
	NotDeclared = "not-declared"
	NotPortable = "not-portable"
	OtherPart   = "other-part"
)

var (
	codePattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
	columnPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,39}$`)
	tablePattern  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_ ]{0,62}(\.[A-Za-z_][A-Za-z0-9_ ]{0,62})?$`)
	settingName   = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
)

// isKinds are the meanings that a column may have for matching (A15). shared
// are kinds of key that several people may have in common: they never lead on.
var (
	isKinds  = []string{"birthdate", "customer", "file", "invoice", "name", "postcode"}
	chanKind = []string{"email", "phone", "post"}
	shared   = []string{"email", "ip", "phone"}
)

// Parse reads an inventory. It is strict: an unknown field, a reference that
// leads nowhere, a column without a flag or a text without both languages
// refuses the whole, and every fault is reported at once.
func Parse(data []byte) (*Inventory, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	var inv Inventory
	if err := dec.Decode(&inv); err != nil {
		return nil, fmt.Errorf("read the inventory: %w", err)
	}
	if err := dec.Decode(new(Inventory)); !errors.Is(err, io.EOF) {
		return nil, errors.New("read the inventory: more than one document")
	}
	c := checker{inv: &inv}
	c.inventory()
	if err := errors.Join(c.faults...); err != nil {
		return nil, fmt.Errorf("check the inventory: %w", err)
	}
	return &inv, nil
}

type checker struct {
	inv    *Inventory
	faults []error
}

func (c *checker) fault(at, format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf("%s: %s", at, fmt.Sprintf(format, args...)))
}

func (c *checker) need(ok bool, at, format string, args ...any) {
	if !ok {
		c.fault(at, format, args...)
	}
}

// words demands both languages and no other.
func (c *checker) words(at string, w Words) {
	for _, l := range Languages {
		c.need(w[l] != "", at, "no text in %q", l)
	}
	c.need(len(w) <= len(Languages), at, "a language that the desk does not speak")
}

func (c *checker) inventory() {
	inv := c.inv
	c.need(inv.Version != "", "version", "missing")
	c.need(len(inv.Systems) > 0, "systems", "none")
	for _, m := range []struct {
		of   string
		what map[string]Words
	}{{"categories", inv.Categories}, {"bases", inv.Bases}, {"reasons", inv.Reasons}} {
		for code, w := range m.what {
			c.words(m.of+"/"+code, w)
		}
	}
	for _, code := range []string{NotDeclared, NotPortable, OtherPart} {
		c.need(inv.Reasons[code] != nil, "reasons", "%s is missing", code)
	}
	for id, r := range inv.Recipients {
		at := "recipients/" + id
		c.need(codePattern.MatchString(id), at, "not a code")
		c.need(r.Name != "" && r.Country != "", at, "needs a name and a country")
		c.need(slices.Contains([]string{"processor", "client", "authority", "other"}, r.Kind), at, "unknown kind %q", r.Kind)
		c.need(r.Kind != "processor" || r.Email != "", at, "a processor is told by mail (Art. 19), so it needs an address")
		c.need(r.Email == "" || slices.Contains(Languages, r.Language), at, "unknown language %q", r.Language)
	}
	for code, r := range inv.Retention {
		c.retention("retention/"+code, r)
	}
	seen := map[string]bool{}
	for i := range inv.Systems {
		s := &inv.Systems[i]
		at := "systems/" + s.ID
		c.need(codePattern.MatchString(s.ID), at, "not a code")
		c.need(!seen[s.ID], at, "declared twice")
		seen[s.ID] = true
		c.system(at, s)
	}
}

func (c *checker) retention(at string, r Retention) {
	c.words(at, r.Text)
	c.need(r.Months > 0, at, "needs a period in months")
	c.need(slices.Contains([]string{OnErasureErase, OnErasureKeep, OnErasureRestrict, OnErasureStrip}, r.OnErasure), at, "unknown onErasure %q", r.OnErasure)
	c.need(slices.Contains([]string{"delete", "anonymise"}, r.EndAction), at, "unknown endAction %q", r.EndAction)
	if r.OnErasure != OnErasureErase {
		// E-2: nothing is kept without a ground.
		c.need(slices.Contains([]string{"tax", "file", "claims", "consent"}, r.Ground), at, "keeps without a ground (E-2)")
		c.need(r.Law != "", at, "keeps without a law (E-2)")
	}
}

func (c *checker) system(at string, s *System) {
	c.words(at+"/name", s.Name)
	c.need(slices.Contains(Kinds, s.Kind), at, "unknown kind %q", s.Kind)
	c.need(settingName.MatchString(s.Address), at, "address names no setting: %q", s.Address)
	if s.Processor != "" {
		_, ok := c.inv.Recipients[s.Processor]
		c.need(ok, at, "unknown processor %q", s.Processor)
	}
	c.need(len(s.Holdings) > 0, at, "no holdings")
	seen := map[string]bool{}
	for i := range s.Holdings {
		h := &s.Holdings[i]
		at := at + "/" + h.ID
		c.need(codePattern.MatchString(h.ID), at, "not a code")
		c.need(!seen[h.ID], at, "declared twice")
		seen[h.ID] = true
		c.holding(at, s, h)
	}
}

func (c *checker) holding(at string, s *System, h *Holding) {
	for _, w := range []struct {
		of string
		w  Words
	}{{"label", h.Label}, {"what", h.What}, {"purposes", h.Purposes}, {"source", h.Source}, {"transfers", h.Transfers}, {"automated", h.Automated}} {
		c.words(at+"/"+w.of, w.w)
	}
	if h.KeptAs != nil {
		c.words(at+"/keptAs", h.KeptAs)
	}
	c.need(h.Relation.Valid() && h.Relation != request.Unknown, at, "unknown relation %q", h.Relation)
	for _, r := range h.Also {
		c.need(r.Valid() && r != h.Relation && r != request.Unknown, at, "also: unknown relation %q", r)
	}
	c.need(h.Role == request.Controller || h.Role == request.Processor, at, "unknown role %q", h.Role)
	// what we hold for clients must be told apart by client.
	c.need((h.Role == request.Processor) == (h.Client != ""), at, "a processor's holding needs a client column, a controller's has none")
	_, ok := c.inv.Bases[h.Basis]
	c.need(ok, at, "unknown basis %q", h.Basis)
	_, ok = c.inv.Retention[h.Retention]
	c.need(ok, at, "unknown retention %q", h.Retention)
	c.need(len(h.Recipients) > 0, at, "no recipients: name them (X-2)")
	for _, r := range h.Recipients {
		_, ok := c.inv.Recipients[r]
		c.need(ok, at, "unknown recipient %q", r)
	}

	columns := map[string]*Column{}
	c.need(len(h.Columns) > 0, at, "no columns")
	for i := range h.Columns {
		col := &h.Columns[i]
		c.need(columns[col.Name] == nil, at, "column %q declared twice", col.Name)
		columns[col.Name] = col
	}
	for i := range h.Columns {
		c.column(at+"/"+h.Columns[i].Name, h, &h.Columns[i], columns)
	}

	c.need(len(h.Keys) > 0, at, "no keys: nobody could be found in it")
	for kind, k := range h.Keys {
		c.need(codePattern.MatchString(kind), at, "key %q: not a code", kind)
		c.need(columns[k.Column] != nil, at, "key %s: unknown column %q", kind, k.Column)
		c.need(s.Kind == "dynamodb" || k.Index == "", at, "key %s: only a table of DynamoDB is told its index", kind)
		c.need(!k.Fold || slices.Contains(Databases, s.Kind), at, "key %s: only a database folds", kind)
		// Only the partition key may be asked without an index: never a scan.
		c.need(s.Kind != "dynamodb" || k.Index != "" || (len(h.Primary) > 0 && h.Primary[0] == k.Column), at, "key %s: needs an index", kind)
	}
	for _, p := range h.Primary {
		col := columns[p]
		c.need(col != nil, at, "primary: unknown column %q", p)
		c.need(col == nil || !col.Anonymise, at, "primary: column %q cannot be emptied", p)
	}
	for name := range h.Where {
		c.need(columns[name] != nil && !columns[name].Anonymise, at, "where: column %q", name)
	}
	c.need(h.End == "" || columns[h.End] != nil, at, "end: unknown column %q", h.End)
	c.need(h.End != "" || c.inv.Retention[h.Retention].OnErasure == OnErasureErase, at, "keeps rows without a column to count from")
	c.need(h.Client == "" || columns[h.Client] != nil, at, "client: unknown column %q", h.Client)
	if h.Identifies {
		c.need(columns[h.Person] != nil, at, "identifies without a person column")
		c.need(h.PersonKind() != "", at, "the person column %q is no key", h.Person)
	} else {
		c.need(h.Person == "" || h.PersonKind() != "", at, "the person column %q is no key", h.Person)
	}
	for _, r := range h.Stops {
		c.need(r.Stops(), at, "%q stops nothing", r)
	}
	for kind, y := range h.Yields {
		c.need(codePattern.MatchString(kind) && !slices.Contains(shared, kind), at, "yields %q: several people may have that in common (A15)", kind)
		c.need(columns[y.Column] != nil, at, "yields %s: unknown column %q", kind, y.Column)
		c.need(y.AtMost >= 0, at, "yields %s: a number below nought", kind)
		c.need(!y.Within || slices.Contains(Databases, s.Kind), at, "yields %s: only a database joins", kind)
	}
	for _, id := range h.References {
		i := slices.IndexFunc(s.Holdings, func(o Holding) bool { return o.ID == id })
		j := slices.IndexFunc(s.Holdings, func(o Holding) bool { return o.ID == h.ID })
		c.need(i >= 0, at, "references %q: no holding of this system", id)
		// The order of the file is that of the references: no circle can be written.
		c.need(i < j, at, "references %q: name that holding before this one", id)
	}
	c.need(len(h.References) == 0 || slices.Contains(Databases, s.Kind), at, "references belong to databases")
	c.need(h.Table == "" || slices.Contains(Databases, s.Kind) && tablePattern.MatchString(h.Table), at, "not a table: %q", h.Table)
	c.need((len(h.Stops) > 0) == (h.Mark != ""), at, "stops and mark come together")
	c.need(h.Mark == "" || columns[h.Mark] != nil, at, "mark: unknown column %q", h.Mark)
	switch s.Kind {
	case "dynamodb":
		c.need(len(h.Primary) == 1 || len(h.Primary) == 2, at, "primary: a table has one or two key columns")
		c.need(h.Prefix == "" && h.Format == "", at, "prefix and format belong to buckets")
	case "postgres", "mysql", "sqlserver", "sqlite":
		c.need(len(h.Primary) > 0, at, "primary: a table needs a key, by which it is read in order")
		c.need(h.Prefix == "" && h.Format == "", at, "prefix and format belong to buckets")
		on := c.inv.Retention[h.Retention].OnErasure
		c.need(on != OnErasureRestrict || h.Marks(), at, "what cannot be marked cannot be restricted")
	case "s3":
		c.need(h.Prefix != "" && h.Prefix[len(h.Prefix)-1] == '/', at, "prefix must end in /")
		c.need(h.Format == Objects || h.Format == Lines, at, "unknown format %q", h.Format)
		c.need(h.Format != Objects || (len(h.Keys) == 1 && columns["object"] != nil), at, "objects are found by one key in their name and have a column object")
		c.need(len(h.Where) == 0, at, "where belongs to tables")
		c.need(h.Format != Objects || len(h.Stops) == 0, at, "an object carries no mark, so it stops nothing")
		on := c.inv.Retention[h.Retention].OnErasure
		c.need(h.Format != Objects || on == OnErasureErase, at, "objects can only be erased")
		c.need(on != OnErasureRestrict, at, "a bucket cannot restrict")
		for kind, k := range h.Keys {
			col := columns[k.Column]
			c.need(on == OnErasureErase || col == nil || !col.Anonymise, at, "key %s: what is kept must be found at its end, so %q cannot be emptied", kind, k.Column)
		}
	}
}

func (c *checker) column(at string, h *Holding, col *Column, columns map[string]*Column) {
	c.need(columnPattern.MatchString(col.Name) && col.Name != Bookkeeping, at, "not a column name")
	c.words(at, col.Label)
	_, ok := c.inv.Categories[col.Category]
	c.need(ok, at, "unknown category %q", col.Category)
	switch col.Disclose {
	case DiscloseYes:
		c.need(col.Reason == "", at, "a reason with disclose yes")
	case DiscloseReview, DiscloseNo:
		_, ok := c.inv.Reasons[col.Reason]
		c.need(ok, at, "disclose %s without a known reason (X-5)", col.Disclose)
	default:
		c.fault(at, "disclose must be yes, review or no (A42)")
	}
	c.need(col.Is == "" || slices.Contains(isKinds, col.Is), at, "unknown meaning %q", col.Is)
	c.need(col.Channel == "" || slices.Contains(chanKind, col.Channel), at, "unknown channel %q", col.Channel)
	c.need(col.Since == "" || columns[col.Since] != nil, at, "since: unknown column %q", col.Since)
	c.need(col.Channel == "" || col.Since != "", at, "a channel needs the column with its date (A11)")
	c.need(col.As == "" || col.Anonymise && slices.Contains(Strategies, col.As), at, "unknown strategy %q, or nothing to anonymise", col.As)
	c.need((col.As == Constant) == (col.Constant != ""), at, "the strategy constant and what it writes come together")
	// A random value cannot be told from a real one: only a mark says it was done.
	c.need(col.As != Random || h.Marks(), at, "random needs a holding that can be marked")
	for code, w := range col.Values {
		c.words(at+"/values/"+code, w)
	}
}
