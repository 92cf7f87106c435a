package imap_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	connector "github.com/allclaims/rightsdesk/shared/systems/imap"
	imap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/google/go-cmp/cmp"
)

const (
	user, password = "klachten@desk.example", "geheim-van-de-postbus"
	jan, an        = "jan@home.example", "an@home.example"
)

// server is a real IMAP server with one mailbox, over TLS on this machine.
type server struct {
	user *imapmemserver.User
	addr *net.TCPAddr
	root *x509.CertPool
	// wrap changes how a session signs in; nil = by password.
	wrap func(imapserver.Session) imapserver.Session

	mu  sync.Mutex
	saw bytes.Buffer // all that went over the line, both ways
}

func (s *server) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.saw.Write(p)
}

func serve(t *testing.T, caps ...imap.Cap) *server {
	t.Helper()
	s := &server{user: imapmemserver.NewUser(user, password), root: x509.NewCertPool()}
	all := imapmemserver.New()
	all.AddUser(s.user)
	set := imap.CapSet{imap.CapIMAP4rev1: {}}
	for _, c := range caps {
		set[c] = struct{}{}
	}
	srv := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			if s.wrap != nil {
				return s.wrap(all.NewSession()), nil, nil
			}
			return all.NewSession(), nil, nil
		},
		Caps: set, InsecureAuth: true, DebugWriter: s, Logger: log.New(io.Discard, "", 0),
	})
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate(t, s.root)}})
	if err != nil {
		t.Fatal(err)
	}
	s.addr = ln.Addr().(*net.TCPAddr)
	ended := make(chan struct{})
	go func() { _ = srv.Serve(ln); close(ended) }()
	t.Cleanup(func() { _ = srv.Close(); <-ended })
	return s
}

func certificate(t *testing.T, root *x509.CertPool) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	root.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (s *server) folder(t *testing.T, name string) {
	t.Helper()
	if err := s.user.Create(name, nil); err != nil {
		t.Fatal(err)
	}
}

