package casework

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/grounds"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
)

// replyDays is how long a person has for a clarifying question before we
// answer in full (C-10) [P].
const replyDays = 14

// askAgain is how many working days after receipt, or after an insufficient
// answer, a question still gives time (C-8) [P].
const askAgain = 3

// Question is what an officer asks the person back.
type Question struct {
	// Kind is request.IdentityPause (T-02) or request.ClarificationPause (T-03).
	Kind string
	// Leg is the part that it is about.
	Leg string
	// Doubt is why it is asked, as the desk records it; nobody else reads it.
	Doubt string
	// Words are what is asked, for the person to read (T-03 to who is proven).
	Words string
	// Options are what the person can choose from: needed for a clarification
	// of what a proven person wants to see.
	Options []string
}

// QuestionPreview is what a question would do, before it is asked.
type QuestionPreview struct {
	// Mail is the letter, exactly.
	Mail letters.Mail
	// Credited is whether the days of waiting are added to Due; SafeDue never moves.
	Credited bool
	// Why is the code of why it is credited or not: one of the Why constants.
	Why string
	// OnPaper is whether the question goes by letter: what is credited counts
	// from the day that it is posted, and not at all if that is too late.
	OnPaper bool
	// ReplyBy is the day that the letter names.
	ReplyBy request.Day
	SafeDue request.Day
	// Due is the last legal day if the answer comes on ReplyBy.
	Due request.Day
}

// Why a question gives time, or none (C-8, C-10).
const (
	WhyCredited    = "credited"
	WhyNoDoubt     = "no-doubt"     // no reason was recorded: 12(6)
	WhyLate        = "late"         // more than three working days after receipt, or after the insufficient answer
	WhyEnough      = "enough"       // the last question was answered well: this one is new
	WhyOtherRight  = "other-right"  // a clarification for another right than access
	WhyUnproven    = "unproven"     // a clarification before anybody was proven
	WhyUnposted    = "unposted"     // on paper: it gives time from the day that it is posted, if that is soon enough
	WhySecondRound = "second-round" // a second clarification; it is not sent at all
)

// PreviewQuestion renders the letter of a question and says what it does to
// the clock; it changes nothing. Forbidden: the actor is no officer. NotFound:
// no such request or leg. InputRefused names the field that is wrong.
// PhaseIllegal: the leg is not ours, needs no proof, or is answered.
func (c *Cases) PreviewQuestion(ctx context.Context, a Actor, ref request.Reference, q Question) (QuestionPreview, error) {
	if err := may(a, "officer", string(ref)); err != nil {
		return QuestionPreview{}, err
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return QuestionPreview{}, err
	}
	ch := &change{Request: r, now: c.Now().UTC(), cases: c}
	o, _, p, err := ch.question(q)
	if err != nil {
		return QuestionPreview{}, err
	}
	if p.Mail, err = letters.Render(o, c.House, ""); err != nil {
		return QuestionPreview{}, fmt.Errorf("preview a question of %s: %w", ref, err)
	}
	return p, nil
}

// Ask sends the question and stops the clock where the law lets it: what
// PreviewQuestion said is what happens. The same question twice on one day is
// one. TooMany: a second clarification (C-10).
func (c *Cases) Ask(ctx context.Context, a Actor, ref request.Reference, q Question) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	return c.update(ctx, ref, func(ch *change) error {
		o, to, p, err := ch.question(q)
		if err != nil {
			return err
		}
		today := day(ch.now)
		for _, have := range ch.Clock.Paused {
			if have.Kind == q.Kind && have.Asked == today && have.Answered == "" && have.By == a.ID {
				return errNothing // the same click twice
			}
		}
		if p.Why == WhySecondRound {
			return request.Fault(request.TooMany, string(ch.ID), "ask for a clarification twice")
		}
		if err := ch.readable(o, "words"); err != nil {
			return err
		}
		pause := request.Pause{Asked: today, Kind: q.Kind, Doubt: strings.TrimSpace(q.Doubt), By: a.ID}
		switch {
		case !p.Credited:
			pause.Uncredited = p.Why
		case p.OnPaper:
			pause.Uncredited = WhyUnposted // C-8: what counts is when it goes out
		}
		ch.Clock.Paused = append(ch.Clock.Paused, pause)
		ch.done("ask-again", "", a.ID)
		ch.letter(q.Leg, "ask-"+strconv.Itoa(len(ch.Clock.Paused)), to, o)
		before := ch.Due
		if err := ch.redate(); err != nil {
			return err
		}
		ch.line(a.ID, "asked", q.Leg, q.Kind, map[string]string{
			"credited": p.Why, "replyBy": string(p.ReplyBy), "dueBefore": string(before), "due": string(ch.Due),
		})
		return nil
	})
}

