package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	awsdesk "github.com/allclaims/rightsdesk/shared/cloud"
)

const opendsrUsage = `usage: ctl opendsr [-stack NAME] -host HOST -organization NAME csr

csr prints the request for the certificate of the signatures that clients'
machines check, made with the stack's key, which never leaves KMS. An authority
that clients trust answers it for that host and organisation. Put the
certificate with its chain, in PEM, in a secret of Secrets Manager and its ARN
in the parameter OpendsrCertificateArn.
`

// runOpendsr asks for the certificate of the signatures.
func runOpendsr(ctx context.Context, args []string, _ io.Reader, out, errs io.Writer) error {
	flags := flag.NewFlagSet("opendsr", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, opendsrUsage) }
	stack := flags.String("stack", stackName, "the CloudFormation stack")
	host := flags.String("host", "", "the host of the parameter OpendsrHost")
	organization := flags.String("organization", "", "the legal name that the authority vouches for")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return misuse{fmt.Errorf("read the arguments: %w", err)}
	}
	if flags.NArg() != 1 || flags.Arg(0) != "csr" || *host == "" || *organization == "" {
		return misuse{errors.New("say for whom, as: ctl opendsr -host opendsr.allclaims.nl -organization \"All Claims B.V.\" csr")}
	}
	d, err := findDeployment(ctx, *stack)
	if err != nil {
		return err
	}
	if err := d.need("OpendsrKey"); err != nil {
		return err
	}
	key, err := (&awsdesk.SigningKey{KMS: kms.NewFromConfig(d.config), KeyID: d.outputs["OpendsrKey"]}).Key(ctx)
	if err != nil {
		return err
	}
	text, err := certificateRequest(key, *host, *organization)
	if err != nil {
		return err
	}
	_, err = out.Write(text)
	return err
}

// certificateRequest asks for a certificate of that key, in PEM.
func certificateRequest(key crypto.Signer, host, organization string) ([]byte, error) {
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: host, Organization: []string{organization}}, DNSNames: []string{host}, SignatureAlgorithm: x509.SHA256WithRSA,
	}, key)
	if err != nil {
		return nil, fmt.Errorf("make the request for a certificate: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}), nil
}
