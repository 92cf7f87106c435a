// Command post is the only sender of mail: for one owner, for one session's codes, or for all that waits.
package main

import (
	"context"
	"os"

	"github.com/allclaims/rightsdesk/shared/cloud"
	"github.com/allclaims/rightsdesk/shared/lambdaio"
	"github.com/allclaims/rightsdesk/shared/settings"
)

func main() {
	s, err := settings.Read(os.Getenv, settings.Casework, settings.Keyed, settings.Sending, settings.API, settings.DossierBucket)
	lambdaio.Check(err)
	aws, err := cloud.New(context.Background(), s)
	lambdaio.Check(err)
	cases := aws.Cases()
	lambdaio.Call("post", aws.Sender(lambdaio.Logger(), cases).Serve(cases.SendCodes))
}
