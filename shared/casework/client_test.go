package casework_test

import (
	"context"
	"testing"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	store "github.com/allclaims/rightsdesk/shared/store/memory"
)

// what a debtor wrote names no rival to a client, also one that keeps no
// file of that debtor, and also without its legal form.
func TestClientReadsOfNoRival(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setting{})
	p := &player{world: w, name: "rival", told: map[string]bool{}, named: map[string]request.Reference{}, secrets: map[string]string{}, proofs: map[string]identity.Proof{}}
	p.do("form debtor rights=access relations=debtor file=yes", "Bakker Bouwmaterialen en Zorgnet Apotheken schrijven mij, en TELSTAR MOBILE B.V. ook.")
	read := 0
	w.cases.Registers = oneRead{w.store, &read}
	if _, err := w.cases.ClientView(w.ctx, "bakker", p.ref, "1"); err != nil || read > 0 {
		t.Errorf("a page without those words read the whole register %d times, %v", read, err)
	}
	words, err := w.cases.ClientWords(w.ctx, "bakker", p.ref, "1")
	if err != nil {
		t.Fatal(err)
	}
	if want := "Bakker Bouwmaterialen en […] schrijven mij, en […] ook."; words != want || read != 1 {
		t.Errorf("the client reads %q, want %q; the whole register was read %d times", words, want, read)
	}
	if words, err := w.cases.ClientWords(w.ctx, "zorgnet", p.ref, "1"); !request.NotFound.Is(err) || words != "" {
		t.Errorf("another client reads %q, %v", words, err)
	}
}

// oneRead counts how often the whole register of clients is read.
type oneRead struct {
	*store.Store
	read *int
}

func (c oneRead) Clients(ctx context.Context) ([]register.Client, error) {
	*c.read++
	return c.Store.Clients(ctx)
}
