// Command mailback takes note of what became of each mail, and opens a task for a letter that did not arrive (F12).
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
	cases := aws.Cases()
	cases.Breaker = aws.Breaker(lambdaio.Logger()) // the line that it writes when it opens is an alarm
	lambdaio.Feedback("mailback", cases.Mailback)
}
