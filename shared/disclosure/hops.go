package disclosure

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/inventory"
)

// by says by what was searched: kinds of key and how many, never a key.
func (s *sealer) by() string {
	if len(s.spec.By) == 0 {
		return ""
	}
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(s.spec.By)) {
		kinds = append(kinds, s.kind(kind, s.spec.By[kind]))
	}
	return s.say("by") + " " + strings.Join(kinds, ", ") + "."
}

// kind is a kind of key with how many there are: "Invoice number (3)".
func (s *sealer) kind(kind string, n int) string {
	name := kind
	if _, c := s.spec.Inventory.KeyColumn(kind); c != nil {
		name = c.Label.In(s.spec.Language)
	}
	return fmt.Sprintf("%s (%d)", name, n)
}

// hops are the steps by which the person was found, in words and in codes.
func (s *sealer) hops() []hop {
	all := []hop{}
	for _, h := range s.spec.Hops {
		out := hop{From: h.From, Kind: h.Kind, To: h.To, Count: h.Count, Left: h.Left}
		from := s.label(h.From)
		var to, only []string
		for _, place := range h.To {
			to = append(to, s.label(place))
			system, holding, _ := strings.Cut(place, "/")
			if p, ok := s.spec.Inventory.Holding(system, holding); ok && h.Count > 0 && p.Holding.PersonKind() == "" && !s.personal(h.Kind) {
				out.NumberOnly = append(out.NumberOnly, place)
				only = append(only, s.label(place))
			}
		}
		var text []string
		if h.Count > 0 {
			text = append(text, fmt.Sprintf(s.say("hop"), from, s.kind(h.Kind, h.Count), strings.Join(to, ", ")))
		}
		if h.Left > 0 {
			text = append(text, fmt.Sprintf(s.say("hop-left"), from, s.kind(h.Kind, h.Left)))
		}
		if len(only) > 0 {
			text = append(text, fmt.Sprintf(s.say("hop-number"), strings.Join(only, ", ")))
		}
		out.Text = strings.Join(text, " ")
		all = append(all, out)
	}
	return all
}

// personal reports whether a place tells people apart by that kind of key.
func (s *sealer) personal(kind string) bool {
	return slices.ContainsFunc(s.spec.Inventory.Places(), func(p inventory.Place) bool { return p.Holding.PersonKind() == kind })
}

// label names a place, system/holding, to the person.
func (s *sealer) label(place string) string {
	return s.spec.Inventory.Describe(place, s.spec.Language)
}
