package casework

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Answer puts the letter of the outcome in the outbox: which one, law.md §7
// says; to whom, the proof says (I-7).
func (c *Cases) Answer(ctx context.Context, in Input) (Output, error) {
	return c.step(ctx, in, "answer", request.Answered, "close", func(ch *change, l *request.Leg) error {
		switch {
		case l.Right.Stops() && ch.forwardTells():
			// The letter about the other leg tells it: one answer that explains (W-9).
		default:
			l.AnsweredAt = ch.now
			ch.announceEnd(l)
			ch.inTime(l)
			if o, send := c.answer(ch, l); send {
				ch.tellAnswer(l, "answer", o)
			}
			if o, send := c.partial(ch, l); send {
				ch.tellAnswer(l, "partial", o)
			}
		}
		return ch.advance(l, request.WasAnswered, system("answer"), string(l.Outcome), nil)
	})
}

// forwardTells reports whether a letter about a processor leg is still to go
// out, which will carry what was done at once.
func (ch *change) forwardTells() bool {
	named := ch.hearsByName()
	if !named && (!asDebtor(ch.Request) || ch.Neutral == neutralRound(ch)) {
		return false // no such letter goes to who asked, or it went
	}
	for i := range ch.Legs {
		l := &ch.Legs[i]
		if l.Offer.ID != "" && !named {
			continue // T-04b did not wait for the client's machine
		}
		// One that matches nobody has had its letter: its task says so.
		if l.Role == request.Processor && l.Phase == request.Opened && ch.Task("match", l.ID) == nil {
			return true
		}
	}
	return false
}

// alsoDone are the answers to legs that were done at once and not told yet;
// the letter at hand tells them.
func (ch *change) alsoDone() []letters.Order {
	var also []letters.Order
	for i := range ch.Legs {
		l := &ch.Legs[i]
		if l.Right.Stops() && l.Past(request.Answered) && l.AnsweredAt.IsZero() {
			l.AnsweredAt = ch.now
			o, _ := ch.cases.answer(ch, l)
			also = append(also, o)
		}
	}
	return also
}

// answerTo is where the answer goes: a proven leg to the channel that was
// proven, by mail if one was and on paper otherwise, the rest to the address
// that asked. A T-17 goes to the sender only if that address is on file, or
// asks for somebody else; others already had their one fixed text (A16).
func (ch *change) answerTo(l *request.Leg) post.Address {
	paper := post.Address{}
	for _, id := range l.ProvenBy {
		chn, ok := ch.channel(id)
		switch {
		case ok && chn.Kind == "email":
			return post.Address{Kind: "file", Email: chn.Value, Channel: id}
		case ok && chn.Kind == "post" && paper.Kind == "":
			paper = post.Address{Kind: "file", Channel: id}
		}
	}
	if paper.Kind != "" {
		return paper
	}
	return ch.sender()
}

// tellAnswer puts a letter about a leg's outcome in the outbox, to the person
// and, as far as an accepted mandate goes, to who asked for them (I-6, I-7).
func (ch *change) tellAnswer(l *request.Leg, event string, o letters.Order) {
	person, other := ch.readers(l)
	if ch.Mandate.Status == identity.MandateAccepted && ch.Mandate.Reply == identity.ReplyBoth && !other && l.Right.Discloses() {
		// A bewindvoerder's part is of money alone: a person takes it out and sends it (I-6).
		ch.task("reply", l.ID, "officer", "", "financial-part")
	}
	if person {
		ch.letter(l.ID, event, ch.answerTo(l), o)
	}
	if other {
		o.Values = maps.Clone(o.Values)
		delete(o.Values, "name") // the reader is somebody else
		ch.letter(l.ID, event+"-representative", ch.sender(), o)
	}
}

