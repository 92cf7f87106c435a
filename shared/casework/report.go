package casework

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Report tells the client what was done on its instruction, with evidence, what
// not and why (T-07, R-26); and the debtor, where the client had us answer in its
// name (T-07b).
func (c *Cases) Report(ctx context.Context, in Input) (Output, error) {
	out := Output{RequestID: in.RequestID, LegID: in.LegID, Next: "close"}
	r, err := c.Store.Load(ctx, in.RequestID)
	if err != nil {
		return Output{}, fmt.Errorf("report: load request %s: %w", in.RequestID, err)
	}
	l := r.Leg(in.LegID)
	if l == nil {
		return Output{}, request.Fault(request.NotFound, string(in.RequestID)+"/"+in.LegID, "report")
	}
	if l.Past(request.Reported) {
		return out, nil
	}
	client, err := c.Registers.Client(ctx, l.Client)
	if err != nil {
		return Output{}, fmt.Errorf("report: client %s of request %s: %w", l.Client, r.ID, err)
	}
	return c.step(ctx, in, "report", request.Reported, "close", func(ch *change, l *request.Leg) error {
		if l.Instruction.By == "" {
			return request.Fault(request.NoInstruction, string(ch.ID)+"/"+l.ID, "report")
		}
		if l.Phase == request.Instructed {
			if err := inForce(ch.Request, l, l.Instruction); err != nil {
				return err
			}
		}
		if l.Outcome == request.NothingHeld {
			// An officer found nobody in the client's files: nothing was done, and
			// the client's machine is told so.
			return ch.advance(l, request.WasReported, system("report"), string(l.Outcome), nil)
		}
		if l.Phase == request.Instructed && l.Instruction.Kind != RefuseKind {
			switch {
			case l.Right == request.Erasure:
				if err := c.erasedAll(l); err != nil {
					return err
				}
			case !l.Right.Discloses():
				return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+l.ID, "report %s that was not carried out", l.Right)
			}
			if err := ch.advance(l, request.WasExecuted, system("report"), "", counts(l.Receipts)); err != nil {
				return err
			}
		}
		if l.Instruction.Kind != RefuseKind {
			c.tell(ch, l) // the client's recipients are its own; ours for this work are told by us
		}
		o := ch.reportLetter(l, client, l.Instruction)
		// Who only reads what was done, because it decides no more, gets no copy.
		o.Flags = map[string]bool{letters.PackageReady: l.Package.For == "client" && (client.Decides() || !register.Contact{Client: client}.Reads())}
		to, reached := ch.filedMailbox(l)
		if l.Instruction.Kind == request.CarryOutToSubject && !reached {
			delete(o.Values, "delivered_on")
			o.Flags["unreached"] = true
		}
		switch {
		case l.Instruction.Kind == RefuseKind:
			l.Outcome = request.ByClient
		default:
			l.Outcome = request.Granted
			if keeps(l.Carried()) || l.Instruction.Kind == request.RestrictInstead {
				l.Outcome, o.Flags["limits"] = request.Partial, onGround(l.Carried()) || l.Instruction.Kind == request.RestrictInstead
			}
			o.Flags["restricted"] = l.Restriction.Stands() // 18(3): the client tells its debtor
		}
		if n := len(l.Flags); n > 0 && l.Flags[n-1].Word == request.Upheld {
			o.Values["held_on"], o.Flags["upheld"] = string(day(l.Flags[n-1].At)), true
		}
		ch.reports(l, client, "report", o)
		if l.Instruction.Kind == request.CarryOutToSubject {
			if reached {
				ch.letter(l.ID, "in-client-name", to, ch.clientAnswer(l, client))
			} else {
				ch.task("reply", l.ID, "officer", "", "no-channel-on-file")
			}
		}
		return ch.advance(l, request.WasReported, system("report"), string(l.Outcome), nil)
	})
}

