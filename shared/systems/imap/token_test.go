package imap_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/allclaims/rightsdesk/shared/systems"
	connector "github.com/allclaims/rightsdesk/shared/systems/imap"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-sasl"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// issuer gives tokens to an application that shows its secret, or signs with its
// key for the user, and knows which of them still count.
type issuer struct {
	*httptest.Server
	key *rsa.PrivateKey

	mu    sync.Mutex
	given int
	ended map[string]bool
}

const appSecret, scope = "geheim-van-de-toepassing", "https://mail.example/.default"

func issue(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key, ended: map[string]bool{}}
	i.Server = httptest.NewTLSServer(i)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if r.Method != http.MethodPost || !i.knows(r) {
		w.WriteHeader(http.StatusUnauthorized)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid_client", "error_description": "you sent " + r.PostForm.Encode()})
		return
	}
	i.given++
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"token_type": "Bearer", "expires_in": 3600, "access_token": "token-" + strconv.Itoa(i.given)})
}

func (i *issuer) knows(r *http.Request) bool {
	switch r.PostFormValue("grant_type") {
	case "client_credentials":
		return r.PostFormValue("client_id") == "desk" && r.PostFormValue("client_secret") == appSecret && r.PostFormValue("scope") == scope
	case "urn:ietf:params:oauth:grant-type:jwt-bearer":
		token, err := jwt.ParseSigned(r.PostFormValue("assertion"), []jose.SignatureAlgorithm{jose.RS256})
		var claims struct {
			jwt.Claims
			Scope string `json:"scope"`
		}
		if err != nil || token.Claims(i.key.Public(), &claims) != nil {
			return false
		}
		return claims.Issuer == "desk" && claims.Subject == user && claims.Scope == scope && claims.Audience.Contains(i.URL) && token.Headers[0].KeyID == "k1"
	}
	return false
}

// counts reports whether a token opens this user's mailbox.
func (i *issuer) counts(first string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	token, ok := strings.CutPrefix(first, "user="+user+"\x01auth=Bearer ")
	token, end := strings.CutSuffix(token, "\x01\x01")
	return ok && end && i.given > 0 && token == "token-"+strconv.Itoa(i.given) && !i.ended[token]
}

// byToken is a session that no password opens.
type byToken struct {
	imapserver.Session
	issuer *issuer
}

func (s byToken) Login(string, string) error       { return imapserver.ErrAuthFailed }
func (s byToken) AuthenticateMechanisms() []string { return []string{"XOAUTH2"} }
func (s byToken) Authenticate(string) (sasl.Server, error) {
	return answerer(func(first []byte) ([]byte, bool, error) {
		if !s.issuer.counts(string(first)) {
			return []byte(`{"status":"400","schemes":"Bearer","scope":"` + scope + `"}`), false, nil
		}
		return nil, true, s.Session.Login(user, password)
	}), nil
}

type answerer func(first []byte) (challenge []byte, done bool, err error)

func (a answerer) Next(first []byte) ([]byte, bool, error) { return a(first) }

// A mailbox that takes no password is opened with tokens: asked for once, asked
// for anew when the server does not take one, and never told to anybody.
func TestTokens(t *testing.T) {
	i := issue(t)
	der, err := x509.MarshalPKCS8PrivateKey(i.key)
	if err != nil {
		t.Fatal(err)
	}
	app := connector.Login{Host: "127.0.0.1", User: user, TokenURL: i.URL, ClientID: "desk", Scope: scope}
	secret, signs := app, app
	secret.ClientSecret = appSecret
	signs.PrivateKey, signs.KeyID = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "k1"
	for name, login := range map[string]connector.Login{"secret": secret, "key": signs} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, imap.CapUIDPlus, imap.CapSASLIR)
			s.wrap = func(in imapserver.Session) imapserver.Session { return byToken{in, i} }
			s.root.AddCert(i.Certificate())
			fill(t, s)
			login.Port = s.addr.Port
			sys := s.system()
			sys.Login = func(context.Context) (connector.Login, error) { return login, nil }
			h, before := sys.Declared.Holdings[0], i.given
			inner := 0
			err := sys.Collect(t.Context(), h, of(jan), func(systems.Row) error {
				inner += len(collect(t, sys, h, of(an))) // on a second connection
				return nil
			})
			if err != nil || inner == 0 {
				t.Fatalf("%d rows, %v", inner, err)
			}
			if i.given != before+1 {
				t.Errorf("%d tokens were asked for", i.given-before)
			}
			again := s.system() // has no connection left
			again.Login = sys.Login
			collect(t, again, h, of(jan))
			i.mu.Lock()
			i.ended["token-"+strconv.Itoa(i.given)] = true
			i.mu.Unlock()
			first := true
			err = again.Collect(t.Context(), h, of(jan), func(systems.Row) error {
				if !first {
					return nil
				}
				first = false
				nothing := func(systems.Row) error { return nil }
				switch err := again.Collect(t.Context(), h, of(an), nothing); {
				case err == nil:
					t.Error("a token that ended opens the mailbox")
				case strings.Contains(err.Error(), "token-") || strings.Contains(err.Error(), scope):
					t.Errorf("it says %v", err)
				}
				return again.Collect(t.Context(), h, of(an), nothing)
			})
			if err != nil || first {
				t.Errorf("after that: %v", err)
			}
		})
	}
	wrong := secret
	wrong.ClientSecret = "verkeerd-geheim"
	s := serve(t)
	s.root.AddCert(i.Certificate())
	sys := s.system()
	wrong.Port = s.addr.Port
	sys.Login = func(context.Context) (connector.Login, error) { return wrong, nil }
	err = sys.Collect(t.Context(), sys.Declared.Holdings[0], of(jan), func(systems.Row) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "gives no token") || strings.Contains(err.Error(), "geheim") {
		t.Errorf("a wrong secret: %v", err)
	}
	if s.saw.Len() > 0 {
		t.Error("the mail server was called without a token")
	}
}

func TestTokenSecrets(t *testing.T) {
	good := `{"host":"h","user":"u","token_url":"https://login.example/token","client_id":"c","client_secret":"geheim","scope":"s"}`
	if l, err := connector.ParseLogin(good); err != nil || l.ClientSecret != "geheim" || l.Port != 993 {
		t.Errorf("%v, %v", l, err)
	}
	for name, change := range map[string][2]string{
		"no TLS":       {"https://", "http://"},
		"no secret":    {`"geheim"`, `""`},
		"two secrets":  {`"scope"`, `"private_key":"geheim","scope"`},
		"no scope":     {`"scope":"s"`, `"scope":""`},
		"a password":   {`"scope"`, `"password":"geheim","scope"`},
		"no client id": {`"client_id":"c"`, `"client_id":""`},
		"user in it":   {"https://", "https://geheim@"},
	} {
		_, err := connector.ParseLogin(strings.Replace(good, change[0], change[1], 1))
		if err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
