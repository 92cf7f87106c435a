package casework

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// rests are how long a leg rests before a system that failed is asked again, by
// how often it was: nobody has to do anything for one that comes back.
var rests = []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour}

// rest is the pause before the next try. It is never the same for two legs: the
// forty that wait for a system do not all come back in the minute in which it does.
func rest(id request.ID, leg string, tries int) time.Duration {
	d := rests[min(tries, len(rests)-1)]
	h := fnv.New32a()
	fmt.Fprint(h, id, leg, tries)
	if tries < len(rests)-1 {
		return d + d/5*time.Duration(h.Sum32()%100)/100
	}
	return d - d/5*time.Duration(h.Sum32()%100)/100 // at most hourly means at least every hour
}

// outage is a call of a system that was not answered: which, and what can be done.
type outage struct {
	system, holding string
	err             error
}

func (o *outage) Error() string { return "system " + o.system + ": " + o.err.Error() }

func (o *outage) Unwrap() error { return o.err }

// code is what the state machines know of it: what is down is tried again at once.
func (o *outage) code() request.Code {
	switch {
	case errors.As(o.err, new(*systems.Later)):
		return request.SystemAsked
	case systems.Temporary(o.err):
		return request.SystemDown
	}
	return request.SystemChanged
}

// reached is Systems, whose failures say which system it was.
func (c *Cases) reached() Systems { return watched{c.Systems} }

type watched struct{ Systems }

func (w watched) System(id string) (systems.System, error) {
	s, err := w.Systems.System(id)
	if err != nil {
		return nil, failed(id, "", err)
	}
	if _, ok := s.(systems.Opener); ok {
		return opener{reachedSystem{s, id}}, nil
	}
	return reachedSystem{s, id}, nil
}

// failed names the system of an error. What is no failure of it stays as it is.
func failed(system, holding string, err error) error {
	if err == nil || errors.As(err, new(*systems.Cut)) || errors.As(err, new(*request.Error)) {
		return err
	}
	return &outage{system, holding, err}
}

type reachedSystem struct {
	systems.System
	id string
}

func (s reachedSystem) Find(ctx context.Context, h inventory.Holding, kind, value string) ([]systems.Row, error) {
	rows, err := s.System.Find(ctx, h, kind, value)
	return rows, failed(s.id, h.ID, err)
}

func (s reachedSystem) Collect(ctx context.Context, h inventory.Holding, of systems.Selection, emit func(systems.Row) error) error {
	var ours error
	err := s.System.Collect(ctx, h, of, noting(emit, &ours))
	return s.unlessOurs(h, err, ours)
}

// Copy implements systems.Copier.
func (s reachedSystem) Copy(ctx context.Context, h inventory.Holding, of systems.Selection, emit func(systems.Record) error) error {
	var ours error
	err := systems.Copy(ctx, s.System, h, of, noting(emit, &ours))
	return s.unlessOurs(h, err, ours)
}

// References implements systems.Refers.
func (s reachedSystem) References(ctx context.Context, h inventory.Holding, of systems.Selection, earlier []systems.Planned) (*systems.References, error) {
	refs, err := systems.Refer(ctx, s.System, h, of, earlier)
	return refs, failed(s.id, h.ID, err)
}

func (s reachedSystem) Apply(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act) (int, error) {
	var ours error
	if of.Batch != nil {
		of.Batch = noting(of.Batch, &ours)
	}
	n, err := s.System.Apply(ctx, h, of, act)
	return n, s.unlessOurs(h, err, ours)
}

// noting is do, whose error it notes as ours: no fault of the system.
func noting[T any](do func(T) error, ours *error) func(T) error {
	return func(v T) error {
		*ours = do(v)
		return *ours
	}
}

func (s reachedSystem) unlessOurs(h inventory.Holding, err, ours error) error {
	if ours != nil {
		return err
	}
	return failed(s.id, h.ID, err)
}

// opener is a system whose objects can be opened.
type opener struct{ reachedSystem }

func (s opener) Open(ctx context.Context, h inventory.Holding, object string) (io.ReadCloser, error) {
	body, err := s.System.(systems.Opener).Open(ctx, h, object)
	return body, failed(s.id, h.ID, err)
}

