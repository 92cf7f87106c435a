package disclosure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Contents are what a package will hold, told before it is sealed.
type Contents struct {
	// Holdings are the places that were searched, in the package's order.
	Holdings []Holding
	// Files are the names of the package's files, in their order.
	Files []string
	Summary
}

// Holding is one place of a package in counts.
type Holding struct {
	System, Holding string
	Rows, Attached  int
	// Left is what stays behind here, and why.
	Left []Omission
}

// errSeen ends the making of a package when the file that was asked for is made.
var errSeen = errors.New("seen")

// Look tells what Seal will put in the package, by making it from the same parts
// with the same code and keeping nothing. Attachments are named and not read;
// Bytes and SHA256 stay empty, for they are the sealed package's alone.
func Look(ctx context.Context, spec Spec, parts Parts) (Contents, error) {
	s, err := newSealer(ctx, spec, parts)
	if err != nil {
		return Contents{}, err
	}
	s.skips = func(string) bool { return true }
	if err := s.write(func(string, uint16) (io.Writer, error) { return io.Discard, nil }); err != nil {
		return Contents{}, fmt.Errorf("look into the package of leg %s: %w", spec.Leg, err)
	}
	c := Contents{Summary: s.summary()}
	for _, h := range s.held {
		c.Holdings = append(c.Holdings, Holding{System: h.System.ID, Holding: h.Holding.ID, Rows: h.rows, Attached: h.attached, Left: h.left})
	}
	for _, f := range s.files {
		c.Files = append(c.Files, f.Name)
	}
	return c, nil
}

// LookAt writes one file of the package as Seal will make it; only the list of
// files at the end of index.html lacks the sizes of the attachments, which are
// not read for it. request.NotFound: the package has no such file.
func LookAt(ctx context.Context, spec Spec, parts Parts, name string, out io.Writer) error {
	s, err := newSealer(ctx, spec, parts)
	if err != nil {
		return err
	}
	wanted, attachment := false, strings.HasPrefix(name, attachments)
	s.skips = func(begun string) bool { return !attachment || begun != name }
	err = s.write(func(begun string, _ uint16) (io.Writer, error) {
		switch {
		case wanted: // the one before was it
			return nil, errSeen
		case begun == name:
			wanted = true
			return out, nil
		}
		return io.Discard, nil
	})
	switch {
	case wanted && (err == nil || errors.Is(err, errSeen)):
		return nil
	case err != nil:
		return fmt.Errorf("look into the package of leg %s: %w", spec.Leg, err)
	}
	return request.Fault(request.NotFound, spec.Leg, "find that file of the package")
}
