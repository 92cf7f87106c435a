// Package doortest is what the tests of all sites share: a visitor who behaves
// as a browser does, a strict store of drafts, a prover of codes, and texts that
// break careless pages.
package doortest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Drafts is a store of drafts that fails on what the real one would refuse.
// The zero value with Now set is ready.
type Drafts struct {
	// Now is the clock by which drafts end.
	Now func() time.Time
	// Personal allows bodies with an e-mail address: where people type one.
	Personal bool
	// Call is told the name of every call, and may fail it; nil = nobody is told.
	Call func(name string) error

	mu   sync.Mutex
	kept map[string]draft
}

func told(call func(string) error, name string) error {
	if call == nil {
		return nil
	}
	return call(name)
}

type draft struct {
	body []byte
	ends time.Time
}

// Draft answers request.NotFound for what is gone: the store may forget late,
// so expiry is a condition too (F09).
func (d *Drafts) Draft(_ context.Context, key string) ([]byte, error) {
	if err := told(d.Call, "Draft"); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	kept, ok := d.kept[key]
	if !ok || !kept.ends.After(d.Now()) {
		return nil, request.Fault(request.NotFound, "", "load a draft")
	}
	return slices.Clone(kept.body), nil
}

// PutDraft refuses keys that may tell something and bodies larger than an item.
func (d *Drafts) PutDraft(_ context.Context, key string, body []byte, expires time.Time) error {
	if err := told(d.Call, "PutDraft"); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	kind, sum, ok := strings.Cut(key, "/")
	switch {
	case !ok || kind == "" || len(sum) != 2*sha256.Size:
		return request.Fault(request.InputRefused, "", "keep a draft under a key that may tell something")
	case len(body) > 300<<10:
		return request.Fault(request.InputRefused, "", "keep a draft larger than an item")
	case !d.Personal && strings.Contains(string(body), "@"):
		return request.Fault(request.InputRefused, "", "keep an address where none belongs")
	}
	if d.kept == nil {
		d.kept = map[string]draft{}
	}
	d.kept[key] = draft{slices.Clone(body), expires}
	return nil
}

// DeleteDraft forgets a draft.
func (d *Drafts) DeleteDraft(_ context.Context, key string) error {
	if err := told(d.Call, "DeleteDraft"); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.kept, key)
	return nil
}

// Kept are the drafts as they stand in the store, by key.
func (d *Drafts) Kept() map[string][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := map[string][]byte{}
	for key, kept := range d.kept {
		all[key] = slices.Clone(kept.body)
	}
	return all
}

// Code is the code that Prover sends, and that nobody guesses.
const Code = "04821736"

// Prover draws and tries codes as identity.Prover does: it answers the same for
// a subject that does not exist, counts tries and codes, and takes a code once.
type Prover struct {
	Now func() time.Time
	// Exists reports whether a code for that subject reaches anybody.
	Exists func(subject string) bool
	// Codes is how many codes a subject may ask.
	Codes int
	// Purposes are the ones that may be asked for; none = all.
	Purposes []identity.Purpose
	// Call is told of Ask and Try, and may fail them; nil = nobody is told.
	Call func(name string) error

	mu                 sync.Mutex
	asked, tries, used map[string]int
	proofs             map[string]identity.Proof
}

func standing(secret string, purpose identity.Purpose, subject string) string {
	return secret + "|" + string(purpose) + "|" + subject
}

