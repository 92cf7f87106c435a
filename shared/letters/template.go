package letters

import (
	"embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/allclaims/rightsdesk/shared/grounds"
	"github.com/allclaims/rightsdesk/shared/request"
)

//go:embed templates
var files embed.FS

// lineKind is what a line of a template is on paper.
type lineKind int

const (
	textLine lineKind = iota
	headingLine
	itemLine
	factLine
	// listLine is one placeholder alone on its line that holds a list: one
	// item, or one paragraph, for each of its values.
	listLine
	// codeLine is the code, alone on its line.
	codeLine
)

// part is a piece of a line: words, a placeholder, or an optional stretch that
// is left out when a placeholder in it is empty.
type part struct {
	words    string
	name     string
	optional []part
}

type line struct {
	kind  lineKind
	parts []part
}

// term is one name of a condition; cond holds when of each group one holds.
type term struct {
	name string
	not  bool
}
type cond [][]term

type row struct {
	id    string
	when  cond
	block string
	// perKept repeats the block for every Kept with that ground.
	perKept string
	lines   []line
}

// form is one kind in one language.
type form struct {
	version string
	rows    []row
}

// block is a fixed text that several letters share.
type block struct {
	version string
	lines   []line
}

// book is everything in one language.
type book struct {
	templates map[Kind]form
	blocks    map[string]block
	// choices are words for codes, as contact_kind=email.
	choices map[string]string
}

// shelf is everything that the templates say: a book a language, and the kinds
// with the placeholders that they take.
type shelf struct {
	books map[request.Language]book
	kinds []Info
}

// read reads both languages once, when the first letter is asked: most
// functions link this package and write none. A template that cannot be read
// is a fault of the build, not of an order; TestEveryTemplateLoads is there to
// find it before anything is built.
var read = sync.OnceValue(mustLoad)

func mustLoad() shelf {
	out := map[request.Language]book{}
	for _, lang := range Languages {
		b, err := load(lang)
		if err != nil {
			panic("letters: " + err.Error())
		}
		out[lang] = b
	}
	if err := alike(out[request.Dutch], out[request.English]); err != nil {
		panic("letters: " + err.Error())
	}
	full := slices.Clone(kinds)
	for i := range full {
		full[i].Placeholders = placeholdersOf(out[request.Dutch], full[i].Kind)
	}
	return shelf{books: out, kinds: full}
}

func load(lang request.Language) (book, error) {
	b := book{templates: map[Kind]form{}, blocks: map[string]block{}, choices: map[string]string{}}
	folder := "templates/" + string(lang) + "/"
	raw, err := files.ReadFile(folder + "blocks.txt")
	if err != nil {
		return b, fmt.Errorf("reading blocks: %w", err)
	}
	if err := b.readBlocks(string(raw)); err != nil {
		return b, fmt.Errorf("%sblocks.txt: %w", folder, err)
	}
	b.readGrounds(lang)
	for id, words := range b.choices {
		if _, err := parseParts(words); err != nil {
			return b, fmt.Errorf("%sblocks.txt: code %s: %w", folder, id, err)
		}
	}
	for _, info := range kinds {
		name := folder + string(info.Kind) + ".txt"
		raw, err := files.ReadFile(name)
		if err != nil {
			return b, fmt.Errorf("reading template: %w", err)
		}
		t, err := readTemplate(string(raw))
		if err == nil {
			err = b.validate(info, t)
		}
		if err != nil {
			return b, fmt.Errorf("%s: %w", name, err)
		}
		b.templates[info.Kind] = t
	}
	return b, nil
}

// section is the text under one @ line.
type section struct{ head, body string }

func sections(text string) (version string, out []section) {
	for _, l := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(l, "//"):
		case strings.HasPrefix(l, "version "):
			version = strings.TrimPrefix(l, "version ")
		case strings.HasPrefix(l, "@ "):
			out = append(out, section{head: strings.TrimSpace(l[2:])})
		case len(out) > 0:
			out[len(out)-1].body += l + "\n"
		}
	}
	for i := range out {
		out[i].body = strings.TrimSpace(out[i].body)
	}
	return version, out
}

