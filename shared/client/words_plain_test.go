package client

import (
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/letters/plain"
	"github.com/allclaims/rightsdesk/shared/pages/pagestest"
)

// The words of the clients' pages: for business readers, who see them once a year.
func TestWordsArePlain(t *testing.T) { pagestest.Plain(t, files, plain.Business, "SHA") }

// W-15: who comes from the letter finds its choices under the same words.
func TestTheLetterOffersThePagesChoices(t *testing.T) {
	t.Parallel()
	for _, lang := range letters.Languages {
		order, err := letters.Sample(letters.ClientReminder, lang, letters.HeldInstruction)
		if err != nil {
			t.Fatal(err)
		}
		mail, err := letters.Render(order, letters.SampleHouse(), "")
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(mail.Text), " ")
		for _, key := range []string{"word.kind", "word.upheld", "word.changed", "word.withdrawn"} {
			word, err := site.Words().Say(lang, key)
			if err != nil {
				t.Fatal(err)
			}
			if word = strings.Trim(word, "*"); !strings.Contains(text, word) {
				t.Errorf("%s: T-06 does not say %q, as the page does", lang, word)
			}
		}
	}
}
