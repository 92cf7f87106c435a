// Command identify is the state Identify: it finds the person and splits the request in legs.
package main

import (
	"context"
	"os"

	"github.com/allclaims/rightsdesk/shared/cloud"
	"github.com/allclaims/rightsdesk/shared/cloud/databases"
	"github.com/allclaims/rightsdesk/shared/lambdaio"
	"github.com/allclaims/rightsdesk/shared/settings"
)

func main() {
	s, err := settings.Read(os.Getenv, settings.Casework, settings.Keyed, settings.Systems)
	lambdaio.Check(err)
	aws, err := cloud.New(context.Background(), s, databases.Open)
	lambdaio.Check(err)
	lambdaio.Step("identify", aws.Cases().Identify)
}