// Ask sends a code; identity.ErrTooMany after the last.
func (p *Prover) Ask(_ context.Context, secret string, purpose identity.Purpose, subject string) (identity.Asked, error) {
	if err := told(p.Call, "Ask"); err != nil {
		return identity.Asked{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(secret) < 22 || strings.Contains(subject, "@") || len(p.Purposes) > 0 && !slices.Contains(p.Purposes, purpose) {
		return identity.Asked{}, request.Fault(request.InputRefused, "", "ask a code")
	}
	if p.asked == nil {
		p.asked, p.tries, p.used, p.proofs = map[string]int{}, map[string]int{}, map[string]int{}, map[string]identity.Proof{}
	}
	// Counted per subject, known or not.
	per, at := string(purpose)+"|"+subject, standing(secret, purpose, subject)
	if p.asked[per] >= p.Codes {
		return identity.Asked{}, identity.ErrTooMany
	}
	p.asked[per]++
	p.asked[at]++
	p.tries[at] = 0
	return identity.Asked{Until: p.Now().Add(identity.CodeLife)}, nil
}

// Try takes a code once.
func (p *Prover) Try(_ context.Context, secret string, purpose identity.Purpose, subject, typed string) (identity.Proof, error) {
	if err := told(p.Call, "Try"); err != nil {
		return identity.Proof{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	at := standing(secret, purpose, subject)
	if p.asked[at] == 0 {
		return identity.Proof{}, identity.ErrCode
	}
	if p.tries[at] >= identity.MaxTries {
		return identity.Proof{}, identity.ErrTooMany
	}
	p.tries[at]++
	if typed != Code || !p.Exists(subject) || p.used[at] == p.asked[at] {
		return identity.Proof{}, identity.ErrCode
	}
	p.used[at] = p.asked[at]
	proof := identity.Proof{Session: "s", Channels: []string{"c1"}, At: p.Now(), Until: p.Now().Add(identity.ProofLife)}
	p.proofs[at] = proof
	return proof, nil
}

// LetterCode is the code that came by post, to every subject that exists.
const LetterCode = "7Q2MK9TD4XW1B"

// TryLetter takes a code from a letter; typed again in the same session it is
// right again.
func (p *Prover) TryLetter(_ context.Context, secret string, purpose identity.Purpose, subject, typed string) (identity.Proof, error) {
	if err := told(p.Call, "TryLetter"); err != nil {
		return identity.Proof{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if code, _ := identity.NormalLetter(typed); code != LetterCode || !p.Exists(subject) {
		return identity.Proof{}, identity.ErrCode
	}
	if p.proofs == nil {
		p.asked, p.tries, p.used, p.proofs = map[string]int{}, map[string]int{}, map[string]int{}, map[string]identity.Proof{}
	}
	proof := identity.Proof{Session: "s", Channels: []string{"house"}, At: p.Now(), Until: p.Now().Add(identity.ProofLife)}
	p.proofs[standing(secret, purpose, subject)] = proof
	return proof, nil
}

// Proven finds a proof that has not ended.
func (p *Prover) Proven(_ context.Context, secret string, purpose identity.Purpose, subject string) (identity.Proof, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	proof, ok := p.proofs[standing(secret, purpose, subject)]
	if !ok || !proof.Until.After(p.Now()) {
		return identity.Proof{}, identity.ErrUnproven
	}
	return proof, nil
}

// Extend moves the end of a proof.
func (p *Prover) Extend(ctx context.Context, secret string, purpose identity.Purpose, subject string) (identity.Proof, error) {
	proof, err := p.Proven(ctx, secret, purpose, subject)
	if err != nil {
		return proof, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	proof.Until = p.Now().Add(identity.ProofLife)
	p.proofs[standing(secret, purpose, subject)] = proof
	return proof, nil
}

// End ends a proof.
func (p *Prover) End(_ context.Context, secret string, purpose identity.Purpose, subject string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.proofs, standing(secret, purpose, subject))
	return nil
}

// Forget forgets every code that was asked, as a day does.
func (p *Prover) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.asked)
}

// Random is a source for Random that draws the same in every run.
type Random struct {
	mu sync.Mutex
	n  uint64
}

// Read fills b with the next draw.
func (r *Random) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.n++
	sum := sha256.Sum256([]byte(fmt.Sprint(r.n)))
	return copy(b, sum[:]), nil
}

// Hostile are strings that make markup, templates, headers or formulas of
// careless programs (A28).
var Hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</textarea><script>alert(1)</script>`, `</title><svg/onload=alert(1)>`,
	`javascript:alert(1)`, `{{.}}`, `{{printf "%s" .}}`, `{name}{email}{n}{client}`, `${7*7}`, `%s%n%x`, `<!--`, `]]>`, `<style>*{display:none}</style>`,
	"x\r\nSet-Cookie: a=b", "a\x00b", "\u202egnp.exe", "=cmd|' /C calc'!A0", `&lt;script&gt;`, "\xff\xfe<b>", `<a href="//evil">x</a>`, "**bold**",
}

// Form makes a form of pairs of a name and a value.
func Form(pairs ...string) url.Values {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return form
}
