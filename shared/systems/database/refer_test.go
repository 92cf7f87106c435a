package database_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/database"
)

// club is a database in which rows refer to rows in every way: to their own
// table, by two columns, by a second key, to what two people share, in a circle,
// and from a table that nobody declared.
func club(kind string) []string {
	tables := []string{
		`CREATE TABLE homes (id integer PRIMARY KEY, street varchar(40))`,
		`CREATE TABLE members (id integer PRIMARY KEY, name varchar(40), home integer REFERENCES homes (id), guide integer REFERENCES members (id), since date)`,
		`CREATE TABLE badges (club integer NOT NULL, number integer NOT NULL, member integer REFERENCES members (id), text varchar(40), PRIMARY KEY (club, number))`,
		`CREATE TABLE visits (id integer PRIMARY KEY, member integer REFERENCES members (id), witness integer REFERENCES members (id), club integer, badge integer, made date,
			FOREIGN KEY (club, badge) REFERENCES badges (club, number))`,
		`CREATE TABLE posts (id integer PRIMARY KEY, member integer REFERENCES members (id), answers integer REFERENCES posts (id), text varchar(40))`,
		`CREATE TABLE locks (id integer PRIMARY KEY, home integer REFERENCES homes (id))`,
		`CREATE TABLE hints (id integer PRIMARY KEY, member integer REFERENCES members (id) ON DELETE SET NULL)`,
		`CREATE TABLE sessions (id integer PRIMARY KEY, member integer REFERENCES members (id) ON DELETE CASCADE)`,
	}
	if kind == "mysql" { // which overlooks REFERENCES behind a column
		for i, t := range tables {
			for _, to := range []string{"homes", "members", "posts"} {
				for _, rule := range []string{" ON DELETE SET NULL", " ON DELETE CASCADE", ""} {
					for _, col := range []string{"home", "guide", "member", "witness", "answers"} {
						if old := col + " integer REFERENCES " + to + " (id)" + rule; strings.Contains(t, old) {
							t = strings.Replace(t, old, col+" integer", 1)
							t = t[:len(t)-1] + ", FOREIGN KEY (" + col + ") REFERENCES " + to + " (id)" + rule + ")"
						}
					}
				}
			}
			tables[i] = t
		}
	}
	return append(tables,
		`INSERT INTO homes VALUES (1, 'Own street'), (2, 'Shared street'), (3, 'Locked street')`,
		// 2 was guided by 1; 3 and 4 share a home.
		`INSERT INTO members VALUES (1, 'Anna', 1, NULL, '2010-01-01')`,
		`INSERT INTO members VALUES (2, 'Bram', NULL, 1, NULL), (3, 'Cas', 2, NULL, '2010-01-01'), (4, 'Daan', 2, NULL, NULL), (5, 'Eva', 3, NULL, NULL), (6, 'Finn', NULL, NULL, NULL)`,
		`INSERT INTO badges VALUES (1, 1, 1, 'one'), (1, 2, 1, 'two'), (2, 1, 6, 'three')`,
		// Of the badges of 1 the first was used by 2, the second by nobody; 6 saw a visit of 2.
		`INSERT INTO visits VALUES (1, 1, NULL, NULL, NULL, '2026-01-01'), (2, 2, 6, 1, 1, '2026-01-01')`,
		// 1 writes 1 to 3, each in answer to the last; 2 answers the second. 6 answers itself alone.
		`INSERT INTO posts VALUES (1, 1, NULL, 'a')`, `INSERT INTO posts VALUES (2, 1, 1, 'b')`, `INSERT INTO posts VALUES (3, 1, 2, 'c')`, `INSERT INTO posts VALUES (4, 2, 2, 'd')`,
		`INSERT INTO posts VALUES (5, 6, NULL, 'e')`, `INSERT INTO posts VALUES (6, 6, 5, 'f')`, `INSERT INTO posts VALUES (7, 6, 6, 'g')`,
		`INSERT INTO locks VALUES (1, 3)`, `INSERT INTO hints VALUES (1, 6)`, `INSERT INTO sessions VALUES (1, 6)`)
}

