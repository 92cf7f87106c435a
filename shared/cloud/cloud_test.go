package cloud

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/cloud/databases"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/settings"
	"github.com/allclaims/rightsdesk/shared/systems"
	systemsdynamodb "github.com/allclaims/rightsdesk/shared/systems/dynamodb"
	systemss3 "github.com/allclaims/rightsdesk/shared/systems/s3"
)

var (
	_ casework.Keys    = (*Keys)(nil)
	_ casework.Nudge   = (*Nudge)(nil)
	_ casework.Systems = (*Systems)(nil)
)

type mac struct{ err error }

func (m mac) GenerateMac(_ context.Context, in *kms.GenerateMacInput, _ ...func(*kms.Options)) (*kms.GenerateMacOutput, error) {
	if m.err != nil {
		return nil, m.err
	}
	if *in.KeyId != "key" || in.MacAlgorithm != kmstypes.MacAlgorithmSpecHmacSha256 {
		return nil, errors.New("asked for another key or algorithm")
	}
	h := hmac.New(sha256.New, []byte("in KMS"))
	h.Write(in.Message)
	return &kms.GenerateMacOutput{Mac: h.Sum(nil)}, nil
}

func TestKeys(t *testing.T) {
	k := &Keys{KMS: mac{}, KeyID: "key"}
	key := func(kind, value string) string {
		t.Helper()
		s, err := k.Key(t.Context(), kind, value)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	h := hmac.New(sha256.New, []byte("in KMS"))
	h.Write([]byte("email\x00jan@example.nl"))
	want := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h.Sum(nil)))
	if got := key("email", "jan@example.nl"); got != want || strings.ContainsAny(got, "=@ ") {
		t.Errorf("got %s, want %s", got, want)
	}
	if key("email", " Jan@Example.NL ") != want {
		t.Error("another spelling has another key")
	}
	if key("file", "123") == key("invoice", "123") {
		t.Error("two kinds share a key")
	}
	if _, err := k.Key(t.Context(), "email", "  "); !request.InputRefused.Is(err) {
		t.Errorf("a key of nothing: %v", err)
	}
	if _, err := (&Keys{KMS: mac{errors.New("disabled")}}).Key(t.Context(), "email", "jan@example.nl"); err == nil || strings.Contains(err.Error(), "jan") {
		t.Errorf("F27: %v", err)
	}
}

type invoked struct {
	in  *lambda.InvokeInput
	err error
}

func (i *invoked) Invoke(_ context.Context, in *lambda.InvokeInput, _ ...func(*lambda.Options)) (*lambda.InvokeOutput, error) {
	i.in = in
	return &lambda.InvokeOutput{}, i.err
}

func TestNudge(t *testing.T) {
	i := &invoked{}
	n := &Nudge{Lambda: i, Function: "post"}
	for want, call := range map[string]func() error{
		`{"owner":"r-1"}`:   func() error { return n.Nudge(t.Context(), "r-1") },
		`{"session":"s-1"}`: func() error { return n.Session(t.Context(), "s-1") },
	} {
		if err := call(); err != nil || string(i.in.Payload) != want || *i.in.FunctionName != "post" || i.in.InvocationType != lambdatypes.InvocationTypeEvent {
			t.Errorf("called %s of type %s: %s, %v", *i.in.FunctionName, i.in.InvocationType, i.in.Payload, err)
		}
	}
	i.err = errors.New("throttled")
	if err := n.Nudge(t.Context(), "r-1"); !errors.Is(err, i.err) {
		t.Errorf("got %v", err)
	}
}

// A database is reached with its secret, by connections that outlive a call.
func TestDatabases(t *testing.T) {
	secret := &fakeSecrets{value: "{}"}
	s := &Systems{Declared: &inventory.Inventory{}, Addresses: map[string]string{"SYSTEM_SHOP": "arn"}, Secrets: secret, Databases: []Opener{databases.Open}}
	for _, kind := range inventory.Databases {
		s.Declared.Systems = append(s.Declared.Systems, inventory.System{ID: kind, Kind: kind, Address: "SYSTEM_SHOP"})
	}
	for _, kind := range inventory.Databases {
		first, err := s.System(kind)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		second, err := s.System(kind)
		if err != nil || first != second {
			t.Errorf("%s: another connector the second time, %v", kind, err)
		}
	}
	if secret.asked != "" {
		t.Error("the secret was read before anybody needed it")
	}
	lite, err := s.System("sqlite")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lite.Find(t.Context(), inventory.Holding{ID: "h", Keys: map[string]inventory.Key{"email": {Column: "e"}}}, "email", "a@test.example"); err == nil || secret.asked != "arn" {
		t.Errorf("an empty secret: %v, asked %q", err, secret.asked)
	}
	// A page has no drivers, and says that another function has.
	page := &Systems{Declared: s.Declared, Addresses: s.Addresses, Secrets: secret}
	for _, kind := range []string{"https", "opendsr", "imap"} {
		page.Declared.Systems = append(page.Declared.Systems, inventory.System{ID: kind, Kind: kind, Address: "SYSTEM_SHOP"})
	}
	secret.asked = ""
	for _, id := range []string{"postgres", "https", "opendsr", "imap"} {
		if _, err := page.System(id); !errors.Is(err, systems.ErrElsewhere) || secret.asked != "" {
			t.Errorf("%s on a page: %v, secret asked: %t", id, err, secret.asked != "")
		}
	}
}

