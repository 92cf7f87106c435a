package receipt

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// Headers by which a test, or the demonstration, tells this stand-in what to
// do. They are taken out before the mail is stored.
const (
	// VerdictsHeader sets verdicts: "dmarc=FAIL; spf=FAIL". Names: spam, virus,
	// spf, dkim, dmarc, dmarcpolicy. What is not named passes.
	VerdictsHeader = "X-Local-Verdicts"
	// DropHeader with the value "notification" stores the mail and calls nobody.
	DropHeader = "X-Local-Drop"
)

// An event of SES holds this much of the headers.
const maxEventHeaderBytes = 10 << 10

// verdicts by the name that VerdictsHeader uses.
type verdicts map[string]string

type orders struct {
	verdicts         verdicts
	dropNotification bool
}

// takeOrders reads and removes the test's own headers.
func takeOrders(raw []byte) ([]byte, orders) {
	o := orders{verdicts: verdicts{"spam": "PASS", "virus": "PASS", "spf": "PASS", "dkim": "PASS", "dmarc": "PASS"}}
	head, body := split(raw)
	var kept []byte
	for len(head) > 0 {
		field, rest := nextField(head)
		head = rest
		name, value, _ := strings.Cut(string(field), ":")
		switch {
		case strings.EqualFold(strings.TrimSpace(name), VerdictsHeader):
			for _, pair := range strings.Split(value, ";") {
				if k, v, ok := strings.Cut(pair, "="); ok {
					o.verdicts[strings.ToLower(strings.TrimSpace(k))] = strings.TrimSpace(v)
				}
			}
		case strings.EqualFold(strings.TrimSpace(name), DropHeader):
			o.dropNotification = strings.EqualFold(strings.TrimSpace(value), "notification")
		default:
			kept = append(kept, field...)
		}
	}
	return append(kept, body...), o
}

// split returns the header block and the rest, which begins with the empty line.
func split(raw []byte) (head, body []byte) {
	at := 0
	for at < len(raw) {
		end := bytes.IndexByte(raw[at:], '\n')
		if end < 0 {
			return raw, nil
		}
		if len(bytes.TrimRight(raw[at:at+end], "\r")) == 0 {
			return raw[:at], raw[at:]
		}
		at += end + 1
	}
	return raw, nil
}

// nextField cuts the first header field, with its continuation lines, off a
// header block. It works on bytes, since mail may hold anything.
func nextField(head []byte) (field, rest []byte) {
	at := 0
	for {
		end := bytes.IndexByte(head[at:], '\n')
		if end < 0 {
			return head, nil
		}
		at += end + 1
		if at >= len(head) || (head[at] != ' ' && head[at] != '\t') {
			return head[:at], head[at:]
		}
	}
}

// sesHeaders is what SES writes above a message that it received.
func sesHeaders(id string, m Message, v verdicts, now time.Time) []byte {
	recipient := ""
	if len(m.To) > 0 {
		recipient = m.To[0]
	}
	_, senderDomain, _ := strings.Cut(m.From, "@")
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("Return-Path: <%s>", m.From)
	line("Received: from %s (localhost [127.0.0.1])", m.Helo)
	line(" by inbound-smtp.eu-central-1.amazonaws.com with SMTP id %s", id)
	line(" for %s;", recipient)
	line(" %s", now.Format("Mon, 02 Jan 2006 15:04:05 +0000 (UTC)"))
	line("X-SES-Spam-Verdict: %s", v["spam"])
	line("X-SES-Virus-Verdict: %s", v["virus"])
	line("Received-SPF: %s (spfCheck: local stack) client-ip=127.0.0.1; envelope-from=%s; helo=%s;",
		strings.ToLower(v["spf"]), m.From, m.Helo)
	line("Authentication-Results: amazonses.com;")
	line(" spf=%s (spfCheck: local stack) client-ip=127.0.0.1; envelope-from=%s; helo=%s;",
		strings.ToLower(v["spf"]), m.From, m.Helo)
	line(" dkim=%s header.i=@%s;", strings.ToLower(v["dkim"]), senderDomain)
	line(" dmarc=%s header.from=%s;", strings.ToLower(v["dmarc"]), senderDomain)
	return b.Bytes()
}

// readHeaders lists the header fields, unfolded, up to what an event holds.
func readHeaders(raw []byte) (headers []events.SimpleEmailHeader, truncated bool) {
	head, _ := split(raw)
	size := 0
	for len(head) > 0 {
		field, rest := nextField(head)
		head = rest
		name, value, ok := strings.Cut(string(field), ":")
		if !ok {
			continue
		}
		if size += len(field); size > maxEventHeaderBytes {
			return headers, true
		}
		headers = append(headers, events.SimpleEmailHeader{
			Name:  strings.TrimSpace(name),
			Value: strings.ToValidUTF8(unfold(value), "\uFFFD"),
		})
	}
	return headers, false
}

func unfold(value string) string {
	return strings.TrimSpace(strings.NewReplacer("\r\n", "", "\n", "", "\r", "").Replace(value))
}

func commonHeaders(headers []events.SimpleEmailHeader, returnPath string) events.SimpleEmailCommonHeaders {
	c := events.SimpleEmailCommonHeaders{ReturnPath: returnPath}
	for _, h := range headers {
		switch strings.ToLower(h.Name) {
		case "from":
			c.From = append(c.From, h.Value)
		case "to":
			c.To = append(c.To, addresses(h.Value)...)
		case "cc":
			c.Cc = append(c.Cc, addresses(h.Value)...)
		case "message-id":
			c.MessageID = h.Value
		case "date":
			c.Date = h.Value
		case "subject":
			c.Subject = h.Value
		}
	}
	return c
}

func addresses(list string) []string {
	var out []string
	for _, a := range strings.Split(list, ",") {
		if a = strings.TrimSpace(a); a != "" {
			out = append(out, a)
		}
	}
	return out
}
