package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/allclaims/rightsdesk/shared/opendsr"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// HandOvers keeps what a client's machine took of what debtors asked us.
type HandOvers interface {
	// Offered reports whether that hand-over must still be sent.
	Offered(ctx context.Context, id request.ID, leg, offer string) (bool, error)
	// HandedOver records the receipt, by its SHA-256. Once more does nothing.
	HandedOver(ctx context.Context, id request.ID, leg, offer, receipt string, signed bool) error
}

// Dossier keeps every hand-over as it was sent, with the receipt as it came.
type Dossier interface {
	Put(ctx context.Context, key string, body io.Reader) error
}

// Asked is our extension of a request that we hand over: what the client must
// know of it that OpenDSR has no name for.
type Asked struct {
	Reference string `json:"reference"`
	// ClaimNumbers are our file numbers.
	ClaimNumbers []string `json:"claim_numbers,omitempty"`
	// Right is the right that was used, by its name of ours: also those for which
	// OpenDSR has no type.
	Right string `json:"right"`
	// ReceivedVia is always processor: the debtor asked us.
	ReceivedVia string `json:"received_via"`
	// SafeDue is the last day on which an answer is surely in time, InstructBy the
	// day by which we ask the instruction.
	SafeDue    string `json:"safe_answer_date"`
	InstructBy string `json:"instruct_by"`
	// Proof is L0 to L3, how sure we are who asks.
	Proof string `json:"identity_evidence"`
	// AskedBy and Authority are there when somebody asks for another (I-6).
	AskedBy   string `json:"asked_by,omitempty"`
	Authority string `json:"authority,omitempty"`
	// Page is where the client reads what was written, and instructs.
	Page string `json:"client_page"`
}

// handOver sends a debtor's request to its client's machine and keeps the
// receipt: what is not acknowledged as it must be is not handed over.
func (c *Caller) handOver(ctx context.Context, l post.Letter, conn register.Connection, base *url.URL) (map[string]string, error) {
	if l.To.URL != conn.Endpoint {
		return nil, fmt.Errorf("an address that client %s no longer takes requests at: %w", l.Order.Values["client"], post.ErrRefused)
	}
	v := l.Order.Values
	due, err := c.HandOvers.Offered(ctx, request.ID(l.Owner), l.Leg, v["id"])
	switch {
	case err != nil:
		return nil, fmt.Errorf("find what to hand over: %w", err)
	case !due:
		return nil, fmt.Errorf("a hand-over that nobody waits for: %w", post.ErrRefused)
	}
	body, err := c.asked(l, base.Hostname())
	if err != nil {
		return nil, err
	}
	got, err := c.post(ctx, l.To.URL, base.Hostname(), body)
	if err != nil {
		return nil, err
	}
	signed, err := acknowledged(got, body, v["id"], conn)
	if err != nil {
		return nil, err
	}
	copied, err := json.Marshal(map[string]any{"sent": body, "receipt": got.body, "signature": got.signature})
	if err != nil {
		return nil, errors.New("write the copy of a hand-over")
	}
	if err := c.Dossier.Put(ctx, "dossier/"+l.Owner+"/letters/"+l.ID+".json", bytes.NewReader(copied)); err != nil {
		return nil, fmt.Errorf("keep the receipt of a hand-over: %w", err)
	}
	receipt := digest(got.body)
	if err := c.HandOvers.HandedOver(ctx, request.ID(l.Owner), l.Leg, v["id"], receipt, signed); err != nil {
		return nil, err
	}
	return map[string]string{"client": v["client"], "sha256": digest(body), "receipt": receipt}, nil
}

// asked is the message: the same bytes however often it is sent.
func (c *Caller) asked(l post.Letter, domain string) ([]byte, error) {
	v := l.Order.Values
	received, err := time.Parse(time.RFC3339, v["received"])
	if err != nil || len(l.Order.Rights) != 1 {
		return nil, fmt.Errorf("a hand-over that is none: %w", post.ErrRefused)
	}
	right := string(l.Order.Rights[0])
	more := Asked{
		Reference: v["reference"], Right: right, ReceivedVia: "processor", SafeDue: v["safe_due"], InstructBy: v["instruct_by"],
		Proof: v["id_evidence"], AskedBy: v["asked_by"], Authority: v["authority"], Page: c.ClientPage,
	}
	if v["file"] != "" {
		more.ClaimNumbers = []string{v["file"]}
	}
	extension, err := json.Marshal(more)
	if err != nil {
		return nil, errors.New("write a hand-over")
	}
	m := opendsr.Request{
		Regulation: opendsr.GDPR, ID: v["id"], Type: right, Submitted: received, Version: opendsr.Version,
		Extensions: map[string]json.RawMessage{domain: extension},
	}
	for _, n := range l.Order.Lists["customer_numbers"] {
		m.Identities = append(m.Identities, opendsr.Identity{Type: opendsr.CustomerID, Value: n, Format: opendsr.Raw})
	}
	body, err := json.Marshal(m)
	if err != nil {
		return nil, errors.New("write a hand-over")
	}
	return body, nil
}

// acknowledged checks a receipt: it names this very hand-over and repeats its
// bytes, and where the client registered a key that has signed it.
func acknowledged(got reply, sent []byte, id string, conn register.Connection) (signed bool, err error) {
	if conn.PublicKey != "" {
		key, err := opendsr.ReadPublicKey(conn.PublicKey)
		if err != nil {
			return false, fmt.Errorf("read the key of client %s: %w", conn.Client, err)
		}
		if err := opendsr.VerifyKey(key, got.body, got.signature); err != nil {
			return false, fmt.Errorf("the receipt of client %s: %w", conn.Client, err)
		}
	}
	var r opendsr.Receipt
	if json.Unmarshal(got.body, &r) != nil || r.ID != id || !bytes.Equal(r.Encoded, sent) || r.Received.IsZero() {
		return false, fmt.Errorf("status %d without a receipt of it: %w", got.status, opendsr.ErrAnswer)
	}
	return conn.PublicKey != "", nil
}
