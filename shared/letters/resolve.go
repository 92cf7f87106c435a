package letters

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// line fills the placeholders of one line.
func (l *leg) line(parts []part) ([]span, error) {
	var out []span
	add := func(s span) {
		n := len(out)
		if n > 0 && strings.HasSuffix(out[n-1].Text, ".") && strings.HasPrefix(s.Text, ".") {
			// A value such as "Voorbeeld B.V." brought the full stop itself.
			s.Text = s.Text[1:]
		}
		if n > 0 && out[n-1].Href == "" && s.Href == "" {
			out[n-1].Text += s.Text
			return
		}
		if s.Text != "" {
			out = append(out, s)
		}
	}
	for _, p := range parts {
		switch {
		case p.name != "":
			v, err := l.inline(p.name)
			if err != nil {
				return nil, err
			}
			if v.Text == "" {
				return nil, l.fault(p.name, "has no value")
			}
			add(v)
		case p.optional != nil:
			stretch, ok, err := l.stretch(p.optional)
			if err != nil {
				return nil, err
			}
			if ok {
				for _, s := range stretch {
					add(s)
				}
			}
		default:
			add(span{Text: p.words})
		}
	}
	return out, nil
}

// stretch fills an optional stretch; ok is false when a value in it is empty.
func (l *leg) stretch(parts []part) (s []span, ok bool, err error) {
	for _, name := range namesIn(parts) {
		v, err := l.inline(name)
		if err != nil {
			return nil, false, err
		}
		if v.Text == "" {
			return nil, false, nil
		}
	}
	s, err = l.line(parts)
	return s, true, err
}

// inline gives the words of a placeholder; empty when there is no value.
func (l *leg) inline(name string) (span, error) {
	switch placeholders[name] {
	case houseValue, pageValue:
		return l.houseWords(name), nil
	case derivedValue:
		text, err := l.derived(name)
		return span{Text: text}, err
	case keptValue:
		text, err := l.keptWords(name)
		return span{Text: text}, err
	case itemValue:
		return span{Text: l.item[name]}, nil
	case codeValue:
		text, ok := grouped(l.secret, l.of == byPost)
		if !ok {
			return span{}, l.fault(name, "must be eight digits, or thirteen characters by post, given apart from the order")
		}
		return span{Text: text}, nil
	case listValue:
		items, err := l.list(name)
		return span{Text: enumerate(l.order.Language, items)}, err
	}
	raw := l.raw(name)
	if raw == "" {
		return span{}, nil
	}
	text, err := l.format(name, raw)
	return span{Text: text}, err
}

func (l *leg) format(name, raw string) (string, error) {
	lang := l.order.Language
	switch placeholders[name] {
	case dateValue:
		t, err := time.Parse(time.DateOnly, raw)
		if err != nil {
			return "", l.fault(name, "must be a date as YYYY-MM-DD")
		}
		return day(lang, t), nil
	case instantValue, clockValue:
		t, err := time.Parse(time.RFC3339, raw)
		if err != nil || !strings.HasSuffix(raw, "Z") {
			return "", l.fault(name, "must be an instant as RFC 3339 in UTC")
		}
		if placeholders[name] == clockValue {
			return clock(lang, t), nil
		}
		return day(lang, t.In(amsterdam)) + ", " + clock(lang, t), nil
	case numberValue:
		var n int
		if _, err := fmt.Sscanf(raw, "%d", &n); err != nil || fmt.Sprint(n) != raw {
			return "", l.fault(name, "must be a whole number")
		}
		return number(lang, n), nil
	case amountValue:
		var cents int
		if _, err := fmt.Sscanf(raw, "%d", &cents); err != nil || fmt.Sprint(cents) != raw || cents <= 0 {
			return "", l.fault(name, "must be a number of euro cents")
		}
		return amount(lang, cents), nil
	case referenceValue:
		if !referenceShape.MatchString(raw) {
			return "", l.fault(name, "must be a reference of capitals, digits and hyphens")
		}
		return raw, nil
	case choiceValue:
		text, ok := l.book.choices[name+"="+raw]
		if !ok {
			return "", l.fault(name, "must be one of: "+strings.Join(l.book.codes(name), ", "))
		}
		return text, nil
	}
	if text, ok := l.book.choices[name+"="+raw]; ok {
		return text, nil
	}
	if len(raw) > maxText {
		return "", l.fault(name, "is too long")
	}
	return raw, nil
}

// codes lists the codes that have words under that name.
func (b book) codes(name string) []string {
	var out []string
	for id := range b.choices {
		if c, ok := strings.CutPrefix(id, name+"="); ok {
			out = append(out, c)
		}
	}
	slices.Sort(out)
	return out
}

// list gives the items of a placeholder that is a list, in words.
func (l *leg) list(name string) ([]string, error) {
	if name == "rights_list" || name == "own_rights" {
		rights := l.rights()
		if name == "own_rights" {
			rights = nil
			for _, r := range l.order.Lists[name] {
				rights = append(rights, request.Right(r))
			}
		}
		return l.rightNames(name, "right", rights)
	}
	if placeholders[name] == itemsValue {
		return l.items(name)
	}
	raw := l.order.Lists[name]
	if len(raw) == 0 {
		return nil, l.fault(name, "has no value")
	}
	var out []string
	for _, item := range raw {
		text, err := l.format(name, clean(item))
		if err != nil {
			return nil, err
		}
		if text == "" {
			return nil, l.fault(name, "has an empty item")
		}
		out = append(out, text)
	}
	return out, nil
}

