// Command local runs the rights desk on this machine: the product's own
// template, binaries, state machines and policies on an AWS emulator that
// enforces IAM. make run starts it; no AWS account and no Docker is needed.
//
//	go run ./infra/local [-endpoint URL] [-http PORT] [-smtp PORT] [-emulator PORT] [-demo]
//
// It shows what it is doing, then the addresses, and serves until Ctrl-C.
// State is kept in .local and is there again at the next start. With -stop it
// ends a local stack of this source tree that runs elsewhere. With -demo it
// starts a fresh stack of its own on free ports, plays the demonstration and
// ends; the exit status is 1 if any outcome was not as it must be.
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
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/allclaims/rightsdesk/infra/demo"
	"github.com/allclaims/rightsdesk/infra/demo/cases"
	"github.com/allclaims/rightsdesk/infra/local/stack"
)

// The addresses that README names.
const (
	httpPort     = 8080
	smtpPort     = 2525
	emulatorPort = 4566
)

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
	play := flags.Bool("demo", false, "play the demonstration on a fresh stack on free ports, and end")
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
	if *play {
		o.Dir = filepath.Join(o.Dir, "demo")
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
	if *play {
		return demonstrate(ctx, o, began)
	}
	return serve(ctx, o, out)
}

// demonstrate plays the cases on a stack without a past.
func demonstrate(ctx context.Context, o stack.Options, began time.Time) error {
	if o.Endpoint == "" {
		if err := emptied(o.Dir); err != nil {
			return err
		}
	}
	o.HTTPPort, o.SMTPPort, o.EmulatorPort, o.Loopback = 0, 0, 0, true
	machine, err := cases.NewMachine(ctx)
	if err != nil {
		return err
	}
	defer machine.Close()
	o.Parameters = machine.Parameters()
	s, err := stack.Start(ctx, o)
	if errors.Is(err, context.Canceled) {
		return errors.New("the demonstration was interrupted: it shows nothing")
	}
	if err != nil {
		return err
	}
	defer s.Stop()
	o.Progress("Putting in demonstration data ...")
	if err := demo.Fill(ctx, s.Config, s.Outputs); err != nil {
		return fmt.Errorf("the demonstration data did not go in: %w", err)
	}
	p := cases.New(s, o.Progress)
	p.Machine = machine
	err = p.Run(ctx)
	o.Progress("%d outcomes were checked in %.0f seconds.", p.Checked(), time.Since(began).Seconds())
	if err != nil {
		return fmt.Errorf("not every outcome is as it must be:\n%w", err)
	}
	o.Progress("Every outcome is as it must be.")
	return nil
}

// emptied removes what an earlier demonstration left, but for its lock.
func emptied(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look into the demonstration's folder: %w", err)
	}
	for _, e := range entries {
		if e.Name() == filepath.Base(lockFile(dir)) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("empty the demonstration's folder: %w", err)
		}
	}
	return nil
}

func serve(ctx context.Context, o stack.Options, out io.Writer) error {
	o.Prepare = func(ctx context.Context, cfg aws.Config) (map[string]string, error) {
		return systemSecrets(ctx, secretsmanager.NewFromConfig(cfg), os.Environ())
	}
	s, err := stack.Start(ctx, o)
	if err != nil {
		return err
	}
	defer s.Stop()
	if s.New && s.Outputs["RegistersTable"] != "" {
		o.Progress("Putting in demonstration data ...")
		if err := demo.Fill(ctx, s.Config, s.Outputs); err != nil {
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

Officers sign in as %[4]s, approvers as %[5]s,
auditors as %[6]s, administrators as %[8]s;
each with the password %[7]s.

Ctrl-C stops everything; the data stays in .local until make clean.
`, s.BaseURL, s.SMTPAddr, s.Endpoint, demo.Staff[0].Email, demo.Staff[1].Email, demo.Staff[2].Email, demo.Password, demo.Staff[3].Email)
	select {
	case <-ctx.Done():
		fmt.Fprintln(out)
		o.Progress("Stopping ...")
		return nil
	case <-s.Ended():
		return fmt.Errorf("MiniStack has ended by itself; its log is %s", filepath.Join(o.Dir, "ministack.log"))
	}
}
