package inventory

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed systems.yaml
var systemsYAML []byte

// Schema is the JSON Schema (2020-12) of an inventory, for editors.
//
//go:embed systems.schema.json
var Schema []byte

// Default is the inventory that is built in: the demonstration systems.
var Default = sync.OnceValue(func() *Inventory {
	inv, err := Parse(systemsYAML)
	if err != nil {
		panic("inventory: systems.yaml: " + err.Error()) // a test parses it
	}
	return inv
})

// BuiltIn is the text of Default.
func BuiltIn() []byte { return bytes.Clone(systemsYAML) }

// The answers of Column.Disclose.
const (
	DiscloseYes    = "yes"
	DiscloseReview = "review"
	DiscloseNo     = "no"
)

// The answers of Column.Screen and Holding.Screen.
const (
	ScreenPropose = "propose"
	ScreenWhole   = "whole"
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
	Kinds     = append([]string{"dynamodb", "s3", "https", "opendsr", "imap", Manual}, Databases...)
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

// MailColumns are what a mailbox tells of a message: the address by which it is
// the person's, its folder, its headers, its size in bytes, and the message itself.
var MailColumns = []string{"email", "folder", "from", "to", "cc", "bcc", "subject", "date", "size", "message_id", "object"}

// Manual is the kind of a system that only people can open.
const Manual = "manual"

// PaperColumns are what the desk knows of a file that an officer found in such
// a system: the day on which it was added, its size in bytes, and the file itself.
var PaperColumns = []string{"date", "size", "object"}

// The closed lists that have no name elsewhere.
var (
	disclosures    = []string{DiscloseYes, DiscloseReview, DiscloseNo}
	screens        = []string{ScreenPropose, ScreenWhole}
	onErasures     = []string{OnErasureErase, OnErasureKeep, OnErasureRestrict, OnErasureStrip}
	freezes        = []string{FreezeMark, FreezeTask}
	grounds        = []string{"tax", "file", "claims", "consent"}
	endActions     = []string{"delete", "anonymise"}
	recipientKinds = []string{"processor", "client", "authority", "other"}
	formats        = []string{Objects, Lines}
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
	columnPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)
	tablePattern  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_ ]{0,62}(\.[A-Za-z_][A-Za-z0-9_ ]{0,62})?$`)
	settingName   = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
	country       = regexp.MustCompile(`^[A-Z]{2}$`)
)

// isKinds are the meanings that a column may have for matching (A15). shared
// are kinds of key that several people may have in common: they never lead on.
// clues are the kinds that a person who asks can name.
var (
	isKinds  = []string{"birthdate", "customer", "file", "invoice", "name", "postcode"}
	chanKind = []string{"email", "phone", "post"}
	shared   = []string{"email", "ip", "phone"}
	clues    = []string{"customer", "email", "file", "invoice", "phone"}
)

// Parse reads an inventory. It is strict: an unknown field, a reference that
// leads nowhere, a column without a flag or a text without both languages
// refuses the whole, and every fault is reported at once, with its line.
func Parse(data []byte) (*Inventory, error) {
	inv, faults := read(data)
	if len(faults) == 0 {
		return inv, nil
	}
	all := make([]error, len(faults))
	for i, f := range locate(data, faults) {
		all[i] = errors.New(f.String())
	}
	return nil, fmt.Errorf("check the inventory: %w", errors.Join(all...))
}

// read decodes an inventory and lists its faults, not yet with their lines.
func read(data []byte) (*Inventory, []Finding) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	inv := new(Inventory)
	var faults []Finding
	if err := dec.Decode(inv); err != nil {
		typed := new(yaml.TypeError)
		if !errors.As(err, &typed) {
			return inv, []Finding{unreadable(err.Error())}
		}
		for _, e := range typed.Errors {
			faults = append(faults, unreadable(e))
		}
	} else if err := dec.Decode(new(Inventory)); !errors.Is(err, io.EOF) {
		return inv, []Finding{{What: "the file holds more than one document", Do: "Take out the line --- and what follows it"}}
	}
	c := checker{inv: inv}
	c.inventory()
	return inv, append(faults, c.found...)
}

var (
	lineOf    = regexp.MustCompile(`^(?:yaml: )?line (\d+): (?:cannot unmarshal .*? into |field |mapping key )?`)
	wrongType = regexp.MustCompile(`^(?:yaml: )?line \d+: cannot unmarshal (\S+) (?:` + "`" + `.*` + "`" + ` )?into (\S+)`)
	noField   = regexp.MustCompile(`field (\S+) not found in type (?:inventory\.)?(\S+)`)
	twice     = regexp.MustCompile(`mapping key "(.*)" already defined at line (\d+)`)
)

// unreadable puts a fault of the YAML reader in our words.
func unreadable(said string) Finding {
	f := Finding{What: said, Do: "Mend the YAML: look at the indentation, the colons and the quotes of this line and of the one before"}
	if m := lineOf.FindStringSubmatch(said); m != nil {
		f.Line, _ = strconv.Atoi(m[1])
		f.What = said[len(m[0]):]
	}
	if m := noField.FindStringSubmatch(said); m != nil {
		f.What = fmt.Sprintf("%s has no field %q", article(m[2]), m[1])
		f.Do = "Take it out, or spell it as the schema does: ctl inventory schema"
	} else if m := twice.FindStringSubmatch(said); m != nil {
		f.What = fmt.Sprintf("%q stands here for the second time; the first is on line %s", m[1], m[2])
		f.Do = "Keep one of the two"
	} else if m := wrongType.FindStringSubmatch(said); m != nil {
		f.What = fmt.Sprintf("this is %s where %s must stand", yamlWord(m[1]), goWord(m[2]))
		f.Do = "Write it in that form; docs/INVENTORY.md has an example of every field"
	}
	return f
}

func article(name string) string {
	name = strings.ToLower(name)
	if name == "inventory" {
		return "the file"
	}
	return "a " + name
}

func yamlWord(tag string) string {
	if w, ok := map[string]string{"!!str": "a text", "!!seq": "a list", "!!map": "a group of fields", "!!int": "a number", "!!bool": "true or false", "!!float": "a number", "!!timestamp": "a date without quotes"}[tag]; ok {
		return w
	}
	return tag
}

func goWord(name string) string {
	switch {
	case name == "int":
		return "a whole number"
	case name == "bool":
		return "true or false"
	case strings.HasPrefix(name, "[]"):
		return "a list"
	case strings.HasSuffix(name, "Words"):
		return "a text in both languages, {nl: ..., en: ...}"
	case strings.HasPrefix(name, "map["), strings.HasPrefix(name, "inventory."):
		return "a group of fields"
	}
	return "a text"
}
