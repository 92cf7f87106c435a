package cases

import (
	"context"
	"net/http"
	"slices"

	"github.com/allclaims/rightsdesk/infra/demo"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Page is a page of the played stack, with the browser in which it can be
// seen: for screenshots, and for checks that a person would do by eye.
type Page struct {
	Name, URL string
	Cookies   []*http.Cookie
	// Dense pages are for people who work in them all day.
	Dense bool
	// Weight is the most bytes that the page may have; 0 is the usual limit.
	Weight int
	// Fault is why the page could not be reached.
	Fault error
}

// Pages opens every kind of page once after a play: the form from its first
// step to its confirmation, the proof, the status, the desk, a client's pages
// and the mailbox. It puts the clock back, so that what is gone by now, such as
// the package, is there to be seen.
func (p *Play) Pages(ctx context.Context) []Page {
	if err := p.clock.Reset(ctx); err != nil {
		return []Page{{Name: "clock", Fault: err}}
	}
	var all []Page
	for _, road := range []func(*scene) []Page{formPages, proofPages, deskPages, clientPages, mailPages} {
		var found []Page
		s := &scene{Play: p, ctx: ctx, name: "pages"}
		func() {
			defer func() {
				switch x := recover().(type) {
				case nil:
				case ended:
					found = append(found, Page{Name: "road", Fault: x.err})
				default:
					panic(x)
				}
			}()
			found = road(s)
		}()
		all = append(all, found...)
	}
	return all
}

func (s *scene) page(v *Visitor, name string, dense bool) Page {
	return Page{Name: name, URL: v.at.String(), Cookies: slices.Clone(v.Cookies()), Dense: dense}
}

// formPages are pages of one visit each, because a draft goes on with its visitor.
func formPages(s *scene) (pages []Page) {
	steps := []struct {
		name string
		fill []Form
	}{
		{"form-wishes", nil},
		{"form-who", []Form{{Values: one("wens", "access")}, {Values: one("contact", "client")}, {}}},
		{"form-check", []Form{{Values: one("wens", "marketing")}, {Values: one("email", "iemand@elders.example")}}},
		{"form-sent", []Form{{Values: one("wens", "marketing")}, {Values: one("email", "iemand@elders.example")}, {}}},
	}
	for _, lang := range []string{"nl", "en"} {
		for _, step := range steps {
			v := NewVisitor(s.Stack.BaseURL)
			s.must(v.Get(s.ctx, "/"+lang+"/verzoek/wensen"))
			for _, f := range step.fill {
				s.must(v.Fill(s.ctx, f))
			}
			pages = append(pages, s.page(v, step.name+"-"+lang, false))
		}
	}
	return pages
}

func proofPages(s *scene) (pages []Page) {
	p, ref := demo.ClientContact, s.Reference("b")
	v := NewVisitor(s.Stack.BaseURL)
	s.must(v.Get(s.ctx, "/en/bewijs?k="+string(ref)))
	pages = append(pages, s.page(v, "proof", false))
	before := s.seen()
	s.must(v.Get(s.ctx, "/en/download?k="+string(ref)))
	s.must(v.Fill(s.ctx, Form{Action: "/download/code"}))
	code := s.expect(want{to: p.Email, letter: "N-01", without: before}).Code()
	waiting := NewVisitor(s.Stack.BaseURL)
	s.must(waiting.Get(s.ctx, "/en/stand?k="+string(ref)))
	s.must(waiting.Fill(s.ctx, Form{}))
	pages = append(pages, s.page(waiting, "code", false))
	s.must(v.Fill(s.ctx, Form{Action: "/bewijs/code", Values: one("code", code)}))
	pages = append(pages, s.page(v, "download", false))
	s.must(v.Get(s.ctx, "/en/stand/overzicht"))
	return append(pages, s.page(v, "status", false))
}

func deskPages(s *scene) (pages []Page) {
	v := s.staff("officer")
	for name, path := range map[string]string{
		"desk-queue": "/desk/?rij=alles", "desk-request-erasure": "/desk/verzoek/" + string(s.Reference("d")),
		"desk-request-debtor": "/desk/verzoek/" + string(s.Reference("c")), "desk-new": "/desk/nieuw",
	} {
		s.must(v.Get(s.ctx, path))
		p := s.page(v, name, true)
		p.Weight = 30 << 10 // read at a desk, and packed on its way
		pages = append(pages, p)
	}
	return pages
}

func clientPages(s *scene) (pages []Page) {
	v := s.client(demo.Clients()[1])
	pages = append(pages, s.page(v, "client-list", true))
	link := s.clientCase(v, s.Reference("c"))
	s.must(v.Get(s.ctx, link))
	pages = append(pages, s.page(v, "client-request", true))
	s.must(v.Get(s.ctx, link+"/opdracht"))
	pages = append(pages, s.page(v, "client-instruct", true))
	v = s.client(demo.Clients()[1]) // what one sign-in chose, another does not show
	s.must(v.Get(s.ctx, link+"/opdracht"))
	s.must(v.Fill(s.ctx, Form{Action: "/opdracht", Values: one("opdracht", request.RefuseInstruction, "grond", firstValue(v, "grond"), "naam", "Omar Haddad")}))
	return append(pages, s.page(v, "client-check", true))
}

func mailPages(s *scene) []Page {
	v := NewVisitor(s.Stack.BaseURL)
	s.must(v.Get(s.ctx, "/mail"))
	return []Page{s.page(v, "mailbox", true)}
}

// firstValue is the value of the first choice of that name.
func firstValue(v *Visitor, name string) string {
	if n := find(v.doc, nodeWithName(name)); n != nil {
		return attr(n, "value")
	}
	return ""
}
