package disclosure

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/klauspost/compress/flate"
)

// level is how hard the packing tries, of 9: beyond it the tables of people
// shrink by little and take twice the time.
const level = 3

// SplitAt is how many bytes of tables index.html may hold; beyond it a
// category gets files of its own of at most this size.
const SplitAt = 2 << 20

// Spec is what to seal.
type Spec struct {
	Inventory *inventory.Inventory
	Request   request.ID
	Reference request.Reference
	Leg       string
	Language  request.Language
	Right     request.Right
	Relation  request.Relation
	Role      request.Role
	// Received is the receipt instant: the snapshot date.
	Received time.Time
	// Name is the subject's name as it stands on file, "" = leave out.
	Name string
	// Client is the client's name on a processor leg.
	Client string
	// Contact is how to reach us: an address or more, in words.
	Contact string
	// Receipts are those of every collection of this leg.
	Receipts []request.Receipt
	// By is how many keys of each kind the places were asked by, and Hops are the
	// steps from place to place that led to them.
	By   map[string]int
	Hops []request.Hop
	// Screened is what a person found in what had to be looked at;
	// Cleared are places that are given whole. What neither names stays behind.
	Screened []request.Screened
	Cleared  []string
	// SplitAt overrides SplitAt, for tests; 0 = the default.
	SplitAt int64
}

// Summary is what a sealed package holds, in counts.
type Summary struct {
	Files     int
	Rows      int
	Bytes     int64
	SHA256    string // of the whole package
	Omissions []Omission
	// Places counts the holdings in which something was found.
	Places int
}

// File is one file of the package.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

//go:embed package.html
var packageHTML string

// pages are the parts of index.html, parsed when the first package is sealed.
var pages = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{"join": join}).Parse(packageHTML))
})

// join puts sentences after each other; names and kinds of data get a
// semicolon between.
func join(key string, parts []string) string {
	if key == "recipients" || key == "categories" {
		return strings.Join(parts, "; ")
	}
	return strings.Join(parts, " ")
}

// namePattern is the form of every name in a package (A41).
var namePattern = regexp.MustCompile(`^[a-z0-9._/-]+$`)

// attachments is the folder of recordings and letters in a package.
const attachments = "bijlagen/"

// Seal writes the package to out, a ZIP, and tells what is in it. The same
// input gives the same bytes. Every holding of the leg must have a receipt:
// one that is missing is an error with code Systems.Incomplete.
func Seal(ctx context.Context, spec Spec, parts Parts, out io.Writer) (Summary, error) {
	s, err := newSealer(ctx, spec, parts)
	if err != nil {
		return Summary{}, err
	}
	whole := sha256.New()
	count := &counter{to: io.MultiWriter(out, whole)}
	archive := zip.NewWriter(count)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, level) })
	s.create = func(name string, method uint16) (io.Writer, error) {
		return archive.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: spec.Received.UTC().Truncate(2 * time.Second)})
	}
	if err := s.write(); err != nil {
		return Summary{}, fmt.Errorf("seal leg %s: %w", spec.Leg, err)
	}
	if err := archive.Close(); err != nil {
		return Summary{}, fmt.Errorf("seal leg %s: %w", spec.Leg, err)
	}
	sum := s.summary()
	sum.Bytes, sum.SHA256 = count.n, hex.EncodeToString(whole.Sum(nil))
	return sum, nil
}

