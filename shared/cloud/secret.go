package cloud

import (
	"context"
	"fmt"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
	systemshttps "github.com/allclaims/rightsdesk/shared/systems/https"
	"github.com/allclaims/rightsdesk/shared/systems/processor"
)

// connected is a system that was reached by its secret.
type connected struct {
	system systems.System
	at     time.Time
}

const (
	// secretFor is how long a secret is used before it is read again.
	secretFor = 10 * time.Minute
	// secretTimeout is how long the reading may take.
	secretTimeout = 10 * time.Second
)

// bySecret gives a connector that its secret makes; it is made again after a
// while, so that a new key or address works without a new start.
func (s *Systems) bySecret(id, arn string, connect func(secret string) (systems.System, error)) (systems.System, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, ok := s.known[id]; ok && time.Since(k.at) < secretFor {
		return k.system, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), secretTimeout)
	defer cancel()
	secret, err := s.secret(ctx, id, arn)
	if err != nil {
		return nil, err
	}
	sys, err := connect(secret)
	if err != nil {
		return nil, fmt.Errorf("reach system %s: %w", id, err)
	}
	if s.known == nil {
		s.known = map[string]connected{}
	}
	s.known[id] = connected{sys, time.Now()}
	return sys, nil
}

// signedHTTPS connects a system that its owner puts behind one address.
func signedHTTPS(declared *inventory.System) func(string) (systems.System, error) {
	return func(text string) (systems.System, error) {
		secret, err := systemshttps.ParseSecret([]byte(text))
		if err != nil {
			return nil, err
		}
		client, err := secret.Client()
		if err != nil {
			return nil, err
		}
		// The clock of the machine: the other side holds a signature against its own.
		return &systemshttps.System{Declared: declared, Secret: secret, HTTP: client, Now: time.Now}, nil
	}
}

// openDSR connects a processor.
func openDSR(declared *inventory.System) func(string) (systems.System, error) {
	return func(text string) (systems.System, error) {
		secret, err := processor.ParseSecret([]byte(text))
		if err != nil {
			return nil, err
		}
		client, err := secret.Client(time.Now)
		if err != nil {
			return nil, err
		}
		return &processor.System{Declared: declared, Client: client, Identities: secret.Identities}, nil
	}
}
