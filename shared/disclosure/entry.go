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

// packer packs blocks in their order, in a goroutine of its own that goes on
// from file to file.
type packer struct {
	// create begins a file of the package.
	create func(name string, method uint16) (io.Writer, error)
	full   chan packed
	free   chan []byte // blocks to write in
	failed chan struct{}
	err    error // of what failed; to be read after failed or done
	done   chan struct{}
}

// packed is a block on its way: of the file named before, or with a name of its own.
type packed struct {
	name   string
	method uint16
	body   []byte
}

func newPacker(create func(string, uint16) (io.Writer, error)) *packer {
	p := &packer{create: create, full: make(chan packed, blocks), free: make(chan []byte, blocks+2), failed: make(chan struct{}), done: make(chan struct{})}
	go p.pack()
	return p
}

func (p *packer) pack() {
	defer close(p.done)
	var w io.Writer
	for b := range p.full {
		if b.name != "" {
			w, p.err = p.create(b.name, b.method)
		}
		if p.err == nil {
			_, p.err = w.Write(b.body)
		}
		if p.err != nil {
			close(p.failed)
			return
		}
		select {
		case p.free <- b.body[:0]:
		default:
		}
	}
}

func (p *packer) send(b packed) error {
	select {
	case p.full <- b:
		return nil
	case <-p.failed:
		return p.err
	}
}

// close waits until everything is packed.
func (p *packer) close() error {
	close(p.full)
	<-p.done
	return p.err
}

func (p *packer) block() []byte {
	select {
	case b := <-p.free:
		return b
	default:
		return make([]byte, 0, block+block/4)
	}
}

// entry is the file of the package that is being written. What is appended to
// buf goes on its way with flush; begin and end stand around it.
type entry struct {
	name   string
	method uint16
	buf    []byte
	sent   int64 // bytes that were flushed
	begun  bool  // the packer knows of it
	packer *packer
	hash   hash.Hash
}

// begin starts a file of the package; end must follow before the next.
func (s *sealer) begin(name string, method uint16) (*entry, error) {
	if !namePattern.MatchString(name) || strings.Contains(name, "..") {
		return nil, errors.New("a name of the package is not of its form (A41)")
	}
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	return &entry{name: name, method: method, buf: s.packer.block(), packer: s.packer, hash: sha256.New()}, nil
}

// flush sends what was made on its way once it is a block.
func (e *entry) flush() error {
	if len(e.buf) < block {
		return nil
	}
	err := e.send()
	e.buf = e.packer.block()
	return err
}

// send passes the block on. It is hashed on this side, because packing takes
// longer than making.
func (e *entry) send() error {
	e.hash.Write(e.buf)
	e.sent += int64(len(e.buf))
	b := packed{body: e.buf}
	if !e.begun {
		b.name, b.method, e.begun = e.name, e.method, true
	}
	return e.packer.send(b)
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

func (s *sealer) end(e *entry) error {
	if err := e.send(); err != nil {
		return err
	}
	s.files = append(s.files, File{Name: e.name, Bytes: e.sent, SHA256: hex.EncodeToString(e.hash.Sum(nil))})
	return nil
}