// write makes the files of the package, one after the other.
func (s *sealer) write() error {
	defer func() {
		if s.open != nil {
			_ = s.open.close() // what stopped us is told already
		}
	}()
	for _, step := range []func() error{s.machine, s.tables, s.attachments, s.split, s.texts, s.index, s.checksums, s.manifest} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (s *sealer) summary() Summary {
	sum := Summary{Files: len(s.files), Omissions: s.omissions()}
	for _, h := range s.held {
		sum.Rows += h.rows
		if h.rows > 0 {
			sum.Places++
		}
	}
	return sum
}

// held is one holding of the package.
type held struct {
	inventory.Place
	parts   []request.Receipt  // in the order of the turns
	count   int                // rows, as the receipts tell
	columns []inventory.Column // those that may be in it
	rows    int
	left    []Omission
	html    int64 // bytes of its tables
	inline  bool
	pages   []string
	machine []string
	// first is the number of its first attachment.
	first, attached int
}

func (h *held) anchor() string { return "d-" + h.System.ID + "-" + h.Holding.ID }

type sealer struct {
	ctx   context.Context
	spec  Spec
	parts Parts
	say   func(string) string

	// create begins a file of the package.
	create func(name string, method uint16) (io.Writer, error)
	// skips reports whether an attachment is only named, not copied.
	skips func(name string) bool
	// open is the file that is being written; free are blocks to write in.
	open *entry
	free chan []byte

	screen   screen
	held     []*held
	searched []searched
	files    []File
	places   []inventory.Place
}

// searched is one line of the answer to: where did you look?
type searched struct {
	System  string `json:"system"`
	Holding string `json:"holding,omitempty"`
	// Result is found, nothing or left-out.
	Result string `json:"result"`
	Count  int    `json:"count"`
	Reason string `json:"reason,omitempty"`
}

func newSealer(ctx context.Context, spec Spec, parts Parts) (*sealer, error) {
	spec.SplitAt = cmp.Or(spec.SplitAt, SplitAt)
	s := &sealer{
		ctx: ctx, spec: spec, parts: parts, say: text.in(spec.Language), screen: newScreen(spec),
		skips: func(string) bool { return false }, free: make(chan []byte, blocks+1),
	}
	inScope := map[string]bool{}
	for _, p := range spec.Inventory.HoldingsFor(spec.Relation, spec.Role) {
		inScope[p.System.ID] = true
		if spec.Right == request.Portability && !p.Holding.Portable() {
			s.searched = append(s.searched, searched{System: p.System.ID, Holding: p.Holding.ID, Result: "left-out", Reason: inventory.NotPortable})
			continue
		}
		h := &held{Place: p}
		for _, r := range spec.Receipts {
			if r.System == p.System.ID && r.Holding == p.Holding.ID && r.Action == Collected {
				h.parts, h.count = append(h.parts, r), h.count+r.Count
			}
		}
		if n := len(h.parts); n == 0 || h.parts[n-1].More != "" {
			return nil, request.Fault(request.SystemsMissing, spec.Leg, "seal without the last receipt of %s", p.ID())
		}
		for _, c := range p.Holding.Columns {
			if c.Disclose != inventory.DiscloseNo && (spec.Right != request.Portability || c.Provided) && !isAttachment(p.Holding, c.Name) {
				h.columns = append(h.columns, c)
			}
		}
		s.held = append(s.held, h)
		s.places = append(s.places, p)
	}
	for i := range spec.Inventory.Systems {
		if id := spec.Inventory.Systems[i].ID; !inScope[id] {
			s.searched = append(s.searched, searched{System: id, Result: "left-out", Reason: inventory.OtherPart})
		}
	}
	return s, nil
}

func isAttachment(h *inventory.Holding, column string) bool {
	return column == "object" && h.Format == inventory.Objects
}

// item is one row on its way into the package: a value for each of the
// holding's columns, nil for none, the name of its attachment and the
// attachment's key in the work vault, "" without one.
type item struct {
	values    [][]byte
	name, key string
}

// rows streams a holding. An item lasts until the next.
func (s *sealer) rows(h *held, visit func(*item) error) error {
	n, rows := h.first, 0
	left := omissions{}
	var told []Omission
	it := item{values: make([][]byte, len(h.columns))}
	for _, part := range h.parts {
		var columns []headColumn
		var at []int // of each of h.columns in the part, -1 = it has none
		e, err := readPart(s.ctx, s.parts, part, s.spec.Right, func(hd head) error {
			columns = hd.Columns
			for _, c := range h.columns {
				at = append(at, slices.IndexFunc(columns, func(p headColumn) bool { return p.Name == c.Name }))
			}
			return nil
		}, func(rec *record) error {
			s.screen.row(h.Place, columns, rec, left)
			for i, k := range at {
				if it.values[i] = nil; k >= 0 {
					it.values[i] = rec.values[k]
				}
			}
			it.name, it.key = "", rec.file
			if it.key != "" {
				n++
				it.name = fmt.Sprintf("%s%03d%s", attachments, n, safeExt(it.key))
			}
			return visit(&it)
		})
		if err != nil {
			return err
		}
		rows, told = rows+e.Rows, added(told, e.Omitted)
	}
	h.rows, h.left, h.attached = rows, left.and(told), n-h.first
	return nil
}

// machine writes the JSON: one file a holding, or one for all when the data
// are to travel. It counts on the way what the tables will take.
func (s *sealer) machine() error {
	if s.spec.Right == request.Portability {
		return s.portable()
	}
	for _, h := range s.held {
		e, err := s.begin("data/"+h.ID()+".json", zip.Deflate)
		if err != nil {
			return err
		}
		if err := s.writeJSON(e, h); err != nil {
			return err
		}
		e.put("\n")
		if err := s.end(e); err != nil {
			return err
		}
		h.machine = append(h.machine, e.name)
	}
	s.layout()
	return nil
}

// writeJSON writes the rows of h as an array, columns in the inventory's order.
func (s *sealer) writeJSON(e *entry, h *held) error {
	s.number(h)
	measure := s.table(h)
	names := make([]string, len(h.columns))
	for i, c := range h.columns {
		names[i] = `"` + c.Name + `":` // a column name of the inventory: letters and digits
	}
	first := true
	e.put("[")
	err := s.rows(h, func(it *item) error {
		b := e.buf
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, "\n{"...)
		comma := false
		for i, raw := range it.values {
			if raw == nil {
				continue
			}
			if comma {
				b = append(b, ',')
			}
			comma = true
			b = append(append(b, names[i]...), raw...)
		}
		if it.name != "" {
			if comma {
				b = append(b, ',')
			}
			b = append(append(append(b, `"attachment":"`...), it.name...), '"')
		}
		e.buf = append(b, '}')
		if h.html <= s.spec.SplitAt { // beyond, its pages are its own anyhow
			measure.buf = measure.row(measure.buf[:0], it, it.name, 1)
			h.html += int64(len(measure.buf))
		}
		return e.flush()
	})
	if err != nil {
		return err
	}
	if !first {
		e.put("\n")
	}
	e.put("]")
	return nil
}