func readTemplate(text string) (form, error) {
	version, secs := sections(text)
	if version == "" {
		return form{}, errors.New("no version")
	}
	t := form{version: version}
	for _, s := range secs {
		id, condition, _ := strings.Cut(s.head, " ")
		r := row{id: id}
		var err error
		if r.when, err = parseCondition(condition); err != nil {
			return t, fmt.Errorf("row %s: %w", id, err)
		}
		if rest, ok := strings.CutPrefix(s.body, "→ "); ok {
			r.block, rest, _ = strings.Cut(rest, " ")
			if rest != "" {
				var ok bool
				if r.perKept, ok = strings.CutPrefix(rest, "per kept "); !ok {
					return t, fmt.Errorf("row %s: cannot read %q after the block", id, rest)
				}
			}
		} else if r.lines, err = parseLines(s.body); err != nil {
			return t, fmt.Errorf("row %s: %w", id, err)
		}
		t.rows = append(t.rows, r)
	}
	return t, nil
}

// readBlocks reads blocks.txt: "@ BLK-ID 1" is a block and its version,
// "@ contact_kind=email" the words for a code.
func (b *book) readBlocks(text string) error {
	_, secs := sections(text)
	for _, s := range secs {
		if strings.Contains(s.head, "=") {
			b.choices[s.head] = s.body
			continue
		}
		id, version, ok := strings.Cut(s.head, " ")
		if !ok {
			return fmt.Errorf("block %s has no version", id)
		}
		if _, twice := b.blocks[id]; twice {
			return fmt.Errorf("block %s stands there twice", id)
		}
		lines, err := parseLines(s.body)
		if err != nil {
			return fmt.Errorf("block %s: %w", id, err)
		}
		b.blocks[id] = block{version: version, lines: lines}
	}
	return nil
}

// readGrounds takes the sentences of the law's closed lists from where the
// desk chooses: what an officer may decide and what a person reads are one table.
func (b *book) readGrounds(lang request.Language) {
	for _, g := range grounds.All() {
		if g.Refuses() {
			b.choices["grounds_list="+g.Code] = g.In(lang)
			continue
		}
		// A restriction is recorded by its code, or by the letter of Art. 18(1).
		b.choices["restriction_ground="+g.Code] = g.In(lang)
		b.choices["restriction_ground="+grounds.Restriction(g.Code)] = g.In(lang)
	}
	for name, list := range map[string][]grounds.Code{
		"extension_reason": grounds.Extensions, "lift_reason": grounds.Lifts, "held_reason": grounds.Flags, "exception_interest": grounds.Interests,
	} {
		for _, c := range list {
			b.choices[name+"="+c.Code] = c.In(lang)
		}
	}
}

var conditionTerm = regexp.MustCompile(`^!?[a-z0-9_]+$`)

// parseCondition reads "?a !b c|d": a, not b, and c or d.
func parseCondition(s string) (cond, error) {
	s, ok := strings.CutPrefix(strings.TrimSpace(s), "?")
	if !ok {
		if s != "" {
			return nil, fmt.Errorf("cannot read %q: a condition starts with ?", s)
		}
		return nil, nil
	}
	var c cond
	for _, group := range strings.Fields(s) {
		var g []term
		for _, name := range strings.Split(group, "|") {
			if !conditionTerm.MatchString(name) {
				return nil, fmt.Errorf("cannot read condition %q", name)
			}
			bare, not := strings.CutPrefix(name, "!")
			g = append(g, term{name: bare, not: not})
		}
		c = append(c, g)
	}
	return c, nil
}

func parseLines(text string) ([]line, error) {
	if text == "" {
		return nil, errors.New("no words")
	}
	var out []line
	for _, l := range strings.Split(text, "\n") {
		l = strings.TrimSpace(l)
		if l == "" {
			return nil, errors.New("empty line inside")
		}
		kind := textLine
		for prefix, k := range map[string]lineKind{"# ": headingLine, "- ": itemLine, "~ ": factLine} {
			if rest, ok := strings.CutPrefix(l, prefix); ok {
				kind, l = k, rest
				break
			}
		}
		parts, err := parseParts(l)
		if err != nil {
			return nil, err
		}
		if kind == textLine && len(parts) == 1 && parts[0].name != "" {
			switch placeholders[parts[0].name] {
			case listValue, paragraphsValue, itemsValue:
				kind = listLine
			case codeValue:
				kind = codeLine
			}
		}
		out = append(out, line{kind: kind, parts: parts})
	}
	return out, nil
}

