package desk

import (
	"regexp"
	"testing"

	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

var addressed = map[request.Language]*regexp.Regexp{
	request.Dutch: regexp.MustCompile(`(?i)\b(u|uw|uzelf)\b`), request.English: regexp.MustCompile(`(?i)\b(you|your|yours|yourself)\b`),
}

// What is held is said of somebody: no officer reads "uw gegevens" of another.
func TestHeldAddressesNobody(t *testing.T) {
	inv := inventory.Default()
	h := &Handler{Inventory: inv}
	h.door = &door.Door{Pages: site}
	for _, lang := range pages.Languages {
		v := visit{Visit: h.door.Visit(nil, nil, lang)}
		check := func(place, text string) {
			if text == "" || addressed[lang].MatchString(text) {
				t.Errorf("%s says in %s: %q", place, lang, text)
			}
		}
		for code, words := range inv.Bases {
			check("basis."+code, h.held(v, "basis."+code, words))
		}
		for code, r := range inv.Retention {
			check("retention."+code, h.held(v, "retention."+code, r.Text))
		}
		for _, s := range inv.Systems {
			check(s.ID, h.system(v, s.ID))
			for _, hold := range s.Holdings {
				place := s.ID + "." + hold.ID
				check(place, h.holding(v, s.ID, hold.ID))
				check(place+".purposes", h.held(v, place+".purposes", hold.Purposes))
				for _, c := range hold.Columns {
					check(place+"."+c.Name, h.column(v, s.ID, hold.ID, c.Name))
				}
			}
		}
	}
}
