package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	awsdesk "github.com/allclaims/rightsdesk/shared/cloud"
	"github.com/allclaims/rightsdesk/shared/evidence"
)

const evidenceUsage = `usage: ctl evidence verify [-key SHA256:HEX] [-root v2:HEX] FILE
       ctl evidence key [-stack NAME]

verify checks an evidence pack, without a network, and says in a sentence for
each check what holds. With -key and -root, which whoever checks has from
elsewhere, it also says whether it is All Claims that signed and whether the
root is the one that was published; without, what to compare. A check that
fails makes the exit status 1. docs/EVIDENCE.md tells what a pack proves.

key prints the public key with which the stack signs, and its fingerprint.
`

// runEvidence verifies a pack, or prints the key.
func runEvidence(ctx context.Context, args []string, _ io.Reader, out, errs io.Writer) error {
	flags := flag.NewFlagSet("evidence", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, evidenceUsage) }
	var t evidence.Trust
	flags.StringVar(&t.Key, "key", "", "the fingerprint of All Claims' public key")
	flags.StringVar(&t.Root, "root", "", "the root that was published on the day of the pack")
	stack := flags.String("stack", stackName, "the CloudFormation stack")
	verb := ""
	for range 2 { // flags may stand before and after the verb
		if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil
		} else if err != nil {
			return misuse{fmt.Errorf("read the arguments: %w", err)}
		}
		if args = flags.Args(); verb == "" && len(args) > 0 {
			verb, args = args[0], args[1:]
		}
	}
	switch {
	case verb == "verify" && len(args) == 1:
		return verifyEvidence(args[0], t, out)
	case verb == "key" && len(args) == 0:
		return printKey(ctx, *stack, out)
	}
	return misuse{errors.New("say what to do, as: ctl evidence verify FILE")}
}

func verifyEvidence(name string, t evidence.Trust, out io.Writer) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("open the pack: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("look at the pack: %w", err)
	}
	checks, err := evidence.Verify(f, info.Size(), t)
	if err != nil {
		return err
	}
	failed := 0
	for _, c := range checks {
		fmt.Fprintf(out, "%-6s %-11s %s\n", c.Result, c.Name, c.Says)
		if c.Result == evidence.Fails {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("the pack does not hold: %d checks fail", failed)
	}
	return nil
}

func printKey(ctx context.Context, stack string, out io.Writer) error {
	d, err := findDeployment(ctx, stack)
	if err != nil {
		return err
	}
	if err := d.need("SignKey"); err != nil {
		return err
	}
	key, err := (&awsdesk.SigningKey{KMS: kms.NewFromConfig(d.config), KeyID: d.outputs["SignKey"]}).Key(ctx)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return fmt.Errorf("write the public key: %w", err)
	}
	fmt.Fprintln(out, evidence.Fingerprint(der))
	return pem.Encode(out, &pem.Block{Type: "PUBLIC KEY", Bytes: der})
}
