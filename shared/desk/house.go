package desk

import (
	"bytes"
	"net/http"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/inventory"
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
		for _, f := range recordFiles {
			p.Links = append(p.Links, pages.Link{Address: h.address("/register/" + f.name), Text: v.Say("inventory." + f.say)})
		}
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

// recordFile is a file of the record: its name, the word of its link, and the
// paragraph of Art. 30 that it is about.
type recordFile struct {
	name, say string
	part      int
}

// recordFiles are the records of processing that can be taken away.
var recordFiles = []recordFile{{"deel-1.html", "part1", 1}, {"deel-1.csv", "part1.csv", 1}, {"deel-2.html", "part2", 2}, {"deel-2.csv", "part2.csv", 2}}

// record saves a record of processing (Art. 30). An inventory that does not
// name the controller has the house's name; part 2 names the clients (30(2)(a)).
func (h *Handler) record(v visit) error {
	i := slices.IndexFunc(recordFiles, func(f recordFile) bool { return f.name == v.R.PathValue("record") })
	if i < 0 || h.Inventory == nil {
		return request.Fault(request.NotFound, "", "find a file of the register")
	}
	f := recordFiles[i]
	var clients []inventory.Party
	if f.part == 2 {
		all, err := h.Cases.ClientList(v.R.Context(), v.actor())
		if err != nil {
			return err
		}
		for _, c := range all {
			clients = append(clients, inventory.Party{Name: c.Name, Email: c.Email})
		}
	}
	r := h.Inventory.Record(f.part, v.Lang, clients)
	if r.Who.Name == "" {
		r.Who.Party = inventory.Party{Name: h.House.LegalName, Address: h.House.Address, Email: h.House.Email, Phone: h.House.Phone}
	}
	write, kind := r.HTML, "text/html; charset=utf-8"
	if strings.HasSuffix(f.name, ".csv") {
		write, kind = r.CSV, "text/csv; charset=utf-8"
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	return door.Save(v.Visit, kind, "register-"+f.name, b.Bytes())
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
