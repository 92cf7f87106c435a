package casework_test

import (
	"io/fs"
	"strings"
	"testing"
)

// scenarioNames lists the scripts.
func scenarioNames(t testing.TB) []string {
	files, err := fs.Glob(scripts, "testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(f, "testdata/"), ".txt"))
	}
	return names
}

// Every scenario, once as it is and once with every step run twice.
func TestScenarios(t *testing.T) {
	for _, name := range scenarioNames(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(newWorld(t, setting{}), name, false)
		})
		t.Run(name+"/twice", func(t *testing.T) {
			t.Parallel()
			play(newWorld(t, setting{twice: true}), name, false)
		})
		t.Run(name+"/redeployed", func(t *testing.T) {
			t.Parallel()
			play(newWorld(t, setting{}), name, true)
		})
	}
}