// answer makes the order of a leg's outcome; false when nothing is to be sent.
func (c *Cases) answer(ch *change, l *request.Leg) (letters.Order, bool) {
	today := string(day(ch.now))
	f := facts{
		"reason": l.Decision.Note, "decided_on": today, "effective_on": today, "stopped_on": today, "set_on": today,
		"corrected_on": today, "erased_on": today, "recipients_told_on": today, "reviewed_on": today,
		"code_channel": "email", "contact_kind": "email", "link_until": string(l.Package.Until),
		"asked_what": "proof", "asked_on": string(day(ch.Started())),
		"reminded_1":         deadline.LocalDate(ch.Started()).AddDays(7).String(),
		"reminded_2":         deadline.LocalDate(ch.Started()).AddDays(14).String(),
		"dossier_until":      deadline.LocalDate(ch.now).AddMonths(60).String(),
		"text_until":         deadline.LocalDate(ch.now).AddMonths(24).String(),
		"backup_until":       deadline.LocalDate(ch.now).AddDays(c.House.BackupDays).String(),
		"answer_by":          string(day(c.workdays(ch.Started(), 5))),
		"restriction_ground": groundOf(l), "reviewer": reviewerWords(ch.Language),
		"result": cmp.Or(l.Human.Words, l.Decision.Note), "logic": cmp.Or(l.Human.Logic, l.Decision.Note), "view": l.Human.View,
		"balance_ours": l.Balance.Ours, "balance_theirs": l.Balance.Theirs, "balance_result": l.Balance.Result,
		"lift_on": string(ch.liftDay(l)),
	}
	maps.Copy(f, exception(l.Decision))
	kind, flags := letters.Kind(""), map[string]bool{}
	switch {
	case l.Outcome == request.Withdrawn:
		return letters.Order{}, false
	case l.Outcome == request.Unverified:
		if !ch.onFileOf(l, ch.Sender.Email) && !identity.Represented(ch.Sender) {
			return letters.Order{}, false
		}
		if l.Relation == request.Debtor && !ch.onFileOf(l, ch.Sender.Email) { // T-04b was the last that a strange address hears of debts
			return letters.Order{}, false
		}
		why := "no_answer"
		if identity.Represented(ch.Sender) && len(l.ProvenBy) == 0 {
			why = "no_authority" // they were asked for an authority, not for a code
		}
		kind, flags[why] = letters.ClosedUnproven, true
	case l.Outcome == request.NothingHeld && l.Right != request.AutomatedDecision:
		kind = letters.NothingHeld
	case l.Right == request.Complaint:
		kind = letters.ComplaintInfo
	case l.Right == request.Question && l.Decision.Ground == recipientsListed:
		return letters.Order{}, false // T-23 went out (Art. 19)
	case l.Right == request.Question:
		kind = letters.QuestionReply
	case l.Right == request.ConsentWithdrawal:
		kind = letters.ConsentWithdrawn
	case l.Right.Stops():
		kind = letters.MarketingStopped
	case l.Right == request.Rectification:
		kind = letters.Rectified
	case l.Right == request.Objection:
		kind = letters.ObjectionOutcome
	case l.Right == request.AutomatedDecision:
		kind = letters.AutomatedReview
	case l.Outcome == request.Refused:
		kind = letters.Refusal
	case l.Right == request.Access:
		kind = letters.AccessReady
	case l.Right == request.Portability:
		kind = letters.PortabilityReady
	case l.Right == request.Erasure:
		kind = letters.Erased
	case l.Right == request.Restriction:
		kind = letters.Restricted
	}
	o := ch.order(kind, l, f)
	o.Flags = flags
	info, _ := letters.Find(kind)
	for _, name := range info.Cases {
		if name == string(l.Outcome) {
			o.Outcome = name
		}
	}
	c.fill(&o, l)
	o.Lists = c.lists(ch, l, o.Language, info)
	if kind == letters.Erased {
		o.Kept = erasure.Kept(c.Systems.Inventory(), l.Carried(), o.Language)
		o.Lists["stripped_list"], o.Lists["shared_list"] = left(c.Systems.Inventory(), l.Carried(), o.Language)
		o.Outcome = letters.Granted
		if keeps(l.Carried()) {
			o.Outcome = letters.Partial
		}
		flags["suppressed"] = l.Suppressed
	}
	return o, true
}

// partial makes T-20, which goes beside the letter about what was granted:
// what is and what is not, each no with its ground (12(4), §193). A
// rectification, an objection and what an erasure keeps have a letter that says
// both by itself.
func (c *Cases) partial(ch *change, l *request.Leg) (letters.Order, bool) {
	if l.Outcome != request.Partial && l.Decision.Outcome != request.Partial || len(l.Decision.Parts) == 0 ||
		l.Right == request.Rectification || l.Right == request.Objection {
		return letters.Order{}, false
	}
	f := exception(l.Decision)
	f["reason"], f["decided_on"] = l.Decision.Note, string(day(l.Decision.At))
	o := ch.order(letters.PartialRefusal, l, f)
	granted, refused := partsOf(l.Decision)
	o.Lists, o.Refusals = map[string][]string{"granted_list": granted}, refused
	return o, true
}

// fill gives the letter what was recorded for rights that a person weighs: the
// fields that changed, the subject's own text, what no computer decided.
func (c *Cases) fill(o *letters.Order, l *request.Leg) {
	switch {
	case o.Kind == letters.Rectified && o.Outcome != letters.Refused:
		for _, x := range l.Corrections {
			o.Changes = append(o.Changes, letters.Change{Field: fieldName(c.Systems.Inventory(), x, o.Language), Old: x.Old, New: x.New})
		}
		if len(l.Corrections) == 0 && l.Statement != "" {
			o.Outcome = letters.StatementAdded // with the reason, where the fields stay as they are
		}
	case o.Kind == letters.AutomatedReview && l.Outcome == request.NothingHeld:
		o.Outcome = "no_decision"
	}
}

