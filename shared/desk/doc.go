// Package desk is where officers work: the queue by due date, the page of one
// request, and every decision that the law leaves to a person. Dutch interface;
// its words stand in a catalogue in Dutch and English.
//
// Rules that hold on every page: nobody sees anything without a sign-in at the
// issuer and a role that the route's row names (A29); lists, addresses and
// titles hold references, never a name (A46); opening a request is logged;
// what a person wrote is shown as text, never as HTML (A28); GET shows and POST
// does; what cannot be undone has a page of its own, with the count on its
// button; who prepared a decision sees a sentence where the second person sees
// a button (A12, law.md invariant 12).
//
// The routes and their roles stand in routes.go; signin.go and session.go let
// people in; queue.go, case.go and todo.go show; the other files are the acts.
package desk
