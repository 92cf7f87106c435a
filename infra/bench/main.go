// Command bench measures the desk and prints one JSON line a result: what the
// thing measured took, and its ratio to a baseline of the same run, for a
// number alone says more about the machine than about the code.
//
//	start   each function's process from exec to its first poll of the Lambda
//	        runtime, its memory then and its binary, against an empty Go Lambda
//	export  sealing a package of 1×, 10× and 100× the rows, against the bare ZIP
//	        writer on the same bytes, with the peak memory of both
//	databases  a copy of a person with 10 to 2,000,000 rows in PostgreSQL, collected
//	        and sealed, against reading and deflating the same rows; an erasure
//	        of 200,000 rows with receipts and the search afterwards, against one
//	        DELETE of as many; with the peak memory
//	access  on the whole local stack, with IAM: a copy of a person with 10 to 2,000,000
//	        rows in PostgreSQL, from the proof to the package, against the same
//	        copy in one process; peak memory and processor time of the functions
//	systems  the machine that collects, on the emulator, over 1, 10 and 100 systems
//	        that each keep their function waiting, against the slowest and the sum
//	queue   the reads for one page of an officer's queue at 100 and 100,000
//	        open requests
//	roads   the AWS calls of one request on each road, and what a thousand cost
//	        (and the AWS calls of the schedules while nothing happens, for a month)
//	pages   how long people on a poor line wait for the public pages, against the
//	        machine's own line and against what we wish
//
// It needs the emulator (make .venv/ministack/.stamp) for access (and SAM), systems, queue and roads,
// PostgreSQL for databases and access, Chromium and axe (make test) for pages, and Linux for start and export.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
)

// result is one line of output.
type result map[string]any

// reporter prints results as they come.
type reporter struct{ out *json.Encoder }

func newReporter(w io.Writer) *reporter {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return &reporter{e}
}

func (r *reporter) line(bench string, fields result) error {
	fields["bench"] = bench
	return r.out.Encode(fields)
}

var sections = []struct {
	name string
	run  func(ctx context.Context, r *reporter) error
}{{"start", benchStart}, {"export", benchExport}, {"queue", benchQueue}, {"databases", benchDatabases}, {"access", benchAccess}, {"systems", benchSystems}, {"roads", benchRoads}, {"pages", benchPages}}

func main() {
	var names []string
	for _, s := range sections {
		names = append(names, s.name)
	}
	only := flag.String("only", strings.Join(names, ","), "what to measure")
	child := flag.String("child", "", "internal: what a child process measures")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, strings.Split(*only, ","), *child, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, only []string, child string, args []string) error {
	if child != "" {
		return exportChild(ctx, child, args)
	}
	for _, s := range sections {
		if !slices.Contains(only, s.name) {
			continue
		}
		if err := s.run(ctx, newReporter(os.Stdout)); err != nil {
			return fmt.Errorf("measure %s: %w", s.name, err)
		}
	}
	return nil
}

// round keeps three digits behind the point: more would only look exact.
func round(v float64) float64 { return float64(int64(v*1000+0.5)) / 1000 }
