package portal

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/intake"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// checkPage shows all answers before they are sent.
type checkPage struct {
	pages.Frame
	Rows     []pages.SummaryRow
	Notice   *pages.Notice
	Language pages.Choices
	Privacy  string
	Action   string
	Token    string
}

// showCheck shows the check page.
func (h *Handler) showCheck(v visit, d *draft) error {
	f := form{visit: v, d: d}
	p := checkPage{
		Frame: h.stepFrame(v, d, stepCheck, nil), Rows: h.rows(v, d), Privacy: h.House.PrivacyPage,
		Action: h.address(v.Lang, "/verzoek/"+stepCheck), Token: d.Token,
	}
	if d.aboutBill() {
		p.Notice = f.billNotice()
	}
	p.Language = pages.Choices{ID: "taal-antwoord", Name: "taal-antwoord", Legend: v.Say("check.language")}
	var group pages.ChoiceGroup
	for _, lang := range pages.Languages {
		group.Options = append(group.Options, pages.Choice{
			Value: string(lang), Label: v.Rich("check.language." + string(lang)), Checked: answerLanguage(v, d) == lang,
		})
	}
	p.Language.Groups = []pages.ChoiceGroup{group}
	return h.door.Show(v.Visit, http.StatusOK, "check", p)
}

// answerLanguage is the language of all letters: the one chosen on the check
// page, else that of the page.
func answerLanguage(v visit, d *draft) request.Language {
	if lang := request.Language(d.get("taal-antwoord")); slices.Contains(pages.Languages, lang) {
		return lang
	}
	return v.Lang
}

// rows lists what was answered, each with the way to change it.
func (h *Handler) rows(v visit, d *draft) []pages.SummaryRow {
	var rows []pages.SummaryRow
	for _, step := range d.steps() {
		if step == stepCheck {
			break
		}
		first := len(rows)
		for _, a := range d.answers(v, step) {
			if a.value == "" {
				a.value = v.Say("check.empty")
			}
			rows = append(rows, pages.SummaryRow{Term: v.Say(a.term), Value: a.value, Large: a.large})
		}
		// One change link per question, which leads to it.
		for i := first; i < len(rows); i++ {
			place := d.answers(v, step)[i-first].place
			rows[i].Change = h.address(v.Lang, "/verzoek/"+step+"?terug="+stepCheck+"#"+place)
			rows[i].ChangeWhat = v.Say("frame.change")
		}
	}
	return rows
}

// answer is one row of the check page.
type answer struct {
	term, value, place string
	large              bool
}

// answers lists the answers of a step in words, in the order of the step.
func (d *draft) answers(v visit, step string) []answer {
	text := func(term, field string) answer {
		return answer{term: term, value: strings.TrimSpace(d.get(field)), place: field}
	}
	choice := func(term, field, key string) answer {
		a := answer{term: term, place: field + "-1"}
		if value := d.get(field); value != "" && site.Words().Has(key+"."+value) {
			a.value = plain(v.Say(key + "." + value))
		}
		return a
	}
	date := func(term, field string) answer {
		day, _ := birthDate(d.get(field+"-day"), d.get(field+"-month"), d.get(field+"-year"))
		return answer{term: term, value: longDate(v, day), place: field + "-day"}
	}
	switch step {
	case stepWishes:
		var chosen []string
		for _, wish := range d.wishesOf() {
			chosen = append(chosen, plain(v.Say("wish."+wish)))
		}
		return []answer{{term: "check.wishes", value: strings.Join(chosen, "\n"), place: "wens-1"}}
	case stepRelation:
		var chosen []string
		for _, relation := range d.relationsOf() {
			words := plain(v.Say("relation." + string(relation)))
			if other := strings.TrimSpace(d.get("contact-anders")); string(relation) == relationOther && other != "" {
				words += ": " + other
			}
			chosen = append(chosen, words)
		}
		return []answer{{term: "check.relation", value: strings.Join(chosen, "\n"), place: "contact-1"}}
	case stepAccess:
		a := choice("check.access", "inzage", "access")
		if a.value == "" {
			a.value = plain(v.Say("access.alles"))
		}
		if what := strings.TrimSpace(d.get("inzage-wat")); what != "" {
			a.value += "\n" + what
		}
		return []answer{a}
	case stepCorrect:
		return []answer{text("correct.wrong", "fout"), text("correct.right", "goed")}
	case stepObject:
		return []answer{text("check.stop", "stoppen"), text("check.situation", "situatie")}
	case stepComputer:
		return []answer{text("check.computer", "besluit")}
	case stepComplaint:
		return []answer{text("check.complaint", "klacht")}
	case stepWords:
		return []answer{text("check.words", "woorden")}
	case stepOwn:
		return []answer{text("check.words", "woorden"), text("who.name", "naam"), d.emailAnswer(), text("own.address", "postadres")}
	case stepAddress:
		return []answer{d.emailAnswer()}
	case stepWho:
		rows := []answer{choice("who.self", "zelf", "who.self"), text("who.name", "naam"), choice("check.answer", "antwoord", "who.answer"), d.emailAnswer()}
		if d.asksAddress() {
			if d.Foreign {
				rows = append(rows, answer{term: "who.address", value: d.address(), place: "postadres"})
			} else {
				rows = append(rows, answer{term: "who.address", value: d.address(), place: "postcode"})
			}
		}
		if d.searches() {
			// Whoever asks for someone else is not the one we look for: only
			// the other's birth date counts.
			if d.get("zelf") != no {
				rows = append(rows, date("who.birth", "geboren"))
			}
			rows = append(rows, text("who.file", "nummer"))
		}
		return append(rows, text("who.phone", "telefoon"))
	case stepFor:
		rows := []answer{choice("check.capacity", "rol", "for.role"), text("for.name", "voor-naam")}
		if d.searches() {
			number, addition := houseNumber(d.get("voor-huisnummer"))
			rows = append(rows, answer{
				term: "check.for.address", place: "voor-postcode",
				value: strings.TrimSpace(postcode(d.get("voor-postcode")) + " " + wholeNumber(number, addition)),
			}, date("for.birth", "voor-geboren"))
		}
		return rows
	}
	return nil
}