func clubbing(kind string) *inventory.System {
	stripped := func(names ...string) (all []inventory.Column) {
		for _, n := range names {
			all = append(all, inventory.Column{Name: n, Anonymise: true})
		}
		return all
	}
	member := map[string]inventory.Key{"member": {Column: "member"}}
	return &inventory.System{ID: "club", Kind: kind, Without: []string{"locks", "sessions", "hints"}, Holdings: []inventory.Holding{
		{ID: "homes", Primary: []string{"id"}, Unmarked: true, Keys: map[string]inventory.Key{"home": {Column: "id"}}, Columns: append(columns("id"), stripped("street")...)},
		{ID: "members", Primary: []string{"id"}, Unmarked: true, Person: "id", End: "since", Keys: map[string]inventory.Key{"member": {Column: "id"}},
			Yields: map[string]inventory.Yield{"home": {Column: "home"}}, Columns: append(columns("id", "home", "guide", "since"), stripped("name")...)},
		{ID: "badges", Primary: []string{"club", "number"}, Unmarked: true, Person: "member", Keys: member, Columns: append(columns("club", "number", "member"), stripped("text")...)},
		{ID: "visits", Primary: []string{"id"}, Unmarked: true, Person: "member", Keys: member, End: "made", Columns: columns("id", "member", "witness", "club", "badge", "made")},
		{ID: "posts", Primary: []string{"id"}, Unmarked: true, Person: "member", Keys: member, Columns: append(columns("id", "member", "answers"), stripped("text")...)},
	}}
}

// What an erasure comes upon is told before, row by row, and is what happens:
// nothing stops it halfway, and nobody else's row is touched.
func TestReferences(t *testing.T) {
	order := []string{"posts", "visits", "badges", "members", "homes"}
	for _, kind := range kinds {
		for _, tc := range []struct {
			name   string
			member string
			home   string
			want   map[string]systems.References
			left   map[string]string // table → what stands there of the person afterwards
		}{
			{"one to whom others refer", "1", "1", map[string]systems.References{
				// 2 answered the second post, which answers the first.
				"posts": {Held: 2}, "badges": {Held: 1}, "members": {Held: 1}, "homes": {Held: 1},
			}, map[string]string{"posts": "1: 2:", "badges": "1:", "members": "1:", "homes": "1:", "visits": ""}},
			{"one at a shared address", "3", "2", map[string]systems.References{"homes": {Shared: 1}}, map[string]string{"homes": "2:Shared street", "members": ""}},
			{"one at an address that a table without people refers to", "5", "3", map[string]systems.References{"homes": {Held: 1}}, map[string]string{"homes": "3:", "members": ""}},
			// A witness of somebody else's visit; a chain of its own; what the database lets go of.
			{"one whom a second key holds", "6", "9", map[string]systems.References{"members": {Held: 1}}, map[string]string{"members": "6:", "posts": "", "badges": ""}},
		} {
			t.Run(kind+"/"+tc.name, func(t *testing.T) {
				s := fresh(t, kind, clubbing(kind))
				s.Page = 2
				do(t, s, club(kind)...)
				if kind != "mysql" { // which erases no circle
					do(t, s, `INSERT INTO posts VALUES (8, 6, NULL, 'h')`, `INSERT INTO posts VALUES (9, 6, 8, 'i')`, `UPDATE posts SET answers = 9 WHERE id = 8`)
				}
				of := systems.Of(systems.Keys{"member": {tc.member}, "home": {tc.home}}, "")
				before := others(t, s, tc.member, tc.home)
				act := systems.Act{Action: systems.Erase, On: "2026-11-21", Request: "r", Leg: "l"}
				var earlier []systems.Planned
				for _, id := range order {
					got, err := s.References(context.Background(), holding(s.Declared, id), of, earlier)
					if err != nil {
						t.Fatal(err)
					}
					if d := cmp.Diff(tc.want[id], *got); d != "" {
						t.Errorf("%s is told otherwise (-want +got):\n%s", id, d)
					}
					earlier = append(earlier, systems.Planned{Holding: holding(s.Declared, id), Act: act})
				}
				for range 2 {
					for _, id := range order {
						if _, err := s.Apply(context.Background(), holding(s.Declared, id), of, act); err != nil {
							t.Fatal(err)
						}
					}
				}
				for table, want := range tc.left {
					if got := mineOf(t, s, table, tc.member, tc.home); got != want {
						t.Errorf("%s: %q is left, want %q", table, got, want)
					}
				}
				if d := cmp.Diff(before, others(t, s, tc.member, tc.home)); d != "" {
					t.Errorf("somebody else's rows (-before +after):\n%s", d)
				}
			})
		}
	}
}

