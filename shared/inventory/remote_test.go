package inventory

import (
	"os"
	"strings"
	"testing"
)

// The examples of docs/SYSTEMS.md for what is reached over HTTPS are whole, and
// what such a system cannot do is a finding.
func TestRemote(t *testing.T) {
	doc, err := os.ReadFile("../../docs/SYSTEMS.md")
	if err != nil {
		t.Fatal(err)
	}
	good := string(systemsYAML)
	for _, section := range []string{"(https)\n", "(opendsr)\n"} {
		_, after, ok := strings.Cut(string(doc), section)
		_, after, ok2 := strings.Cut(after, "```yaml\n")
		example, _, ok3 := strings.Cut(after, "```")
		if !ok || !ok2 || !ok3 {
			t.Fatalf("docs/SYSTEMS.md has no example for %s", section)
		}
		good += "\n" + example
	}
	inv, err := Parse([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := inv.Holding("legacy", "debtors"); !ok || p.Holding.In() != "dbo.DEBTORS" || !p.Holding.Keys["email"].Fold {
		t.Errorf("the example: %+v", p)
	}
	for _, tc := range []struct{ name, old, with, fault string }{
		{"no key", "primary: [number]\n        keys: {debtor", "keys: {debtor", "a table needs a key"},
		{"restricted without a mark", "retention: RET-01\n        transfers: {nl", "unmarked: true\n        retention: RET-03\n        transfers: {nl", "what cannot be marked cannot be restricted"},
		{"a freeze in other words", "kind: https", "kind: https\n    freeze: {calls: sometimes}", "unknown calls"},
		{"a mark that nothing bears", "address: SYSTEM_WEBLOG", "address: SYSTEM_WEBLOG\n    freeze: {calls: mark}", "nothing in this system can be marked"},
		{"a folder", "table: dbo.DEBTORS #", "prefix: x/ #", "prefix and format belong"},
		{"files without a name", "table: dbo.DEBTORS #", "format: object #", "files have a column object"},
		{"a processor that keeps", "retention: RET-10 # a processor", "retention: RET-03 # a processor", "a processor can only be asked to erase"},
		{"a processor that knows who", "keys: {email: {column: email}}\n        purposes: {nl: \"Onze", "identifies: true\n        keys: {email: {column: email}}\n        purposes: {nl: \"Onze", "cannot be asked who somebody is"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if strings.Count(good, tc.old) != 1 {
				t.Fatalf("%q stands %d times in the examples", tc.old, strings.Count(good, tc.old))
			}
			_, err := Parse([]byte(strings.Replace(good, tc.old, tc.with, 1)))
			if err == nil || !strings.Contains(err.Error(), tc.fault) {
				t.Errorf("Parse: %v, want a fault with %q", err, tc.fault)
			}
		})
	}
}
