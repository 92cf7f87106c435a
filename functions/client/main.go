// Command client serves the pages of the companies for whom All Claims collects.
package main

import (
	"context"
	"crypto/rand"
	"os"

	"github.com/allclaims/rightsdesk/shared/client"
	"github.com/allclaims/rightsdesk/shared/cloud"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/lambdaio"
	"github.com/allclaims/rightsdesk/shared/settings"
)

func main() {
	s, err := settings.Read(os.Getenv, settings.Casework, settings.Keyed, settings.Signing, settings.SealBucket, settings.Machines, settings.VaultBucket)
	lambdaio.Check(err)
	aws, err := cloud.New(context.Background(), s)
	lambdaio.Check(err)
	site := settings.SiteOf(s.ClientURL)
	lambdaio.HTTP("client", &client.Handler{
		Cases: aws.Cases(), Proof: aws.Prover(), Keys: aws.Keys(), Register: aws.Store, Calendar: aws.Calendar(),
		Site: door.Site{
			Drafts: aws.Store, House: aws.House(), Base: site.Base, Origin: site.Origin, Secure: site.Secure, Now: aws.Now, Random: rand.Reader, Log: lambdaio.Logger(),
		},
	})
}
