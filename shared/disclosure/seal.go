package disclosure

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"html"
	"html/template"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
)

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
	receipt request.Receipt
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
		skips: func(string) bool { return false },
	}
	inScope := map[string]bool{}
	for _, p := range spec.Inventory.HoldingsFor(spec.Relation, spec.Role) {
		inScope[p.System.ID] = true
		if spec.Right == request.Portability && !p.Holding.Portable() {
			s.searched = append(s.searched, searched{System: p.System.ID, Holding: p.Holding.ID, Result: "left-out", Reason: inventory.NotPortable})
			continue
		}
		i := slices.IndexFunc(spec.Receipts, func(r request.Receipt) bool {
			return r.System == p.System.ID && r.Holding == p.Holding.ID && r.Action == Collected
		})
		if i < 0 {
			return nil, request.Fault(request.SystemsMissing, spec.Leg, "seal without a receipt of %s", p.ID())
		}
		h := &held{Place: p, receipt: spec.Receipts[i]}
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

// entry is the file that is being written.
type entry struct {
	*bufio.Writer
	count *counter
	hash  hash.Hash
	name  string
}

// put writes; the first error stays with the writer until end reports it.
func (e *entry) put(text string) { _, _ = e.WriteString(text) }

// begin starts a file of the package; end must follow before the next.
func (s *sealer) begin(name string, method uint16) (*entry, error) {
	if !namePattern.MatchString(name) || strings.Contains(name, "..") {
		return nil, errors.New("a name of the package is not of its form (A41)")
	}
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	w, err := s.create(name, method)
	if err != nil {
		return nil, err
	}
	e := &entry{name: name, hash: sha256.New()}
	e.count = &counter{to: io.MultiWriter(w, e.hash)}
	e.Writer = bufio.NewWriterSize(e.count, 64<<10)
	return e, nil
}

func (s *sealer) end(e *entry) error {
	if err := e.Flush(); err != nil {
		return err
	}
	s.files = append(s.files, File{Name: e.name, Bytes: e.count.n, SHA256: hex.EncodeToString(e.hash.Sum(nil))})
	return nil
}

// rows streams a holding; name is the attachment's name, "" without one.
func (s *sealer) rows(h *held, visit func(row map[string]json.RawMessage, name, key string) error) error {
	n := h.first
	left := omissions{}
	e, err := readPart(s.ctx, s.parts, h.receipt, s.spec.Right, func(ln line) error {
		row, key := s.screen.row(h.Place, ln, left)
		name := ""
		if key != "" {
			n++
			name = fmt.Sprintf("%s%03d%s", attachments, n, safeExt(key))
		}
		return visit(row, name, key)
	})
	if err != nil {
		return err
	}
	h.rows, h.left, h.attached = e.Rows, left.and(e.Omitted), n-h.first
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
	size := &counter{to: io.Discard}
	measure := &entry{Writer: bufio.NewWriter(size)}
	first := true
	e.put("[")
	err := s.rows(h, func(row map[string]json.RawMessage, name, _ string) error {
		if !first {
			e.put(",")
		}
		first = false
		e.put("\n{")
		n := 0
		field := func(key string, raw []byte) {
			if n > 0 {
				e.put(",")
			}
			n++
			e.put("\"")
			e.put(key) // a column name of the inventory: letters and digits
			e.put(`":`)
			e.put(string(raw))
		}
		for _, c := range h.columns {
			if raw, ok := row[c.Name]; ok {
				field(c.Name, raw)
			}
		}
		if name != "" {
			field("attachment", []byte(`"`+name+`"`))
		}
		s.table(measure, h, row, name, 1)
		return e.WriteByte('}')
	})
	if err != nil {
		return err
	}
	if err := measure.Flush(); err != nil {
		return err
	}
	h.html = size.n
	if !first {
		e.put("\n")
	}
	return e.WriteByte(']')
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

// tables writes the CSV of every holding (RFC 4180).
func (s *sealer) tables() error {
	folder := "data/"
	if s.spec.Right == request.Portability {
		folder = "csv/"
	}
	for _, h := range s.held {
		e, err := s.begin(folder+h.ID()+".csv", zip.Deflate)
		if err != nil {
			return err
		}
		for i, c := range h.columns {
			if i > 0 {
				e.put(",")
			}
			writeCell(e, c.Name)
		}
		if h.attached > 0 {
			e.put(",attachment")
		}
		e.put("\r\n")
		attached := h.attached > 0
		err = s.rows(h, func(row map[string]json.RawMessage, name, _ string) error {
			for i, c := range h.columns {
				if i > 0 {
					e.put(",")
				}
				writeCell(e, cellText(row[c.Name]))
			}
			if attached {
				e.put(",")
				writeCell(e, name)
			}
			_, err := e.WriteString("\r\n")
			return err
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

// cellText is a value as a cell: a string as it is, anything else as JSON.
func cellText(raw json.RawMessage) string {
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	if raw[0] == '"' {
		var v string
		if json.Unmarshal(raw, &v) == nil {
			return v
		}
	}
	return string(raw)
}

// writeCell writes one cell. One that a spreadsheet could run gets a single
// quote before it, full-width signs included (A40).
func writeCell(w *entry, cell string) {
	if trimmed := strings.TrimLeft(cell, " \u00a0\u3000"); trimmed != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(trimmed)[0]) {
		cell = "'" + cell
	}
	if !strings.ContainsAny(cell, "\",\r\n") {
		w.put(cell)
		return
	}
	w.put("\"")
	w.put(strings.ReplaceAll(cell, `"`, `""`))
	w.put("\"")
}

// attachments copies recordings and letters, which are stored as they are.
func (s *sealer) attachments() error {
	for _, h := range s.held {
		if h.attached == 0 {
			continue
		}
		err := s.rows(h, func(_ map[string]json.RawMessage, name, key string) error {
			if key == "" {
				return nil
			}
			if s.skips(name) {
				s.files = append(s.files, File{Name: name})
				return nil
			}
			body, err := s.parts.Open(s.ctx, key)
			if err != nil {
				return fmt.Errorf("open an attachment of %s: %w", h.ID(), err)
			}
			defer body.Close()
			e, err := s.begin(name, zip.Store)
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

// table writes one row as a table of two columns: what, and its value.
func (s *sealer) table(w *entry, h *held, row map[string]json.RawMessage, name string, n int) {
	fmt.Fprintf(w, "<table class=\"record\"><caption>%s %d %s %d</caption><tbody>\n", s.say("record"), n, s.say("of"), h.receipt.Count)
	for i := range h.columns {
		c := &h.columns[i]
		// A column that waits for an officer is told as left out, not as empty.
		if _, ok := row[c.Name]; !ok && c.Disclose == inventory.DiscloseReview {
			continue
		}
		w.put("<tr><th scope=\"row\">")
		w.put(html.EscapeString(c.Label.In(s.spec.Language)))
		w.put("</th><td>")
		w.put(html.EscapeString(printable(value(c, row[c.Name], s.spec.Language))))
		w.put("</td></tr>\n")
	}
	if name != "" {
		fmt.Fprintf(w, "<tr><th scope=\"row\">%s</th><td><a href=\"%s\">%s</a></td></tr>\n", s.say("attachment"), name, name)
	}
	w.put("</tbody></table>\n")
}

// printable takes out what no page may hold: control characters, and signs
// that turn the direction of the text around them.
func printable(v string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x20 && r != '\n' && r != '\t', r == 0x7f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return '\ufffd'
		}
		return r
	}, v)
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
	begin := func() (err error) {
		if e, err = s.begin(name(len(h.pages)+1), zip.Deflate); err != nil {
			return err
		}
		h.pages = append(h.pages, e.name)
		if err := pages().ExecuteTemplate(e, "top", s.top(h.Holding.Label.In(s.spec.Language))); err != nil {
			return err
		}
		return pages().ExecuteTemplate(e, "page", s.category(h))
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
	err := s.rows(h, func(row map[string]json.RawMessage, att, _ string) error {
		if e.count.n+int64(e.Buffered()) > s.spec.SplitAt {
			next := name(len(h.pages) + 1)
			if err := finish(next[strings.LastIndexByte(next, '/')+1:]); err != nil {
				return err
			}
			if err := begin(); err != nil {
				return err
			}
		}
		n++
		if att != "" {
			att = "../../" + att
		}
		s.table(e, h, row, att, n)
		return nil
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
	Split, Next         string
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
		n := 0
		err := s.rows(h, func(row map[string]json.RawMessage, name, _ string) error {
			n++
			s.table(e, h, row, name, n)
			return nil
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
	Searched   []placeView
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
}

func (s *sealer) manifest() error {
	m := Manifest{
		Confirmation: map[request.Relation]bool{s.spec.Relation: false}, Omissions: s.omissions(), Copy: s.files,
		Meta: Meta{
			Reference: s.spec.Reference, Right: s.spec.Right, Relation: s.spec.Relation, Role: s.spec.Role,
			Received: s.spec.Received.UTC(), Snapshot: request.Day(s.spec.Received.In(amsterdam).Format(time.DateOnly)),
			Language: s.spec.Language, Inventory: s.spec.Inventory.Version, Searched: s.results(),
		},
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