var placeholderName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// parseParts splits a line at its placeholders and optional stretches, and
// refuses a placeholder that no value is known for.
func parseParts(s string) ([]part, error) {
	var out []part
	for s != "" {
		i := strings.IndexAny(s, "{[}]")
		if i < 0 {
			return append(out, part{words: s}), nil
		}
		if i > 0 {
			out = append(out, part{words: s[:i]})
			s = s[i:]
		}
		switch {
		case s[0] == '{':
			name, rest, ok := strings.Cut(s[1:], "}")
			if !ok || !placeholderName.MatchString(name) {
				return nil, fmt.Errorf("cannot read the placeholder at %q", s)
			}
			if _, known := placeholders[name]; !known {
				return nil, fmt.Errorf("no value is known for placeholder {%s}", name)
			}
			out, s = append(out, part{name: name}), rest
		case strings.HasPrefix(s, "[["):
			inner, rest, ok := strings.Cut(s[2:], "]]")
			if !ok {
				return nil, fmt.Errorf("an optional stretch is not closed at %q", s)
			}
			parts, err := parseParts(inner)
			if err != nil {
				return nil, err
			}
			out, s = append(out, part{optional: parts}), rest
		default:
			return nil, fmt.Errorf("a bracket too many at %q", s)
		}
	}
	return out, nil
}

// validate refuses a template that names an unknown block or condition, or
// that lacks a row that law.md §7 demands.
func (b book) validate(info Info, t form) error {
	have := map[string]bool{}
	for _, r := range t.rows {
		if have[r.id] && r.when == nil {
			return fmt.Errorf("row %s stands there twice without a condition", r.id)
		}
		have[r.id] = true
		if r.block != "" {
			if _, ok := b.blocks[r.block]; !ok {
				return fmt.Errorf("row %s: there is no block %s", r.id, r.block)
			}
		}
		for _, g := range r.when {
			for _, c := range g {
				_, value := placeholders[c.name]
				if !value && !slices.Contains(info.Cases, c.name) && !slices.Contains(info.Flags, c.name) && !slices.Contains(implied, c.name) {
					return fmt.Errorf("row %s: nothing is called %q that it could depend on", r.id, c.name)
				}
			}
		}
	}
	for _, id := range []string{"subject", "hello", "sign"} {
		if !have[id] {
			return fmt.Errorf("row %s is missing", id)
		}
	}
	for _, of := range info.Cases {
		for _, id := range info.MandatoryRows(of) {
			if !slices.ContainsFunc(strings.Split(id, "|"), func(one string) bool { return have[one] }) {
				return fmt.Errorf("mandatory row %s is missing", id)
			}
		}
	}
	return nil
}

// alike reports the first difference between the languages other than words:
// same rows in the same order, same conditions, same placeholders (W-28).
func alike(a, b book) error {
	for _, info := range kinds {
		x, y := a.templates[info.Kind], b.templates[info.Kind]
		if x.version != y.version || len(x.rows) != len(y.rows) {
			return fmt.Errorf("%s: versions or number of rows differ between the languages", info.Kind)
		}
		for i, r := range x.rows {
			if s := y.rows[i]; shape(r.id, r.when, r.block, r.perKept, r.lines) != shape(s.id, s.when, s.block, s.perKept, s.lines) {
				return fmt.Errorf("%s: row %s differs between the languages", info.Kind, r.id)
			}
		}
	}
	if len(a.blocks) != len(b.blocks) || len(a.choices) != len(b.choices) {
		return errors.New("number of blocks or of codes differs between the languages")
	}
	for id, x := range a.blocks {
		if y, ok := b.blocks[id]; !ok || shape(x.version, x.lines) != shape(y.version, y.lines) {
			return fmt.Errorf("block %s differs between the languages", id)
		}
	}
	for id := range a.choices {
		if _, ok := b.choices[id]; !ok {
			return fmt.Errorf("code %s has no words in English", id)
		}
	}
	return nil
}

// shape describes a row without its words.
func shape(of ...any) string {
	var s []string
	for _, v := range of {
		lines, ok := v.([]line)
		if !ok {
			s = append(s, fmt.Sprint(v))
			continue
		}
		var names []string
		for _, l := range lines {
			s = append(s, fmt.Sprint(l.kind))
			names = append(names, namesIn(l.parts)...)
		}
		slices.Sort(names)
		s = append(s, slices.Compact(names)...)
	}
	return strings.Join(s, " ")
}

func namesIn(parts []part) []string {
	var out []string
	for _, p := range parts {
		if p.name != "" {
			out = append(out, p.name)
		}
		out = append(out, namesIn(p.optional)...)
	}
	return out
}

// placeholdersOf lists what the rows of a kind and their blocks take.
func placeholdersOf(b book, k Kind) []string {
	var out []string
	for _, r := range b.templates[k].rows {
		lines := r.lines
		if r.block != "" {
			lines = b.blocks[r.block].lines
		}
		for _, l := range lines {
			out = append(out, namesIn(l.parts)...)
		}
		for _, g := range r.when {
			for _, c := range g {
				if _, ok := placeholders[c.name]; ok {
					out = append(out, c.name)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
