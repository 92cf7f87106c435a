package client

import (
	"testing"

	"github.com/allclaims/rightsdesk/shared/letters/plain"
	"github.com/allclaims/rightsdesk/shared/pages/pagestest"
)

// The words of the clients' pages: for business readers, who see them once a year.
func TestWordsArePlain(t *testing.T) { pagestest.Plain(t, files, plain.Business, "SHA") }
