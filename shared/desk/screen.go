package desk

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/redaction"
	"github.com/allclaims/rightsdesk/shared/request"
)

// screenPerPage is how many values stand on one page: each is read by a person.
const screenPerPage = 20

// fileMost is the largest file that the desk hands out for a look, in bytes:
// an answer of a function is at most 6 MB, and bytes travel as base64.
const fileMost = 4 << 20

type screenPage struct {
	pages.Frame
	Heading, Part, Left string
	Action, Cancel      string
	Places              *pages.Choices
	Items               []screenItem
	After, More         string
}

// screenItem is one value with its question: give it, leave words out, or leave it out?
type screenItem struct {
	Heading, Why string
	Context      []fact
	Value        []passage
	Marked       int    // passages of Value that look like others' data
	Rule         string // what the inventory says of the place, "" = nothing
	Listen       string // address of the file, "" = it is none
	Verdict      pages.Choices
	Marks        *pages.Field
}

// passage is a piece of a value. Kind names what was found there, "" = nothing.
type passage struct{ Text, Kind string }

// passages cuts a value where other people's data begin and end.
func passages(v visit, value string, others []redaction.Span) []passage {
	var all []passage
	at := 0
	for _, o := range others {
		if o.Start > at {
			all = append(all, passage{Text: value[at:o.Start]})
		}
		all = append(all, passage{value[o.Start:o.End], v.Say("screen.found." + string(o.Kind))})
		at = o.End
	}
	if at < len(value) {
		all = append(all, passage{Text: value[at:]})
	}
	return all
}

// showScreen shows what may hold other people's data, value by value.
func (h *Handler) showScreen(v visit) error {
	view, l, err := h.openLeg(v)
	if err != nil {
		return err
	}
	return h.screening(v, view.Request, l, door.Clip(v.R.URL.Query().Get("na"), 40), nil, nil, http.StatusOK)
}

// screening shows one page; typed and faults are those of a form that was refused.
func (h *Handler) screening(v visit, r *request.Request, l *request.Leg, after string, typed url.Values, faults map[string]string, status int) error {
	s, err := h.Cases.Screening(v.R.Context(), v.actor(), r.Reference, l.ID, after, screenPerPage)
	if err != nil {
		return err
	}
	title := v.Say("act.screen")
	p := screenPage{
		Frame: h.frame(v, title+" · "+string(r.Reference)), Heading: title, Part: string(r.Reference) + " · " + h.legTitle(v, l),
		Left:   v.Say("screen.left", "open", s.Open, "all", s.All),
		Action: h.caseAddress(r.Reference, l.ID, "nakijken"), Cancel: h.caseAddress(r.Reference), After: after,
	}
	p.Back = p.Cancel
	if s.Next != "" {
		p.More = p.Action + "?na=" + url.QueryEscape(s.Next)
	}
	chosen := s.Cleared
	if typed != nil {
		chosen = typed["plek"]
	}
	if len(s.Places) > 0 {
		c := pages.Choices{ID: "plek", Name: "plek", Many: true, Legend: v.Say("screen.places"), Hint: v.Say("screen.places.hint")}
		group := pages.ChoiceGroup{}
		for _, place := range s.Places {
			group.Options = append(group.Options, pages.Choice{Value: place, Label: v.Rich("screen.place", "place", h.place(v, place)), Checked: slices.Contains(chosen, place)})
		}
		c.Groups = []pages.ChoiceGroup{group}
		p.Places = &c
	}
	for _, item := range s.Items {
		p.Items = append(p.Items, h.screenItem(v, p.Action, item, typed, faults))
		if text := faults[item.Item]; text != "" {
			p.Faults = append(p.Faults, pages.Fault{Place: "w-" + item.Item + "-1", Text: text})
		}
	}
	if len(p.Faults) > 0 {
		p.Title = v.Say("frame.title.faults", "title", p.Title)
	}
	return h.door.Show(v.Visit, status, "screen", p)
}

