package desk_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/evidence"
	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// knownClosed is a request that was closed last year.
const knownClosed = request.Reference("R-2B3C-4D5F")

// knownScan is the scan of the sample.
const knownScan = "00c0ffee00c0ffee"

// bakker is the one client of the register.
var bakker = register.Client{ID: "c1", Name: "Bakker BV", ContactName: "J. Bakker", Email: "privacy@bakker.example", Language: request.Dutch, DebtorRole: "processor"}

func (w *world) FindByEmail(_ context.Context, a casework.Actor, email string) ([]casework.FoundRow, bool, error) {
	if err := w.record("FindByEmail", a, known, email); err != nil {
		return nil, false, err
	}
	switch {
	case !strings.Contains(email, "@"):
		return nil, false, request.Fault(request.InputRefused, "email", "look for what is no address")
	case email != "anna@voorbeeld.nl":
		return nil, false, nil
	}
	return []casework.FoundRow{
		{Reference: known, Channel: request.Web, Received: now.AddDate(0, 0, -18), WorkTo: "2026-12-02"},
		{Reference: knownClosed, Channel: request.Email, Received: now.AddDate(-1, 0, 0), WorkTo: "2025-12-22", ClosedAt: now.AddDate(-1, 0, 9)},
	}, true, nil
}

func (w *world) SignedIn(_ context.Context, a casework.Actor) error { return w.call("SignedIn") }

func (w *world) Colleagues(context.Context) ([]register.Colleague, error) {
	return []register.Colleague{
		{ID: "o-1", Name: "M. Jansen", Roles: []string{"officer", "approver"}}, {ID: "o-2", Name: "P. de Wit", Roles: []string{"officer"}},
		{ID: "a-1", Name: "Ada Toezicht", Roles: []string{"auditor"}},
	}, nil
}

func (w *world) ClientList(context.Context, casework.Actor) ([]register.Client, error) {
	if err := w.call("ClientList"); err != nil {
		return nil, err
	}
	return []register.Client{bakker, {ID: "groot", Name: "De Groot Incasso B.V.", Email: "privacy@groot.example", Language: request.Dutch, DebtorRole: "processor"}}, nil
}

func (w *world) SaveClient(_ context.Context, a casework.Actor, before *register.Client, after register.Client) error {
	if after.Name == "" {
		return request.Fault(request.InputRefused, "name", "write a client")
	}
	return w.record("SaveClient", a, known, after)
}

func (w *world) Connection(context.Context, casework.Actor, string) (register.Connection, error) {
	return register.Connection{Client: bakker.ID, Keys: []string{"a1"}, Domains: []string{"bakker.example"}, Rev: 3}, nil
}

func (w *world) SaveConnection(_ context.Context, a casework.Actor, after register.Connection) error {
	return w.record("SaveConnection", a, known, after)
}

func (w *world) NewKey(_ context.Context, a casework.Actor, client string, seen int64, mark string) (string, error) {
	w.got["mark"] = strconv.FormatInt(seen, 10) + " " + strconv.Itoa(len(mark))
	return client + ".nieuwe-sleutel", w.record("NewKey", a, known, client)
}

func (w *world) EndKeys(_ context.Context, a casework.Actor, client string) error {
	return w.record("EndKeys", a, known, client)
}

func (w *world) Figures(_ context.Context, _ casework.Actor, month string) (figures.Month, error) {
	if err := w.call("Figures"); err != nil {
		return figures.Month{}, err
	}
	return figures.Sum(month, []figures.Record{
		{Request: "1", Month: month, Channel: request.Web, Legs: []figures.Leg{{Right: request.Access, Role: request.Controller, Outcome: request.Granted, Took: figures.InMonth, Days: 8}}},
		{Request: "2", Month: month, Channel: request.Phone, Open: true, Legs: []figures.Leg{{Right: request.Erasure, Client: "c1", Role: request.Processor}}},
	}), nil
}

func (w *world) Evidence(_ context.Context, _ casework.Actor, ref request.Reference, _ request.Language) (casework.File, error) {
	if err := w.call("Evidence"); err != nil {
		return casework.File{}, err
	}
	return casework.File{Name: "evidence-" + string(ref) + ".zip", Body: []byte("PK")}, w.own(ref)
}

func (w *world) EvidenceOf(_ context.Context, _ casework.Actor, client, month string, part int) (casework.File, error) {
	if err := w.call("EvidenceOf"); err != nil {
		return casework.File{}, err
	}
	return casework.File{Name: fmt.Sprintf("evidence-%s-%s-%d.zip", client, month, part), Body: []byte("PK")}, nil
}

func (w *world) ReportOf(_ context.Context, _ casework.Actor, client, month string) (evidence.Report, error) {
	r := evidence.Report{
		Made: now, By: "All Claims B.V.", Client: evidence.Client{ID: client, Name: bakker.Name}, Month: month, Language: request.Dutch, Packs: w.packs,
		Rows: []evidence.ReportRow{{Reference: known, Leg: "3", Right: "access", Received: now, HandedOver: now, DaysToHand: 0, DaysToOrder: -1, DaysToReport: -1}},
		Open: []evidence.OpenItem{{Reference: known, Leg: "3", Right: "access", Next: "instruct", By: "2026-12-02"}},
	}
	return r, w.call("ReportOf")
}

func (w *world) HoldRecord(_ context.Context, a casework.Actor, ref request.Reference, reason string, until request.Day) error {
	return w.record("HoldRecord", a, ref, []any{reason, until})
}

func (w *world) LiftHold(_ context.Context, a casework.Actor, ref request.Reference, id string) error {
	return w.record("LiftHold", a, ref, id)
}

func (w *world) AddScan(_ context.Context, a casework.Actor, ref request.Reference, body []byte) error {
	return w.record("AddScan", a, ref, slices.Clone(body))
}

func (w *world) ScanVerdicts(_ context.Context, _ casework.Actor, ref request.Reference) ([]casework.Incoming, error) {
	if err := w.call("ScanVerdicts"); err != nil {
		return nil, err
	}
	return []casework.Incoming{w.incoming}, w.own(ref)
}

func (w *world) TakeScan(_ context.Context, a casework.Actor, ref request.Reference, id string) (request.Scan, []byte, error) {
	if err := w.call("TakeScan"); err != nil {
		return request.Scan{}, nil, err
	}
	if id != knownScan {
		return request.Scan{}, nil, request.Fault(request.NotFound, id, "find a scan")
	}
	return request.Scan{ID: id, Type: "pdf"}, []byte("%PDF-1.7 <script>"), w.own(ref)
}
