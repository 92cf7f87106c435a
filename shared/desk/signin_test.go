package desk_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func walkLinks(v *visitor, f func(string)) {
	walk(v.doc, func(n *html.Node) {
		for _, name := range []string{"href", "action"} {
			if s := attr(n, name); s != "" {
				f(s)
			}
		}
	})
}

// A sign-in leads to the page that was asked for, and nowhere else.
func TestSignIn(t *testing.T) {
	v := newVisitor(t)
	v.get("/verzoek/" + string(known)).answers(http.StatusOK).sees("Log in bij het rechtenloket")
	if !strings.Contains(v.at, "naar=%2Fverzoek%2F"+string(known)) {
		t.Errorf("the door forgot where to: %s", v.at)
	}
	v.signIn("/verzoek/"+string(known)).answers(http.StatusOK).sees("Nu te doen", "M. Jansen (behandelaar)")
	q := v.i.queries[0]
	if q.Get("response_type") != "code" || q.Get("client_id") != "desk" || len(q.Get("state")) < 43 || len(q.Get("nonce")) < 43 || q.Get("scope") != "openid profile" {
		t.Errorf("asked the issuer: %v", q)
	}
	for _, to := range []string{"https://evil.example/", "//evil.example", "/verzoek/../x", "/nieuw"} {
		w := newVisitor(t)
		w.signIn(to)
		if w.at != "/" {
			t.Errorf("after %q the sign-in leads to %s", to, w.at)
		}
	}
}

// What the issuer sends must fit: signature, issuer, audience, end, nonce,
// state, and a code that fits the verifier; each lacking one lets nobody in.
func TestSignInRefuses(t *testing.T) {
	set := func(key string, value any) func(map[string]any) {
		return func(c map[string]any) { c[key] = value }
	}
	for name, spoil := range map[string]func(map[string]any){
		"issuer": set("iss", "https://evil.example"), "audience": set("aud", "other"), "end": set("exp", now.Add(-time.Minute).Unix()),
		"nonce": set("nonce", "other"), "no nonce": func(c map[string]any) { delete(c, "nonce") }, "no subject": func(c map[string]any) { delete(c, "sub") },
		"access token": set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
	} {
		v := newVisitor(t)
		v.i.spoil = spoil
		v.signIn("/").answers(http.StatusForbidden).sees("Inloggen is niet gelukt")
		v.get("/").sees("Log in bij het rechtenloket")
		if len(v.w.calls) > 0 {
			t.Errorf("%s: %v", name, v.w.calls)
		}
	}
	v := newVisitor(t)
	v.i.signAs = keys[1]
	v.signIn("/").answers(http.StatusForbidden)

	// Another browser's way back, an old one, and one without a state.
	victim, thief := newVisitor(t), newVisitor(t)
	thief.h, thief.i = victim.h, victim.i
	resp := thief.roundTrip(http.MethodGet, "/inloggen/start", nil)
	back := thief.i.authorize(t, resp.Header.Get("Location"))
	victim.get(back).answers(http.StatusBadRequest)
	victim.get("/").sees("Log in bij het rechtenloket")
	thief.get(back).answers(http.StatusOK)
	thief.get(back).answers(http.StatusBadRequest)
	u, _ := url.Parse(back)
	resp = victim.roundTrip(http.MethodGet, "/inloggen/start", nil)
	victim.i.authorize(t, resp.Header.Get("Location"))
	victim.get("/callback?code=" + u.Query().Get("code")).answers(http.StatusBadRequest)

	late := newVisitor(t)
	resp = late.roundTrip(http.MethodGet, "/inloggen/start", nil)
	back = late.i.authorize(t, resp.Header.Get("Location"))
	late.w.now = late.w.now.Add(11 * time.Minute)
	late.get(back).answers(http.StatusBadRequest)

	denied := newVisitor(t)
	resp = denied.roundTrip(http.MethodGet, "/inloggen/start", nil)
	u, _ = url.Parse(resp.Header.Get("Location"))
	denied.get("/callback?error=access_denied&state=" + u.Query().Get("state")).answers(http.StatusForbidden)

	gone := newVisitor(t)
	gone.i.Close()
	gone.get("/inloggen/start").answers(http.StatusServiceUnavailable).sees("Inloggen kan nu niet")
}

