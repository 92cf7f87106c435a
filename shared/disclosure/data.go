package disclosure

import (
	"archive/zip"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// machine writes the JSON: one file a holding, or one for all when the data
// are to travel. It counts on the way what the tables will take.
func (s *sealer) machine() error {
	if s.spec.Right == request.Portability {
		return s.portable()
	}
	for _, h := range s.held {
		e, err := s.begin("data/"+h.ID()+".json", zip.Deflate)
		if err != nil {
			return err
		}
		if err := s.writeJSON(e, h); err != nil {
			return err
		}
		e.put("\n")
		if err := s.end(e); err != nil {
			return err
		}
		h.machine = append(h.machine, e.name)
	}
	s.layout()
	return nil
}

// writeJSON writes the rows of h as an array, columns in the inventory's order.
func (s *sealer) writeJSON(e *entry, h *held) error {
	s.number(h)
	measure := s.table(h)
	names := make([]string, len(h.columns))
	for i, c := range h.columns {
		names[i] = `"` + c.Name + `":` // a column name of the inventory: letters and digits
	}
	first := true
	e.put("[")
	err := s.rows(h, func(it *item) error {
		b := e.buf
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, "\n{"...)
		comma := false
		for i, raw := range it.values {
			if raw == nil {
				continue
			}
			if comma {
				b = append(b, ',')
			}
			comma = true
			b = append(append(b, names[i]...), raw...)
		}
		if it.name != "" {
			if comma {
				b = append(b, ',')
			}
			b = append(append(append(b, `"attachment":"`...), it.name...), '"')
		}
		e.buf = append(b, '}')
		if h.html <= s.spec.SplitAt { // beyond, its pages are its own anyhow
			measure.buf = measure.row(measure.buf[:0], it, it.name, 1)
			h.html += int64(len(measure.buf))
		}
		return e.flush()
	})
	if err != nil {
		return err
	}
	if !first {
		e.put("\n")
	}
	e.put("]")
	return nil
}

// number gives h's attachments the numbers after those of the holdings before.
func (s *sealer) number(h *held) {
	if i := slices.Index(s.held, h); i > 0 {
		h.first = s.held[i-1].first + s.held[i-1].attached
	}
}

// portable writes data.json, canonical, with its schema.
func (s *sealer) portable() error {
	e, err := s.begin("data.json", zip.Deflate)
	if err != nil {
		return err
	}
	fmt.Fprintf(e, `{"schema":"schema.json","version":%q,"reference":%q,"received":%q,"data":{`,
		s.spec.Inventory.Version, s.spec.Reference, s.spec.Received.UTC().Format(time.RFC3339))
	system := ""
	for _, h := range s.held {
		switch {
		case system == "":
			fmt.Fprintf(e, "\n%q:{", h.System.ID)
		case system != h.System.ID:
			fmt.Fprintf(e, "},\n%q:{", h.System.ID)
		default:
			e.put(",")
		}
		system = h.System.ID
		fmt.Fprintf(e, "%q:", h.Holding.ID)
		if err := s.writeJSON(e, h); err != nil {
			return err
		}
		h.machine = append(h.machine, "data.json")
	}
	if system != "" {
		e.put("}")
	}
	e.put("}}\n")
	if err := s.end(e); err != nil {
		return err
	}
	s.layout()
	return s.writeValue("schema.json", s.schema())
}

// schema describes data.json (JSON Schema 2020-12).
func (s *sealer) schema() any {
	type object = map[string]any
	systems := object{}
	for _, h := range s.held {
		columns := object{}
		for _, c := range h.columns {
			columns[c.Name] = object{"title": c.Label.In(s.spec.Language)}
		}
		columns["attachment"] = object{"type": "string"}
		sys, ok := systems[h.System.ID].(object)
		if !ok {
			sys = object{"type": "object", "title": h.System.Name.In(s.spec.Language), "properties": object{}}
			systems[h.System.ID] = sys
		}
		sys["properties"].(object)[h.Holding.ID] = object{
			"type": "array", "title": h.Holding.Label.In(s.spec.Language), "description": h.Holding.What.In(s.spec.Language),
			"items": object{"type": "object", "properties": columns, "additionalProperties": false},
		}
	}
	return object{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": s.say("title"), "type": "object",
		"required": []string{"version", "reference", "received", "data"},
		"properties": object{
			"schema": object{"const": "schema.json"}, "version": object{"const": s.spec.Inventory.Version},
			"reference": object{"type": "string"}, "received": object{"type": "string", "format": "date-time"},
			"data": object{"type": "object", "properties": systems, "additionalProperties": false},
		},
	}
}

// layout decides which tables stand in index.html: as long as they fit.
func (s *sealer) layout() {
	var used int64
	for _, h := range s.held {
		h.inline = used+h.html <= s.spec.SplitAt
		if h.inline {
			used += h.html
		}
	}
}

// tables writes the CSV of every holding (RFC 4180), as the spreadsheets of
// the reader's country open it with a double click: a byte order mark, and in
// Dutch a semicolon, because the comma is taken there.
func (s *sealer) tables() error {
	folder := "data/"
	if s.spec.Right == request.Portability {
		folder = "csv/"
	}
	comma := byte(';')
	if s.spec.Language == request.English {
		comma = ','
	}
	for _, h := range s.held {
		e, err := s.begin(folder+h.ID()+".csv", zip.Deflate)
		if err != nil {
			return err
		}
		e.put("\ufeff")
		for i, c := range h.columns {
			if i > 0 {
				e.buf = append(e.buf, comma)
			}
			e.buf = appendCell(e.buf, []byte(c.Name), comma)
		}
		attached := h.attached > 0
		if attached {
			e.buf = append(append(e.buf, comma), "attachment"...)
		}
		e.put("\r\n")
		err = s.rows(h, func(it *item) error {
			b := e.buf
			for i, raw := range it.values {
				if i > 0 {
					b = append(b, comma)
				}
				if isNumber(raw) {
					b = appendNumber(b, raw, comma)
				} else {
					b = appendCell(b, plainText(raw), comma)
				}
			}
			if attached {
				b = appendCell(append(b, comma), []byte(it.name), comma)
			}
			e.buf = append(b, '\r', '\n')
			return e.flush()
		})
		if err != nil {
			return err
		}
		if err := s.end(e); err != nil {
			return err
		}
		h.machine = append(h.machine, e.name)
	}
	return nil
}

// attachments copies recordings and letters, which are stored as they are.
func (s *sealer) attachments() error {
	for _, h := range s.held {
		if h.attached == 0 {
			continue
		}
		err := s.rows(h, func(it *item) error {
			if it.key == "" {
				return nil
			}
			if s.skips(it.name) {
				s.files = append(s.files, File{Name: it.name})
				return nil
			}
			body, err := s.parts.Open(s.ctx, it.key)
			if err != nil {
				return fmt.Errorf("open an attachment of %s: %w", h.ID(), err)
			}
			defer body.Close()
			e, err := s.begin(it.name, zip.Store)
			if err != nil {
				return err
			}
			if _, err := io.Copy(e, body); err != nil {
				return fmt.Errorf("copy an attachment of %s: %w", h.ID(), err)
			}
			return s.end(e)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
