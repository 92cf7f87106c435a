package opendsr

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"strings"
)

// Local is Foreign on the local stage, where no machine of a client is on the
// internet: one host is found at an address of this computer, and one
// certificate vouches for it. Every other host is as Foreign has it. peer is
// HOST,ADDRESS:PORT,CERTIFICATE, the last in Base64 (DER).
func Local(peer string) (*http.Client, error) {
	parts := strings.Split(peer, ",")
	if len(parts) != 3 {
		return nil, errors.New("the local machine is not given as host,address,certificate")
	}
	der, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, errors.New("the certificate of the local machine is no Base64")
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, errors.New("the certificate of the local machine cannot be read")
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	abroad := foreignDialer()
	c := client(&http.Transport{
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if address == parts[0]+":443" {
				return (&net.Dialer{Timeout: connectTimeout}).DialContext(ctx, network, parts[1])
			}
			return abroad.DialContext(ctx, network, address)
		},
	})
	return c, nil
}
