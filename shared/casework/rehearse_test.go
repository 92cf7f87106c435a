package casework_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/vault"
)

// A rehearsal tells what an act does, and the act then does just that.
func TestRehearse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setting{})
	p := play(w, "rehearsal", false)
	id, err := w.store.ByReference(w.ctx, p.ref)
	if err != nil {
		t.Fatal(err)
	}
	state := func() string {
		r, err := w.store.Load(w.ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		of, err := w.store.LettersOf(w.ctx, string(id))
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal([]any{r, of})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	before := state()
	q := casework.Question{Kind: request.IdentityPause, Leg: "1", Doubt: "Twee mensen met een naam op een adres."}
	ask := func(c *casework.Cases) error { return c.Ask(w.ctx, staff["jan"], p.ref, q) }
	told, err := w.cases.Rehearse(w.ctx, ask)
	if err != nil {
		t.Fatal(err)
	}
	if len(told.Letters) != 1 || told.Letters[0].Letter.Order.Kind != "T-02" || told.Letters[0].Mail.Text == "" || told.After == nil || len(told.After.Clock.Paused) != 1 {
		t.Fatalf("the rehearsal tells %+v", told)
	}
	// Two acts in one rehearsal see each other: the second pair of eyes too.
	both, err := w.cases.Rehearse(w.ctx, func(c *casework.Cases) error {
		if err := c.ProposeExtension(w.ctx, staff["jan"], p.ref, "complexity", "Er zijn 46 opnamen met stemmen van anderen.", false); err != nil {
			return err
		}
		return c.ApproveExtension(w.ctx, staff["piet"], p.ref)
	})
	if err != nil || len(both.Letters) != 1 || both.After.Due <= both.Before.Due {
		t.Errorf("two acts: %+v, %v", both.Letters, err)
	}
	_, err = w.cases.Rehearse(w.ctx, func(c *casework.Cases) error { return c.Ask(w.ctx, staff["anna"], p.ref, q) })
	if !request.Forbidden.Is(err) {
		t.Errorf("an auditor rehearses: %v", err)
	}
	if state() != before {
		t.Error("a rehearsal leaves something behind")
	}
	if err := ask(w.cases); err != nil {
		t.Fatal(err)
	}
	of, err := w.store.LettersOf(w.ctx, string(id))
	if err != nil {
		t.Fatal(err)
	}
	sent := of[len(of)-1]
	for _, l := range of {
		if l.Order.Kind == "T-02" && strings.HasSuffix(l.ID, "ask-1") {
			sent = l
		}
	}
	if sent.ID != told.Letters[0].Letter.ID {
		t.Errorf("sent %s, told %s", sent.ID, told.Letters[0].Letter.ID)
	}
}

// A letter comes back as long as nobody sends it, and its task stays until it
// is sent after all; a note is written once; a letter reads as it was sent.
func TestRecallAndNotes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setting{})
	p := play(w, "rehearsal", false)
	jan := staff["jan"]
	q := casework.Question{Kind: request.IdentityPause, Leg: "1", Doubt: "Twee mensen met een naam."}
	if err := w.cases.Ask(w.ctx, jan, p.ref, q); err != nil {
		t.Fatal(err)
	}
	const letter = "1.T-02.ask-1"
	check := func(want post.State, open bool) {
		t.Helper()
		v, err := w.cases.ReadLetter(w.ctx, jan, p.ref, letter)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := w.store.ByReference(w.ctx, p.ref)
		if task := w.load(id).Task("recalled", "1"); v.Letter.State != want || (task != nil) != open || v.Text == "" {
			t.Errorf("the letter is %s with task %v; want %s, %v", v.Letter.State, task, want, open)
		}
	}
	check(post.Unsent, false)
	if err := w.cases.RecallLetter(w.ctx, staff["anna"], p.ref, letter); !request.Forbidden.Is(err) {
		t.Errorf("an auditor recalls: %v", err)
	}
	for range 2 { // a second click is the first
		if err := w.cases.RecallLetter(w.ctx, jan, p.ref, letter); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	check(post.Recalled, true)
	if err := w.cases.SendAfterAll(w.ctx, jan, p.ref, letter); err != nil {
		t.Fatal(err)
	}
	w.settle()
	v, err := w.cases.ReadLetter(w.ctx, jan, p.ref, letter)
	if err != nil || !v.Kept || v.Subject == "" || !strings.Contains(v.Text, string(p.ref)) {
		t.Errorf("the kept copy reads %+v, %v", v, err)
	}
	if err := w.cases.RecallLetter(w.ctx, jan, p.ref, letter); !request.PhaseIllegal.Is(err) {
		t.Errorf("recalled what is out: %v", err)
	}
	if err := w.cases.AddNote(w.ctx, jan, p.ref, " "); !request.InputRefused.Is(err) {
		t.Errorf("an empty note: %v", err)
	}
	for range 2 {
		if err := w.cases.AddNote(w.ctx, jan, p.ref, "Belde: wil de brief per post."); err != nil {
			t.Fatal(err)
		}
	}
	id, _ := w.store.ByReference(w.ctx, p.ref)
	if n := w.load(id).Notes; len(n) != 1 || n[0].By != jan.ID {
		t.Errorf("the notes are %+v", n)
	}
}

