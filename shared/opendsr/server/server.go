// Package server is OpenDSR 2.0 as clients' machines meet it: a client, the
// controller of its debtors' data, hands over what one of them asked, follows
// it, takes it back and fetches what came of it. docs/OPENDSR.md tells its
// engineers how.
//
// Every answer with a body is signed, a refusal too; one that cannot be signed
// has no body. A machine signs in with its key on every call and meets the
// requests of its own client alone: another's is the same answer as one that
// does not exist (A26).
package server

import (
	"context"
	"crypto"
	"crypto/sha256"
	_ "embed" // the description
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/opendsr"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Cases are the clients' own requests. One that is not the client's is
// request.NotFound, as one that does not exist.
type Cases interface {
	// TakeIn registers a request once for each client and id. Exists: another
	// message came under that id. Forbidden: we are no processor for that client.
	TakeIn(ctx context.Context, d casework.Delegated) (casework.DelegatedStatus, error)
	DelegatedStatus(ctx context.Context, client, id string) (casework.DelegatedStatus, error)
	// TakeBack ends what is not begun; PhaseIllegal when it is.
	TakeBack(ctx context.Context, client, id string) (casework.DelegatedStatus, error)
	// DelegatedRelease gives an address good for at most 120 seconds, counts it
	// and puts it in the ledger (A25).
	DelegatedRelease(ctx context.Context, client, id string) (url string, err error)
}

// Machines tells whose machine signs in with a key; request.Forbidden: nobody's.
type Machines interface {
	MachineSignIn(ctx context.Context, key string) (register.Connection, error)
}

// Counter counts one use of key and reports whether it is within max until the
// window ends.
type Counter interface {
	Take(ctx context.Context, key string, max int, until time.Time) (bool, error)
}

// Identity is how we sign: a key and the certificate that vouches for it.
type Identity interface {
	// Signer gives the key, and the certificate with its chain in PEM.
	Signer(ctx context.Context) (crypto.Signer, []byte, error)
}

// PerDay is how many new requests of one client are taken in 24 hours.
const PerDay = 1000

// Handler serves OpenDSR. Every field is needed.
type Handler struct {
	Cases    Cases
	Machines Machines
	Counter  Counter
	Identity Identity
	// Origin is scheme and host, Base the path before all others, "" at the root.
	Origin, Base string
	Now          func() time.Time
	Log          *slog.Logger

	once  sync.Once
	paths map[string]map[string]Route
	mux   *http.ServeMux
}

//go:embed openapi.yaml
var description []byte

// Route is one thing that can be asked. Path is a pattern of http.ServeMux,
// behind the Handler's Base.
type Route struct {
	Method, Path string
	// Open routes need no sign-in.
	Open  bool
	serve func(*Handler, call) answer
}

// Routes is everything that is served, the names of version 1 too.
var Routes = routes()

func routes() []Route {
	all := []Route{
		{http.MethodGet, "/cert.pem", true, (*Handler).certificate},
		{http.MethodGet, "/v2/openapi.yaml", true, (*Handler).describe},
	}
	for _, version := range []string{"/v1", "/v2"} {
		all = append(all,
			Route{http.MethodGet, version + "/discovery", true, (*Handler).discovery},
			Route{http.MethodGet, version + "/status/{id}", false, (*Handler).status})
		for _, name := range []string{"/requests", "/opendsr_requests", "/opengdpr_requests"} {
			all = append(all,
				Route{http.MethodPost, version + name, false, (*Handler).take},
				Route{http.MethodGet, version + name + "/{id}", false, (*Handler).status},
				Route{http.MethodDelete, version + name + "/{id}", false, (*Handler).cancel},
				Route{http.MethodGet, version + name + "/{id}/results", false, (*Handler).results})
		}
	}
	return all
}

// call is one request of one machine.
type call struct {
	*http.Request
	// conn is the client that signed in; zero on an open route.
	conn register.Connection
}

// answer is what goes out, before it is signed.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ServeHTTP answers one call.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.once.Do(h.build)
	h.write(w, r, h.answer(r))
}