// reportLetter is T-07: what that instruction was, by whom, and what was done.
func (ch *change) reportLetter(l *request.Leg, client register.Client, in request.Instruction) letters.Order {
	_, who, _ := strings.Cut(in.By, "/")
	if who == byAPI {
		who = client.Name
	}
	f := ch.clientFacts(l, client)
	today := string(day(ch.now))
	maps.Copy(f, facts{
		"instructed_by": who, "instructed_on": string(day(in.At)), "executed_on": today,
		"recipients_told_on": today, "link_until": string(l.Package.Until),
	})
	if l.Instruction.Kind == request.CarryOutToSubject {
		f["delivered_on"] = today
	}
	o := ch.order(letters.ClientReport, l, f)
	o.Language = client.Language
	o.Lists = ch.cases.reportLists(ch, l, client.Language)
	if in.Kind == RefuseKind {
		o.Lists["done_list"] = []string{map[request.Language]string{
			request.Dutch: "wij hebben vastgelegd dat u zelf antwoordt", request.English: "we recorded that you answer yourself"}[o.Language]}
	}
	o.Lists["evidence_list"] = append(o.Lists["evidence_list"], in.Receipt)
	return o
}

// clientAnswer is T-07b, in the letter that the client chose.
func (ch *change) clientAnswer(l *request.Leg, client register.Client) letters.Order {
	c, today := ch.cases, string(day(ch.now))
	f := ch.clientFacts(l, client)
	maps.Copy(f, facts{"link_until": string(l.Package.Until), "code_channel": "email", "executed_on": today, "recipients_told_on": today})
	o := ch.order(letters.ClientAnswer, l, f)
	info, _ := letters.Find(letters.ClientAnswer)
	done := c.reportLists(ch, l, o.Language)
	switch {
	case l.Right.Discloses():
		o.Lists = c.lists(ch, l, o.Language, info)
	case l.Right == request.Erasure, l.Right == request.Rectification:
		o.Lists = map[string][]string{"done_list": done["done_list"], "told_list": done["told_list"]}
		o.Kept = erasure.Kept(c.Systems.Inventory(), l.Carried(), o.Language)
		_, o.Lists["shared_list"] = left(c.Systems.Inventory(), l.Carried(), o.Language)
	default:
		o.Lists = map[string][]string{"told_list": done["told_list"]}
	}
	o.Flags = map[string]bool{answerForms[l.Right][l.Instruction.Template]: true}
	return o
}

// answerForms are the forms of T-07b, by right and by the letter that was chosen.
var answerForms = map[request.Right]map[string]string{
	request.Access:        {request.FormalLetter: letters.CopyFormal, request.ShortLetter: letters.CopyShort},
	request.Portability:   {request.FormalLetter: letters.CopyFormal, request.ShortLetter: letters.CopyShort},
	request.Erasure:       {request.FormalLetter: letters.ErasedFormal, request.ShortLetter: letters.ErasedShort},
	request.Rectification: {request.FormalLetter: letters.CorrectedFormal, request.ShortLetter: letters.CorrectedShort},
	request.Restriction:   {request.FormalLetter: letters.RestrictedFormal, request.ShortLetter: letters.RestrictedShort},
	request.Objection:     {request.FormalLetter: letters.ObjectedFormal, request.ShortLetter: letters.ObjectedShort},
}

// filedMailbox is the oldest-enough mailbox in the client's own file (I-7).
func (ch *change) filedMailbox(l *request.Leg) (post.Address, bool) {
	cand := ch.Candidate(l.Candidate)
	if cand == nil {
		return post.Address{}, false
	}
	for i, chn := range cand.Channels {
		if chn.Kind == "email" && ch.cases.oldEnough(ch.Request, chn) {
			return post.Address{Kind: "file", Email: chn.Value, Channel: channelID(cand.ID, i)}, true
		}
	}
	return post.Address{}, false
}

