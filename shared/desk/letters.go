package desk

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
)

// letterPage is one letter as it was sent, its way, and what can still be done.
type letterPage struct {
	pages.Frame
	Heading, Part string
	Facts         []fact
	Subject, Text string
	TextLang      string
	// Note says what kind of text this is.
	Note string
	// Acts are what an officer can do with it.
	Print, Posted, Recall, Again string
	Day                          pages.Field
	Return                       string
}

func (h *Handler) showLetter(v visit) error { return h.letterPage(v, "", http.StatusOK) }

func (h *Handler) letterPage(v visit, fault string, status int) error {
	ref, err := reference(v)
	if err != nil {
		return err
	}
	lv, err := h.Cases.ReadLetter(v.R.Context(), v.actor(), ref, v.R.PathValue("letter"))
	if err != nil {
		return err
	}
	l := lv.Letter
	name := string(l.Order.Kind) + " " + h.letterName(v, l.Order.Kind)
	p := letterPage{
		Frame: h.frame(v, v.Say("letter.title")+" · "+string(ref)), Heading: name, Part: string(ref),
		Subject: lv.Subject, Text: lv.Text, TextLang: string(l.Order.Language), Return: h.caseAddress(ref),
	}
	p.Back = p.Return
	p.Facts = []fact{{v.Say("letter.to"), h.to(v, l.To)}, {v.Say("letter.state"), h.delivery(v, lv.Delivery)}}
	if lv.Delivery.Possible > 0 {
		p.Facts = append(p.Facts, fact{v.Say("letter.twice"), v.Say("letter.twice.text")})
	}
	p.Note = v.Say("letter.kept")
	if !lv.Kept {
		p.Note = v.Say("letter.draft")
		switch l.State {
		case post.Sent, post.Delivered, post.Bounced, post.Posted:
			p.Note = v.Say("letter.uncopied")
		}
	}
	if v.actor().Has(Officer) {
		here := func(act string) string { return h.letterAddress(ref, l.ID, act) }
		switch l.State {
		case post.Print, post.Bounced, post.Failed:
			if l.To.Kind == "sender" || l.To.Kind == "file" {
				p.Print = here("print")
			}
			p.Posted = here("gepost")
			p.Day = pages.Field{ID: "dag", Label: v.Say("letter.day"), Hint: v.Say("date.hint"), Width: "w12", Plain: true, Value: door.TypedDay(pages.Date(h.Now())), Lang: v.Lang}
			if fault != "" {
				p.Day.Error = v.Say(fault)
				p.Faults = []pages.Fault{{Place: "dag", Text: p.Day.Error}}
				p.Title = v.Say("frame.title.faults", "title", p.Title)
			}
		case post.Unsent:
			if l.Code == nil && l.To.Kind != "house" {
				p.Recall = here("terughalen")
			}
		case post.Recalled:
			p.Again = here("alsnog")
		}
	}
	return h.door.Show(v.Visit, status, "letter", p)
}

// letterAddress is the page of a letter, or of one of its acts.
func (h *Handler) letterAddress(ref request.Reference, parts ...string) string {
	path := "/brief/" + url.PathEscape(string(ref))
	for _, p := range parts {
		path += "/" + url.PathEscape(p)
	}
	return h.address(path)
}

// to says in words where a letter goes.
func (h *Handler) to(v visit, a post.Address) string {
	s := v.SayOr("to."+a.Kind, a.Kind)
	switch {
	case !names(v):
	case a.Kind == post.Machine:
		s += ": " + a.URL
	case a.Email != "":
		s += ": " + a.Email
	default:
		s += ", " + v.Say("to.by-post")
	}
	return s
}

// delivery says in words how far a letter has come, and why it did not arrive.
func (h *Handler) delivery(v visit, d casework.DeliveryView) string {
	s := v.SayOr("delivery."+d.State, d.State)
	if !d.At.IsZero() {
		s += ", " + pages.Moment(v.Lang, d.At)
	}
	if d.State == "bounced" && d.Class != "" {
		s += ": " + v.SayOr("bounce."+string(d.Class), string(d.Class))
		if d.Code != "" {
			s += " (" + d.Code + ")"
		}
	}
	if d.PostedOn != "" {
		s += ", " + v.Say("delivery.on", "date", pages.Day(v.Lang, d.PostedOn), "who", h.who(v, d.PostedBy))
	}
	return s
}

