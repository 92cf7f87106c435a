package main

import (
	"bytes"
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