// question works out the letter of a question, where it goes and what it does.
func (ch *change) question(q Question) (letters.Order, post.Address, QuestionPreview, error) {
	fail := func(err error) (letters.Order, post.Address, QuestionPreview, error) {
		return letters.Order{}, post.Address{}, QuestionPreview{}, err
	}
	l, err := ch.leg(q.Leg)
	if err != nil {
		return fail(err)
	}
	on := string(ch.ID) + "/" + l.ID
	kind, of := letters.IdentityCheck, map[string]bool{}
	switch q.Kind {
	case request.IdentityPause:
		// I-3: what needs no proof never waits for one.
		if l.Needs == request.L0 {
			return fail(request.Fault(request.PhaseIllegal, on, "ask for proof where none is needed"))
		}
	case request.ClarificationPause:
		kind = letters.Clarification
		if of[letters.Large] = large(l); of[letters.Large] && len(q.Options) == 0 {
			return fail(request.Fault(request.InputRefused, "options", "ask to choose from nothing"))
		}
		of[letters.Unclear] = !of[letters.Large]
	default:
		return fail(request.Fault(request.InputRefused, "kind", "ask a question of that kind"))
	}
	// C-16: the clock of a debtor's request is the client's, and so are its questions.
	if l.Role != request.Controller || l.Right.Stops() || l.Past(request.Decided) {
		return fail(request.Fault(request.PhaseIllegal, on, "ask about a %s leg that is %s", l.Role, l.Phase))
	}
	p := QuestionPreview{SafeDue: ch.SafeDue, Due: ch.Due, ReplyBy: ch.replyBy(q.Kind)}
	if p.Credited, p.Why, p.Due, err = ch.credit(q, l, p.ReplyBy); err != nil {
		return fail(err)
	}
	o := ch.order(kind, l, facts{"safe_due": string(ch.WorkTo()), "reply_by": string(p.ReplyBy), "question": strings.TrimSpace(q.Words)})
	of["pause"] = p.Credited
	o.Flags = of
	if of[letters.Large] {
		o.Lists = map[string][]string{"option_list": q.Options}
	} else {
		delete(o.Values, "question")
	}
	to := ch.questionTo(l)
	if of[letters.Unclear] && l.Relation != request.Debtor {
		to = ch.answerTo(l) // it says nothing of anybody; that we ask about debts would
	}
	p.OnPaper = to.Email == ""
	return o, to, p, nil
}

// large reports whether we may say that we hold much: of a proven person who
// asks for a copy (C-10). To anybody else the question says nothing of that.
func large(l *request.Leg) bool { return l.Right == request.Access && l.Past(request.Proven) }

// replyBy is the last day for an answer: that of proof is the safe date, on
// which T-17 goes out (C-12); a clarification is answered in full after a
// fortnight, or sooner when the safe date is near.
func (ch *change) replyBy(kind string) request.Day {
	safe, err := deadline.ParseDate(string(ch.SafeDue))
	if err != nil || kind == request.IdentityPause {
		return ch.SafeDue
	}
	by := deadline.LocalDate(ch.now).AddDays(replyDays)
	if latest := ch.cases.Calendar.AddWorkingDays(safe, -5); latest.Before(by) {
		by = latest
	}
	if soonest := deadline.LocalDate(ch.now).AddDays(1); by.Before(soonest) {
		by = soonest
	}
	return request.Day(by.String())
}

