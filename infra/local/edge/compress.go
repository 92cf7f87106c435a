package edge

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
)

// worthwhile is the least size that is compressed, in bytes: the template's
// MinimumCompressionSize.
const worthwhile = 1 << 10

// Compress packs answers for browsers that can unpack them, as API Gateway does
// for the stack in AWS; the emulator does not.
func Compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") || r.Header.Get("Range") != "" || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		whole := &collected{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(whole, r)
		b := whole.body.Bytes()
		if len(b) >= worthwhile && w.Header().Get("Content-Encoding") == "" {
			var packed bytes.Buffer
			z := gzip.NewWriter(&packed)
			// A buffer takes whatever it is given.
			_, _ = z.Write(b)
			_ = z.Close()
			b = packed.Bytes()
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Del("Content-Length")
		}
		w.WriteHeader(whole.status)
		// A reader who went away is no fault of ours.
		_, _ = w.Write(b)
	})
}

// collected keeps an answer until it is whole.
type collected struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (c *collected) WriteHeader(status int)      { c.status = status }
func (c *collected) Write(b []byte) (int, error) { return c.body.Write(b) }