func (s *server) put(t *testing.T, folder, headers, body string, flags ...imap.Flag) {
	t.Helper()
	mail := strings.ReplaceAll(headers+"\n\n"+body, "\n", "\r\n")
	_, err := s.user.Append(folder, literal{strings.NewReader(mail)}, &imap.AppendOptions{Time: time.Date(2026, 10, 1, 9, 0, 0, 0, time.UTC), Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
}

type literal struct{ *strings.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

// left gives the subjects of a folder with their flags, as another program sees them.
func (s *server) left(t *testing.T, folder string) string {
	t.Helper()
	st, err := s.user.Status(folder, &imap.StatusOptions{NumMessages: true, NumUnseen: true, NumDeleted: true})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d messages, %d unseen, %d deleted", *st.NumMessages, *st.NumUnseen, *st.NumDeleted)
}

func (s *server) system() *connector.System {
	h := holding("INBOX")
	return &connector.System{
		Declared: &inventory.System{ID: "mail", Kind: "imap", Holdings: []inventory.Holding{h}}, Roots: s.root,
		Login: func(context.Context) (connector.Login, error) {
			return connector.Login{Host: "127.0.0.1", Port: s.addr.Port, User: user, Password: password}, nil
		},
	}
}

func holding(prefix string) inventory.Holding {
	h := inventory.Holding{ID: "inbox", Prefix: prefix, Format: inventory.Objects, End: "date", Keys: map[string]inventory.Key{"email": {Column: "email"}}}
	for _, name := range inventory.MailColumns {
		if name != "bcc" {
			h.Columns = append(h.Columns, inventory.Column{Name: name, Disclose: inventory.DiscloseReview})
		}
	}
	return h
}

func of(addresses ...string) systems.Selection {
	return systems.Of(systems.Keys{"email": addresses}, "")
}

func collect(t *testing.T, sys systems.System, h inventory.Holding, sel systems.Selection) []systems.Row {
	t.Helper()
	var rows []systems.Row
	if err := sys.Collect(context.Background(), h, sel, func(r systems.Row) error { rows = append(rows, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return rows
}

func subjects(rows []systems.Row) (all []string) {
	for _, r := range rows {
		all = append(all, r.Text("subject"))
	}
	return all
}

// fill is a mailbox with what is Jan's, and what only looks like it.
func fill(t *testing.T, s *server) {
	t.Helper()
	s.folder(t, "INBOX")
	s.put(t, "INBOX", "From: Jan Bakker <Jan@Home.example>\nTo: klachten@desk.example\nSubject: vraag\nDate: Thu, 01 Oct 2026 10:00:00 +0200\nMessage-ID: <1@home.example>", "Dag.")
	s.put(t, "INBOX", "From: klachten@desk.example\nTo: An <an@home.example>, jan@home.example\nBcc: derde@elders.example\nSubject: antwoord", "Beste.")
	s.put(t, "INBOX", "From: piet.jan@home.example.org\nTo: klachten@desk.example\nSubject: andermans adres bevat het zijne", "Ik ben Jan niet: jan@home.example.")
	s.put(t, "INBOX", "From: an@home.example\nTo: klachten@desk.example\nSubject: over jan@home.example", "Jan is mijn broer.")
	s.put(t, "INBOX", "From: \"jan@home.example\" <bedrog@elders.example>\nTo: klachten@desk.example\nSubject: andermans naam is zijn adres", "x")
	s.put(t, "INBOX", "From: an@home.example\nCc: jan@home.example\nSubject: beiden", "x", imap.FlagSeen)
	s.put(t, "INBOX", "From: an@home.example\nSubject: weggegooid door een ander", "x", imap.FlagDeleted)
}

func TestCollectTellsTheMessagesOfAPerson(t *testing.T) {
	s := serve(t, imap.CapUIDPlus)
	fill(t, s)
	sys := s.system()
	h := sys.Declared.Holdings[0]
	rows := collect(t, sys, h, of(jan))
	// A15: the server finds the address anywhere in a header; only who has it counts.
	if d := cmp.Diff([]string{"vraag", "antwoord", "beiden"}, subjects(rows)); d != "" {
		t.Fatalf("(-want +got):\n%s", d)
	}
	first := rows[0]
	object := first.Text("object")
	delete(first, "object")
	want := systems.Row{
		"email": jan, "folder": "INBOX", "from": "Jan Bakker <Jan@Home.example>", "to": "klachten@desk.example", "subject": "vraag",
		"date": "2026-10-01T08:00:00Z", "size": first["size"], "message_id": "1@home.example",
	}
	if d := cmp.Diff(want, first); d != "" {
		t.Errorf("the first row (-want +got):\n%s", d)
	}
	// A42: who else got it is a column that this inventory does not name.
	if rows[1]["bcc"] != true {
		t.Errorf("bcc: %v", rows[1]["bcc"])
	}
	body, err := sys.Open(context.Background(), h, object)
	if err != nil {
		t.Fatal(err)
	}
	mail, err := io.ReadAll(body)
	if err != nil || body.Close() != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(mail), "From: Jan Bakker") || !strings.HasSuffix(string(mail), "\r\n\r\nDag.") || fmt.Sprint(len(mail)) != first.Text("size") {
		t.Errorf("the message: %q, size %s", mail, first.Text("size"))
	}
	// Nobody sees that we looked.
	if got := s.left(t, "INBOX"); got != "7 messages, 6 unseen, 1 deleted" {
		t.Errorf("left: %s", got)
	}
	// What the row is named, opens; nothing else does.
	for _, bad := range []string{"", "INBOX/1/1", "Andere/1/1.eml", "INBOX/1/999.eml", "INBOX/x/1.eml"} {
		if _, err := sys.Open(context.Background(), h, bad); !request.NotFound.Is(err) {
			t.Errorf("open %q: %v", bad, err)
		}
	}
	found, err := sys.Find(context.Background(), h, "email", " JAN@home.example")
	if err != nil || len(found) != 3 {
		t.Errorf("find: %d, %v", len(found), err)
	}
	if _, err := sys.Find(context.Background(), h, "phone", "06"); !errors.Is(err, systems.ErrNotDeclared) {
		t.Errorf("find by phone: %v", err)
	}
	if rows := collect(t, sys, h, systems.Of(systems.Keys{"email": {jan}}, "north")); rows != nil {
		t.Errorf("a client's leg reached %v", rows)
	}
}

// IMAP4rev2 answers a search in another form and has all of UIDPLUS.
func TestEraseOfAPersonAlone(t *testing.T) {
	for _, c := range []imap.Cap{imap.CapUIDPlus, imap.CapIMAP4rev2} {
		t.Run(string(c), func(t *testing.T) {
			s := serve(t, c)
			fill(t, s)
			sys := s.system()
			h := sys.Declared.Holdings[0]
			erase := systems.Act{Action: systems.Erase}
			n, err := sys.Apply(context.Background(), h, of(jan), erase)
			if n != 3 || err != nil {
				t.Fatalf("erase: %d, %v", n, err)
			}
			// What another program marked is not ours to throw away.
			if got := s.left(t, "INBOX"); got != "4 messages, 4 unseen, 1 deleted" {
				t.Errorf("left: %s", got)
			}
			if n, err := sys.Apply(context.Background(), h, of(jan), erase); n != 0 || err != nil {
				t.Errorf("again: %d, %v", n, err)
			}
			if rows := collect(t, sys, h, of(jan)); rows != nil {
				t.Errorf("left: %v", rows)
			}
			if got := subjects(collect(t, sys, h, of(an))); len(got) != 2 {
				t.Errorf("An has left %q", got)
			}
		})
	}
}

// Without UIDPLUS all that anybody marked would go: nothing is touched.
func TestEraseWithoutUIDPlus(t *testing.T) {
	s := serve(t)
	fill(t, s)
	sys := s.system()
	n, err := sys.Apply(context.Background(), sys.Declared.Holdings[0], of(jan), systems.Act{Action: systems.Erase})
	if n != 0 || !errors.Is(err, systems.ErrByHand) {
		t.Errorf("erase: %d, %v", n, err)
	}
	if got := s.left(t, "INBOX"); got != "7 messages, 6 unseen, 1 deleted" {
		t.Errorf("left: %s", got)
	}
}

func TestOtherActsAreByHand(t *testing.T) {
	s := serve(t, imap.CapUIDPlus)
	sys := s.system()
	h := sys.Declared.Holdings[0]
	for _, action := range []string{systems.Anonymise, systems.Restrict, systems.Unrestrict, systems.Keep, systems.Stop, systems.Correct} {
		if sys.Can(h, action) {
			t.Errorf("can %s", action)
		}
		_, err := sys.Apply(context.Background(), h, of(jan), systems.Act{Action: action})
		if !errors.Is(err, systems.ErrByHand) && !errors.Is(err, systems.ErrNotDeclared) {
			t.Errorf("%s: %v", action, err)
		}
	}
	if !sys.Can(h, systems.Erase) || !sys.Can(h, systems.Expire) {
		t.Error("cannot erase")
	}
}

// A cut anywhere loses nothing and repeats nothing, across folders too.
func TestCutAndGoOn(t *testing.T) {
	s := serve(t, imap.CapUIDPlus)
	const each = 230
	for _, name := range []string{"INBOX", "Archief", "Archief/2025", "Anders"} {
		s.folder(t, name)
	}
	for i := range each {
		for _, name := range []string{"Archief", "Archief/2025", "Anders"} {
			s.put(t, name, fmt.Sprintf("From: %s\nSubject: %s %03d", jan, name, i), "x")
		}
	}
	sys, h := s.system(), holding("Archief*")
	var got []string
	sel, calls := of(jan), 0
	for {
		sel.Enough = func() bool { return true }
		err := sys.Collect(context.Background(), h, sel, func(r systems.Row) error { got = append(got, r.Text("subject")); return nil })
		calls++
		var cut *systems.Cut
		if !errors.As(err, &cut) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		sel.From = cut.Next
	}
	var want []string
	for _, name := range []string{"Archief", "Archief/2025"} {
		for i := range each {
			want = append(want, fmt.Sprintf("%s %03d", name, i))
		}
	}
	if d := cmp.Diff(want, got); d != "" || calls != 6 {
		t.Fatalf("%d calls (-want +got):\n%s", calls, d)
	}
	// Erasing goes the same way, with a word after each batch.
	var batches []int
	sel, total := of(jan), 0
	sel.Batch = func(n int) error { batches = append(batches, n); return nil }
	sel.Enough = func() bool { return true }
	for {
		n, err := sys.Apply(context.Background(), h, sel, systems.Act{Action: systems.Erase})
		total += n
		var cut *systems.Cut
		if !errors.As(err, &cut) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		sel.From = cut.Next
	}
	if d := cmp.Diff([]int{100, 100, 30, 100, 100, 30}, batches); d != "" || total != 2*each {
		t.Errorf("%d erased, batches %v", total, batches)
	}
	if got := s.left(t, "Anders"); got != "230 messages, 230 unseen, 0 deleted" {
		t.Errorf("left elsewhere: %s", got)
	}
}

// A folder that was made anew gives old numbers to other messages.
func TestNewNumbers(t *testing.T) {
	s := serve(t, imap.CapUIDPlus)
	s.folder(t, "Post")
	s.put(t, "Post", "From: "+jan+"\nSubject: oud", "x")
	sys, h := s.system(), holding("Post")
	object := collect(t, sys, h, of(jan))[0].Text("object")
	if err := s.user.Delete("Post"); err != nil {
		t.Fatal(err)
	}
	s.folder(t, "Post")
	s.put(t, "Post", "From: "+an+"\nSubject: van een ander", "x")
	s.put(t, "Post", "From: "+jan+"\nSubject: nieuw", "x")
	other := s.system() // a connection that does not know the folder yet
	if _, err := other.Open(context.Background(), h, object); !errors.Is(err, systems.ErrChanged) {
		t.Errorf("open: %v", err)
	}
	sel := of(jan)
	sel.From = strings.TrimSuffix(object, ".eml")
	if err := other.Collect(context.Background(), h, sel, func(systems.Row) error { return nil }); !errors.Is(err, systems.ErrChanged) {
		t.Errorf("collect: %v", err)
	}
	// An erasure begins the folder again: what is gone needs no number.
	if n, err := other.Apply(context.Background(), h, sel, systems.Act{Action: systems.Erase}); n != 1 || err != nil {
		t.Errorf("erase: %d, %v", n, err)
	}
	if err := other.Collect(context.Background(), holding("Weg"), of(jan), func(systems.Row) error { return nil }); !errors.Is(err, systems.ErrSchema) {
		t.Errorf("a folder that is gone: %v", err)
	}
}

// I13: nothing that a server or a secret says gets into an error, and a server
// that nobody vouches for never sees the password.
func TestFaults(t *testing.T) {
	s := serve(t, imap.CapUIDPlus)
	fill(t, s)
	ctx := context.Background()
	h := holding("INBOX")
	nothing := func(systems.Row) error { return nil }
	sys := s.system()
	sys.Roots = x509.NewCertPool()
	err := sys.Collect(ctx, h, of(jan), nothing)
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a server that nobody vouches for: %v", err)
	}
	if s.mu.Lock(); bytes.Contains(s.saw.Bytes(), []byte(password)) {
		t.Error("it was told the password")
	}
	s.mu.Unlock()

	sys = s.system()
	sys.Login = func(context.Context) (connector.Login, error) {
		return connector.Login{Host: "127.0.0.1", Port: s.addr.Port, User: user, Password: "fout-wachtwoord"}, nil
	}
	wrong := sys.Collect(ctx, h, of(jan), nothing)
	if wrong == nil || !strings.Contains(wrong.Error(), "AUTHENTICATIONFAILED") {
		t.Errorf("a wrong password: %v", wrong)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	stopped := s.system().Collect(gone, h, of(jan), nothing)
	if !errors.Is(stopped, context.Canceled) {
		t.Errorf("cancelled: %v", stopped)
	}
	for _, err := range []error{err, wrong, stopped} {
		for _, secret := range []string{user, password, "fout-wachtwoord", jan, "vraag"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%q in %v", secret, err)
			}
		}
	}
	// The caller's own error comes back as it was, and the next call works.
	mine := errors.New("mine")
	sys = s.system()
	if err := sys.Collect(ctx, h, of(jan), func(systems.Row) error { return mine }); !errors.Is(err, mine) {
		t.Errorf("the caller's error: %v", err)
	}
	if rows := collect(t, sys, h, of(jan)); len(rows) != 3 {
		t.Errorf("after an error: %d rows", len(rows))
	}
	if _, err := connector.ParseLogin(`{"host": "mail.example", "user": "u", "pass": "geheim"}`); err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("a bad secret: %v", err)
	}
	l, err := connector.ParseLogin(`{"host": "mail.example", "user": "u", "password": "p"}`)
	if want := (connector.Login{Host: "mail.example", Port: 993, User: "u", Password: "p"}); err != nil || l != want {
		t.Errorf("a secret: %v, %v", l, err)
	}
}

// A connection breaks in the middle of a message: that is an error, not a
// shorter message.
func TestBrokenMessage(t *testing.T) {
	s := serve(t, imap.CapUIDPlus)
	s.folder(t, "INBOX")
	s.put(t, "INBOX", "From: "+jan+"\nSubject: groot", strings.Repeat("regel\n", 1<<20))
	sys, h := s.system(), holding("INBOX")
	object := collect(t, sys, h, of(jan))[0].Text("object")
	ctx, cancel := context.WithCancel(context.Background())
	body, err := sys.Open(ctx, h, object)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(body, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if n, err := io.Copy(io.Discard, body); err == nil {
		t.Errorf("read %d bytes more and no error", n)
	}
	_ = body.Close()
	if body, err = sys.Open(context.Background(), h, object); err != nil {
		t.Fatal(err)
	}
	if err := body.Close(); err != nil { // without reading it
		t.Errorf("close: %v", err)
	}
	if rows := collect(t, sys, h, of(jan)); len(rows) != 1 {
		t.Errorf("after that: %v", rows)
	}
}
