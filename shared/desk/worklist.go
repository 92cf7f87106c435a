package desk

import (
	"context"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Finding looks for the requests of an address: exact, counted, and each find
// in the ledger (A46).
type Finding interface {
	FindByEmail(ctx context.Context, actor casework.Actor, email string) (found []casework.FoundRow, more bool, err error)
}

// Staffing is who works here.
type Staffing interface {
	SignedIn(ctx context.Context, actor casework.Actor) error
	Colleagues(ctx context.Context) ([]register.Colleague, error)
}

// Registry is the register of clients.
type Registry interface {
	ClientList(ctx context.Context, actor casework.Actor) ([]register.Client, error)
	SaveClient(ctx context.Context, actor casework.Actor, before *register.Client, after register.Client) error
	// Connection is how the client's machine speaks with ours; zero when it does not.
	Connection(ctx context.Context, actor casework.Actor, client string) (register.Connection, error)
	// SaveConnection writes hosts and public key over the revision that was seen.
	SaveConnection(ctx context.Context, actor casework.Actor, after register.Connection) error
	// NewKey answers a key that stands nowhere else; EndKeys ends them all.
	NewKey(ctx context.Context, actor casework.Actor, client string, seen int64, mark string) (string, error)
	EndKeys(ctx context.Context, actor casework.Actor, client string) error
}

// Counting are the figures of a month of receipt (D-6).
type Counting interface {
	Figures(ctx context.Context, actor casework.Actor, month string) (figures.Month, error)
}

// Holding keeps a record beyond its time (D-2).
type Holding interface {
	HoldRecord(ctx context.Context, actor casework.Actor, ref request.Reference, reason string, until request.Day) error
	LiftHold(ctx context.Context, actor casework.Actor, ref request.Reference, id string) error
}

// Scanning keeps the papers that staff scan.
type Scanning interface {
	AddScan(ctx context.Context, actor casework.Actor, ref request.Reference, body []byte) error
	// ScanVerdicts are those of Request.Scans, in their order.
	ScanVerdicts(ctx context.Context, actor casework.Actor, ref request.Reference) ([]casework.Incoming, error)
	TakeScan(ctx context.Context, actor casework.Actor, ref request.Reference, id string) (request.Scan, []byte, error)
}
