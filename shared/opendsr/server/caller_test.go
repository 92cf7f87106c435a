package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/opendsr"
	"github.com/allclaims/rightsdesk/shared/opendsr/server"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
)

// receiver is where a client hears of each status.
type receiver struct {
	w *world
	// answer says what it answers to the nth call, from 1; 0 = nothing comes back.
	answer func(n int) int
	got    []map[string]any
	calls  int
}

// RoundTrip is the network between the caller and the receiver.
func (r *receiver) RoundTrip(req *http.Request) (*http.Response, error) {
	r.calls++
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	if !r.w.signed(req, body) || req.Header.Get("X-OpenDSR-Processor-Domain") != "opendsr.allclaims.example" {
		r.w.T.Errorf("a callback that is not signed: %s", body)
	}
	if req.Header.Get("Authorization") != "" || req.Header.Get("Cookie") != "" {
		r.w.T.Error("a callback that brings a sign-in")
	}
	status := r.answer(r.calls)
	if status == 0 {
		return nil, errors.New("no answer from " + req.URL.String())
	}
	if status < 300 {
		var m map[string]any
		if err := json.Unmarshal(body, &m); err != nil {
			return nil, err
		}
		if m["status_callback_url"] != req.URL.String() {
			r.w.T.Errorf("a callback for %v at %s", m["status_callback_url"], req.URL)
		}
		r.got = append(r.got, m)
	}
	rec := httptest.NewRecorder()
	rec.Header().Set("Location", "https://169.254.169.254/")
	rec.WriteHeader(status)
	return rec.Result(), nil
}

// hears lets the world call a receiver.
func (w *world) hears(answer func(n int) int) *receiver {
	r := &receiver{w: w, answer: answer}
	w.reach(r)
	return r
}

func (r *receiver) states() (out []string) {
	for _, m := range r.got {
		out = append(out, m["request_status"].(string))
	}
	return out
}

const callback = `,"status_callback_urls":["https://api.bakker.example/opendsr"]`

// Each change of status is told once, signed, at the address that was given.
func TestCallbacks(t *testing.T) {
	w := newWorld(t)
	bakker := w.machine("bakker")
	heard := w.hears(func(int) int { return 202 })
	bakker.call("POST", "/v2/requests", ask("access", id1, bySanne, callback))
	w.PassTo(monday.Add(2 * time.Hour))
	// Both changes were made before the first could be told: each tells how far it is now.
	if states := heard.states(); len(states) != 2 || states[1] != "completed" {
		t.Errorf("heard %v", states)
	}
	last := heard.got[len(heard.got)-1]
	if last["subject_request_id"] != id1 || last["controller_id"] != "bakker" || last["expected_completion_time"] == nil || last["results_url"] != origin+"/v2/requests/"+id1+"/results" {
		t.Errorf("%v", last)
	}
	bakker.call("POST", "/v2/requests", ask("access", id2, bySanne, callback))
	bakker.call("DELETE", "/v2/requests/"+id2, "")
	w.PassTo(monday.Add(4 * time.Hour))
	if states := heard.states(); len(states) != 3 || states[2] != "cancelled" {
		t.Errorf("heard %v", states)
	}
	if strings.Contains(w.Told(), "bakker.example") {
		t.Error("an address stands in a log or a history")
	}
}

// A machine that is down, refuses or redirects is called again, later each time,
// for a day; then an officer calls the client. Nothing else waits for it.
func TestCallbackIsTriedAgain(t *testing.T) {
	for name, first := range map[string]int{"no answer": 0, "refuses": 403, "fails": 500, "redirects": 307, "redirects for good": 301} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			bakker := w.machine("bakker")
			heard := w.hears(func(n int) int {
				if n < 10 {
					return first
				}
				return 200
			})
			bakker.call("POST", "/v2/requests", ask("access", id1, bySanne, callback))
			w.every(10*time.Minute, 26*time.Hour)
			if states := heard.states(); len(states) != 2 || states[0] != "completed" || states[1] != "completed" {
				t.Errorf("heard %v after %d calls", states, heard.calls)
			}
			if len(w.Mailbox) == 0 {
				t.Error("no mail went out")
			}
		})
	}
	w := newWorld(t)
	bakker := w.machine("bakker")
	heard := w.hears(func(int) int { return 0 })
	bakker.call("POST", "/v2/requests", ask("access", id1, bySanne, callback))
	w.every(10*time.Minute, 48*time.Hour)
	if heard.calls != 2*post.MaxAttempts {
		t.Errorf("%d calls, want %d", heard.calls, 2*post.MaxAttempts)
	}
	r, err := w.Store.Load(t.Context(), w.Requests()[0])
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, task := range r.Tasks {
		if task.Code == "machine-silent" && task.Open() {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d tasks tell of it, want 1", n)
	}
	if strings.Contains(w.Told(), "bakker.example") {
		t.Error("an address stands in a log or a history")
	}
}

