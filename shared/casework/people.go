package casework

import (
	"cmp"
	"context"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// colleagueDays is how long after a sign-in somebody is offered as a colleague.
const colleagueDays = 90

// SignedIn notes who signed in, so that work can be given to them by name.
func (c *Cases) SignedIn(ctx context.Context, a Actor) error {
	if a.ID == "" || len(a.Roles) == 0 {
		return nil
	}
	return c.Registers.PutColleague(ctx, register.Colleague{ID: a.ID, Name: a.Name, Roles: a.Roles, Seen: c.Now().UTC()})
}

// Colleagues lists by name the staff who signed in in the last 90 days. What
// each may do is checked when it is done, by the issuer's word of that day.
func (c *Cases) Colleagues(ctx context.Context) ([]register.Colleague, error) {
	all, err := c.Registers.Colleagues(ctx)
	if err != nil {
		return nil, fmt.Errorf("list colleagues: %w", err)
	}
	oldest := c.Now().AddDate(0, 0, -colleagueDays)
	all = slices.DeleteFunc(all, func(x register.Colleague) bool { return x.Seen.Before(oldest) })
	slices.SortFunc(all, func(x, y register.Colleague) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.ID, y.ID))
	})
	return all, nil
}

// ClientList are the companies for which we collect, by name.
func (c *Cases) ClientList(ctx context.Context, a Actor) ([]register.Client, error) {
	if a.ID == "" || len(a.Roles) == 0 {
		return nil, request.Fault(request.Forbidden, "", "list the clients")
	}
	all, err := c.Registers.Clients(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the clients: %w", err)
	}
	slices.SortFunc(all, func(x, y register.Client) int {
		return cmp.Or(strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)), strings.Compare(x.ID, y.ID))
	})
	return all, nil
}

// The roles that a contract may give us for debtors' data.
var debtorRoles = []string{"processor", "joint", "controller"}

// badTerms names the field of a client's contacts and agreement that cannot be;
// "" when all can.
func badTerms(c register.Client) string {
	first, second := c.RemindAfter()
	for field, email := range map[string]string{"deputyEmail": c.DeputyEmail, "escalationEmail": c.EscalationEmail} {
		if a, err := mail.ParseAddress(email); email != "" && (err != nil || a.Address != email || len(email) > 254) {
			return field
		}
	}
	if _, err := deadline.ParseDate(string(c.AgreementOn)); c.AgreementOn != "" && err != nil {
		return "agreementOn"
	}
	switch {
	case first < 1 || first > 20:
		return "remindFirst"
	case second <= first || second > 20:
		return "remindSecond"
	case len(c.DeputyName) > 200:
		return "deputyName"
	case len(c.EscalationName) > 200 || len(c.EscalationPhone) > 40:
		return "escalationName"
	case len(c.ClaimSystems) > 200:
		return "claimSystems"
	}
	for _, x := range []struct {
		field, code string
		of          []string
	}{
		{"inItsName", c.InItsName, []string{"", "yes", "no"}}, {"atEnd", c.AtEnd, []string{"", "return", "delete"}},
		{"delivery", c.Delivery, []string{"", "page", "api", "both"}}, {"state", c.State, []string{"", "bankrupt", "gone", "sold"}},
	} {
		if !slices.Contains(x.of, x.code) {
			return x.field
		}
	}
	return ""
}

// clientID is what may stand in index keys and addresses.
var clientID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// found reports whether the address with that key leads to a client; there is
// nothing to find where the key is "".
func (c *Cases) found(ctx context.Context, client, key string) (bool, error) {
	if key == "" {
		return true, nil
	}
	has, err := c.Registers.ClientByEmail(ctx, key)
	if request.NotFound.Is(err) {
		return false, nil
	}
	return err == nil && has.Client.ID == client, err
}

