package disclosure

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// Collected is the action of a collector's receipts.
const Collected = "collected"

// Sink keeps collected parts: the work vault. Put replaces what is there, so
// collecting again is harmless.
type Sink interface {
	Put(ctx context.Context, key string, body io.Reader) error
}

// Job is what to collect from one system.
type Job struct {
	Request request.ID
	Leg     string
	System  string
	// Relation and Role pick the holdings (Inventory.HoldingsFor), Right the filter.
	Relation request.Relation
	Role     request.Role
	Right    request.Right
	Keys     systems.Keys
	// Client narrows a processor leg to one client's data.
	Client string
}

// Result is what a collection answers: counts and codes, no content.
type Result struct {
	Receipts []request.Receipt
	// Review are the places with content that a person must look at first
	// system/holding/column. It is set apart in the part and leaves in no
	// package before somebody said so.
	Review []string
}

// Collector takes a person's data out of the systems.
type Collector struct {
	Systems systems.Registry
	Sink    Sink
	Now     func() time.Time
}

// Collect streams one system's holdings into parts, one JSON-lines object
// each. A system that cannot be read whole is an error: never silently less
// than all (F18).
func (c Collector) Collect(ctx context.Context, job Job) (Result, error) {
	sys, err := c.Systems.System(job.System)
	if err != nil {
		return Result{}, fmt.Errorf("collect for leg %s: %w", job.Leg, err)
	}
	var res Result
	for _, p := range c.Systems.Inventory().HoldingsFor(job.Relation, job.Role) {
		if p.System.ID != job.System || (job.Right == request.Portability && !p.Holding.Portable()) {
			continue
		}
		receipt, review, err := c.holding(ctx, sys, p, job)
		if err != nil {
			return Result{}, fmt.Errorf("collect %s for leg %s: %w", p.ID(), job.Leg, err)
		}
		res.Receipts = append(res.Receipts, receipt)
		res.Review = append(res.Review, review...)
	}
	return res, nil
}

func (c Collector) holding(ctx context.Context, sys systems.System, p inventory.Place, job Job) (request.Receipt, []string, error) {
	folder := path.Join(string(job.Request), job.Leg, p.System.ID)
	key := folder + "/" + p.Holding.ID + ".jsonl"
	r, w := io.Pipe()
	put := make(chan error, 1)
	go func() {
		err := c.Sink.Put(ctx, key, r)
		r.CloseWithError(err) // a sink that fails stops the writer
		put <- err
	}()
	count := &counter{to: w}
	out := partWriter{w: bufio.NewWriterSize(count, 32<<10)}
	f := filter{place: p, right: job.Right, omitted: map[string]*Omission{}}
	err := out.line(line{Part: &head{Version: 1, System: p.System.ID, Holding: p.Holding.ID, Right: job.Right}})
	if err == nil {
		err = sys.Collect(ctx, *p.Holding, systems.Of(job.Keys, job.Client), func(row systems.Row) error {
			ln, object, err := f.row(row)
			if err != nil {
				return err
			}
			if object != "" {
				ln.File = fmt.Sprintf("%s/%s/%04d%s", folder, p.Holding.ID, f.rows, safeExt(object))
				if err := c.attach(ctx, sys, p, object, ln.File); err != nil {
					return err
				}
			}
			return out.line(ln)
		})
	}
	if err == nil {
		err = out.line(line{End: &end{Rows: f.rows, Omitted: f.omissions()}})
	}
	if err == nil {
		err = out.w.Flush()
	}
	w.CloseWithError(err) // nil ends the part, an error stops the sink
	if putErr := <-put; err == nil {
		err = putErr
	}
	if err != nil {
		return request.Receipt{}, nil, err
	}
	return request.Receipt{
		System: p.System.ID, Holding: p.Holding.ID, Action: Collected, Count: f.rows,
		At: c.Now().UTC(), Part: key, Bytes: count.n,
	}, f.review(), nil
}

