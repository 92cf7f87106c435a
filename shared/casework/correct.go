package casework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// FieldView is one field as the systems hold it now: what an officer picks
// from to correct.
type FieldView struct {
	System, Holding, Column string
	// Place and Label are what holding and column are called, in both languages.
	Place, Label inventory.Words
	// Value is what stands there, "" for an empty field; Rows is in how many
	// records it does.
	Value string
	Rows  int
	// CanCorrect is false where an officer must do it by hand.
	CanCorrect bool
}

// maxCorrections bounds what one leg corrects, maxWords what an officer writes
// into one field, maxRecord all of it: it stands in the record of the request.
const (
	maxCorrections = 50
	maxWords       = 4000
	maxRecord      = 32 << 10
)

// Fields lists what the systems hold of the leg's person, field by field, in
// the order of the inventory; recordings and logs have none. Values that differ between records stand apart.
// Looking stands in the ledger (A46); a client's data are not looked at
// without its instruction.
func (c *Cases) Fields(ctx context.Context, a Actor, ref request.Reference, leg string) ([]FieldView, error) {
	if err := may(a, "officer", string(ref)); err != nil {
		return nil, err
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return nil, err
	}
	l := r.Leg(leg)
	if l == nil {
		return nil, request.Fault(request.NotFound, string(ref)+"/"+leg, "look up fields")
	}
	if err := mayCorrect(r, l); err != nil {
		return nil, err
	}
	fields, err := c.fields(ctx, r, l)
	if err != nil {
		return nil, err
	}
	err = c.update(ctx, ref, func(ch *change) error {
		ch.line(a.ID, "fields-read", leg, "", nil)
		return nil
	})
	return fields, err
}

// mayCorrect refuses whoever is not proven, not instructed or not at the stage
// where a correction can be proposed.
func mayCorrect(r *request.Request, l *request.Leg) error {
	on := string(r.ID) + "/" + l.ID
	switch {
	case l.Right != request.Rectification:
		return request.Fault(request.PhaseIllegal, on, "correct for %s", l.Right)
	case l.Role == request.Processor && l.Instruction.By == "":
		return request.Fault(request.NoInstruction, on, "correct")
	case l.Role == request.Processor && l.Phase != request.Instructed,
		l.Role == request.Controller && l.Phase != request.Deciding && l.Phase != request.Held:
		return request.Fault(request.PhaseIllegal, on, "correct a leg that is %s", l.Phase)
	case l.Role == request.Controller && l.Has < l.Needs:
		return request.Fault(request.ProofTooLow, on, "correct")
	case l.Candidate == "":
		return request.Fault(request.PhaseIllegal, on, "correct the data of nobody")
	case l.Halted:
		return mayCarry(r, l)
	}
	return nil
}

