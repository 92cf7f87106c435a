package inventory

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/allclaims/rightsdesk/shared/request"
)

var update = flag.Bool("update", false, "write systems.schema.json anew")

// The schema is made from the types and the closed lists, so that it says
// nothing else than the parser: a field without a description fails.
func TestSchemaIsThatOfTheTypes(t *testing.T) {
	want := schemaOf(t)
	if *update {
		if err := os.WriteFile("systems.schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile("systems.schema.json"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("systems.schema.json is not that of the types (%v): go test ./shared/inventory -run Schema -update", err)
	}
}

func TestSchemaAcceptsWhatShips(t *testing.T) {
	for _, file := range shipped() {
		if err := validate(t, read1(t, file)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// What an editor would let through that Parse refuses is not much: every
// closed list and every name of a field is in the schema.
func TestSchemaRefuses(t *testing.T) {
	good := string(systemsYAML)
	for _, tc := range []struct{ name, old, new string }{
		{"an unknown field", "kind: dynamodb", "kind: dynamodb\n    colour: red"},
		{"an unknown kind", "kind: dynamodb", "kind: oracle"},
		{"one language", "label: {nl: Facturen, en: Invoices}", "label: {nl: Facturen}"},
		{"disclose without quotes", `disclose: "yes"`, "disclose: true"},
		{"an unknown strategy", "anonymise: true}", "anonymise: true, as: rot13}"},
		{"a freeze that nobody knows", "freeze: {letters: mark", "freeze: {letters: perhaps"},
		{"a stop that stops nothing", "stops: [marketing-objection, email-withdrawal]", "stops: [access]"},
		{"a country in words", "country: LU", "country: Luxemburg"},
		{"a recipient of no kind", "kind: authority, ", ""},
	} {
		changed := strings.Replace(good, tc.old, tc.new, 1)
		if changed == good {
			t.Fatalf("%s: the change did not take", tc.name)
		}
		if err := validate(t, []byte(changed)); err == nil {
			t.Errorf("%s: accepted", tc.name)
		}
		if _, err := Parse([]byte(changed)); err == nil {
			t.Errorf("%s: Parse accepts it", tc.name)
		}
	}
}

// shipped are the inventories that we publish.
func shipped() []string { return []string{"systems.yaml", "testdata/chinook.yaml"} }

func read1(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func validate(t *testing.T, data []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("systems.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("systems.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := yaml.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	j, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(j))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(instance)
}

type object = map[string]any

func schemaOf(t *testing.T) []byte {
	t.Helper()
	rights := []string{}
	for _, r := range request.Rights {
		if r.Stops() {
			rights = append(rights, string(r))
		}
	}
	w := schemaWriter{
		t: t, docs: fieldDocs(t), defs: object{},
		// The closed lists, by type and field: those that the checker uses.
		lists: map[string][]string{
			"System.kind": Kinds, "Holding.relation": relations(), "Holding.also": relations(),
			"Holding.role": {string(request.Controller), string(request.Processor)}, "Holding.format": formats,
			"Holding.stops": rights, "Column.disclose": disclosures, "Column.screen": screens, "Holding.screen": screens, "Column.channel": chanKind, "Column.is": isKinds, "Column.as": Strategies,
			"Freeze.letters": freezes, "Freeze.calls": freezes, "Freeze.bailiff": freezes,
			"Recipient.kind": recipientKinds, "Recipient.language": {string(request.Dutch), string(request.English)},
			"Retention.onErasure": onErasures, "Retention.ground": grounds, "Retention.endAction": endActions,
		},
		patterns: map[string]string{
			"System.id": codePattern.String(), "Holding.id": codePattern.String(), "Column.name": columnPattern.String(), "System.address": settingName.String(),
			"Holding.table": tablePattern.String(), "Recipient.country": country.String(), "Holding.prefix": "/$",
		},
		required: map[string][]string{
			"Inventory":  {"version", "systems", "recipients", "retention", "categories", "bases", "reasons"},
			"Party":      {"name"},
			"Controller": {"name"},
			"System":     {"id", "name", "kind", "address", "holdings"},
			"Holding":    {"id", "label", "what", "relation", "role", "keys", "purposes", "basis", "source", "recipients", "retention", "transfers", "automated", "columns"},
			"Key":        {"column"}, "Yield": {"column"},
			"Column":    {"name", "label", "category", "disclose"},
			"Recipient": {"name", "kind", "country"},
			"Retention": {"months", "text", "onErasure", "endAction"},
		},
	}
	root := w.of(reflect.TypeFor[Inventory]())
	root["$schema"], root["title"] = "https://json-schema.org/draft/2020-12/schema", "An inventory of the rights desk (systems.yaml)"
	root["$defs"] = w.defs
	out, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.NewBuffer(nil).Bytes(), append(out, '\n')...)
}

type schemaWriter struct {
	t        *testing.T
	docs     map[string]string
	defs     object
	lists    map[string][]string
	patterns map[string]string
	required map[string][]string
}

// of is the schema of a type; a struct is defined once.
func (w schemaWriter) of(typ reflect.Type) object {
	switch typ.Kind() {
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int:
		return object{"type": "integer", "minimum": 0}
	case reflect.Slice:
		return object{"type": "array", "items": w.of(typ.Elem())}
	case reflect.Map:
		if typ == reflect.TypeFor[Words]() {
			props, all := object{}, []string{}
			for _, l := range Languages {
				props[string(l)] = object{"type": "string", "minLength": 1}
				all = append(all, string(l))
			}
			w.defs["Words"] = object{"type": "object", "properties": props, "required": all, "additionalProperties": false, "description": "One text in every language of the desk."}
			return object{"$ref": "#/$defs/Words"}
		}
		return object{"type": "object", "additionalProperties": w.of(typ.Elem())}
	case reflect.Struct:
		if typ == reflect.TypeFor[Inventory]() {
			return w.fields(typ)
		}
		if w.defs[typ.Name()] == nil {
			w.defs[typ.Name()] = w.fields(typ)
		}
		return object{"$ref": "#/$defs/" + typ.Name()}
	}
	w.t.Fatalf("no schema for %s", typ)
	return nil
}

func (w schemaWriter) fields(typ reflect.Type) object {
	props := object{}
	w.each(typ, func(owner, name string, f reflect.StructField) {
		p := w.of(f.Type)
		text := w.docs[owner+"."+f.Name]
		if text == "" {
			w.t.Errorf("%s.%s has no comment to describe it", owner, f.Name)
		}
		p["description"] = text
		limited := p
		if f.Type.Kind() == reflect.Slice {
			limited = p["items"].(object)
		}
		if list := w.lists[typ.Name()+"."+name]; list != nil {
			limited["enum"] = list
		}
		if pattern := w.patterns[typ.Name()+"."+name]; pattern != "" {
			limited["pattern"] = pattern
		}
		props[name] = p
	})
	s := object{"type": "object", "properties": props, "additionalProperties": false}
	for _, name := range w.required[typ.Name()] {
		if props[name] == nil {
			w.t.Errorf("%s requires %s, which is no field", typ.Name(), name)
		}
	}
	if r := w.required[typ.Name()]; len(r) > 0 {
		s["required"] = r
	}
	return s
}

// each visits the fields of a struct, those of an inline one too.
func (w schemaWriter) each(typ reflect.Type, visit func(owner, name string, f reflect.StructField)) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case option == "inline":
			w.each(f.Type, visit)
		case name == "":
			w.t.Errorf("%s.%s has no yaml tag", typ.Name(), f.Name)
		default:
			visit(typ.Name(), name, f)
		}
	}
}

// fieldDocs are the comments of the fields, by Type.Field.
func fieldDocs(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "inventory.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		s, ok := spec.Type.(*ast.StructType)
		if !ok {
			return true
		}
		for _, f := range s.Fields.List {
			for _, name := range f.Names {
				docs[spec.Name.Name+"."+name.Name] = strings.Join(strings.Fields(f.Doc.Text()), " ")
			}
		}
		return true
	})
	return docs
}
