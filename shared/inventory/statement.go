package inventory

import (
	"slices"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Statement is what Art. 15(1)(a)–(h) and 15(2) demand to be told about a set
// of holdings, in one language, in the order of the law.
type Statement []Item

// Item is one letter of Art. 15.
type Item struct {
	// Key is the name of X-2: purposes, categories, recipients …
	Key     string
	Article string
	Title   string
	// Lines are the answer, one per holding or one for all.
	Lines []Line
}

// Line is one answer; Of is the holding's label, "" when it holds for all.
type Line struct {
	Of   string   `json:"of,omitempty"`
	Text []string `json:"text"`
}

// titles are the items of X-2 in the order of the law.
var titles = []struct {
	key, article string
	title        Words
}{
	{"purposes", "15(1)(a)", Words{request.Dutch: "Waarvoor gebruiken wij uw gegevens?", request.English: "What do we use your data for?"}},
	{"categories", "15(1)(b)", Words{request.Dutch: "Welke soorten gegevens zijn het?", request.English: "What kinds of data are they?"}},
	{"recipients", "15(1)(c)", Words{request.Dutch: "Wie kreeg uw gegevens van ons?", request.English: "Who got your data from us?"}},
	{"retention", "15(1)(d)", Words{request.Dutch: "Hoe lang bewaren wij uw gegevens?", request.English: "How long do we keep your data?"}},
	{"rights", "15(1)(e)", Words{request.Dutch: "Wat kunt u nog meer vragen?", request.English: "What else can you ask?"}},
	{"complaint", "15(1)(f)", Words{request.Dutch: "Waar kunt u een klacht doen?", request.English: "Where can you complain?"}},
	{"source", "15(1)(g)", Words{request.Dutch: "Hoe kwamen wij aan uw gegevens?", request.English: "How did we get your data?"}},
	{"automated", "15(1)(h)", Words{request.Dutch: "Neemt een computer besluiten over u?", request.English: "Does a computer decide about you?"}},
	{"transfers", "15(2)", Words{request.Dutch: "Gaan uw gegevens naar landen buiten de Europese Unie?", request.English: "Do your data go to countries outside the European Union?"}},
}

var rightsText = Words{
	request.Dutch:   "U kunt ons vragen uw gegevens te laten verbeteren (rectificatie) of te laten wissen (verwijdering). U kunt ons vragen het gebruik van uw gegevens stil te zetten (beperking). En u kunt bezwaar maken tegen het gebruik van uw gegevens (bezwaar).",
	request.English: "You can ask us to have your data corrected (rectification) or erased (erasure). You can ask us to put the use of your data on hold (restriction). And you can object to the use of your data (objection).",
}

var complaintText = Words{
	request.Dutch:   "U kunt een klacht sturen naar de Autoriteit Persoonsgegevens (AP): autoriteitpersoonsgegevens.nl.",
	request.English: "You can send a complaint to the Dutch Data Protection Authority (Autoriteit Persoonsgegevens, AP): autoriteitpersoonsgegevens.nl.",
}

// Statement makes the statement about those holdings, data or none (X-2: what is
// empty says so).
func (inv *Inventory) Statement(l request.Language, places []Place) Statement {
	st := make(Statement, 0, len(titles))
	for _, t := range titles {
		item := Item{Key: t.key, Article: t.article, Title: t.title.In(l)}
		switch t.key {
		case "rights":
			item.Lines = []Line{{Text: []string{rightsText.In(l)}}}
		case "complaint":
			item.Lines = []Line{{Text: []string{complaintText.In(l)}}}
		default:
			for _, p := range places {
				item.Lines = append(item.Lines, Line{Of: p.Holding.Label.In(l), Text: inv.answer(t.key, l, p)})
			}
			item.Lines = merge(item.Lines)
		}
		st = append(st, item)
	}
	return st
}

func (inv *Inventory) answer(key string, l request.Language, p Place) []string {
	h := p.Holding
	switch key {
	case "purposes":
		return []string{h.Purposes.In(l), inv.Bases[h.Basis].In(l) + "."}
	case "categories":
		var names []string
		for _, c := range h.Columns {
			if n := inv.Categories[c.Category].In(l); !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
		return names
	case "recipients":
		var names []string
		ids := h.Recipients
		if p.System.Processor != "" && !slices.Contains(ids, p.System.Processor) {
			ids = append([]string{p.System.Processor}, ids...)
		}
		for _, id := range ids {
			names = append(names, inv.Recipients[id].Name)
		}
		return names
	case "retention":
		return []string{inv.Retention[h.Retention].Text.In(l)}
	case "source":
		return []string{h.Source.In(l)}
	case "automated":
		return []string{h.Automated.In(l)}
	default: // transfers
		return []string{h.Transfers.In(l)}
	}
}

// merge says once what holds for every holding.
func merge(lines []Line) []Line {
	for _, ln := range lines[min(1, len(lines)):] {
		if !slices.Equal(ln.Text, lines[0].Text) {
			return lines
		}
	}
	if len(lines) > 1 {
		return []Line{{Text: lines[0].Text}}
	}
	return lines
}