// credit says whether a question asked now stops the clock, why, and what Due
// is if its answer comes on replyBy. The clock itself judges what is in time.
func (ch *change) credit(q Question, l *request.Leg, replyBy request.Day) (bool, string, request.Day, error) {
	today := day(ch.now)
	var last request.Pause // the latest answer
	for _, p := range ch.Clock.Paused {
		if p.Kind == request.ClarificationPause && q.Kind == p.Kind && !ch.before(p) {
			return false, WhySecondRound, ch.Due, nil
		}
		if credits(p, day(ch.Started())) && p.Answered != "" && p.Answered >= last.Answered {
			last = p
		}
	}
	switch {
	case strings.TrimSpace(q.Doubt) == "":
		return false, WhyNoDoubt, ch.Due, nil
	case q.Kind == request.ClarificationPause && l.Right != request.Access:
		return false, WhyOtherRight, ch.Due, nil // C-10: others are read broadly
	case q.Kind == request.ClarificationPause && !large(l):
		return false, WhyUnproven, ch.Due, nil
	case last.Enough && today > ch.lastDay(day(ch.Started())):
		return false, WhyEnough, ch.Due, nil // C-8: only an insufficient answer keeps the pause
	}
	// As if the answer came on the day the letter names: if that adds nothing
	// though full days lie between, the question is too late to count.
	try := *ch.Request
	try.Clock.Paused = append(slices.Clone(ch.Clock.Paused), request.Pause{Asked: today, Kind: q.Kind, Doubt: q.Doubt})
	open, err := ch.cases.clock(&try)
	if err != nil {
		return false, "", "", err
	}
	far, err := deadline.ParseDate(string(today))
	if err != nil {
		return false, "", "", fmt.Errorf("read today: %w", err)
	}
	try.Clock.Paused[len(try.Clock.Paused)-1].Answered = request.Day(far.AddDays(60).String())
	answered, err := ch.cases.clock(&try)
	if err != nil {
		return false, "", "", err
	}
	if answered.PausedDays <= open.PausedDays {
		return false, WhyLate, ch.Due, nil
	}
	try.Clock.Paused[len(try.Clock.Paused)-1].Answered = replyBy
	if answered, err = ch.cases.clock(&try); err != nil {
		return false, "", "", err
	}
	return true, WhyCredited, request.Day(answered.Due.String()), nil
}

// lastDay is the last day on which a question asked from a day counts (C-8).
func (ch *change) lastDay(from request.Day) request.Day {
	d, err := deadline.ParseDate(string(from))
	if err != nil {
		return from
	}
	return request.Day(ch.cases.Calendar.AddWorkingDays(d, askAgain).String())
}

// before reports whether a pause belongs to the clock that ran before the
// request was opened again (C-12).
func (ch *change) before(p request.Pause) bool { return p.Asked < day(ch.Started()) }

// credits reports whether a pause is given to the law's clock: it was not of an
// earlier clock, doubt was recorded, and nothing but its day may be against it
// (what came late is given, so that the explanation tells it).
func credits(p request.Pause, started request.Day) bool {
	return p.Asked >= started && p.Doubt != "" && (p.Uncredited == "" || p.Uncredited == WhyLate)
}

// questionTo is where a question goes: never to an address that is on no file,
// which would learn that somebody is (A16, I-7). Without any it is printed.
func (ch *change) questionTo(l *request.Leg) post.Address {
	if to := ch.answerTo(l); to.Kind == "file" || ch.onFileOf(l, to.Email) {
		return to
	}
	for _, cand := range ch.Candidates {
		for i, chn := range cand.Channels {
			if cand.Chosen && chn.Kind == "email" && ch.cases.oldEnough(ch.Request, chn) && (l.Candidate == "" || l.Candidate == cand.ID) {
				return post.Address{Kind: "file", Email: chn.Value, Channel: channelID(cand.ID, i)}
			}
		}
	}
	return post.Address{Kind: "file"}
}

