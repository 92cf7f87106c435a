package casework_test

import (
	"testing"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/request"
)

// what a debtor wrote names no rival to a client, also one that keeps no
// file of that debtor, and also without its legal form.
func TestClientReadsOfNoRival(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setting{})
	p := &player{world: w, name: "rival", told: map[string]bool{}, named: map[string]request.Reference{}, secrets: map[string]string{}, proofs: map[string]identity.Proof{}}
	p.do("form debtor rights=access relations=debtor file=yes", "Bakker Bouwmaterialen en Zorgnet Apotheken schrijven mij, en TELSTAR MOBILE B.V. ook.")
	v, err := w.cases.ClientView(w.ctx, "bakker", p.ref, "1")
	if err != nil {
		t.Fatal(err)
	}
	if want := "Bakker Bouwmaterialen en […] schrijven mij, en […] ook."; v.Text != want {
		t.Errorf("the client reads %q, want %q", v.Text, want)
	}
}