// number gives h's attachments the numbers after those of the holdings before.
func (s *sealer) number(h *held) {
	if i := slices.Index(s.held, h); i > 0 {
		h.first = s.held[i-1].first + s.held[i-1].attached
	}
}

// portable writes data.json, canonical, with its schema.
func (s *sealer) portable() error {
	e, err := s.begin("data.json", zip.Deflate)
	if err != nil {
		return err
	}
	fmt.Fprintf(e, `{"schema":"schema.json","version":%q,"reference":%q,"received":%q,"data":{`,
		s.spec.Inventory.Version, s.spec.Reference, s.spec.Received.UTC().Format(time.RFC3339))
	system := ""
	for _, h := range s.held {
		switch {
		case system == "":
			fmt.Fprintf(e, "\n%q:{", h.System.ID)
		case system != h.System.ID:
			fmt.Fprintf(e, "},\n%q:{", h.System.ID)
		default:
			e.put(",")
		}
		system = h.System.ID
		fmt.Fprintf(e, "%q:", h.Holding.ID)
		if err := s.writeJSON(e, h); err != nil {
			return err
		}
		h.machine = append(h.machine, "data.json")
	}
	if system != "" {
		e.put("}")
	}
	e.put("}}\n")
	if err := s.end(e); err != nil {
		return err
	}
	s.layout()
	return s.writeValue("schema.json", s.schema())
}

