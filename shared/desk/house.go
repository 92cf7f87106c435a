package desk

import (
	"net/http"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// showInventory lists what is held, why and how long, as it was deployed: it
// changes with the product, by review, and never from a page.
func (h *Handler) showInventory(v visit) error {
	p := tablesPage{
		Frame: h.frame(v, v.Say("inventory.title")), Heading: v.Say("inventory.title"), Lead: []string{v.Say("inventory.lead")}, Empty: v.Say("inventory.none"),
	}
	if inv := h.Inventory; inv != nil {
		p.Facts = []fact{{v.Say("inventory.version"), inv.Version}}
		for _, s := range inv.Systems {
			t := table{Caption: h.system(v, s.ID), Heads: []string{v.Say("inventory.holding"), v.Say("inventory.relation"), v.Say("inventory.role"), v.Say("inventory.purposes"), v.Say("inventory.basis"), v.Say("inventory.retention"), v.Say("inventory.recipients")}}
			for _, hold := range s.Holdings {
				var who []string
				for _, id := range hold.Recipients {
					who = append(who, inv.Recipients[id].Name)
				}
				basis := hold.Basis
				if words, ok := inv.Bases[hold.Basis]; ok {
					basis = h.held(v, "basis."+hold.Basis, words)
				}
				t.add(cell{Text: h.holding(v, s.ID, hold.ID)}, v.SayOr("relation."+string(hold.Relation), string(hold.Relation)), v.SayOr("role.of."+string(hold.Role), string(hold.Role)),
					h.held(v, s.ID+"."+hold.ID+".purposes", hold.Purposes), basis, h.held(v, "retention."+hold.Retention, inv.Retention[hold.Retention].Text), strings.Join(who, ", "))
			}
			p.Tables = append(p.Tables, t)
		}
		t := table{Caption: v.Say("inventory.recipients"), Heads: []string{v.Say("inventory.recipient"), v.Say("inventory.kind"), v.Say("inventory.country"), v.Say("client.email")}}
		var ids []string
		for id := range inv.Recipients {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		for _, id := range ids {
			r := inv.Recipients[id]
			t.add(cell{Text: r.Name}, v.SayOr("recipient.kind."+r.Kind, r.Kind), r.Country, r.Email)
		}
		p.Tables = append(p.Tables, t)
	}
	return h.door.Show(v.Visit, http.StatusOK, "tables", p)
}

// showHouse shows the holidays that count and how we present ourselves, each
// with the parameter of the deployment that changes it.
func (h *Handler) showHouse(v visit) error {
	p := tablesPage{Frame: h.frame(v, v.Say("house.title")), Heading: v.Say("house.title"), Lead: []string{v.Say("house.lead")}}
	block := table{Caption: v.Say("house.block"), Heads: []string{v.Say("house.what"), v.Say("house.value"), v.Say("house.parameter")}}
	for _, row := range [][3]string{
		{"name", h.House.LegalName, "HouseName"}, {"address", h.House.Address, "HouseAddress"}, {"email", h.House.Email, "HouseEmail"}, {"phone", h.House.Phone, "HousePhone"},
	} {
		block.add(cell{Text: v.Say("house." + row[0])}, row[1], row[2])
	}
	days := table{Caption: v.Say("house.holidays"), Heads: []string{v.Say("house.day"), v.Say("house.holiday"), v.Say("house.parameter")}}
	today := deadline.LocalDate(h.Now())
	for d, last := today, today.AddDays(366); d.Before(last); d = d.AddDays(1) {
		name, ok := h.Calendar.Holiday(d)
		if !ok {
			continue
		}
		from := v.Say("house.law")
		if slices.Contains(h.Calendar.Extra, d) {
			from = "ExtraHolidays"
		}
		days.add(cell{Text: pages.Day(v.Lang, request.Day(d.String()))}, name, from)
	}
	p.Tables = []table{days, block}
	return h.door.Show(v.Visit, http.StatusOK, "tables", p)
}
