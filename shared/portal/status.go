package portal

import (
	"html/template"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// statusPage shows how a request stands, as far as the visitor proved.
type statusPage struct {
	pages.Frame
	View    casework.StatusView
	Todo    string
	Legs    []legBlock
	Session sessionLine
	// Withdraw is the address of the page to withdraw on, "" when nothing is left to stop.
	Withdraw string
}

// legBlock is one part of the request in words.
type legBlock struct {
	Title string
	State template.HTML
	// Told are what a client was sent and told us, with days.
	Told []string
	Date string
	Turn bool
	// Next leads to what the person can do, NextText says what; Stop is the leg whose erasing can be stopped.
	Next, NextText string
	Stop           string
	StopAction     string
}

// sessionLine tells when the session ends and how to move that (WCAG 2.2.1).
type sessionLine struct {
	Until       string
	Longer, Out string
	Lang        request.Language
}

func (h *Handler) sessionLine(v visit, s *session) sessionLine {
	return sessionLine{
		Until: pages.Hour(v.Lang, s.proof.Until), Lang: v.Lang,
		Longer: h.address(v.Lang, "/stand/langer"), Out: h.address(v.Lang, "/stand/uitloggen"),
	}
}

// status shows the request that the visitor proved to be theirs. The
// reference comes from the session, never from the address (A26).
func (h *Handler) status(v visit) error {
	s, err := h.sessionOf(v)
	if err != nil {
		return err
	}
	if s == nil {
		return h.statusDoor(v)
	}
	view, err := h.Requests.Status(v.R.Context(), s.Reference, s.viewer())
	if err != nil {
		return err
	}
	p := statusPage{
		Frame: h.frame(v, v.Say("overview.title"), "/stand/overzicht"), View: view,
		Session: h.sessionLine(v, s), Todo: v.Say("overview.todo.nothing"),
	}
	if s.Told != "" {
		p.Told = &pages.Notice{Kind: "ok", Text: v.Rich(s.Told)}
	}
	for _, leg := range view.Legs {
		block := legBlock{Title: capital(v.Say("right." + string(leg.Right))), State: v.state(leg)}
		for _, t := range leg.Told {
			block.Told = append(block.Told, v.Say("client."+t.What, "date", pages.Day(v.Lang, t.On)))
		}
		switch leg.State {
		case "some-client":
			block.Next, block.NextText = h.address(v.Lang, "/bewijs?k="+string(view.Reference)), v.Say("overview.prove")
		case "your-turn":
			block.Turn = true
			block.Next, block.NextText = h.address(v.Lang, "/bewijs?k="+string(view.Reference)), v.Say("overview.prove")
			if leg.NeedsFact && s.sight >= casework.SightFile {
				block.Next, block.NextText = h.address(v.Lang, "/bewijs/nummer"), v.Say("overview.fact")
			}
			p.Todo = v.Say("overview.todo.prove")
		case "closed-unverified":
			block.Next, block.NextText = h.address(v.Lang, "/bewijs?k="+string(view.Reference)), v.Say("overview.again")
		case "ready":
			block.Turn = true
			if leg.Package != nil {
				block.Next, block.NextText = h.address(v.Lang, "/download"), v.Say("overview.fetch")
				p.Todo = v.Say("overview.todo.fetch")
			}
		case "cooling":
			if leg.CanCancel {
				block.Stop, block.StopAction = leg.Leg, h.address(v.Lang, "/stand/stop")
			}
		}
		p.Legs = append(p.Legs, block)
	}
	if mayStop(view) {
		p.Withdraw = h.address(v.Lang, "/stand/intrekken")
	}
	return h.door.Show(v.Visit, http.StatusOK, "status", p)
}

// state says where a leg stands. What needs a date or a name and has none is
// said without it.
func (v visit) state(leg casework.LegStatus) template.HTML {
	key := "state." + leg.State
	date := pages.Day(v.Lang, leg.Date)
	switch {
	case leg.Company != "" && date != "" && site.Words().Has(key) && leg.State != "ready":
		return v.Rich(key, "company", leg.Company, "date", date)
	case leg.State == "with-client":
		return v.Rich("state.searching")
	case !site.Words().Has(key):
		return v.Rich("state.searching")
	case (leg.State == "your-turn" || leg.State == "cooling" || leg.State == "answered") && date != "":
		return v.Rich(key, "date", date)
	case leg.State == "your-turn" || leg.State == "cooling" || leg.State == "answered":
		return v.Rich(key + ".undated")
	}
	return v.Rich(key)
}

// capital gives a sentence its capital.
func capital(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:size]) + s[size:]
}

// mayStop reports whether anything that the visitor sees can still be stopped.
func mayStop(view casework.StatusView) bool {
	return slices.ContainsFunc(view.Legs, func(leg casework.LegStatus) bool { return leg.MayStop })
}

