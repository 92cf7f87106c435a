package systems

import (
	"context"
	"fmt"
	"slices"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
)

// MaxFound bounds the keys that Trace finds, in bytes: they stand in the record
// of the request.
const MaxFound = 64 << 10

// Leads reports whether a person's rows in places lead on to other places.
func Leads(places []inventory.Place) bool {
	t := tracer{places: places}
	return slices.ContainsFunc(places, func(p inventory.Place) bool { return len(t.leads(p)) > 0 })
}

// Trace follows the keys of one person from system to system, as the yields of
// the inventory say: e-mail address → customer number → invoices → payments. It
// answers all keys by which places are to be asked, the given ones included,
// and the hops that led to them, in the order of places. What a database joins
// by itself (Yield.Within) is not followed here.
//
// It never guesses whose something is (A15). The number by which a holding
// tells people apart is taken over only from rows that are surely this
// person's, or where it is the only one and none was known; another number in
// the very column that says whose a row is, is somebody else's. An invoice that
// several people share leads nowhere where that would bring in the others. What
// was not followed for that reason the hops count as left.
//
// More than a yield allows, more than MaxFound or a longer path than
// inventory.MaxHops is request.TooWide: then the last hop says where, and
// nothing may be answered by what was found.
func Trace(ctx context.Context, reg Registry, places []inventory.Place, keys Keys, client string) (Keys, []request.Hop, error) {
	t := tracer{reg: reg, places: places, client: client, given: Keys{}, known: Keys{}, at: make([]found, len(places))}
	for kind, values := range keys {
		if vs := normals(kind, values); len(vs) > 0 {
			t.given[kind], t.known[kind] = vs, vs
		}
	}
	if !Leads(places) {
		return t.known, nil, nil
	}
	for hop := 0; ; hop++ {
		for i := range places {
			if err := t.read(ctx, i); err != nil {
				return nil, t.hops(), err
			}
		}
		more, err := t.follow(ctx)
		if err != nil {
			return nil, nil, err
		}
		if len(more) == 0 {
			return t.known, t.hops(), nil
		}
		for kind, values := range more {
			t.known[kind] = normals(kind, slices.Concat(t.known[kind], values))
		}
		if hop == inventory.MaxHops || t.size() > MaxFound {
			err := t.tooWide(t.widest(more))
			return nil, t.hops(), err
		}
	}
}

// tracer is one search for the keys of a person.
type tracer struct {
	reg          Registry
	places       []inventory.Place
	client       string
	given, known Keys
	at           []found
	over         *request.Hop
}

// found is what the person's rows in one place tell.
type found struct {
	// asked is what they were found by. told is true where that is what tells
	// people apart there, and sure where nobody has it in common with them too.
	asked      string
	told, sure bool
	// keys are those that stand in the rows, by kind.
	keys map[string]map[string]bool
	// people are whose rows they are, where the place tells.
	people map[string]bool
}

