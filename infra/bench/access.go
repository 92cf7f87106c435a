//go:build unix

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/allclaims/rightsdesk/infra/demo"
	"github.com/allclaims/rightsdesk/infra/demo/cases"
	"github.com/allclaims/rightsdesk/infra/local/stack"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store/dynamo"
	"github.com/allclaims/rightsdesk/shared/systems/database/databasetest"
)

// accessPatience is how long a step of the largest copy may take.
const accessPatience = 10 * time.Minute

// benchAccess asks for copies on the whole local stack: IAM on, the deployed
// workflows, functions and policies, and the database of benchDatabases as the
// only system. What a copy took stands in the request's own ledger: from the
// proof to the decision, which is the collecting, and from the officer's
// release to the package, which is the sealing.
func benchAccess(ctx context.Context, r *reporter) (err error) {
	server, db, _, err := startLedger(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close(), server.Stop()) }()
	overlay, err := exec.CommandContext(ctx, "go", "run", "./infra/ctl", "inventory", "overlay", "-f", "infra/bench/ledger.yaml").Output()
	if err != nil {
		return fmt.Errorf("make a build of the inventory: %w", err)
	}
	if err := os.Setenv("GOFLAGS", strings.TrimSpace(string(overlay))); err != nil {
		return err
	}
	defer os.Unsetenv("GOFLAGS")
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return fmt.Errorf("make a folder for the stack: %w", err)
	}
	defer os.RemoveAll(dir)
	say := func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
	s, err := stack.Start(ctx, stack.Options{Dir: dir, Loopback: true, Progress: say, Prepare: func(ctx context.Context, cfg aws.Config) (map[string]string, error) {
		secret, err := secretsmanager.NewFromConfig(cfg).CreateSecret(ctx, &secretsmanager.CreateSecretInput{
			Name: aws.String("rightsdesk/SYSTEM_LEDGER"), SecretString: aws.String(server.Secret("postgres")),
		})
		if err != nil {
			return nil, fmt.Errorf("put the secret of the database: %w", err)
		}
		return map[string]string{"SystemSecrets": *secret.ARN}, nil
	}})
	if err != nil {
		return err
	}
	defer s.Stop()
	if err := demo.Fill(ctx, s.Config, s.Outputs); err != nil {
		return fmt.Errorf("fill the stack: %w", err)
	}
	// The first call of each function starts its process.
	if _, err := copyOf(ctx, s, 1); err != nil {
		return fmt.Errorf("a copy to warm up: %w", err)
	}
	for _, rows := range databaseRows {
		if err := accessOnce(ctx, r, s, server, dir, rows); err != nil {
			return fmt.Errorf("a copy of %d rows: %w", rows, err)
		}
	}
	if err := eraseOnce(ctx, r, s, db, 200_000); err != nil {
		return fmt.Errorf("erase 200,000 rows: %w", err)
	}
	return nil
}