// every lets time pass and the sender look again and again.
func (w *world) every(step, whole time.Duration) {
	for end := w.Clock.Now().Add(whole); w.Clock.Now().Before(end); {
		w.PassTo(w.Clock.Now().Add(step))
		w.Do(func(context.Context) error { return nil })
	}
}

// A sender that dies while a machine has the message leaves it to be told again:
// twice is safe, never is not.
func TestCallbackCrash(t *testing.T) {
	w := newWorld(t)
	bakker := w.machine("bakker")
	heard := w.hears(func(int) int { return 200 })
	bakker.call("POST", "/v2/requests", ask("access", id1, bySanne, callback))
	bakker.call("DELETE", "/v2/requests/"+id1, "")
	id := w.Requests()[0]
	of, err := w.Store.LettersOf(t.Context(), string(id))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(of, func(l post.Letter) bool { return l.To.Kind == post.Machine })
	if i < 0 {
		t.Fatal("the change of status left no row")
	}
	if _, err := w.Store.Claim(t.Context(), of[i].Owner, of[i].ID, of[i].Rev, w.Clock.Now().Add(post.Lease)); err != nil {
		t.Fatal(err)
	}
	w.every(time.Minute, 10*time.Minute)
	if len(heard.got) != 0 {
		t.Error("another's claim was not kept")
	}
	w.every(time.Minute, 10*time.Minute)
	if d := cmp.Diff([]string{"cancelled"}, heard.states()); d != "" {
		t.Errorf("heard (-want +got):\n%s", d)
	}
}

// A host that the client withdrew is no longer called, whatever stands in the outbox.
func TestCallbackWithdrawn(t *testing.T) {
	w := newWorld(t)
	bakker := w.machine("bakker")
	heard := w.hears(func(int) int { return 200 })
	bakker.call("POST", "/v2/requests", ask("access", id1, bySanne, callback))
	conn, err := w.Cases.Connection(t.Context(), admin, "bakker")
	if err != nil {
		t.Fatal(err)
	}
	conn.Domains = nil
	if err := w.Cases.SaveConnection(t.Context(), admin, conn); err != nil {
		t.Fatal(err)
	}
	w.PassTo(monday.Add(2 * time.Hour))
	if heard.calls != 0 {
		t.Errorf("%d calls", heard.calls)
	}
}

// The network itself refuses what leads inside: after the name is resolved, when
// the connection is made (A43).
func TestForeignNetwork(t *testing.T) {
	inside := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("something inside was reached") }))
	defer inside.Close()
	w := newWorld(t)
	for _, address := range []string{
		inside.URL, "https://localhost/", "https://localhost.localdomain/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest/meta-data/",
		"https://[::ffff:127.0.0.1]/", "https://0/", "https://0.0.0.0/", "https://100.64.0.1/", "https://[fe80::1]/", "https://[fd00:ec2::254]/", "https://192.168.1.1/",
	} {
		host := strings.Trim(strings.TrimPrefix(strings.TrimSuffix(address, "/"), "https://"), "/")
		c := &server.Caller{Statuses: w.Cases, Connections: hosts{host}, Identity: w.ours, Base: origin}
		_, err := c.Call(t.Context(), post.Letter{
			Order: letters.Order{Kind: casework.Callback, Values: map[string]string{"client": "bakker", "id": id1, "state": "pending"}},
			To:    post.Address{Kind: post.Machine, URL: address},
		})
		if err == nil {
			t.Errorf("%s was called", address)
		}
		req, reqErr := http.NewRequest(http.MethodPost, address, nil)
		if reqErr != nil {
			t.Fatal(reqErr)
		}
		if resp, err := opendsr.Foreign().Do(req); err == nil {
			resp.Body.Close()
			t.Errorf("%s was reached", address)
		}
	}
}

// hosts are what a client registered, past every check.
type hosts []string

func (h hosts) Connection(context.Context, string) (register.Connection, error) {
	return register.Connection{Client: "bakker", Domains: h}, nil
}