// leads are the kinds of key that the rows of p lead on by.
func (t *tracer) leads(p inventory.Place) []string {
	var kinds []string
	for kind, y := range p.Holding.Yields {
		if !y.Within && !inventory.Shared(kind) && len(t.askedBy(p, kind)) > 0 {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// askedBy are the places other than p that can be asked by that kind of key.
func (t *tracer) askedBy(p inventory.Place, kind string) []inventory.Place {
	return slices.DeleteFunc(slices.Clone(t.places), func(q inventory.Place) bool {
		_, ok := q.Holding.Keys[kind]
		return !ok || q.Holding == p.Holding
	})
}

// read takes the keys from the person's rows in a place, if it is asked by
// others than before. Nothing else of the rows is kept.
func (t *tracer) read(ctx context.Context, i int) error {
	p := t.places[i]
	kinds := t.leads(p)
	if len(kinds) == 0 {
		return nil
	}
	sel := Select(*p.Holding, t.known)
	asked := fmt.Sprint(sel)
	if slices.Contains(inventory.Databases, p.System.Kind) {
		asked = fmt.Sprint(t.known) // it joins: any of them may bring in rows
	}
	f := &t.at[i]
	if f.asked == asked {
		return nil
	}
	*f = found{asked: asked, keys: map[string]map[string]bool{}, people: map[string]bool{}}
	own := p.Holding.PersonKind()
	f.told = sel[own] != nil
	f.sure = f.told && !inventory.Shared(own)
	for _, kind := range kinds {
		f.keys[kind] = map[string]bool{}
	}
	err := t.collect(ctx, p, t.known, func(row Row) error {
		if own != "" {
			f.people[Normal(own, row.Text(p.Holding.Person))] = true
		}
		for _, kind := range kinds {
			y := p.Holding.Yields[kind]
			v := Normal(kind, row.Text(y.Column))
			if v == "" {
				continue
			}
			if f.keys[kind][v] = true; len(f.keys[kind]) > y.Most() {
				return t.tooWide(i, kind)
			}
		}
		return nil
	})
	return err
}

func (t *tracer) collect(ctx context.Context, p inventory.Place, keys Keys, emit func(Row) error) error {
	sys, err := t.reg.System(p.System.ID)
	if err != nil {
		return fmt.Errorf("reach system %s: %w", p.System.ID, err)
	}
	if err := sys.Collect(ctx, *p.Holding, Of(keys, t.client), emit); err != nil {
		return fmt.Errorf("follow keys from %s: %w", p.ID(), err)
	}
	return nil
}

// follow picks the keys that are new and surely this person's.
func (t *tracer) follow(ctx context.Context) (Keys, error) {
	more := Keys{}
	lone := map[string]map[string]bool{} // numbers of people out of rows that are not surely this person's
	for i, p := range t.places {
		f := t.at[i]
		if !f.told && len(f.people) > 1 {
			continue // rows of several people, and nothing says which are this one's
		}
		for kind, values := range f.keys {
			for v := range values {
				switch {
				case slices.Contains(t.known[kind], v):
				case !t.apart(kind):
					more[kind] = append(more[kind], v)
				case f.sure && kind != p.Holding.PersonKind():
					more[kind] = append(more[kind], v)
				case t.known[kind] == nil:
					if lone[kind] == nil {
						lone[kind] = map[string]bool{}
					}
					lone[kind][v] = true
				}
			}
		}
	}
	for kind, values := range lone {
		if len(values) == 1 && more[kind] == nil {
			for v := range values {
				more[kind] = []string{v}
			}
		}
	}
	for _, kind := range more.Kinds() {
		more[kind] = normals(kind, more[kind])
		if err := t.leaveShared(ctx, kind, more); err != nil {
			return nil, err
		}
	}
	return more, nil
}

// apart reports whether a place tells people apart by that kind of key.
func (t *tracer) apart(kind string) bool {
	return slices.ContainsFunc(t.places, func(p inventory.Place) bool { return p.Holding.PersonKind() == kind })
}

// leaveShared takes out of more what would bring rows of several people out of
// a place that tells them apart, while this person's number there is unknown.
func (t *tracer) leaveShared(ctx context.Context, kind string, more Keys) error {
	for _, q := range t.places {
		k, ok := q.Holding.Keys[kind]
		own := q.Holding.PersonKind()
		if !ok || own == "" || own == kind || t.known[own] != nil || more[own] != nil || more[kind] == nil {
			continue
		}
		owner := map[string]string{}
		shared := map[string]bool{}
		err := t.collect(ctx, q, Keys{kind: more[kind]}, func(row Row) error {
			v, who := Normal(kind, row.Text(k.Column)), Normal(own, row.Text(q.Holding.Person))
			if was, ok := owner[v]; ok && was != who {
				shared[v] = true
			}
			owner[v] = who
			return nil
		})
		if err != nil {
			return err
		}
		more[kind] = slices.DeleteFunc(more[kind], func(v string) bool { return shared[v] })
		if len(more[kind]) == 0 {
			delete(more, kind)
		}
	}
	return nil
}

// size is how many bytes the keys take that were found.
func (t *tracer) size() (n int) {
	for kind, values := range t.known {
		for _, v := range values {
			if !slices.Contains(t.given[kind], v) {
				n += len(v)
			}
		}
	}
	return n
}

// widest is where most of the keys stand that were followed last.
func (t *tracer) widest(more Keys) (place int, kind string) {
	most := 0
	for i := range t.places {
		for _, k := range more.Kinds() {
			if n := len(t.at[i].keys[k]); n > most {
				place, kind, most = i, k, n
			}
		}
	}
	return place, kind
}

// tooWide notes where the search ends, and answers the fault.
func (t *tracer) tooWide(place int, kind string) error {
	p := t.places[place]
	n := len(t.at[place].keys[kind])
	t.over = &request.Hop{From: p.ID(), Kind: kind, To: ids(t.askedBy(p, kind)), Over: n}
	return request.Fault(request.TooWide, p.ID(), "follow %d keys of kind %s", n, kind)
}

// hops tells the way, in the order of places.
func (t *tracer) hops() []request.Hop {
	var hops []request.Hop
	for i, p := range t.places {
		for _, kind := range t.leads(p) {
			if t.over != nil && t.over.From == p.ID() && t.over.Kind == kind {
				continue // it stands at the end
			}
			hop := request.Hop{From: p.ID(), Kind: kind}
			for v := range t.at[i].keys[kind] {
				if slices.Contains(t.known[kind], v) {
					hop.Count++
				} else {
					hop.Left++
				}
			}
			if hop.Left == 0 && t.confirms(i, kind) {
				continue
			}
			to := t.askedBy(p, kind)
			asked := slices.DeleteFunc(slices.Clone(to), func(q inventory.Place) bool { return Select(*q.Holding, t.known)[kind] == nil })
			switch {
			case hop.Count > 0 && len(asked) > 0:
				hop.To = ids(asked)
			case hop.Left > 0:
				hop.To = ids(to)
			default:
				continue
			}
			hops = append(hops, hop)
		}
	}
	if t.over != nil {
		hops = append(hops, *t.over)
	}
	return hops
}

// confirms reports whether the rows of a place only repeat who the person is.
func (t *tracer) confirms(place int, kind string) bool {
	for v := range t.at[place].keys[kind] {
		if !slices.Contains(t.given[kind], v) {
			return false
		}
	}
	return t.apart(kind)
}

func ids(places []inventory.Place) []string {
	all := make([]string, len(places))
	for i, p := range places {
		all[i] = p.ID()
	}
	return all
}
