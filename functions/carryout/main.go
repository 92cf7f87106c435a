// Command carryout is the state CarryOut: it waits for what an officer must do by hand.
package main

import (
	"context"
	"os"

	"github.com/allclaims/rightsdesk/shared/cloud"
	"github.com/allclaims/rightsdesk/shared/lambdaio"
	"github.com/allclaims/rightsdesk/shared/settings"
)

func main() {
	s, err := settings.Read(os.Getenv, settings.Casework)
	lambdaio.Check(err)
	aws, err := cloud.New(context.Background(), s)
	lambdaio.Check(err)
	lambdaio.Step("carryout", aws.Cases().CarryOut)
}
