package casework_test

import (
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/request"
)

// A message beside a request is answered in an officer's words, once, to who
// asked, and its task is done by that.
func TestReply(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setting{})
	p := play(w, "rehearsal", false)
	jan := staff["jan"]
	if ok, err := w.cases.Join(w.ctx, p.ref, request.Message{SourceKey: "mail/9", Kind: "other", Text: "Wanneer krijg ik antwoord?", From: "someone@else.example"}); err != nil || !ok {
		t.Fatal(ok, err)
	}
	id, err := w.store.ByReference(w.ctx, p.ref)
	if err != nil {
		t.Fatal(err)
	}
	task := w.load(id).Task("reply", "")
	if task == nil || task.Code != "message-1" {
		t.Fatalf("the task is %+v", task)
	}
	reply := func(c *casework.Cases, a casework.Actor, words string) error {
		return c.Reply(w.ctx, a, p.ref, task.ID, words)
	}
	for words, want := range map[string]request.Code{"": request.InputRefused, strings.Repeat("é", 4001): request.InputRefused} {
		if err := reply(w.cases, jan, words); !want.Is(err) {
			t.Errorf("%d characters: %v", len([]rune(words)), err)
		}
	}
	if err := reply(w.cases, staff["anna"], "Vandaag."); !request.Forbidden.Is(err) {
		t.Errorf("an auditor replies: %v", err)
	}
	told, err := w.cases.Rehearse(w.ctx, func(c *casework.Cases) error { return reply(c, jan, "U krijgt vandaag antwoord.") })
	if err != nil || len(told.Letters) != 1 || !strings.Contains(told.Letters[0].Mail.Text, "U krijgt vandaag antwoord.") || told.Letters[0].Letter.To.Email == "someone@else.example" {
		t.Fatalf("the rehearsal tells %+v, %v", told.Letters, err)
	}
	for range 2 { // a second click is the first
		if err := reply(w.cases, jan, "U krijgt vandaag antwoord."); err != nil {
			t.Fatal(err)
		}
	}
	of, err := w.store.LettersOf(w.ctx, string(id))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, l := range of {
		if l.Order.Kind == "T-27" {
			n++
			if l.ID != told.Letters[0].Letter.ID {
				t.Errorf("sent %s, told %s", l.ID, told.Letters[0].Letter.ID)
			}
		}
	}
	if r := w.load(id); n != 1 || r.Task("reply", "") != nil {
		t.Errorf("%d answers, task %v", n, r.Task("reply", ""))
	}
}
