package imap

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"

	"github.com/emersion/go-sasl"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/oauth2/jwt"
)

// badToken reports whether a login cannot be one by tokens.
func (l Login) badToken() bool {
	u, err := url.Parse(l.TokenURL)
	return err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || l.ClientID == "" || l.Scope == "" || (l.ClientSecret == "") == (l.PrivateKey == "")
}

// token gives an access token, the same one until it ends, refused is told or
// the secret says something else.
func (s *System) token(l Login) (string, error) {
	s.mu.Lock()
	if s.tokens == nil || s.tokensOf != l {
		s.tokens, s.tokensOf = s.source(l), l
	}
	source := s.tokens
	s.mu.Unlock()
	t, err := source.Token()
	if err != nil || t.AccessToken == "" {
		return "", code("the sign-in service gives no token") // its words may hold the secret
	}
	return t.AccessToken, nil
}

// refused forgets a token that the mail server did not take.
func (s *System) refused() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = nil
}

// source asks for tokens as an application with a secret (RFC 6749, 4.4), or as
// one with a key that speaks for the user (RFC 7523).
func (s *System) source(l Login) oauth2.TokenSource {
	client := &http.Client{
		Timeout:       dialing,
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: s.Roots}, Proxy: http.ProxyFromEnvironment},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the secret goes nowhere else
	}
	// Tokens outlive the call that asked for the first one.
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, client)
	if l.PrivateKey != "" {
		return (&jwt.Config{
			Email: l.ClientID, PrivateKey: []byte(l.PrivateKey), PrivateKeyID: l.KeyID, Subject: l.User, Scopes: []string{l.Scope}, TokenURL: l.TokenURL,
		}).TokenSource(ctx)
	}
	return (&clientcredentials.Config{ClientID: l.ClientID, ClientSecret: l.ClientSecret, TokenURL: l.TokenURL, Scopes: []string{l.Scope}, AuthStyle: oauth2.AuthStyleInParams}).TokenSource(ctx)
}

// xoauth2 signs in with a token, as Microsoft and Google want it.
type xoauth2 struct{ user, token string }

var _ sasl.Client = xoauth2{}

func (x xoauth2) Start() (mech string, first []byte, err error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next hears why not: there is nothing more to say.
func (x xoauth2) Next([]byte) ([]byte, error) {
	return nil, code("the mail server does not take the token")
}
