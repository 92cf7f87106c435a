package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// secretPrefix is what the template expects before the setting's name.
const secretPrefix = "rightsdesk/"

// secrets is Secrets Manager.
type secrets interface {
	CreateSecret(context.Context, *secretsmanager.CreateSecretInput, ...func(*secretsmanager.Options)) (*secretsmanager.CreateSecretOutput, error)
	PutSecretValue(context.Context, *secretsmanager.PutSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.PutSecretValueOutput, error)
}

// systemSecrets puts into the emulator the secrets of systems that stand in the
// environment: SYSTEM_SHOP='{"host": …}' is the system whose address is
// SYSTEM_SHOP. It gives the template's parameters; a value that is no JSON
// object is refused by name, and is never shown.
func systemSecrets(ctx context.Context, manager secrets, environ []string) (map[string]string, error) {
	var arns []string
	for _, e := range slices.Sorted(slices.Values(environ)) {
		name, value, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, "SYSTEM_") || value == "" {
			continue
		}
		if json.Unmarshal([]byte(value), &map[string]any{}) != nil {
			return nil, fmt.Errorf("%s must be the secret of a system as JSON (docs/SYSTEMS.md), and is not", name)
		}
		created, err := manager.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String(secretPrefix + name), SecretString: aws.String(value)})
		if err == nil {
			arns = append(arns, *created.ARN)
			continue
		}
		if !errors.As(err, new(*types.ResourceExistsException)) {
			return nil, fmt.Errorf("put the secret %s: %w", name, err)
		}
		was, err := manager.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: aws.String(secretPrefix + name), SecretString: aws.String(value)})
		if err != nil {
			return nil, fmt.Errorf("put the secret %s over the one of before: %w", name, err)
		}
		arns = append(arns, *was.ARN)
	}
	return map[string]string{"SystemSecrets": strings.Join(arns, ",")}, nil
}
