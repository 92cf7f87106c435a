package cases

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/smtp"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"github.com/allclaims/rightsdesk/infra/ctl/clock"
	"github.com/allclaims/rightsdesk/infra/demo"
	"github.com/allclaims/rightsdesk/infra/local/mailbox"
	"github.com/allclaims/rightsdesk/infra/local/stack"
	"github.com/allclaims/rightsdesk/shared/cloud"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/store/dynamo"
)

// patience is how long anything that the stack does by itself may take, where
// nothing else is said.
const patience = 75 * time.Second

// office is where mail for the desk arrives.
const office = "info@allclaims.nl"

// Play is one demonstration on a stack that was filled by demo.Fill and is
// otherwise untouched.
type Play struct {
	Stack *stack.Stack
	// Say is told of each step; Outcome of each thing that was checked.
	Say func(format string, args ...any)
	// Patience is how long anything that the stack does by itself may take.
	Patience time.Duration
	// Machine is a client's, which the stack was told of; nil = case (i) is left out.
	Machine *Machine

	clock *clock.Clock
	keys  *cloud.Keys
	store *dynamo.Store
	db    *dynamodb.Client

	mu      sync.Mutex
	faults  []string
	checked int
	sent    int // mails to the desk
	// machineKey is what an administrator gave the client for its machine.
	machineKey string
	// references by case, for what is looked at afterwards.
	references map[string]request.Reference
}

// New prepares a demonstration.
func New(s *stack.Stack, say func(string, ...any)) *Play {
	db := dynamodb.NewFromConfig(s.Config)
	out := s.Outputs
	store := &dynamo.Store{DynamoDB: db, Names: dynamo.NamesOf(out["RequestsTable"], out["ProofsTable"], out["LedgerTable"], out["RegistersTable"])}
	return &Play{
		Stack: s, Say: say, Patience: patience, db: db, store: store, references: map[string]request.Reference{},
		keys: &cloud.Keys{KMS: kms.NewFromConfig(s.Config), KeyID: out["HmacKey"]},
		clock: &clock.Clock{
			Store: store, Lambda: lambda.NewFromConfig(s.Config), Now: time.Now,
			Wake: out["WakeFunction"], Post: out["PostFunction"], Sweep: out["SweepFunction"],
		},
	}
}

// Reference is the reference that a case got; "" before it has one.
func (p *Play) Reference(name string) request.Reference {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.references[name]
}

func (p *Play) refer(name string, ref request.Reference) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.references[name] = ref
}

// scene is one case being played. Its methods end the case at the first thing
// that does not go on; a check that fails is noted and the case goes on.
type scene struct {
	*Play
	ctx  context.Context
	name string
}

// ended is what ends a scene.
type ended struct{ err error }

func (s *scene) step(format string, args ...any) {
	s.Say("(%s) %s", s.name, fmt.Sprintf(format, args...))
}

func (s *scene) must(err error) {
	if err != nil {
		panic(ended{err})
	}
}

func (s *scene) fail(format string, args ...any) { panic(ended{fmt.Errorf(format, args...)}) }

// check notes an outcome that is not as it must be.
func (s *scene) check(ok bool, format string, args ...any) {
	s.mu.Lock()
	s.checked++
	if !ok {
		s.faults = append(s.faults, fmt.Sprintf("(%s) ", s.name)+fmt.Sprintf(format, args...))
	}
	s.mu.Unlock()
	if !ok {
		s.step("NOT AS IT MUST BE: "+format, args...)
	}
}

// act is a part of the play: scenes that go on beside each other.
func (p *Play) act(ctx context.Context, scenes map[string]func(*scene)) {
	var g errgroup.Group
	for _, name := range sortedKeys(scenes) {
		g.Go(func() error {
			s := &scene{Play: p, ctx: ctx, name: name}
			defer func() {
				switch x := recover().(type) {
				case nil:
				case ended:
					s.check(false, "it ended early: %v", x.err)
				default:
					panic(x)
				}
			}()
			scenes[name](s)
			return nil
		})
	}
	_ = g.Wait() // scenes note their faults themselves
}

// verdict is nil when every outcome was as it must be.
func (p *Play) verdict() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.faults) == 0 {
		return nil
	}
	return errors.New(strings.Join(p.faults, "\n"))
}

// Checked counts the outcomes that were checked.
func (p *Play) Checked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.checked
}

