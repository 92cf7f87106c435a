package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/allclaims/rightsdesk/shared/casework"
	awsdesk "github.com/allclaims/rightsdesk/shared/cloud"
	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/database"
)

const restoreUsage = `usage: ctl restore replay -system ID [-since DATE] [-dry-run] [-address ADDRESS] [-f FILE] [-stack NAME]

For a system that was restored from a copy, before it is used again: erases
there whom the desk erased, keeps what was kept, marks who must get no
advertising, makes the corrections again and puts back the restrictions.
DATE is the day on which the copy was made: what was done before it, the copy
has. Without it all that was ever done is done again, also to who came back
since. With -dry-run nothing changes, and the counts are of what would.
The report names nobody. Stopped half-way: run it again.
`

// runRestore replays the register of erasures.
func runRestore(ctx context.Context, args []string, _ io.Reader, out, errs io.Writer) error {
	var f inventoryFlags
	flags := flag.NewFlagSet("restore", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, restoreUsage) }
	flags.StringVar(&f.file, "f", "", "the inventory")
	flags.StringVar(&f.system, "system", "", "the system that was restored")
	flags.StringVar(&f.address, "address", "", "where it is now")
	flags.StringVar(&f.stack, "stack", stackName, "the CloudFormation stack")
	since := flags.String("since", "", "the day of the copy")
	dry := flags.Bool("dry-run", false, "change nothing")
	if len(args) > 0 && args[0] == "replay" {
		args = args[1:]
	} else if len(args) == 0 || !strings.HasPrefix(args[0], "-") {
		fmt.Fprint(errs, restoreUsage)
		return misuse{errors.New("say replay, as: ctl restore replay -system ID")}
	}
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return misuse{fmt.Errorf("read the arguments: %w", err)}
	}
	if flags.NArg() > 0 || f.system == "" {
		return misuse{errors.New("say which system was restored, with -system")}
	}
	if *since != "" {
		if _, err := deadline.ParseDate(*since); err != nil {
			return misuse{fmt.Errorf("%q is no day, as 2026-11-20", *since)}
		}
	} else {
		fmt.Fprintln(errs, "Without -since everything that was ever done is done again, also to who came back of their own accord.")
	}
	cases, err := casesOf(ctx, &f, errs)
	if err != nil {
		return err
	}
	return replay(ctx, cases, erasure.Replay{Since: request.Day(*since), Dry: *dry}, f.system, out)
}

// replayReport is what the operator gets, and files.
type replayReport struct {
	System string      `json:"system"`
	At     time.Time   `json:"at"`
	Since  request.Day `json:"since,omitempty"`
	DryRun bool        `json:"dryRun"`
	// Remembered is how many entries of the registers were asked for, and Oldest
	// the day of the first: what was done before any entry, nobody remembers.
	Remembered int              `json:"remembered"`
	Oldest     request.Day      `json:"oldest,omitempty"`
	Walked     []erasure.Walked `json:"walked"`
	Done       []replayed       `json:"done"`
}

// replayed sums up one act in one holding.
type replayed struct {
	Holding string `json:"holding"`
	Action  string `json:"action"`
	Legs    int    `json:"legs"`
	Rows    int    `json:"rows"`
}

func replay(ctx context.Context, cases *casework.Cases, p erasure.Replay, system string, out io.Writer) error {
	p.Remembered, _ = cases.Store.(erasure.Remembered)
	found, err := cases.Restore(ctx, p, system)
	if err != nil {
		return err
	}
	report := replayReport{
		System: system, At: cases.Now().UTC(), Since: p.Since, DryRun: p.Dry, Remembered: found.Entries, Oldest: found.Oldest,
		Walked: found.Walked, Done: []replayed{},
	}
	for _, d := range found.Done {
		i := slices.IndexFunc(report.Done, func(r replayed) bool { return r.Holding == d.Holding && r.Action == d.Action })
		if i < 0 {
			i = len(report.Done)
			report.Done = append(report.Done, replayed{Holding: d.Holding, Action: d.Action})
		}
		report.Done[i].Legs++
		report.Done[i].Rows += d.Count
	}
	slices.SortFunc(report.Done, func(a, b replayed) int {
		return cmp.Or(cmp.Compare(a.Holding, b.Holding), cmp.Compare(a.Action, b.Action))
	})
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(report)
}

// casesOf is the casework of a stack, as far as it looks at records and at the
// systems, with the operator's own rights.
func casesOf(ctx context.Context, f *inventoryFlags, errs io.Writer) (*casework.Cases, error) {
	inv, err := f.checked(errs)
	if err != nil {
		return nil, err
	}
	d, err := findDeployment(ctx, f.stack)
	if err != nil {
		return nil, err
	}
	if err := d.need("RequestsTable", "LedgerTable", "RegistersTable", "HmacKey"); err != nil {
		return nil, err
	}
	reached := systems.Set{Declared: inv, ByID: map[string]systems.System{}}
	if f.system != "" {
		s := inv.System(f.system)
		if s == nil {
			return nil, misuse{fmt.Errorf("the inventory has no system %q", f.system)}
		}
		address, err := f.addressOf(ctx, s)
		if err != nil {
			return nil, err
		}
		if reached.ByID[s.ID], err = connector(d.config, inv, s, address); err != nil {
			return nil, err
		}
	}
	st := storeOf(d)
	return &casework.Cases{
		Store: st, Finder: st, Lists: st, Closed: st, Registers: st, Systems: reached,
		Keys: &awsdesk.Keys{KMS: kms.NewFromConfig(d.config), KeyID: d.outputs["HmacKey"]},
		Now:  time.Now,
	}, nil
}

// connector reaches one system at an address.
func connector(cfg aws.Config, inv *inventory.Inventory, s *inventory.System, address string) (systems.System, error) {
	if slices.Contains(inventory.Databases, s.Kind) {
		return database.Open(s, func(ctx context.Context) (string, error) { return secretOf(ctx, s.Kind, address) }), nil
	}
	return (&awsdesk.Systems{
		Declared: inv, Addresses: map[string]string{s.Address: address}, Secrets: secretsmanager.NewFromConfig(cfg), DynamoDB: dynamodb.NewFromConfig(cfg),
		S3: s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = o.BaseEndpoint != nil }),
	}).System(s.ID)
}
