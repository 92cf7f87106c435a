package disclosure

import (
	"archive/zip"
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
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
	deflater, err := flate.NewWriter(nil, level) // one file is packed at a time
	if err != nil {
		return Summary{}, fmt.Errorf("seal leg %s: %w", spec.Leg, err)
	}
	// What is packed is hashed and written while the next is packed.
	r, w := io.Pipe()
	wrote := make(chan error, 1)
	go func() {
		_, err := io.CopyBuffer(count, r, make([]byte, block))
		r.CloseWithError(err) // who cannot write stops the packing
		wrote <- err
	}()
	archive := zip.NewWriter(bufio.NewWriterSize(w, block)) // its own buffer is of 4 KB
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { deflater.Reset(w); return deflater, nil })
	err = s.write(func(name string, method uint16) (io.Writer, error) {
		return archive.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: spec.Received.UTC().Truncate(2 * time.Second)})
	})
	if err == nil {
		err = archive.Close()
	}
	w.CloseWithError(err) // nil ends it
	if wroteErr := <-wrote; err == nil {
		err = wroteErr
	}
	if err != nil {
		return Summary{}, fmt.Errorf("seal leg %s: %w", spec.Leg, err)
	}
	sum := s.summary()
	sum.Bytes, sum.SHA256 = count.n, hex.EncodeToString(whole.Sum(nil))
	return sum, nil
}

// write makes the files of the package, one after the other; create begins each.
func (s *sealer) write(create func(name string, method uint16) (io.Writer, error)) error {
	s.packer = newPacker(create)
	for _, step := range []func() error{s.machine, s.tables, s.attachments, s.split, s.texts, s.index, s.checksums, s.manifest} {
		if err := step(); err != nil {
			_ = s.packer.close() // what stopped us is told already
			return err
		}
	}
	return s.packer.close()
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

	// skips reports whether an attachment is only named, not copied.
	skips  func(name string) bool
	packer *packer

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