// items writes the records of an order, one line each, in the words that
// blocks.txt has for them.
func (l *leg) items(name string) ([]string, error) {
	var out []string
	var err error
	add := func(code string, item map[string]string) {
		if err != nil {
			return
		}
		text, ok := l.book.choices[code]
		if !ok {
			err = l.fault(name, "holds a code that does not exist")
			return
		}
		one := *l
		one.item = item
		var s []span
		if s, err = one.line(mustParts(text)); err == nil {
			out = append(out, words(s))
		}
	}
	switch name {
	case "change_list":
		for _, c := range l.order.Changes {
			item := map[string]string{"field": clean(c.Field), "old_value": l.fieldWords(c.Old), "new_value": l.fieldWords(c.New)}
			switch {
			case item["old_value"] != "" && item["new_value"] != "":
				add("change=replaced", item)
			case item["new_value"] != "":
				add("change=added", item)
			case item["old_value"] != "":
				add("change=removed", item)
			default:
				add("change=field", item)
			}
		}
	case "refusal_list":
		for _, r := range l.order.Refusals {
			ground, ok := l.book.choices["grounds_list="+r.Ground]
			if !ok {
				return nil, l.fault(name, "holds a ground that does not exist")
			}
			add("refusal=part", map[string]string{"refused_what": clean(r.What), "refused_ground": ground})
		}
	default: // recipient_list
		for _, r := range l.order.Recipients {
			item := map[string]string{"recipient": clean(r.Name), "recipient_why": strings.TrimRight(clean(r.Why), ". ")}
			if r.On != "" {
				t, err := time.Parse(time.DateOnly, r.On)
				if err != nil {
					return nil, l.fault(name, "must have dates as YYYY-MM-DD")
				}
				item["recipient_on"] = day(l.order.Language, t)
			}
			add("recipient="+r.Status, item)
		}
	}
	if err == nil && len(out) == 0 {
		err = l.fault(name, "has no value")
	}
	return out, err
}

// fieldWords writes what stands in a field: a date as a date, and of long
// numbers the end alone.
func (l *leg) fieldWords(s string) string {
	s = clean(s)
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return dayWithoutWeekday(l.order.Language, t)
	}
	return masked(s)
}

// rightNames writes rights by the only names that letters, form and status page
// use (W-23), or by their legal names for a client.
func (l *leg) rightNames(placeholder, table string, rights []request.Right) ([]string, error) {
	if len(rights) == 0 {
		return nil, l.fault(placeholder, "has no value")
	}
	var out []string
	for _, r := range rights {
		text, ok := l.book.choices[table+"="+string(r)]
		if !ok {
			return nil, l.fault(placeholder, "holds a right that does not exist")
		}
		out = append(out, text)
	}
	return out, nil
}

func (l *leg) derived(name string) (string, error) {
	lang := l.order.Language
	switch name {
	case "rights":
		names, err := l.rightNames(name, "right", l.rights())
		return enumerate(lang, names), err
	case "rights_legal":
		names, err := l.rightNames(name, "legal_right", l.rights())
		return enumerate(lang, names), err
	case "company":
		// without proof it is only "that company".
		if !l.neutral() {
			if client := l.raw("client"); client != "" {
				return client, nil
			}
		}
		return l.book.choices["company=unknown"], nil
	default: // instruct_by_short
		raw := l.raw("instruct_by")
		t, err := time.Parse(time.DateOnly, raw)
		if err != nil {
			return "", l.fault("instruct_by", "must be a date as YYYY-MM-DD")
		}
		return dayWithoutWeekday(lang, t), nil
	}
}

// keptWords gives what, until or why of the part that is kept (E-5).
func (l *leg) keptWords(name string) (string, error) {
	if l.kept == nil {
		return "", l.fault(name, "stands outside a part that is kept")
	}
	switch name {
	case "what":
		return clean(l.kept.What), nil
	case "why":
		// The sentence goes on after it: "De reden: {why}."
		return strings.TrimRight(clean(l.kept.Why), ". "), nil
	}
	t, err := time.Parse(time.DateOnly, l.kept.Until)
	if err != nil {
		return "", l.fault(name, "must be a date as YYYY-MM-DD")
	}
	return day(l.order.Language, t), nil
}

func (l *leg) houseWords(name string) span {
	h, lang := l.house, l.order.Language
	page := func(address string) span { return span{Text: clean(address), Href: clean(address)} }
	count := func(n int) span {
		if n <= 0 {
			return span{}
		}
		return span{Text: number(lang, n)}
	}
	switch name {
	case "legal_name":
		return span{Text: clean(h.LegalName)}
	case "address":
		return span{Text: clean(h.Address)}
	case "phone":
		// One number, never broken over two lines.
		return span{Text: strings.ReplaceAll(clean(h.Phone), " ", "\u00a0")}
	case "email":
		if h.Email == "" {
			return span{}
		}
		if TakesSecret(l.info.Kind) {
			// A mail with a code teaches nobody to click (A20).
			return span{Text: clean(h.Email)}
		}
		return span{Text: clean(h.Email), Href: "mailto:" + clean(h.Email)}
	case "privacy_page":
		return page(h.PrivacyPage)
	case "form_page":
		return page(h.FormPage)
	case "status_page":
		return page(h.StatusPage)
	case "proof_page":
		return page(h.ProofPage)
	case "package_page":
		return page(h.PackagePage)
	case "client_page":
		return page(h.ClientPage)
	case "desk_page":
		return page(h.DeskPage)
	case "ap_page":
		return span{Text: apPage, Href: "https://" + apPage}
	case "dpo_line":
		return span{Text: clean(h.DPOLine[lang])}
	case "lawyer_line":
		return span{Text: clean(h.LawyerLine[lang])}
	case "code_minutes":
		return count(h.CodeMinutes)
	case "backup_days":
		return count(h.BackupDays)
	default: // help_days
		return count(h.HelpDays)
	}
}
