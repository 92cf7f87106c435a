package erasure

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// Hasher makes the keyed HMAC of an identifier (E-8).
type Hasher interface {
	Key(ctx context.Context, kind, value string) (string, error)
}

// Marks gives what must be remembered of an erasure: an entry per identifier
// and line that was carried out, to be re-applied after any restore and checked
// before any import (E-6, F16, F17), and a suppression of the address where
// advertising could start again (E-8, RET-10). Only keyed HMACs, never the
// identifier.
func Marks(ctx context.Context, h Hasher, inv *inventory.Inventory, s Subject, plan []request.PlanLine, at time.Time) ([]register.Erased, []register.Suppression, error) {
	var erased []register.Erased
	var suppress []register.Suppression
	for _, l := range plan {
		p, ok := inv.Holding(l.System, l.Holding)
		if !ok || l.Count == 0 && l.Shared > 0 {
			continue
		}
		sel := leading(p, s.Keys)
		for _, kind := range sel.Kinds() {
			for _, v := range sel[kind] {
				key, err := h.Key(ctx, kind, v)
				if err != nil {
					return nil, nil, fmt.Errorf("key an identifier of leg %s: %w", s.Leg, err)
				}
				erased = append(erased, register.Erased{
					Key: key, Kind: kind, System: l.System, Holding: l.Holding, Client: s.Client, At: at.UTC(), Request: s.Request, Leg: s.Leg,
					Action: l.Action, Until: l.Until, Ground: l.Ground,
				})
			}
		}
		if l.Action != request.EraseAction || !slices.Contains(p.Holding.Stops, request.MarketingObjection) {
			continue
		}
		for _, v := range s.Keys["email"] {
			key, err := h.Key(ctx, "email", systems.Normal("email", v))
			if err != nil {
				return nil, nil, fmt.Errorf("key an address of leg %s: %w", s.Leg, err)
			}
			suppress = append(suppress, register.Suppression{Key: key, Scope: "marketing", At: at.UTC(), Request: s.Request})
		}
	}
	erased = order(erased, func(e register.Erased) string { return e.System + "/" + e.Holding + "/" + e.Key })
	return erased, order(suppress, func(m register.Suppression) string { return m.Key }), nil
}

// leading are the keys that lead to a person's rows of p: its own, and where
// none of them tells people apart those that lead there from another holding of
// the same system.
func leading(p inventory.Place, keys systems.Keys) systems.Keys {
	sel := systems.Select(*p.Holding, keys)
	if _, told := sel[p.Holding.PersonKind()]; told {
		return sel
	}
	led := slices.ContainsFunc(p.System.Holdings, func(h inventory.Holding) bool {
		for kind, y := range h.Yields {
			if _, ok := p.Holding.Keys[kind]; ok && y.Within {
				return true
			}
		}
		return false
	})
	if !led {
		return sel
	}
	all := systems.Keys{}
	for i := range p.System.Holdings {
		maps.Copy(all, systems.Select(p.System.Holdings[i], keys))
	}
	maps.Copy(all, sel)
	return all
}

// Kept names in a letter what stays, with its ground and end (E-5, T-13).
func Kept(inv *inventory.Inventory, plan []request.PlanLine, l request.Language) []letters.Kept {
	var kept []letters.Kept
	for _, line := range plan {
		if line.Action != request.KeepAction && line.Action != request.RestrictAction {
			continue
		}
		p, ok := inv.Holding(line.System, line.Holding)
		if !ok {
			continue
		}
		k := letters.Kept{What: p.Holding.Kept(l), Until: string(line.Until), Ground: line.Ground}
		if line.Ground == "claims" {
			k.Why = line.Why
		}
		kept = append(kept, k)
	}
	return kept
}