// liftDay is the day that T-18 names as the end of the restriction, "" when it stays.
func (ch *change) liftDay(l *request.Leg) request.Day {
	if l.Right != request.Objection || l.Outcome != request.Refused || !l.Restriction.Stands() {
		return ""
	}
	return cmp.Or(l.Restriction.LiftOn, ch.soonestLift())
}

// lists fills the list placeholders that the kind takes.
func (c *Cases) lists(ch *change, l *request.Leg, lang request.Language, info letters.Info) map[string][]string {
	inv := c.Systems.Inventory()
	var summary, searched, erased, omitted, told []string
	for _, rec := range request.Totals(l.Receipts) {
		label := labelOf(inv, rec.System, rec.Holding, lang)
		if !slices.Contains(searched, label) {
			searched = append(searched, label)
		}
		if rec.Count > 0 {
			summary = append(summary, label+": "+strconv.Itoa(rec.Count))
		}
		if rec.Count > 0 && (rec.Action == "erased" || rec.Action == "anonymised") {
			erased = append(erased, label+": "+strconv.Itoa(rec.Count))
		}
	}
	for _, left := range l.Package.Left {
		item := inv.Describe(left.Place, lang)
		if why := inv.Reasons[left.Reason].In(lang); why != "" {
			item += ". " + why
		}
		omitted = append(omitted, strings.TrimSuffix(item, "."))
	}
	for _, t := range l.Told {
		if name := toldAs(inv, t, lang); name != "" && !slices.Contains(told, name) {
			told = append(told, name)
		}
	}
	var places []string
	for _, m := range l.Restriction.Marked {
		places = append(places, labelOf(inv, m.System, m.Holding, lang))
	}
	if len(places) == 0 { // a preview, or by hand
		for _, p := range c.scope(l) {
			places = append(places, p.Holding.Label.In(lang))
		}
	}
	note := paragraphs(l.Decision.Note)
	have := map[string][]string{
		"summary_list": summary, "searched_list": searched, "erased_list": erased, "omitted_list": omitted, "told_list": told,
		"included_list": summary, "excluded_list": slices.Concat(excluded(lang), omitted), "field_list": note, "restricted_list": places, "stopped_list": note,
		"consent_list": {consentWords(lang)}, "continues_list": {continuesWords(lang)}, "grounds_list": {l.Decision.Ground}, "data_list": summary,
		"granted_list": note, "refused_list": note, "answer": note, "statement_text": paragraphs(l.Statement),
	}
	if l.Outcome == request.Refused {
		delete(have, "statement_text") // nobody put it with the data
	}
	lists := map[string][]string{}
	for _, name := range info.Placeholders {
		if items := have[name]; len(items) > 0 && items[0] != "" {
			lists[name] = items
		}
	}
	return lists
}

// labelOf is what a holding is called in a letter.
func labelOf(inv *inventory.Inventory, system, id string, lang request.Language) string {
	if p, ok := inv.Holding(system, id); ok {
		return p.Holding.Label.In(lang)
	}
	return id
}

// left names what a plan leaves without a ground: rows of which only the person
// goes, because rows that stay refer to them, and rows that are somebody else's
// too, which stay as they are.
func left(inv *inventory.Inventory, plan []request.PlanLine, lang request.Language) (stripped, shared []string) {
	add := func(list *[]string, p request.PlanLine, n int) {
		if n > 0 {
			*list = append(*list, labelOf(inv, p.System, p.Holding, lang)+": "+strconv.Itoa(n))
		}
	}
	for _, p := range plan {
		if p.Action == request.AnonymiseAction {
			add(&stripped, p, p.Count)
		} else {
			add(&stripped, p, p.Held)
		}
		add(&shared, p, p.Shared)
	}
	return stripped, shared
}

func paragraphs(s string) []string {
	var out []string
	for _, p := range strings.Split(s, "\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// reviewerWords say who looked again (T-25): a person of ours, never the id by
// which the sign-in knows them.
func reviewerWords(lang request.Language) string {
	if lang == request.English {
		return "an employee of our Privacy team"
	}
	return "een medewerker van ons team Privacy"
}

// excluded says what portability leaves out.
func excluded(lang request.Language) []string {
	if lang == request.English {
		return []string{"data that you did not give us yourself, such as notes and invoices that we made", "data that we keep because a law says so"}
	}
	return []string{"gegevens die u ons niet zelf gaf, zoals notities en facturen die wij maakten", "gegevens die wij bewaren omdat een wet dat zegt"}
}

func consentWords(lang request.Language) string {
	if lang == request.English {
		return "the use of your data for news and cookies"
	}
	return "het gebruik van uw gegevens voor nieuws en cookies"
}

func continuesWords(lang request.Language) string {
	if lang == request.English {
		return "messages that you need from us, such as an answer to a question"
	}
	return "berichten die u van ons nodig hebt, zoals een antwoord op een vraag"
}
