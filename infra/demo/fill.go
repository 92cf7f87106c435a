package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/allclaims/rightsdesk/shared/cloud"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/store/dynamo"
)

// Password is what the demonstration's officers sign in with. It opens nothing
// but a local stack, on this machine's own address.
const Password = "samen-werken-aan-recht"

// Staff are the people who sign in at the desk of a local stack: by e-mail,
// with Password. Each has the group of the same name.
var Staff = []struct{ Email, Name, Group string }{
	{"officer@allclaims.example", "Noor Behandelaar", "officer"},
	{"approver@allclaims.example", "Willem Controleur", "approver"},
	{"auditor@allclaims.example", "Ada Toezicht", "auditor"},
	{"administrator@allclaims.example", "Bas Beheerder", "administrator"},
}

// Fill puts in all that a demonstration needs: the content of the systems, the
// clients in the register, and the staff. Doing it again changes nothing.
func Fill(ctx context.Context, cfg aws.Config, out map[string]string) error {
	if err := Seed(ctx, cfg, out); err != nil {
		return err
	}
	if err := putClients(ctx, cfg, out); err != nil {
		return err
	}
	if out["UserPoolId"] == "" {
		return nil // staff sign in elsewhere
	}
	return putStaff(ctx, cognitoidentityprovider.NewFromConfig(cfg), out["UserPoolId"])
}

func putClients(ctx context.Context, cfg aws.Config, out map[string]string) error {
	keys := &cloud.Keys{KMS: kms.NewFromConfig(cfg), KeyID: out["HmacKey"]}
	store := &dynamo.Store{
		DynamoDB: dynamodb.NewFromConfig(cfg), Now: time.Now,
		Names: dynamo.NamesOf(out["RequestsTable"], out["ProofsTable"], out["LedgerTable"], out["RegistersTable"]),
	}
	for _, c := range Clients() {
		key, err := register.KeysOf(ctx, c, keys.Key)
		if err != nil {
			return err
		}
		if err := store.PutClient(ctx, c, key); err != nil {
			return fmt.Errorf("put client %s: %w", c.ID, err)
		}
	}
	return nil
}

func putStaff(ctx context.Context, idp *cognitoidentityprovider.Client, pool string) error {
	for _, s := range Staff {
		_, err := idp.AdminCreateUser(ctx, &cognitoidentityprovider.AdminCreateUserInput{
			UserPoolId: &pool, Username: aws.String(s.Email), MessageAction: types.MessageActionTypeSuppress, TemporaryPassword: aws.String(Password),
			UserAttributes: []types.AttributeType{
				{Name: aws.String("email"), Value: aws.String(s.Email)},
				{Name: aws.String("email_verified"), Value: aws.String("true")},
				{Name: aws.String("name"), Value: aws.String(s.Name)},
			},
		})
		var exists *types.UsernameExistsException
		if err != nil && !errors.As(err, &exists) {
			return fmt.Errorf("make the account of the %s: %w", s.Group, err)
		}
		if _, err := idp.AdminSetUserPassword(ctx, &cognitoidentityprovider.AdminSetUserPasswordInput{
			UserPoolId: &pool, Username: aws.String(s.Email), Password: aws.String(Password), Permanent: true,
		}); err != nil {
			return fmt.Errorf("set the password of the %s: %w", s.Group, err)
		}
		if _, err := idp.AdminAddUserToGroup(ctx, &cognitoidentityprovider.AdminAddUserToGroupInput{
			UserPoolId: &pool, Username: aws.String(s.Email), GroupName: aws.String(s.Group),
		}); err != nil {
			return fmt.Errorf("put the %s in its group: %w", s.Group, err)
		}
	}
	return nil
}
