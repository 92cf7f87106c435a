package casework

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jhillyerd/enmime/v2"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/vault"
)

// LetterView is one letter of a request, as it was or will be sent.
type LetterView struct {
	Letter   post.Letter
	Delivery DeliveryView
	Subject  string
	// Text is the text of the mail. Kept is true when it is that of the kept
	// copy, false for a letter that has not gone yet.
	Text string
	Kept bool
}

// ReadLetter shows a letter exactly as it was sent, from the copy in the
// dossier; one that has not gone is shown as it would go today. Looking stands
// in the ledger (A46).
func (c *Cases) ReadLetter(ctx context.Context, a Actor, ref request.Reference, letter string) (LetterView, error) {
	if !a.Has("officer") && !a.Has("approver") || a.ID == "" {
		return LetterView{}, request.Fault(request.Forbidden, string(ref), "read a letter")
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return LetterView{}, err
	}
	l, ok, err := c.letterOf(ctx, string(r.ID), letter)
	if err != nil {
		return LetterView{}, err
	}
	if !ok || l.To.Kind == post.Machine {
		return LetterView{}, request.Fault(request.NotFound, string(r.ID)+"/"+letter, "find a letter")
	}
	v := LetterView{Letter: l, Delivery: Delivery(l)}
	if l.Copy != "" && !strings.HasSuffix(l.Copy, ".pdf") {
		env, err := c.envelopeOf(ctx, l.Copy)
		if err != nil && !request.NotFound.Is(err) {
			return LetterView{}, fmt.Errorf("read letter %s of %s: %w", letter, ref, err)
		}
		if err == nil {
			v.Subject, v.Text, v.Kept = env.GetHeader("Subject"), env.Text, true
		}
	}
	if !v.Kept {
		secret := ""
		if l.Code != nil {
			secret = maskedLetter
		}
		m, err := letters.Render(l.Order, c.House, secret)
		if err != nil {
			return LetterView{}, fmt.Errorf("read letter %s of %s: %w", letter, ref, err)
		}
		v.Subject, v.Text = m.Subject, m.Text
	}
	_, err = c.change(ctx, r.ID, func(ch *change) error {
		ch.line(a.ID, "letter-read", l.Leg, "", map[string]string{"letter": l.ID})
		return nil
	})
	return v, err
}

// envelopeOf reads a mail from the dossier.
func (c *Cases) envelopeOf(ctx context.Context, key string) (*enmime.Envelope, error) {
	body, err := c.Dossier.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	env, err := enmime.ReadEnvelope(io.LimitReader(body, maxMail))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	return env, nil
}

// maxMail is the most that is read of one mail (SES takes in 40 MB), and
// MaxAttachment what the desk can hand out of it, in bytes.
const (
	maxMail       = 40 << 20
	MaxAttachment = 4 << 20
)

// MailFiles are the files that came with a mail. They are listed once the mail
// as a whole was found free of malware: the scanner looks into its parts.
type MailFiles struct {
	Incoming
	Files []Attached
}

// Attached is one file that came with a request.
type Attached struct {
	// N numbers it within the mail, from 1.
	N     int
	Name  string
	Type  string
	Bytes int64
	// Body is there when one file was asked for.
	Body []byte
}

// Attachments lists the files of the message as it came in, and what the scanner
// found; none for a form, or once the mail is gone (D-2). They are only listed:
// nothing of them is opened.
func (c *Cases) Attachments(ctx context.Context, a Actor, ref request.Reference) (MailFiles, error) {
	r, err := c.mailOf(ctx, a, ref)
	if err != nil || r == nil {
		return MailFiles{}, err
	}
	v, err := c.Scanner.Verdict(ctx, mailKey(r))
	switch {
	case request.NotFound.Is(err):
		return MailFiles{}, nil
	case err != nil:
		return MailFiles{}, fmt.Errorf("ask for the verdict on the mail of %s: %w", ref, err)
	}
	m := MailFiles{Incoming: Incoming{Verdict: v, Since: r.Registered}}
	if v != vault.Clean {
		return m, nil
	}
	if m.Files, err = c.attachments(ctx, r); err != nil {
		return MailFiles{}, err
	}
	for i := range m.Files {
		m.Files[i].Body = nil
	}
	return m, nil
}

// Attachment gives one file, to save and not to show. Taking it stands in the
// ledger. NotScanned: its mail was not found free of malware, or not yet.
// TooMany: it is larger than MaxAttachment.
func (c *Cases) Attachment(ctx context.Context, a Actor, ref request.Reference, n int) (Attached, error) {
	r, err := c.mailOf(ctx, a, ref)
	if err != nil {
		return Attached{}, err
	}
	if r == nil {
		return Attached{}, request.Fault(request.NotFound, string(ref), "find an attachment")
	}
	if err := c.clean(ctx, r, mailKey(r)); err != nil {
		return Attached{}, err
	}
	all, err := c.attachments(ctx, r)
	if err != nil {
		return Attached{}, err
	}
	if n < 1 || n > len(all) {
		return Attached{}, request.Fault(request.NotFound, string(ref), "find an attachment")
	}
	at := all[n-1]
	if at.Bytes > MaxAttachment {
		return Attached{}, request.Fault(request.TooMany, string(ref), "hand out an attachment of that size")
	}
	_, err = c.change(ctx, r.ID, func(ch *change) error {
		ch.line(a.ID, "attachment-taken", "", "", nil)
		return nil
	})
	return at, err
}

// mailOf finds a request that came by mail, for an officer; nil when it came
// otherwise, or its mail is gone.
func (c *Cases) mailOf(ctx context.Context, a Actor, ref request.Reference) (*request.Request, error) {
	if err := may(a, "officer", string(ref)); err != nil {
		return nil, err
	}
	r, err := c.find(ctx, ref)
	if err != nil || r.Raw == "" || r.Redacted != "" {
		return nil, err
	}
	return r, nil
}

// mailKey is where the dossier keeps the mail with which a request began.
func mailKey(r *request.Request) string { return "dossier/" + string(r.ID) + "/incoming/0.eml" }

// attachments reads the files of a mail.
func (c *Cases) attachments(ctx context.Context, r *request.Request) ([]Attached, error) {
	env, err := c.envelopeOf(ctx, mailKey(r))
	if request.NotFound.Is(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the attachments of request %s: %w", r.ID, err)
	}
	var all []Attached
	for _, parts := range [][]*enmime.Part{env.Attachments, env.Inlines, env.OtherParts} {
		for _, p := range parts {
			all = append(all, Attached{N: len(all) + 1, Name: p.FileName, Type: p.ContentType, Bytes: int64(len(p.Content)), Body: bytes.Clone(p.Content)})
		}
	}
	return all, nil
}
