package request

import (
	"errors"
	"fmt"
)

// Code is a closed set of fault kinds. A code, never a sentence, decides what
// a state machine or a page does; it carries no personal data.
type Code string

// The codes.
const (
	NotFound       Code = "Request.NotFound"
	Conflict       Code = "Request.Conflict"     // somebody else wrote first: load again
	Exists         Code = "Request.Exists"       // create-if-absent found it
	PhaseIllegal   Code = "Phase.Illegal"        // a move the table does not know
	Forbidden      Code = "Actor.Forbidden"      // this person may not do this
	SamePerson     Code = "Actor.SamePerson"     // four eyes need two people
	ProofTooLow    Code = "Proof.TooLow"         // level not reached (I14)
	NoInstruction  Code = "Client.NoInstruction" // invariant 1
	SystemsMissing Code = "Systems.Incomplete"   // a system has not answered yet
	TooWide        Code = "Systems.TooWide"      // a person's keys lead to more than may be followed
	SystemDown     Code = "Systems.Unavailable"  // a system does not answer; it may be over by itself
	SystemAsked    Code = "Systems.Asked"        // a processor has the request, and answers in days
	SystemChanged  Code = "Systems.Changed"      // a system is not as the inventory says, or refuses: a person must mend it
	DateRefused    Code = "Date.Refused"         // the law's clock does not allow it
	InputRefused   Code = "Input.Refused"        // a form field is wrong
	TooMany        Code = "Limit.Reached"        // a limit of ours was reached
	NotScanned     Code = "File.NotScanned"      // no scanner found this file clean
)

// Error is a fault of the domain: a code, what was tried, and on which id.
type Error struct {
	Code  Code
	On    string // an id, never a name or an address
	Doing string
	Err   error
}

// Error gives code, act and id; it never holds personal data.
func (e *Error) Error() string {
	s := string(e.Code)
	if e.Doing != "" {
		s += ": " + e.Doing
	}
	if e.On != "" {
		s += " (" + e.On + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrorType is the name by which a state machine catches it.
func (e *Error) ErrorType() string { return string(e.Code) }

// Is reports whether err carries code c.
func (c Code) Is(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == c
}

// Fault makes an Error.
func Fault(c Code, on, doing string, args ...any) *Error {
	return &Error{Code: c, On: on, Doing: fmt.Sprintf(doing, args...)}
}
