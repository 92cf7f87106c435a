package casework_test

import (
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// withArchive is the inventory of the other scripts with the paper archive that
// docs/SYSTEMS.md shows.
func withArchive(t testing.TB) *inventory.Inventory {
	t.Helper()
	doc, err := os.ReadFile("../../docs/SYSTEMS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(doc), "## By hand (manual)")
	_, after, _ = strings.Cut(after, "```yaml\n")
	example, _, _ := strings.Cut(after, "```")
	more, err := inventory.Parse([]byte(string(inventory.BuiltIn()) + "\n" + example))
	if err != nil {
		t.Fatal(err)
	}
	inv := *declared()
	inv.Systems = append(slices.Clone(inv.Systems), *more.System("archive"))
	return &inv
}

// Every road on which an officer goes where no connector can.
func TestByHand(t *testing.T) {
	playFolder(t, "byhand", setting{archive: true}, func(name string, w *world) {
		if name == "byhand/what-a-system-cannot" {
			w.systems.Memory("newsletter").Cannot = []string{systems.Erase}
		}
	})
}

// playFolder plays the scripts of a folder in a world of their own: as they are,
// with every step run twice, in turns, and with a redeploy after every line.
func playFolder(t *testing.T, folder string, as setting, prepare func(name string, w *world)) {
	files, err := fs.Glob(scripts, "testdata/"+folder+"/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(f, "testdata/"), ".txt")
		for _, how := range []struct {
			name                     string
			twice, turns, redeployed bool
		}{{name: ""}, {name: "/twice", twice: true}, {name: "/in turns", turns: true}, {name: "/redeployed", redeployed: true}} {
			t.Run(name+how.name, func(t *testing.T) {
				t.Parallel()
				set := as
				set.twice, set.turns = how.twice, how.turns
				w := newWorld(t, set)
				prepare(name, w)
				play(w, name, how.redeployed)
			})
		}
	}
}

// byHand: "byhand archive/letters/collect leg 1 found=1,2 by jan": what an
// officer did; found are scans of the request by their place.
func (p *player) byHand(a args, _ string) error {
	parts := strings.Split(a.at(0), "/")
	d := casework.HandDone{System: parts[0], Holding: parts[1], Action: parts[2], Until: request.Day(a.named["until"])}
	d.Count, _ = strconv.Atoi(a.named["count"])
	d.Kept, _ = strconv.Atoi(a.named["kept"])
	for _, n := range split(a.named["found"]) {
		i, err := strconv.Atoi(n)
		if err != nil {
			return err
		}
		d.Found = append(d.Found, p.now().Scans[i-1].ID)
	}
	return p.cases.DoneByHand(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), d)
}

// until: "until archive/letters/collect leg 1": to the morning of its last day.
func (p *player) until(a args, _ string) error {
	for _, b := range p.now().Leg(a.after("leg")).ByHand {
		if b.ID() == a.at(0) {
			d, err := deadline.ParseDate(string(b.By))
			if err != nil {
				return err
			}
			p.passTo(d.Start().UTC().Add(time.Hour))
			return nil
		}
	}
	p.errorf("nobody was asked for %s", a.at(0))
	return nil
}

// receipt: "receipt leg 1 archive/letters collected 2 by staff-jan".
func (p *player) receipt(a args, _ string) error {
	place, want := a.at(2), strings.Join(a.words[3:], " ")
	var got []string
	for _, rec := range p.now().Leg(a.after("leg")).Receipts {
		if rec.System+"/"+rec.Holding == place {
			got = append(got, rec.Action+" "+strconv.Itoa(rec.Count)+" by "+rec.By)
		}
	}
	if !slices.Contains(got, want) {
		p.errorf("the receipts of %s: %q", place, got)
	}
	return nil
}

// handWarned: "hand-warned by-hand-due,by-hand-late": of what work by hand staff were told.
func (p *player) handWarned(a args, _ string) error {
	got := slices.DeleteFunc(slices.Clone(p.now().Clock.Warned), func(c string) bool { return !strings.HasPrefix(c, "by-hand") })
	if d := cmp.Diff(split(a.at(0)), got); d != "" {
		p.errorf("warned (-want +got):\n%s", d)
	}
	return nil
}
