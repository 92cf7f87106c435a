// Package vault says what the desk's object stores have in common: raw mail,
// dossier copies, collected parts, sealed packages, ledger roots. One contract
// for S3, a folder and memory; vaulttest checks it.
//
// A key is made of ids and codes only (I13); what a person wrote never stands
// in one. Objects of any size are streamed: nothing holds a whole one.
package vault

import (
	"io"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// MaxLink is the longest life of a link to an object (A25).
const MaxLink = 120 * time.Second

// Object is what is known of one object without opening it.
type Object struct {
	Key  string
	Size int64 // bytes
	// Modified is when it was written, UTC; for raw mail, when it reached us.
	Modified time.Time
}

// Writer writes one object piece by piece. The object is there after Close has
// returned nil, whole, and never before. Abort instead of Close leaves nothing
// behind; after Close it does nothing.
type Writer interface {
	io.WriteCloser
	Abort() error
}

// CheckKey refuses a key that could leave its folder or that no address could
// carry: it must be relative, in printable ASCII without backslash, at most
// 1,024 bytes, with no empty or dot segment.
func CheckKey(key string) error {
	if key == "" || len(key) > 1024 {
		return request.Fault(request.InputRefused, "", "use an object key of %d bytes", len(key))
	}
	for _, c := range []byte(key) {
		if c <= ' ' || c > '~' || c == '\\' {
			return request.Fault(request.InputRefused, "", "use an object key with byte %#x", c)
		}
	}
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return request.Fault(request.InputRefused, "", "use an object key with segment %q", segment)
		}
	}
	return nil
}

// CheckLink refuses a link that lives too long (A25) or whose file name could
// break the header that carries it.
func CheckLink(key string, ttl time.Duration, filename string) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	if ttl <= 0 || ttl > MaxLink {
		return request.Fault(request.InputRefused, key, "make a link of %s, of %s", ttl, MaxLink)
	}
	if filename == "" || strings.Trim(filename, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
		return request.Fault(request.InputRefused, key, "name a download otherwise than in letters, digits and -_.")
	}
	return nil
}
