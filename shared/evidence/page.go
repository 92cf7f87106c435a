package evidence

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/grounds"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

//go:embed words page.html
var files embed.FS

var words = func() *pages.Words {
	w, err := pages.LoadWords(files, "words")
	if err != nil {
		panic(err)
	}
	return w
}()

var sheet = template.Must(template.ParseFS(files, "page.html"))

// view is what the page shows.
type view struct {
	Lang, Other          request.Language
	OtherPage, Title, By string
	Lead                 string
	Style                template.CSS
	T                    func(key string) (string, error)
	Facts                []term
	Heads                []string
	Rows                 [][]term
	Cases                []caseView
}

type term struct {
	Term, Value, Link string
	Code              bool
}

type caseView struct {
	Anchor, Heading, Lines string
	Events                 []eventView
}

type eventView struct{ What, More, When, Line string }

// sayer keeps the first fault of many sentences.
type sayer struct {
	lang request.Language
	err  error
}

func (s *sayer) say(key string, args ...any) string {
	text, err := words.Say(s.lang, key, args...)
	if err != nil && s.err == nil {
		s.err = err
	}
	return text
}

// or gives the words of key, or of what nobody named, the code itself.
func (s *sayer) or(key, code string) string {
	if code == "" || !words.Has(key+code) {
		return code
	}
	return s.say(key + code)
}

// page is the pack for people, in one language; the other stands beside it.
func page(p Pack, lang request.Language, key string, first bool, other request.Language) ([]byte, error) {
	s := &sayer{lang: lang}
	v := view{
		Lang: lang, Other: other, OtherPage: pageName(!first, other), By: p.By, Style: pages.InlineStyle(), Lead: s.say("lead"),
		T: func(key string) (string, error) { return words.Say(lang, key) },
	}
	switch {
	case p.Client != nil:
		v.Title = s.say("title.client", "client", p.Client.Name, "month", monthName(s, p.Month))
		if p.Parts > 1 {
			v.Title = s.say("title.client.part", "client", p.Client.Name, "month", monthName(s, p.Month), "part", strconv.Itoa(p.Part), "parts", strconv.Itoa(p.Parts))
		}
		if len(p.Cases) == 0 {
			v.Lead = s.say("lead.none")
		}
	case len(p.Cases) > 0:
		v.Title = s.say("title.request", "reference", p.Cases[0].name())
	}
	v.Facts = []term{{Term: s.say("made"), Value: pages.Moment(lang, p.Made)}, {Term: s.say("by"), Value: p.By}, {Term: s.say("count"), Value: strconv.Itoa(len(p.Cases))}}
	if p.Root != nil {
		v.Facts = append(v.Facts, term{Term: s.say("root"), Value: pages.Day(lang, p.Root.Day)}, term{Term: s.say("rootcode"), Value: p.Root.Root, Code: true})
	} else {
		v.Facts = append(v.Facts, term{Term: s.say("root"), Value: s.say("root.none")})
	}
	v.Facts = append(v.Facts, term{Term: s.say("key"), Value: key, Code: true})
	columns := []string{"part", "right"}
	if p.Client == nil {
		columns = append(columns, "client")
	}
	columns = append(columns, "received", "handed-over", "instructed", "done", "told")
	for _, c := range columns {
		v.Heads = append(v.Heads, s.say("col."+c))
	}
	for _, c := range p.Cases {
		anchor := "v-" + string(c.Request)
		name := string(c.Reference)
		if name == "" {
			name = s.say("forgotten")
		}
		for _, l := range c.Legs {
			v.Rows = append(v.Rows, row(s, v.Heads, columns, c, l, name, anchor))
		}
		v.Cases = append(v.Cases, caseOn(s, c, name, anchor))
	}
	if s.err != nil {
		return nil, s.err
	}
	var b bytes.Buffer
	if err := sheet.ExecuteTemplate(&b, "page.html", v); err != nil {
		return nil, fmt.Errorf("render the page: %w", err)
	}
	return b.Bytes(), nil
}

// row is one part of a request in the overview: when it came how far.
func row(s *sayer, heads, columns []string, c Case, l Leg, name, anchor string) []term {
	var out []term
	for i, column := range columns {
		cell := term{Term: heads[i]}
		switch column {
		case "part":
			cell.Value, cell.Link = name+" · "+l.Leg, anchor
		case "right":
			cell.Value = s.or("right.", l.Right)
		case "client":
			cell.Value = l.Client
			if cell.Value == "" {
				cell.Value = "–"
			}
		default:
			cell.Value = s.say("empty")
			if at := c.last(column, l.Leg); !at.IsZero() {
				cell.Value = moment(s.lang, at)
			}
		}
		out = append(out, cell)
	}
	return out
}

// last is when something last happened to a leg, or to the whole request.
func (c Case) last(what, leg string) time.Time {
	var at time.Time
	for _, e := range c.Events {
		told := what == "told" && e.What == "answered" // of our own legs the person is told
		if (e.What == what || told) && (e.Leg == leg || e.Leg == "") {
			at = e.At
		}
	}
	return at
}

// moment is short: "ma 21 dec 2026, 14.32 uur".
func moment(lang request.Language, at time.Time) string {
	return pages.ShortDay(lang, pages.Date(at)) + ", " + pages.Hour(lang, at)
}

func caseOn(s *sayer, c Case, name, anchor string) caseView {
	v := caseView{Anchor: anchor, Heading: s.say("events", "reference", name)}
	shown := 0
	for _, step := range c.Chain {
		if step.Line != nil {
			shown++
		}
	}
	if hidden := len(c.Chain) - shown; hidden > 0 {
		v.Lines = s.say("lines", "shown", shown, "hidden", hidden)
	} else {
		v.Lines = s.say("lines.all", "shown", shown)
	}
	for _, e := range c.Events {
		var more []string
		if e.Leg != "" {
			more = append(more, s.say("part", "leg", e.Leg))
		}
		more = append(more, codeOf(s, e))
		if e.Number != "" && e.What != "letter" {
			more = append(more, e.Number)
		}
		v.Events = append(v.Events, eventView{
			What: s.say("event." + e.What), More: strings.Join(clean(more), " · "), When: moment(s.lang, e.At), Line: s.say("line", "seq", e.Seq),
		})
	}
	return v
}

// codeOf is an event's code in words, where there are.
func codeOf(s *sayer, e Event) string {
	switch e.What {
	case "received":
		return s.or("channel.", e.Code)
	case "handed-over":
		return e.Code + how(s, e.How)
	case "machine-took":
		return s.or("receipt.", e.Code)
	case "instructed":
		return s.or("instruction.", e.Code)
	case "held":
		if reason, ok := grounds.Flag(e.Code); ok {
			return reason.In(s.lang)
		}
	case "letter", "letter-arrived", "letter-came-back":
		return s.or("letter.", e.Code)
	case "told", "answered", "decided", "closed":
		return s.or("outcome.", e.Code)
	case "moved", "taken-over":
		return s.or("move.", e.Code)
	case "restricted":
		return "" // a letter of Art. 18(1), which a client's instruction does not give
	}
	return e.Code
}

// how tells by what a client was told, where that was its machine or should have been.
func how(s *sayer, by string) string {
	if by == "machine" || by == "mail-instead" {
		return ", " + s.say("how."+by)
	}
	return ""
}

func clean(words []string) []string {
	var out []string
	for _, w := range words {
		if w != "" {
			out = append(out, w)
		}
	}
	return out
}

func monthName(s *sayer, month string) string {
	year, number, ok := strings.Cut(month, "-")
	if !ok {
		return month
	}
	return s.say("month."+number, "year", year)
}
