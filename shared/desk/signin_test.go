package desk_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/allclaims/rightsdesk/shared/door/doortest"
)

func walkLinks(v *visitor, f func(string)) {
	walk(v.Doc, func(n *html.Node) {
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
	v.Get("/verzoek/" + string(known)).Answers(http.StatusOK).Sees("Log in bij het rechtenloket")
	if !strings.Contains(v.At, "naar=%2Fverzoek%2F"+string(known)) {
		t.Errorf("the door forgot where to: %s", v.At)
	}
	v.signIn("/verzoek/"+string(known)).Answers(http.StatusOK).Sees("Nu te doen", "M. Jansen (behandelaar)")
	q := v.i.queries[0]
	if q.Get("response_type") != "code" || q.Get("client_id") != "desk" || len(q.Get("state")) < 43 || len(q.Get("nonce")) < 43 || q.Get("scope") != "openid profile" {
		t.Errorf("asked the issuer: %v", q)
	}
	for _, to := range []string{"https://evil.example/", "//evil.example", "/verzoek/../x", "/nieuw"} {
		w := newVisitor(t)
		w.signIn(to)
		if w.At != "/" {
			t.Errorf("after %q the sign-in leads to %s", to, w.At)
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
		v.signIn("/").Answers(http.StatusForbidden).Sees("Inloggen is niet gelukt")
		v.Get("/").Sees("Log in bij het rechtenloket")
		if len(v.w.calls) > 0 {
			t.Errorf("%s: %v", name, v.w.calls)
		}
	}
	v := newVisitor(t)
	v.i.signAs = keys[1]
	v.signIn("/").Answers(http.StatusForbidden)

	// Another browser's way back, an old one, and one without a state.
	victim, thief := newVisitor(t), newVisitor(t)
	thief.Site, thief.i = victim.Site, victim.i
	resp := thief.RoundTrip(http.MethodGet, "/inloggen/start", nil)
	back := thief.i.authorize(t, resp.Header.Get("Location"))
	victim.Get(back).Answers(http.StatusBadRequest)
	victim.Get("/").Sees("Log in bij het rechtenloket")
	thief.Get(back).Answers(http.StatusOK)
	thief.Get(back).Answers(http.StatusBadRequest)
	u, _ := url.Parse(back)
	resp = victim.RoundTrip(http.MethodGet, "/inloggen/start", nil)
	victim.i.authorize(t, resp.Header.Get("Location"))
	victim.Get("/callback?code=" + u.Query().Get("code")).Answers(http.StatusBadRequest)

	late := newVisitor(t)
	resp = late.RoundTrip(http.MethodGet, "/inloggen/start", nil)
	back = late.i.authorize(t, resp.Header.Get("Location"))
	late.w.now = late.w.now.Add(11 * time.Minute)
	late.Get(back).Answers(http.StatusBadRequest)

	denied := newVisitor(t)
	resp = denied.RoundTrip(http.MethodGet, "/inloggen/start", nil)
	u, _ = url.Parse(resp.Header.Get("Location"))
	denied.Get("/callback?error=access_denied&state=" + u.Query().Get("state")).Answers(http.StatusForbidden)

	gone := newVisitor(t)
	gone.i.Close()
	gone.Get("/inloggen/start").Answers(http.StatusServiceUnavailable).Sees("Inloggen kan nu niet")
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
		v.Site = h
		v.signIn("/").Sees(tt.want)
	}
}

// A session ends after an hour of rest, after eight hours of work, and at once
// on signing out; its cookie carries nothing but a secret.
func TestSession(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	v.w.now = now.Add(59 * time.Minute)
	v.Get("/").Sees("Werk")
	v.w.now = v.w.now.Add(59 * time.Minute)
	v.Get("/").Sees("Werk")
	v.w.now = v.w.now.Add(61 * time.Minute)
	v.Get("/").Sees("Log in bij het rechtenloket")

	v = signedIn(t, "o-1", "officer")
	for v.w.now.Before(now.Add(8*time.Hour - 30*time.Minute)) {
		v.w.now = v.w.now.Add(30 * time.Minute)
		v.Get("/")
	}
	v.Sees("Werk")
	v.w.now = now.Add(8*time.Hour + time.Second)
	v.Get("/").Sees("Log in bij het rechtenloket")

	v = signedIn(t, "o-1", "officer")
	old := v.Cookies()
	v.Post("/uitloggen", nil).Sees("U bent uitgelogd")
	v.Jar.SetCookies(doortest.Origin, old)
	v.Get("/").Sees("Log in bij het rechtenloket")
	resp := v.RoundTrip(http.MethodGet, "/inloggen/start?opnieuw=1", nil)
	if !strings.Contains(resp.Header.Get("Location"), "prompt=login") {
		t.Error("after signing out the issuer is not asked to have the person sign in anew")
	}
	for _, secure := range []bool{false, true} {
		h := handler(v.w, v.i)
		h.Secure = secure
		v.Site = h
		for _, c := range v.RoundTrip(http.MethodGet, "/inloggen/start", nil).Cookies() {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != secure || len(c.Value) != 43 || strings.HasPrefix(c.Name, "__Host-") != secure {
				t.Errorf("cookie %+v", c)
			}
		}
	}
}

// Signing in over another session ends that one.
func TestSessionIsRenewed(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	old := v.Cookies()
	v.signIn("/")
	if v.Cookies()[0].Value == old[0].Value {
		t.Error("the secret of the session stays")
	}
	v.Jar.SetCookies(doortest.Origin, old)
	v.Get("/").Sees("Log in bij het rechtenloket")
}

// What was typed is not lost when the session ended meanwhile.
func TestExpiredPost(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	v.w.now = now.Add(2 * time.Hour)
	v.Post("/verzoek/"+string(known)+"/1/besluit", one("besluit", "refused", "toelichting", "Mijn lange uitleg")).
		Answers(http.StatusUnauthorized).Sees("U was te lang weg", "Mijn lange uitleg")
	if acts := v.w.acts(); len(acts) > 0 {
		t.Errorf("did %v", acts)
	}
}
