package casework

import (
	"context"
	"strings"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
)

// maxReply bounds an answer in an officer's own words, in characters.
const maxReply = 4000

// Reply answers a message that came in beside a request, in the officer's own
// words (T-27), and ends its task. It goes to the sender of the request, who is
// not always the sender of the message: a reference is no proof. InputRefused:
// no words, too many, or words that a letter cannot hold. PhaseIllegal: the
// task is no message, or its sender is nobody whom we answer (I18).
func (c *Cases) Reply(ctx context.Context, a Actor, ref request.Reference, task, words string) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	words = strings.TrimSpace(words)
	if words == "" || len([]rune(words)) > maxReply {
		return request.Fault(request.InputRefused, "words", "reply with no words or too many")
	}
	return c.update(ctx, ref, func(ch *change) error {
		t := ch.openTask(task)
		switch {
		case t == nil:
			return errNothing // the same click twice
		case t.Kind != "reply" || !strings.HasPrefix(t.Code, messageTask) || !ch.Sender.Answerable:
			return request.Fault(request.PhaseIllegal, string(ch.ID), "reply to task %s", t.Kind)
		}
		o := ch.order(letters.QuestionReply, nil, nil)
		o.Lists = map[string][]string{"answer": paragraphs(words)}
		if err := ch.readable(o, "words"); err != nil {
			return err
		}
		ch.letter("", "reply-"+t.ID, ch.sender(), o)
		t.Done, t.DoneBy = ch.now, a.ID
		ch.line(a.ID, "replied", "", "", map[string]string{"kind": string(letters.QuestionReply), "task": t.ID})
		return nil
	})
}

// messageTask begins the code of a task about a message, which ends in its number.
const messageTask = "message-"
