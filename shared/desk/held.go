package desk

import "github.com/allclaims/rightsdesk/shared/inventory"

// The inventory speaks to the person whose data it is ("Uw vraag"), because its
// words stand in a person's copy. Staff read of somebody else: what addresses
// the person has words of the desk under held.PLACE, and all else is as it stands.

func (h *Handler) held(v visit, place string, words inventory.Words) string {
	return v.SayOr("held."+place, words.In(v.Lang))
}

// system is the name of a system, its id where it has none.
func (h *Handler) system(v visit, id string) string {
	if h.Inventory != nil {
		for _, s := range h.Inventory.Systems {
			if s.ID == id && s.Name.In(v.Lang) != "" {
				return h.held(v, id, s.Name)
			}
		}
	}
	return id
}

// holding is the name of a holding, its id where it has none.
func (h *Handler) holding(v visit, system, id string) string {
	if h.Inventory != nil {
		if p, ok := h.Inventory.Holding(system, id); ok && p.Holding.Label.In(v.Lang) != "" {
			return h.held(v, system+"."+id, p.Holding.Label)
		}
	}
	return id
}

// column is the name of a column, its id where it has none.
func (h *Handler) column(v visit, system, holding, id string) string {
	if h.Inventory != nil {
		if p, ok := h.Inventory.Holding(system, holding); ok {
			if c := p.Holding.Column(id); c != nil {
				return h.held(v, system+"."+holding+"."+id, c.Label)
			}
		}
	}
	return id
}