// Answered records the day on which the person answered our question. A good
// answer ends the pause; an insufficient one keeps it if we ask again within
// three working days, for which the officer gets a task (C-8). InputRefused:
// the day lies before the question or in the future. PhaseIllegal: nothing was asked.
func (c *Cases) Answered(ctx context.Context, a Actor, ref request.Reference, on request.Day, enough bool) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	if _, err := deadline.ParseDate(string(on)); err != nil {
		return request.Fault(request.InputRefused, "on", "read the day of an answer")
	}
	return c.update(ctx, ref, func(ch *change) error {
		n := 0
		for i := range ch.Clock.Paused {
			p := &ch.Clock.Paused[i]
			if p.Answered != "" || ch.before(*p) {
				continue
			}
			if on < p.Asked || on > day(ch.now) {
				return request.Fault(request.InputRefused, "on", "answer before the question, or after today")
			}
			p.Answered, p.Enough = on, enough
			n++
		}
		if n == 0 {
			return request.Fault(request.PhaseIllegal, string(ch.ID), "answer where nothing is asked")
		}
		before := ch.Due
		if err := ch.redate(); err != nil {
			return err
		}
		reason := "enough"
		if !enough {
			reason = "insufficient"
			ch.task("ask-again", "", "officer", "", "")
		}
		ch.line(a.ID, "answer-received", "", reason, map[string]string{
			"on": string(on), "dueBefore": string(before), "due": string(ch.Due),
		})
		return nil
	})
}

// ProposeExtension asks a second person for two months more (C-7). reason is a
// code of the closed list, words are concrete and the subject reads them;
// withhold announces that parts may be withheld (C-11a). A new proposal takes
// the place of one that nobody approved yet. DateRefused: the first month is
// over. PhaseIllegal: nothing is open that may be extended (never,
// R-9), or an extension is out.
func (c *Cases) ProposeExtension(ctx context.Context, a Actor, ref request.Reference, reason, words string, withhold bool) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	if _, ok := grounds.Extension(reason); !ok {
		return request.Fault(request.InputRefused, "reason", "extend for a reason that the law does not know")
	}
	if strings.TrimSpace(words) == "" {
		return request.Fault(request.InputRefused, "words", "extend without telling why")
	}
	return c.update(ctx, ref, func(ch *change) error {
		if err := ch.extendable(); err != nil {
			return err
		}
		ch.Clock.Extension = request.Extension{Reason: reason, Words: strings.TrimSpace(words), Withhold: withhold, By: a.ID, At: ch.now}
		o, err := ch.extension()
		if err != nil {
			return err
		}
		if err := ch.readable(o, "words"); err != nil {
			return err
		}
		ch.done("approve-extension", "", a.ID)
		ch.task("approve-extension", "", "approver", a.ID, "")
		ch.line(a.ID, "extension-proposed", "", reason, map[string]string{"due": string(ch.Due)})
		return nil
	})
}

// extendable refuses an extension that the law does not allow now.
func (ch *change) extendable() error {
	if ch.Clock.ExtensionSent != "" || ch.Clock.Extension.ApprovedBy != "" {
		return request.Fault(request.PhaseIllegal, string(ch.ID), "extend twice")
	}
	if len(ch.extended()) == 0 {
		return request.Fault(request.PhaseIllegal, string(ch.ID), "extend where nothing is open that may be extended")
	}
	res, err := ch.cases.clock(ch.Request)
	if err != nil {
		return err
	}
	today, last := deadline.LocalDate(ch.now), res.Due1
	if ch.extensionTo().Email == "" {
		// A letter on paper counts when it is posted: it gets a working day for that.
		last = ch.cases.Calendar.AddWorkingDays(last, -1)
	}
	if today.After(last) {
		return request.Fault(request.DateRefused, string(ch.ID), "extend after %s", last)
	}
	return nil
}

// extended are the legs that an extension is about: ours, proven, not
// answered, and none that only makes us stop something (C-7).
func (ch *change) extended() []*request.Leg {
	var all []*request.Leg
	for i := range ch.Legs {
		l := &ch.Legs[i]
		if l.Role == request.Controller && !l.Right.Stops() && l.Past(request.Proven) && !l.Past(request.Answered) {
			all = append(all, l)
		}
	}
	return all
}

