// Package memory holds the systems of a test in memory: tables and buckets
// that behave as the real ones do, refuse what the inventory does not declare,
// and fail where a test tells them to.
package memory

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/manual"
)

// World is a set of systems: the registry of a test.
type World struct {
	inv     *inventory.Inventory
	systems map[string]*System
}

// New makes a world with every system of inv, empty.
func New(inv *inventory.Inventory) *World {
	w := &World{inv: inv, systems: map[string]*System{}}
	for i := range inv.Systems {
		s := &inv.Systems[i]
		w.systems[s.ID] = &System{declared: s, objects: map[string][]byte{}}
	}
	return w
}

// Inventory gives the inventory of this world.
func (w *World) Inventory() *inventory.Inventory { return w.inv }

// System gives a system; one that is not declared is an error.
func (w *World) System(id string) (systems.System, error) {
	s, ok := w.systems[id]
	if !ok {
		return nil, fmt.Errorf("system %q: %w", id, systems.ErrNotDeclared)
	}
	if s.declared.Kind == inventory.Manual {
		return manual.System{Declared: s.declared}, nil
	}
	return s, nil
}

// Memory gives a system as what it is, to fill it and to hook into it; nil
// when it is not declared.
func (w *World) Memory(id string) *System { return w.systems[id] }

// Op is one call on a system, for the fault hooks.
type Op struct {
	System  string
	Holding string
	Name    string // find, collect, walk, apply or open
	Act     systems.Act
}

// System is one system: a table's rows or a bucket's objects.
type System struct {
	declared *inventory.System
	mu       sync.Mutex
	rows     []systems.Row
	objects  map[string][]byte
	calls    map[string]int

	// Before is asked before a call does anything: an error means "failed and
	// nothing done". After is asked when it is done: "failed but done".
	Before, After func(Op) error
	// Page is after how many rows a Selection is asked whether it is enough; 0 = 1000.
	Page int
	// Cannot are acts that this system is not able to carry out.
	Cannot []string
}

// Put adds rows to a table.
func (s *System) Put(rows ...systems.Row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range rows {
		s.rows = append(s.rows, maps.Clone(r))
	}
}

// Replace puts rows in the place of all that a table has, as a restore does.
func (s *System) Replace(rows ...systems.Row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = nil
	for _, r := range rows {
		s.rows = append(s.rows, maps.Clone(r))
	}
}

// PutObject adds or replaces an object of a bucket.
func (s *System) PutObject(name string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects[name] = slices.Clone(body)
}

// Rows gives a copy of every row, for assertions.
func (s *System) Rows() []systems.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]systems.Row, len(s.rows))
	for i, r := range s.rows {
		out[i] = maps.Clone(r)
	}
	return out
}

// Objects gives a copy of every object, for assertions.
func (s *System) Objects() map[string][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.objects)
}

// Calls counts the calls by name, hooks that failed included.
func (s *System) Calls(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[name]
}

// enter counts the call, refuses what is not declared and asks the hook. It
// takes the lock, which the caller gives back.
func (s *System) enter(ctx context.Context, op Op) error {
	s.mu.Lock()
	if s.calls == nil {
		s.calls = map[string]int{}
	}
	s.calls[op.Name]++
	if err := ctx.Err(); err != nil {
		return err
	}
	if !slices.ContainsFunc(s.declared.Holdings, func(h inventory.Holding) bool { return h.ID == op.Holding }) {
		return fmt.Errorf("holding %s/%s: %w", op.System, op.Holding, systems.ErrNotDeclared)
	}
	if s.Before != nil {
		return s.Before(op)
	}
	return nil
}

func (s *System) leave(op Op) error {
	if s.After != nil {
		return s.After(op)
	}
	return nil
}

