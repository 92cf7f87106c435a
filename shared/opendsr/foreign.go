package opendsr

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// ErrAddress: an address that another party gave us leads where it may not.
var ErrAddress = errors.New("the address is not a public https address")

// The time-outs of a call.
const (
	connectTimeout = 5 * time.Second
	answerTimeout  = 30 * time.Second // until the first byte
)

// Foreign makes calls to an address that another party gave us: https on its
// usual port, public addresses only, judged after the name is resolved and just
// before the connection is made, no redirect and no proxy.
func Foreign() *http.Client {
	return client(&http.Transport{DialContext: foreignDialer().DialContext})
}

func foreignDialer() *net.Dialer {
	return &net.Dialer{Timeout: connectTimeout, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || at.Port() != 443 || !Public(at.Addr()) {
			return ErrAddress
		}
		return nil
	}}
}

// CheckAddress refuses an address of another party by its words alone.
func CheckAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Port() != "" && u.Port() != "443" {
		return ErrAddress
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !Public(ip) {
		return ErrAddress
	}
	return nil
}

// CheckHost is CheckAddress for somebody who told us on which hosts its machines
// are: an address on another, or longer than any needs to be, is refused too.
func CheckHost(address string, domains []string) error {
	if err := CheckAddress(address); err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil || len(address) > 500 {
		return ErrAddress
	}
	host := strings.ToLower(u.Hostname())
	for _, d := range domains {
		if host == d || strings.HasSuffix(host, "."+d) {
			return nil
		}
	}
	return ErrAddress
}

// reserved are the blocks that are not of the public internet, or that lead to
// an address of version 4 inside one of version 6.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("224.0.0.0/3"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"),
}

// global is where the public addresses of version 6 are.
var global = netip.MustParsePrefix("2000::/3")

// Public reports whether an address is one of the public internet.
func Public(a netip.Addr) bool {
	if a = a.Unmap(); !a.IsValid() || a.Zone() != "" || a.Is6() && !global.Contains(a) {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// client bounds the phases of a call.
func client(t *http.Transport) *http.Client {
	if t.DialContext == nil {
		t.DialContext = (&net.Dialer{Timeout: connectTimeout}).DialContext
	}
	t.TLSHandshakeTimeout, t.ResponseHeaderTimeout = connectTimeout, answerTimeout
	t.DisableCompression, t.ForceAttemptHTTP2, t.IdleConnTimeout = true, true, time.Minute
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// bound ends a call of messages after that long, body and all.
func bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, answerTimeout+connectTimeout)
}
