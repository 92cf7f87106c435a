package cases

import (
	"context"
	"strings"

	"github.com/allclaims/rightsdesk/infra/demo"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Copy asks for a copy as a client's contact does, from the Dutch form to the
// letter that the package is there. The benchmark of the whole stack uses it.
func (p *Play) Copy(ctx context.Context, person demo.Person) (request.Reference, error) {
	name := "copy for " + person.Customer
	p.act(ctx, map[string]func(*scene){name: func(s *scene) {
		v := NewVisitor(s.Stack.BaseURL)
		s.must(v.Get(s.ctx, "/nl/verzoek/wensen"))
		for _, f := range []Form{
			{Values: one("wens", "access")},
			{Values: one("contact", "client")},
			{Values: one("inzage", "alles")},
			{Values: one("zelf", "ja", "naam", person.Name, "email", person.Email, "antwoord", "email", "postcode", person.Postcode, "huisnummer", "41", "nummer", person.Customer)},
			{},
		} {
			at := v.Path()
			s.must(v.Fill(s.ctx, f))
			s.check(v.Path() != at, "the step %s leads nowhere: %s", at, v.Heading())
		}
		s.check(strings.HasSuffix(v.Path(), "/ontvangen"), "the form ends at %s (%s)", v.Path(), v.Heading())
		ref := s.referenceOf(v.Text())
		s.refer(name, ref)
		s.expect(want{to: person.Email, letter: "T-02", ref: ref})
		s.prove(v, "nl", ref, person.Email, person.Customer)
		s.decideAndRelease(ref)
		s.expect(want{to: person.Email, letter: "T-09", ref: ref})
	}})
	return p.Reference(name), p.verdict()
}