func (h *Handler) build() {
	h.mux, h.paths = http.NewServeMux(), map[string]map[string]Route{}
	for _, route := range Routes {
		if h.paths[route.Path] == nil {
			h.paths[route.Path] = map[string]Route{}
			h.mux.Handle(h.Base+route.Path, http.NotFoundHandler()) // only its pattern is used
		}
		h.paths[route.Path][route.Method] = route
	}
}

// answer never lets a fault out: a panic is a fault of ours like any other, and
// its words are nobody's.
func (h *Handler) answer(r *http.Request) (a answer) {
	defer func() {
		if recover() != nil {
			h.Log.ErrorContext(r.Context(), "panicked", "method", r.Method)
			a = refuse(http.StatusInternalServerError, "Internal", "Fault", "Something failed here. Try again later.")
		}
	}()
	route, id, refusal := h.route(r)
	if refusal != nil {
		return *refusal
	}
	c := call{Request: r}
	c.SetPathValue("id", id)
	if !route.Open {
		conn, err := h.Machines.MachineSignIn(r.Context(), keyOf(r))
		if err != nil {
			return h.fault(r.Context(), err, "")
		}
		c.conn = conn
	}
	if refusal := h.ours(r); refusal != nil {
		return *refusal
	}
	return route.serve(h, c)
}

// route finds what is asked. It does not let the mux answer: that redirects and
// refuses without a signature.
func (h *Handler) route(r *http.Request) (Route, string, *answer) {
	missing := refuse(http.StatusNotFound, "Routing", "NotFound", "There is nothing at this address.")
	asked := strings.TrimSuffix(r.URL.Path, "/") // some machines write /v2/requests/
	if !strings.HasPrefix(asked, "/") || path.Clean(asked) != asked || r.URL.RawPath != "" {
		return Route{}, "", &missing
	}
	_, pattern := h.mux.Handler(&http.Request{Method: http.MethodGet, Host: "h", URL: &url.URL{Path: asked}})
	methods := h.paths[strings.TrimPrefix(pattern, h.Base)]
	if pattern == "" || methods == nil {
		return Route{}, "", &missing
	}
	route, ok := methods[r.Method]
	if !ok {
		a := refuse(http.StatusMethodNotAllowed, "Routing", "MethodNotAllowed", "This address does not take that method.")
		var allowed []string
		for m := range methods {
			allowed = append(allowed, m)
		}
		slices.Sort(allowed)
		a.header.Set("Allow", strings.Join(allowed, ", "))
		return Route{}, "", &a
	}
	id := ""
	if before, after, ok := strings.Cut(pattern, "{id}"); ok {
		id = strings.TrimSuffix(strings.TrimPrefix(asked, before), after)
	}
	return route, id, nil
}

// keyOf reads the key of Authorization: Bearer KEY, or Basic CLIENT:KEY, as some
// processors have it.
func keyOf(r *http.Request) string {
	if client, key, ok := r.BasicAuth(); ok {
		if !strings.HasPrefix(key, client+".") {
			return ""
		}
		return key
	}
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(key)
}

// ours refuses a call that names another processor.
func (h *Handler) ours(r *http.Request) *answer {
	for _, name := range []string{opendsr.HeaderDomain, opendsr.HeaderDomainV1} {
		for _, v := range r.Header.Values(name) {
			if !strings.EqualFold(v, h.domain()) {
				a := invalid(name + " names another processor.")
				return &a
			}
		}
	}
	return nil
}

