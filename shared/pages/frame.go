package pages

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/request"
)

//go:embed templates
var ownTemplates embed.FS

// Frame is what stands around the content of a page.
type Frame struct {
	Lang request.Language
	// Title is the whole content of <title>.
	Title string
	// Style is the address of the stylesheet: the site's base path + StylePath.
	// Inline puts it into the page too, for who has not got it yet (Arrives).
	Style  string
	Inline bool
	// Name and Home are the name of the site and the address of its first page.
	Name, Home string
	// Work turns on the dense look of desk and client.
	Work bool
	// Nav are the tabs beside the name; Who and SignOut (an address to POST to)
	// say who is signed in.
	Nav               []Link
	Who               string
	SignOut, SignText string
	// Switch is the language switch; nil = none.
	Switch *Switch
	// Back is the address of the previous step; "" = none.
	Back string
	// Step is "Stap 2 van 5" above the form; "" = none.
	Step string
	// Faults is the box above the form: what to mend, each with its place.
	Faults []Fault
	// Told is a notice on top about what was just done; nil = none.
	Told *Notice
	// Help is the block at the foot, the same on every page (WCAG 3.2.6).
	Help *Help
	// Foot are links under the help block.
	Foot []Link
}

// Link is an address with its words. Current marks the tab of this page, Within
// that of the pages to which it belongs.
type Link struct {
	Address, Text   string
	Current, Within bool
	// Outside opens in a new tab, and says so.
	Outside bool
}

// Switch leads to the same page in the other language. With Form set it is a
// button of the form with that id, so that what was typed is kept; the button
// posts taal=LANGUAGE. Otherwise it is a link to Address. With an Address the
// page names its twin in its head too.
type Switch struct {
	To      request.Language
	Form    string
	Address string
}

// Help is how to reach us; an empty part is left out.
type Help struct{ Email, Phone, Post string }

// PhoneLink is the number as a tel: address.
func (h Help) PhoneLink() template.URL {
	var b strings.Builder
	for _, c := range h.Phone {
		if c >= '0' && c <= '9' || c == '+' {
			b.WriteRune(c)
		}
	}
	return template.URL("tel:" + b.String()) //nolint:gosec // digits and plus only
}

// Fault is one thing to mend: the id of its place and the sentence, the same
// that stands at the place.
type Fault struct{ Place, Text string }

// Notice is a calm box. Kind is info, ok, warn or danger.
type Notice struct {
	Kind, Heading string
	Text          template.HTML
	// More are further paragraphs.
	More []template.HTML
}

// Field is one box with its label. The label says "(niet verplicht)" itself
// when Optional is set.
type Field struct {
	ID, Label, Hint, Error, Value string
	// Type is text (""), email, tel, date, datetime-local, search or area.
	Type, Autocomplete, Inputmode string
	// Width is a class of the stylesheet such as w8; "" = full width.
	Width string
	// Rows is the height of an area.
	Rows     int
	Optional bool
	// Depends is for a box that is needed or not by another answer, as its label
	// says: a screen reader must not call it needed.
	Depends bool
	// Heading makes the label the page's h1: one question per page.
	Heading bool
	// Plain turns spelling and capitals off: addresses, numbers, codes.
	Plain bool
	// Lang is for the word "(niet verplicht)".
	Lang request.Language
	// Big is for codes: large and spaced.
	Big bool
	// If shows the box only once an option of the form's first question is
	// chosen: "if-2", or "if-1 if-3" for either. See When.
	If string
}

// Choices is one question with radios, or with checkboxes when Many is set.
type Choices struct {
	// ID is the id of the fieldset; the first option has ID-1, and so on. Name is the form's name.
	ID, Name, Legend, Hint, Error string
	Many                          bool
	Heading                       bool
	Groups                        []ChoiceGroup
	// If shows the question only once an option of the form's first question is
	// chosen, as Field.If.
	If string
}

// When names the options of a form's first question with which a box or another
// question is shown, by their numbers from 1. It needs no script: the
// stylesheet looks at what is chosen, and a browser that cannot shows all. What
// is hidden is sent too, so whoever reads the form goes by the first answer.
func When(options ...int) string {
	var all []string
	for _, n := range options {
		all = append(all, fmt.Sprintf("if-%d", n))
	}
	return strings.Join(all, " ")
}

// First is the id of the first option, where the summary of faults leads.
func (c Choices) First() string { return c.ID + "-1" }

