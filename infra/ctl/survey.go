package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/inventory/survey"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/database"
	systemsdynamodb "github.com/allclaims/rightsdesk/shared/systems/dynamodb"
	systemss3 "github.com/allclaims/rightsdesk/shared/systems/s3"
)

// draftInventory writes the first inventory of a system.
func draftInventory(ctx context.Context, f *inventoryFlags, out, _ io.Writer) error {
	if f.system == "" || f.kind == "" || f.address == "" {
		return misuse{errors.New("say -system, -kind and -address: -system shop -kind postgres -address shop.json")}
	}
	if !slices.Contains(inventory.Kinds, f.kind) {
		return misuse{fmt.Errorf("%q is no kind of system: use one of %s", f.kind, strings.Join(inventory.Kinds, ", "))}
	}
	s := &inventory.System{ID: f.system, Kind: f.kind, Address: "SYSTEM_" + strings.ToUpper(strings.ReplaceAll(f.system, "-", "_"))}
	live, err := f.describe(ctx, s)
	if err != nil {
		return err
	}
	_, err = out.Write(survey.Draft(s.ID, s.Kind, s.Address, live))
	return err
}

// compareInventory holds the inventory against the systems, all of them or one.
func compareInventory(ctx context.Context, f *inventoryFlags, out, errs io.Writer) error {
	inv, err := f.checked(errs)
	if err != nil {
		return err
	}
	if f.system == "" && f.address != "" {
		return misuse{errors.New("an address belongs to one system: say -system too")}
	}
	faults, warnings, compared := 0, 0, 0
	for i := range inv.Systems {
		s := &inv.Systems[i]
		if f.system != "" && s.ID != f.system {
			continue
		}
		compared++
		live, err := f.describe(ctx, s)
		if err != nil {
			return err
		}
		for _, x := range survey.Compare(s, live) {
			if _, err := fmt.Fprintln(out, x); err != nil {
				return err
			}
			if x.Warning {
				warnings++
			} else {
				faults++
			}
		}
	}
	if compared == 0 {
		return misuse{fmt.Errorf("the inventory has no system %q", f.system)}
	}
	if faults > 0 {
		return fmt.Errorf("the systems are not as the inventory says: %s and %s", count(faults, "difference"), count(warnings, "warning"))
	}
	_, err = fmt.Fprintf(out, "%s as the inventory says; %s.\n", count(compared, "system"), count(warnings, "warning"))
	return err
}

// describe asks a live system for its schema, with the operator's own rights.
func (f *inventoryFlags) describe(ctx context.Context, s *inventory.System) (systems.Schema, error) {
	address, err := f.addressOf(ctx, s)
	if err != nil {
		return systems.Schema{}, err
	}
	look, err := describer(ctx, s, address)
	if err != nil {
		return systems.Schema{}, fmt.Errorf("reach the system %s: %w", s.ID, err)
	}
	live, err := look.Describe(ctx, s.Holdings)
	if err != nil {
		return systems.Schema{}, fmt.Errorf("look at the system %s: %w", s.ID, err)
	}
	return live, nil
}

// addressOf is where a system is: as was said, as the environment says, or as
// the stack tells.
func (f *inventoryFlags) addressOf(ctx context.Context, s *inventory.System) (string, error) {
	if a := cmp.Or(f.address, os.Getenv(s.Address)); a != "" {
		return a, nil
	}
	d, err := findDeployment(ctx, f.stack)
	if err != nil {
		return "", fmt.Errorf("no -address and no %s, so ask the stack where %s is: %w", s.Address, s.ID, err)
	}
	for _, end := range []string{"Table", "Bucket", "Secret"} {
		if a := d.outputs[outputOf(s.Address)+end]; a != "" {
			return a, nil
		}
	}
	// Outside the stage local the parameter of that name is the address.
	if a := d.parameters[outputOf(s.Address)]; a != "" {
		return a, nil
	}
	return "", fmt.Errorf("nothing says where %s is: set %s, or say -address", s.ID, s.Address)
}

// outputOf writes SYSTEM_CALL_LOG as SystemCallLog.
func outputOf(setting string) string {
	var b strings.Builder
	for _, part := range strings.Split(strings.ToLower(setting), "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

// secretOf is the sign-in of a database: given itself, in a file, a file of
// SQLite, or the name of a secret in Secrets Manager.
func secretOf(ctx context.Context, kind, address string) (string, error) {
	if strings.HasPrefix(strings.TrimSpace(address), "{") {
		return address, nil
	}
	if kind == "sqlite" {
		if _, err := os.Stat(address); err != nil {
			return "", fmt.Errorf("find the database: %w", err)
		}
		b, err := json.Marshal(map[string]string{"database": address})
		return string(b), err
	}
	if info, err := os.Stat(address); err == nil && info.Mode().IsRegular() {
		b, err := os.ReadFile(address)
		if err != nil {
			return "", fmt.Errorf("read the file with the secret: %w", err)
		}
		return string(b), nil
	}
	cfg, err := awsConfig(ctx)
	if err != nil {
		return "", fmt.Errorf("there is no file %s, so it is the name of a secret: %w", address, err)
	}
	out, err := secretsmanager.NewFromConfig(cfg).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &address})
	if err != nil {
		return "", fmt.Errorf("read the secret: %w", err)
	}
	return aws.ToString(out.SecretString), nil
}

func describer(ctx context.Context, s *inventory.System, address string) (systems.Describer, error) {
	if slices.Contains(inventory.Databases, s.Kind) {
		look, ok := any(database.Open(s, func(ctx context.Context) (string, error) { return secretOf(ctx, s.Kind, address) })).(systems.Describer)
		if !ok {
			return nil, fmt.Errorf("the connector of %s tells no schema", s.Kind)
		}
		return look, nil
	}
	if s.Kind != "dynamodb" && s.Kind != "s3" {
		return nil, fmt.Errorf("a system of kind %s has no schema to ask for", s.Kind)
	}
	cfg, err := awsConfig(ctx)
	if err != nil {
		return nil, err
	}
	if s.Kind == "dynamodb" {
		return &systemsdynamodb.Survey{DB: dynamodb.NewFromConfig(cfg), Table: address}, nil
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = o.BaseEndpoint != nil })
	return &systemss3.System{S3: client, Bucket: address, Declared: s}, nil
}
