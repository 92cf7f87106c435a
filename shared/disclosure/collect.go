package disclosure

import (
	"context"
	"errors"
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

// Sink keeps collected parts: the work vault. Put replaces what is there.
type Sink interface {
	Put(ctx context.Context, key string, body io.Reader) error
}

// Job is what to collect from one system.
type Job struct {
	Request request.ID
	Leg     string
	// Received is when the request reached us: a processor is asked in its name.
	Received time.Time
	System   string
	// Relation and Role pick the holdings (Inventory.HoldingsFor), Right the filter.
	Relation request.Relation
	Role     request.Role
	Right    request.Right
	Keys     systems.Keys
	// Client narrows a processor leg to one client's data.
	Client string
	// Done are the receipts of earlier turns; what they tell whole is not
	// fetched again, and what they tell in part is gone on with.
	Done []request.Receipt
	// Enough is asked now and then: true ends this turn within a holding, so
	// that its last receipt has More. nil = to the end.
	Enough func() bool
}

// Result is what a collection answers: counts and codes, no content.
type Result struct {
	Receipts []request.Receipt
	// Review are the places with content that a person must look at first
	// system/holding/column. It is set apart in the part and leaves in no
	// package before somebody said so.
	Review []string
	// More is true when the turn ended before the system did: collect again.
	More bool
}

// Collector takes a person's data out of the systems.
type Collector struct {
	Systems systems.Registry
	Sink    Sink
	Now     func() time.Time
}

// Collect streams one system's holdings into parts, one object a holding and
// turn. A system that cannot be read whole is an error: never silently less
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
		part, from := job.at(p)
		if part > 0 && from == "" {
			continue // whole
		}
		receipt, review, err := c.holding(ctx, sys, p, job, part, from)
		if err != nil {
			return Result{}, fmt.Errorf("collect %s for leg %s: %w", p.ID(), job.Leg, err)
		}
		res.Receipts = append(res.Receipts, receipt)
		res.Review = append(res.Review, review...)
		if receipt.More != "" {
			res.More = true
			return res, nil
		}
	}
	return res, nil
}

// at says how many parts a holding has from earlier turns, and where the next
// begins: "" with parts means that nothing is left of it.
func (j Job) at(p inventory.Place) (parts int, from string) {
	for _, r := range j.Done {
		if r.System == p.System.ID && r.Holding == p.Holding.ID && r.Action == Collected {
			parts, from = parts+1, r.More
		}
	}
	return parts, from
}

func (c Collector) holding(ctx context.Context, sys systems.System, p inventory.Place, job Job, part int, from string) (request.Receipt, []string, error) {
	// A run has its own name for a part: of two, one that comes late writes
	// nothing over what the other has on record.
	folder := path.Join(string(job.Request), job.Leg, p.System.ID, fmt.Sprintf("%s.%03d-%x", p.Holding.ID, part, c.Now().UnixNano()))
	key := folder + ".part"
	r, w := io.Pipe()
	put := make(chan error, 1)
	go func() {
		err := c.Sink.Put(ctx, key, r)
		r.CloseWithError(err) // a sink that fails stops the writer
		put <- err
	}()
	count := &counter{to: w}
	out := newPartWriter(count)
	whole := false
	defer func() {
		if !whole { // nothing goes on of a part that ends here, by an error or a panic
			w.CloseWithError(io.ErrUnexpectedEOF)
			out.drop()
		}
	}()
	f := newFilter(p, job.Right)
	err := out.json(headFrame, head{Version: 2, System: p.System.ID, Holding: p.Holding.ID, Right: job.Right, Columns: f.columns})
	next := ""
	if err == nil {
		of := systems.Of(job.Keys, job.Client)
		of.Case = systems.Case{Request: job.Request, Leg: job.Leg, Right: job.Right, Received: job.Received}
		of.From, of.Enough = from, job.Enough
		err = systems.Copy(ctx, sys, *p.Holding, of, func(rec systems.Record) error {
			object := f.row(rec)
			file := ""
			if object != "" {
				file = fmt.Sprintf("%s/%04d%s", folder, f.rows, safeExt(object))
				if err := c.attach(ctx, sys, p, object, file); err != nil {
					return err
				}
			}
			return out.write(f.values, file)
		})
		if cut := (*systems.Cut)(nil); errors.As(err, &cut) {
			next, err = cut.Next, nil
		}
	}
	if err == nil {
		err = out.json(endFrame, end{Rows: f.rows, Omitted: f.omissions()})
	}
	if err == nil {
		err = out.w.Close()
	}
	whole = err == nil
	w.CloseWithError(err) // nil ends the part, an error stops the sink
	if putErr := <-put; err == nil {
		err = putErr
	}
	if err != nil {
		return request.Receipt{}, nil, err
	}
	return request.Receipt{
		System: p.System.ID, Holding: p.Holding.ID, Action: Collected, Count: f.rows,
		At: c.Now().UTC(), Part: key, Bytes: count.n, More: next,
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
	place    inventory.Place
	columns  []headColumn // those that a part has
	at       []int        // where each of them stands in the holding
	withheld []withheld   // the others that the inventory names
	// values are those of the row at hand, in the order of columns.
	values  [][]byte
	rows    int
	omitted map[string]*Omission
	waiting map[string]bool // system/holding/column
}

type withheld struct {
	at           int
	name, reason string
}

func newFilter(p inventory.Place, right request.Right) *filter {
	f := &filter{place: p, omitted: map[string]*Omission{}, waiting: map[string]bool{}}
	for i := range p.Holding.Columns {
		c := &p.Holding.Columns[i]
		if reason := reasonOf(c, right); reason != "" {
			f.withheld = append(f.withheld, withheld{i, c.Name, reason})
			continue
		}
		f.columns = append(f.columns, headColumn{c.Name, c.Disclose == inventory.DiscloseReview})
		f.at = append(f.at, i)
	}
	f.values = make([][]byte, len(f.columns))
	return f
}

// row sets values to what of a row may leave, at once or when somebody looked,
// and gives the object to attach, if any.
func (f *filter) row(rec systems.Record) (object string) {
	f.rows++
	for i, at := range f.at {
		c, v := &f.columns[i], rec.Values[at]
		f.values[i] = v
		if v == nil {
			continue
		}
		attached := isAttachment(f.place.Holding, c.Name)
		if attached {
			object = textOf(v)
		}
		if c.Held {
			f.wait(c.Name)
		} else if attached {
			f.values[i] = nil // the file itself leaves, its name does not
		}
	}
	for _, w := range f.withheld {
		if rec.Values[w.at] != nil {
			f.omit(w.name, w.reason)
		}
	}
	for _, name := range rec.Unnamed { // they never leave
		f.wait(name)
		f.omit(name, inventory.NotDeclared)
	}
	return object
}

func (f *filter) wait(name string) {
	f.waiting[name] = true
}

func (f *filter) review() []string {
	var places []string
	for name := range f.waiting {
		places = append(places, f.place.ID()+"/"+name)
	}
	slices.Sort(places)
	return places
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