// proven runs act in the visitor's proven session and leads to the overview,
// which tells what act answers: the key of a text, or "".
func (h *Handler) proven(v visit, act func(*session) (told string, err error)) error {
	s, err := h.sessionOf(v)
	if err != nil {
		return err
	}
	if s == nil {
		return h.statusDoor(v)
	}
	told, err := act(s)
	if err != nil {
		return err
	}
	s.Told, s.Fault = told, ""
	if err := h.door.Save(v.Visit, visitRecord, s.proofVisit); err != nil {
		return err
	}
	return h.to(v, "/stand/overzicht")
}

// longer moves the end of the session: one press, no script.
func (h *Handler) longer(v visit) error {
	return h.proven(v, func(s *session) (string, error) {
		_, err := h.Proof.Extend(v.R.Context(), s.secret, s.Purpose, string(s.Reference))
		return "", err
	})
}

// signOut ends the session and forgets where the visitor was.
func (h *Handler) signOut(v visit) error {
	p, err := h.visitOf(v)
	if err != nil {
		return err
	}
	if p != nil {
		if err := h.Proof.End(v.R.Context(), h.door.SecretOf(v.R, visitRecord), p.Purpose, string(p.Reference)); err != nil && !door.Refused(err) {
			return err
		}
	}
	if err := h.door.Drop(v.Visit, visitRecord); err != nil {
		return err
	}
	return h.to(v, "/stand/uitgelogd")
}

// stopErasure keeps the data of a leg whose erasing has not begun (A49). A tab
// that was opened before it began is told that it is too late.
func (h *Handler) stopErasure(v visit) error {
	values, _, err := readForm(v.R)
	if err != nil {
		return err
	}
	return h.proven(v, func(s *session) (string, error) {
		leg, err := h.ownLeg(v, s, values.Get("deel"))
		switch {
		case err != nil:
			return "", err
		case s.sight < casework.SightFull:
			return "", request.Fault(request.NotFound, string(s.Reference), "stop an erasing without the proof for it")
		case !leg.CanCancel:
			return "told.begun", nil
		}
		return "told.stopped", h.Requests.CancelErasure(v.R.Context(), s.Reference, leg.Leg)
	})
}

// ownLeg finds a leg of the visitor's own request that they may see in full;
// anything else is not found (A26).
func (h *Handler) ownLeg(v visit, s *session, id string) (casework.LegStatus, error) {
	view, err := h.Requests.Status(v.R.Context(), s.Reference, s.viewer())
	if err != nil {
		return casework.LegStatus{}, err
	}
	for _, leg := range view.Legs {
		if leg.Leg == id {
			return leg, nil
		}
	}
	return casework.LegStatus{}, request.Fault(request.NotFound, string(s.Reference), "find a leg of a visitor's request")
}

// simplePage is a heading, some text and one way on.
type simplePage struct {
	pages.Frame
	Heading string
	Text    []string
	// Action posts; Next leads on.
	Action, Button string
	Next, NextText string
}

func (h *Handler) showWithdraw(v visit) error {
	s, err := h.sessionOf(v)
	if err != nil {
		return err
	}
	if s == nil {
		return h.statusDoor(v)
	}
	view, err := h.Requests.Status(v.R.Context(), s.Reference, s.viewer())
	if err != nil {
		return err
	}
	if !mayStop(view) {
		return h.simple(v, "withdraw.over", "/stand/intrekken", "/stand/overzicht")
	}
	p := simplePage{
		Frame: h.frame(v, v.Say("withdraw.title"), "/stand/intrekken"), Heading: v.Say("withdraw.title"),
		Text:   []string{v.Say("withdraw.text", "reference", s.Reference), v.Say("withdraw.again")},
		Action: h.address(v.Lang, "/stand/intrekken"), Button: v.Say("withdraw.button"),
		Next: h.address(v.Lang, "/stand/overzicht"), NextText: v.Say("withdraw.keep"),
	}
	return h.door.Show(v.Visit, http.StatusOK, "simple", p)
}

// withdraw closes the request at the person's own wish (T-29). A tab that was
// opened before it was finished is told that it is.
func (h *Handler) withdraw(v visit) error {
	return h.proven(v, func(s *session) (string, error) {
		view, err := h.Requests.Status(v.R.Context(), s.Reference, s.viewer())
		if err != nil {
			return "", err
		}
		if !mayStop(view) {
			return "told.over", nil
		}
		return "told.withdrawn", h.Requests.Withdraw(v.R.Context(), s.Reference)
	})
}

func (h *Handler) signedOut(v visit) error { return h.simple(v, "out", "/stand/uitgelogd", "/") }

func (h *Handler) reported(v visit) error { return h.simple(v, "reported", "/bewijs/gemeld", "/") }