// schema describes data.json (JSON Schema 2020-12).
func (s *sealer) schema() any {
	type object = map[string]any
	systems := object{}
	for _, h := range s.held {
		columns := object{}
		for _, c := range h.columns {
			columns[c.Name] = object{"title": c.Label.In(s.spec.Language)}
		}
		columns["attachment"] = object{"type": "string"}
		sys, ok := systems[h.System.ID].(object)
		if !ok {
			sys = object{"type": "object", "title": h.System.Name.In(s.spec.Language), "properties": object{}}
			systems[h.System.ID] = sys
		}
		sys["properties"].(object)[h.Holding.ID] = object{
			"type": "array", "title": h.Holding.Label.In(s.spec.Language), "description": h.Holding.What.In(s.spec.Language),
			"items": object{"type": "object", "properties": columns, "additionalProperties": false},
		}
	}
	return object{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": s.say("title"), "type": "object",
		"required": []string{"version", "reference", "received", "data"},
		"properties": object{
			"schema": object{"const": "schema.json"}, "version": object{"const": s.spec.Inventory.Version},
			"reference": object{"type": "string"}, "received": object{"type": "string", "format": "date-time"},
			"data": object{"type": "object", "properties": systems, "additionalProperties": false},
		},
	}
}

// layout decides which tables stand in index.html: as long as they fit.
func (s *sealer) layout() {
	var used int64
	for _, h := range s.held {
		h.inline = used+h.html <= s.spec.SplitAt
		if h.inline {
			used += h.html
		}
	}
}

// tables writes the CSV of every holding (RFC 4180), as the spreadsheets of
// the reader's country open it with a double click: a byte order mark, and in
// Dutch a semicolon, because the comma is taken there.
func (s *sealer) tables() error {
	folder := "data/"
	if s.spec.Right == request.Portability {
		folder = "csv/"
	}
	comma := byte(';')
	if s.spec.Language == request.English {
		comma = ','
	}
	for _, h := range s.held {
		e, err := s.begin(folder+h.ID()+".csv", zip.Deflate)
		if err != nil {
			return err
		}
		e.put("\ufeff")
		for i, c := range h.columns {
			if i > 0 {
				e.buf = append(e.buf, comma)
			}
			e.buf = appendCell(e.buf, []byte(c.Name), comma)
		}
		attached := h.attached > 0
		if attached {
			e.buf = append(append(e.buf, comma), "attachment"...)
		}
		e.put("\r\n")
		err = s.rows(h, func(it *item) error {
			b := e.buf
			for i, raw := range it.values {
				if i > 0 {
					b = append(b, comma)
				}
				if isNumber(raw) {
					b = appendNumber(b, raw, comma)
				} else {
					b = appendCell(b, plainText(raw), comma)
				}
			}
			if attached {
				b = appendCell(append(b, comma), []byte(it.name), comma)
			}
			e.buf = append(b, '\r', '\n')
			return e.flush()
		})
		if err != nil {
			return err
		}
		if err := s.end(e); err != nil {
			return err
		}
		h.machine = append(h.machine, e.name)
	}
	return nil
}

