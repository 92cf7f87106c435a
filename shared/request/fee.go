package request

import "time"

// Fee is a reasonable price for an excessive request or a further copy. It is
// announced before anything is done, so that the person can take the request
// back (12(5)(a), 15(3), X-9): nothing is decided until they said yes.
type Fee struct {
	// Cents is the amount in euro cents; 0: no fee was proposed.
	Cents int `json:"cents,omitempty"`
	// Reason is a code of the closed list: excessive or copies.
	Reason     string    `json:"reason,omitempty"`
	By         string    `json:"by,omitempty"`
	At         time.Time `json:"at"`
	ApprovedBy string    `json:"approvedBy,omitempty"`
	ApprovedAt time.Time `json:"approvedAt"`
	// Accepted is when an officer recorded the person's yes.
	Accepted   time.Time `json:"accepted"`
	AcceptedBy string    `json:"acceptedBy,omitempty"`
}

// Waits reports whether a fee was proposed that the person has not agreed to.
func (f Fee) Waits() bool { return f.Cents > 0 && f.Accepted.IsZero() }

// CodeLetter is a letter with a code to a postal address on file. The code
// stands nowhere: it is drawn when the letter is printed (A21).
type CodeLetter struct {
	// ID is that of the letter in the outbox.
	ID string `json:"id"`
	// Channel is the id of the address on file.
	Channel string    `json:"channel"`
	Asked   time.Time `json:"asked"`
	// By is the officer, or subject for somebody at the proof page.
	By string `json:"by"`
	// Printed is when it was last printed, and Until the end of its code; zero
	// while nobody printed it.
	Printed time.Time `json:"printed"`
	Until   time.Time `json:"until"`
}
