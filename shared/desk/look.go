package desk

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/disclosure"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Looking shows what a person will get before anybody gets it.
type Looking interface {
	LookInto(ctx context.Context, actor casework.Actor, ref request.Reference, leg string) (casework.Contents, error)
	// LookAt gives one file of the package, as it will be.
	LookAt(ctx context.Context, actor casework.Actor, ref request.Reference, leg, name string) ([]byte, error)
}

// contentsPage lists what is in a package and what stays out of it.
type contentsPage struct {
	pages.Frame
	Heading, Part, Count string
	// Index is the page with which the person begins.
	Index  string
	Places []placeRow
	Files  []offer
	Cancel string
}

// placeRow is one holding of a package.
type placeRow struct {
	Name, Rows string
	// Left are the parts that stay behind, each with why.
	Left []string
}

func (h *Handler) showContents(v visit) error {
	ref, err := reference(v)
	if err != nil {
		return err
	}
	leg := v.R.PathValue("leg")
	c, err := h.Cases.LookInto(v.R.Context(), v.actor(), ref, leg)
	if err != nil {
		return err
	}
	title, base := v.Say("look.title"), h.caseAddress(ref, leg, "pakket")
	p := contentsPage{
		Frame: h.frame(v, title+" · "+string(ref)), Heading: title, Part: string(ref) + " · " + h.legTitle(v, &c.Leg),
		Count: v.Say("look.count", "rows", rowsOf(v, c.Rows), "files", len(c.Files)), Index: base + "/index.html", Cancel: h.caseAddress(ref),
	}
	p.Back = p.Cancel
	for _, x := range c.Holdings {
		row := placeRow{Name: h.system(v, x.System) + ": " + h.holding(v, x.System, x.Holding), Rows: rowsOf(v, x.Rows)}
		for _, o := range x.Left {
			row.Left = append(row.Left, h.leftOut(v, o))
		}
		p.Places = append(p.Places, row)
	}
	for _, name := range c.Files {
		p.Files = append(p.Files, offer{Text: name, Link: base + "/" + name})
	}
	return h.door.Show(v.Visit, http.StatusOK, "contents", p)
}

// leftOut says what of a place stays behind, how often and why, with the words
// that the person reads.
func (h *Handler) leftOut(v visit, o disclosure.Omission) string {
	what := o.Column
	switch {
	case o.Reason == inventory.NotDeclared:
		what = v.Say("look.unknown")
	case what == "":
		what = v.Say("look.whole")
	}
	why := o.Reason
	if h.Inventory != nil {
		if p, ok := h.Inventory.Holding(o.System, o.Holding); ok {
			if col := p.Holding.Column(o.Column); col != nil {
				what = col.Label.In(v.Lang)
			}
		}
		if s := h.Inventory.Reasons[o.Reason].In(v.Lang); s != "" {
			why = s
		}
	}
	if o.Count > 0 {
		what = v.Say("look.times", "what", what, "n", o.Count)
	}
	return what + ": " + why
}

// inert is the policy of a package's own page within the desk: it may look as it
// will at the person's, and do nothing. The sandbox gives it no origin, so that
// nothing in it, whoever wrote it, reaches the desk or the session (A28, A43).
const inert = "sandbox allow-downloads; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// showContent gives one file of a package: its own pages to read, everything
// else to save.
func (h *Handler) showContent(v visit) error {
	ref, err := reference(v)
	if err != nil {
		return err
	}
	name := door.Clip(v.R.PathValue("file"), 200)
	body, err := h.Cases.LookAt(v.R.Context(), v.actor(), ref, v.R.PathValue("leg"), name)
	if request.TooMany.Is(err) {
		return h.fault(v, http.StatusRequestEntityTooLarge, "large")
	}
	if err != nil {
		return err
	}
	head := v.W.Header()
	head.Set("Content-Security-Policy", inert)
	// A browser refuses a sandboxed page that also asks for a window of its own.
	head.Set("Cross-Origin-Opener-Policy", "unsafe-none")
	if strings.HasSuffix(name, ".html") {
		head.Set("Content-Type", "text/html; charset=utf-8")
		_, _ = v.W.Write(body) // who went away gets nothing; that is no fault of ours
		return nil
	}
	return door.Save(v.Visit, "application/octet-stream", string(ref)+"-"+fileName(name[strings.LastIndexByte(name, '/')+1:]), body)
}

// found is a value with what was found of it, for who approves (15(4)).
type found struct {
	Place, Verdict, Why string
	Value               string
	Listen              string // address of the file, "" = it is none
}

// findings shows what was found of what may be of others: each value that is
// given, each word that is left out, and why.
func (h *Handler) findings(v visit, r *request.Request, l *request.Leg, after string) ([]found, string, error) {
	s, err := h.Cases.Screening(v.R.Context(), v.actor(), r.Reference, l.ID, after, screenPerPage)
	if err != nil {
		return nil, "", err
	}
	var all []found
	for _, item := range s.Items {
		f := found{Place: h.place(v, item.Place), Value: item.Value}
		if item.File != "" {
			f.Value, f.Listen = "", h.caseAddress(r.Reference, l.ID, "nakijken", item.Item)
		}
		reason := item.Reason
		switch x := item.Found; {
		case x.Finding == request.GiveFinding:
			f.Verdict = v.Say("findings.give", "who", h.who(v, x.By))
		case x.Finding == request.RedactFinding:
			reason, f.Verdict = x.Reason, v.Say("findings.redact", "words", strings.Join(x.Marks, " · "), "who", h.who(v, x.By))
		case x.Finding == request.WithholdFinding:
			reason, f.Verdict = x.Reason, v.Say("findings.withhold", "who", h.who(v, x.By))
		case slices.Contains(s.Cleared, item.Place):
			f.Verdict = v.Say("findings.cleared", "who", h.who(v, l.ClearedBy))
		default:
			f.Verdict = v.Say("findings.none")
		}
		f.Why = v.SayOr("screen.why."+reason, reason)
		all = append(all, f)
	}
	return all, s.Next, nil
}

// foundPage continues the findings where the page of the approval has no room.
type foundPage struct {
	pages.Frame
	Heading, Part, More, Cancel string
	Found                       []found
}

func (h *Handler) showFound(v visit) error {
	view, l, err := h.openLeg(v)
	if err != nil {
		return err
	}
	all, next, err := h.findings(v, view.Request, l, door.Clip(v.R.URL.Query().Get("na"), 40))
	if err != nil {
		return err
	}
	title := v.Say("findings.title")
	p := foundPage{
		Frame: h.frame(v, title+" · "+string(view.Request.Reference)), Heading: title, Part: string(view.Request.Reference) + " · " + h.legTitle(v, l),
		Found: all, Cancel: h.caseAddress(view.Request.Reference), More: h.moreFound(view.Request, l, next),
	}
	p.Back = p.Cancel
	return h.door.Show(v.Visit, http.StatusOK, "found", p)
}

// moreFound is the address of the findings after one; "" when there are none.
func (h *Handler) moreFound(r *request.Request, l *request.Leg, next string) string {
	if next == "" {
		return ""
	}
	return h.caseAddress(r.Reference, l.ID, "nagekeken") + "?na=" + next
}