// attachments copies recordings and letters, which are stored as they are.
func (s *sealer) attachments() error {
	for _, h := range s.held {
		if h.attached == 0 {
			continue
		}
		err := s.rows(h, func(it *item) error {
			if it.key == "" {
				return nil
			}
			if s.skips(it.name) {
				s.files = append(s.files, File{Name: it.name})
				return nil
			}
			body, err := s.parts.Open(s.ctx, it.key)
			if err != nil {
				return fmt.Errorf("open an attachment of %s: %w", h.ID(), err)
			}
			defer body.Close()
			e, err := s.begin(it.name, zip.Store)
			if err != nil {
				return err
			}
			if _, err := io.Copy(e, body); err != nil {
				return fmt.Errorf("copy an attachment of %s: %w", h.ID(), err)
			}
			return s.end(e)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// split writes the tables that do not fit in index.html to files of their own.
func (s *sealer) split() error {
	for _, h := range s.held {
		if h.inline || h.rows == 0 {
			continue
		}
		if err := s.splitOne(h); err != nil {
			return err
		}
	}
	return nil
}

func (s *sealer) splitOne(h *held) error {
	var e *entry
	name := func(i int) string { return fmt.Sprintf("data/%s-%03d.html", h.ID(), i) }
	last := ""
	begin := func() (err error) {
		if e, err = s.begin(name(len(h.pages)+1), zip.Deflate); err != nil {
			return err
		}
		h.pages = append(h.pages, e.name)
		if err := pages().ExecuteTemplate(e, "top", s.top(h.Holding.Label.In(s.spec.Language))); err != nil {
			return err
		}
		v := s.category(h)
		v.Previous, last = last, path.Base(e.name)
		return pages().ExecuteTemplate(e, "page", v)
	}
	finish := func(next string) error {
		v := s.category(h)
		v.Next = next
		if err := pages().ExecuteTemplate(e, "pagefoot", v); err != nil {
			return err
		}
		if err := pages().ExecuteTemplate(e, "end", nil); err != nil {
			return err
		}
		return s.end(e)
	}
	if err := begin(); err != nil {
		return err
	}
	n := 0
	t := s.table(h)
	err := s.rows(h, func(it *item) error {
		if e.size() > s.spec.SplitAt {
			next := name(len(h.pages) + 1)
			if err := finish(path.Base(next)); err != nil {
				return err
			}
			if err := begin(); err != nil {
				return err
			}
		}
		n++
		link := it.name
		if link != "" {
			link = "../../" + link
		}
		e.buf = t.row(e.buf, it, link, n)
		return e.flush()
	})
	if err != nil {
		return err
	}
	return finish("")
}

func (s *sealer) texts() error {
	e, err := s.begin("readme.txt", zip.Deflate)
	if err != nil {
		return err
	}
	fmt.Fprintf(e, readme, s.spec.Reference, s.spec.Contact)
	return s.end(e)
}

type topView struct {
	Lang  request.Language
	Title string
}

func (s *sealer) top(of string) topView {
	title := fmt.Sprintf("%s – %s", s.say("title"), s.spec.Reference)
	if of != "" {
		title = of + " – " + title
	}
	return topView{Lang: s.spec.Language, Title: title}
}

type categoryView struct {
	T                   func(string) string
	Anchor, Label, What string
	About, Machine      []string
	Rows                int
	Split               string
	Next, Previous      string
	Left                []string
}

func (s *sealer) category(h *held) categoryView {
	l := s.spec.Language
	inv := s.spec.Inventory
	v := categoryView{T: s.say, Anchor: h.anchor(), Label: h.Holding.Label.In(l), What: h.Holding.What.In(l), Rows: h.rows, Machine: h.machine}
	v.About = []string{h.Holding.Purposes.In(l), h.Holding.Source.In(l), inv.Retention[h.Holding.Retention].Text.In(l)}
	if len(h.pages) > 0 {
		v.Split = h.pages[0]
	}
	for _, o := range h.left {
		lv := s.leftOut(o)
		v.Left = append(v.Left, fmt.Sprintf("%s (%s): %s", lv.What, lv.Count, lv.Why))
	}
	return v
}

type leftView struct{ Place, What, Count, Why string }

func (s *sealer) leftOut(o Omission) leftView {
	l := s.spec.Language
	v := leftView{Place: o.System, What: s.say("whole"), Why: s.spec.Inventory.Reasons[o.Reason].In(l)}
	if p, ok := s.spec.Inventory.Holding(o.System, o.Holding); ok {
		v.Place = p.Holding.Label.In(l)
		switch c := p.Holding.Column(o.Column); {
		case c != nil:
			v.What = c.Label.In(l)
		case o.Reason == inventory.NotDeclared:
			v.What = s.say("unknown")
		}
	}
	if o.Count > 0 {
		v.Count = fmt.Sprintf("%d %s", o.Count, s.say("times"))
	}
	return v
}

// omissions lists what was left out, in the order of the inventory.
func (s *sealer) omissions() []Omission {
	var all []Omission
	for _, h := range s.held {
		all = append(all, h.left...)
	}
	for _, p := range s.searched {
		if p.Reason == inventory.NotPortable {
			all = append(all, Omission{System: p.System, Holding: p.Holding, Reason: p.Reason})
		}
	}
	return all
}

// results lists every place that was searched or left out.
func (s *sealer) results() []searched {
	var all []searched
	for _, h := range s.held {
		r := searched{System: h.System.ID, Holding: h.Holding.ID, Result: "nothing", Count: h.rows}
		if h.rows > 0 {
			r.Result = "found"
		}
		all = append(all, r)
	}
	return append(all, s.searched...)
}

type introView struct {
	topView
	T           func(string) string
	Rows        int
	Found       string
	Reference   request.Reference
	Received    string
	Name        string
	Client      string
	Portability bool
	Statement   inventory.Statement
	Categories  []categoryView
}

func (s *sealer) found() string {
	rows, places := 0, 0
	for _, h := range s.held {
		rows += h.rows
		if h.rows > 0 {
			places++
		}
	}
	if s.spec.Language == request.English {
		return fmt.Sprintf("We have data of yours in %d %s. That is %d %s in all.",
			places, plural(places, "place", "places"), rows, plural(rows, "record", "records"))
	}
	return fmt.Sprintf("Wij hebben gegevens van u op %d %s. Bij elkaar zijn het %d %s.",
		places, plural(places, "plek", "plekken"), rows, plural(rows, "stuk", "stukken"))
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// index writes index.html: everything to read, in one file where it fits.
func (s *sealer) index() error {
	l := s.spec.Language
	e, err := s.begin("index.html", zip.Deflate)
	if err != nil {
		return err
	}
	v := introView{
		topView: s.top(""), T: s.say, Found: s.found(), Reference: s.spec.Reference,
		Received: longDate(s.spec.Received.In(amsterdam), l), Name: s.spec.Name, Client: s.spec.Client,
		Portability: s.spec.Right == request.Portability,
	}
	st := s.spec.Inventory.Statement(l, s.places)
	if !v.Portability {
		v.Statement = st
	}
	for _, h := range s.held {
		v.Rows += h.rows
		v.Categories = append(v.Categories, s.category(h))
	}
	if err := errors.Join(pages().ExecuteTemplate(e, "top", v.topView), pages().ExecuteTemplate(e, "intro", v)); err != nil {
		return err
	}
	for i, h := range s.held {
		if err := pages().ExecuteTemplate(e, "category", v.Categories[i]); err != nil {
			return err
		}
		if !h.inline {
			continue
		}
		n, t := 0, s.table(h)
		err := s.rows(h, func(it *item) error {
			n++
			e.buf = t.row(e.buf, it, it.name, n)
			return e.flush()
		})
		if err != nil {
			return err
		}
	}
	if err := errors.Join(pages().ExecuteTemplate(e, "outro", s.outro(st)), pages().ExecuteTemplate(e, "end", nil)); err != nil {
		return err
	}
	return s.end(e)
}

type outroView struct {
	T          func(string) string
	Left       []leftView
	Automated  []inventory.Line
	RightsText string
	Contact    string
	Files      []fileView
	// By says by what was searched, Hops how that was found.
	By       string
	Hops     []string
	Searched []placeView
}

type fileView struct{ Name, Size, SHA256 string }

type placeView struct{ Place, Result string }

func (s *sealer) outro(st inventory.Statement) outroView {
	l := s.spec.Language
	v := outroView{T: s.say, Contact: s.spec.Contact}
	for _, o := range s.omissions() {
		v.Left = append(v.Left, s.leftOut(o))
	}
	for _, item := range st {
		switch item.Key {
		case "automated":
			v.Automated = item.Lines
		case "rights":
			v.RightsText = item.Lines[0].Text[0]
		}
	}
	for _, f := range s.files {
		size := ""
		if f.SHA256 != "" {
			size = bytesText(f.Bytes, l)
		}
		v.Files = append(v.Files, fileView{f.Name, size, f.SHA256})
	}
	v.By = s.by()
	for _, h := range s.hops() {
		v.Hops = append(v.Hops, h.Text)
	}
	for _, r := range s.results() {
		p := placeView{Place: s.spec.Inventory.System(r.System).Name.In(l)}
		if pl, ok := s.spec.Inventory.Holding(r.System, r.Holding); ok {
			p.Place += " – " + pl.Holding.Label.In(l)
		}
		switch r.Result {
		case "found":
			p.Result = fmt.Sprintf("%s: %d", s.say("found"), r.Count)
		case "nothing":
			p.Result = s.say("nothing")
		default:
			p.Result = s.spec.Inventory.Reasons[r.Reason].In(l)
		}
		v.Searched = append(v.Searched, p)
	}
	return v
}

// checksums writes controle.txt, in the form that sha256sum -c reads.
func (s *sealer) checksums() error {
	e, err := s.begin("controle.txt", zip.Deflate)
	if err != nil {
		return err
	}
	for _, f := range s.files {
		fmt.Fprintf(e, "%s  %s\n", f.SHA256, f.Name)
	}
	return s.end(e)
}

// Manifest is manifest.json: the keys of X-2.
type Manifest struct {
	Confirmation map[request.Relation]bool `json:"confirmation"`
	Purposes     []inventory.Line          `json:"purposes"`
	Categories   []inventory.Line          `json:"categories"`
	Recipients   []inventory.Line          `json:"recipients"`
	Retention    []inventory.Line          `json:"retention"`
	Rights       []inventory.Line          `json:"rights"`
	Complaint    []inventory.Line          `json:"complaint"`
	Source       []inventory.Line          `json:"source"`
	Automated    []inventory.Line          `json:"automated"`
	Transfers    []inventory.Line          `json:"transfers"`
	Copy         []File                    `json:"copy"`
	Omissions    []Omission                `json:"omissions"`
	Meta         Meta                      `json:"meta"`
}

// Meta says what the package is, and where was searched for it.
type Meta struct {
	Reference request.Reference `json:"reference"`
	Right     request.Right     `json:"right"`
	Relation  request.Relation  `json:"relation"`
	Role      request.Role      `json:"role"`
	Received  time.Time         `json:"received"`
	// Snapshot is the day as of which the data stand: the receipt date.
	Snapshot  request.Day      `json:"snapshot"`
	Language  request.Language `json:"language"`
	Inventory string           `json:"inventory"`
	Searched  []searched       `json:"searched"`
	// SearchedBy is how many keys of each kind were asked by; Hops are how they
	// were found, each in words too.
	SearchedBy map[string]int `json:"searchedBy"`
	Hops       []hop          `json:"hops"`
}

// hop is one step by which the person was found in another place.
type hop struct {
	From  string   `json:"from"`
	Kind  string   `json:"kind"`
	To    []string `json:"to"`
	Count int      `json:"count"`
	// Left is how many keys were not followed, because they may be another's (A15).
	Left int `json:"left"`
	// NumberOnly are those of To that do not tell whose a record is, only to
	// which key it belongs.
	NumberOnly []string `json:"numberOnly,omitempty"`
	Text       string   `json:"text"`
}

func (s *sealer) manifest() error {
	m := Manifest{
		Confirmation: map[request.Relation]bool{s.spec.Relation: false}, Omissions: s.omissions(), Copy: s.files,
		Meta: Meta{
			Reference: s.spec.Reference, Right: s.spec.Right, Relation: s.spec.Relation, Role: s.spec.Role,
			Received: s.spec.Received.UTC(), Snapshot: request.Day(s.spec.Received.In(amsterdam).Format(time.DateOnly)),
			Language: s.spec.Language, Inventory: s.spec.Inventory.Version, Searched: s.results(),
			SearchedBy: s.spec.By, Hops: s.hops(),
		},
	}
	if m.Meta.SearchedBy == nil {
		m.Meta.SearchedBy = map[string]int{}
	}
	if m.Omissions == nil {
		m.Omissions = []Omission{}
	}
	for _, h := range s.held {
		if h.rows > 0 {
			m.Confirmation[s.spec.Relation] = true
		}
	}
	items := map[string]*[]inventory.Line{
		"purposes": &m.Purposes, "categories": &m.Categories, "recipients": &m.Recipients, "retention": &m.Retention,
		"rights": &m.Rights, "complaint": &m.Complaint, "source": &m.Source, "automated": &m.Automated, "transfers": &m.Transfers,
	}
	for _, item := range s.spec.Inventory.Statement(s.spec.Language, s.places) {
		*items[item.Key] = item.Lines
	}
	return s.writeValue("manifest.json", m)
}

func (s *sealer) writeValue(name string, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	e, err := s.begin(name, zip.Deflate)
	if err != nil {
		return err
	}
	if _, err := e.Write(b.Bytes()); err != nil {
		return err
	}
	return s.end(e)
}
