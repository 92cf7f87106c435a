package intake

import (
	"bytes"
	"io"
	"mime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cention-sany/utf7"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
)

// decodeTransfer hands the decoded body to write in pieces until it says
// false. Damage is skipped, not refused. It reports whether the encoding is
// one that is known.
func decodeTransfer(name string, body []byte, write func([]byte) bool) bool {
	switch name {
	case "base64":
		decodeBase64(body, write)
	case "quoted-printable":
		decodeQuotedPrintable(body, write)
	case "", "7bit", "8bit", "binary":
		write(body)
	default:
		write(body)
		return false
	}
	return true
}

// base64Value maps the alphabet, also the URL form, to its values; -1 is noise.
var base64Value = func() (table [256]int8) {
	for i := range table {
		table[i] = -1
	}
	for i, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		table[byte(c)] = int8(i)
	}
	table['-'], table['_'] = 62, 63
	return table
}()

// decodeBase64 skips what is not of the alphabet and starts anew after padding,
// so that concatenated or damaged blocks still give their readable part.
func decodeBase64(body []byte, write func([]byte) bool) {
	var buf [4096]byte
	n, bits, count := 0, uint32(0), 0
	for _, c := range body {
		if c == '=' {
			bits, count = 0, 0
			continue
		}
		v := base64Value[c]
		if v < 0 {
			continue
		}
		bits = bits<<6 | uint32(v)
		count += 6
		if count >= 8 {
			count -= 8
			buf[n] = byte(bits >> count)
			if n++; n == len(buf) {
				if !write(buf[:n]) {
					return
				}
				n = 0
			}
		}
	}
	write(buf[:n])
}

