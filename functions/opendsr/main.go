// Command opendsr serves clients' machines: what they hand over of their debtors, and how far it is.
package main

import (
	"context"
	"os"

	"github.com/allclaims/rightsdesk/shared/cloud"
	"github.com/allclaims/rightsdesk/shared/lambdaio"
	"github.com/allclaims/rightsdesk/shared/opendsr/server"
	"github.com/allclaims/rightsdesk/shared/settings"
)

func main() {
	s, err := settings.Read(os.Getenv, settings.Casework, settings.API, settings.VaultBucket)
	lambdaio.Check(err)
	aws, err := cloud.New(context.Background(), s)
	lambdaio.Check(err)
	cases, site := aws.Cases(), settings.SiteOf(s.OpenDSR.URL)
	lambdaio.HTTP("opendsr", &server.Handler{
		Cases: cases, Machines: cases, Counter: aws.Store, Identity: aws.Signing(),
		Origin: site.Origin, Base: site.Base, Now: aws.Now, Log: lambdaio.Logger(),
	})
}
