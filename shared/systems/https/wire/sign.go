package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of a signature. An answer has the last alone.
const (
	HeaderTime      = "Rightsdesk-Time"
	HeaderNonce     = "Rightsdesk-Nonce"
	HeaderSignature = "Rightsdesk-Signature"
)

// MinKey is the least number of bytes of a key.
const MinKey = 32

// The first line of what is signed. The two differ, so that nothing which one
// side signed can be sent back as coming from the other.
const (
	requestScheme = "rightsdesk-request-1"
	answerScheme  = "rightsdesk-answer-1"
)

// The faults of a request's signature.
var (
	ErrSignature = errors.New("the signature does not fit")
	ErrStale     = errors.New("the time is outside the window")
)

// SignRequest signs h, the headers of a POST of body to path, which is the path
// of the address as it is sent. A nonce, 16 to 64 letters and digits, is used once.
func SignRequest(h http.Header, key []byte, path string, body []byte, now time.Time, nonce string) {
	at := strconv.FormatInt(now.Unix(), 10)
	h.Set(HeaderTime, at)
	h.Set(HeaderNonce, nonce)
	h.Set(HeaderSignature, sum(key, requestScheme, http.MethodPost, path, digest(body), at, nonce))
}

// CheckRequest checks a request against the keys of an owner and tells which of
// them it was signed with. Whether the nonce is new is for the caller.
func CheckRequest(h http.Header, keys [][]byte, method, path string, body []byte, now time.Time) (key []byte, nonce string, err error) {
	at, nonce := h.Get(HeaderTime), h.Get(HeaderNonce)
	for _, k := range keys {
		if len(k) >= MinKey && hmac.Equal([]byte(h.Get(HeaderSignature)), []byte(sum(k, requestScheme, method, path, digest(body), at, nonce))) {
			key = k
			break
		}
	}
	if key == nil || !plain(nonce) {
		return nil, "", ErrSignature
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return key, nonce, ErrStale
	}
	if d := now.Sub(time.Unix(seconds, 0)); d > Window || d < -Window {
		return key, nonce, ErrStale
	}
	return key, nonce, nil
}

// SignAnswer signs h, the headers of the answer to the request with that nonce.
func SignAnswer(h http.Header, key []byte, nonce string, status int, body []byte) {
	h.Set(HeaderSignature, sum(key, answerScheme, nonce, strconv.Itoa(status), digest(body)))
}

// CheckAnswer reports whether an answer is the owner's, to that very request,
// and whole.
func CheckAnswer(h http.Header, key []byte, nonce string, status int, body []byte) bool {
	return hmac.Equal([]byte(h.Get(HeaderSignature)), []byte(sum(key, answerScheme, nonce, strconv.Itoa(status), digest(body))))
}

func sum(key []byte, parts ...string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(m.Sum(nil))
}

func digest(body []byte) string {
	d := sha256.Sum256(body)
	return hex.EncodeToString(d[:])
}

// plain reports whether a nonce is made of letters and digits, so that it
// cannot carry a line of its own into what is signed.
func plain(nonce string) bool {
	return len(nonce) >= 16 && len(nonce) <= 64 && strings.Trim(nonce, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
