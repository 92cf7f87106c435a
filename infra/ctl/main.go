// Command ctl is the operator's command: it computes deadlines, reads a mail
// the way the desk would, renders letters, verifies the ledger, prints the
// figures of a month, verifies evidence packs, checks an inventory and holds it against the systems,
// erases again what a restored copy brought back, tells retention jobs what to
// leave alone, moves the clock of a local stage, asks for the certificate by
// which clients' machines know us and finishes what CloudFormation
// cannot.
//
//	go run ./infra/ctl COMMAND [ARGUMENTS]
//
// The commands deadline, intake and letter need no AWS settings, nor do verify
// of evidence and check, schema and register of inventory.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"sort"
)

// command is one subcommand: run reads in, writes its answer to out and
// explains faults on errs; the returned error makes the exit status 1, or 2 if
// it is a misuse.
type command struct {
	help string
	run  func(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) error
}

// misuse is an error in the arguments: nothing was tried.
type misuse struct{ error }

// commands is the table of subcommands; each lives in a file of its own name.
var commands = map[string]command{
	"deadline":  {"compute due dates from JSON lines", runDeadline},
	"intake":    {"print what a mail was understood to ask", runIntake},
	"letter":    {"render a letter with sample data", runLetter},
	"figures":   {"print the figures of months as CSV", runFigures},
	"ledger":    {"verify the hash chains of the ledger", runLedger},
	"evidence":  {"verify an evidence pack without a network", runEvidence},
	"inventory": {"check, draft, compare, try and export an inventory", runInventory},
	"restore":   {"erase again in a system that was restored from a copy", runRestore},
	"frozen":    {"say which keys a retention job must leave alone", runFrozen},
	"clock":     {"move the clock of a local stage", runClock},
	"mail":      {"activate mail receipt and check the sandbox", runMail},
	"opendsr":   {"ask for the certificate by which clients' machines know us", runOpendsr},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	if len(args) > 0 {
		if c, ok := commands[args[0]]; ok {
			if err := c.run(ctx, args[1:], in, out, errs); err != nil {
				fmt.Fprintf(errs, "ctl %s: %v\n", args[0], err)
				if errors.As(err, new(misuse)) {
					return 2
				}
				return 1
			}
			return 0
		}
		if !slices.Contains([]string{"-h", "-help", "--help", "help"}, args[0]) {
			fmt.Fprintf(errs, "ctl: there is no command %q\n", args[0])
			args = nil
		}
	}
	names := make([]string, 0, len(commands))
	for name := range commands {
		names = append(names, name)
	}
	sort.Strings(names)
	fmt.Fprintln(errs, "usage: ctl COMMAND [ARGUMENTS]")
	for _, name := range names {
		fmt.Fprintf(errs, "  %-10s %s\n", name, commands[name].help)
	}
	if len(args) > 0 {
		return 0 // it was asked for
	}
	return 2
}
