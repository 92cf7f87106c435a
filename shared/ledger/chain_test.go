package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/allclaims/rightsdesk/shared/request"
)

const id = request.ID("0123456789abcdef0123456789abcdef")

var start = time.Date(2026, 3, 5, 9, 0, 0, 123456789, time.UTC)

func chain(n int) ([]Line, request.Chain) {
	lines := make([]Line, n)
	for i := range lines {
		lines[i] = Line{
			Request: id, At: start.Add(time.Duration(i) * time.Minute), Actor: "system:triage", Action: "split",
			Leg: fmt.Sprint("l", i), Before: "opened", After: "proving", Reason: "art-15",
			Refs: map[string]string{"system": "invoices", "count": fmt.Sprint(i)}, Salt: fmt.Sprint("salt", i),
		}
	}
	return Append(request.Chain{}, lines)
}

// The byte form is a promise to whoever verifies in ten years.
func TestBytes(t *testing.T) {
	t.Parallel()
	l := Line{
		Request: id, Seq: 2, At: start.In(time.FixedZone("Amsterdam", 3600)), Actor: "subject", Action: "proven",
		Refs: map[string]string{"b": "2", "a": "één"}, Prev: "v1:00", Salt: "pepper",
	}
	want := "rightsdesk ledger v2\n" +
		"32:0123456789abcdef0123456789abcdef,30:2026-03-05T09:00:00.123456789Z,7:subject,6:proven," +
		"0:,0:,0:,0:,1:2,1:a,5:één,1:b,1:2,6:pepper,"
	if diff := cmp.Diff(want, string(l.Bytes())); diff != "" {
		t.Errorf("Bytes() differs (-want +got):\n%s", diff)
	}
	if got, want := sum(l), "v2:0668e3d22aaa66c5b7980e695e30f8e3333ff6fc53c6b1936879134a060e3843"; got != want {
		t.Errorf("hash = %s, want %s", got, want)
	}
	// A line of the first form is verified as it was written.
	l.Salt, l.Hash = "", "v1:"
	want = "rightsdesk ledger v1\n" +
		"32:0123456789abcdef0123456789abcdef,1:2,30:2026-03-05T09:00:00.123456789Z,7:subject,6:proven," +
		"0:,0:,0:,0:,1:2,1:a,5:één,1:b,1:2,5:v1:00,"
	if diff := cmp.Diff(want, string(l.bytesOne())); diff != "" {
		t.Errorf("bytesOne() differs (-want +got):\n%s", diff)
	}
	if got, want := sum(l), "v1:93265a6bef2b6c49fc94b3e3ce11e0bc51515bb11adc08a12f6b0e4f7b6a6fdd"; got != want {
		t.Errorf("hash = %s, want %s", got, want)
	}
	if _, ok := l.Link(); ok {
		t.Error("a line of the first form can be left out of a proof")
	}
}

func TestAppendGoesOn(t *testing.T) {
	t.Parallel()
	all, head := chain(5)
	first, mid := chain(2)
	given := slices.Clone(all[2:])
	for i := range given {
		given[i].Seq, given[i].Prev, given[i].Hash = 0, "", ""
	}
	rest, end := Append(mid, given)
	if diff := cmp.Diff(all, append(first, rest...)); diff != "" {
		t.Errorf("in two parts (-at once +in parts):\n%s", diff)
	}
	if end != head {
		t.Errorf("head = %v, want %v", end, head)
	}
	if given[0].Seq != 0 {
		t.Error("Append changed the lines it was given")
	}
	if err := VerifyHead(all, head); err != nil {
		t.Errorf("VerifyHead() = %v", err)
	}
}

func TestVerifySurvivesStorage(t *testing.T) {
	t.Parallel()
	lines, _ := chain(4)
	lines[2].Refs = map[string]string{}
	lines, head := Append(request.Chain{}, lines)
	b, err := json.Marshal(lines)
	if err != nil {
		t.Fatal(err)
	}
	var back []Line
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if err := VerifyHead(back, head); err != nil {
		t.Errorf("after a round trip: %v", err)
	}
}