func (h *Handler) accessibility(v visit) error {
	return h.simple(v, "access.page", "/toegankelijkheid", "/")
}

func (h *Handler) simple(v visit, kind, path, next string) error {
	return h.door.Show(v.Visit, http.StatusOK, "simple", simplePage{
		Frame: h.frame(v, v.Say(kind+".title"), path), Heading: v.Say(kind + ".title"), Text: []string{v.Say(kind + ".text")},
		Next: h.address(v.Lang, next), NextText: v.Say(kind + ".next"),
	})
}

// downloadPage lists what is ready, or holds the link to one file.
type downloadPage struct {
	pages.Frame
	Files   []downloadFile
	Action  string
	Link    string
	File    downloadFile
	Again   string
	Session sessionLine
}

type downloadFile struct {
	Leg, Name, What, Size, SHA256, Until string
	Left                                 int
}

func (h *Handler) files(v visit, s *session) ([]downloadFile, error) {
	// What this sight may not see has no package here, so it cannot be released.
	view, err := h.Requests.Status(v.R.Context(), s.Reference, s.viewer())
	if err != nil {
		return nil, err
	}
	var files []downloadFile
	for _, leg := range view.Legs {
		if p := leg.Package; p != nil {
			files = append(files, downloadFile{
				Leg: leg.Leg, Name: p.Name, What: capital(v.Say("right." + string(leg.Right))), Size: pages.Size(v.Lang, p.Bytes),
				SHA256: p.SHA256, Until: pages.Day(v.Lang, p.Until), Left: p.Left,
			})
		}
	}
	return files, nil
}

// download lists the files that are ready for a visitor who proved enough.
func (h *Handler) download(v visit) error {
	s, err := h.sessionOf(v)
	if err != nil {
		return err
	}
	if s == nil {
		return h.packageDoor(v)
	}
	files, err := h.files(v, s)
	if err != nil {
		return err
	}
	if len(files) == 0 && s.sight < casework.SightFull {
		// Who proved less than a file needs may still be at the mailbox on file:
		// the door of the letter asks for that.
		return h.packageDoor(v)
	}
	p := downloadPage{
		Frame: h.frame(v, v.Say("download.title"), "/download"), Files: files, Action: h.address(v.Lang, "/download"),
		Again: h.address(v.Lang, "/verzoek/"+stepWishes), Session: h.sessionLine(v, s),
	}
	p.Back = h.address(v.Lang, "/stand/overzicht")
	if len(files) == 0 {
		p.Title = v.Say("frame.title", "page", v.Say("download.gone.title"))
	}
	return h.door.Show(v.Visit, http.StatusOK, "download", p)
}

// packageDoor is where the letter about a file leads.
func (h *Handler) packageDoor(v visit) error {
	return h.askReference(v, "fetch", v.R.URL.Query().Get("k"), "")
}

// release answers with the page that holds the address of the file: a
// redirect would meet form-action, and the address must not be kept. It is
// good for 120 seconds at most, and every one is counted (A25).
func (h *Handler) release(v visit) error {
	values, _, err := readForm(v.R)
	if err != nil {
		return err
	}
	s, err := h.sessionOf(v)
	if err != nil {
		return err
	}
	if s == nil {
		return h.packageDoor(v)
	}
	files, err := h.files(v, s)
	if err != nil {
		return err
	}
	for _, file := range files {
		if file.Leg != values.Get("deel") {
			continue
		}
		link, err := h.Requests.Release(v.R.Context(), s.Reference, file.Leg)
		if request.TooMany.Is(err) || request.NotFound.Is(err) {
			return h.to(v, "/download")
		}
		if err != nil {
			return err
		}
		p := downloadPage{
			Frame: h.frame(v, v.Say("download.title"), "/download"), Link: link, File: file,
			Action: h.address(v.Lang, "/download"), Session: h.sessionLine(v, s),
		}
		p.Back = h.address(v.Lang, "/download")
		return h.door.Show(v.Visit, http.StatusOK, "download", p)
	}
	return h.notFound(v)
}

// startPage is the first page: three doors.
type startPage struct {
	pages.Frame
	Doors []startDoor
}

type startDoor struct{ Address, Text, Hint string }

func (h *Handler) start(v visit) error {
	p := startPage{Frame: h.frame(v, v.Say("start.title"), "/")}
	p.Home = h.address(v.Lang, "/")
	for _, d := range []struct{ key, path string }{
		{"request", "/verzoek/" + stepWishes}, {"words", "/verzoek/" + stepOwn}, {"reference", "/stand"},
	} {
		p.Doors = append(p.Doors, startDoor{h.address(v.Lang, d.path), v.Say("start.door." + d.key), v.Say("start.door." + d.key + ".hint")})
	}
	return h.door.Show(v.Visit, http.StatusOK, "start", p)
}
