package disclosure

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strings"
)

// block is how much of a file is made before it is packed: while one block is
// packed the next is made, so that both cores of a function have work.
const (
	block  = 128 << 10
	blocks = 4
)

// entry is the file of the package that is being written. What is appended to
// buf goes on its way with flush; begin and end stand around it.
type entry struct {
	name string
	buf  []byte
	sent int64 // bytes that were flushed

	full, free chan []byte
	done       chan error
	hash       hash.Hash
}

// begin starts a file of the package; end must follow before the next.
func (s *sealer) begin(name string, method uint16) (*entry, error) {
	if !namePattern.MatchString(name) || strings.Contains(name, "..") {
		return nil, errors.New("a name of the package is not of its form (A41)")
	}
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	w, err := s.create(name, method)
	if err != nil {
		return nil, err
	}
	e := &entry{name: name, full: make(chan []byte, blocks), free: s.free, done: make(chan error, 1), hash: sha256.New()}
	e.buf = e.block()
	go e.pack(w, e.full)
	s.open = e
	return e, nil
}

// pack takes the blocks in their order. After an error it only empties the way.
func (e *entry) pack(w io.Writer, full <-chan []byte) {
	var failed error
	for b := range full {
		if failed == nil {
			_, failed = w.Write(b)
		}
		select {
		case e.free <- b[:0]:
		default:
		}
	}
	e.done <- failed
}

func (e *entry) block() []byte {
	select {
	case b := <-e.free:
		return b
	default:
		return make([]byte, 0, block+block/4)
	}
}

// flush sends what was made on its way once it is a block.
func (e *entry) flush() error {
	if len(e.buf) < block {
		return nil
	}
	e.send()
	return nil
}

// send passes the block on. It is hashed on this side, because packing takes
// longer than making.
func (e *entry) send() {
	e.hash.Write(e.buf)
	e.sent += int64(len(e.buf))
	e.full <- e.buf
	e.buf = e.block()
}

// size is how many bytes the file has by now.
func (e *entry) size() int64 { return e.sent + int64(len(e.buf)) }

// put appends text.
func (e *entry) put(text string) { e.buf = append(e.buf, text...) }

// Write is io.Writer's.
func (e *entry) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		n := min(len(rest), block)
		e.buf = append(e.buf, rest[:n]...)
		rest = rest[n:]
		if err := e.flush(); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// close waits until everything is packed. It is safe to repeat.
func (e *entry) close() error {
	if e.full == nil {
		return nil
	}
	if len(e.buf) > 0 {
		e.send()
	}
	close(e.full)
	e.full = nil
	return <-e.done
}

func (s *sealer) end(e *entry) error {
	s.open = nil
	if err := e.close(); err != nil {
		return err
	}
	s.files = append(s.files, File{Name: e.name, Bytes: e.sent, SHA256: hex.EncodeToString(e.hash.Sum(nil))})
	return nil
}