// A47: whatever one line suffers, the verifier names its index.
func TestA47EveryFieldIsCovered(t *testing.T) {
	t.Parallel()
	changes := map[string]func(*Line){
		"request": func(l *Line) { l.Request = "f" + l.Request[1:] },
		"seq":     func(l *Line) { l.Seq += 7 },
		"at":      func(l *Line) { l.At = l.At.Add(1) },
		"actor":   func(l *Line) { l.Actor += "x" },
		"action":  func(l *Line) { l.Action = "sent" },
		"leg":     func(l *Line) { l.Leg = "" },
		"before":  func(l *Line) { l.Before = "closed" },
		"after":   func(l *Line) { l.After = "closed" },
		"reason":  func(l *Line) { l.Reason = "" },
		"ref":     func(l *Line) { l.Refs["count"] = "99" },
		"new ref": func(l *Line) { l.Refs["x"] = "" },
		"salt":    func(l *Line) { l.Salt = "" },
		"prev":    func(l *Line) { l.Prev = "v1:0" },
		"hash":    func(l *Line) { l.Hash = "v1:0" },
		// The same letters, divided otherwise between two fields.
		"shift": func(l *Line) { l.Before, l.After = l.Before+l.After[:1], l.After[1:] },
	}
	for name, change := range changes {
		for i := range 4 {
			lines, _ := chain(4)
			change(&lines[i])
			wantBroken(t, fmt.Sprintf("%s of line %d", name, i), Verify(lines), i)
		}
	}
}

// A47: removed, repeated, swapped or cut off, in chains of any length.
func TestA47RemoveReorder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 30).Draw(t, "lines")
		lines, head := chain(n)
		i := rapid.IntRange(0, n-1).Draw(t, "at")
		switch rapid.SampledFrom([]string{"remove", "repeat", "swap", "cut"}).Draw(t, "attack") {
		case "remove":
			wantBroken(t, "remove", VerifyHead(slices.Delete(lines, i, i+1), head), i)
		case "repeat":
			wantBroken(t, "repeat", VerifyHead(slices.Insert(lines, i, lines[i]), head), i+1)
		case "swap":
			j := rapid.IntRange(0, n-1).Filter(func(j int) bool { return j != i }).Draw(t, "with")
			lines[i], lines[j] = lines[j], lines[i]
			wantBroken(t, "swap", VerifyHead(lines, head), min(i, j))
		case "cut":
			wantBroken(t, "cut", VerifyHead(lines[:i], head), i)
		}
	})
}

// A47: a forger who computes the line's own hash anew is found by what stands around it.
func TestA47ForgedHash(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Line){
		"request": func(l *Line) { l.Request = "f" + l.Request[1:] },
		"seq":     func(l *Line) { l.Seq++ },
		"prev":    func(l *Line) { l.Prev = "v1:0" },
	} {
		lines, _ := chain(4)
		change(&lines[3]) // the last one: no line after it gives it away
		lines[3].Hash = sum(lines[3])
		wantBroken(t, name, Verify(lines), 3)
	}
}

// A chain that was rewritten from one line on is sound in itself; only the head tells.
func TestA47RewrittenTail(t *testing.T) {
	t.Parallel()
	lines, head := chain(5)
	forged := slices.Clone(lines[3:])
	forged[0].Actor = "o2"
	tail, _ := Append(request.Chain{Seq: 3, Hash: lines[2].Hash}, forged)
	lines = append(lines[:3:3], tail...)
	if err := Verify(lines); err != nil {
		t.Fatalf("Verify() = %v: the forgery of this test is clumsy", err)
	}
	wantBroken(t, "rewritten", VerifyHead(lines, head), 4)
	longer, _ := Append(head, []Line{{Request: id}})
	lines, _ = chain(5)
	wantBroken(t, "added", VerifyHead(append(lines, longer...), head), 5)
}

type failer interface {
	Helper()
	Errorf(string, ...any)
}

func wantBroken(t failer, what string, err error, index int) {
	t.Helper()
	var b *BrokenError
	if !errors.As(err, &b) {
		t.Errorf("%s: not found (%v)", what, err)
		return
	}
	if b.Index != index {
		t.Errorf("%s: found at index %d, want %d (%v)", what, b.Index, index, err)
	}
}
