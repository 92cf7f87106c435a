package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
)

const frozenUsage = `usage: ctl frozen [-system ID] [-stack NAME] < KEYS

For the owner of a retention job, who asks before the job deletes: reads keys
from standard input, a line each, as "email anna@example.nl", "customer K-12" or
"file D-7", and prints those lines whose person has an open request for
inspection, a copy or erasure. What belongs to these stays until a later run
(X-6). With -system, only requests that are about that system.
`

// runFrozen tells which keys a retention job must leave alone.
func runFrozen(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) error {
	var f inventoryFlags
	flags := flag.NewFlagSet("frozen", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, frozenUsage) }
	system := flags.String("system", "", "the system that the job is of")
	flags.StringVar(&f.file, "f", "", "the inventory")
	flags.StringVar(&f.stack, "stack", stackName, "the CloudFormation stack")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return misuse{fmt.Errorf("read the arguments: %w", err)}
	}
	if flags.NArg() > 0 {
		return misuse{fmt.Errorf("%q is one word too many", flags.Arg(0))}
	}
	cases, err := casesOf(ctx, &f, errs)
	if err != nil {
		return err
	}
	if *system != "" && cases.Systems.Inventory().System(*system) == nil {
		return misuse{fmt.Errorf("the inventory has no system %q", *system)}
	}
	return frozen(ctx, cases, *system, in, out)
}

// frozen copies the lines that are frozen. A line that cannot be read stops it:
// a job that got half an answer would delete the other half.
func frozen(ctx context.Context, cases *casework.Cases, system string, in io.Reader, out io.Writer) error {
	sc := bufio.NewScanner(in)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" {
			continue
		}
		kind, value, ok := strings.Cut(line, " ")
		if !ok {
			return fmt.Errorf("line %d is not a kind and a value, as: customer K-12", n)
		}
		yes, err := cases.Frozen(ctx, system, kind, value)
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if yes {
			if _, err := fmt.Fprintln(out, line); err != nil {
				return err
			}
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("read the keys: %w", err)
	}
	return nil
}
