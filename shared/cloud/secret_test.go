package cloud

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/allclaims/rightsdesk/shared/cloud/databases"
	"github.com/allclaims/rightsdesk/shared/inventory"
	systemshttps "github.com/allclaims/rightsdesk/shared/systems/https"
	"github.com/allclaims/rightsdesk/shared/systems/processor"
)

// secrets are what Secrets Manager holds, by ARN.
type secrets struct {
	text map[string]string
	read int
}

func (s *secrets) GetSecretValue(_ context.Context, in *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	s.read++
	text, ok := s.text[*in.SecretId]
	if !ok {
		return nil, errors.New("AccessDenied")
	}
	return &secretsmanager.GetSecretValueOutput{SecretString: aws.String(text)}, nil
}

// What is reached by a secret is made of it, once for a while.
func TestSystemsBySecret(t *testing.T) {
	key := base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))
	held := &secrets{text: map[string]string{
		"arn:legacy":    `{"url":"https://legacy.example/privacy","key":"` + key + `"}`,
		"arn:processor": `{"url":"https://opendsr.processor.example/v2","authorization":"Basic x","identities":{"debtor":"controller_customer_id"}}`,
		"arn:wrong":     `geheim`,
	}}
	s := &Systems{
		Databases: []Opener{databases.Open},
		Declared: &inventory.Inventory{Systems: []inventory.System{
			{ID: "legacy", Kind: "https", Address: "SYSTEM_LEGACY"}, {ID: "survey", Kind: "opendsr", Address: "SYSTEM_SURVEY"},
			{ID: "wrong", Kind: "https", Address: "SYSTEM_WRONG"}, {ID: "wrong2", Kind: "opendsr", Address: "SYSTEM_WRONG"},
			{ID: "denied", Kind: "https", Address: "SYSTEM_DENIED"},
		}},
		Addresses: map[string]string{"SYSTEM_LEGACY": "arn:legacy", "SYSTEM_SURVEY": "arn:processor", "SYSTEM_WRONG": "arn:wrong", "SYSTEM_DENIED": "arn:denied"},
		Secrets:   held,
	}
	for range 2 {
		legacy, err := s.System("legacy")
		if err != nil {
			t.Fatal(err)
		}
		if c, ok := legacy.(*systemshttps.System); !ok || c.Secret.URL != "https://legacy.example/privacy" || c.Declared.ID != "legacy" {
			t.Errorf("legacy is %+v", legacy)
		}
		survey, err := s.System("survey")
		if err != nil {
			t.Fatal(err)
		}
		if c, ok := survey.(*processor.System); !ok || c.Client.Base != "https://opendsr.processor.example/v2" || c.Identities["debtor"] == "" {
			t.Errorf("survey is %+v", survey)
		}
	}
	if held.read != 2 {
		t.Errorf("two secrets were read %d times", held.read)
	}
	for _, id := range []string{"wrong", "wrong2", "denied"} {
		if _, err := s.System(id); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v", id, err)
		}
	}
}
