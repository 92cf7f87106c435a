package desk

import (
	"context"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// Cases is everything that staff do to requests. Its errors carry the codes of
// shared/request: NotFound, Forbidden, SamePerson, PhaseIllegal, Conflict,
// InputRefused.
type Cases interface {
	Worklist
	Reading
	Weighing
	Deciding
	Doing
	Ordinary
	Record
	Papers
	Screening
	Looking
	Finding
	Staffing
	Registry
	Counting
	Proving
	Holding
	Scanning
}

// Ordinary is the mail that intake took for ordinary business: an officer may
// know better. NotFound: no such mail, or the raw mail is gone (30 days).
type Ordinary interface {
	Ordinary(ctx context.Context, actor casework.Actor, day request.Day, page store.Page) ([]casework.OrdinaryRow, string, error)
	OrdinaryMail(ctx context.Context, actor casework.Actor, day request.Day, id string) (casework.OrdinaryMail, error)
	// TakeUp answers the same request however often.
	TakeUp(ctx context.Context, actor casework.Actor, day request.Day, id string) (request.Reference, error)
}

// Worklist are the queues and what enters them.
type Worklist interface {
	// Tasks lists a queue by safe date: mine:<actor>, free, approve,
	// waits:subject, waits:client, waits:system or all.
	Tasks(ctx context.Context, queue string, page store.Page) ([]store.TaskRow, string, error)
	// OfClient lists a client's legs by safe date: todo until it instructed,
	// instructed until we reported, then done.
	OfClient(ctx context.Context, client, state string, page store.Page) ([]store.ClientRow, string, error)
	// Assign gives a task to a member of staff; to "" lays it back.
	Assign(ctx context.Context, actor casework.Actor, ref request.Reference, task, to string) error
	// TaskDone closes a task that only had to be seen and dealt with.
	TaskDone(ctx context.Context, actor casework.Actor, ref request.Reference, task string) error
	// Register answers the same receipt for the same SourceKey, however often.
	Register(ctx context.Context, s casework.Submission) (casework.Receipt, error)
}

// Reading shows a request; opening it is logged (A46).
type Reading interface {
	View(ctx context.Context, actor casework.Actor, ref request.Reference) (casework.CaseView, error)
	// Preview renders the letter that a decision would send; it sends nothing.
	Preview(ctx context.Context, actor casework.Actor, ref request.Reference, leg string, d request.Decision) (letters.Mail, error)
}

// Weighing is what comes before a decision: what is asked, and by whom.
type Weighing interface {
	ReadAs(ctx context.Context, actor casework.Actor, ref request.Reference, c casework.TriageChoice) error
	// Choose says which candidates are the subject; none: nobody fits.
	Choose(ctx context.Context, actor casework.Actor, ref request.Reference, leg string, candidates []string) error
}

// Deciding takes two people where the law is weighed (law.md invariant 12).
type Deciding interface {
	DecideLeg(ctx context.Context, actor casework.Actor, ref request.Reference, leg string, d request.Decision) error
	Approve(ctx context.Context, actor casework.Actor, ref request.Reference, leg string) error
	SendBack(ctx context.Context, actor casework.Actor, ref request.Reference, leg, reason string) error
}

// Doing is what follows a decision or an instruction.
type Doing interface {
	ReleaseNow(ctx context.Context, actor casework.Actor, ref request.Reference, leg string) error
	CarriedOut(ctx context.Context, actor casework.Actor, ref request.Reference, leg, note string) error
	// MoveLeg hands a part to the client that decides now; CarryOn lets what the
	// old one instructed be carried out.
	MoveLeg(ctx context.Context, actor casework.Actor, ref request.Reference, leg string, to casework.MoveTo) error
	CarryOn(ctx context.Context, actor casework.Actor, ref request.Reference, leg, why string) error
	// Lapse ends what that client's machine handed over and nobody carries out.
	Lapse(ctx context.Context, actor casework.Actor, ref request.Reference, leg string) error
	StopErasure(ctx context.Context, actor casework.Actor, ref request.Reference, leg, reason string) error
}

// Screening is what may hold other people's data, before a copy leaves.
type Screening interface {
	Screening(ctx context.Context, actor casework.Actor, ref request.Reference, leg, after string, limit int) (casework.Screening, error)
	Screen(ctx context.Context, actor casework.Actor, ref request.Reference, leg string, found []request.Screened, cleared []string) error
	ScreenFile(ctx context.Context, actor casework.Actor, ref request.Reference, leg, item string) (casework.ScreenFile, error)
}

// Clients gives the names of the companies for whom All Claims collects.
type Clients interface {
	Client(ctx context.Context, id string) (register.Client, error)
}
