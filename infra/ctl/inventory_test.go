package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/inventory"
)

// ctlRun runs the command as a person does.
func ctlRun(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(t.Context(), args, strings.NewReader(""), &o, &e)
	return status, o.String(), e.String()
}

func TestInventoryCheck(t *testing.T) {
	if status, out, errs := ctlRun(t, "inventory", "check"); status != 0 || !strings.Contains(out, "Nothing is wrong with the built-in inventory") {
		t.Errorf("the built-in inventory: %d %s%s", status, out, errs)
	}
	bad := strings.NewReplacer("retention: RET-02", "retention: RET-98", "kind: s3", "kind: s4").Replace(string(inventory.BuiltIn()))
	file := filepath.Join(t.TempDir(), "systems.yaml")
	if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, errs := ctlRun(t, "inventory", "check", "-f", file)
	if status != 1 || !strings.Contains(out, `unknown retention "RET-98". Use one of RET-01`) || !strings.Contains(out, `unknown kind "s4"`) || !strings.Contains(errs, "faults and") {
		t.Errorf("a bad inventory: %d\n%s%s", status, out, errs)
	}
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if !strings.HasPrefix(line, "line ") {
			t.Errorf("a finding without its line: %s", line)
		}
	}
	if status, _, errs := ctlRun(t, "inventory", "compare", "-f", file); status != 1 || !strings.Contains(errs, "faults") {
		t.Errorf("compare of a bad inventory: %d %s", status, errs)
	}
}

func TestInventoryMisuse(t *testing.T) {
	for _, args := range [][]string{
		{"inventory"}, {"inventory", "burn"}, {"inventory", "check", "twice"}, {"inventory", "draft"},
		{"inventory", "draft", "-system", "shop", "-kind", "oracle", "-address", "x"},
		{"inventory", "register"}, {"inventory", "register", "-part", "1", "-lang", "de"}, {"inventory", "register", "-part", "1", "-format", "pdf"},
		{"inventory", "compare", "-address", "x"}, {"inventory", "compare", "-system", "payroll"},
	} {
		if status, _, errs := ctlRun(t, args...); status != 2 || errs == "" {
			t.Errorf("%v: %d %s", args, status, errs)
		}
	}
	if status, out, _ := ctlRun(t, "inventory", "schema"); status != 0 || !strings.Contains(out, "2020-12") {
		t.Errorf("schema: %d", status)
	}
	for setting, want := range map[string]string{"SYSTEM_RELATIONS": "SystemRelations", "SYSTEM_CALL_LOG": "SystemCallLog"} {
		if got := outputOf(setting); got != want {
			t.Errorf("outputOf(%s) = %s, want %s", setting, got, want)
		}
	}
}

func TestInventoryRegister(t *testing.T) {
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"-part", "1"}, "\ufeffVerwerkingsverantwoordelijke;"},
		{[]string{"-part", "2", "-lang", "en"}, "\ufeffProcessor;"},
		{[]string{"-part", "1", "-format", "html", "-lang", "en"}, "<h1>Record of processing (Art. 30(1) GDPR)</h1>"},
	} {
		status, out, errs := ctlRun(t, append([]string{"inventory", "register"}, tc.args...)...)
		if status != 0 || !strings.Contains(out, tc.want) {
			t.Errorf("%v: %d, %q is not in the record; %s", tc.args, status, tc.want, errs)
		}
	}
	file := filepath.Join(t.TempDir(), "systems.yaml")
	if err := os.WriteFile(file, bytes.Replace(inventory.BuiltIn(), []byte("  name: All Claims B.V.\n"), nil, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, errs := ctlRun(t, "inventory", "register", "-part", "1", "-f", file); status != 1 || errs == "" {
		t.Errorf("a record of nobody: %d %s", status, errs)
	}
}

// The rights are those of the tables, and of the columns that the desk writes.
func TestInventoryGrants(t *testing.T) {
	chinook, err := os.ReadFile("../../shared/inventory/testdata/chinook.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "shop.yaml")
	for kind, want := range map[string][]string{
		"postgres": {
			`GRANT USAGE ON SCHEMA "public" TO "desk";`, `GRANT SELECT, DELETE ON "InvoiceLine" TO "desk";`,
			`GRANT UPDATE ("BillingAddress", "BillingCity", "BillingState", "BillingCountry", "BillingPostalCode", "rightsdesk") ON "Invoice" TO "desk";`,
		},
		"mysql":     {"GRANT UPDATE (`TrackId`, `rightsdesk`) ON `InvoiceLine` TO `desk`;"},
		"sqlserver": {"GRANT UPDATE ON [InvoiceLine] ([TrackId], [rightsdesk]) TO [desk];"},
	} {
		if err := os.WriteFile(file, bytes.ReplaceAll(chinook, []byte("kind: sqlite"), []byte("kind: "+kind)), 0o600); err != nil {
			t.Fatal(err)
		}
		status, out, errs := ctlRun(t, "inventory", "grants", "-f", file, "-user", "desk")
		if status != 0 {
			t.Errorf("%s: status %d, %s", kind, status, errs)
		}
		for _, line := range want {
			if !strings.Contains(out, line) {
				t.Errorf("%s: %q is not in\n%s", kind, line, out)
			}
		}
	}
	if status, _, errs := ctlRun(t, "inventory", "grants", "-f", "../../shared/inventory/testdata/chinook.yaml"); status == 0 || !strings.Contains(errs, "no users with rights") {
		t.Errorf("a file of SQLite: status %d, %s", status, errs)
	}
}

// An owner's file is built in, in place of ours, by its own name and content.
func TestInventoryOverlay(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	tree := t.TempDir()
	t.Chdir(tree)
	if err := os.MkdirAll("shared/inventory", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(builtIn, inventory.BuiltIn(), 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, errs := ctlRun(t, "inventory", "overlay", "-f", filepath.Join(root, "shared/inventory/testdata/chinook.yaml"))
	name, ok := strings.CutPrefix(strings.Trim(strings.TrimSpace(out), "'"), "-overlay=")
	if status != 0 || !ok {
		t.Fatalf("%d %s%s", status, out, errs)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var overlay struct{ Replace map[string]string }
	if err := json.Unmarshal(text, &overlay); err != nil {
		t.Fatal(err)
	}
	for target, file := range overlay.Replace {
		data, err := os.ReadFile(file)
		if err != nil || filepath.Base(target) != "systems.yaml" || !bytes.Contains(data, []byte("Chinook")) {
			t.Errorf("%s becomes %s: %v", target, file, err)
		}
	}
	if err := os.WriteFile("bad.yaml", []byte("version: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := ctlRun(t, "inventory", "overlay", "-f", "bad.yaml"); status != 1 {
		t.Errorf("a bad inventory is built in: %d", status)
	}
}