// domain is our name as a processor: the host of our address.
func (h *Handler) domain() string {
	u, err := url.Parse(h.Origin)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// write signs an answer and sends it. What cannot be signed has no body.
func (h *Handler) write(w http.ResponseWriter, r *http.Request, a answer) {
	key, _, err := h.Identity.Signer(r.Context())
	signature := ""
	if err == nil {
		signature, err = opendsr.Sign(key, a.body)
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	if err != nil {
		h.Log.ErrorContext(r.Context(), "cannot sign")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	for name, values := range a.header {
		header[name] = values
	}
	domain := h.domain()
	for _, name := range []string{opendsr.HeaderDomain, opendsr.HeaderDomainV1} {
		header.Set(name, domain)
	}
	for _, name := range []string{opendsr.HeaderSignature, opendsr.HeaderSignatureV1} {
		header.Set(name, signature)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

// said is an answer in JSON.
func said(status int, v any) answer {
	b, err := json.Marshal(v)
	if err != nil {
		return refuse(http.StatusInternalServerError, "Internal", "Fault", "Something failed here. Try again later.")
	}
	return answer{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: b}
}

// refuse is the error object: our own words, never anything of what was sent.
func refuse(status int, domain, reason, message string) answer {
	var f opendsr.Fault
	f.Error.Code, f.Error.Message = status, message
	f.Error.Errors = []opendsr.FaultDetail{{Domain: domain, Reason: reason, Message: message}}
	return said(status, f)
}

// invalid refuses what a message says.
func invalid(message string) answer {
	return refuse(http.StatusBadRequest, "Validation", "IllegalArgumentException", message)
}

// fault turns a fault of the casework into a refusal.
func (h *Handler) fault(ctx context.Context, err error, illegal string) answer {
	switch {
	case request.NotFound.Is(err):
		return refuse(http.StatusNotFound, "Request", "NotFound", "You have no such request here.")
	case request.Forbidden.Is(err) && illegal == "":
		a := refuse(http.StatusUnauthorized, "Authentication", "Unauthorized", "This key is not known here.")
		a.header.Set("WWW-Authenticate", `Bearer realm="opendsr"`)
		return a
	case request.Forbidden.Is(err):
		return refuse(http.StatusForbidden, "Request", "Forbidden", illegal)
	case request.Exists.Is(err):
		return refuse(http.StatusConflict, "Request", "Conflict", "Another message came under this subject_request_id.")
	case request.PhaseIllegal.Is(err):
		return refuse(http.StatusConflict, "Request", "Conflict", illegal)
	case request.TooMany.Is(err):
		return refuse(http.StatusTooManyRequests, "Request", "TooMany", illegal)
	}
	h.Log.ErrorContext(ctx, "failed", "error", err)
	return refuse(http.StatusInternalServerError, "Internal", "Fault", "Something failed here. Try again later.")
}

func (h *Handler) certificate(c call) answer {
	_, pem, err := h.Identity.Signer(c.Context())
	if err != nil {
		return h.fault(c.Context(), err, "")
	}
	return answer{status: http.StatusOK, header: http.Header{"Content-Type": {"application/x-pem-file"}}, body: pem}
}

func (h *Handler) describe(call) answer {
	return answer{status: http.StatusOK, header: http.Header{"Content-Type": {"application/yaml"}}, body: description}
}

func (h *Handler) discovery(c call) answer {
	version := opendsr.Version
	if strings.HasPrefix(c.URL.Path, h.Base+"/v1/") {
		version = "1.0"
	}
	return said(http.StatusOK, opendsr.Discovery{
		Version: version, Identities: identities, Types: types, Certificate: h.Origin + h.Base + "/cert.pem",
	})
}

func (h *Handler) take(c call) answer {
	if media, ok := mediaOf(c.Request); !ok {
		return refuse(http.StatusUnsupportedMediaType, "Validation", "UnsupportedMediaType", "The body must be application/json, in UTF-8; this is "+media+".")
	}
	body, err := io.ReadAll(io.LimitReader(c.Body, MaxBody+1))
	switch {
	case err != nil:
		return invalid("The body did not come whole.")
	case len(body) > MaxBody:
		return refuse(http.StatusRequestEntityTooLarge, "Validation", "TooLarge", "The body is over 65536 bytes.")
	}
	if c.conn.PublicKey != "" {
		// Before anything of it is read.
		public, err := opendsr.ReadPublicKey(c.conn.PublicKey)
		_, signature := opendsr.Signed(c.Header)
		if err != nil || opendsr.VerifyKey(public, body, signature) != nil {
			return refuse(http.StatusForbidden, "Authentication", "SignatureVerificationFailed", "X-OpenDSR-Signature is not that of your key over this body.")
		}
	}
	ctx, now := c.Context(), h.Now().UTC()
	d, refusal := h.read(body, now, c.conn)
	if refusal != nil {
		return *refusal
	}
	// What was taken in before is no new one, however often it is sent.
	if _, err := h.Cases.DelegatedStatus(ctx, d.Client, d.ID); request.NotFound.Is(err) {
		ok, err := h.Counter.Take(ctx, "api/"+d.Client, PerDay, now.Add(24*time.Hour))
		if err != nil {
			return h.fault(ctx, err, "")
		}
		if !ok {
			a := refuse(http.StatusTooManyRequests, "Request", "TooMany", "This is more than 1000 new requests in 24 hours.")
			a.header.Set("Retry-After", "3600")
			return a
		}
	}
	s, err := h.Cases.TakeIn(ctx, d)
	if err != nil {
		return h.fault(ctx, err, "All Claims is not your processor for debtors' data: write to us.")
	}
	return said(http.StatusCreated, opendsr.Receipt{
		Controller: d.Client, Expected: s.Expected, Received: s.Received, Encoded: body, ID: d.ID,
	})
}

func (h *Handler) status(c call) answer {
	s, refusal := h.find(c)
	if refusal != nil {
		return *refusal
	}
	return said(http.StatusOK, h.statusOf(c.conn.Client, c.PathValue("id"), s))
}

// find looks up the request that an address names, for the client that asks.
func (h *Handler) find(c call) (casework.DelegatedStatus, *answer) {
	id := c.PathValue("id")
	if !uuid.MatchString(id) {
		a := invalid("The id in the address is no UUID of version 4 in lower case.")
		return casework.DelegatedStatus{}, &a
	}
	s, err := h.Cases.DelegatedStatus(c.Context(), c.conn.Client, id)
	if err != nil {
		a := h.fault(c.Context(), err, "")
		return casework.DelegatedStatus{}, &a
	}
	return s, nil
}

// statusOf is a status as it is told, asked for or not.
func (h *Handler) statusOf(client, id string, s casework.DelegatedStatus) opendsr.Status {
	return StatusOf(h.Origin+h.Base, h.domain(), client, id, s)
}

// StatusOf is how far a request is, in the words of OpenDSR; what it has no
// words for stands in our extension.
func StatusOf(base, domain, client, id string, s casework.DelegatedStatus) opendsr.Status {
	out := opendsr.Status{
		Controller: client, Expected: s.Expected, ID: id, State: s.State, Version: opendsr.Version,
	}
	ours := map[string]any{"reference": s.Reference}
	if f := s.Held; f != nil {
		ours["held"] = map[string]any{"reason": f.Reason, "since": f.At}
	}
	if s.State == casework.DelegatedCompleted {
		out.ResultsCount = &s.Rows
		ours["outcome"] = outcomes[s.Outcome]
		if p := s.Package; p != nil {
			out.ResultsURL = base + "/v2/requests/" + id + "/results"
			ours["results"] = map[string]any{"sha256": p.SHA256, "bytes": p.Bytes, "last_day": p.Until, "fetches_left": p.Left}
		}
	}
	out.Extensions = map[string]any{domain: ours}
	return out
}

// outcomes are the words of our extension.
var outcomes = map[request.Outcome]string{
	request.Granted: "fulfilled", request.Partial: "partly_retained", request.NothingHeld: "nothing_held", request.ByClient: "refused",
}

func (h *Handler) cancel(c call) answer {
	if _, refusal := h.find(c); refusal != nil {
		return *refusal
	}
	s, err := h.Cases.TakeBack(c.Context(), c.conn.Client, c.PathValue("id"))
	if err != nil {
		return h.fault(c.Context(), err, "This request is being carried out, or is done: it can no longer be cancelled.")
	}
	return said(http.StatusAccepted, opendsr.Cancellation{
		Controller: c.conn.Client, ID: c.PathValue("id"), Received: s.Ended, Version: opendsr.Version,
	})
}

// results leads to the package by an address that is made anew each time.
func (h *Handler) results(c call) answer {
	s, refusal := h.find(c)
	if refusal != nil {
		return *refusal
	}
	address, err := h.Cases.DelegatedRelease(c.Context(), c.conn.Client, c.PathValue("id"))
	if err != nil {
		return h.fault(c.Context(), err, "The results were fetched as often as they may be.")
	}
	a := said(http.StatusSeeOther, h.statusOf(c.conn.Client, c.PathValue("id"), s))
	a.header.Set("Location", address)
	return a
}

// digest names a message.
func digest(body []byte) string {
	h := sha256.Sum256(body)
	return hex.EncodeToString(h[:])
}
