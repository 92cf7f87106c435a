package desk

import (
	"testing"

	"github.com/allclaims/rightsdesk/shared/letters/plain"
	"github.com/allclaims/rightsdesk/shared/pages/pagestest"
)

// the words of the desk, for staff who read them all day.
func TestWordsArePlain(t *testing.T) {
	pagestest.Plain(t, files, plain.Business, "CSV", "ID", "JPEG", "PDF", "PNG")
}
