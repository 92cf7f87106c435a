package main

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// kept is a Secrets Manager that keeps what it is given.
type kept map[string]string

func (k kept) CreateSecret(_ context.Context, in *secretsmanager.CreateSecretInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.CreateSecretOutput, error) {
	if _, ok := k[*in.Name]; ok {
		return nil, &types.ResourceExistsException{}
	}
	k[*in.Name] = *in.SecretString
	return &secretsmanager.CreateSecretOutput{ARN: aws.String("arn:" + *in.Name)}, nil
}

func (k kept) PutSecretValue(_ context.Context, in *secretsmanager.PutSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.PutSecretValueOutput, error) {
	if _, ok := k[*in.SecretId]; !ok {
		return nil, &types.ResourceNotFoundException{}
	}
	k[*in.SecretId] = *in.SecretString
	return &secretsmanager.PutSecretValueOutput{ARN: aws.String("arn:" + *in.SecretId)}, nil
}

func TestSystemSecrets(t *testing.T) {
	store := kept{}
	for _, value := range []string{`{"host":"a"}`, `{"host":"b"}`} { // a second start has the new one
		got, err := systemSecrets(t.Context(), store, []string{"SYSTEM_SHOP=" + value, "HOME=/", "SYSTEM_MAIL={}", "SYSTEM_OFF="})
		if err != nil {
			t.Fatal(err)
		}
		if want := "arn:rightsdesk/SYSTEM_MAIL,arn:rightsdesk/SYSTEM_SHOP"; got["SystemSecrets"] != want {
			t.Errorf("SystemSecrets = %q, want %q", got["SystemSecrets"], want)
		}
		if store["rightsdesk/SYSTEM_SHOP"] != value || len(store) != 2 {
			t.Errorf("the emulator keeps %v", store)
		}
	}
	_, err := systemSecrets(t.Context(), store, []string{"SYSTEM_SHOP=pgpass:hush"})
	if err == nil || !strings.Contains(err.Error(), "SYSTEM_SHOP") || strings.Contains(err.Error(), "hush") {
		t.Errorf("a secret that is no JSON: %v", err)
	}
}
