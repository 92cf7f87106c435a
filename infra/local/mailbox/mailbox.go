// Package mailbox keeps every mail that the local stack sent, so that a
// developer, a test or a demonstration can read letters and codes without any
// mail leaving the machine. The emulator hands over each mail as SES would
// have sent it; nothing of this is part of a deployed stack.
package mailbox

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/jhillyerd/enmime/v2"
)

// Headers of our own mail that the mailbox shows.
const (
	letterHeader   = "X-Letter"
	languageHeader = "Content-Language"
)

// Message is one mail that was sent.
type Message struct {
	ID       string              `json:"id"`
	To       []string            `json:"to"` // the envelope's recipients
	From     string              `json:"from"`
	Sender   string              `json:"sender"` // the envelope's
	Subject  string              `json:"subject"`
	Time     time.Time           `json:"time"`
	Text     string              `json:"text"`
	HTML     string              `json:"html"`
	Headers  map[string][]string `json:"headers"`
	Letter   string              `json:"letter"` // T-01, N-03; empty when the mail does not say
	Language string              `json:"language"`
	Raw      []byte              `json:"raw,omitempty"` // left out of the list
}

var code = regexp.MustCompile(`(?m)^\s*(\d{4} ?\d{4})\s*$`)

// Code returns the one-time code that stands on a line of its own, digits only.
func (m Message) Code() string {
	if found := code.FindStringSubmatch(m.Text); found != nil {
		return strings.ReplaceAll(found[1], " ", "")
	}
	return ""
}

// Box holds messages in the order in which they were sent, in memory and in a
// folder.
type Box struct {
	dir     string
	onMail  func(Message)
	mu      sync.Mutex
	mails   []Message
	changed chan struct{} // closed and replaced when a mail comes in
}

// Open reads the mails that the folder holds.
func Open(dir string) (*Box, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the mailbox: %w", err)
	}
	b := &Box{dir: dir, changed: make(chan struct{})}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("list the mailbox: %w", err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("read the mailbox: %w", err)
		}
		var m Message
		if err := json.Unmarshal(text, &m); err != nil {
			return nil, fmt.Errorf("read %s: %w", f, err)
		}
		b.mails = append(b.mails, m)
	}
	slices.SortFunc(b.mails, func(x, y Message) int { return x.Time.Compare(y.Time) })
	return b, nil
}

// OnMail has f called with each mail that comes in from now on.
func (b *Box) OnMail(f func(Message)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.onMail = f
}

// Add takes a mail in, once: a message that is there already is left alone.
func (b *Box) Add(m Message) error {
	if m.ID == "" {
		sum := sha256.Sum256(append([]byte(m.Time.Format(time.RFC3339Nano)), m.Raw...))
		m.ID = hex.EncodeToString(sum[:8])
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.ContainsFunc(b.mails, func(have Message) bool { return have.ID == m.ID }) {
		return nil
	}
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write mail %s: %w", m.ID, err)
	}
	if err := os.WriteFile(filepath.Join(b.dir, m.ID+".json"), text, 0o600); err != nil {
		return fmt.Errorf("write mail %s: %w", m.ID, err)
	}
	b.mails = append(b.mails, m)
	close(b.changed)
	b.changed = make(chan struct{})
	if b.onMail != nil {
		go b.onMail(m)
	}
	return nil
}

// All returns every mail, the oldest first.
func (b *Box) All() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.mails)
}

// Wait returns the first mail, old or new, that matches; it fails when ctx is
// done before there is one.
func (b *Box) Wait(ctx context.Context, match func(Message) bool) (Message, error) {
	for {
		b.mu.Lock()
		mails, changed := b.mails, b.changed
		b.mu.Unlock()
		for _, m := range mails {
			if match(m) {
				return m, nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Message{}, fmt.Errorf("no such mail among the %d that were sent: %w", len(mails), ctx.Err())
		}
	}
}

// Clear empties the box.
func (b *Box) Clear() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.mails {
		if err := os.Remove(filepath.Join(b.dir, m.ID+".json")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear the mailbox: %w", err)
		}
	}
	b.mails = nil
	return nil
}

// Parse reads a mail as it was sent. A mail that cannot be read is kept with
// its source only: seeing it broken is what the mailbox is for.
func Parse(from string, to []string, raw []byte, at time.Time) Message {
	m := Message{From: from, Sender: from, To: to, Time: at, Raw: raw}
	e, err := enmime.ReadEnvelope(bytes.NewReader(raw))
	if err != nil {
		m.Subject = "(onleesbaar)"
		return m
	}
	m.Subject, m.Text, m.HTML = valid(e.GetHeader("Subject")), valid(e.Text), valid(e.HTML)
	m.From = cmp.Or(e.GetHeader("From"), from)
	m.Letter, m.Language = e.GetHeader(letterHeader), e.GetHeader(languageHeader)
	m.Headers = map[string][]string{}
	for _, name := range e.GetHeaderKeys() {
		m.Headers[name] = e.GetHeaderValues(name)
	}
	return m
}

// valid makes text fit for JSON and pages.
func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

// Server returns the SMTP server to which the emulator relays what SES sends.
func (b *Box) Server(now func() time.Time) *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &session{box: b, now: now}, nil
	}))
	s.Domain = "mailbox.localhost"
	s.MaxLineLength = 1 << 20
	s.EnableSMTPUTF8 = true
	return s
}

// session is one SMTP dialogue with the emulator.
type session struct {
	box  *Box
	now  func() time.Time
	from string
	to   []string
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error { s.from = from; return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error   { s.to = append(s.to, to); return nil }
func (s *session) Reset()                                      { s.from, s.to = "", nil }
func (s *session) Logout() error                               { return nil }

func (s *session) Data(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	return s.box.Add(Parse(s.from, s.to, raw, s.now().UTC()))
}
