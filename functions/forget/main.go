// Command forget removes our own records when their time has come (D-2), and
// what an erasure kept when its ground has ended (E-3).
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
	s, err := settings.Read(os.Getenv, settings.Casework, settings.Systems, settings.DossierBucket, settings.VaultBucket)
	lambdaio.Check(err)
	aws, err := cloud.New(context.Background(), s, databases.Open)
	lambdaio.Check(err)
	lambdaio.Schedule("forget", aws.Cases().Forget)
}
