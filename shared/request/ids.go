package request

import (
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// ID names a request everywhere: 128 bits from a CSPRNG as 32 hexadecimal
// digits, so that it cannot be guessed (A26). It is no secret but no address either.
type ID string

// NewID draws an ID from random, which must be a CSPRNG.
func NewID(random io.Reader) (ID, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("draw a request id: %w", err)
	}
	return ID(hex.EncodeToString(b[:])), nil
}

// Valid reports whether id has the form of an ID.
func (id ID) Valid() bool {
	if len(id) != 32 {
		return false
	}
	for _, c := range id {
		if !strings.ContainsRune("0123456789abcdef", c) {
			return false
		}
	}
	return true
}

// Reference is what people read and say: R-7Q2M-K9TD. It has 40 bits, is
// unique, and opens nothing by itself.
type Reference string

// alphabet is Crockford's base 32: no I, L, O or U, so that it survives a phone call.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var crockford = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

// NewReference draws a Reference from random, which must be a CSPRNG. Its
// uniqueness is the store's create-if-absent.
func NewReference(random io.Reader) (Reference, error) {
	var b [5]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("draw a reference: %w", err)
	}
	s := crockford.EncodeToString(b[:])
	return Reference("R-" + s[:4] + "-" + s[4:]), nil
}

// ParseReference reads a reference as people type it: any case, with or
// without dashes and blanks, O for 0, I and L for 1.
func ParseReference(s string) (Reference, bool) {
	s = strings.ToUpper(s)
	s = strings.NewReplacer("-", "", " ", "", "\u00a0", "", "\u2010", "", "\u2011", "", "\u2013", "", "O", "0", "I", "1", "L", "1").Replace(s)
	if len(s) == 9 {
		s = strings.TrimPrefix(s, "R")
	}
	if len(s) != 8 {
		return "", false
	}
	for _, c := range s {
		if !strings.ContainsRune(alphabet, c) {
			return "", false
		}
	}
	return Reference("R-" + s[:4] + "-" + s[4:]), true
}