// A note of 2,000 characters is kept and one more is refused; so is the 201st note.
func TestNotesLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setting{})
	p := play(w, "rehearsal", false)
	if err := w.cases.AddNote(w.ctx, staff["jan"], p.ref, strings.Repeat("é", 2001)); !request.InputRefused.Is(err) {
		t.Errorf("2,001 characters: %v", err)
	}
	if err := w.cases.AddNote(w.ctx, staff["jan"], p.ref, strings.Repeat("é", 2000)); err != nil {
		t.Fatal(err)
	}
	for i := range 199 {
		if err := w.cases.AddNote(w.ctx, staff["jan"], p.ref, strings.Repeat("x", i+1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.cases.AddNote(w.ctx, staff["jan"], p.ref, "Nog een."); !request.TooMany.Is(err) {
		t.Errorf("the 201st note: %v", err)
	}
}

// The files of a mail are listed, and handed out one by one up to 4 MB; nobody
// but an officer takes one.
func TestAttachments(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setting{})
	p := play(w, "attached", false)
	id, err := w.store.ByReference(w.ctx, p.ref)
	if err != nil {
		t.Fatal(err)
	}
	part := func(name, body string) string {
		return "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=" + name + "\r\n\r\n" + body + "\r\n"
	}
	mail := "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHallo\r\n" +
		part("brief.pdf", strings.Repeat("x", casework.MaxAttachment)) + part("groot.pdf", strings.Repeat("x", casework.MaxAttachment+1)) + "--b--\r\n"
	if err := w.dossier.Put(w.ctx, "dossier/"+string(id)+"/incoming/0.eml", strings.NewReader(mail)); err != nil {
		t.Fatal(err)
	}
	key := "dossier/" + string(id) + "/incoming/0.eml"
	for _, verdict := range []vault.Verdict{vault.Waiting, vault.Threat, vault.Unsupported, vault.Denied, vault.Failed} {
		w.dossier.Judge(key, verdict)
		m, err := w.cases.Attachments(w.ctx, staff["jan"], p.ref)
		if err != nil || m.Verdict != verdict || len(m.Files) != 0 || m.Since.IsZero() {
			t.Errorf("%q: lists %+v, %v", verdict, m, err)
		}
		if _, err := w.cases.Attachment(w.ctx, staff["jan"], p.ref, 1); !request.NotScanned.Is(err) {
			t.Errorf("%q: hands out a file: %v", verdict, err)
		}
	}
	w.dossier.Judge(key, vault.Clean)
	m, err := w.cases.Attachments(w.ctx, staff["jan"], p.ref)
	if all := m.Files; err != nil || len(all) != 2 || all[0].Name != "brief.pdf" || all[0].Body != nil {
		t.Fatalf("listed %d, %v", len(all), err)
	}
	if at, err := w.cases.Attachment(w.ctx, staff["jan"], p.ref, 1); err != nil || len(at.Body) != casework.MaxAttachment {
		t.Errorf("a file of 4 MB: %d, %v", len(at.Body), err)
	}
	if _, err := w.cases.Attachment(w.ctx, staff["jan"], p.ref, 2); !request.TooMany.Is(err) {
		t.Errorf("a byte more: %v", err)
	}
	if _, err := w.cases.Attachment(w.ctx, staff["jan"], p.ref, 3); !request.NotFound.Is(err) {
		t.Errorf("one that is not there: %v", err)
	}
	if _, err := w.cases.Attachment(w.ctx, staff["anna"], p.ref, 1); !request.Forbidden.Is(err) {
		t.Errorf("an auditor: %v", err)
	}
}
