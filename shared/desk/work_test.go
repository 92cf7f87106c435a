package desk_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

var pdf = []byte("%PDF-1.7\nbrief")

// postScan posts a form with a file, as a browser does.
func postScan(v *visitor, path string, scan []byte, fields url.Values) *http.Response {
	v.T.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for name, values := range fields {
		for _, value := range values {
			if err := m.WriteField(name, value); err != nil {
				v.T.Fatal(err)
			}
		}
	}
	part, err := m.CreateFormFile("scan", "brief.pdf")
	if err == nil {
		_, err = part.Write(scan)
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		v.T.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range v.Cookies() {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.Site.ServeHTTP(w, r)
	return w.Result()
}

// seenNow is what the form of the sample client says that was seen.
func seenNow(v *visitor) string {
	v.T.Helper()
	body := v.Get("/opdrachtgevers/c1").Body
	_, rest, _ := strings.Cut(body, `name="gezien" value="`)
	mark, _, _ := strings.Cut(rest, `"`)
	return mark
}

// A filter looks through the list itself, a few reads at most, and says where
// to look further: 100,000 open requests cost no more than 300.
func TestFilterReads(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	long := &lists{total: 100_000, fits: 299}
	v.w.tasks = long.page
	v.Get("/?rij=alles&kanaal=counter").Answers(http.StatusOK).Sees("R-7Q2M-K9TD", "Zoek verder")
	if long.reads > 6 || long.largest > 100 {
		t.Errorf("a filtered page cost %d reads of %d rows", long.reads, long.largest)
	}
	long.fits, long.reads = 99_999, 0
	v.Get("/?rij=alles&kanaal=counter").Answers(http.StatusOK).Sees("Nog niets gevonden", "Zoek verder")
	long.reads = 0
	v.Get("/?rij=alles").Answers(http.StatusOK).Sees("Verder in de lijst")
	if long.reads != 1 {
		t.Errorf("a page without filters cost %d reads of the list", long.reads)
	}
}

// lists is a queue so long that only pages of it can be read.
type lists struct {
	total, fits    int
	reads, largest int
}

func (l *lists) page(queue string, page store.Page) ([]store.TaskRow, string) {
	if queue != store.QueueAll {
		return nil, ""
	}
	from := 0
	if page.After != "" {
		_, _ = fmt.Sscan(page.After, &from)
	}
	l.reads++
	l.largest = max(l.largest, page.Limit)
	var out []store.TaskRow
	for i := from; i < min(from+page.Limit, l.total); i++ {
		row := store.TaskRow{Reference: "R-7Q2M-K9TE", Task: fmt.Sprint("t", i), Kind: "decide", Role: "officer", Right: request.Access, Relation: request.Client, SafeDue: "2027-01-04", Channel: request.Web}
		if i == l.fits {
			row.Channel, row.Reference = request.Counter, known
		}
		out = append(out, row)
	}
	next := ""
	if from+page.Limit < l.total {
		next = fmt.Sprint(from + page.Limit)
	}
	return out, next
}

// Each filter keeps what fits; due soon ends at the fifth working day; what
// waits is told with for whom and has no box to give it away.
func TestLists(t *testing.T) {
	v := signedIn(t, "o-1", "officer", "approver")
	v.w.queues[store.QueueAll] = []store.TaskRow{
		{Reference: "R-7Q2M-K9TA", Leg: "1", Task: "t1", Kind: "decide", Role: "officer", Right: request.Erasure, Relation: request.Debtor, Client: "c1", SafeDue: "2026-11-24", Channel: request.Email},
		{Reference: "R-7Q2M-K9TC", Leg: "1", Task: "t2", Kind: "match", Role: "officer", Right: request.Access, Relation: request.Newsletter, SafeDue: "2026-12-24", Channel: request.Web, Assignee: "o-2"},
	}
	for query, want := range map[string]string{
		"recht=erasure": "R-7Q2M-K9TA", "recht=access": "R-7Q2M-K9TC", "relatie=newsletter": "R-7Q2M-K9TC", "stap=decide": "R-7Q2M-K9TA",
		"kanaal=email": "R-7Q2M-K9TA", "opdrachtgever=bakk": "R-7Q2M-K9TA", "opdrachtgever=c1": "R-7Q2M-K9TA",
	} {
		other := "R-7Q2M-K9TA"
		if want == other {
			other = "R-7Q2M-K9TC"
		}
		v.Get("/?rij=alles&" + query).Sees(want).SeesNot(other)
	}
	v.Get("/?rij=alles").Sees("nog 2 werkdagen", "P. de Wit")
	v.Get("/?rij=dichtbij").Sees("R-7Q2M-K9TA").SeesNot("R-7Q2M-K9TC")
	v.Get("/?rij=alles&opdrachtgever=zzz").Sees("Geen taken").SeesNot("R-7Q2M")
	for name, queue := range map[string]string{"wacht-persoon": "waits:subject", "wacht-opdrachtgever": "waits:client", "wacht-systeem": "waits:system"} {
		v.w.queues[queue] = []store.TaskRow{{Reference: known, Leg: "3", Kind: store.Waits, Right: request.Access, SafeDue: "2026-12-02", Phase: request.Forwarded}}
		v.Get("/?rij=" + name).Sees("R-7Q2M-K9TD")
		if strings.Contains(v.Body, `name="taak"`) {
			t.Errorf("%s: what waits for another can be given away", name)
		}
	}
}

// Work is given one by one, and each result is told.
func TestGive(t *testing.T) {
	v := signedIn(t, "o-1", "officer", "approver")
	v.w.queues["free"] = []store.TaskRow{{Reference: known, Leg: "1", Task: "t1", Kind: "decide", Role: "officer", SafeDue: "2026-12-02"}}
	if v.Get("/?rij=vrij").Sees("P. de Wit").SeesNot("Ada Toezicht"); !strings.Contains(v.Body, `value="R-7Q2M-K9TD/t1"`) {
		t.Error("a task cannot be chosen")
	}
	v.Post("/verdeel", url.Values{"taak": {string(known) + "/t1", string(unknown) + "/t9", string(known) + "/approver.t2", "x"}, "wie": {"o-2"}}).Answers(http.StatusOK).
		Sees("gegeven aan P. de Wit", "de taak is al gedaan", "heeft niet de rol")
	if got := v.w.got["Assign"]; got != "t9>o-2" && got != "t1>o-2" {
		t.Errorf("assigned %v", got)
	}
	v.w.fail["Assign"] = request.Fault(request.SamePerson, "", "assign")
	v.Post("/verdeel", url.Values{"taak": {string(known) + "/approver.t2"}, "wie": {"o-1"}}).Sees("bereidde dit voor")
	v.Post("/verdeel", url.Values{}).Answers(http.StatusOK).Sees("Er is niets verdeeld")
	v.w.calls = nil
	v.Post("/verdeel", url.Values{"taak": {string(known) + "/t1"}, "wie": {"stranger"}}).Answers(http.StatusUnprocessableEntity)
	if slices.Contains(v.w.calls, "Assign") {
		t.Error("work was given to a stranger")
	}
}

// A24, A46: an address that is looked for stands nowhere but in the POST.
func TestFind(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	v.Get("/zoek-adres").Answers(http.StatusOK)
	resp := v.RoundTrip(http.MethodPost, "/zoek-adres", one("adres", "anna@voorbeeld.nl"))
	if resp.Header.Get("Location") != "" || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the answer leads on: %v", resp.Header)
	}
	v.Take(resp, "/zoek-adres").Answers(http.StatusOK).Sees("R-7Q2M-K9TD", "R-2B3C-4D5F", "gesloten op", "Er zijn er meer").SeesNot("anna@", "Anna")
	v.Post("/zoek-adres", one("adres", "niemand@voorbeeld.nl")).Sees("geen verzoek met dit adres").SeesNot("niemand@")
	v.Post("/zoek-adres", one("adres", "anna")).Answers(http.StatusUnprocessableEntity).Sees("heel e-mailadres")
	v.w.fail["FindByEmail"] = request.Fault(request.TooMany, "", "search")
	v.Post("/zoek-adres", one("adres", "anna@voorbeeld.nl")).Answers(http.StatusTooManyRequests).Sees("al 50 keer")
}

// D-6: a month of figures, as a page and as CSV.
func TestFigures(t *testing.T) {
	v := signedIn(t, "a-1", "auditor")
	v.Get("/cijfers?maand=2026-10").Answers(http.StatusOK).Sees("oktober 2026", "Bakker BV", "Alles samen")
	v.Get("/cijfers?maand=<b>").Answers(http.StatusOK).Sees("november 2026")
	resp := v.RoundTrip(http.MethodGet, "/cijfers.csv?maand=2026-10", nil)
	if got := resp.Header.Get("Content-Type") + " " + resp.Header.Get("Content-Disposition"); got != `text/csv; charset=utf-8 attachment; filename="verzoeken-2026-10.csv"` {
		t.Errorf("CSV is served as %s", got)
	}
}

// A client is added, and changed over what was seen only.
func TestClients(t *testing.T) {
	v := signedIn(t, "b-1", "administrator")
	v.Get("/opdrachtgevers").Answers(http.StatusOK).Sees("Bakker BV", "privacy@bakker.example")
	form := one("id", "nieuw", "naam", "Nieuw BV", "email", "avg@nieuw.example", "taal", "en", "rol", "joint")
	v.Post("/opdrachtgevers/nieuw", form).Sees("staat in het logboek")
	v.Post("/opdrachtgevers/nieuw", one("id", "nieuw")).Answers(http.StatusUnprocessableEntity).Sees("Vul de naam in.")
	v.w.fail["SaveClient"] = request.Fault(request.Exists, "nieuw", "add")
	v.Post("/opdrachtgevers/nieuw", form).Answers(http.StatusUnprocessableEntity).Sees("al van een opdrachtgever")
	delete(v.w.fail, "SaveClient")
	form.Set("gezien", "something older")
	v.w.calls = nil
	v.Post("/opdrachtgevers/c1", form).Answers(http.StatusConflict)
	if slices.Contains(v.w.calls, "SaveClient") {
		t.Error("a client was written over what nobody saw")
	}
	// The button twice: what is there is what was asked for.
	v.Post("/opdrachtgevers/c1", one("naam", bakker.Name, "contact", bakker.ContactName, "email", bakker.Email, "taal", string(bakker.Language), "rol", bakker.DebtorRole,
		"uitleg", bakker.SubjectContact, "gezien", "something older")).Answers(http.StatusOK).Sees("staat in het logboek")
	if slices.Contains(v.w.calls, "SaveClient") {
		t.Error("a client was written twice")
	}
	form.Set("gezien", seenNow(v))
	v.Post("/opdrachtgevers/c1", form).Answers(http.StatusOK)
	want := bakker
	want.Name, want.ContactName, want.Email, want.Language, want.DebtorRole = "Nieuw BV", "", "avg@nieuw.example", request.English, "joint"
	if diff := cmp.Diff(any(want), v.w.got["SaveClient"]); diff != "" {
		t.Errorf("saved (-want +got):\n%s", diff)
	}
	v.Get("/opdrachtgevers/nobody").Answers(http.StatusNotFound)
	v.Get("/instellingen").Answers(http.StatusOK).Sees("HousePhone", "vast, door de wet")
	v.Get("/").Answers(http.StatusOK).Sees("Opdrachtgevers")
	v.Get(at).Answers(http.StatusForbidden)
}

// A machine's hosts and key are kept over what was seen; a key that is made is
// shown once.
func TestConnection(t *testing.T) {
	v := signedIn(t, "b-1", "administrator")
	v.Get("/opdrachtgevers/c1").Sees("Koppeling met computers")
	v.Get("/opdrachtgevers/c1/koppeling").Answers(http.StatusOK).Sees("Sleutels").SeesNot("c1.nieuwe-sleutel")
	if !strings.Contains(v.Body, `value="bakker.example"`) {
		t.Error("the hosts do not stand in their box")
	}
	form := one("gezien", "3", "actie", "bewaar", "domeinen", "Bakker.example, api.bakker.nl", "adres", "https://api.bakker.nl/verzoeken", "sleutel", "-----BEGIN PUBLIC KEY-----\r\nAAAA\r\n-----END PUBLIC KEY-----")
	v.Post("/opdrachtgevers/c1/koppeling", form).Answers(http.StatusOK)
	want := register.Connection{Client: "c1", Rev: 3, Domains: []string{"bakker.example", "api.bakker.nl"}, Endpoint: "https://api.bakker.nl/verzoeken", PublicKey: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"}
	if d := cmp.Diff(any(want), v.w.got["SaveConnection"]); d != "" {
		t.Errorf("saved (-want +got):\n%s", d)
	}
	for field, words := range map[string]string{"domains": "Kijk de adressen na", "endpoint": "Kijk het adres na", "publicKey": "Kijk de openbare sleutel na"} {
		v.w.fail["SaveConnection"] = request.Fault(request.InputRefused, field, "write")
		v.Post("/opdrachtgevers/c1/koppeling", form).Answers(http.StatusUnprocessableEntity).Sees(words)
	}
	form.Set("gezien", "2")
	v.Post("/opdrachtgevers/c1/koppeling", form).Answers(http.StatusConflict)
	v.Post("/opdrachtgevers/c1/koppeling", one("actie", "sleutels")).Answers(http.StatusUnprocessableEntity).Sees("Kies wat u wilt")
	resp := v.RoundTrip(http.MethodPost, "/opdrachtgevers/c1/koppeling", one("gezien", "3", "kenmerk", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "actie", "sleutels", "wat", "nieuw"))
	if resp.Header.Get("Cache-Control") != "no-store" {
		t.Error("a key may be cached")
	}
	v.Take(resp, "/opdrachtgevers/c1/koppeling").Answers(http.StatusOK).Sees("c1.nieuwe-sleutel", "maar één keer")
	if v.w.got["mark"] != any("3 26") {
		t.Errorf("the key is made for %v", v.w.got["mark"])
	}
	v.Post("/opdrachtgevers/c1/koppeling", one("actie", "sleutels", "wat", "einde")).Answers(http.StatusOK).SeesNot("c1.nieuwe-sleutel")
	if v.w.got["EndKeys"] != any("c1") {
		t.Error("the keys did not end")
	}
}

// A scan is what its first bytes say, of at most 4 MB, confirmed by who made
// it, and given back to be saved only.
func TestScan(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	yes := one("eigen-scan", "ja")
	big := append(slices.Clone(pdf), bytes.Repeat([]byte{'x'}, casework.MaxScan-len(pdf))...)
	for name, c := range map[string]struct {
		scan   []byte
		form   url.Values
		status int
		says   string
	}{
		"pdf": {pdf, yes, http.StatusSeeOther, ""}, "as large as may be": {big, yes, http.StatusSeeOther, ""},
		"jpeg": {[]byte("\xff\xd8\xff\xe0"), yes, http.StatusSeeOther, ""}, "png": {[]byte("\x89PNG\r\n\x1a\n"), yes, http.StatusSeeOther, ""},
		"one byte more": {append(slices.Clone(big), 'x'), yes, 422, "groter dan"}, "html": {[]byte("<html>"), yes, 422, "geen PDF"},
		"not confirmed": {pdf, nil, 422, "door ons zelf"}, "nothing": {nil, yes, 422, "Kies een bestand"},
	} {
		t.Run(name, func(t *testing.T) {
			v.w.got = map[string]any{}
			resp := postScan(v, at+"/scans", c.scan, c.form)
			kept, ok := v.w.got["AddScan"].([]byte)
			if resp.StatusCode != c.status || ok != (c.says == "") || ok && !bytes.Equal(kept, c.scan) {
				t.Fatalf("answers %d, kept %d bytes", resp.StatusCode, len(kept))
			}
			if c.says != "" {
				v.Take(resp, at+"/scans").Sees(c.says)
			}
		})
	}
	v.Get(at + "/scans").Answers(http.StatusOK).Sees("Scan 1 (PDF)").SeesNot("gescand op virussen")
	resp := v.RoundTrip(http.MethodGet, "/scan/"+string(known)+"/"+knownScan, nil)
	for header, want := range map[string]string{
		"Content-Type": "application/octet-stream", "Content-Disposition": `attachment; filename="R-7Q2M-K9TD-scan-` + knownScan + `.pdf"`,
		"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "no-store",
	} {
		if got := resp.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	v.Get("/scan/" + string(known) + "/0000000000000000").Answers(http.StatusNotFound)
}

// A new request may bring its scan; that the scan could not be kept never
// costs the request.
func TestNewWithScan(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	form := one("token", strings.Repeat("a", 22), "datum", "2026-11-19", "kanaal", "letter", "woorden", "Ik wil inzage", "eigen-scan", "ja")
	if resp := postScan(v, "/nieuw", pdf, form); resp.StatusCode != http.StatusSeeOther || !strings.HasSuffix(resp.Header.Get("Location"), at) || !bytes.Equal(v.w.got["AddScan"].([]byte), pdf) {
		t.Errorf("answers %d to %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	v.Take(postScan(v, "/nieuw", []byte("<html>"), form), "/nieuw").Answers(http.StatusUnprocessableEntity).Sees("geen PDF", "Ik wil inzage")
	form.Set("token", strings.Repeat("b", 22))
	v.w.fail["AddScan"] = context.DeadlineExceeded
	resp := postScan(v, "/nieuw", pdf, form)
	if len(v.w.sent) != 2 || !strings.HasSuffix(resp.Header.Get("Location"), "/scans") {
		t.Errorf("%d requests, then to %s", len(v.w.sent), resp.Header.Get("Location"))
	}
}

// What is open at one client has a page: phase, handed over, reminders,
// instruction and safe date; on from the client's page and from the queue.
func TestClientLegs(t *testing.T) {
	v := signedIn(t, "o-1", "officer", "administrator")
	v.Get("/opdrachtgevers/c1").Sees("Open verzoeken bij deze opdrachtgever")
	v.Get("/opdrachtgevers/c1/verzoeken").Answers(http.StatusOK).
		Sees("Open verzoeken bij Bakker BV", "R-7Q2M-K9TD · 3", "wacht op een opdracht", "di 3 nov 2026", "R-7Q2M-K9TD · 5", "uitvoeren; de opdrachtgever antwoordt de persoon", "wo 2 dec 2026", "Meer die wachten op een opdracht").
		SeesNot("Anna", "Meer met een opdracht")
	v.Get("/opdrachtgevers/c1/verzoeken?lijst=todo&na=more").Sees("R-7Q2M-K9TD · 3").SeesNot("R-7Q2M-K9TD · 5", "Meer die wachten")
	v.Get("/opdrachtgevers/nobody/verzoeken").Answers(http.StatusNotFound)
	v.w.queues[store.QueueWaits+"client"] = []store.TaskRow{{Reference: known, Leg: "3", Kind: store.Waits, Right: request.Access, Client: "c1", SafeDue: "2026-12-02", Phase: request.Forwarded}}
	if body := v.Get("/?rij=wacht-opdrachtgever").Body; !strings.Contains(body, `href="/opdrachtgevers/c1/verzoeken"`) {
		t.Error("the queue does not lead to what is open at a client")
	}
	signedIn(t, "b-1", "administrator").Get("/opdrachtgevers/c1").SeesNot("Open verzoeken bij deze")
}

// C-7: the page says of a letter that nobody posted until when it can be, and
// what it is worth till then; and it offers no second approval of it.
func TestUnpostedLetter(t *testing.T) {
	v := signedIn(t, "o-1", "officer", "approver")
	v.w.view.Request.Clock.Extension = request.Extension{Reason: "complexity", Words: "Er zijn 46 gesprekken.", By: "o-2", ApprovedBy: "a-9"}
	v.w.view.Unposted = []casework.Unposted{
		{Letter: "request.T-08.extended", Kind: letters.Extension, By: "2026-12-16"}, {Letter: "1.T-21.answer", Kind: letters.Refusal, By: "2020-01-02"},
	}
	at := "/verzoek/" + string(known)
	v.Get(at).Answers(http.StatusOK).
		Sees("De verlenging telt pas vanaf de dag waarop de brief op de post gaat. Post de brief uiterlijk op woensdag 16 december 2026", "De laatste dag was donderdag 2 januari 2020").
		SeesNot(at+"/verlenging\"", at+"/verlengen\"")
	v.Get(at + "/verlenging").Answers(http.StatusConflict)
}

// A client's month that needs several packs offers each; one that is too long even
// for its report says what to do.
func TestClientMonthInParts(t *testing.T) {
	v := signedIn(t, "a-1", "auditor")
	v.Get("/opdrachtgevers/c1/maand").Sees("Download het bewijs (zip)").SeesNot("deel 1 van")
	v.w.packs = 2
	v.Get("/opdrachtgevers/c1/maand").Sees("Download het bewijs, deel 1 van 2 (zip)", "Download het bewijs, deel 2 van 2 (zip)")
	for query, want := range map[string]string{"?maand=2026-10": "2026-10-1", "?maand=2026-10&deel=2": "2026-10-2", "?maand=2026-10&deel=x": "2026-10-1"} {
		got := v.RoundTrip(http.MethodGet, "/opdrachtgevers/c1/maand/bewijs.zip"+query, nil).Header.Get("Content-Disposition")
		if !strings.Contains(got, "evidence-c1-"+want+".zip") {
			t.Errorf("%s hands out %s", query, got)
		}
	}
	v.w.fail["ReportOf"] = request.Fault(request.TooMany, "c1", "read more requests of a month")
	v.Get("/opdrachtgevers/c1/maand").Answers(http.StatusUnprocessableEntity).Sees("Deze maand is te groot", "Neem het bewijs per verzoek")
}