// attach copies the content of an object to the vault.
func (c Collector) attach(ctx context.Context, sys systems.System, p inventory.Place, object, key string) error {
	o, ok := sys.(systems.Opener)
	if !ok {
		return fmt.Errorf("open an object of %s: %w", p.ID(), systems.ErrNotDeclared)
	}
	body, err := o.Open(ctx, *p.Holding, object)
	if err != nil {
		return err
	}
	defer body.Close()
	return c.Sink.Put(ctx, key, body)
}

// extensions are those that an attachment may have; another becomes .bin.
var extensions = []string{".wav", ".mp3", ".ogg", ".pdf", ".txt", ".eml", ".png", ".jpg"}

func safeExt(object string) string {
	if ext := strings.ToLower(path.Ext(object)); slices.Contains(extensions, ext) {
		return ext
	}
	return ".bin"
}

// Omission is what was left out of a copy at one place, and why.
type Omission struct {
	System  string `json:"system"`
	Holding string `json:"holding"`
	// Column is "" when the whole holding is left out.
	Column string `json:"column,omitempty"`
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

// filter applies the column rules of one holding (A42).
type filter struct {
	place   inventory.Place
	right   request.Right
	rows    int
	omitted map[string]*Omission
	waiting []string
}

// row gives the columns that may leave, those that a person must look at
// first, and the object to attach, if any.
func (f *filter) row(row systems.Row) (ln line, object string, err error) {
	f.rows++
	ln.Row = map[string]json.RawMessage{}
	h := f.place.Holding
	for name, v := range row {
		if name == inventory.Bookkeeping || empty(v) {
			continue
		}
		col := h.Column(name)
		if reason := f.withhold(name, col); reason != "" {
			f.omit(name, reason)
			continue
		}
		raw, err := exact(v)
		if err != nil {
			return line{}, "", fmt.Errorf("column %s: %w", name, systems.ErrUnreadable)
		}
		attached := name == "object" && h.Format == inventory.Objects
		if attached {
			object = row.Text(name)
		}
		switch {
		case col.Disclose == inventory.DiscloseReview:
			f.wait(f.place.ID() + "/" + name)
			if ln.Held == nil {
				ln.Held = map[string]json.RawMessage{}
			}
			ln.Held[name] = raw
		case !attached:
			ln.Row[name] = raw
		}
	}
	return ln, object, nil
}

// withhold gives the reason why a column stays behind, "" when it may leave.
// What nobody declared never leaves.
func (f *filter) withhold(name string, col *inventory.Column) string {
	switch {
	case col == nil:
		f.wait(f.place.ID() + "/" + name)
		return inventory.NotDeclared
	case f.right == request.Portability && !col.Provided:
		return inventory.NotPortable
	case col.Disclose == inventory.DiscloseYes, col.Disclose == inventory.DiscloseReview:
		return ""
	}
	return col.Reason
}

func (f *filter) wait(place string) {
	if !slices.Contains(f.waiting, place) {
		f.waiting = append(f.waiting, place)
	}
}

func (f *filter) review() []string {
	slices.Sort(f.waiting)
	return f.waiting
}

// omit counts. The name of a column that nobody declared may itself say
// something, so it is not repeated.
func (f *filter) omit(name, reason string) {
	if reason == inventory.NotDeclared {
		name = ""
	}
	o := f.omitted[name]
	if o == nil {
		o = &Omission{System: f.place.System.ID, Holding: f.place.Holding.ID, Column: name, Reason: reason}
		f.omitted[name] = o
	}
	o.Count++
}

func (f *filter) omissions() []Omission {
	out := make([]Omission, 0, len(f.omitted))
	for _, o := range f.omitted {
		out = append(out, *o)
	}
	slices.SortFunc(out, func(a, b Omission) int { return strings.Compare(a.Column, b.Column) })
	return out
}

func empty(v any) bool { return v == nil || v == "" }

// exact is v as JSON without any change: numbers keep their digits and no
// character is escaped that need not be.
func exact(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
