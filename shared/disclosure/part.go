package disclosure

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/klauspost/compress/s2"
)

// Parts opens what a Sink keeps.
type Parts interface {
	Open(ctx context.Context, key string) (io.ReadCloser, error)
}

// A part is one s2 stream of frames: its head first, then rows, its end last. A
// part without an end is not whole. A frame is one letter, its length and its
// body; head and end are JSON. The body of a row has, for every column of the
// head and then for the key of its file, a length and the bytes: 0 for nothing,
// else one more than there are. Values are JSON, byte for byte as they will
// stand in the package.
const (
	headFrame = 'h'
	rowFrame  = 'r'
	endFrame  = 'e'
)

// maxFrame bounds one row: more than any system holds in one record (64 MiB).
const maxFrame = 64 << 20

type head struct {
	Version int           `json:"version"`
	System  string        `json:"system"`
	Holding string        `json:"holding"`
	Right   request.Right `json:"right"`
	Columns []headColumn  `json:"columns"`
}

// headColumn is a column of a part. A person must look at the values of one
// that is held before they may leave; held of the column object, it is
// the file itself that waits.
type headColumn struct {
	Name string `json:"name"`
	Held bool   `json:"held,omitempty"`
}

type end struct {
	Rows    int        `json:"rows"`
	Omitted []Omission `json:"omitted,omitempty"`
}

// record is one row of a part: a value for each column of the head, nil for
// none, and the key of the attachment in the vault. It lasts until the next.
type record struct {
	values [][]byte
	file   string
}

// partWriter writes a part. It keeps one row at a time.
type partWriter struct {
	w     *s2.Writer
	frame []byte
}

// newPartWriter packs a block while the next one fills.
func newPartWriter(w io.Writer) *partWriter {
	return &partWriter{w: s2.NewWriter(w, s2.WriterConcurrency(2), s2.WriterBlockSize(256<<10))}
}

// drop lets go of a part that will not be finished, with the goroutine that packs
// it. Who takes the part must have stopped by then.
func (p *partWriter) drop() { p.w.Reset(nil) }

// lengthRoom is what the letter and the length before a body take at most.
const lengthRoom = 1 + binary.MaxVarintLen64

// begin makes room before the body of a frame, whose length is known at its end.
func (p *partWriter) begin() { p.frame = slices.Grow(p.frame[:0], lengthRoom)[:lengthRoom] }

// end writes the frame that was begun.
func (p *partWriter) end(kind byte) error {
	var start [lengthRoom]byte
	start[0] = kind
	n := 1 + binary.PutUvarint(start[1:], uint64(len(p.frame)-lengthRoom))
	frame := p.frame[lengthRoom-n:]
	copy(frame, start[:n])
	_, err := p.w.Write(frame)
	return err
}

func (p *partWriter) json(kind byte, v any) (err error) {
	p.begin()
	if p.frame, err = systems.AppendJSON(p.frame, v); err != nil {
		return err
	}
	return p.end(kind)
}

// write adds a row; a value is nil for none.
func (p *partWriter) write(values [][]byte, file string) error {
	p.begin()
	for _, v := range values {
		if v == nil {
			p.frame = append(p.frame, 0)
			continue
		}
		p.frame = append(binary.AppendUvarint(p.frame, uint64(len(v))+1), v...)
	}
	p.frame = append(binary.AppendUvarint(p.frame, uint64(len(file))+1), file...)
	if len(p.frame) > maxFrame {
		return fmt.Errorf("write a row of %d bytes: %w", len(p.frame), errPart)
	}
	return p.end(rowFrame)
}

// errPart: a part is damaged or of another holding.
var errPart = errors.New("a collected part is not whole")

// partReader reads a part frame by frame.
type partReader struct {
	head  head
	r     *bufio.Reader
	frame []byte
	rec   record
}

// readPart streams the rows of a part and gives its end. begin is told the
// head before the first row.
func readPart(ctx context.Context, parts Parts, rec request.Receipt, right request.Right, begin func(head) error, visit func(*record) error) (end, error) {
	body, err := parts.Open(ctx, rec.Part)
	if err != nil {
		return end{}, fmt.Errorf("open the part of %s/%s: %w", rec.System, rec.Holding, err)
	}
	defer body.Close()
	p := partReader{r: bufio.NewReaderSize(s2.NewReader(body, s2.ReaderMaxBlockSize(256<<10)), 64<<10)}
	broken := func() (end, error) {
		return end{}, fmt.Errorf("read the part of %s/%s: %w", rec.System, rec.Holding, errPart)
	}
	if kind, err := p.next(); err != nil || kind != headFrame || json.Unmarshal(p.frame, &p.head) != nil {
		return broken()
	}
	if p.head.Version != 2 || p.head.System != rec.System || p.head.Holding != rec.Holding || p.head.Right != right {
		return broken()
	}
	if err := begin(p.head); err != nil {
		return end{}, err
	}
	p.rec.values = make([][]byte, len(p.head.Columns))
	for n := 0; ; n++ {
		kind, err := p.next()
		if err != nil {
			return broken()
		}
		if kind == endFrame {
			var e end
			// A part that does not fit its receipt was written by another turn.
			if json.Unmarshal(p.frame, &e) != nil || e.Rows != n || rec.Count != n {
				return broken()
			}
			return e, nil
		}
		if kind != rowFrame || !p.row() {
			return broken()
		}
		if err := visit(&p.rec); err != nil {
			return end{}, err
		}
		if n%1024 == 0 && ctx.Err() != nil {
			return end{}, ctx.Err()
		}
	}
}

// next reads a frame.
func (p *partReader) next() (kind byte, err error) {
	if kind, err = p.r.ReadByte(); err != nil {
		return 0, err
	}
	n, err := binary.ReadUvarint(p.r)
	if err != nil {
		return 0, err
	}
	if n > maxFrame {
		return 0, errPart
	}
	p.frame = slices.Grow(p.frame[:0], int(n))[:n]
	_, err = io.ReadFull(p.r, p.frame)
	return kind, err
}

// row cuts the frame into values.
func (p *partReader) row() bool {
	rest := p.frame
	for i := range p.rec.values {
		var ok bool
		if p.rec.values[i], rest, ok = cutValue(rest); !ok {
			return false
		}
	}
	file, rest, ok := cutValue(rest)
	p.rec.file = string(file)
	return ok && len(rest) == 0
}

func cutValue(b []byte) (v, rest []byte, ok bool) {
	n, k := binary.Uvarint(b)
	if k <= 0 || n > uint64(len(b)-k)+1 {
		return nil, nil, false
	}
	if b = b[k:]; n == 0 {
		return nil, b, true
	}
	return b[: n-1 : n-1], b[n-1:], true
}

// reasonOf is why a column stays behind, "" when it may leave.
func reasonOf(c *inventory.Column, right request.Right) string {
	switch {
	case right == request.Portability && !c.Provided:
		return inventory.NotPortable
	case c.Disclose == inventory.DiscloseYes, c.Disclose == inventory.DiscloseReview:
		return ""
	}
	return c.Reason
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