func (h *Handler) screenItem(v visit, action string, item casework.ScreenItem, typed url.Values, faults map[string]string) screenItem {
	// The words found stand ready in the box; the answer is the officer's, so
	// none is chosen for them.
	verdict, words := item.Found.Finding, item.Found.Marks
	if verdict != request.RedactFinding {
		words = redaction.Words(item.Value, item.Others)
	}
	marks := strings.Join(words, "\n")
	if typed != nil {
		verdict, marks = typed.Get("w-"+item.Item), typed.Get("m-"+item.Item)
	}
	out := screenItem{Heading: h.place(v, item.Place), Why: v.SayOr("screen.why."+item.Reason, item.Reason), Value: passages(v, item.Value, item.Others), Marked: len(item.Others)}
	if item.Whole {
		out.Rule = v.Say("screen.whole")
	}
	for _, name := range slices.Sorted(maps.Keys(item.Row)) {
		label := item.Labels[name].In(v.Lang)
		if text := rowText(item.Row[name]); text != "" && label != "" && len(out.Context) < 6 {
			out.Context = append(out.Context, fact{label, text})
		}
	}
	codes := []string{request.GiveFinding, request.RedactFinding, request.WithholdFinding}
	if item.File != "" {
		out.Value, out.Listen = nil, action+"/"+url.PathEscape(item.Item)
		codes = []string{request.GiveFinding, request.WithholdFinding}
	}
	out.Verdict = pages.Choices{
		ID: "w-" + item.Item, Name: "w-" + item.Item, Legend: v.Say("screen.verdict"), Error: faults[item.Item],
		Groups: []pages.ChoiceGroup{{Options: choicesOf(v, codes, "screen.verdict.", oneOf(verdict))}},
	}
	if item.File == "" {
		out.Marks = &pages.Field{
			ID: "m-" + item.Item, Label: v.Say("screen.marks"), Hint: v.Say("screen.marks.hint"), Type: "area", Rows: 3, Value: marks, Depends: true, Lang: v.Lang,
		}
	}
	return out
}

// rowText is a value of the row beside, short.
func rowText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		s = string(raw)
	}
	return door.Clip(s, 120)
}

// screen records the findings of one page.
func (h *Handler) screen(v visit) error {
	form, err := readForm(v)
	if err != nil {
		return err
	}
	view, l, err := h.openLeg(v)
	if err != nil {
		return err
	}
	if l.Role != request.Controller || l.Phase != request.Deciding {
		// The copy may be gone by now: it is not asked for.
		return request.Fault(request.PhaseIllegal, string(view.Request.ID)+"/"+l.ID, "screen")
	}
	after := door.Clip(form.Get("na"), 40)
	s, err := h.Cases.Screening(v.R.Context(), v.actor(), view.Request.Reference, l.ID, after, screenPerPage)
	if err != nil {
		return err
	}
	var found []request.Screened
	faults := map[string]string{}
	for _, item := range s.Items {
		verdict := form.Get("w-" + item.Item)
		f := request.Screened{Item: item.Item, Finding: verdict, Reason: item.Reason, Marks: marked(form.Get("m-" + item.Item))}
		if verdict != request.RedactFinding {
			f.Marks = nil // what stood ready in the box
		}
		switch {
		case verdict == "" || verdict == item.Found.Finding && slices.Equal(f.Marks, item.Found.Marks):
			continue
		case verdict == request.RedactFinding && len(f.Marks) == 0:
			faults[item.Item] = v.Say("fault.screen.marks")
		}
		found = append(found, f)
	}
	if len(faults) > 0 {
		return h.screening(v, view.Request, l, after, form, faults, http.StatusUnprocessableEntity)
	}
	err = h.Cases.Screen(v.R.Context(), v.actor(), view.Request.Reference, l.ID, found, form["plek"])
	if request.InputRefused.Is(err) {
		// Words that do not stand in the text: which of them, the officer sees below.
		for _, f := range found {
			if f.Finding == request.RedactFinding {
				faults[f.Item] = v.Say("fault.screen.words")
			}
		}
		if len(faults) > 0 {
			return h.screening(v, view.Request, l, after, form, faults, http.StatusUnprocessableEntity)
		}
	}
	if err != nil {
		return err
	}
	to := h.caseAddress(view.Request.Reference)
	if s.Next != "" { // on to what is not looked at yet
		to = h.caseAddress(view.Request.Reference, l.ID, "nakijken") + "?na=" + url.QueryEscape(s.Next)
	}
	return h.done(v, to, "screened")
}

// marked are the lines of a box that hold something.
func marked(s string) []string {
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// screenFile hands out a file that waits: as a download that no browser opens by itself (A43).
func (h *Handler) screenFile(v visit) error {
	view, l, err := h.openLeg(v)
	if err != nil {
		return err
	}
	f, err := h.Cases.ScreenFile(v.R.Context(), v.actor(), view.Request.Reference, l.ID, door.Clip(v.R.PathValue("item"), 40))
	if err != nil {
		return err
	}
	defer f.Body.Close()
	b, err := io.ReadAll(io.LimitReader(f.Body, fileMost+1))
	if err != nil {
		return err
	}
	if len(b) > fileMost {
		return h.fault(v, http.StatusRequestEntityTooLarge, "large")
	}
	head := v.W.Header()
	head.Set("Content-Type", "application/octet-stream")
	head.Set("Content-Disposition", `attachment; filename="`+f.Name+`"`)
	head.Set("Content-Security-Policy", "sandbox")
	_, err = io.Copy(v.W, bytes.NewReader(b))
	return err
}
