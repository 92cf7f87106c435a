package casework

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/allclaims/rightsdesk/shared/evidence"
	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/vault"
)

const (
	// maxEvidence is how many requests one pack holds: some 8 kB each, of the 5 MB
	// that an answer may have. A month that has more comes in several packs.
	maxEvidence = 400
	// maxReported is how many a month may have: what a report can read while a page
	// waits. It is five packs.
	maxReported = 2000
)

// readers is how many chains are read at once.
const readers = 8

// File is something to keep: its name and content.
type File struct {
	Name string
	Body []byte
}

// Evidence makes the pack of one request, with every line of its ledger. That
// it was taken stands there as the last (A46).
func (c *Cases) Evidence(ctx context.Context, a Actor, ref request.Reference, lang request.Language) (File, error) {
	if a.ID == "" || !a.Has("officer") && !a.Has("auditor") {
		return File{}, request.Fault(request.Forbidden, string(ref), "take the evidence")
	}
	id, err := c.Finder.ByReference(ctx, ref)
	if err != nil {
		return File{}, err
	}
	if _, err := c.change(ctx, id, func(ch *change) error {
		ch.line(a.ID, "opened", "", "evidence", nil)
		return nil
	}); err != nil {
		return File{}, err
	}
	lines, err := c.Ledger.Lines(ctx, id)
	if err != nil {
		return File{}, fmt.Errorf("evidence of %s: its ledger: %w", ref, err)
	}
	o := evidence.Order{Language: lang, Chains: []evidence.Chain{{Request: id, Reference: ref, Lines: lines}}}
	return c.pack(ctx, o, "evidence-"+string(ref)+".zip")
}

// EvidenceOf makes the pack of one client's parts of the requests that came in
// in a month, YYYY-MM, for who keeps the clients and who checks the work. part
// says which of the packs of that month, from 1: evidence.Report counts them.
func (c *Cases) EvidenceOf(ctx context.Context, a Actor, client, month string, part int) (File, error) {
	if a.ID == "" || !a.Has("administrator") && !a.Has("auditor") {
		return File{}, request.Fault(request.Forbidden, client, "take the evidence of a client")
	}
	return c.ClientEvidence(ctx, client, month, part)
}

// ClientEvidence is EvidenceOf for the client itself: its own parts and nothing
// of another's. NotFound: the month has no such part. TooMany: it has more
// requests than a report counts.
func (c *Cases) ClientEvidence(ctx context.Context, client, month string, part int) (File, error) {
	if !figures.Valid(month) {
		return File{}, request.Fault(request.InputRefused, "month", "take the evidence of a month")
	}
	reg, err := c.Registers.Client(ctx, client)
	if err != nil {
		return File{}, fmt.Errorf("evidence: client %s: %w", client, err)
	}
	ids, err := c.ofMonth(ctx, client, month)
	if err != nil {
		return File{}, err
	}
	parts, name := packsOf(len(ids)), "evidence-"+client+"-"+month
	if part < 1 || part > parts {
		return File{}, request.Fault(request.NotFound, client, "take evidence pack %d of %d", part, parts)
	}
	if parts > 1 {
		name += fmt.Sprintf("-%d-of-%d", part, parts)
	}
	first := (part - 1) * maxEvidence
	chains, err := c.chains(ctx, ids[first:min(first+maxEvidence, len(ids))])
	if err != nil {
		return File{}, err
	}
	o := evidence.Order{Language: reg.Language, Client: &evidence.Client{ID: reg.ID, Name: reg.Name}, Month: month, Part: part, Parts: parts, Chains: chains}
	return c.pack(ctx, o, name+".zip")
}

// packsOf is in how many packs so many requests come; one where there are none.
func packsOf(requests int) int { return max(1, (requests+maxEvidence-1)/maxEvidence) }

// ofMonth lists the requests that came in in a month and concern a client, in the
// order of the store; what was forgotten since is among them (D-6). TooMany: they
// are more than maxReported.
func (c *Cases) ofMonth(ctx context.Context, client, month string) ([]request.ID, error) {
	var ids []request.ID
	for page := (store.Page{Limit: store.MaxPage}); ; {
		some, next, err := c.Months.FiguresOf(ctx, month, page)
		if err != nil {
			return nil, fmt.Errorf("requests of %s: %w", month, err)
		}
		for _, r := range some {
			if slices.ContainsFunc(r.Legs, func(l figures.Leg) bool { return l.Client == client && l.Role == request.Processor }) {
				ids = append(ids, r.Request)
			}
		}
		if len(ids) > maxReported {
			return nil, request.Fault(request.TooMany, client, "read more than %d requests of a month", maxReported)
		}
		if page.After = next; next == "" {
			return ids, nil
		}
	}
}

// chains reads the chains of requests.
func (c *Cases) chains(ctx context.Context, ids []request.ID) ([]evidence.Chain, error) {
	chains := make([]evidence.Chain, len(ids))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for i, id := range ids {
		g.Go(func() error {
			chains[i].Request = id
			var err error
			if chains[i].Lines, err = c.Ledger.Lines(gctx, id); err != nil {
				return fmt.Errorf("evidence: the ledger of request %s: %w", id, err)
			}
			switch r, err := c.Store.Load(gctx, id); {
			case err == nil:
				chains[i].Reference = r.Reference
			case !request.NotFound.Is(err):
				return fmt.Errorf("evidence: load request %s: %w", id, err)
			}
			return nil
		})
	}
	return chains, g.Wait()
}

func (c *Cases) pack(ctx context.Context, o evidence.Order, name string) (File, error) {
	var err error
	if o.Sealed, err = c.sealed(ctx); err != nil {
		return File{}, err
	}
	if o.Key, err = c.Signing.Key(ctx); err != nil {
		return File{}, fmt.Errorf("find the key for %s: %w", name, err)
	}
	o.Made, o.By = c.Now().UTC(), c.House.LegalName
	var b bytes.Buffer
	if err := evidence.Write(&b, o); err != nil {
		return File{}, fmt.Errorf("write %s: %w", name, err)
	}
	return File{Name: name, Body: b.Bytes()}, nil
}

// sealed is the newest root that was locked away; nil when there is none yet.
func (c *Cases) sealed(ctx context.Context) (*ledger.Sealed, error) {
	newest := ""
	err := c.Roots.List(ctx, rootFolder, func(o vault.Object) error {
		if strings.HasSuffix(o.Key, ".json") {
			newest = max(newest, o.Key)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the daily roots: %w", err)
	}
	if newest == "" {
		return nil, nil
	}
	r, err := c.Roots.Open(ctx, newest)
	if err != nil {
		return nil, fmt.Errorf("open the root %s: %w", newest, err)
	}
	defer r.Close()
	var s ledger.Sealed
	if err := json.NewDecoder(r).Decode(&s); err != nil {
		return nil, fmt.Errorf("read the root %s: %w", newest, err)
	}
	if !s.Sound() {
		return nil, fmt.Errorf("the root %s: %w", newest, errUnsound)
	}
	return &s, nil
}

// errUnsound: a root that was locked away does not fit what stands beside it.
var errUnsound = errors.New("it does not fit the heads beside it")
