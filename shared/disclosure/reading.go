package disclosure

import (
	"archive/zip"
	"errors"
	"fmt"
	"path"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
)

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