// texts are the columns that anonymising empties.
var texts = map[string]string{"homes": "street", "members": "name", "badges": "text", "posts": "text", "visits": "'x'"}

func listing(t *testing.T, s *database.System, query string) string {
	t.Helper()
	rows, err := s.DB.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var id, text string
		if err := rows.Scan(&id, &text); err != nil {
			t.Fatal(err)
		}
		all = append(all, id+":"+text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

func mineOf(t *testing.T, s *database.System, table, member, home string) string {
	id, whose := "id", "member = "+member
	switch table {
	case "homes":
		whose = "id = " + home
	case "members":
		whose = "id = " + member
	case "badges":
		id = "number"
	}
	return listing(t, s, fmt.Sprintf("SELECT %s, COALESCE(%s, '') FROM %s WHERE %s ORDER BY 1", id, texts[table], table, whose))
}

func others(t *testing.T, s *database.System, member, home string) map[string]string {
	all := map[string]string{}
	for table, column := range texts {
		id, whose := "id", "member <> "+member
		switch table {
		case "homes":
			whose = "id <> " + home
		case "members":
			whose = "id <> " + member
		case "badges":
			id = "number"
		}
		all[table] = listing(t, s, fmt.Sprintf("SELECT %s, %s FROM %s WHERE %s ORDER BY 1, 2", id, column, table, whose))
	}
	all["locks"] = listing(t, s, "SELECT id, home FROM locks")
	return all
}

// What is kept holds what it refers to, for as long as it is; a row whose own
// period is over stays with the rows that hold it.
func TestReferencesKept(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			ctx, s := context.Background(), fresh(t, kind, clubbing(kind))
			do(t, s, club(kind)...)
			do(t, s, `UPDATE visits SET club = 1, badge = 2 WHERE id = 1`) // and the other badge is used by 2
			anna := systems.Of(systems.Keys{"member": {"1"}}, "")
			badges, visits, members := holding(s.Declared, "badges"), holding(s.Declared, "visits"), holding(s.Declared, "members")
			for before, want := range map[request.Day]int{"2026-01-02": 1, "2026-01-01": 2} {
				earlier := []systems.Planned{{Holding: visits, Act: systems.Act{Action: systems.Keep, Before: before}}}
				if refs, err := s.References(ctx, badges, anna, earlier); err != nil || refs.Held != want {
					t.Errorf("visits before %s go: %+v, %v; want %d held", before, refs, err, want)
				}
			}
			bare := badges
			bare.Columns = columns("club", "number", "member", "text")
			if _, err := s.Apply(ctx, bare, anna, systems.Act{Action: systems.Erase}); !errors.Is(err, systems.ErrReferenced) {
				t.Errorf("nothing to make anonymous: %v", err)
			}
			keep := systems.Act{Action: systems.Keep, Before: "2020-01-01", On: "2026-11-21", Request: "r", Leg: "l"}
			if n, err := s.Apply(ctx, members, systems.Of(systems.Keys{"member": {"1", "3"}}, ""), keep); err != nil || n != 2 {
				t.Errorf("keep: %d, %v", n, err)
			}
			if got := listing(t, s, "SELECT id, COALESCE(name, '') FROM members WHERE id IN (1, 3)"); got != "1:" {
				t.Errorf("over and held: %q is left", got)
			}
			expire := systems.Act{Action: systems.Expire, Before: "2020-01-01", On: "2026-11-21", Request: "r", Leg: "l"}
			for i, want := range []string{"1:", ""} {
				if _, err := s.Apply(ctx, members, anna, expire); err != nil {
					t.Errorf("expire: %v", err)
				}
				if got := listing(t, s, "SELECT id, COALESCE(name, '') FROM members WHERE id = 1"); got != want {
					t.Errorf("expiry %d: %q is left, want %q", i+1, got, want)
				}
				do(t, s, "UPDATE members SET guide = NULL", "DELETE FROM visits", "DELETE FROM badges", "UPDATE posts SET member = NULL")
			}
		})
	}
}