// ChoiceGroup is a run of options under one subheading ("" = none); Divider is
// a word such as "of" before it.
type ChoiceGroup struct {
	Heading, Divider string
	// Fold puts the options behind these words; they stand open where one is chosen.
	Fold    string
	Options []Choice
}

// Chosen reports whether one of the options is.
func (g ChoiceGroup) Chosen() bool {
	return slices.ContainsFunc(g.Options, func(c Choice) bool { return c.Checked })
}

// Choice is one option. ID is given by Load's templates when empty.
type Choice struct {
	ID, Value   string
	Label, Hint template.HTML
	Checked     bool
	// Box is a box that belongs to this option, shown under it always.
	Box *Field
}

// DateParts is a date in three boxes, ID-day, ID-month and ID-year.
type DateParts struct {
	ID, Legend, Hint, Error           string
	Day, Month, Year                  string
	DayLabel, MonthLabel, YearLabel   string
	Autocomplete                      bool
	BadDay, BadMonth, BadYear, Option bool
	Lang                              request.Language
}

// SummaryRow is one answer on a check page.
type SummaryRow struct {
	Term  string
	Value string
	// Large is for the one value that must not be wrong.
	Large bool
	// Change leads to the place to change it; ChangeWhat completes the link for the screen reader.
	Change, ChangeWhat string
}

// Set are the parsed pages of one site.
type Set struct {
	pages map[string]*template.Template
	words *Words
}

// Load parses every page in dir of fsys. The name of a page is its file's name
// without .html.
func Load(fsys fs.FS, dir string, words *Words) (*Set, error) {
	base, err := template.New("base").Option("missingkey=error").Funcs(template.FuncMap{
		"say":      words.Say,
		"rich":     words.Rich,
		"day":      Day,
		"shortday": ShortDay,
		"hour":     Hour,
		"moment":   Moment,
		"date":     Date,
		"size":     Size,
		"other":    Other,
		"style":    InlineStyle,
		"add":      func(a, b int) int { return a + b },
		"described": func(id, hint, fault string) string {
			var ids []string
			if hint != "" {
				ids = append(ids, id+"-hint")
			}
			if fault != "" {
				ids = append(ids, id+"-fault")
			}
			return strings.Join(ids, " ")
		},
	}).ParseFS(ownTemplates, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse the frame: %w", err)
	}
	names, err := fs.Glob(fsys, dir+"/*.html")
	if err != nil {
		return nil, fmt.Errorf("list the pages: %w", err)
	}
	var parts, whole []string
	for _, name := range names {
		if strings.HasPrefix(path.Base(name), "_") {
			parts = append(parts, name)
		} else {
			whole = append(whole, name)
		}
	}
	if len(parts) > 0 {
		if base, err = base.ParseFS(fsys, parts...); err != nil {
			return nil, fmt.Errorf("parse the parts: %w", err)
		}
	}
	set := &Set{pages: map[string]*template.Template{}, words: words}
	for _, name := range whole {
		page, err := base.Clone()
		if err == nil {
			page, err = page.ParseFS(fsys, name)
		}
		if err != nil {
			return nil, fmt.Errorf("parse the page %s: %w", name, err)
		}
		if page.Lookup("main") == nil {
			return nil, fmt.Errorf("the page %s does not define main", name)
		}
		set.pages[strings.TrimSuffix(path.Base(name), ".html")] = page
	}
	return set, nil
}

// MustLoad loads the folders words and templates of a site; a fault in them
// stops every test and the start.
func MustLoad(fsys fs.FS) *Set {
	words, err := LoadWords(fsys, "words")
	if err != nil {
		panic(err)
	}
	set, err := Load(fsys, "templates", words)
	if err != nil {
		panic(err)
	}
	return set
}

// Words gives the catalogue of the site.
func (s *Set) Words() *Words { return s.words }

// Bytes renders a page whole, so that a fault in it never leaves half a page.
func (s *Set) Bytes(page string, data any) ([]byte, error) {
	t, ok := s.pages[page]
	if !ok {
		return nil, fmt.Errorf("no page %q", page)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "frame", data); err != nil {
		return nil, fmt.Errorf("render %s: %w", page, err)
	}
	return b.Bytes(), nil
}

// Render writes a page; on an error nothing was written.
func (s *Set) Render(w http.ResponseWriter, status int, page string, data any) error {
	b, err := s.Bytes(page, data)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	// A reader who went away is no fault of ours.
	_, _ = w.Write(b)
	return nil
}
