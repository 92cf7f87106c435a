package desk_test

import (
	"net/http"
	"strings"
	"testing"
)

// 256 KB exactly is taken; one byte more is refused whole, with a page that says so.
func TestLimit(t *testing.T) {
	for extra, registered := range map[int]int{0: 1, 1: 0} {
		v := signedIn(t, "o-1", "officer")
		v.Get("/nieuw")
		form := one("token", token(v), "datum", "2026-11-20", "kanaal", "phone", "woorden", "Hij wil iets").Encode() + "&vulling="
		v.PostRaw("/nieuw", form+strings.Repeat("x", 256<<10-len(form)+extra))
		if len(v.w.sent) != registered {
			t.Errorf("a form of 256 KB and %d bytes made %d requests, want %d", extra, len(v.w.sent), registered)
		}
		if extra > 0 {
			v.Answers(http.StatusUnprocessableEntity)
		}
	}
}
