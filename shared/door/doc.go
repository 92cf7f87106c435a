// Package door is what every visit to a site of the rights desk passes, whether
// a person comes to the public pages, an officer to the desk or a client to the
// clients' pages: a post from another site is turned away, the visitor is
// recognised by a cookie that says nothing, spoken to in one language, and when
// something goes wrong it becomes a page in plain words.
//
// # How a site uses it
//
// A site keeps its table of routes, its ports and its own frame. It makes one
// Door when it is first asked (with Guard around its routes), and runs every
// page through Serve:
//
//	func (h *Handler) run(w http.ResponseWriter, r *http.Request, serve func(*Handler, visit) error) {
//		v := visit{Visit: h.door.Visit(w, r, request.Dutch)}
//		h.door.Serve(v.Visit, func() error { return serve(h, v) },
//			func(status int, kind string) error { return h.fault(v, status, kind) })
//	}
//
// A page is then a method that takes the visit and answers an error:
//
//	func (h *Handler) showRead(v visit) error {
//		return h.door.Show(v.Visit, http.StatusOK, "read", readPage{Frame: h.frame(v, v.Say("read.title"))})
//	}
//
// It shows a page with Show, leads on with SeeOther after a POST, reads a form
// with Form, and answers errors of shared/request as they come: the table
// Answers says which page each code gets.
//
// What is kept between two pages stands in a Record: Load, Save, SaveNew, Put,
// Forget and Drop read and write it. Package doortest holds the visitor, the
// store and the prover that the tests of all sites share.
package door