// Find implements systems.System.
func (s *System) Find(ctx context.Context, h inventory.Holding, kind, value string) ([]systems.Row, error) {
	op := Op{System: s.declared.ID, Holding: h.ID, Name: "find"}
	err := s.enter(ctx, op)
	defer s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if _, ok := h.Keys[kind]; !ok {
		return nil, fmt.Errorf("key %q of holding %s/%s: %w", kind, s.declared.ID, h.ID, systems.ErrNotDeclared)
	}
	var found []systems.Row
	if v := systems.Normal(kind, value); v != "" {
		sel := systems.Keys{kind: {v}}
		err = s.each(h, func(row systems.Row) error {
			if len(found) < systems.FindLimit && systems.Belongs(h, row, sel, "") {
				found = append(found, row)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, s.leave(op)
}

// Collect implements systems.System.
func (s *System) Collect(ctx context.Context, h inventory.Holding, of systems.Selection, emit func(systems.Row) error) error {
	op := Op{System: s.declared.ID, Holding: h.ID, Name: "collect"}
	err := s.enter(ctx, op)
	var mine []systems.Row
	if sel := systems.Select(h, of.Keys); err == nil && sel != nil {
		err = s.each(h, func(row systems.Row) error {
			if systems.Belongs(h, row, sel, of.Client) {
				mine = append(mine, row)
			}
			return nil
		})
	}
	s.mu.Unlock() // emit may call back
	if err != nil {
		return err
	}
	from, _ := strconv.Atoi(of.From)
	for i := min(from, len(mine)); i < len(mine); i++ {
		if i > from && i%cmp.Or(s.Page, 1000) == 0 {
			if err := of.Stop(strconv.Itoa(i)); err != nil {
				return err
			}
		}
		if err := emit(mine[i]); err != nil {
			return err
		}
	}
	return s.leave(op)
}

// Walk implements systems.Walker.
func (s *System) Walk(ctx context.Context, h inventory.Holding, from string, page func([]systems.Row, string) error) error {
	op := Op{System: s.declared.ID, Holding: h.ID, Name: "walk"}
	err := s.enter(ctx, op)
	var rows []systems.Row
	if err == nil {
		err = s.each(h, func(row systems.Row) error {
			if systems.In(h, row) {
				rows = append(rows, row)
			}
			return nil
		})
	}
	s.mu.Unlock() // page may call back
	if err != nil {
		return err
	}
	for at, _ := strconv.Atoi(from); at < len(rows); {
		end, next := min(at+cmp.Or(s.Page, 1000), len(rows)), ""
		if end < len(rows) {
			next = strconv.Itoa(end)
		}
		if err := page(rows[at:end], next); err != nil {
			return err
		}
		at = end
	}
	return s.leave(op)
}

// Apply implements systems.System.
func (s *System) Apply(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act) (int, error) {
	op := Op{System: s.declared.ID, Holding: h.ID, Name: "apply", Act: act}
	err := s.enter(ctx, op)
	defer s.mu.Unlock()
	if err != nil {
		return 0, err
	}
	if err := act.Check(h); err != nil {
		return 0, err
	}
	n := 0
	if sel := systems.Select(h, of.Keys); sel != nil {
		switch h.Format {
		case inventory.Objects:
			n = s.applyObjects(h, sel, of.Client, act)
		case inventory.Lines:
			n, err = s.applyLines(h, sel, of.Client, act)
		default:
			var next string
			if n, next = s.applyRows(h, sel, of, act); next != "" {
				return n, errors.Join(of.Done(n), &systems.Cut{Next: next})
			}
		}
	}
	if err == nil {
		err = of.Done(n)
	}
	if err != nil {
		return 0, err
	}
	return n, s.leave(op)
}

// Can implements systems.System.
func (s *System) Can(h inventory.Holding, action string) bool {
	return !slices.Contains(s.Cannot, action) && systems.Able(h, action)
}

// applyRows gives where to go on when it was told to stop: after so many rows
// of the person.
func (s *System) applyRows(h inventory.Holding, sel systems.Keys, of systems.Selection, act systems.Act) (n int, next string) {
	var left []systems.Row
	from, _ := strconv.Atoi(of.From)
	met, stay := 0, from // stay counts the person's rows that are done and still there
	for i, row := range s.rows {
		if !systems.Belongs(h, row, sel, of.Client) {
			left = append(left, row)
			continue
		}
		if met++; met <= from {
			left = append(left, row)
			continue
		}
		if n > 0 && n%cmp.Or(s.Page, 1000) == 0 && of.Stop("more") != nil {
			s.rows = append(left, s.rows[i:]...)
			return n, strconv.Itoa(stay)
		}
		c := act.Of(h, row)
		if !c.Other {
			n++
		}
		if next, ok := c.Apply(row); ok {
			left = append(left, next)
			stay++
		}
	}
	s.rows = left
	return n, ""
}

func (s *System) applyObjects(h inventory.Holding, sel systems.Keys, client string, act systems.Act) int {
	n := 0
	for name := range s.objects {
		if row, ok := systems.ObjectRow(h, name, 0); ok && systems.Belongs(h, row, sel, client) && act.Takes(h, row) {
			delete(s.objects, name)
			n++
		}
	}
	return n
}

func (s *System) applyLines(h inventory.Holding, sel systems.Keys, client string, act systems.Act) (int, error) {
	n := 0
	rewritten := map[string][]byte{}
	for _, name := range s.names(h.Prefix) {
		var out bytes.Buffer
		touched := false
		sc := lines(s.objects[name])
		for sc.Scan() {
			line := sc.Bytes()
			if len(bytes.TrimSpace(line)) == 0 {
				continue
			}
			row, err := systems.ParseLine(line)
			if err != nil {
				return 0, fmt.Errorf("object of holding %s/%s: %w", s.declared.ID, h.ID, err)
			}
			var c systems.Change
			mine := systems.Belongs(h, row, sel, client)
			if mine {
				c = act.Of(h, row)
			}
			if mine && !c.Other {
				n++
			}
			if c.None() {
				out.Write(line)
				out.WriteByte('\n')
				continue
			}
			touched = true
			if next, ok := c.Apply(row); ok {
				b, err := json.Marshal(next)
				if err != nil {
					return 0, err
				}
				out.Write(b)
				out.WriteByte('\n')
			}
		}
		if touched {
			rewritten[name] = out.Bytes()
		}
	}
	maps.Copy(s.objects, rewritten)
	return n, nil
}

// Open implements systems.Opener.
func (s *System) Open(ctx context.Context, h inventory.Holding, object string) (io.ReadCloser, error) {
	op := Op{System: s.declared.ID, Holding: h.ID, Name: "open"}
	err := s.enter(ctx, op)
	defer s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	body, ok := s.objects[object]
	if !ok || !strings.HasPrefix(object, h.Prefix) {
		return nil, request.Fault(request.NotFound, s.declared.ID, "open an object of holding %s", h.ID)
	}
	return io.NopCloser(bytes.NewReader(body)), s.leave(op)
}

// each walks the rows of h in their fixed order.
func (s *System) each(h inventory.Holding, visit func(systems.Row) error) error {
	switch h.Format {
	case inventory.Objects:
		for _, name := range s.names(h.Prefix) {
			if row, ok := systems.ObjectRow(h, name, int64(len(s.objects[name]))); ok {
				if err := visit(row); err != nil {
					return err
				}
			}
		}
	case inventory.Lines:
		for _, name := range s.names(h.Prefix) {
			sc := lines(s.objects[name])
			for sc.Scan() {
				if len(bytes.TrimSpace(sc.Bytes())) == 0 {
					continue
				}
				row, err := systems.ParseLine(sc.Bytes())
				if err != nil {
					return fmt.Errorf("object of holding %s/%s: %w", s.declared.ID, h.ID, err)
				}
				if err := visit(row); err != nil {
					return err
				}
			}
		}
	default:
		rows := slices.Clone(s.rows)
		slices.SortStableFunc(rows, func(a, b systems.Row) int {
			for _, p := range h.Primary {
				if c := cmp.Compare(a.Text(p), b.Text(p)); c != 0 {
					return c
				}
			}
			return 0
		})
		for _, row := range rows {
			if err := visit(maps.Clone(row)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *System) names(prefix string) []string {
	var names []string
	for name := range s.objects {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func lines(body []byte) *bufio.Scanner {
	sc := bufio.NewScanner(bytes.NewReader(body))
	sc.Buffer(nil, 1<<20)
	return sc
}
