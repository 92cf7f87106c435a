package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/allclaims/rightsdesk/infra/ctl/clock"
	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/store/dynamo"
)

const clockUsage = `usage: ctl clock [-stack NAME] show | reset | advance STEP

STEP is a number with wd (working days), d (days) or h (hours): 5wd, 3d, 72h.
Works on the stage local only; AWS_ENDPOINT_URL names its emulator.
`

// runClock shows or moves the clock of a local stage. After a move it does
// what schedules would have done: wake, post, sweep.
func runClock(ctx context.Context, args []string, _ io.Reader, out, errs io.Writer) error {
	flags := flag.NewFlagSet("clock", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, clockUsage) }
	name := flags.String("stack", stackName, "the CloudFormation stack")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return fmt.Errorf("read the arguments: %w", err)
	}
	var step clock.Step
	what := flags.Arg(0)
	switch {
	case flags.NArg() == 1 && (what == "show" || what == "reset"):
	case flags.NArg() == 2 && what == "advance":
		var err error
		if step, err = clock.ParseStep(flags.Arg(1)); err != nil {
			return err
		}
	default:
		return errors.New("say show, reset or advance STEP, as: ctl clock advance 5wd")
	}
	endpoint := os.Getenv("AWS_ENDPOINT_URL")
	// Before anything is asked of AWS: without an endpoint it would be the real one.
	if err := (deployment{parameters: map[string]string{"Stage": "local"}}).onlyLocal(endpoint); err != nil {
		return err
	}
	d, err := findDeployment(ctx, *name)
	if err != nil {
		return err
	}
	if err := d.onlyLocal(endpoint); err != nil {
		return err
	}
	if err := d.need("RegistersTable", "WakeFunction", "PostFunction", "SweepFunction"); err != nil {
		return err
	}
	c := clockOf(d)
	switch what {
	case "reset":
		err = c.Reset(ctx)
	case "advance":
		var woken int
		if woken, err = c.Advance(ctx, step); err == nil {
			fmt.Fprintf(out, "Woken: %d.\n", woken)
		}
	}
	if err != nil {
		return err
	}
	shown, err := c.Show(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "It is %s (moved by %s).\n",
		shown.Now.In(deadline.Amsterdam()).Format("Monday 2 January 2006 15:04 MST"), shown.Offset.Round(time.Second))
	return err
}

func clockOf(d deployment) *clock.Clock {
	return &clock.Clock{
		Store:  storeOf(d),
		Lambda: lambda.NewFromConfig(d.config),
		Wake:   d.outputs["WakeFunction"], Post: d.outputs["PostFunction"], Sweep: d.outputs["SweepFunction"],
		Now: time.Now,
	}
}

func namesOf(outputs map[string]string) dynamo.Names {
	return dynamo.NamesOf(outputs["RequestsTable"], outputs["ProofsTable"], outputs["LedgerTable"], outputs["RegistersTable"])
}