// decodeQuotedPrintable leaves a "=" that encodes nothing as it stands.
func decodeQuotedPrintable(body []byte, write func([]byte) bool) {
	buf := make([]byte, 0, 4096)
	for len(body) > 0 {
		line, rest := cutLine(body)
		end := len(rest) > 0 || bytes.HasSuffix(body, []byte("\n"))
		body = rest
		line = bytes.TrimRight(line, " \t")
		soft := bytes.HasSuffix(line, []byte("="))
		if soft {
			line = line[:len(line)-1]
		}
		for i := 0; i < len(line); i++ {
			c := line[i]
			if c == '=' && i+2 < len(line) && unhex(line[i+1]) >= 0 && unhex(line[i+2]) >= 0 {
				c = byte(unhex(line[i+1])<<4 | unhex(line[i+2]))
				i += 2
			}
			buf = append(buf, c)
			if len(buf) == cap(buf) {
				if !write(buf) {
					return
				}
				buf = buf[:0]
			}
		}
		if end && !soft {
			buf = append(buf, '\n')
			if len(buf) == cap(buf) {
				if !write(buf) {
					return
				}
				buf = buf[:0]
			}
		}
	}
	write(buf)
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// decodeCharset makes valid UTF-8 of raw. Mail lies about its character set
// more often than text is valid UTF-8 by accident, so valid UTF-8 with letters
// beyond ASCII wins over a declared single-byte set (A37). It reports whether
// the text could be read as declared.
func decodeCharset(name string, raw []byte) (string, bool) {
	name = strings.ToLower(strings.Trim(strings.TrimSpace(name), `"' `))
	name = strings.TrimPrefix(name, "charset=")
	if bytes.HasPrefix(raw, []byte{0xEF, 0xBB, 0xBF}) {
		raw, name = raw[3:], "utf-8"
	} else if bytes.HasPrefix(raw, []byte{0xFF, 0xFE}) && len(raw)%2 == 0 {
		name = "utf-16le"
	} else if bytes.HasPrefix(raw, []byte{0xFE, 0xFF}) && len(raw)%2 == 0 {
		name = "utf-16be"
	}
	switch name {
	case "utf-7", "utf7", "unicode-1-1-utf-7", "x-unicode-2-0-utf-7":
		if out, err := io.ReadAll(utf7.UTF7.NewDecoder().Reader(bytes.NewReader(raw))); err == nil && utf8.Valid(out) {
			return string(out), true
		}
		return fallbackText(raw), false
	case "", "us-ascii", "ascii", "utf-8", "utf8", "unicode-1-1-utf-8", "ansi_x3.4-1968":
		if utf8.Valid(raw) {
			return string(raw), true
		}
		return fallbackText(raw), false
	}
	enc := charsetOf(name)
	if enc == nil {
		return fallbackText(raw), false
	}
	wide := strings.HasPrefix(name, "utf-16") || strings.HasPrefix(name, "iso-2022") || name == "hz-gb-2312"
	if !wide && utf8.Valid(raw) && !isASCII(raw) {
		return string(raw), true
	}
	out, err := enc.NewDecoder().Bytes(raw)
	if err != nil || replaced(out) > len(out)/20+1 {
		return fallbackText(raw), false
	}
	return string(out), true
}

// charsetOf knows every name of the WHATWG index and what mail programs call them.
func charsetOf(name string) encoding.Encoding {
	switch name {
	case "cp850", "ibm850":
		return charmap.CodePage850
	case "cp437", "ibm437":
		return charmap.CodePage437
	case "cp858", "ibm00858":
		return charmap.CodePage858
	case "utf-16", "ucs-2", "unicode":
		name = "utf-16le"
	}
	enc, err := htmlindex.Get(name)
	if err != nil {
		return nil
	}
	if n, err := htmlindex.Name(enc); err != nil || n == "replacement" {
		return nil
	}
	return enc
}

// fallbackText reads bytes of unknown set: as UTF-8 where they are, else as
// Windows-1252, which every Dutch office has used.
func fallbackText(raw []byte) string {
	if utf8.Valid(raw) {
		return string(raw)
	}
	bad := 0
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && n == 1 {
			bad++
		} else if n > 1 {
			bad-- // a real sequence speaks for UTF-8
		}
		i += n
	}
	if bad < 0 {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(raw)
	if err != nil {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	return string(out)
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func replaced(b []byte) int { return bytes.Count(b, []byte("\uFFFD")) }

// decodeWords undoes RFC 2047 in a header value; what is broken stays as it
// stands. The answer is one line without control characters (A34).
func decodeWords(value string) string {
	if len(value) > 16<<10 {
		value = value[:16<<10]
	}
	if !utf8.ValidString(value) {
		value = fallbackText([]byte(value))
	}
	if strings.Contains(value, "=?") {
		d := mime.WordDecoder{CharsetReader: func(charset string, in io.Reader) (io.Reader, error) {
			raw, err := io.ReadAll(in)
			if err != nil {
				return nil, err
			}
			text, _ := decodeCharset(charset, raw)
			return strings.NewReader(text), nil
		}}
		// mime knows a few sets itself and leaves damage in; the same words
		// through the same rules as everywhere.
		if out, err := d.DecodeHeader(value); err == nil {
			value = out
		}
	}
	return cleanLine(value)
}

// cleanText makes text safe to keep and to show: valid UTF-8, LF line ends, no
// control or invisible characters, and direction overrides shown as words (A37).
func cleanText(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' || r == '\f' || r == '\v' || r == '\u0085':
			b.WriteByte('\n')
		case r == '\t' || r == '\u00A0' || r == '\u202F' || r == '\u3000' || ('\u2000' <= r && r <= '\u200A'):
			b.WriteByte(' ')
		case bidi(r):
			b.WriteString("[U+")
			const digits = "0123456789ABCDEF"
			for shift := 12; shift >= 0; shift -= 4 {
				b.WriteByte(digits[r>>shift&15])
			}
			b.WriteString("]")
		case invisible(r):
		case unicode.IsControl(r):
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// cleanLine is cleanText on one line.
func cleanLine(s string) string {
	return strings.TrimSpace(strings.Join(strings.Fields(cleanText(s)), " "))
}

// bidi reports whether r changes the direction of what follows.
func bidi(r rune) bool {
	return r == '\u061C' || r == '\u200E' || r == '\u200F' || ('\u202A' <= r && r <= '\u202E') || ('\u2066' <= r && r <= '\u2069')
}

// invisible reports whether r leaves no mark: zero-width characters, soft
// hyphens, tags, variation selectors and the like.
func invisible(r rune) bool {
	switch {
	case r == '\u00AD', r == '\u034F', r == '\u180E', r == '\uFEFF', r == '\u2060', '\u200B' <= r && r <= '\u200D',
		'\u2061' <= r && r <= '\u2064', '\uFE00' <= r && r <= '\uFE0F', 0xE0000 <= r && r <= 0xE007F, 0xE0100 <= r && r <= 0xE01EF,
		r == '\u115F', r == '\u1160', r == '\u3164', r == '\uFFA0':
		return true
	}
	return false
}

// bounded cuts s to at most n bytes without splitting a character.
func bounded(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
