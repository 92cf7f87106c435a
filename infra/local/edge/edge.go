// Package edge is the one web address of the local stack. In AWS the public
// pages, the desk, the clients' pages and the door of their machines are four host
// names in front of four REST APIs; here they are path prefixes of http://localhost:8080.
package edge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
)

// Routes gives the path prefix of each API by the stack output that names it.
// The prefix is kept: the functions know their base path by setting. What has
// no API of its own goes to the public one.
var Routes = []struct{ Prefix, Output string }{
	{"/desk/", "DeskApi"},
	{"/client/", "ClientApi"},
	{"/opendsr/", "OpendsrApi"},
	{"/", "PublicApi"},
}

// defaultStage is the one that SAM makes for an API without a StageName.
const defaultStage = "Prod"

// Edge passes requests on as they are; only the Host and the stage in the path
// are API Gateway's.
type Edge struct {
	Endpoint string // of the emulator
	// HostSuffix follows an API's id in its host name, such as
	// ".execute-api.localhost:4566".
	HostSuffix string
	Outputs    map[string]string // of the stack; ApiStage names the stage
}

// HostSuffix returns the host names under which the emulator at the endpoint
// serves REST APIs. LocalStack has a domain of its own.
func HostSuffix(endpoint string, localStack bool) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", fmt.Errorf("read the endpoint: %w", err)
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	if localStack {
		return ".execute-api.localhost.localstack.cloud:" + port, nil
	}
	return ".execute-api.localhost:" + port, nil
}

// Handler returns the proxy for the stack's APIs.
func (e *Edge) Handler() (http.Handler, error) {
	target, err := url.Parse(e.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("read the endpoint: %w", err)
	}
	stage := e.Outputs["ApiStage"]
	if stage == "" {
		stage = defaultStage
	}
	proxies := map[string]*httputil.ReverseProxy{}
	for _, r := range Routes {
		if api := e.Outputs[r.Output]; api != "" {
			proxies[r.Prefix] = &httputil.ReverseProxy{
				Rewrite:      rewrite(target, api+e.HostSuffix, stage),
				ErrorHandler: unreachable,
			}
		}
	}
	// No ServeMux: it would itself answer paths such as "//x" or "/a/../b",
	// which the functions must see and refuse.
	return Compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, route := range Routes {
			if proxy := proxies[route.Prefix]; proxy != nil && within(r.URL.Path, route.Prefix) {
				proxy.ServeHTTP(w, r)
				return
			}
		}
		http.Error(w, "The stack has no public API: its output PublicApi is missing.", http.StatusBadGateway)
	})), nil
}

// within counts "/desk" as within "/desk/": the function sends it on.
func within(path, prefix string) bool {
	return strings.HasPrefix(path, prefix) || path == strings.TrimSuffix(prefix, "/")
}

func rewrite(target *url.URL, host, stage string) func(*httputil.ProxyRequest) {
	return func(p *httputil.ProxyRequest) {
		p.Out.URL.Scheme, p.Out.URL.Host = target.Scheme, target.Host
		p.Out.Host = host
		p.Out.URL.Path = "/" + stage + p.In.URL.Path
		if p.In.URL.RawPath != "" {
			p.Out.URL.RawPath = "/" + stage + p.In.URL.RawPath
		}
		p.Out.URL.RawQuery = p.In.URL.RawQuery
		p.Out.Header.Set("Accept-Encoding", "identity")
		// Whatever the browser sent, also what looks like a proxy's.
		for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
			if v, ok := p.In.Header[name]; ok {
				p.Out.Header[name] = v
			}
		}
	}
}

func unreachable(w http.ResponseWriter, _ *http.Request, err error) {
	if errors.Is(err, context.Canceled) { // the browser went away
		return
	}
	http.Error(w, "The emulator does not answer: is it still starting, or has it stopped?", http.StatusBadGateway)
}
