package casework_test

import (
	"context"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/memory"
)

// approved plays the erasure of a former client to where it cools off.
func approved(p *player) {
	p.do("form former rights=erasure relations=client customer=yes", "")
	p.do("code former", "")
	p.do("decide leg 1 granted by jan", "")
	p.do("approve leg 1 by piet", "")
}

// importer has rows come back after every change, so many times.
type importer struct {
	*memory.System
	rows  []systems.Row
	times int
}

func (i *importer) Apply(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act) (int, error) {
	n, err := i.System.Apply(ctx, h, of, act)
	if i.times > 0 {
		i.times--
		i.Replace(i.rows...)
	}
	return n, err
}

// Invariant 8, F16: what comes back while it is erased is found when the system
// is searched again, and goes before anybody is told that it is done.
func TestComesBackWhileErased(t *testing.T) {
	p := newPlayer(t)
	approved(p)
	newsletter := p.systems.Memory("newsletter")
	imported := &importer{System: newsletter, rows: newsletter.Rows(), times: 2}
	p.cases.Systems = but{p.cases.Systems, "newsletter", imported}
	p.pass(16 * 24 * time.Hour)
	if l := p.now().Leg("1"); l.Phase != request.Closed || len(l.Outages) > 0 || imported.times != 0 {
		t.Errorf("the leg is %s, waiting for %v, with %d imports to come", l.Phase, l.Outages, imported.times)
	}
	p.do("held former in invoices", "")
}

// Nor is it done where something came into a place that the plan does not name:
// somebody has to look, and then it goes on by itself (I4, F15).
func TestComesAfterThePlan(t *testing.T) {
	p := newPlayer(t)
	newsletter := p.systems.Memory("newsletter")
	all := newsletter.Rows()
	newsletter.Replace()
	approved(p)
	p.pass(13 * 24 * time.Hour)
	newsletter.Replace(all...)
	p.pass(3 * 24 * time.Hour)
	r := p.now()
	l := r.Leg("1")
	tasks := 0
	for _, task := range r.Tasks {
		if task.Open() && task.Kind == "schema" && task.Code == "newsletter/subscribers" {
			tasks++
		}
	}
	if l.Phase == request.Closed || len(l.Outages) != 1 || l.Outages[0].Code != request.SystemChanged || tasks != 1 {
		t.Errorf("the leg is %s, waiting for %+v, with %d tasks; want one about the newsletter", l.Phase, l.Outages, tasks)
	}
	if left := newsletter.Rows(); len(left) != len(all) {
		t.Errorf("%d rows of %d are left: nobody approved that they go", len(left), len(all))
	}
	newsletter.Replace([]systems.Row(nil)...)
	p.pass(2 * time.Hour)
	if l := p.now().Leg("1"); l.Phase != request.Closed || len(l.Outages) > 0 {
		t.Errorf("when it is gone the leg is %s, waiting for %v", l.Phase, l.Outages)
	}
}

// overtaken is a system in which another run of the step comes to its end while
// one is at work.
type overtaken struct {
	*memory.System
	other func()
}

func (o *overtaken) Apply(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act) (int, error) {
	if other := o.other; other != nil {
		o.other = nil
		other()
		for range 2 {
			if err := of.Done(1); err != nil {
				return 0, err
			}
		}
	}
	return o.System.Apply(ctx, h, of, act)
}

// A run that another overtook adds nothing to a system that is done (F15).
func TestBatchOfRunThatWasOvertaken(t *testing.T) {
	p := newPlayer(t)
	approved(p)
	newsletter := &overtaken{System: p.systems.Memory("newsletter")}
	p.cases.Systems = but{p.cases.Systems, "newsletter", newsletter}
	finished := false
	newsletter.other = func() {
		if _, err := p.cases.Erase(p.ctx, casework.Input{RequestID: p.now().ID, LegID: "1", System: "newsletter"}); err != nil {
			t.Error(err)
		}
		finished = request.Finished(p.now().Leg("1").Receipts, "newsletter")
	}
	p.pass(16 * 24 * time.Hour)
	l := p.now().Leg("1")
	receipts := 0
	for _, rec := range l.Receipts {
		if rec.System == "newsletter" {
			receipts++
		}
	}
	if !finished || receipts != 1 || l.Phase != request.Closed {
		t.Errorf("finished by the other %v; the leg is %s, with %d receipts of the newsletter", finished, l.Phase, receipts)
	}
}
