// Package imap reaches a mailbox: the messages of which a person is the sender
// or an addressee, each with its .eml. It reads without a trace (no message
// becomes seen) and erases what it found, never what somebody else threw away.
package imap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	imap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"golang.org/x/net/idna"
	"golang.org/x/oauth2"
)

const (
	// page is how many messages are asked for, or erased, at once.
	page = 100
	// dialing is how long a connection with its sign-in may take, patience how
	// long one answer may.
	dialing  = 20 * time.Second
	patience = time.Minute
	// rest is how long a connection waits for more work before it is closed.
	rest = 5 * time.Second
)

// Login is where a mailbox is and who signs in, as its secret holds it: with a
// password, or with tokens of the service at TokenURL that an application with a
// secret or with a private key (PEM) is given.
type Login struct {
	Host     string `json:"host"`
	Port     int    `json:"port"` // 0 = 993, TLS from the first byte
	User     string `json:"user"`
	Password string `json:"password"`

	TokenURL     string `json:"token_url"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	PrivateKey   string `json:"private_key"`
	KeyID        string `json:"private_key_id"`
	Scope        string `json:"scope"`
}

// ParseLogin reads the secret. Its error never repeats a word of it.
func ParseLogin(secret string) (Login, error) {
	var l Login
	dec := json.NewDecoder(strings.NewReader(secret))
	dec.DisallowUnknownFields()
	if dec.Decode(&l) != nil || l.Host == "" || l.User == "" || l.Port < 0 || l.Port > 65535 || l.Password == "" && l.badToken() {
		return Login{}, errors.New(`the secret of a mailbox is not {"host", "port", "user", "password"}, and not {…, "token_url", "client_id", "client_secret" or "private_key", "scope"}`)
	}
	if l.Password != "" && l.TokenURL != "" {
		return Login{}, errors.New("the secret of a mailbox has a password and tokens: which of them signs in?")
	}
	if l.Port == 0 {
		l.Port = 993
	}
	return l, nil
}

// System is one mailbox.
type System struct {
	Declared *inventory.System
	// Login is asked before each connection, so that a new password works at once.
	Login func(ctx context.Context) (Login, error)
	// Roots are who may vouch for the server; nil = those of the machine.
	Roots *x509.CertPool

	mu       sync.Mutex
	idle     *session
	tokens   oauth2.TokenSource
	tokensOf Login
}

// Can implements systems.System: a message can be erased, and nothing else be
// done to it.
func (s *System) Can(h inventory.Holding, action string) bool {
	return action == systems.Erase || action == systems.Expire
}

// Find implements systems.System.
func (s *System) Find(ctx context.Context, h inventory.Holding, kind, value string) ([]systems.Row, error) {
	if _, ok := h.Keys[kind]; !ok {
		return nil, fmt.Errorf("key %q of holding %s/%s: %w", kind, s.Declared.ID, h.ID, systems.ErrNotDeclared)
	}
	v := systems.Normal(kind, value)
	if v == "" {
		return nil, nil
	}
	return systems.First(func(emit func(systems.Row) error) error {
		return s.Collect(ctx, h, systems.Of(systems.Keys{kind: {v}}, ""), emit)
	})
}

// Collect implements systems.System: folder by folder, in the order of the UIDs.
func (s *System) Collect(ctx context.Context, h inventory.Holding, of systems.Selection, emit func(systems.Row) error) error {
	sel := mine(h, of)
	if sel == nil {
		return nil
	}
	return s.with(ctx, h, func(c *session) error {
		return c.walk(ctx, h, of, true, sel, func(folder string, found []message) error {
			for _, m := range found {
				if err := emit(m.row(h, folder, c.validity)); err != nil {
					return theirs{err}
				}
			}
			return nil
		})
	})
}

// Apply implements systems.System. A server without UIDPLUS can only throw
// away all that anybody marked: there an officer erases by hand.
func (s *System) Apply(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act) (int, error) {
	if err := act.Check(h); err != nil {
		return 0, fmt.Errorf("system %s: %w", s.Declared.ID, err)
	}
	if !s.Can(h, act.Action) {
		return 0, fmt.Errorf("%s in holding %s/%s: %w", act.Action, s.Declared.ID, h.ID, systems.ErrByHand)
	}
	sel := mine(h, of)
	if sel == nil {
		return 0, nil
	}
	n := 0
	err := s.with(ctx, h, func(c *session) error {
		if !c.Caps().Has(imap.CapUIDPlus) && !c.Caps().Has(imap.CapIMAP4rev2) {
			return systems.ErrByHand
		}
		return c.walk(ctx, h, of, false, sel, func(folder string, found []message) error {
			var uids imap.UIDSet
			count := 0
			for _, m := range found {
				if act.Takes(h, m.row(h, folder, c.validity)) {
					uids.AddNum(m.uid)
					count++
				}
			}
			if count == 0 {
				return nil
			}
			if err := c.erase(uids); err != nil {
				return err
			}
			n += count
			if err := of.Done(count); err != nil {
				return theirs{err}
			}
			return nil
		})
	})
	return n, err
}

// mine are the addresses of the person, in their normal form; nil = nobody's.
func mine(h inventory.Holding, of systems.Selection) []string {
	if of.Client != "" {
		return nil // a mailbox does not tell clients apart
	}
	for _, values := range systems.Select(h, of.Keys) {
		return values
	}
	return nil
}

// Open implements systems.Opener: the message as it came, streamed. ErrChanged
// when the server gave the folder new numbers since the name was made.
func (s *System) Open(ctx context.Context, h inventory.Holding, object string) (io.ReadCloser, error) {
	at, ok := parsePoint(strings.TrimSuffix(object, extension))
	if !ok || !strings.HasSuffix(object, extension) || !within(h.Prefix, at.folder) {
		return nil, request.Fault(request.NotFound, s.Declared.ID, "open a message of holding %s", h.ID)
	}
	c, err := s.take(ctx)
	if err != nil {
		return nil, s.fault(ctx, h, err)
	}
	body, err := c.open(at)
	if err != nil || body == nil {
		c.drop()
		if err == nil {
			return nil, request.Fault(request.NotFound, s.Declared.ID, "open a message of holding %s", h.ID)
		}
		return nil, s.fault(ctx, h, err)
	}
	stop := context.AfterFunc(ctx, c.drop)
	return &reader{Reader: body, done: func(whole bool) error {
		stop()
		if !whole {
			c.drop() // what is left of it is not worth the reading
			return nil
		}
		t := c.hurry()
		err := c.fetching.Close()
		t()
		if err != nil {
			c.drop()
			return s.fault(ctx, h, err)
		}
		s.give(c)
		return nil
	}, fault: func(err error) error { return s.fault(ctx, h, err) }}, nil
}

// reader hands out one message and knows whether it was read to its end.
type reader struct {
	io.Reader
	whole bool
	done  func(whole bool) error
	fault func(error) error
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		r.whole = true
	} else if err != nil {
		err = r.fault(err)
	}
	return n, err
}

func (r *reader) Close() error {
	if r.done == nil {
		return nil
	}
	done := r.done
	r.done = nil
	return done(r.whole)
}

// with lends a connection to work, and hides what a server says in words: they
// may repeat an address or a subject (I13).
func (s *System) with(ctx context.Context, h inventory.Holding, work func(*session) error) error {
	c, err := s.take(ctx)
	if err != nil {
		return s.fault(ctx, h, err)
	}
	stop := context.AfterFunc(ctx, c.drop)
	err = work(c)
	stop()
	var cut *systems.Cut
	if err == nil || errors.As(err, &cut) {
		s.give(c)
	} else {
		c.drop()
	}
	return s.fault(ctx, h, err)
}

// theirs is an error of who called us, that goes back as it is.
type theirs struct{ error }

// code is the code of a failed command, without its words.
type code string

func (c code) Error() string { return string(c) }

func (s *System) fault(ctx context.Context, h inventory.Holding, err error) error {
	var cut *systems.Cut
	var caller theirs
	var said *imap.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &cut):
		return cut
	case errors.As(err, &caller):
		return caller.error
	case ctx.Err() != nil:
		err = ctx.Err()
	case errors.Is(err, systems.ErrChanged), errors.Is(err, systems.ErrSchema), errors.Is(err, systems.ErrByHand), errors.Is(err, errSecret):
	case errors.As(err, &said):
		err = code(string(said.Type) + " " + string(said.Code))
	case errors.As(err, new(*tls.CertificateVerificationError)):
		err = code("the certificate of the server is not trusted")
	case !errors.As(err, new(code)):
		err = code("no answer from the mail server")
	}
	return fmt.Errorf("holding %s/%s: %w", s.Declared.ID, h.ID, err)
}

var errSecret = errors.New("the secret of the mailbox cannot be read")

// take gives a connection that is signed in.
func (s *System) take(ctx context.Context) (*session, error) {
	s.mu.Lock()
	c := s.idle
	s.idle = nil
	s.mu.Unlock()
	if c != nil && c.close.Stop() {
		return c, nil
	}
	login, err := s.Login(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSecret, err)
	}
	token := ""
	if login.TokenURL != "" {
		if token, err = s.token(login); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, dialing)
	defer cancel()
	d := tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS12, ServerName: login.Host, RootCAs: s.Roots, NextProtos: []string{"imap"}}}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(login.Host, strconv.Itoa(login.Port)))
	if err != nil {
		return nil, err
	}
	c = &session{Client: imapclient.New(conn, nil), conn: conn}
	stop := context.AfterFunc(ctx, c.drop)
	defer stop()
	if token == "" {
		err = c.Client.Login(login.User, login.Password).Wait()
	} else if err = c.Authenticate(xoauth2{login.User, token}); err != nil {
		s.refused()
	}
	if err != nil {
		c.drop()
		return nil, err
	}
	return c, nil
}

// give keeps one connection for what comes next, for a moment.
func (s *System) give(c *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.idle != nil {
		c.drop()
		return
	}
	s.idle, c.close = c, time.AfterFunc(rest, c.drop)
}

// session is one connection, with the folder that it looks into.
type session struct {
	*imapclient.Client
	conn     net.Conn
	close    *time.Timer
	folder   string
	validity uint32
	readOnly bool
	fetching *imapclient.FetchCommand
}

// drop ends a connection without a word: whatever it was doing, fails.
func (c *session) drop() { _ = c.conn.Close() }

// hurry drops the connection when an answer takes too long.
func (c *session) hurry() (stop func()) {
	t := time.AfterFunc(patience, c.drop)
	return func() { t.Stop() }
}

// look opens a folder; without a need to write so that nothing can be changed.
func (c *session) look(folder string, readOnly bool) error {
	if c.folder == folder && c.readOnly == readOnly {
		return nil
	}
	defer c.hurry()()
	c.folder = ""
	data, err := c.Select(folder, &imap.SelectOptions{ReadOnly: readOnly}).Wait()
	if err != nil {
		return err
	}
	c.folder, c.validity, c.readOnly = folder, data.UIDValidity, readOnly
	return nil
}

// folders lists what a holding's prefix names, by name: one folder, or with *
// or % a set. None is ErrSchema.
func (c *session) folders(prefix string) ([]string, error) {
	defer c.hurry()()
	list, err := c.List("", prefix, nil).Collect()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, l := range list {
		if !slices.Contains(l.Attrs, imap.MailboxAttrNoSelect) && !slices.Contains(l.Attrs, imap.MailboxAttrNonExistent) {
			names = append(names, l.Mailbox)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("the folder is gone: %w", systems.ErrSchema)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// walk visits the messages of the person page by page, and stops between two
// when it is enough. Reading goes on only where the numbers still mean the
// same; erasing begins such a folder again.
func (c *session) walk(ctx context.Context, h inventory.Holding, of systems.Selection, readOnly bool, sel []string, visit func(folder string, found []message) error) error {
	from, _ := parsePoint(of.From)
	folders, err := c.folders(h.Prefix)
	if err != nil {
		return err
	}
	for i, folder := range folders {
		if folder < from.folder {
			continue // done before
		}
		if err := c.look(folder, readOnly); err != nil {
			return err
		}
		after := imap.UID(0)
		if folder == from.folder {
			if after = from.uid; c.validity != from.validity {
				if readOnly {
					return systems.ErrChanged
				}
				after = 0
			}
		}
		uids, err := c.search(sel, after)
		if err != nil {
			return err
		}
		for len(uids) > 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			part := uids[:min(page, len(uids))]
			uids = uids[len(part):]
			found, err := c.messages(part, sel)
			if err != nil {
				return err
			}
			if err := visit(folder, found); err != nil {
				return err
			}
			if len(uids) > 0 || i+1 < len(folders) {
				if err := of.Stop(point{folder, c.validity, part[len(part)-1]}.String()); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// search asks for the messages that may be the person's, after that one. The
// server looks for the address anywhere in a header, so more come than are meant.
func (c *session) search(sel []string, after imap.UID) ([]imap.UID, error) {
	defer c.hurry()()
	var any []imap.SearchCriteria
	for _, address := range sel {
		forms := []string{address}
		if at := strings.LastIndexByte(address, '@'); at >= 0 {
			if domain, err := idna.Lookup.ToUnicode(address[at+1:]); err == nil && domain != address[at+1:] {
				forms = append(forms, address[:at+1]+domain)
			}
		}
		for _, form := range forms {
			for _, header := range []string{"From", "To", "Cc", "Bcc"} {
				any = append(any, imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: header, Value: form}}})
			}
		}
	}
	want := any[0]
	for _, next := range any[1:] {
		want = imap.SearchCriteria{Or: [][2]imap.SearchCriteria{{want, next}}}
	}
	data, err := c.UIDSearch(&want, nil).Wait()
	if err != nil {
		return nil, err
	}
	uids := slices.DeleteFunc(data.AllUIDs(), func(u imap.UID) bool { return u <= after })
	slices.Sort(uids)
	return slices.Compact(uids), nil
}

// message is what the server tells of one message.
type message struct {
	uid      imap.UID
	size     int64
	came     time.Time
	envelope *imap.Envelope
	// owner is the address by which it is the person's.
	owner string
}

// messages reads the headers of those, and leaves out what is not the person's.
func (c *session) messages(uids []imap.UID, sel []string) ([]message, error) {
	defer c.hurry()()
	all, err := c.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true, Envelope: true, InternalDate: true, RFC822Size: true}).Collect()
	if err != nil {
		return nil, err
	}
	var found []message
	for _, b := range all {
		if b.Envelope == nil {
			continue // news of a message that nobody asked for
		}
		m := message{uid: b.UID, size: b.RFC822Size, came: b.InternalDate, envelope: b.Envelope}
		for _, a := range slices.Concat(m.envelope.From, m.envelope.To, m.envelope.Cc, m.envelope.Bcc) {
			if v := systems.Normal("email", a.Addr()); v != "" && slices.Contains(sel, v) && (m.owner == "" || v < m.owner) {
				m.owner = v
			}
		}
		if m.owner != "" {
			found = append(found, m)
		}
	}
	slices.SortFunc(found, func(a, b message) int { return int(int64(a.uid) - int64(b.uid)) })
	return found, nil
}

// row gives a message the columns of a mailbox (inventory.MailColumns); of one
// that the inventory does not name it says only that there is something.
func (m message) row(h inventory.Holding, folder string, validity uint32) systems.Row {
	when := m.envelope.Date
	if when.IsZero() {
		when = m.came
	}
	row := systems.Row{
		"email": m.owner, "folder": folder, "subject": m.envelope.Subject, "message_id": m.envelope.MessageID,
		"from": addresses(m.envelope.From), "to": addresses(m.envelope.To), "cc": addresses(m.envelope.Cc), "bcc": addresses(m.envelope.Bcc),
		"date": when.UTC().Format(time.RFC3339), "size": json.Number(strconv.FormatInt(m.size, 10)),
		"object": point{folder, validity, m.uid}.String() + extension,
	}
	for name, v := range row {
		if v == "" {
			delete(row, name)
		} else if h.Column(name) == nil {
			row[name] = true
		}
	}
	return row
}

func addresses(list []imap.Address) string {
	var all []string
	for _, a := range list {
		switch {
		case a.IsGroupStart() || a.IsGroupEnd():
		case a.Name != "":
			all = append(all, a.Name+" <"+a.Addr()+">")
		default:
			all = append(all, a.Addr())
		}
	}
	return strings.Join(all, ", ")
}

// erase marks these messages and throws away these alone, then looks whether
// they are gone.
func (c *session) erase(uids imap.UIDSet) error {
	defer c.hurry()()
	if err := c.Store(uids, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
		return err
	}
	if err := c.UIDExpunge(uids).Close(); err != nil {
		return err
	}
	left, err := c.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{uids}}, nil).Wait()
	if err != nil {
		return err
	}
	if len(left.AllUIDs()) > 0 {
		return code("the server kept what it said to erase")
	}
	return nil
}

// open begins to read one message; nil when it is gone.
func (c *session) open(at point) (io.Reader, error) {
	if err := c.look(at.folder, true); err != nil {
		return nil, err
	}
	if c.validity != at.validity {
		return nil, systems.ErrChanged
	}
	defer c.hurry()()
	c.fetching = c.Fetch(imap.UIDSetNum(at.uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}})
	for m := c.fetching.Next(); m != nil; m = c.fetching.Next() {
		for item := m.Next(); item != nil; item = m.Next() {
			if body, ok := item.(imapclient.FetchItemDataBodySection); ok && body.Literal != nil {
				return body.Literal, nil
			}
		}
	}
	return nil, c.fetching.Close()
}

// extension ends the name of every object: what a person opens is a mail.
const extension = ".eml"

// point is one message of a server, or how far a walk came: FOLDER/UIDVALIDITY/UID.
type point struct {
	folder   string
	validity uint32
	uid      imap.UID
}

func (p point) String() string { return fmt.Sprintf("%s/%d/%d", p.folder, p.validity, p.uid) }

func parsePoint(s string) (point, bool) {
	parts := strings.Split(s, "/")
	if len(parts) < 3 {
		return point{}, false
	}
	n := len(parts) - 2
	validity, err := strconv.ParseUint(parts[n], 10, 32)
	uid, err2 := strconv.ParseUint(parts[n+1], 10, 32)
	return point{strings.Join(parts[:n], "/"), uint32(validity), imap.UID(uid)}, err == nil && err2 == nil && uid > 0
}

// within reports whether a folder can be one of a holding's: no name leads
// elsewhere. Which of a set there are, the server says.
func within(prefix, folder string) bool {
	if i := strings.IndexAny(prefix, "*%"); i >= 0 {
		return strings.HasPrefix(strings.ToUpper(folder), strings.ToUpper(prefix[:i]))
	}
	return folder == prefix || strings.EqualFold(prefix, "INBOX") && strings.EqualFold(folder, "INBOX")
}