// Where the database has no foreign key, the inventory's word keeps what is
// kept together, be the two numbers of one type or not.
func TestReferencesSaid(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			number := map[string]inventory.Key{"customer": {Column: "number"}}
			s := fresh(t, kind, &inventory.System{ID: "shop", Holdings: []inventory.Holding{
				{ID: "customers", Primary: []string{"number"}, Unmarked: true, Keys: number, Columns: append(columns("number"), inventory.Column{Name: "name", Anonymise: true})},
				{ID: "bills", Primary: []string{"id"}, Unmarked: true, End: "made", References: []string{"customers"}, Keys: number, Columns: columns("id", "number", "made")},
			}})
			do(t, s, `CREATE TABLE customers (number integer PRIMARY KEY, name varchar(20))`, `CREATE TABLE bills (id integer PRIMARY KEY, number varchar(20), made date)`,
				`INSERT INTO customers VALUES (1, 'Anna'), (2, 'Bram')`, `INSERT INTO bills VALUES (1, '1', '2026-01-01'), (2, '2', '2010-01-01')`)
			earlier := []systems.Planned{{Holding: holding(s.Declared, "bills"), Act: systems.Act{Action: systems.Keep, Before: "2020-01-01"}}}
			for customer, want := range map[string]int{"1": 1, "2": 0} {
				refs, err := s.References(context.Background(), holding(s.Declared, "customers"), systems.Of(systems.Keys{"customer": {customer}}, ""), earlier)
				if err != nil || refs.Held != want {
					t.Errorf("customer %s: %+v, %v; want %d held", customer, refs, err, want)
				}
			}
		})
	}
}

// The keys that the parts of a table have are the whole table's.
func TestReferencesOfParts(t *testing.T) {
	s := fresh(t, "postgres", &inventory.System{ID: "club", Holdings: []inventory.Holding{
		{ID: "members", Primary: []string{"id"}, Keys: map[string]inventory.Key{"member": {Column: "id"}}, Columns: append(columns("id"), inventory.Column{Name: "name", Anonymise: true})},
	}})
	do(t, s, `CREATE TABLE members (id integer PRIMARY KEY, name text)`,
		`CREATE TABLE payments (id integer, made date, member integer) PARTITION BY RANGE (made)`,
		`CREATE TABLE old PARTITION OF payments FOR VALUES FROM ('2020-01-01') TO ('2025-01-01')`, `CREATE TABLE new PARTITION OF payments DEFAULT`,
		`ALTER TABLE old ADD CONSTRAINT by_member FOREIGN KEY (member) REFERENCES members`, `ALTER TABLE new ADD CONSTRAINT by_member FOREIGN KEY (member) REFERENCES members`,
		`INSERT INTO members VALUES (1, 'Anna'), (2, 'Bram')`, `INSERT INTO payments VALUES (1, '2024-01-01', 1)`)
	for member, want := range map[string]int{"1": 1, "2": 0} {
		refs, err := s.References(context.Background(), holding(s.Declared, "members"), systems.Of(systems.Keys{"member": {member}}, ""), nil)
		if err != nil || refs.Held != want {
			t.Errorf("member %s: %+v, %v", member, refs, err)
		}
	}
	live, err := s.Describe(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []systems.ForeignKey{{Columns: []string{"member"}, Table: "members", To: []string{"id"}}}
	if d := cmp.Diff(want, live.Table("payments").ForeignKeys); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