func (d *draft) emailAnswer() answer {
	return answer{term: "check.email", value: strings.TrimSpace(d.get("email")), place: "email", large: true}
}

// address is the person's address in one line or as typed.
func (d *draft) address() string {
	if d.Foreign || d.Own {
		return strings.TrimSpace(strings.TrimSpace(d.get("postadres")) + "\n" + strings.TrimSpace(d.get("land")))
	}
	number, addition := houseNumber(d.get("huisnummer"))
	if more := strings.TrimSpace(d.get("toevoeging")); more != "" {
		addition = more
	}
	code := postcode(d.get("postcode"))
	if code == "" || number == "" {
		return ""
	}
	return code + ", " + wholeNumber(number, addition)
}

func plain(s string) string { return strings.ReplaceAll(s, "**", "") }

func longDate(v visit, day request.Day) string {
	// A birth date without the day of the week: nobody knows theirs.
	_, date, _ := strings.Cut(pages.Day(v.Lang, day), " ")
	return date
}

// takeCheck registers the request. The token in the form makes a double click,
// Reload and Back one request; so does the store behind Register.
func (h *Handler) takeCheck(v visit, d *draft, values url.Values) error {
	ctx := v.R.Context()
	if values.Has("taal-antwoord") {
		d.Values["taal-antwoord"] = values["taal-antwoord"]
	}
	if to := request.Language(values.Get("taal")); slices.Contains(pages.Languages, to) {
		// Whoever changes the language of the page changes that of the answer.
		d.Values.Del("taal-antwoord")
		if err := h.door.Save(v.Visit, draftRecord, d); err != nil {
			return err
		}
		v.Lang = to
		return h.to(v, "/verzoek/"+stepCheck)
	}
	if open := d.open(); open != stepCheck {
		return h.to(v, "/verzoek/"+open)
	}
	if values.Get("token") != d.Token {
		return h.fault(v, http.StatusForbidden, "gone")
	}
	receipt, err := h.Requests.Register(ctx, h.submission(v, d))
	switch {
	case request.InputRefused.Is(err):
		// Surely not sent (M26).
		h.Log.Error("registering was refused", "code", string(request.InputRefused))
		return h.fault(v, http.StatusServiceUnavailable, "unsent", "email", h.House.Email)
	case err != nil:
		return err
	}
	done := &draft{Token: d.Token, Sent: &sent{
		Reference: receipt.Reference, Received: receipt.Received, SafeDue: receipt.SafeDue,
		ByLetter: d.lettered(), Bill: d.aboutBill() && !d.short(), Stops: slices.Contains(d.wishesOf(), wishMarketing) && !d.Own,
	}}
	if err := h.door.Save(v.Visit, draftRecord, done); err != nil {
		// Surely in (M27).
		h.Log.Error("the confirmation was not kept", "request", string(receipt.ID))
		return h.fault(v, http.StatusServiceUnavailable, "in", "reference", receipt.Reference)
	}
	return h.to(v, "/verzoek/ontvangen")
}

// lettered reports whether the answer goes by post.
func (d *draft) lettered() bool {
	if d.Own {
		return strings.TrimSpace(d.get("email")) == ""
	}
	return !d.short() && d.byLetter()
}

