package desk

import (
	"slices"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// maxNote is the longest explanation of a decision, in characters.
const maxNote = 4000

// actPage is the page of one act on a request: what it is about, what it does,
// a form with one primary button, and the way back.
type actPage struct {
	pages.Frame
	Heading, Part string
	// About are the facts of the thing that is acted on.
	About []fact
	// Text explains; Warning is what cannot be undone.
	Text    []string
	Warning string
	// Wide gives the questions the wide column; BoxesFirst puts the boxes before
	// the choices.
	Wide, BoxesFirst bool
	// Links lead to what belongs to the same thing.
	Links []pages.Link
	// FirstTo leads to what must be done before this.
	FirstTo string
	Plan    []planRow
	// Found is what was found of what may be of others, FoundMore where the rest
	// stands, LookTo where the whole package can be looked into.
	Found             []found
	FoundMore, LookTo string
	People            []personBox
	// Message is what the person wrote, as text.
	Message, MessageHead string
	Action               string
	Choices              []pages.Choices
	Fields               []pages.Field
	Hidden               []fact
	Mail                 *letters.Mail
	// Effects say what will happen, Letters what will be told to whom.
	Effects []string
	Letters []preview
	// Button names the act; Danger makes it red. Second is another button, for
	// which SecondChoices and SecondField are.
	Button, Do, Second, SecondDo string
	Danger                       bool
	SecondHead                   string
	SecondHidden                 []fact
	SecondChoices                []pages.Choices
	Cancel                       string
	// Blocked is why this person may not: a sentence, not a dead button.
	Blocked string
}

func (h *Handler) actPage(v visit, r *request.Request, l *request.Leg, key, path string) actPage {
	title := v.Say("act." + key)
	p := actPage{
		Frame: h.frame(v, title+" · "+string(r.Reference)), Heading: title, Part: string(r.Reference),
		Action: h.caseAddress(r.Reference, path), Cancel: h.caseAddress(r.Reference), Button: v.Say("act." + key + ".button"),
	}
	if l != nil {
		p.Part += " · " + h.legTitle(v, l)
		p.Action = h.caseAddress(r.Reference, l.ID, path)
		p.LookTo = h.lookTo(v, r, l)
	}
	p.Back = p.Cancel
	return p
}

// workTo is the day to work to, the first thing to know of a request.
func (h *Handler) workTo(v visit, r *request.Request) fact {
	return fact{v.Say("case.by"), h.dueOf(v, r).long(v)}
}

// dueOf is the day to work to on a request.
func (h *Handler) dueOf(v visit, r *request.Request) due {
	d := h.due(v, r.WorkTo())
	if r.Closed() {
		d = answered(v, d)
	}
	return d
}

// faulty marks a page with what must be mended, in the order of its questions.
func (p *actPage) faulty(v visit, faults []pages.Fault) {
	var choices, boxes []string
	for _, c := range p.Choices {
		choices = append(choices, c.ID+"-1")
	}
	for _, f := range p.Fields {
		boxes = append(boxes, f.ID)
	}
	order := append(choices, boxes...)
	if p.BoxesFirst {
		order = append(boxes, choices...)
	}
	p.Faults = slices.SortedStableFunc(slices.Values(faults), func(a, b pages.Fault) int {
		return slices.Index(order, a.Place) - slices.Index(order, b.Place)
	})
	p.Title = v.Say("frame.title.faults", "title", p.Title)
}

func choicesOf[T ~string](v visit, codes []T, prefix string, chosen func(string) bool) []pages.Choice {
	var out []pages.Choice
	for _, code := range codes {
		out = append(out, pages.Choice{Value: string(code), Label: v.Rich(prefix + string(code)), Checked: chosen(string(code))})
	}
	return out
}

func oneOf(value string) func(string) bool { return func(s string) bool { return s == value } }

func anyOf(values []string) func(string) bool {
	return func(s string) bool { return slices.Contains(values, s) }
}