// Roles come from the groups of the token and from nowhere else.
func TestRoles(t *testing.T) {
	for _, tt := range []struct {
		claim  string
		claims map[string]any
		want   string
	}{
		{"", map[string]any{"cognito:groups": []string{"officer", "boss"}}, "Werk"},
		{"", map[string]any{"cognito:groups": nil, "groups": []string{"auditor"}}, "U hebt nog geen rol"},
		{"groups", map[string]any{"groups": []string{"approver"}}, "Werk"},
		{"role", map[string]any{"role": "officer"}, "Werk"},
		{"role", map[string]any{"role": "Officer"}, "U hebt nog geen rol"},
		{"", map[string]any{"cognito:groups": []string{}}, "U hebt nog geen rol"},
		{"", map[string]any{"cognito:groups": 7}, "U hebt nog geen rol"},
	} {
		v := newVisitor(t)
		delete(v.i.claims, "cognito:groups")
		for k, c := range tt.claims {
			v.i.claims[k] = c
		}
		h := handler(v.w, v.i)
		h.SignIn.Claim = tt.claim
		v.h = h
		v.signIn("/").sees(tt.want)
	}
}

// A session ends after an hour of rest, after eight hours of work, and at once
// on signing out; its cookie carries nothing but a secret.
func TestSession(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	v.w.now = now.Add(59 * time.Minute)
	v.get("/").sees("Werk")
	v.w.now = v.w.now.Add(59 * time.Minute)
	v.get("/").sees("Werk")
	v.w.now = v.w.now.Add(61 * time.Minute)
	v.get("/").sees("Log in bij het rechtenloket")

	v = signedIn(t, "o-1", "officer")
	for v.w.now.Before(now.Add(8*time.Hour - 30*time.Minute)) {
		v.w.now = v.w.now.Add(30 * time.Minute)
		v.get("/")
	}
	v.sees("Werk")
	v.w.now = now.Add(8*time.Hour + time.Second)
	v.get("/").sees("Log in bij het rechtenloket")

	v = signedIn(t, "o-1", "officer")
	old := v.jar.Cookies(origin)
	v.post("/uitloggen", nil).sees("U bent uitgelogd")
	v.jar.SetCookies(origin, old)
	v.get("/").sees("Log in bij het rechtenloket")
	resp := v.roundTrip(http.MethodGet, "/inloggen/start?opnieuw=1", nil)
	if !strings.Contains(resp.Header.Get("Location"), "prompt=login") {
		t.Error("after signing out the issuer is not asked to have the person sign in anew")
	}
	for _, secure := range []bool{false, true} {
		h := handler(v.w, v.i)
		h.Secure = secure
		v.h = h
		for _, c := range v.roundTrip(http.MethodGet, "/inloggen/start", nil).Cookies() {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != secure || len(c.Value) != 43 || strings.HasPrefix(c.Name, "__Host-") != secure {
				t.Errorf("cookie %+v", c)
			}
		}
	}
}

// Signing in over another session ends that one.
func TestSessionIsRenewed(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	old := v.jar.Cookies(origin)
	v.signIn("/")
	if v.jar.Cookies(origin)[0].Value == old[0].Value {
		t.Error("the secret of the session stays")
	}
	v.jar.SetCookies(origin, old)
	v.get("/").sees("Log in bij het rechtenloket")
}

// What was typed is not lost when the session ended meanwhile.
func TestExpiredPost(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	v.w.now = now.Add(2 * time.Hour)
	v.post("/verzoek/"+string(known)+"/1/besluit", one("besluit", "refused", "toelichting", "Mijn lange uitleg")).
		answers(http.StatusUnauthorized).sees("U was te lang weg", "Mijn lange uitleg")
	if acts := v.w.acts(); len(acts) > 0 {
		t.Errorf("did %v", acts)
	}
}