// fields reads the fields from the systems.
func (c *Cases) fields(ctx context.Context, r *request.Request, l *request.Leg) ([]FieldView, error) {
	r, l, err := c.trace(ctx, r, l, "fields")
	if err != nil {
		return nil, fmt.Errorf("fields: %w", err)
	}
	s := c.subject(r, l)
	var all []FieldView
	for _, p := range c.scope(l) {
		if p.Holding.Format != "" {
			continue // a recording or a log has no field to correct
		}
		sys, err := c.Systems.System(p.System.ID)
		if errors.Is(err, systems.ErrElsewhere) {
			// The desk speaks to no database (decision 19): what it holds is corrected by hand.
			for _, col := range p.Holding.Columns {
				if col.Disclose != inventory.DiscloseNo {
					all = append(all, FieldView{System: p.System.ID, Holding: p.Holding.ID, Column: col.Name, Place: p.Holding.Label, Label: col.Label})
				}
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("fields: reach system %s: %w", p.System.ID, err)
		}
		rows := 0
		seen := map[string]map[string]int{} // column → value → rows
		plain := map[string]bool{}          // column/value that is a text or a number
		err = sys.Collect(ctx, *p.Holding, s.Of(), func(row systems.Row) error {
			rows++
			for _, col := range p.Holding.Columns {
				text, ok := fieldText(row, col.Name)
				if seen[col.Name] == nil {
					seen[col.Name] = map[string]int{}
				}
				seen[col.Name][text]++
				plain[col.Name+"/"+text] = ok
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("fields: read %s for request %s: %w", p.ID(), r.ID, err)
		}
		if rows == 0 {
			continue
		}
		for _, col := range p.Holding.Columns {
			if col.Disclose == inventory.DiscloseNo {
				continue // ours, or a secret: nothing about the person
			}
			for _, value := range sorted(seen[col.Name]) {
				all = append(all, FieldView{
					System: p.System.ID, Holding: p.Holding.ID, Column: col.Name, Place: p.Holding.Label, Label: col.Label,
					Value: value, Rows: seen[col.Name][value], CanCorrect: p.Holding.Correctable(col.Name) && plain[col.Name+"/"+value],
				})
			}
		}
	}
	return all, nil
}

func sorted(m map[string]int) []string {
	all := make([]string, 0, len(m))
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// fieldText is a column as an officer reads it; ok is false for what is neither
// text nor number.
func fieldText(row systems.Row, column string) (text string, ok bool) {
	switch v := row[column].(type) {
	case nil:
		return "", true
	case string, json.Number:
		return row.Text(column), true
	default:
		b, err := json.Marshal(v)
		if err != nil {
			return "", false
		}
		return string(b), false
	}
}

// ProposeCorrections records what a rectification will change: per field the
// value that stands there, the right one and what shows it; or, where the
// facts stay in doubt, the subject's own statement. It replaces what was
// proposed before. Nothing changes until it is decided, or the client has
// instructed it. After the decision only the old value may be brought up to
// date: a system may hold another one by then.
func (c *Cases) ProposeCorrections(ctx context.Context, a Actor, ref request.Reference, leg string, wanted []request.Correction, statement string) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	statement = strings.TrimSpace(statement)
	if len(wanted) == 0 && statement == "" {
		return request.Fault(request.InputRefused, "corrections", "propose nothing")
	}
	total := len(statement)
	for _, w := range wanted {
		total += len(w.Old) + len(w.New) + len(w.Evidence)
	}
	if len(wanted) > maxCorrections || len(statement) > maxWords || total > maxRecord {
		return request.Fault(request.TooMany, string(ref)+"/"+leg, "propose so much")
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return err
	}
	l := r.Leg(leg)
	if l == nil {
		return request.Fault(request.NotFound, string(ref)+"/"+leg, "propose corrections")
	}
	if err := mayCorrect(r, l); err != nil {
		return err
	}
	var fields []FieldView
	if len(wanted) > 0 {
		if fields, err = c.fields(ctx, r, l); err != nil {
			return err
		}
	}
	proposed := make([]request.Correction, len(wanted))
	for i, w := range wanted {
		if proposed[i], err = checkCorrection(w, fields, wanted[:i]); err != nil {
			return err
		}
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		if err := mayCorrect(ch.Request, l); err != nil {
			return err
		}
		if l.Phase == request.Held {
			if err := renew(l, proposed, statement); err != nil {
				return err
			}
		} else {
			l.Corrections, l.Statement = replaced(l.Corrections, proposed), statement
		}
		refs := map[string]string{}
		for _, p := range proposed {
			refs[p.System+"/"+p.Holding+"/"+p.Column] = p.Status
		}
		if statement != "" {
			refs["statement"] = "proposed"
		}
		ch.line(a.ID, "corrections-proposed", leg, "", refs)
		if l.Phase != request.Deciding {
			ch.signal(l) // it is decided: Amend tries again
		}
		return nil
	})
}

// checkCorrection refuses what is no correction of a field that is held.
func checkCorrection(w request.Correction, fields []FieldView, before []request.Correction) (request.Correction, error) {
	w.New, w.Evidence = strings.TrimSpace(w.New), strings.TrimSpace(w.Evidence)
	on := w.System + "/" + w.Holding + "/" + w.Column
	same := func(b request.Correction) bool {
		return b.System == w.System && b.Holding == w.Holding && b.Column == w.Column && b.Old == w.Old
	}
	switch {
	case w.Evidence == "":
		return w, request.Fault(request.InputRefused, "evidence", "correct %s without evidence", on)
	case w.New == w.Old:
		return w, request.Fault(request.InputRefused, "new", "correct %s into itself", on)
	case len(w.New) > maxWords || len(w.Evidence) > maxWords:
		return w, request.Fault(request.TooMany, "new", "correct %s with so many words", on)
	case slices.ContainsFunc(before, same):
		return w, request.Fault(request.InputRefused, "old", "correct %s twice", on)
	}
	w.Rows, w.Status = 0, ""
	for _, f := range fields {
		if f.System != w.System || f.Holding != w.Holding || f.Column != w.Column {
			continue
		}
		if f.Value == w.Old {
			w.Status = request.CorrectionProposed
			if !f.CanCorrect {
				w.Status = request.CorrectionToDo
			}
		}
		if f.Value == w.Old || f.Value == w.New {
			w.Rows += f.Rows
		}
	}
	if w.Status == "" {
		return w, request.Fault(request.InputRefused, "old", "correct %s, which does not hold that", on)
	}
	return w, nil
}

// replaced keeps what was carried out already and takes the rest from the new proposal.
func replaced(have, proposed []request.Correction) []request.Correction {
	kept := slices.DeleteFunc(slices.Clone(have), func(h request.Correction) bool { return !carriedOut(h) })
	return append(kept, proposed...)
}

// renew brings the old values of a decided rectification up to date; what was
// decided is not the officer's to change any more.
func renew(l *request.Leg, proposed []request.Correction, statement string) error {
	if statement != "" && statement != l.Statement {
		return request.Fault(request.PhaseIllegal, l.ID, "change a statement that was decided")
	}
	for _, p := range proposed {
		i := slices.IndexFunc(l.Corrections, func(h request.Correction) bool {
			return !carriedOut(h) && h.System == p.System && h.Holding == p.Holding && h.Column == p.Column && h.New == p.New
		})
		if i < 0 {
			return request.Fault(request.PhaseIllegal, l.ID, "correct what was not decided")
		}
		l.Corrections[i] = p
	}
	return nil
}

// carriedOut reports whether a correction stands in the system.
func carriedOut(c request.Correction) bool {
	return c.Status == request.CorrectionDone || c.Status == request.CorrectionByHand
}
