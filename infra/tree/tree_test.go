// Package tree holds the tests of the source tree itself: one layout, one
// direction of imports, the same name for the same thing everywhere.
package tree

import (
	"bufio"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/workflows"
)

const module = "github.com/allclaims/rightsdesk/"

// The tests look at the tree from its top.
func TestMain(m *testing.M) {
	if err := os.Chdir(filepath.Join("..", "..")); err != nil {
		panic(err)
	}
	m.Run()
}

// tracked are the files of the tree as git knows them, new ones too.
func tracked(t *testing.T) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", "ls-files", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Skip("this is no git tree")
	}
	var files []string
	for _, f := range strings.Fields(string(out)) {
		if _, err := os.Stat(f); err == nil {
			files = append(files, f)
		}
	}
	return files
}

// The top level is fixed: who looks for something finds its place from its name.
func TestTopLevel(t *testing.T) {
	want := []string{
		"LICENSE", "Makefile", "README.md", "docs", "functions", "go.mod", "go.sum", "infra", "shared", "template.yaml", "workflows",
	}
	seen := map[string]bool{}
	for _, f := range tracked(t) {
		top, _, _ := strings.Cut(f, "/")
		if !strings.HasPrefix(top, ".") {
			seen[top] = true
		}
	}
	var got []string
	for name := range seen {
		got = append(got, name)
	}
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the top level (-want +got):\n%s", d)
	}
}

// functions are the folders of functions/.
func functions(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("functions")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// Not a step of a workflow: pages, mail and schedules.
var beside = []string{"client", "desk", "forget", "mailback", "mailin", "opendsr", "portal", "post", "sweep", "wake", "watch"}

// State, function folder, function of the template and step of the casework
// have one name.
func TestOneName(t *testing.T) {
	folders := functions(t)

	states := map[string]string{} // folder → state
	placeholder := regexp.MustCompile(`\$\{(\w+)FunctionArn\}`)
	for _, name := range workflows.Names {
		text, err := workflows.Files.ReadFile(name + ".asl.json")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range placeholder.FindAllStringSubmatch(string(text), -1) {
			states[strings.ToLower(p[1])] = p[1]
		}
		var m map[string]any
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		callsByName(t, name, m)
	}
	want := slices.Clone(beside)
	for folder := range states {
		want = append(want, folder)
	}
	slices.Sort(want)
	if d := cmp.Diff(want, folders); d != "" {
		t.Errorf("folders of functions, and states (-want +got):\n%s", d)
	}

	template, err := os.ReadFile("template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var deployed []string
	for _, m := range regexp.MustCompile(`(?m)^      CodeUri: functions/(\w+)$`).FindAllStringSubmatch(string(template), -1) {
		deployed = append(deployed, m[1])
	}
	slices.Sort(deployed)
	if d := cmp.Diff(folders, deployed); d != "" {
		t.Errorf("functions of the template (-want +got):\n%s", d)
	}

	steps := methods(t, "shared/casework", "Cases")
	for folder, state := range states {
		if !steps[state] {
			t.Errorf("the casework has no step %s", state)
		}
		main := read(t, filepath.Join("functions", folder, "main.go"))
		if !strings.Contains(main, `lambdaio.Step("`+folder+`", aws.Cases().`+state+`)`) {
			t.Errorf("functions/%s does not run the step %s", folder, state)
		}
	}
}

// callsByName checks that a state that calls a function has its name.
func callsByName(t *testing.T, machine string, v any) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		if states, ok := v["States"].(map[string]any); ok {
			for name, s := range states {
				p, _ := s.(map[string]any)["Parameters"].(map[string]any)
				step := strings.TrimSuffix(name, "Apart") // the same state where the systems are many: decision 20
				if f, ok := p["FunctionName"].(string); ok && f != "${"+step+"FunctionArn}" {
					t.Errorf("%s: the state %s calls %s", machine, name, f)
				}
			}
		}
		for _, x := range v {
			callsByName(t, machine, x)
		}
	case []any:
		for _, x := range v {
			callsByName(t, machine, x)
		}
	}
}

// methods are the exported methods of a type.
func methods(t *testing.T, dir, typ string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, f := range parse(t, dir, parser.SkipObjectResolution) {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil {
				continue
			}
			star, ok := fn.Recv.List[0].Type.(*ast.StarExpr)
			if !ok {
				continue
			}
			if id, ok := star.X.(*ast.Ident); ok && id.Name == typ {
				found[fn.Name.Name] = true
			}
		}
	}
	return found
}