// SaveClient adds a client (before nil) or changes one over what the
// administrator saw. Which fields changed stands on the register's own chain,
// not what they hold: the contact is a person. Conflict: somebody else changed
// it meanwhile. Exists: that id or address is taken. InputRefused names the field;
// a deputy's address is nobody else's, the contact's neither.
func (c *Cases) SaveClient(ctx context.Context, a Actor, before *register.Client, after register.Client) error {
	if err := may(a, "administrator", after.ID); err != nil {
		return err
	}
	for _, email := range []*string{&after.Email, &after.DeputyEmail} {
		*email = strings.ToLower(strings.TrimSpace(*email))
	}
	refuse := func(field string) error {
		return request.Fault(request.InputRefused, field, "write a client with this")
	}
	address, err := mail.ParseAddress(after.Email)
	switch {
	case !clientID.MatchString(after.ID):
		return refuse("id")
	case strings.TrimSpace(after.Name) == "" || len(after.Name) > 200:
		return refuse("name")
	case err != nil || address.Address != after.Email || len(after.Email) > 254:
		return refuse("email")
	case after.Language != request.Dutch && after.Language != request.English:
		return refuse("language")
	case !slices.Contains(debtorRoles, after.DebtorRole):
		return refuse("debtorRole")
	case len(after.ContactName) > 200 || len(after.SubjectContact) > 500:
		return refuse("contact")
	}
	if field := badTerms(after); field != "" {
		return refuse(field)
	}
	named := slices.Collect(strings.FieldsFuncSeq(strings.ToLower(after.ClaimSystems), func(r rune) bool { return r == ',' || r == ' ' }))
	known := c.Systems.Inventory().SystemsFor(request.Debtor, request.Processor)
	if slices.ContainsFunc(named, func(id string) bool { return !slices.Contains(known, id) }) {
		return refuse("claimSystems")
	}
	slices.Sort(named)
	after.ClaimSystems = strings.Join(slices.Compact(named), ",")
	if after.DeputyEmail == after.Email {
		return refuse("deputyEmail")
	}
	keys, err := register.KeysOf(ctx, after, c.Keys.Key)
	if err != nil {
		return err
	}
	if before != nil && *before == after {
		found, err := c.found(ctx, after.ID, keys.Deputy)
		if err != nil || found {
			return err
		}
		// One that was stored before deputies could sign in: saving it lets its deputy in.
	}
	line := ledger.Line{At: c.Now().UTC(), Actor: a.ID, Action: "client-changed", Refs: map[string]string{"client": after.ID}}
	was := register.Client{}
	if before == nil {
		line.Action = "client-added"
	} else {
		was = *before
	}
	var changed []string
	for _, f := range []struct {
		name     string
		old, now string
	}{
		{"name", was.Name, after.Name}, {"contactName", was.ContactName, after.ContactName}, {"email", was.Email, after.Email},
		{"language", string(was.Language), string(after.Language)}, {"subjectContact", was.SubjectContact, after.SubjectContact},
		{"debtorRole", was.DebtorRole, after.DebtorRole}, {"deputyName", was.DeputyName, after.DeputyName}, {"deputyEmail", was.DeputyEmail, after.DeputyEmail},
		{"remindFirst", strconv.Itoa(was.RemindFirst), strconv.Itoa(after.RemindFirst)}, {"remindSecond", strconv.Itoa(was.RemindSecond), strconv.Itoa(after.RemindSecond)},
		{"escalationName", was.EscalationName, after.EscalationName}, {"escalationEmail", was.EscalationEmail, after.EscalationEmail}, {"escalationPhone", was.EscalationPhone, after.EscalationPhone},
		{"agreementOn", string(was.AgreementOn), string(after.AgreementOn)}, {"inItsName", was.InItsName, after.InItsName}, {"atEnd", was.AtEnd, after.AtEnd},
		{"delivery", was.Delivery, after.Delivery}, {"claimSystems", was.ClaimSystems, after.ClaimSystems}, {"state", was.State, after.State},
	} {
		if f.old != f.now {
			changed = append(changed, f.name)
		}
	}
	if len(changed) == 0 {
		changed = []string{"deputyEmail"}
	}
	line.Reason = strings.Join(changed, ",")
	telling := register.Telling{Client: after.ID, By: a.ID, At: line.At}
	changes := before != nil && before.State != after.State
	if changes { // before it is written: whatever happens then, wake tells it
		if err := c.Registers.PutTelling(ctx, telling); err != nil {
			return err
		}
	}
	err = c.Registers.ReviseClient(ctx, before, after, keys, line)
	if request.Exists.Is(err) && keys.Deputy != "" {
		// The administrator has to know which of the two addresses it is.
		if has, e := c.Registers.ClientByEmail(ctx, keys.Deputy); e == nil && has.Client.ID != after.ID {
			return refuse("deputyEmail")
		}
	}
	if err != nil || !changes {
		return err
	}
	// The client is written: what fails from here on, wake does from the beginning.
	_, _ = c.tellState(ctx, &telling, after, toldAtOnce)
	return nil
}
