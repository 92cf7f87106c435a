// Package infra holds the templates of everything that runs in AWS. Its tests
// read them as CloudFormation would and hold them to what no emulator checks:
// who may do what, what is encrypted with which key, what is kept, and that the
// template, the state machines and the code tell of the same things.
package infra

import (
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// object is a mapping of a template, with !Ref X read as {"Ref": "X"} and every
// other short form as {"Fn::Name": ...}.
type object = map[string]any

// resource is one resource of a template.
type resource struct {
	file, id   string
	kind       string
	properties object
	// all is the resource as it stands, with what is beside its properties.
	all object
}

// template is one file.
type template struct {
	file       string
	parameters object
	globals    object
	outputs    object
	resources  map[string]resource
}

// The templates, by the names under which the root knows them.
const (
	root = "../template.yaml"
	data = "data.yaml"
)

var files = []string{root, data, "mail.yaml", "access.yaml", "watch.yaml", "databases.yaml", "demo-systems.yaml"}

// read reads a template.
func read(t testing.TB, file string) template {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	doc, ok := value(t, node.Content[0]).(object)
	if !ok {
		t.Fatalf("%s is no mapping", file)
	}
	tpl := template{file: file, resources: map[string]resource{}}
	tpl.parameters, _ = doc["Parameters"].(object)
	tpl.globals, _ = doc["Globals"].(object)
	tpl.outputs, _ = doc["Outputs"].(object)
	for id, v := range doc["Resources"].(object) {
		all := v.(object)
		props, _ := all["Properties"].(object)
		tpl.resources[id] = resource{file: file, id: id, kind: all["Type"].(string), properties: props, all: all}
	}
	return tpl
}

func readAll(t testing.TB) []template {
	t.Helper()
	var all []template
	for _, f := range files {
		all = append(all, read(t, f))
	}
	return all
}

// value turns a node into strings, numbers, booleans, lists and objects.
func value(t testing.TB, n *yaml.Node) any {
	t.Helper()
	var v any
	switch n.Kind {
	case yaml.MappingNode:
		m := object{}
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = value(t, n.Content[i+1])
		}
		v = m
	case yaml.SequenceNode:
		l := []any{}
		for _, c := range n.Content {
			l = append(l, value(t, c))
		}
		v = l
	case yaml.ScalarNode:
		if strings.HasPrefix(n.Tag, "!!") {
			if err := n.Decode(&v); err != nil {
				t.Fatalf("line %d: %v", n.Line, err)
			}
			break
		}
		v = n.Value
	default:
		t.Fatalf("line %d: a node of kind %d", n.Line, n.Kind)
	}
	switch name := strings.TrimPrefix(n.Tag, "!"); {
	case strings.HasPrefix(n.Tag, "!!"):
		return v
	case name == "Ref" || name == "Condition":
		return object{name: v}
	default:
		return object{"Fn::" + name: v}
	}
}

// say writes a value in one line, short enough for a list of permissions: what
// every arn begins with is left out.
func say(v any) string {
	switch v := v.(type) {
	case string:
		return short(v)
	case []any:
		var s []string
		for _, x := range v {
			s = append(s, say(x))
		}
		return "[" + strings.Join(s, ", ") + "]"
	case object:
		if len(v) == 1 {
			for k, x := range v {
				switch k {
				case "Ref":
					return short("${" + x.(string) + "}")
				case "Fn::GetAtt":
					return short("${" + x.(string) + "}")
				case "Fn::If":
					l := x.([]any)
					return fmt.Sprintf("%s if %s, else %s", say(l[1]), l[0], say(l[2]))
				case "Fn::Split":
					return say(x.([]any)[1])
				case "Fn::Sub":
					l, ok := x.([]any)
					if !ok {
						return say(x)
					}
					s := l[0].(string)
					for name, to := range l[1].(object) {
						s = strings.ReplaceAll(s, "${"+name+"}", "("+say(to)+")")
					}
					return short(s)
				}
			}
		}
		var s []string
		for _, k := range keys(v) {
			s = append(s, k+": "+say(v[k]))
		}
		return "{" + strings.Join(s, ", ") + "}"
	}
	return fmt.Sprint(v)
}

