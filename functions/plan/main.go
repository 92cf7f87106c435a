// Command plan is the state Plan: it works out what an erasure erases and keeps, and why.
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
	s, err := settings.Read(os.Getenv, settings.Casework, settings.Systems)
	lambdaio.Check(err)
	aws, err := cloud.New(context.Background(), s, databases.Open)
	lambdaio.Check(err)
	lambdaio.Step("plan", aws.Cases().Plan)
}
