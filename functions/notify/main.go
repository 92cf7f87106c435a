// Command notify is the state Notify: it tells the recipients of a change (Art. 19).
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
	lambdaio.Step("notify", aws.Cases().Notify)
}
