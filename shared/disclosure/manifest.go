package disclosure

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
)

// checksums writes controle.txt, in the form that sha256sum -c reads.
func (s *sealer) checksums() error {
	e, err := s.begin("controle.txt", zip.Deflate)
	if err != nil {
		return err
	}
	for _, f := range s.files {
		fmt.Fprintf(e, "%s  %s\n", f.SHA256, f.Name)
	}
	return s.end(e)
}

// Manifest is manifest.json: the keys of X-2.
type Manifest struct {
	Confirmation map[request.Relation]bool `json:"confirmation"`
	Purposes     []inventory.Line          `json:"purposes"`
	Categories   []inventory.Line          `json:"categories"`
	Recipients   []inventory.Line          `json:"recipients"`
	Retention    []inventory.Line          `json:"retention"`
	Rights       []inventory.Line          `json:"rights"`
	Complaint    []inventory.Line          `json:"complaint"`
	Source       []inventory.Line          `json:"source"`
	Automated    []inventory.Line          `json:"automated"`
	Transfers    []inventory.Line          `json:"transfers"`
	Copy         []File                    `json:"copy"`
	Omissions    []Omission                `json:"omissions"`
	Meta         Meta                      `json:"meta"`
}

// Meta says what the package is, and where was searched for it.
type Meta struct {
	Reference request.Reference `json:"reference"`
	Right     request.Right     `json:"right"`
	Relation  request.Relation  `json:"relation"`
	Role      request.Role      `json:"role"`
	Received  time.Time         `json:"received"`
	// Snapshot is the day as of which the data stand: the receipt date.
	Snapshot  request.Day      `json:"snapshot"`
	Language  request.Language `json:"language"`
	Inventory string           `json:"inventory"`
	Searched  []searched       `json:"searched"`
	// SearchedBy is how many keys of each kind were asked by; Hops are how they
	// were found, each in words too.
	SearchedBy map[string]int `json:"searchedBy"`
	Hops       []hop          `json:"hops"`
}

// hop is one step by which the person was found in another place.
type hop struct {
	From  string   `json:"from"`
	Kind  string   `json:"kind"`
	To    []string `json:"to"`
	Count int      `json:"count"`
	// Left is how many keys were not followed, because they may be another's (A15).
	Left int `json:"left"`
	// NumberOnly are those of To that do not tell whose a record is, only to
	// which key it belongs.
	NumberOnly []string `json:"numberOnly,omitempty"`
	Text       string   `json:"text"`
}

func (s *sealer) manifest() error {
	m := Manifest{
		Confirmation: map[request.Relation]bool{s.spec.Relation: false}, Omissions: s.omissions(), Copy: s.files,
		Meta: Meta{
			Reference: s.spec.Reference, Right: s.spec.Right, Relation: s.spec.Relation, Role: s.spec.Role,
			Received: s.spec.Received.UTC(), Snapshot: request.Day(s.spec.Received.In(amsterdam).Format(time.DateOnly)),
			Language: s.spec.Language, Inventory: s.spec.Inventory.Version, Searched: s.results(),
			SearchedBy: s.spec.By, Hops: s.hops(),
		},
	}
	if m.Meta.SearchedBy == nil {
		m.Meta.SearchedBy = map[string]int{}
	}
	if m.Omissions == nil {
		m.Omissions = []Omission{}
	}
	for _, h := range s.held {
		if h.rows > 0 {
			m.Confirmation[s.spec.Relation] = true
		}
	}
	items := map[string]*[]inventory.Line{
		"purposes": &m.Purposes, "categories": &m.Categories, "recipients": &m.Recipients, "retention": &m.Retention,
		"rights": &m.Rights, "complaint": &m.Complaint, "source": &m.Source, "automated": &m.Automated, "transfers": &m.Transfers,
	}
	for _, item := range s.spec.Inventory.Statement(s.spec.Language, s.places) {
		*items[item.Key] = item.Lines
	}
	return s.writeValue("manifest.json", m)
}

func (s *sealer) writeValue(name string, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	e, err := s.begin(name, zip.Deflate)
	if err != nil {
		return err
	}
	if _, err := e.Write(b.Bytes()); err != nil {
		return err
	}
	return s.end(e)
}
