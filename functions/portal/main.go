// Command portal serves the public site: the form, the proof, the status, the download.
package main

import (
	"context"
	"crypto/rand"
	"os"

	"github.com/allclaims/rightsdesk/shared/cloud"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/intake"
	"github.com/allclaims/rightsdesk/shared/lambdaio"
	"github.com/allclaims/rightsdesk/shared/portal"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/settings"
)

func main() {
	s, err := settings.Read(os.Getenv, settings.Casework, settings.Keyed, settings.Machines, settings.VaultBucket)
	lambdaio.Check(err)
	aws, err := cloud.New(context.Background(), s)
	lambdaio.Check(err)
	cases, site := aws.Cases(), settings.SiteOf(s.BaseURL)
	lambdaio.HTTP("portal", &portal.Handler{
		Requests: cases, Proving: cases, Proof: aws.Prover(), Understand: understand,
		Site: door.Site{
			Drafts: aws.Store, House: aws.House(), Base: site.Base, Origin: site.Origin, Secure: site.Secure, Now: aws.Now, Random: rand.Reader, Log: lambdaio.Logger(),
		},
	})
}

func understand(lang request.Language, text string) (string, []request.Right, []request.Relation, bool, string, []string) {
	m := intake.Understand(lang, text)
	return string(m.Kind), m.Rights, m.Relations, m.Sure, m.Rule, m.Evidence
}
