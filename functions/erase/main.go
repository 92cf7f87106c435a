// Command erase is the state Erase: it carries out a plan in one system.
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
	lambdaio.Step("erase", aws.Cases().Erase)
}
