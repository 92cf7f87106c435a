package desk

import (
	"net/http"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// byStaff are the channels through which staff enter a request.
var byStaff = []request.Channel{request.Phone, request.Post, request.Counter, request.Social}

// newPage is the form for a request that came by phone, letter, counter or
// social media: one page, for those who do it daily. It shows nothing of what
// we hold (A13).
type newPage struct {
	pages.Frame
	Action, Token   string
	Date, Time      pages.Field
	Channel         pages.Choices
	Language        pages.Choices
	Words           pages.Field
	Upload          upload
	Rights, Related pages.Choices
	Person          []pages.Field
	// More are the boxes that are seldom needed, folded away until something stands in them.
	More     []fold
	ByLetter pages.Choices
	Cancel   string
}

// fold is a group of boxes behind a few words.
type fold struct {
	Summary string
	Fields  []pages.Field
}

// Open reports whether something stands in a box, or is wrong with it.
func (f fold) Open() bool {
	return slices.ContainsFunc(f.Fields, func(f pages.Field) bool { return f.Value != "" || f.Error != "" })
}

// often are the rights that most people ask for; the others stand behind a fold.
var often = []request.Right{request.Access, request.Rectification, request.Erasure, request.MarketingObjection, request.ConsentWithdrawal}

func (h *Handler) showNew(v visit) error {
	token, err := h.door.Draw(16)
	if err != nil {
		return err
	}
	return h.newForm(v, url.Values{"token": {token}, "taal": {"nl"}, "datum": {door.TypedDay(pages.Date(h.Now()))}}, nil, http.StatusOK)
}

func (h *Handler) newForm(v visit, form url.Values, faults []pages.Fault, status int) error {
	at := func(place string) string {
		for _, f := range faults {
			if f.Place == place {
				return f.Text
			}
		}
		return ""
	}
	box := func(id, key, kind, width string, optional bool) pages.Field {
		f := pages.Field{ID: id, Label: v.Say("new." + key), Type: kind, Width: width, Value: form.Get(id), Error: at(id), Optional: optional, Lang: v.Lang, Autocomplete: "off"}
		if site.Words().Has("new." + key + ".hint") {
			f.Hint = v.Say("new." + key + ".hint")
		}
		return f
	}
	p := newPage{
		Frame: h.frame(v, v.Say("new.title")), Action: h.address("/nieuw"), Token: form.Get("token"), Cancel: h.address("/"),
		Date: box("datum", "date", "", "w8", false), Time: box("tijd", "time", "", "w6", true),
		Channel:  pages.Choices{ID: "kanaal", Name: "kanaal", Legend: v.Say("new.channel"), Error: at("kanaal-1"), Groups: []pages.ChoiceGroup{{Options: choicesOf(v, byStaff, "channel.", oneOf(form.Get("kanaal")))}}},
		Language: pages.Choices{ID: "taal", Name: "taal", Legend: v.Say("new.language"), Hint: v.Say("new.language.hint"), Groups: []pages.ChoiceGroup{{Options: choicesOf(v, pages.Languages, "language.", oneOf(form.Get("taal")))}}},
		Words:    box("woorden", "words", "area", "", false),
		Rights: pages.Choices{ID: "recht", Name: "recht", Many: true, Legend: v.Say("new.rights"), Hint: v.Say("new.rights.hint"), Error: at("recht-1"), Groups: []pages.ChoiceGroup{
			{Options: choicesOf(v, often, "choice.", anyOf(form["recht"]))},
			{Fold: v.Say("new.rights.more"), Options: choicesOf(v, seldom(), "choice.", anyOf(form["recht"]))},
		}},
		Related: pages.Choices{ID: "kent", Name: "kent", Many: true, Legend: v.Say("new.relations"), Hint: v.Say("new.relations.hint"), Groups: []pages.ChoiceGroup{{Options: choicesOf(v, request.Relations, "relation.", anyOf(form["kent"]))}}},
		Person: []pages.Field{
			box("naam", "name", "", "w20", true), box("email", "email", "email", "w20", true), box("telefoon", "phone", "tel", "w12", true),
		},
		More: []fold{
			{v.Say("new.more.address"), []pages.Field{box("postadres", "address", "", "w20", true), box("postcode", "postcode", "", "w6", true), box("huisnummer", "house", "", "w4", true), box("geboren", "birth", "", "w8", true)}},
			{v.Say("new.more.numbers"), []pages.Field{box("dossier", "file", "", "w20", true), box("klantnummer", "customer", "", "w20", true), box("factuur", "invoice", "", "w20", true)}},
			{v.Say("new.more.for"), []pages.Field{box("namens", "for", "", "w20", true)}},
		},
		ByLetter: pages.Choices{ID: "brief", Name: "brief", Many: true, Legend: v.Say("new.answer"), Groups: []pages.ChoiceGroup{{Options: choicesOf(v, []string{"brief"}, "new.byletter.", oneOf(form.Get("brief")))}}},
	}
	p.Words.Rows = 6
	p.Upload = h.upload(v, "")
	p.Upload.Error = at("scan")
	p.Back = p.Cancel
	if len(faults) > 0 {
		p.Faults = faults
		p.Title = v.Say("frame.title.faults", "title", p.Title)
	}
	return h.door.Show(v.Visit, status, "new", p)
}

func seldom() []request.Right {
	return slices.DeleteFunc(slices.Clone(request.Rights), func(r request.Right) bool { return slices.Contains(often, r) })
}

var (
	tokenShape   = regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`)
	numbersSplit = regexp.MustCompile(`[,;\s]+`)
)

// received reads when it reached us. Only the day counts for the clock (C-6),
// so a past day without a time is taken at noon.
func (h *Handler) received(date, clock string) (time.Time, string) {
	now := h.Now().UTC()
	day, ok := door.DayOf(date)
	if !ok {
		return time.Time{}, "fault.date"
	}
	at := day.Add(12 * time.Hour)
	switch {
	case clock != "":
		t, err := time.Parse("15:04", strings.Replace(clock, ".", ":", 1))
		if err != nil {
			return time.Time{}, "fault.time"
		}
		at = time.Date(day.Year(), day.Month(), day.Day(), t.Hour(), t.Minute(), 0, 0, pages.Amsterdam)
	case pages.Date(day) == pages.Date(now):
		at = now
	}
	switch {
	case at.After(now):
		return time.Time{}, "fault.future"
	case now.Sub(at) > 2*365*24*time.Hour:
		return time.Time{}, "fault.past"
	}
	return at.UTC(), ""
}

// register records a request that staff took in; sending the form twice is one
// request (I6).
func (h *Handler) register(v visit) error {
	form, scan, unfit, err := readUpload(v)
	if err != nil {
		return err
	}
	var faults []pages.Fault
	if unfit != "" {
		faults = append(faults, pages.Fault{Place: "scan", Text: h.upload(v, unfit).Error})
	}
	wrong := func(place, key string, args ...any) {
		faults = append(faults, pages.Fault{Place: place, Text: v.Say(key, args...)})
	}
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	if !tokenShape.MatchString(get("token")) {
		return h.showNew(v)
	}
	at, fault := h.received(get("datum"), get("tijd"))
	switch fault {
	case "":
	case "fault.time":
		wrong("tijd", fault)
	default:
		wrong("datum", fault)
	}
	channel := request.Channel(get("kanaal"))
	if !slices.Contains(byStaff, channel) {
		wrong("kanaal-1", "fault.channel")
	}
	if get("woorden") == "" {
		wrong("woorden", "fault.words")
	} else if len([]rune(get("woorden"))) > 10000 {
		wrong("woorden", "fault.note.long", "n", 10000)
	}
	s := casework.Submission{
		SourceKey: "desk/" + get("token"), Channel: channel, Language: request.Dutch, Received: at, Kind: "request", Text: get("woorden"),
		Rule: "desk", By: v.actor().ID,
		Sender: request.Sender{
			Name: get("naam"), Email: strings.ToLower(get("email")), Phone: get("telefoon"), Address: get("postadres"), Postcode: get("postcode"), HouseNumber: get("huisnummer"),
			FileNumbers: numbers(get("dossier")), ClientNumbers: numbers(get("klantnummer")), InvoiceNumbers: numbers(get("factuur")),
			For: get("namens"), ByLetter: get("brief") != "",
		},
	}
	if get("taal") == string(request.English) {
		s.Language = request.English
	}
	for _, code := range form["recht"] {
		if right := request.Right(code); right.Valid() && !slices.Contains(s.Rights, right) {
			s.Rights = append(s.Rights, right)
		}
	}
	for _, code := range form["kent"] {
		if rel := request.Relation(code); rel.Valid() && !slices.Contains(s.Relations, rel) {
			s.Relations = append(s.Relations, rel)
		}
	}
	// Whoever took it in read it: without a right ticked it goes to triage.
	s.Sure = len(s.Rights) > 0
	switch {
	case len(s.Rights) == 1 && s.Rights[0] == request.Complaint:
		s.Kind = "complaint"
	case len(s.Rights) == 1 && s.Rights[0] == request.Question:
		s.Kind = "question"
	}
	if s.Sender.Email != "" {
		a, err := mail.ParseAddress(s.Sender.Email)
		if err != nil || a.Address != s.Sender.Email {
			wrong("email", "fault.email")
		}
	}
	s.Sender.Answerable = s.Sender.Email != ""
	if day := get("geboren"); day != "" {
		t, ok := door.DayOf(day)
		if !ok || t.After(h.Now()) || t.Year() < 1900 {
			wrong("geboren", "fault.birth")
		} else {
			s.Sender.BirthDate = pages.Date(t)
		}
	}
	if len(faults) > 0 {
		if len(scan) > 0 && unfit == "" {
			// No browser fills in a file again.
			wrong("scan", "fault.scan.again")
		}
		return h.newForm(v, form, faults, http.StatusUnprocessableEntity)
	}
	receipt, err := h.Cases.Register(v.R.Context(), s)
	if err != nil {
		return err
	}
	if len(scan) > 0 {
		// The request is there, whatever becomes of its paper: the clock runs.
		if err := h.Cases.AddScan(v.R.Context(), v.actor(), receipt.Reference, scan); err != nil {
			h.Log.Warn("scan not kept", "code", string(door.CodeOf(err)))
			return h.done(v, h.caseAddress(receipt.Reference, "scans"), "scan.lost")
		}
	}
	return h.done(v, h.caseAddress(receipt.Reference), "registered")
}

// numbers splits what stands in one box: people read several out at once.
func numbers(s string) []string {
	var out []string
	for _, part := range numbersSplit.Split(s, -1) {
		if part != "" && len(part) <= 40 && !slices.Contains(out, part) && len(out) < 20 {
			out = append(out, part)
		}
	}
	return out
}
