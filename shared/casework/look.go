package casework

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/allclaims/rightsdesk/shared/disclosure"
	"github.com/allclaims/rightsdesk/shared/request"
)

// MaxLook is the largest file of a package that the desk can show, in bytes: an
// answer of a function is at most 6 MB, and bytes travel as base64.
const MaxLook = 4 << 20

// Contents are what the package of a leg holds, before or after it is sealed.
type Contents struct {
	Leg request.Leg
	disclosure.Contents
}

// LookInto tells an officer or an approver what the package of a leg holds, or
// will hold: made from the collected copy with what seal makes it with. Nothing
// is given to anybody. Looking stands in the ledger (A46). PhaseIllegal: nothing
// was collected yet, or the copy is gone since the leg was closed.
func (c *Cases) LookInto(ctx context.Context, a Actor, ref request.Reference, leg string) (Contents, error) {
	r, l, spec, err := c.looked(ctx, a, ref, leg)
	if err != nil {
		return Contents{}, err
	}
	contents, err := disclosure.Look(ctx, spec, c.Work)
	if err != nil {
		return Contents{}, fmt.Errorf("look into the package of request %s: %w", r.ID, err)
	}
	return Contents{Leg: *l, Contents: contents}, c.lookLine(ctx, a, r, leg, "package")
}

// LookAt gives one file of the package as the person will get it. The look
// stands in the ledger by the sort of file, before it is given. NotFound: there
// is no such file. TooMany: it is larger than MaxLook.
func (c *Cases) LookAt(ctx context.Context, a Actor, ref request.Reference, leg, name string) ([]byte, error) {
	r, _, spec, err := c.looked(ctx, a, ref, leg)
	if err != nil {
		return nil, err
	}
	var out upTo
	if err := disclosure.LookAt(ctx, spec, c.Work, name, &out); err != nil {
		return nil, fmt.Errorf("look into the package of request %s: %w", r.ID, err)
	}
	what := "package-page"
	switch {
	case strings.HasPrefix(name, "bijlagen/"):
		what = "package-file"
	case !strings.HasSuffix(name, ".html"):
		what = "package-data"
	}
	return out.Bytes(), c.lookLine(ctx, a, r, leg, what)
}

func (c *Cases) lookLine(ctx context.Context, a Actor, r *request.Request, leg, what string) error {
	_, err := c.change(ctx, r.ID, func(ch *change) error {
		ch.line(a.ID, "opened", leg, what, nil)
		return nil
	})
	return err
}

// looked loads a leg whose package may be looked into, and what it is made from.
func (c *Cases) looked(ctx context.Context, a Actor, ref request.Reference, leg string) (*request.Request, *request.Leg, disclosure.Spec, error) {
	r, l, err := c.reader(ctx, a, ref, leg)
	if err != nil {
		return nil, nil, disclosure.Spec{}, err
	}
	if err := c.complete(l); err != nil {
		return nil, nil, disclosure.Spec{}, request.Fault(request.PhaseIllegal, string(r.ID)+"/"+leg, "look into a package that is not collected")
	}
	spec, err := c.packageSpec(ctx, r, l)
	return r, l, spec, err
}

// reader loads a leg whose collected copy an officer or an approver may see.
func (c *Cases) reader(ctx context.Context, a Actor, ref request.Reference, leg string) (*request.Request, *request.Leg, error) {
	if a.ID == "" || !a.Has("officer") && !a.Has("approver") {
		return nil, nil, request.Fault(request.Forbidden, string(ref), "look into a package")
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return nil, nil, err
	}
	l := r.Leg(leg)
	if l == nil {
		return nil, nil, request.Fault(request.NotFound, string(ref)+"/"+leg, "look into a package")
	}
	if !MayLook(l) {
		return nil, nil, request.Fault(request.PhaseIllegal, string(r.ID)+"/"+leg, "look into the package of a leg that is %s", l.Phase)
	}
	return r, l, nil
}

// MayLook reports whether the collected copy of a leg of ours is there to be
// looked into: from its decision on, until the leg is closed.
func MayLook(l *request.Leg) bool {
	return l.Right.Discloses() && l.Role == request.Controller && len(l.Receipts) > 0 &&
		l.Past(request.Prepared) && l.Phase != request.Closed && l.Outcome != request.Withdrawn
}

// upTo keeps what is written, up to MaxLook.
type upTo struct{ bytes.Buffer }

func (u *upTo) Write(p []byte) (int, error) {
	if u.Len()+len(p) > MaxLook {
		return 0, request.Fault(request.TooMany, "", "show a file of that size")
	}
	return u.Buffer.Write(p)
}