// extensionTo is where T-08 goes: as the answer to the first leg it is about.
func (ch *change) extensionTo() post.Address {
	for _, l := range ch.extended() {
		return ch.answerTo(l)
	}
	return ch.sender()
}

// extension makes T-08 as it goes out today.
func (ch *change) extension() (letters.Order, error) {
	x := ch.Clock.Extension
	res, err := ch.cases.clock(ch.Request)
	if err != nil {
		return letters.Order{}, err
	}
	f := facts{"new_due": res.WorkTo.String(), "why_more_time": x.Words, "extension_reason": x.Reason, "due": res.Due1.String()}
	if x.Withhold {
		f["withhold_why"] = withheldWords(ch.Language)
	}
	o := ch.order(letters.Extension, nil, f)
	o.Rights = nil
	for _, l := range ch.extended() {
		if !slices.Contains(o.Rights, l.Right) {
			o.Rights = append(o.Rights, l.Right)
		}
	}
	return o, nil
}

func withheldWords(lang request.Language) string {
	if lang == request.English {
		return "there may be data of other people in it"
	}
	return "er misschien gegevens van andere mensen in staan"
}

// ApproveExtension lets the proposed extension go: the letter and the new
// dates are one transaction; a letter on paper has its dates when it is posted.
// It takes another person than the proposer, with
// the role of approver. DateRefused: the first month is over meanwhile, and
// the proposal stays as it is. PhaseIllegal: nothing is proposed.
func (c *Cases) ApproveExtension(ctx context.Context, a Actor, ref request.Reference) error {
	if err := may(a, "approver", string(ref)); err != nil {
		return err
	}
	return c.update(ctx, ref, func(ch *change) error {
		x := &ch.Clock.Extension
		switch {
		case x.By == "":
			return request.Fault(request.PhaseIllegal, string(ch.ID), "approve an extension that nobody proposed")
		case x.By == a.ID:
			return request.Fault(request.SamePerson, string(ch.ID), "approve an extension")
		case x.ApprovedBy == a.ID:
			return errNothing // the same click twice
		}
		if err := ch.extendable(); err != nil {
			return err
		}
		if !ch.Sender.Answerable {
			return request.Fault(request.InputRefused, "answerable", "extend a term without anybody to tell (12(3))")
		}
		before := ch.Due
		x.ApprovedBy, x.ApprovedAt = a.ID, ch.now
		to := ch.extensionTo()
		ch.Clock.ExtensionSent = day(ch.now)
		o, err := ch.extension()
		if err != nil {
			return err
		}
		if to.Email == "" {
			// On paper it is not told yet, and counts from the day of the post (C-7).
			ch.Clock.ExtensionSent = ""
		}
		if err := ch.redate(); err != nil {
			return err
		}
		if err := ch.readable(o, "words"); err != nil {
			return err
		}
		ch.letter("", "extended", to, o)
		ch.done("approve-extension", "", a.ID)
		ch.line(a.ID, "extended", "", x.Reason, map[string]string{
			"proposedBy": x.By, "dueBefore": string(before), "due": string(ch.Due), "workTo": string(ch.WorkTo()),
		})
		return nil
	})
}

// DropExtension takes a proposal back, by its officer or by who would approve
// it. PhaseIllegal: nothing is proposed, or its letter is out.
func (c *Cases) DropExtension(ctx context.Context, a Actor, ref request.Reference) error {
	if !a.Has("officer") && !a.Has("approver") || a.ID == "" {
		return request.Fault(request.Forbidden, string(ref), "drop an extension")
	}
	return c.update(ctx, ref, func(ch *change) error {
		if ch.Clock.Extension.By == "" || ch.Clock.Extension.ApprovedBy != "" {
			return request.Fault(request.PhaseIllegal, string(ch.ID), "drop an extension that is not proposed")
		}
		ch.Clock.Extension = request.Extension{}
		ch.done("approve-extension", "", a.ID)
		ch.line(a.ID, "extension-dropped", "", "", nil)
		return nil
	})
}

// maxPromise is how many days ahead a late answer may be promised [P].
const maxPromise = 31

