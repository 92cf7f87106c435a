// Package portal is the public side of the rights desk: the pages on which a
// person asks for their data, shows who they are, sees how it stands and
// fetches the answer. Dutch and English, no script, no account.
//
// Rules that hold on every page: GET shows and never changes anything (A20);
// POST ends in a redirect to a GET page, so that Back and Reload are safe; no
// page tells whether we know a person before a code proved who asks (A16); no
// secret and no personal data in any address (A24). What a person types is
// kept as a draft on the server for a day and shown again as it was typed.
//
// The road through the form stands in steps.go, what is checked in rules.go,
// how it is shown in form.go; proof.go and status.go are the roads that start
// from a letter; faults.go are the pages for when things go wrong.
package portal