// failing is what a step answers that a system failed: the leg (or the request)
// remembers which, and the state machine gets a code that it tries again, or
// not. Any other error stays as it is.
func (c *Cases) failing(ctx context.Context, in Input, err error) error {
	var o *outage
	if !errors.As(err, &o) {
		return err
	}
	code := o.code()
	// The step's own time may be what ran out.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTime)
	defer cancel()
	_, noted := c.change(ctx, in.RequestID, func(ch *change) error {
		all := &ch.Outages
		if l := ch.Leg(in.LegID); l != nil {
			if l.Role == request.Processor && (l.Phase == request.Forwarded || over(l) && !l.Restriction.Lifting) {
				return errNothing // held, or moved, while it was asked: the leg waits for no system any more
			}
			all = &l.Outages
		}
		i := slices.IndexFunc(*all, func(x request.Outage) bool { return x.System == o.system })
		var later *systems.Later
		if !errors.As(o.err, &later) {
			later = &systems.Later{}
		}
		if i >= 0 && (*all)[i].Code == code && (*all)[i].Holding == o.holding && (*all)[i].Until.Equal(later.Until) && (*all)[i].Again.Equal(later.Again) {
			return errNothing
		}
		if i < 0 {
			i = len(*all)
			*all = append(*all, request.Outage{System: o.system, Since: ch.now})
		}
		(*all)[i].Code, (*all)[i].Holding, (*all)[i].Until, (*all)[i].Again = code, o.holding, later.Until, later.Again
		return nil
	})
	fault := &request.Error{Code: code, On: o.system, Err: err}
	if noted != nil {
		return errors.Join(fault, noted)
	}
	return fault
}

// noteTime is how long it may take to write down that a system failed.
const noteTime = 10 * time.Second

// answers ends the outage of a system, and the task about it where this
// request holds that; system "" ends all of the leg's.
func (ch *change) answers(l *request.Leg, system string) {
	leg := ""
	all := &ch.Outages
	if l != nil {
		leg, all = l.ID, &l.Outages
	}
	*all = slices.DeleteFunc(*all, func(o request.Outage) bool { return system == "" || o.System == system })
	for i := range ch.Tasks {
		t := &ch.Tasks[i]
		if t.Open() && t.Leg == leg && (t.Kind == "system" || t.Kind == "schema") && (system == "" || t.Code == system || strings.HasPrefix(t.Code, system+"/")) {
			t.Done, t.DoneBy = ch.now, actorOutage
		}
	}
}

var actorOutage = system("outage")

// nextTry counts a round of tries and gives when the next one is. A processor
// that has the request is looked at when it said, or every day.
func nextTry(r *request.Request, leg string, all []request.Outage, now time.Time) time.Time {
	tries := -1
	var next time.Time
	for i := range all {
		if all[i].Code == request.SystemAsked {
			if next.IsZero() || all[i].Again.Before(next) {
				next = all[i].Again
			}
			continue
		}
		tries = max(tries, all[i].Tries)
		all[i].Tries++
	}
	if tries < 0 {
		return next
	}
	if again := now.Add(rest(r.ID, leg, tries)); next.IsZero() || again.Before(next) {
		next = again
	}
	return next
}

// allAsked reports whether nothing failed: all that is missing was asked of
// processors, and is not late.
func allAsked(all []request.Outage, now time.Time) bool {
	return len(all) > 0 && !slices.ContainsFunc(all, func(o request.Outage) bool { return !inTime(o, now) })
}

// inTime reports whether a processor still has time to answer.
func inTime(o request.Outage, now time.Time) bool {
	return o.Code == request.SystemAsked && !now.After(o.Until)
}

// unheard are those of a leg's outages that nobody has a task about yet: one
// task a system, however many requests wait for it.
func (c *Cases) unheard(ctx context.Context, in Input) ([]request.Outage, error) {
	r, err := c.Store.Load(ctx, in.RequestID)
	if err != nil {
		return nil, fmt.Errorf("load request %s: %w", in.RequestID, err)
	}
	all := r.Outages
	if l := r.Leg(in.LegID); l != nil {
		all = l.Outages
	}
	var news []request.Outage
	for _, o := range all {
		if inTime(o, c.Now()) {
			continue
		}
		known := false
		for page := (store.Page{Limit: store.MaxPage}); !known; {
			rows, next, err := c.Lists.Tasks(ctx, store.QueueDown+o.System, page)
			if err != nil {
				return nil, fmt.Errorf("list who waits for system %s: %w", o.System, err)
			}
			known = slices.ContainsFunc(rows, func(t store.TaskRow) bool { return t.Task != "" && t.Request != r.ID })
			if page.After = next; next == "" {
				break
			}
		}
		if known {
			continue
		}
		// The list lags: of those who come in one storm, the first has it.
		mine, err := c.Registers.TakeOnce(ctx, "outage/"+o.System, string(r.ID), 1, c.Now().Add(storm))
		if err != nil {
			return nil, fmt.Errorf("take the task about system %s: %w", o.System, err)
		}
		if mine {
			news = append(news, o)
		}
	}
	return news, nil
}

// storm is how long one request holds the task about a system unseen.
const storm = 15 * time.Minute