// printLetter hands out the letter as a PDF to print. It is no page: the
// browser saves it.
func (h *Handler) printLetter(v visit) error {
	ref, err := reference(v)
	if err != nil {
		return err
	}
	id := v.R.PathValue("letter")
	print := h.Cases.PrintLetter
	if view, err := h.Cases.View(v.R.Context(), v.actor(), ref); err != nil {
		return err
	} else {
		for _, x := range view.Request.CodeLetters {
			if x.ID == id {
				print = h.Cases.PrintCode
			}
		}
	}
	paper, err := print(v.R.Context(), v.actor(), ref, id)
	if err != nil {
		return h.letterRefused(v, ref, err)
	}
	return door.Save(v.Visit, "application/pdf", string(ref)+"-"+fileName(id)+".pdf", paper.PDF)
}

// fileName keeps of a name what every system can store.
func fileName(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == '_':
			return c
		}
		return '-'
	}, door.Clip(s, 120))
}

// letterRefused is the sentence for a letter that cannot be printed, posted or taken back.
func (h *Handler) letterRefused(v visit, ref request.Reference, err error) error {
	var fault *request.Error
	if !errors.As(err, &fault) {
		return err
	}
	key := "no.letter." + string(fault.Code)
	answer, ok := door.Answers[fault.Code]
	if !ok || !v.Knows(key) {
		return err // one that is not there is the same page for every address
	}
	f := h.faultPage(v, "deed")
	f.Text, f.NextTo = v.Say(key), h.letterAddress(ref, v.R.PathValue("letter"))
	return h.door.Show(v.Visit, answer.Status, "fault", f)
}

func (h *Handler) letterPosted(v visit) error {
	form, err := readForm(v)
	if err != nil {
		return err
	}
	ref, err := reference(v)
	if err != nil {
		return err
	}
	day := door.ReadDay(form.Get("dag"))
	if day == "" {
		return h.letterPage(v, "fault.letter.day", http.StatusUnprocessableEntity)
	}
	err = h.Cases.Posted(v.R.Context(), v.actor(), ref, v.R.PathValue("letter"), day)
	if request.InputRefused.Is(err) {
		return h.letterPage(v, "fault.letter.day", http.StatusUnprocessableEntity)
	}
	if err != nil {
		return h.letterRefused(v, ref, err)
	}
	return h.done(v, h.caseAddress(ref), "posted")
}

func (h *Handler) recallLetter(v visit) error {
	return h.onLetter(v, "recalled", h.Cases.RecallLetter)
}

func (h *Handler) sendAfterAll(v visit) error {
	return h.onLetter(v, "sent-after-all", h.Cases.SendAfterAll)
}

func (h *Handler) onLetter(v visit, told string, do letterAct) error {
	ref, err := reference(v)
	if err != nil {
		return err
	}
	if err := do(v.R.Context(), v.actor(), ref, v.R.PathValue("letter")); err != nil {
		return h.letterRefused(v, ref, err)
	}
	return h.done(v, h.caseAddress(ref), told)
}

// attachment hands out one file of the message, as a download and nothing else:
// its kind is never believed.
func (h *Handler) attachment(v visit) error {
	ref, err := reference(v)
	if err != nil {
		return err
	}
	n := 0
	if _, err := fmt.Sscanf(v.R.PathValue("n"), "%d", &n); err != nil {
		return request.Fault(request.NotFound, string(ref), "read the number of an attachment")
	}
	at, err := h.Cases.Attachment(v.R.Context(), v.actor(), ref, n)
	if request.TooMany.Is(err) {
		f := h.faultPage(v, "deed")
		f.Text, f.NextTo = v.Say("no.attachment", "size", pages.Size(v.Lang, casework.MaxAttachment)), h.caseAddress(ref)
		return h.door.Show(v.Visit, http.StatusUnprocessableEntity, "fault", f)
	}
	if err != nil {
		return err
	}
	name := fileName(at.Name)
	if name == "" {
		name = "bijlage"
	}
	return door.Save(v.Visit, "application/octet-stream", string(ref)+"-"+name, at.Body)
}
