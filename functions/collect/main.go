// Command collect is the state Collect: it copies what one system holds of the person.
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
	s, err := settings.Read(os.Getenv, settings.Casework, settings.Systems, settings.WorkBucket)
	lambdaio.Check(err)
	aws, err := cloud.New(context.Background(), s, databases.Open)
	lambdaio.Check(err)
	lambdaio.Step("collect", aws.Cases().Collect)
}