// mail sends a mail to the desk.
type mail struct {
	from, name, subject, text string
	headers                   []string
	// file is the text of a file that goes along, opzegging.txt; "" = none.
	file string
}

func (s *scene) send(m mail) {
	var b strings.Builder
	for _, h := range m.headers {
		b.WriteString(h + "\r\n")
	}
	fmt.Fprintf(&b, "From: %s <%s>\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%d.%s@demo.example>\r\nMIME-Version: 1.0\r\n",
		m.name, m.from, office, m.subject, time.Now().Format(time.RFC1123Z), time.Now().UnixNano(), s.name)
	const plain = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
	text := plain + "\r\n" + strings.ReplaceAll(m.text, "\n", "\r\n") + "\r\n"
	if m.file != "" {
		text = "Content-Type: multipart/mixed; boundary=part\r\n\r\n--part\r\n" + text +
			"--part\r\n" + plain + "Content-Disposition: attachment; filename=opzegging.txt\r\n\r\n" + m.file + "\r\n--part--\r\n"
	}
	b.WriteString(text)
	if err := smtp.SendMail(s.Stack.SMTPAddr, nil, m.from, []string{office}, []byte(b.String())); err != nil {
		s.fail("send a mail: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent++
}

// want says which mail is meant.
type want struct {
	to      string
	letter  string
	holds   string // in the text
	ref     request.Reference
	without map[string]bool // ids of mails that were seen before
}

func (w want) matches(m mailbox.Message) bool {
	return (w.to == "" || slices.Contains(m.To, w.to)) && (w.letter == "" || m.Letter == w.letter) &&
		(w.holds == "" || strings.Contains(squeeze(m.Text), w.holds)) && (w.ref == "" || strings.Contains(m.Subject+m.Text, string(w.ref))) && !w.without[m.ID]
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// expect waits for a mail.
func (s *scene) expect(w want) mailbox.Message {
	ctx, cancel := context.WithTimeout(s.ctx, s.Patience)
	defer cancel()
	m, err := s.Stack.Mailbox.Wait(ctx, w.matches)
	if err != nil {
		s.fail("no %s for %s %s came (%v); there came %s", w.letter, w.to, w.ref, err, s.came(w.to))
	}
	s.step("%s to %s: %s", m.Letter, w.to, m.Subject)
	return m
}

// came lists the letters that an address got.
func (s *scene) came(to string) string {
	var got []string
	for _, m := range s.mails(want{to: to}) {
		got = append(got, m.Letter)
	}
	return "[" + strings.Join(got, " ") + "]"
}

func (s *scene) mails(w want) []mailbox.Message {
	return slices.DeleteFunc(s.Stack.Mailbox.All(), func(m mailbox.Message) bool { return !w.matches(m) })
}

// seen are the mails so far.
func (s *scene) seen() map[string]bool {
	ids := map[string]bool{}
	for _, m := range s.Stack.Mailbox.All() {
		ids[m.ID] = true
	}
	return ids
}

var referenceForm = regexp.MustCompile(`R-[0-9A-Z]{4}-[0-9A-Z]{4}`)

// referenceOf reads our reference in a text.
func (s *scene) referenceOf(text string) request.Reference {
	ref, ok := request.ParseReference(referenceForm.FindString(text))
	if !ok {
		s.fail("there is no reference in %q", text)
	}
	return ref
}

// prove walks the proof pages: ask for a code, type the code that comes to the
// mailbox on file, and give a number that only the person has.
func (s *scene) prove(v *Visitor, lang string, ref request.Reference, mailboxOnFile, number string) {
	before := s.seen()
	s.must(v.Get(s.ctx, "/"+lang+"/bewijs?k="+string(ref)))
	s.must(v.Fill(s.ctx, Form{}))
	code := s.expect(want{to: mailboxOnFile, letter: "N-01", without: before}).Code()
	s.must(v.Fill(s.ctx, Form{Action: "/bewijs/code", Values: one("code", code)}))
	if v.Path() == "/"+lang+"/bewijs/nummer" && number != "" {
		s.must(v.Fill(s.ctx, Form{Action: "/bewijs/nummer", Values: one("nummer", number)}))
	}
	s.check(v.Path() == "/"+lang+"/stand/overzicht", "after the proof the page is %s (%s)", v.Path(), v.Heading())
}

// download walks from the letter about a package to its content.
func (s *scene) download(v *Visitor, lang string, ref request.Reference, mailboxOnFile string) pack {
	before := s.seen()
	s.must(v.Get(s.ctx, "/"+lang+"/download?k="+string(ref)))
	if v.HasForm("/download/code") {
		s.must(v.Fill(s.ctx, Form{Action: "/download/code"}))
		code := s.expect(want{to: mailboxOnFile, letter: "N-01", without: before}).Code()
		s.must(v.Fill(s.ctx, Form{Action: "/bewijs/code", Values: one("code", code)}))
	}
	s.must(v.Fill(s.ctx, Form{Action: "/download"}))
	return s.fetch(v)
}

// pack is an opened package.
type pack struct {
	files map[string]string
}

func (p pack) all() string {
	var b strings.Builder
	for _, name := range sortedKeys(p.files) {
		b.WriteString(p.files[name])
	}
	return b.String()
}

// fetch follows the presigned link of a release page and opens the ZIP.
func (s *scene) fetch(v *Visitor) pack {
	link, ok := v.Link("X-Amz-Signature")
	if !ok {
		s.fail("%s (%s) has no presigned link: %s", v.Path(), v.Heading(), clip(v.Text(), 600))
	}
	body := s.file(http.DefaultClient, link)
	out := s.unzip(body)
	s.step("the package was fetched: %d bytes, %d files", len(body), len(out.files))
	return out
}

// file gets a file.
func (s *scene) file(client *http.Client, link string) []byte {
	r, err := http.NewRequestWithContext(s.ctx, http.MethodGet, link, nil)
	s.must(err)
	r.Header.Set("Accept", "*/*")
	resp, err := client.Do(r)
	s.must(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	s.must(err)
	if resp.StatusCode != http.StatusOK {
		s.fail("a file cannot be fetched: %s", resp.Status)
	}
	return body
}

// unzip opens a package.
func (s *scene) unzip(body []byte) pack {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	s.must(err)
	out := pack{files: map[string]string{}}
	for _, f := range z.File {
		rc, err := f.Open()
		s.must(err)
		text, err := io.ReadAll(rc)
		rc.Close()
		s.must(err)
		out.files[f.Name] = string(text)
	}
	return out
}

func clip(s string, n int) string { return s[:min(n, len(s))] }

// staff signs in at the desk through the issuer's own page.
func (s *scene) staff(group string) *Visitor {
	v := NewVisitor(s.Stack.BaseURL)
	s.must(v.Get(s.ctx, "/desk/inloggen/start"))
	for _, member := range demo.Staff {
		if member.Group == group {
			s.must(v.signIn(s.ctx, member.Email, demo.Password))
		}
	}
	s.check(strings.HasPrefix(v.Path(), "/desk/") && !strings.Contains(v.Path(), "inloggen"), "the %s signs in and comes to %s (%s)", group, v.at.Host+v.Path(), v.Heading())
	return v
}

// open opens a request at the desk when it has one of the acts that are looked
// for. The machines behind it take their time: it looks when the office is told
// of a task, as an officer does, since every look stands in the ledger.
func (s *scene) open(v *Visitor, ref request.Reference, parts ...string) (link string) {
	for range 8 {
		before := s.seen()
		s.must(v.Get(s.ctx, "/desk/verzoek/"+string(ref)))
		for _, part := range parts {
			if link, ok := v.Link(part); ok {
				return link
			}
		}
		s.expect(want{to: office, letter: "N-03", ref: ref, without: before})
	}
	s.fail("%s at the desk has no %v: %s", ref, parts, clip(v.Text(), 400))
	return ""
}

// until looks again and again, for as long as the stack may take.
func (s *scene) until(what string, done func() bool) {
	ctx, cancel := context.WithTimeout(s.ctx, s.Patience)
	defer cancel()
	tick := time.NewTicker(400 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.fail("it did not come about that %s", what)
		}
	}
}

// ReferencesByCase are the references of the cases that have one.
func (p *Play) ReferencesByCase() map[string]request.Reference {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string]request.Reference{}
	for k, v := range p.references {
		out[k] = v
	}
	return out
}

// everything is a page that holds all of a demonstration.
var everything = store.Page{Limit: 1000}

func read(ctx context.Context, client *s3.Client, bucket, key string) (string, error) {
	o, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return "", fmt.Errorf("read an object: %w", err)
	}
	defer o.Body.Close()
	body, err := io.ReadAll(o.Body)
	if err != nil {
		return "", fmt.Errorf("read an object: %w", err)
	}
	return string(body), nil
}
