// Package request is the record of what a person asked and how far we are: the
// request, its legs, their phases and the only moves between them. It knows no
// store, no mail and no clock; it stands on the standard library alone.
package request
