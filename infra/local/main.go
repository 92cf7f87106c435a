// Command local runs the rights desk on this machine: the product's own
// template, binaries, state machines and policies on an AWS emulator that
// enforces IAM. make run starts it; no AWS account and no Docker is needed.
//
//	go run ./infra/local [-endpoint URL] [-http PORT] [-smtp PORT] [-emulator PORT]
//
// It shows what it is doing, then the addresses, and serves until Ctrl-C.
// State is kept in .local and is there again at the next start. With -stop it
// ends a local stack of this source tree that runs elsewhere.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/allclaims/rightsdesk/infra/local/stack"
)

// The addresses that README names.
const (
	httpPort     = 8080
	smtpPort     = 2525
	emulatorPort = 4566
)

// seed puts demonstration data into a stack that is new. Nil leaves it empty.
var seed func(ctx context.Context, cfg aws.Config, outputs map[string]string) error

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "The local stack:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	o := stack.Options{Dir: ".local"}
	flags.StringVar(&o.Endpoint, "endpoint", "", "`URL` of a LocalStack or MiniStack that runs already")
	flags.StringVar(&o.Root, "root", "", "`folder` of template.yaml, to try another product on the local stack")
	flags.IntVar(&o.HTTPPort, "http", httpPort, "`port` of the web pages")
	flags.IntVar(&o.SMTPPort, "smtp", smtpPort, "`port` of incoming mail")
	flags.IntVar(&o.EmulatorPort, "emulator", emulatorPort, "`port` of the emulator")
	flags.BoolVar(&o.Loopback, "loopback", true, "deliver mail to our own domain back to us, as the office mailbox does")
	stopOther := flags.Bool("stop", false, "end the local stack that runs in this source tree")
	withParent := flags.Bool("with-parent", false, "end when the program that started this one is gone")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	for _, folder := range []*string{&o.Dir, &o.Root} {
		if *folder == "" {
			continue
		}
		absolute, err := filepath.Abs(*folder)
		if err != nil {
			return fmt.Errorf("find the folder %s: %w", *folder, err)
		}
		*folder = absolute
	}
	if *stopOther {
		return endOther(o.Dir)
	}
	release, err := claim(o.Dir)
	if err != nil {
		return err
	}
	defer release()
	if *withParent {
		var cancel context.CancelFunc
		ctx, cancel = endWithParent(ctx)
		defer cancel()
	}
	began := time.Now()
	o.Progress = func(format string, args ...any) {
		fmt.Fprintf(out, "%5.1f s  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
	}
	return serve(ctx, o, out)
}

func serve(ctx context.Context, o stack.Options, out io.Writer) error {
	s, err := stack.Start(ctx, o)
	if err != nil {
		return err
	}
	defer s.Stop()
	if s.New && seed != nil {
		o.Progress("Putting in demonstration data ...")
		if err := seed(ctx, s.Config, s.Outputs); err != nil {
			return fmt.Errorf("the demonstration data did not go in: %w", err)
		}
	}
	o.Progress("Ready.")
	fmt.Fprintf(out, `
  %[1]s/         requests: the public form, Dutch and English
  %[1]s/desk/    officers
  %[1]s/client/  clients
  %[1]s/mail     what was sent
  %[2]s       SMTP: what arrives at info@allclaims.nl
  %[3]s       the emulator (AWS_ENDPOINT_URL)

Ctrl-C stops everything; the data stays in .local until make clean.
`, s.BaseURL, s.SMTPAddr, s.Endpoint)
	select {
	case <-ctx.Done():
		fmt.Fprintln(out)
		o.Progress("Stopping ...")
		return nil
	case <-s.Ended():
		return fmt.Errorf("MiniStack has ended by itself; its log is %s", filepath.Join(o.Dir, "ministack.log"))
	}
}
