package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/store"
)

const figuresUsage = `usage: ctl figures [-stack NAME] [YYYY-MM ...]

Prints as CSV what came in in these months and what came of it, by right,
channel and client (D-6). Without a month: the one before this. It names nobody.
`

// months reads what counts of the requests of a month.
type months interface {
	FiguresOf(ctx context.Context, month string, page store.Page) ([]figures.Record, string, error)
}

// runFigures prints the figures of months.
func runFigures(ctx context.Context, args []string, _ io.Reader, out, errs io.Writer) error {
	flags := flag.NewFlagSet("figures", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, figuresUsage) }
	name := flags.String("stack", stackName, "the CloudFormation stack")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return misuse{fmt.Errorf("read the arguments: %w", err)}
	}
	which := flags.Args()
	if len(which) == 0 {
		today := deadline.LocalDate(time.Now())
		which = []string{today.AddMonths(-1).String()[:len("2006-01")]}
	}
	for _, month := range which {
		if !figures.Valid(month) {
			return misuse{fmt.Errorf("%q is no month, as 2026-11", month)}
		}
	}
	d, err := findDeployment(ctx, *name)
	if err != nil {
		return err
	}
	if err := d.need("RequestsTable"); err != nil {
		return err
	}
	return printFigures(ctx, storeOf(d), which, out)
}

func printFigures(ctx context.Context, from months, which []string, out io.Writer) error {
	var sums []figures.Month
	for _, month := range which {
		var all []figures.Record
		for page := (store.Page{Limit: store.MaxPage}); ; {
			some, next, err := from.FiguresOf(ctx, month, page)
			if err != nil {
				return fmt.Errorf("figures of %s: %w", month, err)
			}
			all = append(all, some...)
			if page.After = next; next == "" {
				break
			}
		}
		sums = append(sums, figures.Sum(month, all))
	}
	return figures.CSV(out, sums...)
}
