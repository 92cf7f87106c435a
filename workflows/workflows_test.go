package workflows_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/engine/asl"
	"github.com/allclaims/rightsdesk/workflows"
)

// Every machine that ships keeps every rule of asl.
func TestMachinesAreClean(t *testing.T) {
	for _, name := range workflows.Names {
		for _, finding := range asl.Lint(definition(t, name)) {
			t.Errorf("%s: %v", name, finding)
		}
		if _, err := asl.Parse(name, definition(t, name), fill(t, name)); err != nil {
			t.Error(err)
		}
	}
}

// Names is what is embedded: a machine that is not listed would not be tested.
func TestNamesAreTheFiles(t *testing.T) {
	entries, err := workflows.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, e := range entries {
		have = append(have, strings.TrimSuffix(e.Name(), ".asl.json"))
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(workflows.Names)), have); diff != "" {
		t.Errorf("Names and files (-Names +files):\n%s", diff)
	}
}

// The tables of the README name every Task state, no other, and the function
// or machine that it calls.
func TestReadmeNamesEveryTask(t *testing.T) {
	sections := tables(t)
	for _, name := range workflows.Names {
		m, err := asl.Parse(name, definition(t, name), fill(t, name))
		if err != nil {
			t.Fatal(err)
		}
		want, got := map[string]string{}, map[string]string{}
		for _, task := range m.Tasks() {
			want[task.State] = task.Target
		}
		for _, row := range sections[name] {
			target := row[1]
			if rest, ok := strings.CutPrefix(target, "starts "); ok {
				target, _, _ = strings.Cut(rest, " ")
			}
			got[row[0]] = target
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: states and README (-machine +README):\n%s", name, diff)
		}
	}
}

// A system is collected by the same states whether it runs inline or in an
// execution of its own: what one machine needs twice may differ in names alone.
func TestSystemsAreCollectedAlike(t *testing.T) {
	type processor struct {
		ProcessorConfig map[string]any
		StartAt         string
		States          map[string]any
	}
	read := func(text string) (m struct {
		States struct {
			Systems, Apart struct {
				ItemsPath     string
				ResultPath    *string
				Next          string
				ItemProcessor processor
			}
		}
	}) {
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	text := string(definition(t, "collect"))
	inline := read(text).States.Systems
	var names []string
	for name := range inline.ItemProcessor.States {
		names = append(names, name)
	}
	slices.Sort(names)
	if want := []string{"Collect", "Done", "Later", "More"}; !slices.Equal(names, want) {
		t.Errorf("the states of a system are %v, want %v", names, want)
	}
	for _, name := range names {
		text = strings.ReplaceAll(text, `"`+name+`Apart"`, `"`+name+`"`)
	}
	apart := read(text).States.Apart
	if diff := cmp.Diff(map[string]any{"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, apart.ItemProcessor.ProcessorConfig); diff != "" {
		t.Errorf("where many systems run (-want +got):\n%s", diff)
	}
	apart.ItemProcessor.ProcessorConfig = inline.ItemProcessor.ProcessorConfig
	if diff := cmp.Diff(inline, apart); diff != "" {
		t.Errorf("few systems and many (-few +many):\n%s", diff)
	}
}

// The letters of the README are those that the steps can write: a letter that
// is added to a step, or taken from it, shows here.
func TestReadmeNamesEveryLetter(t *testing.T) {
	written := lettersWritten(t)
	id := regexp.MustCompile(`\b[TN]-[0-9]{2}[ab]?\b`)
	named := map[string]bool{}
	for _, rows := range tables(t) {
		for _, row := range rows {
			for _, letter := range id.FindAllString(strings.Join(row, " "), -1) {
				named[letter] = true
			}
		}
	}
	for letter, places := range written {
		if !named[letter] {
			t.Errorf("README does not name %s, which %v writes", letter, places)
		}
	}
	for letter := range named {
		if len(written[letter]) == 0 {
			t.Errorf("README names %s, which nothing writes", letter)
		}
	}
}

// The rules that the README cites stand in docs/law.md.
func TestReadmeCitesRulesThatAreThere(t *testing.T) {
	law, err := os.ReadFile("../docs/law.md")
	if err != nil {
		t.Fatal(err)
	}
	rule := regexp.MustCompile(`\b[RCIXED]-[0-9]+(\.[0-9])?\b`)
	cited := 0
	for _, rows := range tables(t) {
		for _, row := range rows {
			for _, r := range rule.FindAllString(row[len(row)-1], -1) {
				cited++
				if !strings.Contains(string(law), "**"+r+"**") {
					t.Errorf("state %s cites %s, which docs/law.md does not have", row[0], r)
				}
			}
		}
	}
	if cited < 20 {
		t.Errorf("only %d rules cited: the table was not read", cited)
	}
}

// tables reads the rows of the README's tables by the heading above them.
func tables(t *testing.T) map[string][][]string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows, heading := map[string][][]string{}, ""
	for _, line := range strings.Split(string(text), "\n") {
		if h, ok := strings.CutPrefix(line, "## "); ok {
			heading = h
			continue
		}
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| ---") || strings.HasPrefix(line, "| state") || strings.HasPrefix(line, "| who") {
			continue
		}
		var cells []string
		for _, cell := range strings.Split(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		rows[heading] = append(rows[heading], cells)
	}
	for _, name := range workflows.Names {
		for _, row := range rows[name] {
			if len(row) != 4 {
				t.Fatalf("%s: a row has %d cells: %v", name, len(row), row)
			}
		}
	}
	return rows
}

// lettersWritten maps the id of each letter that casework names to the files
// that name it.
func lettersWritten(t *testing.T) map[string][]string {
	t.Helper()
	ids := map[string]string{} // constant → T-01
	for _, decl := range parse(t, "../shared/letters/kinds.go").Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, spec := range gen.Specs {
			v := spec.(*ast.ValueSpec)
			if typ, ok := v.Type.(*ast.Ident); !ok || typ.Name != "Kind" {
				continue
			}
			value, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			ids[v.Names[0].Name] = value
		}
	}
	files, err := filepath.Glob("../shared/casework/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of casework: %v", err)
	}
	written := map[string][]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		ast.Inspect(parse(t, file), func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := s.X.(*ast.Ident); ok && pkg.Name == "letters" && ids[s.Sel.Name] != "" {
					id := ids[s.Sel.Name]
					if name := filepath.Base(file); !slices.Contains(written[id], name) {
						written[id] = append(written[id], name)
					}
				}
			}
			return true
		})
	}
	return written
}

func parse(t *testing.T, file string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func definition(t *testing.T, name string) []byte {
	t.Helper()
	b, err := workflows.Files.ReadFile(name + ".asl.json")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fill names the function ${AcknowledgeFunctionArn} acknowledge, as the
// template's substitutions do.
func fill(t *testing.T, name string) map[string]string {
	t.Helper()
	with := map[string]string{"Partition": "aws"}
	for _, m := range regexp.MustCompile(`\$\{(([A-Za-z]+)(?:Function|Machine)Arn)\}`).FindAllStringSubmatch(string(definition(t, name)), -1) {
		with[m[1]] = strings.ToLower(m[2])
	}
	if len(with) < 2 {
		t.Fatalf("%s calls nothing", name)
	}
	return with
}