func (c *Cases) reportLists(ch *change, l *request.Leg, lang request.Language) map[string][]string {
	inv := c.Systems.Inventory()
	var done, not, evidence []string
	for _, rec := range request.Totals(l.Receipts) {
		if rec.Action == erasure.ReceiptErased && rec.Count == 0 {
			continue // all of it is somebody else's too
		}
		item := labelOf(inv, rec.System, rec.Holding, lang) + ": " + actionWords(rec.Action, lang) + ", " + strconv.Itoa(rec.Count)
		done = append(done, item)
		evidence = append(evidence, rec.System+"/"+rec.Holding+" "+rec.Action+" "+strconv.Itoa(rec.Count)+" "+rec.At.UTC().Format("2006-01-02T15:04:05Z"))
	}
	for _, p := range l.Carried() {
		if p.Until != "" {
			not = append(not, labelOf(inv, p.System, p.Holding, lang)+": "+keptWords(inv, p, lang))
		}
	}
	_, shared := left(inv, l.Carried(), lang)
	for _, item := range shared {
		not = append(not, item+map[request.Language]string{request.Dutch: ", ook van iemand anders", request.English: ", somebody else's too"}[lang])
	}
	if l.Package.SHA256 != "" {
		evidence = append(evidence, "SHA-256 "+l.Package.SHA256)
	}
	if len(done) == 0 {
		done = []string{map[request.Language]string{
			request.Dutch: "wij hebben het met de hand uitgevoerd", request.English: "we carried it out by hand"}[lang]}
	}
	lists := map[string][]string{"done_list": done, "evidence_list": evidence}
	// A list that is empty is left out: the letter then says so in words of its own.
	if len(not) > 0 {
		lists["not_done_list"] = not
	}
	for _, t := range l.Told {
		if rec, ok := inv.Recipients[t.Recipient]; ok && t.Status == request.ToldNotified && !slices.Contains(lists["told_list"], rec.Name) {
			lists["told_list"] = append(lists["told_list"], rec.Name)
		}
	}
	return lists
}

// keptWords say until when a line is kept or restricted, and by which law, as the
// client's page does. A file's period ends that day at the earliest: it counts from its end.
func keptWords(inv *inventory.Inventory, p request.PlanLine, lang request.Language) string {
	until, law, key := string(p.Until), p.Why, p.Action
	if d, err := deadline.ParseDate(until); err == nil {
		until = d.Long(string(lang))
	}
	if at, ok := inv.Holding(p.System, p.Holding); ok {
		if keeps := inv.Retention[at.Holding.Retention]; keeps.Ground == p.Ground {
			law = keeps.Source.In(lang)
		}
	}
	if p.Ground == "file" {
		key += "-file"
	}
	words := actionWords(key, lang) + " " + until
	if law != "" {
		words += " (" + law + ")"
	}
	return words
}

func actionWords(action string, lang request.Language) string {
	words := map[string][2]string{
		"collected": {"gekopieerd", "copied"}, "erased": {"gewist", "erased"}, "anonymised": {"geanonimiseerd", "anonymised"},
		"restricted": {"beperkt", "restricted"}, "kept": {"bewaard", "kept"}, "suppressed": {"gestopt", "stopped"},
		stopByHand + "letters": {"brieven met de hand gestopt", "letters stopped by hand"}, stopByHand + "calls": {"telefoontjes met de hand gestopt", "calls stopped by hand"},
		stopByHand + "bailiff":   {"opdrachten aan de deurwaarder met de hand gestopt", "orders to the bailiff stopped by hand"},
		resumeByHand + "letters": {"brieven weer vrijgegeven", "letters released again"}, resumeByHand + "calls": {"telefoontjes weer vrijgegeven", "calls released again"},
		resumeByHand + "bailiff": {"opdrachten aan de deurwaarder weer vrijgegeven", "orders to the bailiff released again"},
		"corrected":              {"verbeterd", "corrected"}, "unrestricted": {"niet meer beperkt", "no longer restricted"}, receiptByHand: {"met de hand opzijgezet", "put aside by hand"},
		request.RestrictAction: {"beperkt tot en met", "restricted up to and including"}, request.KeepAction: {"bewaard tot en met", "kept up to and including"},
		request.RestrictAction + "-file": {"beperkt, ten minste tot en met", "restricted, at least up to and including"},
		request.KeepAction + "-file":     {"bewaard, ten minste tot en met", "kept, at least up to and including"},
	}
	if w, ok := words[action]; ok {
		if lang == request.English {
			return w[1]
		}
		return w[0]
	}
	return action
}

// complete checks that every system of the leg's scope has answered (F15, F18):
// no leg is done while one is missing.
func (c *Cases) complete(l *request.Leg) error {
	have := map[string]bool{}
	for _, rec := range l.Receipts {
		have[rec.System+"/"+rec.Holding] = rec.More == "" && rec.Batch == 0
	}
	for _, h := range c.scope(l) {
		if l.Right == request.Portability && !h.Holding.Portable() {
			continue // Art. 20 does not reach it, so it was not asked
		}
		if !have[h.ID()] {
			return request.Fault(request.SystemsMissing, l.ID, "miss the receipt of %s", h.ID())
		}
	}
	return nil
}