// Apologise tells the person that the answer is late and when it comes (T-30).
// reason is a code of the letter's list. DateRefused: the legal day is not
// missed. InputRefused: the promised day is past, or more than a month away.
// PhaseIllegal: nothing is open.
func (c *Cases) Apologise(ctx context.Context, a Actor, ref request.Reference, promised request.Day, reason string) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	return c.update(ctx, ref, func(ch *change) error {
		o, to, err := ch.apology(promised, reason)
		if err != nil {
			return err
		}
		if ch.Clock.PromisedDay == promised && ch.Clock.ApologySent == day(ch.now) {
			return errNothing // the same click twice
		}
		ch.Clock.ApologySent, ch.Clock.PromisedDay = day(ch.now), promised
		if err := ch.readable(o, "reason"); err != nil {
			return err
		}
		ch.letter("", "late-"+string(promised)+"-"+string(day(ch.now)), to, o)
		ch.done("apologise", "", a.ID)
		ch.line(a.ID, "apologised", "", reason, map[string]string{"due": string(ch.Due), "promised": string(promised)})
		return nil
	})
}

func (ch *change) apology(promised request.Day, reason string) (letters.Order, post.Address, error) {
	fail := func(err error) (letters.Order, post.Address, error) { return letters.Order{}, post.Address{}, err }
	day0 := deadline.LocalDate(ch.now)
	by, err := deadline.ParseDate(string(promised))
	if err != nil || by.Before(day0) || by.After(day0.AddDays(maxPromise)) {
		return fail(request.Fault(request.InputRefused, "promised", "promise an answer by that day"))
	}
	if strings.TrimSpace(reason) == "" {
		return fail(request.Fault(request.InputRefused, "reason", "apologise without a reason"))
	}
	var late []*request.Leg
	for i := range ch.Legs {
		if l := &ch.Legs[i]; l.Role == request.Controller && !l.Past(request.Answered) {
			late = append(late, l)
		}
	}
	if ch.Request.Closed() || len(late) == 0 && len(ch.Legs) > 0 {
		return fail(request.Fault(request.PhaseIllegal, string(ch.ID), "apologise where we owe no answer"))
	}
	if string(ch.Due) >= day0.String() {
		return fail(request.Fault(request.DateRefused, string(ch.ID), "apologise before %s is over", ch.Due))
	}
	to := ch.sender()
	o := ch.order(letters.LateApology, nil, facts{"new_due": string(promised), "late_reason": reason, "due": string(ch.Due)})
	if len(late) > 0 {
		to, o.Rights = ch.answerTo(late[0]), nil
	}
	for _, l := range late {
		if !slices.Contains(o.Rights, l.Right) {
			o.Rights = append(o.Rights, l.Right)
		}
	}
	return o, to, nil
}

// readable refuses words that the letter cannot hold, while the officer can
// still change them: a letter the law demands must not fail when it is sent.
func (ch *change) readable(o letters.Order, field string) error {
	if _, err := letters.Render(o, ch.cases.House, ""); err != nil {
		return &request.Error{Code: request.InputRefused, On: field, Doing: "write " + string(o.Kind), Err: err}
	}
	return nil
}

// redate computes the dates anew from what is recorded. What was warned of is
// warned of again when the day to work to moves; a leg that waits for proof
// looks again in time for the new day.
func (ch *change) redate() error {
	res, err := ch.cases.clock(ch.Request)
	if err != nil {
		return err
	}
	was := ch.WorkTo()
	ch.SafeDue, ch.Due = request.Day(res.SafeDue.String()), request.Day(res.Due.String())
	ch.Clock.WorkTo, ch.Clock.Holidays = "", ch.cases.Calendar.Name()
	if res.Extended {
		ch.Clock.WorkTo = request.Day(res.WorkTo.String())
	}
	if ch.WorkTo() == was {
		return nil
	}
	ch.Clock.Warned = nil
	for i := range ch.Legs {
		if l := &ch.Legs[i]; l.Wait.State == "Prove" && l.Phase == request.Proving {
			l.WakeAt = ch.cases.proofTimer(ch.Request, l)
		}
	}
	return nil
}