// eraseOnce erases a person on the whole stack, from the end of the cool-off to
// the search that finds nothing, and looks in the database whether that is so.
func eraseOnce(ctx context.Context, r *reporter, s *stack.Stack, db *sql.DB, rows int) error {
	customer := customerOf(rows)
	count := func() (mine, all int, err error) {
		err = db.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE customer = $1), count(*) FROM payments`, customer).Scan(&mine, &all)
		return mine, all, err
	}
	held, before, err := count()
	if err != nil {
		return err
	}
	p := cases.New(s, func(string, ...any) {})
	p.Patience = accessPatience
	ref, err := p.Erase(ctx, personOf(customer))
	if err != nil {
		return err
	}
	left, after, err := count()
	if err != nil {
		return err
	}
	if held != rows || left != 0 || before-after != held {
		return fmt.Errorf("of %d rows %d are left, and of all others %d are gone", held, left, before-after-held+left)
	}
	_, lines, err := recordOf(ctx, s, ref)
	if err != nil {
		return err
	}
	over, acted := moment(lines, request.HoldOver), moment(lines, request.WasActed)
	if over.IsZero() || acted.IsZero() {
		return errors.New("the ledger does not tell when")
	}
	return r.line("access", result{"what": "erase", "rows": rows, "seconds": round(acted.Sub(over).Seconds())})
}

func personOf(customer string) demo.Person {
	return demo.Person{Name: "Anna Bos", Email: strings.ToLower(customer) + "@test.example", Postcode: "3011TE", Customer: customer}
}

// recordOf reads a request and its ledger.
func recordOf(ctx context.Context, s *stack.Stack, ref request.Reference) (*request.Request, []ledger.Line, error) {
	o := s.Outputs
	store := &dynamo.Store{DynamoDB: dynamodb.NewFromConfig(s.Config), Names: dynamo.NamesOf(o["RequestsTable"], o["ProofsTable"], o["LedgerTable"], o["RegistersTable"])}
	id, err := store.ByReference(ctx, ref)
	if err != nil {
		return nil, nil, err
	}
	lines, err := store.Lines(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	req, err := store.Load(ctx, id)
	return req, lines, err
}

// copyOf asks for the copy of the person with that many rows.
func copyOf(ctx context.Context, s *stack.Stack, rows int) (request.Reference, error) {
	p := cases.New(s, func(string, ...any) {})
	p.Patience = accessPatience
	return p.Copy(ctx, personOf(customerOf(rows)))
}

func accessOnce(ctx context.Context, r *reporter, s *stack.Stack, server *databasetest.Server, dir string, rows int) error {
	ref, err := copyOf(ctx, s, rows)
	if err != nil {
		return err
	}
	req, lines, err := recordOf(ctx, s, ref)
	if err != nil {
		return err
	}
	proven, decided := moment(lines, request.ProofAccepted), moment(lines, request.DecisionMade)
	released, acted := moment(lines, request.HoldOver), moment(lines, request.WasActed)
	if proven.IsZero() || decided.IsZero() || released.IsZero() || acted.IsZero() {
		return errors.New("the ledger does not tell when")
	}
	collecting, sealing := decided.Sub(proven).Seconds(), acted.Sub(released).Seconds()
	var bytes int64
	sealed := 0
	for _, l := range req.Legs {
		bytes, sealed = bytes+l.Package.Bytes, sealed+l.Package.Rows
	}
	if sealed < rows {
		return fmt.Errorf("the package holds %d rows", sealed)
	}
	within, err := os.MkdirTemp(dir, "copy")
	if err != nil {
		return err
	}
	bare, err := childOnce(ctx, "copy", server.Secret("postgres"), customerOf(rows), within)
	if err != nil {
		return err
	}
	fields := result{
		"rows": rows, "seconds": round(collecting + sealing), "collectSeconds": round(collecting), "sealSeconds": round(sealing), "packageBytes": bytes,
		"inProcessSeconds": round(bare.Seconds), "timeRatio": round((collecting + sealing) / bare.Seconds), "inProcessKiB": bare.PeakKiB,
	}
	calls, err := functionCalls(filepath.Join(dir, "functions.txt"))
	if err != nil {
		return err
	}
	peak, cpu, lambda, n := int64(0), 0.0, 0.0, 0
	for _, c := range calls {
		during := func(from, to time.Time) bool { return c.ended.After(from) && c.began.Before(to) }
		if !during(proven, decided) && !during(released, acted.Add(time.Second)) {
			continue
		}
		n, cpu, lambda = n+1, cpu+c.cpu, lambda+c.ended.Sub(c.began).Seconds()
		name := c.name[strings.LastIndexByte(c.name, '-')+1:]
		if name == "collect" || name == "seal" {
			fields[name+"KiB"], fields[name+"CPUSeconds"], fields[name+"FunctionSeconds"] = c.peak, round(c.cpu), round(c.ended.Sub(c.began).Seconds())
		}
		peak = max(peak, c.peak)
	}
	fields["peakKiB"], fields["functionCalls"], fields["functionSeconds"], fields["functionCPUSeconds"] = peak, n, round(lambda), round(cpu)
	return r.line("access", fields)
}

// moment is when a leg made a step; the zero time when it never did.
func moment(lines []ledger.Line, event request.Event) time.Time {
	for _, l := range lines {
		if l.Action == string(event) {
			return l.At
		}
	}
	return time.Time{}
}

// call is one call of a function, as the emulator noted it.
type call struct {
	name         string
	began, ended time.Time
	cpu          float64 // seconds
	peak         int64   // KiB
}

func functionCalls(name string) ([]call, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read what functions took: %w", err)
	}
	var calls []call
	for line := range strings.Lines(string(text)) {
		var c call
		var began, ended float64
		if _, err := fmt.Sscan(line, &c.name, &began, &ended, &c.cpu, &c.peak); err != nil {
			return nil, fmt.Errorf("read what functions took: %w", err)
		}
		c.began, c.ended = time.UnixMilli(int64(began*1000)), time.UnixMilli(int64(ended*1000))
		calls = append(calls, c)
	}
	return calls, nil
}

// startLedger starts a PostgreSQL of its own with a person of each size, and
// gives what fills it further.
func startLedger(ctx context.Context) (server *databasetest.Server, db *sql.DB, fill func(string, int) error, err error) {
	if server, err = databasetest.Postgres(ctx); err != nil {
		return nil, nil, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, server.Stop())
		}
	}()
	if db, err = sql.Open("pgx", "host="+server.Socket+" user="+server.User+" dbname=postgres"); err != nil {
		return nil, nil, nil, err
	}
	for _, make := range makeLedger {
		if _, err := db.ExecContext(ctx, make); err != nil {
			return nil, nil, nil, fmt.Errorf("make the tables: %w", err)
		}
	}
	from := 0
	fill = func(customer string, rows int) error {
		if _, err := db.ExecContext(ctx, `INSERT INTO customers VALUES ($1, 'Anna Bos', lower($1) || '@test.example', date '2020-01-01') ON CONFLICT DO NOTHING`, customer); err != nil {
			return fmt.Errorf("fill the customers: %w", err)
		}
		if _, err := db.ExecContext(ctx, fillLedger, customer, rows, from); err != nil {
			return fmt.Errorf("fill the payments: %w", err)
		}
		from += rows
		return nil
	}
	for _, rows := range append([]int{1}, databaseRows...) {
		if err := fill(customerOf(rows), rows); err != nil {
			return nil, nil, nil, err
		}
		if err := fill("K-0", rows/10); err != nil {
			return nil, nil, nil, err
		}
	}
	for _, run := range []string{`CREATE INDEX ON payments (customer, id)`, `VACUUM ANALYZE payments`} {
		if _, err := db.ExecContext(ctx, run); err != nil {
			return nil, nil, nil, fmt.Errorf("put the table in order: %w", err)
		}
	}
	return server, db, fill, nil
}
