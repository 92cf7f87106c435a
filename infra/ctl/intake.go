package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/allclaims/rightsdesk/shared/intake"
	"github.com/allclaims/rightsdesk/shared/request"
)

// understood is what ctl intake prints of one mail. The text itself is left
// out: the command is for judging what was understood, not for reading mail.
type understood struct {
	File       string             `json:"file,omitempty"`
	Language   request.Language   `json:"language"`
	Kind       intake.Kind        `json:"kind"`
	Rights     []request.Right    `json:"rights"`
	Relation   request.Relation   `json:"relation"`
	Relations  []request.Relation `json:"relations"`
	Clues      intake.Clues       `json:"clues"`
	Sure       bool               `json:"sure"`
	Rule       string             `json:"rule"`
	Reference  string             `json:"reference"`
	Answerable bool               `json:"answerable"`
	NoAnswer   string             `json:"noAnswer,omitempty"`
	Faults     []string           `json:"faults,omitempty"`
	Evidence   []string           `json:"evidence,omitempty"`
}

// runIntake prints what mails were understood to ask: one JSON object for one
// file or for standard input ("-" or nothing), a line each for several.
func runIntake(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) error {
	flags := flag.NewFlagSet("intake", flag.ContinueOnError)
	flags.SetOutput(errs)
	own := flags.String("own", "info@allclaims.nl,privacy@allclaims.nl,noreply@allclaims.nl", "our own addresses, by comma")
	domains := flags.String("domains", "allclaims.nl", "our own domains, by comma")
	flags.Usage = func() {
		fmt.Fprintln(errs, "usage: ctl intake [-own ADDRESSES] [-domains DOMAINS] FILE.eml … (or - for standard input)")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return fmt.Errorf("read the arguments: %w", err)
	}
	options := intake.Options{OwnAddresses: strings.Split(*own, ","), OwnDomains: strings.Split(*domains, ",")}
	files := flags.Args()
	if len(files) == 0 {
		files = []string{"-"}
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if len(files) == 1 {
		encoder.SetIndent("", "  ")
	}
	for _, name := range files {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("stopped before %s: %w", name, err)
		}
		message, err := readFile(name, in, options)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		line := understood{
			Language: message.Language, Kind: message.Kind, Rights: message.Rights,
			Relation: message.Relation(), Relations: message.Relations, Clues: message.Clues,
			Sure: message.Sure, Rule: message.Rule, Reference: message.Reference,
			Answerable: message.Answerable, NoAnswer: message.NoAnswer,
			Faults: message.Faults, Evidence: message.Evidence,
		}
		if len(files) > 1 {
			line.File = name
		}
		if line.Rights == nil {
			line.Rights = []request.Right{}
		}
		if err := encoder.Encode(line); err != nil {
			return fmt.Errorf("print %s: %w", name, err)
		}
	}
	return nil
}

func readFile(name string, in io.Reader, options intake.Options) (intake.Message, error) {
	if name == "-" {
		return intake.Read(in, options)
	}
	f, err := os.Open(name)
	if err != nil {
		return intake.Message{}, err
	}
	defer f.Close()
	return intake.Read(f, options)
}