// parse reads the Go files of a folder that are no tests.
func parse(t *testing.T, dir string, mode parser.Mode) []*ast.File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, p := range paths {
		if strings.HasSuffix(p, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, mode)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A main is wiring: settings, cloud, one literal, start.
func TestMainsAreWiring(t *testing.T) {
	for _, name := range functions(t) {
		path := filepath.Join("functions", name, "main.go")
		if n := strings.Count(read(t, path), "\n"); n > 45 {
			t.Errorf("%s has %d lines, of 45", path, n)
		}
		entries, err := os.ReadDir(filepath.Dir(path))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Name() != "main.go" && e.Name() != "testdata" {
				t.Errorf("functions/%s holds %s: what is more than wiring stands in shared", name, e.Name())
			}
		}
	}
}

// edge is where AWS may be known: each of these is a port of the domain made
// real, or puts the parts together.
var edge = []string{
	"shared/cloud", "shared/lambdaio", "shared/store/dynamo", "shared/vault/s3", "shared/post/ses", "shared/engine/sfn",
	"shared/systems/dynamodb", "shared/systems/s3", "shared/store/storetest/emulator", "infra/", "functions/",
}

// Imports point one way, and the domain knows no AWS, not even by a detour.
func TestImports(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}}{{range .Deps}} {{.}}{{end}}`, "./...").Output()
	if err != nil {
		t.Fatalf("list the packages: %v", err)
	}
	lines := bufio.NewScanner(strings.NewReader(string(out)))
	lines.Buffer(nil, 1<<20)
	n := 0
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		pkg := strings.TrimPrefix(fields[0], module)
		n++
		isEdge := slices.ContainsFunc(edge, func(e string) bool { return pkg == e || strings.HasSuffix(e, "/") && strings.HasPrefix(pkg, e) })
		for _, dep := range fields[1:] {
			inner := strings.TrimPrefix(dep, module)
			switch {
			case !isEdge && (strings.HasPrefix(dep, "github.com/aws/") || strings.HasPrefix(dep, "github.com/awslabs/")):
				t.Errorf("%s depends on %s", pkg, dep)
			case strings.HasPrefix(inner, "functions/"):
				t.Errorf("%s depends on %s", pkg, inner)
			case strings.HasPrefix(pkg, "shared/") && strings.HasPrefix(inner, "infra/") && pkg != "shared/store/storetest/emulator":
				t.Errorf("%s depends on %s", pkg, inner)
			case pkg == "shared/request" && (strings.HasPrefix(dep, module) || strings.Contains(strings.Split(dep, "/")[0], ".")):
				t.Errorf("%s is the ground floor, yet depends on %s", pkg, dep)
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d packages were looked at", n)
	}
}

// Every package says what it is for, and is named by what it holds.
func TestPackages(t *testing.T) {
	empty := []string{"util", "utils", "common", "helper", "helpers", "types", "models", "misc", "base"}
	dirs := map[string]bool{}
	for _, f := range tracked(t) {
		if strings.HasSuffix(f, ".go") && !strings.Contains(f, "testdata/") {
			dirs[filepath.Dir(f)] = true
		}
	}
	for dir := range dirs {
		if slices.Contains(empty, filepath.Base(dir)) {
			t.Errorf("%s: a name that says nothing", dir)
		}
		files := parse(t, dir, parser.ParseComments|parser.PackageClauseOnly)
		if len(files) == 0 {
			continue
		}
		documented := slices.ContainsFunc(files, func(f *ast.File) bool { return f.Doc != nil && len(f.Doc.Text()) > 20 })
		if !documented {
			t.Errorf("%s does not say what it is for", dir)
		}
	}
	if len(dirs) < 30 {
		t.Errorf("only %d packages were looked at", len(dirs))
	}
}

// foreign are paths that exist on one machine alone.
var foreign = regexp.MustCompile(`(^|[\s"'=(:])/(home|Users|root|work)/\w`)

// The tree is whole in itself: it names no place outside.
func TestNoForeignPaths(t *testing.T) {
	text := []string{".go", ".md", ".yaml", ".yml", ".json", ".toml", ".py", ".html", ".txt", ""}
	for _, f := range tracked(t) {
		if !slices.Contains(text, filepath.Ext(f)) || f == "infra/tree/tree_test.go" {
			continue
		}
		for i, line := range strings.Split(read(t, f), "\n") {
			if m := foreign.FindString(line); m != "" {
				t.Errorf("%s:%d names %q", f, i+1, strings.TrimSpace(m))
			}
		}
	}
}

// Only one package calls SES, so that one encoder makes every header (A34).
func TestOneSender(t *testing.T) {
	err := filepath.WalkDir("shared", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		if filepath.Dir(path) != filepath.Join("shared", "post", "ses") && strings.Contains(read(t, path), "SendRawEmail(") {
			t.Errorf("%s sends mail", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
