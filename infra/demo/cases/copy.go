package cases

import (
	"context"
	"strings"

	"github.com/allclaims/rightsdesk/infra/ctl/clock"
	"github.com/allclaims/rightsdesk/infra/demo"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Copy asks for a copy as a client's contact does, from the Dutch form to the
// letter that the package is there. The benchmark of the whole stack uses it.
func (p *Play) Copy(ctx context.Context, person demo.Person) (request.Reference, error) {
	name := "copy for " + person.Customer
	p.act(ctx, map[string]func(*scene){name: func(s *scene) {
		ref := s.asksAndProves(name, person, "access")
		s.decideAndRelease(ref)
		s.expect(want{to: person.Email, letter: "T-09", ref: ref})
	}})
	return p.Reference(name), p.verdict()
}

// Erase asks for an erasure in the same way, and passes the cool-off. The
// letter says what was erased.
func (p *Play) Erase(ctx context.Context, person demo.Person) (request.Reference, error) {
	name := "erasure for " + person.Customer
	p.act(ctx, map[string]func(*scene){name: func(s *scene) {
		ref := s.asksAndProves(name, person, "erasure")
		officer := s.staff("officer")
		s.decide(officer, s.open(officer, ref, "/besluit"), one("besluit", "granted"))
		s.approvePlan(ref)
		s.advance(clock.Step{Days: 15})
		s.expect(want{to: person.Email, letter: "T-13", ref: ref})
	}})
	return p.Reference(name), p.verdict()
}

// asksAndProves fills in the Dutch form for one right, and proves who asks.
func (s *scene) asksAndProves(name string, person demo.Person, right string) request.Reference {
	v := NewVisitor(s.Stack.BaseURL)
	s.must(v.Get(s.ctx, "/nl/verzoek/wensen"))
	forms := []Form{{Values: one("wens", right)}, {Values: one("contact", "client")}}
	if right == "access" {
		forms = append(forms, Form{Values: one("inzage", "alles")})
	}
	forms = append(forms,
		Form{Values: one("zelf", "ja", "naam", person.Name, "email", person.Email, "antwoord", "email", "postcode", person.Postcode, "huisnummer", "41", "nummer", person.Customer)},
		Form{})
	for _, f := range forms {
		at := v.Path()
		s.must(v.Fill(s.ctx, f))
		s.check(v.Path() != at, "the step %s leads nowhere: %s", at, v.Heading())
	}
	s.check(strings.HasSuffix(v.Path(), "/ontvangen"), "the form ends at %s (%s)", v.Path(), v.Heading())
	ref := s.referenceOf(v.Text())
	s.refer(name, ref)
	s.expect(want{to: person.Email, letter: "T-02", ref: ref})
	s.prove(v, "nl", ref, person.Email, person.Customer)
	return ref
}
