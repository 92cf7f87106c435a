package mailbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Poll copies what an emulator that runs elsewhere has sent into the box until
// ctx is done. Such an emulator cannot be told to relay, so it is asked: a
// LocalStack gives the mail as sent, a MiniStack its text and HTML.
func (b *Box) Poll(ctx context.Context, endpoint string, localStack bool, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		mails, err := sent(ctx, endpoint, localStack)
		if err == nil { // else the emulator is away for a moment
			for _, m := range mails {
				if err := b.Add(m); err != nil {
					return
				}
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func sent(ctx context.Context, endpoint string, localStack bool) ([]Message, error) {
	if localStack {
		var answer struct {
			Messages []struct {
				ID          string `json:"Id"`
				Source      string
				RawData     string
				Destination struct{ ToAddresses []string }
				Timestamp   time.Time
			} `json:"messages"`
		}
		if err := get(ctx, endpoint+"/_aws/ses", &answer); err != nil {
			return nil, err
		}
		var mails []Message
		for _, s := range answer.Messages {
			m := Parse(s.Source, s.Destination.ToAddresses, []byte(s.RawData), s.Timestamp)
			m.ID = s.ID
			mails = append(mails, m)
		}
		return mails, nil
	}
	var answer struct {
		Messages map[string][]struct {
			MessageId, Source, Subject, BodyText, BodyHtml string
			To                                             []string
			Timestamp                                      float64
		} `json:"messages"`
	}
	if err := get(ctx, endpoint+"/_ministack/ses/messages", &answer); err != nil {
		return nil, err
	}
	var mails []Message
	for _, account := range answer.Messages {
		for _, s := range account {
			mails = append(mails, Message{
				ID: s.MessageId, From: s.Source, To: s.To, Subject: s.Subject, Text: s.BodyText, HTML: s.BodyHtml,
				Time: time.UnixMicro(int64(s.Timestamp * 1e6)).UTC(),
			})
		}
	}
	return mails, nil
}

func get(ctx context.Context, address string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("ask for sent mail: %w", err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("ask for sent mail: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("ask for sent mail: %s", resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("read the sent mail: %w", err)
	}
	return nil
}
