package request

import "testing"

// law.md invariant 12: an extension takes two people, whoever wrote the step.
func TestCheckExtension(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name         string
		by, approved string
		sent         Day
		want         Code
	}{
		{"proposed", "o1", "", "", ""},
		{"approved by another", "o1", "o2", "2026-03-20", ""},
		{"approved by oneself", "o1", "o1", "", SamePerson},
		{"sent unapproved", "o1", "", "2026-03-20", Forbidden},
		{"sent out of nothing", "", "", "2026-03-20", Forbidden},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := valid()
			r.Clock.Extension.By, r.Clock.Extension.ApprovedBy, r.Clock.ExtensionSent = tt.by, tt.approved, tt.sent
			if err := r.Check(); tt.want == "" && err != nil || tt.want != "" && !tt.want.Is(err) {
				t.Errorf("Check() = %v, want code %q", err, tt.want)
			}
		})
	}
}

// C-7: the day to work to moves with an extension only; C-12: the clock of
// what was reopened runs from what reopened it.
func TestWorkToAndStarted(t *testing.T) {
	t.Parallel()
	r := valid()
	r.SafeDue = "2026-04-07"
	if r.WorkTo() != r.SafeDue || !r.Started().Equal(r.Received) {
		t.Errorf("a plain request works to %s from %s", r.WorkTo(), r.Started())
	}
	r.Clock.WorkTo, r.Clock.Restarted = "2026-06-05", r.Received.AddDate(0, 0, 40)
	if r.WorkTo() != "2026-06-05" || !r.Started().Equal(r.Clock.Restarted) {
		t.Errorf("it works to %s from %s", r.WorkTo(), r.Started())
	}
}