type fakeSecrets struct{ value, asked string }

func (f *fakeSecrets) GetSecretValue(_ context.Context, in *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	f.asked = *in.SecretId
	return &secretsmanager.GetSecretValueOutput{SecretString: &f.value}, nil
}

// Every system of the inventory has a connector, and is out of reach without its setting.
func TestSystems(t *testing.T) {
	s := &Systems{Declared: inventory.Default(), Addresses: map[string]string{}}
	for _, name := range settings.Systems {
		s.Addresses[name] = "place-of-" + name
	}
	for i := range s.Declared.Systems {
		d := &s.Declared.Systems[i]
		got, err := s.System(d.ID)
		if err != nil {
			t.Errorf("%s: %v", d.ID, err)
			continue
		}
		place := ""
		switch c := got.(type) {
		case *systemsdynamodb.System:
			place = c.Table
		case *systemss3.System:
			place = c.Bucket
		}
		if place != "place-of-"+d.Address {
			t.Errorf("%s is at %q", d.ID, place)
		}
	}
	s.Addresses = nil
	if _, err := s.System(s.Declared.Systems[0].ID); !request.NotFound.Is(err) {
		t.Errorf("without its setting: %v", err)
	}
	if _, err := s.System("elsewhere"); !request.NotFound.Is(err) { // default deny (A42)
		t.Errorf("a system that is not declared: %v", err)
	}
}

// Under an endpoint of one's own, buckets are addressed by path, and each part
// of the desk reaches the place that the settings name.
func TestNewUnderAnEndpoint(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r.Method+" "+r.URL.Path+" "+r.Header.Get("X-Amz-Target"))
		w.WriteHeader(http.StatusNotFound)
	}))
	defer server.Close()
	for name, v := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		"AWS_MAX_ATTEMPTS": "1", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "",
	} {
		t.Setenv(name, v)
	}
	c, err := New(t.Context(), settings.Settings{
		Stage: settings.Prod, BaseURL: "https://rechten.allclaims.nl", House: settings.House{Email: "info@allclaims.nl"},
		Buckets: settings.Buckets{Mail: "mail-bucket"}, HMACKey: "key", PostFunction: "post-function",
		Machines: map[string]string{"request": "arn:aws:states:eu-central-1:1:stateMachine:x"},
	})
	if err != nil {
		t.Fatal(err)
	}
	cases := c.Cases()
	_, _ = cases.Raw.Open(t.Context(), "raw/1")
	_, _ = cases.Keys.Key(t.Context(), "email", "jan@example.nl")
	_ = cases.Nudge.Nudge(t.Context(), "r-1")
	_ = cases.Engine.Start(t.Context(), "request", "n", casework.Input{})
	want := []string{
		"GET /mail-bucket/raw/1 ", "POST / TrentService.GenerateMac",
		"POST /2015-03-31/functions/post-function/invocations ", "POST / AWSStepFunctions.StartExecution",
	}
	if strings.Join(seen, "|") != strings.Join(want, "|") {
		t.Errorf("called\n%s\nwant\n%s", strings.Join(seen, "\n"), strings.Join(want, "\n"))
	}
}

// Every letter can be written with what the settings give: no page is missing.
func TestHouseIsEnoughForEveryLetter(t *testing.T) {
	c := &Cloud{Settings: settings.Settings{
		BaseURL: "https://rechten.allclaims.nl", DeskURL: "https://desk.allclaims.nl", ClientURL: "https://opdrachtgever.allclaims.nl",
		House: settings.House{Name: "All Claims B.V.", Address: "Straat 1, Rotterdam", Email: "info@allclaims.nl"},
	}}
	house := c.House()
	if house.CodeMinutes != int(identity.CodeLife.Minutes()) {
		t.Errorf("letters say %d minutes", house.CodeMinutes)
	}
	for _, info := range letters.Kinds() {
		for _, lang := range []request.Language{request.Dutch, request.English} {
			o, err := letters.Sample(info.Kind, lang, "")
			if err != nil {
				continue // a kind that needs an outcome is rendered by its own tests
			}
			secret := ""
			if letters.TakesSecret(info.Kind) {
				secret = letters.SampleSecret
			}
			if _, err := letters.Render(o, house, secret); err != nil {
				t.Errorf("%s %s: %v", info.Kind, lang, err)
			}
		}
	}
}
