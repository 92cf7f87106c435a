// Package opendsr is OpenDSR 2.0, the contract by which a controller hands a
// data subject's request to a processor and follows it: the messages, their
// signatures, and the controller's side of the calls.
package opendsr

import (
	"encoding/json"
	"time"
)

// Version is what we speak.
const Version = "2.0"

// GDPR is the regulation of every request of ours.
const GDPR = "gdpr"

// The types of a request.
const (
	Access      = "access"
	Portability = "portability"
	Erasure     = "erasure"
)

// The formats of an identity; all but raw are in lower-case hex.
const (
	Raw    = "raw"
	SHA256 = "sha256"
	SHA1   = "sha1"
	MD5    = "md5"
)

// The types of an identity that a holding of ours may have.
const (
	Email      = "email"
	CustomerID = "controller_customer_id"
)

// The states of a request.
const (
	Pending    = "pending"
	InProgress = "in_progress"
	Completed  = "completed"
	Cancelled  = "cancelled"
)

// The headers of a signed answer or callback, and their names in version 1.
const (
	HeaderDomain      = "X-OpenDSR-Processor-Domain"
	HeaderSignature   = "X-OpenDSR-Signature"
	HeaderDomainV1    = "X-OpenGDPR-Processor-Domain"
	HeaderSignatureV1 = "X-OpenGDPR-Signature"
)

// Identity is one way to find the person.
type Identity struct {
	Type string `json:"identity_type"`
	// Value is absent in a discovery.
	Value  string `json:"identity_value,omitempty"`
	Format string `json:"identity_format"`
}

// Discovery is what a processor tells of itself.
type Discovery struct {
	Version     string     `json:"api_version"`
	Identities  []Identity `json:"supported_identities"`
	Types       []string   `json:"supported_subject_request_types"`
	Certificate string     `json:"processor_certificate"`
}

// Request hands over a request.
type Request struct {
	Regulation string `json:"regulation"`
	// ID is a UUID of version 4, made by the controller.
	ID   string `json:"subject_request_id"`
	Type string `json:"subject_request_type"`
	// Submitted is when the person asked: the clock of the law starts there.
	Submitted  time.Time  `json:"submitted_time"`
	Identities []Identity `json:"subject_identities,omitempty"`
	Version    string     `json:"api_version,omitempty"`
	Callbacks  []string   `json:"status_callback_urls,omitempty"`
	// Extensions are keyed by the domain of a processor.
	Extensions map[string]json.RawMessage `json:"extensions,omitempty"`
}

// Receipt is the answer to a Request.
type Receipt struct {
	Controller string    `json:"controller_id"`
	Expected   time.Time `json:"expected_completion_time"`
	Received   time.Time `json:"received_time"`
	// Encoded is the whole body of the request; it is never stored or logged.
	Encoded []byte `json:"encoded_request"`
	ID      string `json:"subject_request_id"`
}

// Status tells how far a request is.
type Status struct {
	Controller string    `json:"controller_id"`
	Expected   time.Time `json:"expected_completion_time"`
	ID         string    `json:"subject_request_id"`
	State      string    `json:"request_status"`
	Version    string    `json:"api_version,omitempty"`
	// ResultsURL may carry a secret in itself: it is never stored or logged.
	ResultsURL string `json:"results_url,omitempty"`
	// ResultsCount is nil where the processor does not tell.
	ResultsCount *int `json:"results_count,omitempty"`
	// Extensions are keyed by the domain of the processor.
	Extensions map[string]any `json:"extensions,omitempty"`
}

// Cancellation is the answer to the withdrawal of a request.
type Cancellation struct {
	Controller string    `json:"controller_id"`
	ID         string    `json:"subject_request_id"`
	Received   time.Time `json:"received_time"`
	Version    string    `json:"api_version,omitempty"`
}

// Callback tells of a new status.
type Callback struct {
	Status
	// URL is the very address that it was sent to.
	URL string `json:"status_callback_url"`
}

// Fault is the body of an answer that is none of the above.
type Fault struct {
	Error struct {
		Code    int           `json:"code"`
		Message string        `json:"message,omitempty"`
		Errors  []FaultDetail `json:"errors,omitempty"`
	} `json:"error"`
}

// FaultDetail is one thing that is wrong; it never holds an identity.
type FaultDetail struct {
	Domain  string `json:"domain,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}
