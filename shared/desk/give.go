package desk

import (
	"net/http"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// names are the names of the staff by id, for who has a task.
func (h *Handler) names(v visit) (map[string]string, error) {
	all, err := h.Cases.Colleagues(v.R.Context())
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(all))
	for _, c := range all {
		if slices.Contains(c.Roles, Officer) || slices.Contains(c.Roles, Approver) {
			out[c.ID] = c.Name
		}
	}
	return out, nil
}

// colleagues are those to whom work can be given, oneself first.
func (h *Handler) colleagues(v visit, names map[string]string) []option {
	me := v.actor().ID
	out := []option{{Value: me, Text: v.Say("give.me"), Chosen: true}}
	for id, name := range names {
		if id != me {
			out = append(out, option{Value: id, Text: name})
		}
	}
	slices.SortFunc(out[1:], func(a, b option) int { return strings.Compare(a.Text+a.Value, b.Text+b.Value) })
	return out
}

// givenPage tells of each task what became of it.
type givenPage struct {
	pages.Frame
	Rows []givenRow
	To   string
}

type givenRow struct{ Reference, To, Result string }

// give assigns the chosen tasks to one person and tells each result: some may
// be done or taken meanwhile, or not fit that person (law.md invariant 12).
func (h *Handler) give(v visit) error {
	form, err := readForm(v)
	if err != nil {
		return err
	}
	to := form.Get("wie")
	all, err := h.Cases.Colleagues(v.R.Context())
	if err != nil {
		return err
	}
	roles, name := v.actor().Roles, v.Say("give.me")
	if to == "" {
		to = v.actor().ID
	}
	if to != v.actor().ID {
		i := slices.IndexFunc(all, func(c register.Colleague) bool { return c.ID == to })
		if i < 0 {
			return request.Fault(request.InputRefused, "", "give work to nobody who works here")
		}
		roles, name = all[i].Roles, all[i].Name
	}
	p := givenPage{Frame: h.frame(v, v.Say("give.title")), To: h.address("/?rij=mij")}
	p.Back = h.address("/")
	chosen := form["taak"]
	for _, box := range chosen[:min(len(chosen), perPage+perLook)] {
		typed, task, _ := strings.Cut(box, "/")
		ref, ok := request.ParseReference(typed)
		if !ok || task == "" {
			continue
		}
		result := "done"
		err := h.giveOne(v, ref, task, to, roles)
		switch {
		case err == nil:
		case request.SamePerson.Is(err):
			result = "same"
		case request.Forbidden.Is(err):
			result = "role"
		case request.NotFound.Is(err), request.Conflict.Is(err), request.PhaseIllegal.Is(err):
			result = "gone"
		default:
			return err
		}
		p.Rows = append(p.Rows, givenRow{string(ref), h.caseAddress(ref), v.Say("give."+result, "name", name)})
	}
	if len(p.Rows) == 0 {
		return h.done(v, h.address("/"), "give.none")
	}
	return h.door.Show(v.Visit, http.StatusOK, "given", p)
}

// giveOne assigns one task. Whom it is given to must hold its role by the last
// sign-in; casework sees to who gives, and to four eyes.
func (h *Handler) giveOne(v visit, ref request.Reference, task, to string, roles []string) error {
	role := Officer
	if strings.HasPrefix(task, "approver.") {
		role, task = Approver, strings.TrimPrefix(task, "approver.")
	}
	if !slices.Contains(roles, role) {
		return request.Fault(request.Forbidden, string(ref), "give a task to who may not do it")
	}
	return h.Cases.Assign(v.R.Context(), v.actor(), ref, task, to)
}
