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
	// maxEvidence is how many requests one pack may hold: some 8 kB each, of the
	// 5 MB that an answer may have.
	maxEvidence = 400
	// maxReported is how many a report may count: what can be read while a page waits.
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
// in a month, YYYY-MM, for who keeps the clients and who checks the work.
func (c *Cases) EvidenceOf(ctx context.Context, a Actor, client, month string) (File, error) {
	if a.ID == "" || !a.Has("administrator") && !a.Has("auditor") {
		return File{}, request.Fault(request.Forbidden, client, "take the evidence of a client")
	}
	return c.ClientEvidence(ctx, client, month)
}

// ClientEvidence is EvidenceOf for the client itself: its own parts and nothing
// of another's.
func (c *Cases) ClientEvidence(ctx context.Context, client, month string) (File, error) {
	if !figures.Valid(month) {
		return File{}, request.Fault(request.InputRefused, "month", "take the evidence of a month")
	}
	reg, err := c.Registers.Client(ctx, client)
	if err != nil {
		return File{}, fmt.Errorf("evidence: client %s: %w", client, err)
	}
	chains, err := c.chainsOf(ctx, client, month, maxEvidence)
	if err != nil {
		return File{}, err
	}
	o := evidence.Order{Language: reg.Language, Client: &evidence.Client{ID: reg.ID, Name: reg.Name}, Month: month, Chains: chains}
	return c.pack(ctx, o, "evidence-"+client+"-"+month+".zip")
}

// ofMonth lists the requests that came in in a month and concern a client; what
// was forgotten since is among them (D-6).
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
		if page.After = next; next == "" {
			return ids, nil
		}
	}
}

// chainsOf reads the chains of the requests of a month that concern a client, most
// of them at once; more is TooMany.
func (c *Cases) chainsOf(ctx context.Context, client, month string, most int) ([]evidence.Chain, error) {
	ids, err := c.ofMonth(ctx, client, month)
	if err != nil {
		return nil, err
	}
	if len(ids) > most {
		return nil, request.Fault(request.TooMany, client, "read %d requests of a month, of %d", len(ids), most)
	}
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
