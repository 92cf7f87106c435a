package infra

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Who needs only some of the systems reaches only those, by what the inventory
// says: stop marks where a stop is marked and deletes nowhere (I-3), and a
// client's pages count what is held for clients.
func TestWhoReachesWhichSystems(t *testing.T) {
	inv := inventory.Default()
	var stops, logs, lines, clients []string
	for _, right := range []request.Right{request.MarketingObjection, request.ConsentWithdrawal, request.EmailWithdrawal} {
		for _, p := range inv.Stopping(right) {
			if p.System.Kind == "dynamodb" {
				stops = append(stops, p.System.Address)
				continue
			}
			logs = append(logs, p.System.Address)
			lines = append(lines, p.System.Address+"/"+strings.TrimSuffix(p.Holding.Prefix, "/"))
		}
	}
	for _, p := range inv.HoldingsFor(request.Debtor, request.Processor) {
		clients = append(clients, p.System.Address)
	}
	var tables, buckets []string
	for _, s := range inv.Systems {
		if s.Kind == "dynamodb" {
			tables = append(tables, s.Address)
		} else {
			buckets = append(buckets, s.Address)
		}
	}
	for function, want := range map[string]map[string][]string{
		// An officer looks up fields; amend alone writes them, and never deletes.
		"desk":  {"dynamodb:Query": tables},
		"amend": {"dynamodb:Query": tables, "dynamodb:UpdateItem": tables, "s3:ListBucket": buckets, "s3:GetObject": buckets},
		"stop": {"dynamodb:Query": stops, "dynamodb:UpdateItem": stops,
			"s3:ListBucket": logs, "s3:GetObject": lines, "s3:PutObject": lines}, // of the web log its consents alone
		"client": {"dynamodb:Query": clients},
	} {
		for _, addresses := range want {
			slices.Sort(addresses)
		}
		got := map[string][]string{}
		tpl := read(t, root)
		for _, s := range tpl.of(t, roleOf(t, functions(tpl)[function])) {
			for _, r := range s.resources {
				// SystemRelations, as a parameter, is the setting SYSTEM_RELATIONS.
				_, name, ok := strings.Cut(say(r), "else System")
				if !ok || strings.Contains(name, "KeyArn") || strings.Contains(name, "/index/") {
					continue
				}
				for _, a := range s.actions {
					system, below, _ := strings.Cut(name, ")")
					got[a] = append(got[a], "SYSTEM_"+strings.ToUpper(system)+strings.TrimRight(below, "/*"))
				}
			}
		}
		for a := range got {
			slices.Sort(got[a])
			got[a] = slices.Compact(got[a])
		}
		for a := range want {
			want[a] = slices.Compact(slices.Clone(want[a]))
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("what %s may do in which systems (-want +got):\n%s", function, d)
		}
	}
}
