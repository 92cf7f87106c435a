package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
)

// runLetter renders one letter with sample data, or lists the kinds:
//
//	ctl letter -list
//	ctl letter -kind T-13 -lang nl -format txt|html|pdf [-outcome partial]
//
// A kind, language, format or outcome that does not exist is a misuse, said in
// one sentence.
func runLetter(_ context.Context, args []string, _ io.Reader, out, errs io.Writer) error {
	flags := flag.NewFlagSet("letter", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	kind := flags.String("kind", "", "the letter, such as T-13 or N-01")
	lang := flags.String("lang", "nl", "its language: nl or en")
	format := flags.String("format", "txt", "txt, html or pdf (to print)")
	outcome := flags.String("outcome", "", "its outcome or other case, as -list shows them")
	list := flags.Bool("list", false, "list the letters, when each is sent and what it must hold")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(out)
			flags.PrintDefaults()
			return nil
		}
		return misuse{fmt.Errorf("cannot read the arguments: %w", err)}
	}
	if flags.NArg() > 0 {
		return misuse{fmt.Errorf("cannot read %q: every argument has a name, as -kind T-13", flags.Arg(0))}
	}
	if *list {
		return listLetters(out)
	}
	if *kind == "" {
		return misuse{errors.New("say which letter, as -kind T-13; -list shows them all")}
	}
	if !slices.Contains([]string{"txt", "html", "pdf"}, *format) {
		return misuse{fmt.Errorf("there is no format %q; choose -format txt, html or pdf", *format)}
	}
	order, err := letters.Sample(letters.Kind(*kind), request.Language(*lang), *outcome)
	if err != nil {
		return misuse{err}
	}
	secret := letters.SampleSecretFor(order)
	if *format == "pdf" {
		paper, err := letters.Print(order, letters.SampleHouse(), secret, letters.SampleEnvelope(order.Kind))
		if err != nil {
			return err
		}
		_, err = out.Write(paper.PDF)
		return err
	}
	mail, err := letters.Render(order, letters.SampleHouse(), secret)
	if err != nil {
		return err
	}
	if *format == "html" {
		_, err = io.WriteString(out, mail.HTML)
		return err
	}
	subject := map[request.Language]string{request.Dutch: "Onderwerp", request.English: "Subject"}[order.Language]
	_, err = fmt.Fprintf(out, "%s: %s\n\n%s", subject, mail.Subject, mail.Text)
	return err
}

func listLetters(out io.Writer) error {
	var b strings.Builder
	for _, i := range letters.Kinds() {
		fmt.Fprintf(&b, "%-6s %s\n       sent when: %s\n", i.Kind, i.Name, i.Trigger)
		if cases := slices.DeleteFunc(slices.Clone(i.Cases), func(c string) bool { return c == "" }); len(cases) > 0 {
			fmt.Fprintf(&b, "       -outcome:  %s\n", strings.Join(cases, ", "))
		}
		fmt.Fprintf(&b, "       must hold: %s\n", strings.Join(i.Mandatory["all"], " "))
		if row := i.ExceptionRow(); row != "" {
			fmt.Fprintf(&b, "         on UAVG 41: %s\n", row)
		}
		for _, c := range i.Cases {
			if rows := i.Mandatory[c]; len(rows) > 0 {
				name := c
				if name == "" {
					name = "otherwise"
				}
				fmt.Fprintf(&b, "         %s: %s\n", name, strings.Join(rows, " "))
			}
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}
