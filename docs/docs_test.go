// Package docs holds the documentation; its tests keep it true where a machine can.
package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages are all pages that people read first.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"*.md", "decisions/*.md", "../README.md", "../workflows/README.md", "../infra/README.md"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			body, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all[name] = string(body)
		}
	}
	if len(all) < 10 {
		t.Fatalf("found %d pages only", len(all))
	}
	return all
}

// Every link to another page or file of this project leads somewhere.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)
	for name, text := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", name, m[1], err)
			}
		}
	}
}

// Every test and scenario that a page leans on is there.
func TestNamedTestsExist(t *testing.T) {
	have := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9_]+)\(`)
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, "_test.go") {
			body, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range function.FindAllStringSubmatch(string(body), -1) {
				have[m[1]] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	test := regexp.MustCompile("`(Test[A-Za-z0-9_]+)`")
	scenario := regexp.MustCompile("`([a-z-]+)` \\(scenario\\)")
	for name, text := range pages(t) {
		for _, m := range test.FindAllStringSubmatch(text, -1) {
			if !have[m[1]] {
				t.Errorf("%s names %s, which is no test", name, m[1])
			}
		}
		for _, m := range scenario.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat("../shared/casework/testdata/" + m[1] + ".txt"); err != nil {
				t.Errorf("%s names scenario %s: %v", name, m[1], err)
			}
		}
	}
}

// Every code of a threat, a fault, an invariant or a rule of words and pages
// that anything cites is a row of the page that explains it.
func TestCodesAreExplained(t *testing.T) {
	explained := map[string]bool{}
	row := regexp.MustCompile(`(?m)^\| ([AFIUW][0-9, AFIUW-]+) \|`)
	code := regexp.MustCompile(`\b(?:A[0-9]{2}|F[0-9]{2}|I[0-9]{1,2}|[UW]-[0-9]{1,2})\b`)
	for _, page := range []string{"THREATS.md", "WORDS.md", "accessibility.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range row.FindAllStringSubmatch(string(text), -1) {
			for _, c := range code.FindAllString(m[1], -1) {
				explained[c] = true
			}
		}
	}
	cited := 0
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || !slices.Contains([]string{".go", ".md", ".yaml", ".json"}, filepath.Ext(path)):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, c := range code.FindAllString(string(text), -1) {
			cited++
			if !explained[c] {
				t.Errorf("%s cites %s, which no page explains", path, c)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(explained) < 100 || cited < 500 {
		t.Errorf("read %d codes and %d mentions only", len(explained), cited)
	}
}
