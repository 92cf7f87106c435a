package disclosure

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Parts opens what a Sink keeps.
type Parts interface {
	Open(ctx context.Context, key string) (io.ReadCloser, error)
}

// line is one line of a part: its head first, then rows, its end last. A part
// without an end is not whole.
type line struct {
	Part *head                      `json:"part,omitempty"`
	Row  map[string]json.RawMessage `json:"row,omitempty"`
	// Held are the columns that a person must look at before they may leave
	// . With the column object it is File itself that waits.
	Held map[string]json.RawMessage `json:"held,omitempty"`
	// File is the key of the row's attachment in the vault.
	File string `json:"file,omitempty"`
	End  *end   `json:"end,omitempty"`
}

type head struct {
	Version int           `json:"version"`
	System  string        `json:"system"`
	Holding string        `json:"holding"`
	Right   request.Right `json:"right"`
}

type end struct {
	Rows    int        `json:"rows"`
	Omitted []Omission `json:"omitted,omitempty"`
}

type partWriter struct{ w *bufio.Writer }

func (p partWriter) line(ln line) error {
	raw, err := exact(ln)
	if err != nil {
		return err
	}
	if _, err := p.w.Write(raw); err != nil {
		return err
	}
	return p.w.WriteByte('\n')
}

// errPart: a part is damaged or of another holding.
var errPart = errors.New("a collected part is not whole")

// readPart streams the rows of a part and gives its end.
func readPart(ctx context.Context, parts Parts, r request.Receipt, right request.Right, visit func(line) error) (end, error) {
	body, err := parts.Open(ctx, r.Part)
	if err != nil {
		return end{}, fmt.Errorf("open the part of %s/%s: %w", r.System, r.Holding, err)
	}
	defer body.Close()
	dec := json.NewDecoder(bufio.NewReaderSize(body, 64<<10))
	var first line
	if err := dec.Decode(&first); err != nil || first.Part == nil || *first.Part != (head{1, r.System, r.Holding, right}) {
		return end{}, fmt.Errorf("read the part of %s/%s: %w", r.System, r.Holding, errPart)
	}
	for n := 0; ; n++ {
		var ln line
		if err := dec.Decode(&ln); err != nil {
			return end{}, fmt.Errorf("read the part of %s/%s: %w", r.System, r.Holding, errPart)
		}
		if ln.End != nil {
			if ln.End.Rows != n {
				return end{}, fmt.Errorf("count the part of %s/%s: %w", r.System, r.Holding, errPart)
			}
			return *ln.End, nil
		}
		if err := visit(ln); err != nil {
			return end{}, err
		}
	}
}

// counter counts the bytes that pass.
type counter struct {
	to io.Writer
	n  int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.n += int64(n)
	return n, err
}
