package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/opendsr"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Connections tells which hosts a client registered; request.NotFound: none.
type Connections interface {
	Connection(ctx context.Context, client string) (register.Connection, error)
}

// Statuses tells how far a client's request is.
type Statuses interface {
	DelegatedStatus(ctx context.Context, client, id string) (casework.DelegatedStatus, error)
}

// Caller tells clients' machines of each new status, and hands over what their
// debtors asked us. It is post.Machines.
type Caller struct {
	Statuses    Statuses
	HandOvers   HandOvers
	Connections Connections
	Dossier     Dossier
	Identity    Identity
	// Base is our address, with the path before all others.
	Base string
	// ClientPage is where a client instructs.
	ClientPage string
	// HTTP makes the calls; nil = opendsr.Foreign: public addresses on port 443
	// alone, judged when the connection is made, and no redirect.
	HTTP *http.Client
}

// foreign is made once, so that its connections are used again.
var foreign = opendsr.Foreign()

// maxReply is how much of a machine's answer is read.
const maxReply = 64 << 10

// Call implements post.Machines.
func (c *Caller) Call(ctx context.Context, l post.Letter) (map[string]string, error) {
	v := l.Order.Values
	// The client may have withdrawn the host since it asked for this.
	conn, err := c.Connections.Connection(ctx, v["client"])
	if err != nil && !request.NotFound.Is(err) {
		return nil, fmt.Errorf("find the hosts of a client: %w", err)
	}
	if opendsr.CheckHost(l.To.URL, conn.Domains) != nil {
		return nil, fmt.Errorf("a host that client %s did not register: %w", v["client"], post.ErrRefused)
	}
	base, err := url.Parse(c.Base)
	if err != nil {
		return nil, errors.New("our own address is none")
	}
	switch l.Order.Kind {
	case casework.Callback:
		return c.tell(ctx, l, base)
	case casework.HandOver:
		return c.handOver(ctx, l, conn, base)
	}
	return nil, fmt.Errorf("a row of kind %s: %w", l.Order.Kind, post.ErrRefused)
}

// tell is a callback. The message tells how far the request is now: one that
// comes late never tells less than one before it.
func (c *Caller) tell(ctx context.Context, l post.Letter, base *url.URL) (map[string]string, error) {
	v := l.Order.Values
	s, err := c.Statuses.DelegatedStatus(ctx, v["client"], v["id"])
	if err != nil {
		return nil, fmt.Errorf("find the status to tell: %w", err)
	}
	body, err := json.Marshal(opendsr.Callback{Status: StatusOf(c.Base, base.Hostname(), v["client"], v["id"], s), URL: l.To.URL})
	if err != nil {
		return nil, errors.New("write a callback")
	}
	got, err := c.post(ctx, l.To.URL, base.Hostname(), body)
	if err != nil {
		return nil, err
	}
	return map[string]string{"client": v["client"], "state": s.State, "status": strconv.Itoa(got.status), "sha256": digest(body)}, nil
}

// reply is what a machine answered: a 2xx.
type reply struct {
	status    int
	body      []byte
	signature string
}

// post signs a message and hands it over; any 2xx is a yes. Words of the other
// side, its address among them, are in no error.
func (c *Caller) post(ctx context.Context, address, domain string, body []byte) (reply, error) {
	key, _, err := c.Identity.Signer(ctx)
	if err != nil {
		return reply{}, err
	}
	signature, err := opendsr.Sign(key, body)
	if err != nil {
		return reply{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return reply{}, fmt.Errorf("no address: %w", post.ErrRefused)
	}
	req.Header.Set("Content-Type", "application/json")
	for _, name := range []string{opendsr.HeaderDomain, opendsr.HeaderDomainV1} {
		req.Header.Set(name, domain)
	}
	for _, name := range []string{opendsr.HeaderSignature, opendsr.HeaderSignatureV1} {
		req.Header.Set(name, signature)
	}
	h := c.HTTP
	if h == nil {
		h = foreign
	}
	resp, err := h.Do(req)
	if err != nil {
		return reply{}, opendsr.ErrAway // also where the name leads to no public address: it may tomorrow
	}
	defer resp.Body.Close()
	got := reply{status: resp.StatusCode}
	if got.body, err = io.ReadAll(io.LimitReader(resp.Body, maxReply)); err != nil {
		return reply{}, opendsr.ErrAway
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return reply{}, fmt.Errorf("status %d: %w", resp.StatusCode, opendsr.ErrAway)
	}
	_, got.signature = opendsr.Signed(resp.Header)
	return got, nil
}
