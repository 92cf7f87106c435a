// Package functions_test holds the functions to the design: one folder a
// function, nothing in main but wiring, one name for state, folder and method.
package functions_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/workflows"
)

// The functions beside those of the states.
var others = []string{
	"portal", "desk", "client", "opendsr", // HTTP
	"mailin", "mailback", // mail
	"post", "wake", "sweep", "watch", "forget", // schedules
}

// states are the Task states of the machines: State → folder.
func states(t *testing.T) map[string]string {
	t.Helper()
	names := map[string]string{}
	arn := regexp.MustCompile(`\$\{(\w+)FunctionArn\}`)
	err := fs.WalkDir(workflows.Files, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".asl.json") {
			return err
		}
		text, err := fs.ReadFile(workflows.Files, path)
		for _, m := range arn.FindAllStringSubmatch(string(text), -1) {
			names[m[1]] = strings.ToLower(m[1])
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("no states: %v", err)
	}
	return names
}

func TestOneFolderAFunction(t *testing.T) {
	want := slices.Clone(others)
	for _, folder := range states(t) {
		want = append(want, folder)
	}
	mains, err := filepath.Glob("*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range mains {
		got = append(got, filepath.Dir(m))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A main reads settings, makes the clients and starts; what it decides is a fault.
func TestMainsOnlyWire(t *testing.T) {
	mains, err := filepath.Glob("*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range mains {
		name := filepath.Dir(path)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		limit := 30
		if name == "portal" || name == "desk" || name == "client" {
			limit = 45 // a handler has many fields
		}
		if n := bytes.Count(text, []byte("\n")); n > limit {
			t.Errorf("%s has %d lines, of %d", path, n, limit)
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(file.Doc.Text(), "Command "+name+" ") {
			t.Errorf("%s does not say what it is for", path)
		}
		named := false
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt:
				t.Errorf("%s decides something", path)
			case *ast.BasicLit:
				named = named || n.Value == `"`+name+`"`
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "os" && n.Sel.Name != "Getenv" {
					t.Errorf("%s uses os.%s", path, n.Sel.Name)
				}
			}
			return true
		})
		if !named {
			t.Errorf("%s gives its logs another name than its folder's", path)
		}
	}
}

// State name = folder = method of casework.
func TestStatesAreMethods(t *testing.T) {
	for state, folder := range states(t) {
		text, err := os.ReadFile(filepath.Join(folder, "main.go"))
		if err != nil {
			t.Errorf("state %s: %v", state, err)
			continue
		}
		if want := `lambdaio.Step("` + folder + `", aws.Cases().` + state + `)`; !strings.Contains(string(text), want) {
			t.Errorf("functions/%s does not start with %s", folder, want)
		}
	}
}

// The fixtures for sam local invoke are events as the functions know them.
func TestFixtures(t *testing.T) {
	read := func(path string, into any) {
		t.Helper()
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		d := json.NewDecoder(f)
		d.DisallowUnknownFields()
		if err := d.Decode(into); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	var in casework.Input
	if read("acknowledge/testdata/request.json", &in); !in.RequestID.Valid() {
		t.Errorf("acknowledge: request %q", in.RequestID)
	}
	var call post.Call
	if read("post/testdata/owner.json", &call); call.Owner == "" {
		t.Error("post: no owner")
	}
	var page events.APIGatewayProxyRequest
	if read("portal/testdata/start.json", &page); page.HTTPMethod != "GET" || page.Path != "/nl/" || page.RequestContext.DomainName == "" {
		t.Errorf("portal: %s %s", page.HTTPMethod, page.Path)
	}
	var mail events.SimpleEmailEvent
	read("mailin/testdata/mail.json", &mail)
	if len(mail.Records) != 1 || mail.Records[0].SES.Mail.MessageID == "" || mail.Records[0].SES.Receipt.DMARCVerdict.Status != "PASS" {
		t.Errorf("mailin: %+v", mail)
	}
	var back events.SNSEvent
	read("mailback/testdata/bounce.json", &back)
	if len(back.Records) != 1 || !json.Valid([]byte(back.Records[0].SNS.Message)) {
		t.Errorf("mailback: %+v", back)
	}
	all, err := filepath.Glob("*/testdata/*.json")
	if err != nil || len(all) != 5+8 {
		t.Errorf("fixtures %v, %v: read every one of them here, but for mailback's, which lambdaio reads", all, err)
	}
}