// submission is the draft as the caseworkers' side takes it.
func (h *Handler) submission(v visit, d *draft) casework.Submission {
	v.Lang = answerLanguage(v, d)
	s := casework.Submission{
		SourceKey: "form/" + d.Token, Channel: request.Web, Language: v.Lang, Received: h.Now().UTC(),
		Kind: "request", Sure: true, Rule: "form-boxes", Sender: d.sender(), Text: d.text(v),
	}
	if d.Own {
		s.Kind, s.Rights, s.Relations, s.Sure, s.Rule, s.Evidence = h.Understand(v.Lang, d.get("woorden"))
		if !slices.Contains([]string{"request", "complaint", "question"}, s.Kind) {
			// What a person sends by this form is for a person to read, whatever it looks like.
			s.Kind, s.Sure = "question", false
		}
		if len(s.Relations) == 0 {
			s.Relations = []request.Relation{request.Unknown}
		}
		return s
	}
	chosen := d.wishesOf()
	for _, wish := range chosen {
		if right, ok := rightOf[wish]; ok {
			s.Rights = append(s.Rights, right)
		}
	}
	s.Relations = d.relationsOf()
	if d.short() {
		// Step 2 was left out: where these come from is plain.
		s.Relations = nil
		if slices.Contains(chosen, wishMarketing) {
			s.Relations = append(s.Relations, request.Newsletter)
		}
		if slices.Contains(chosen, wishConsent) {
			s.Relations = append(s.Relations, request.WebsiteVisitor)
		}
	}
	if len(chosen) == 1 && chosen[0] == wishComplaint {
		s.Kind = "complaint"
	}
	if slices.Contains(chosen, ownWords) {
		kind, rights, _, sure, rule, evidence := h.Understand(v.Lang, d.get("woorden"))
		if len(chosen) == 1 {
			s.Kind = kind
			if !slices.Contains([]string{"request", "complaint", "question"}, kind) {
				s.Kind, sure = "question", false
			}
		}
		for _, right := range rights {
			if !slices.Contains(s.Rights, right) {
				s.Rights = append(s.Rights, right)
			}
		}
		s.Sure, s.Rule, s.Evidence = sure, rule, evidence
	}
	return s
}

// sender is what the person says about who they are: a claim, never a proof (A01).
func (d *draft) sender() request.Sender {
	get := func(field string) string { return strings.Join(strings.Fields(d.get(field)), " ") }
	s := request.Sender{Email: get("email"), ByLetter: d.lettered(), Answerable: true}
	if d.short() {
		return s
	}
	s.Name = get("naam")
	if d.Own {
		s.Address = d.address()
		return s
	}
	s.Phone = phoneNumber(d.get("telefoon"))
	if d.asksAddress() {
		s.Address = d.address()
		if !d.Foreign {
			s.Postcode = postcode(d.get("postcode"))
			number, addition := houseNumber(d.get("huisnummer"))
			if more := get("toevoeging"); more != "" {
				addition = more
			}
			s.HouseNumber = wholeNumber(number, addition)
		}
	}
	if d.searches() {
		s.BirthDate, _ = birthDate(d.get("geboren-day"), d.get("geboren-month"), d.get("geboren-year"))
		if number := get("nummer"); intake.IsClientNumber(number) {
			s.ClientNumbers = []string{number}
		} else if number != "" {
			s.FileNumbers = []string{number}
		}
	}
	if d.get("zelf") == no {
		// The clues are those of the person we look for (I-2, I-6).
		s.For, s.Capacity = get("voor-naam"), d.get("rol")
		number, addition := houseNumber(d.get("voor-huisnummer"))
		s.Postcode, s.HouseNumber = postcode(d.get("voor-postcode")), wholeNumber(number, addition)
		s.BirthDate, _ = birthDate(d.get("voor-geboren-day"), d.get("voor-geboren-month"), d.get("voor-geboren-year"))
	}
	return s
}

// text is everything the person wrote, under the question that it answers.
func (d *draft) text(v visit) string {
	if d.Own {
		return strings.TrimSpace(d.get("woorden"))
	}
	var b strings.Builder
	add := func(term, value string) {
		if value = strings.TrimSpace(value); value != "" {
			fmt.Fprintf(&b, "%s\n%s\n\n", term, value)
		}
	}
	for _, step := range d.steps() {
		switch step {
		case stepRelation:
			if d.has("contact", relationOther) {
				add(v.Say("check.relation"), d.get("contact-anders"))
			}
		case stepAccess:
			if d.get("inzage") == "bepaald" || d.get("inzage") == "" {
				add(plain(v.Say("access.bepaald")), d.get("inzage-wat"))
			}
		case stepCorrect, stepObject, stepComputer, stepComplaint, stepWords:
			for _, a := range d.answers(v, step) {
				add(v.Say(a.term), a.value)
			}
		}
	}
	return strings.TrimSpace(b.String())
}

// confirmationPage is what a person keeps.
type confirmationPage struct {
	pages.Frame
	*sent
	Notice   *pages.Notice
	DebtHelp string
	Status   string
}

// confirmation is bound to the visitor's cookie; without it the address shows
// the door to the status, the same for everybody.
func (h *Handler) confirmation(v visit) error {
	d, err := h.draftOf(v)
	if err != nil {
		return err
	}
	if d == nil || d.Sent == nil {
		return h.statusDoor(v)
	}
	p := confirmationPage{
		Frame: h.frame(v, v.Say("sent.title"), "/verzoek/ontvangen"), sent: d.Sent,
		Status: h.address(v.Lang, "/stand?k="+string(d.Sent.Reference)),
	}
	if d.Sent.Bill {
		p.Notice, p.DebtHelp = form{visit: v}.billNotice(), h.DebtHelp
	}
	return h.door.Show(v.Visit, http.StatusOK, "sent", p)
}