func short(s string) string {
	s = strings.ReplaceAll(s, "arn:${AWS::Partition}:", "")
	s = strings.ReplaceAll(s, ":${AWS::Region}:${AWS::AccountId}:", ":")
	s = strings.ReplaceAll(s, "${AWS::StackName}-", "")
	for _, nested := range []string{"Data", "SignIn", "Systems", "Databases"} {
		s = strings.ReplaceAll(s, "${"+nested+".Outputs.", "${")
	}
	return strings.NewReplacer("${", "", "}", "").Replace(s)
}

func keys[V any](m map[string]V) []string {
	var ks []string
	for k := range m {
		ks = append(ks, k)
	}
	sort.Strings(ks)
	return ks
}

// list makes a list of what may be one thing or several.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// at walks into objects and lists; nil when there is no such place.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(object)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

// statement is one statement of a policy.
type statement struct {
	where     string // file and resource
	under     string // condition of the template under which it stands, "" = always
	effect    string
	actions   []string
	resources []any
	principal any
	condition any
}

// statements reads a policy document; the arms of !If are taken apart.
func statements(where string, document any) []statement {
	var all []statement
	var add func(v any, under string)
	add = func(v any, under string) {
		m, ok := v.(object)
		if !ok || m["Ref"] == "AWS::NoValue" {
			return
		}
		if arms, ok := m["Fn::If"].([]any); ok {
			name := arms[0].(string)
			add(arms[1], name)
			add(arms[2], "not "+name)
			return
		}
		s := statement{where: where, under: under, resources: list(m["Resource"]), principal: m["Principal"], condition: m["Condition"]}
		s.effect, _ = m["Effect"].(string)
		for _, a := range list(m["Action"]) {
			s.actions = append(s.actions, a.(string))
		}
		all = append(all, s)
	}
	for _, v := range list(at(document, "Statement")) {
		add(v, "")
	}
	return all
}

// of are the statements of a role: its own and those of the managed policies
// that it names.
func (tpl template) of(t testing.TB, role string) []statement {
	t.Helper()
	r, ok := tpl.resources[role]
	if !ok {
		t.Fatalf("there is no role %s", role)
	}
	var all []statement
	for _, p := range list(r.properties["Policies"]) {
		all = append(all, statements(role, at(p, "PolicyDocument"))...)
	}
	for _, m := range list(r.properties["ManagedPolicyArns"]) {
		under := ""
		if arms, ok := at(m, "Fn::If").([]any); ok {
			m, under = arms[1], arms[0].(string)
		}
		name, _ := at(m, "Ref").(string)
		policy, ok := tpl.resources[name]
		if !ok || policy.kind != "AWS::IAM::ManagedPolicy" {
			t.Fatalf("%s has the policy %s, which does not stand here", role, say(m))
		}
		for _, s := range statements(name, policy.properties["PolicyDocument"]) {
			if s.under == "" {
				s.under = under
			}
			all = append(all, s)
		}
	}
	return all
}

// roleOf is the role of a function or machine.
func roleOf(t testing.TB, r resource) string {
	t.Helper()
	role, _ := at(r.properties, "Role", "Fn::GetAtt").(string)
	name, ok := strings.CutSuffix(role, ".Arn")
	if !ok {
		t.Fatalf("%s has no role of its own", r.id)
	}
	return name
}

// kind lists the resources of one kind by their ids.
func (tpl template) kind(kind string) []resource {
	var rs []resource
	for _, id := range keys(tpl.resources) {
		if r := tpl.resources[id]; r.kind == kind {
			rs = append(rs, r)
		}
	}
	return rs
}

// functions are the functions by their folder.
func functions(tpl template) map[string]resource {
	fs := map[string]resource{}
	for _, r := range tpl.kind("AWS::Serverless::Function") {
		uri, _ := r.properties["CodeUri"].(string)
		fs[strings.TrimPrefix(uri, "functions/")] = r
	}
	return fs
}

// does reports whether a statement allows an action on something that passes.
func (s statement) does(action string, on func(resource string) bool) bool {
	return s.effect == "Allow" && slices.Contains(s.actions, action) &&
		slices.ContainsFunc(s.resources, func(r any) bool { return on(say(r)) })
}
