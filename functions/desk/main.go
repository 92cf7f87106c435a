// Command desk serves the pages of the people who work the cases.
package main

import (
	"context"
	"crypto/rand"
	"os"
	"time"

	"github.com/allclaims/rightsdesk/shared/cloud"
	"github.com/allclaims/rightsdesk/shared/desk"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/lambdaio"
	"github.com/allclaims/rightsdesk/shared/settings"
)

func main() {
	ctx := context.Background()
	s, err := settings.Read(os.Getenv, settings.Casework, settings.Keyed, settings.Signing, settings.SealBucket, settings.Machines, settings.Systems, settings.SignIn, settings.MailBucket, settings.WorkBucket, settings.Reading)
	lambdaio.Check(err)
	aws, err := cloud.New(ctx, s)
	lambdaio.Check(err)
	secret, err := aws.Secret(ctx)
	lambdaio.Check(err)
	site := settings.SiteOf(s.DeskURL)
	cases := aws.Cases()
	lambdaio.HTTP("desk", &desk.Handler{
		Cases: cases, Rehearse: desk.RehearseOn(cases), Calendar: aws.Calendar(), Clients: aws.Store, Inventory: inventory.Default(),
		SignIn: &desk.SignIn{
			Issuer: s.OIDC.Issuer, Discovery: s.OIDC.Discovery, ClientID: s.OIDC.ClientID, ClientSecret: secret,
			// The issuer knows no clock but the machine's.
			Callback: s.DeskURL + "/callback", Now: time.Now,
		},
		Site: door.Site{
			Drafts: aws.Store, House: aws.House(), Base: site.Base, Origin: site.Origin, Secure: site.Secure, Now: aws.Now, Random: rand.Reader, Log: lambdaio.Logger(),
		},
	})
}
