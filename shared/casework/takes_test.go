package casework_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The words of a client's machine that takes what debtors asked us. This file comes
// after script_test.go, which makes the list.
func init() {
	for word, v := range map[string]verb{
		"machine": {do: (*player).machine}, "took": {says: true, do: (*player).took}, "handed": {says: true, do: (*player).handed},
	} {
		verbs[word] = v
	}
}

// machines are those of clients, as post reaches them.
type machines struct {
	w *world
	// silent are the clients whose machine does not answer, refuses those that may
	// not be called.
	silent, refuses map[string]bool
	// took is by client the ids of what its machine has, once each; taken, when
	// set, hears of each.
	took  map[string]map[string]bool
	taken func(client string, id request.ID, leg string)
}

// Call implements post.Machines: the machine may have it and its answer be lost.
func (m machines) Call(ctx context.Context, l post.Letter) (map[string]string, error) {
	client, offer := l.Order.Values["client"], l.Order.Values["id"]
	if l.Order.Kind != casework.HandOver {
		return nil, post.ErrRefused
	}
	due, err := m.w.cases.Offered(ctx, request.ID(l.Owner), l.Leg, offer)
	switch {
	case err != nil:
		return nil, err
	case !due:
		return nil, post.ErrRefused
	case m.refuses[client]:
		return nil, post.ErrRefused
	case m.silent[client]:
		return nil, errors.New("nobody answers")
	}
	err = m.w.effect("machine", func() error {
		if m.took[client] == nil {
			m.took[client] = map[string]bool{}
		}
		if taken := m.w.machines.taken; taken != nil && !m.took[client][offer] {
			taken(client, request.ID(l.Owner), l.Leg)
		}
		m.took[client][offer] = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	receipt := sha256.Sum256([]byte(offer))
	return nil, m.w.cases.HandedOver(ctx, request.ID(l.Owner), l.Leg, offer, hex.EncodeToString(receipt[:]), true)
}

// machine: machine bakker api, or both; an administrator says where it is and
// that it gets requests. machine bakker silent, or may not be called (refused), or answers.
func (p *player) machine(a args, _ string) error {
	client := a.at(0)
	switch a.at(1) {
	case "silent", "refused", "answers":
		p.machines.silent[client], p.machines.refuses[client] = a.at(1) == "silent", a.at(1) == "refused"
		return nil
	}
	return p.connect(client, a.at(1))
}

// connect has an administrator write where a client's machine is, and how the
// client gets its requests.
func (w *world) connect(client, delivery string) error {
	admin := casework.Actor{ID: "staff-adm", Roles: []string{"administrator"}}
	was, err := w.cases.Connection(w.ctx, admin, client)
	if err != nil {
		return err
	}
	if was.Endpoint == "" {
		err := w.cases.SaveConnection(w.ctx, admin, register.Connection{
			Client: client, Rev: was.Rev, Domains: []string{client + ".example"}, Endpoint: "https://api." + client + ".example/requests",
		})
		if err != nil {
			return err
		}
	}
	before, err := w.store.Client(w.ctx, client)
	if err != nil {
		return err
	}
	after := before
	after.Delivery = delivery
	return w.cases.SaveClient(w.ctx, admin, &before, after)
}

// took: took bakker 1 — so many requests its machine has.
func (p *player) took(a args, _ string) error {
	if n := len(p.machines.took[a.at(0)]); strconv.Itoa(n) != a.at(1) {
		p.errorf("the machine of %s took %d requests, want %s", a.at(0), n, a.at(1))
	}
	return nil
}

// handed: handed leg 1 by=machine days=0 — how its client was told, and after how many working
// days. by=nobody: not yet.
func (p *player) handed(a args, _ string) error {
	l := p.now().Leg(a.at(1))
	lines, err := p.store.Lines(p.ctx, p.now().ID)
	if err != nil {
		return err
	}
	by, days := "nobody", ""
	for _, x := range lines {
		if x.Action == string(request.WasForwarded) && x.Leg == l.ID {
			by, days = x.Refs["by"], strconv.Itoa(p.cases.Calendar.WorkingDaysBetween(deadline.LocalDate(p.now().Received), deadline.LocalDate(l.ForwardedAt)))
			if by == "machine" && (x.Refs["receipt"] == "" || x.Refs["receipt"] != l.Offer.Receipt || !x.At.Equal(l.Offer.Acknowledged)) {
				p.errorf("the ledger has receipt %q of %s, the leg %+v", x.Refs["receipt"], x.At, l.Offer)
			}
		}
	}
	if by != a.named["by"] || a.named["days"] != "" && days != a.named["days"] {
		p.errorf("leg %s: the client was told by %s after %s working days", l.ID, by, days)
	}
	return nil
}
