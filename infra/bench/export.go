package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/disclosure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// exportRows are 1×, 10× and 100×.
var exportRows = []int{1_000, 10_000, 100_000}

// measured is what a child process tells of its work.
type measured struct {
	Seconds float64 `json:"seconds"`
	PeakKiB int64   `json:"peakKiB"`
	Bytes   int64   `json:"bytes"` // before compression
}

// benchExport seals packages of growing size in a process of its own each, so
// that the peak memory is the sealer's, and packs the very same files with the
// bare ZIP writer.
func benchExport(ctx context.Context, r *reporter) error {
	for _, rows := range exportRows {
		if err := compareExport(ctx, r, rows); err != nil {
			return fmt.Errorf("%d rows: %w", rows, err)
		}
	}
	return nil
}

func compareExport(ctx context.Context, r *reporter, rows int) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := collect(ctx, dir, rows); err != nil {
		return err
	}
	package_ := filepath.Join(dir, "package.zip")
	if err := sealTo(ctx, dir, package_); err != nil {
		return err
	}
	files := filepath.Join(dir, "files")
	bytes, err := unpack(package_, files)
	if err != nil {
		return err
	}
	sealed, err := inChild(ctx, "seal", dir)
	if err != nil {
		return err
	}
	bare, err := inChild(ctx, "zip", files, package_)
	if err != nil {
		return err
	}
	mib := float64(bytes) / (1 << 20)
	return r.line("export", result{
		"rows": rows, "bytes": bytes, "zipBytes": fileSize(package_),
		"mibPerSecond": round(mib / sealed.Seconds), "baselineMibPerSecond": round(mib / bare.Seconds),
		"timeRatio": round(sealed.Seconds / bare.Seconds),
		"peakKiB":   sealed.PeakKiB, "baselineKiB": bare.PeakKiB, "memoryRatio": round(float64(sealed.PeakKiB) / float64(bare.PeakKiB)),
	})
}

// inChild measures one kind of work in a process of its own, three times, and
// takes the quickest: what is slower is somebody else's work.
func inChild(ctx context.Context, kind string, args ...string) (measured, error) {
	var best measured
	for i := range 3 {
		m, err := childOnce(ctx, kind, args...)
		if err != nil {
			return measured{}, err
		}
		if i == 0 || m.Seconds < best.Seconds {
			best = m
		}
	}
	return best, nil
}

// childOnce measures one kind of work in a process of its own.
func childOnce(ctx context.Context, kind string, args ...string) (measured, error) {
	self, err := os.Executable()
	if err != nil {
		return measured{}, fmt.Errorf("find this program: %w", err)
	}
	out, err := exec.CommandContext(ctx, self, append([]string{"-child", kind}, args...)...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return measured{}, fmt.Errorf("%s in a child: %w: %s", kind, err, exit.Stderr)
	}
	if err != nil {
		return measured{}, fmt.Errorf("%s in a child: %w", kind, err)
	}
	var m measured
	if err := json.Unmarshal(out, &m); err != nil {
		return measured{}, fmt.Errorf("read what a child measured: %w", err)
	}
	return m, nil
}

// exportChild is the work of a child process.
func exportChild(ctx context.Context, kind string, args []string) error {
	var m measured
	var err error
	from := time.Now()
	switch {
	case kind == "seal" && len(args) == 1:
		spec, err := readSpec(args[0])
		if err != nil {
			return err
		}
		from = time.Now()
		if _, err := disclosure.Seal(ctx, spec, disk(args[0]), io.Discard); err != nil {
			return fmt.Errorf("seal: %w", err)
		}
	case kind == "zip" && len(args) == 2:
		if err := pack(args[0], args[1], io.Discard); err != nil {
			return err
		}
	case kind == "copy" && len(args) == 3:
		m.Bytes, err = copyChild(ctx, args[0], args[1], args[2])
	case kind == "read" && len(args) == 2:
		m.Bytes, err = readChild(ctx, args[0], args[1])
	default:
		return fmt.Errorf("no work called %q", kind)
	}
	if err != nil {
		return err
	}
	m.Seconds = time.Since(from).Seconds()
	if m.PeakKiB, err = peakKiB("self"); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(m)
}

// collect copies a made-up person's data into dir, as the step Collect does.
func collect(ctx context.Context, dir string, rows int) error {
	inv := inventory.Default()
	spec := disclosure.Spec{
		Request: "bench", Reference: "R-7Q2M-K9TD", Leg: "1", Language: request.Dutch, Right: request.Access,
		Relation: request.Client, Role: request.Controller, Received: time.Date(2026, time.March, 5, 9, 0, 0, 0, time.UTC),
		Name: "Anna Bos", Contact: "info@allclaims.example",
	}
	for _, id := range inv.SystemsFor(spec.Relation, spec.Role) {
		res, err := disclosure.Collector{Systems: crowded{rows}, Sink: disk(dir), Now: time.Now}.Collect(ctx, disclosure.Job{
			Request: spec.Request, Leg: spec.Leg, System: id, Relation: spec.Relation, Role: spec.Role, Right: spec.Right,
			Keys: systems.Keys{"customer": {"K-1"}},
		})
		if err != nil {
			return fmt.Errorf("collect %s: %w", id, err)
		}
		spec.Receipts = append(spec.Receipts, res.Receipts...)
	}
	body, err := json.Marshal(spec)
	if err != nil {
		return fmt.Errorf("write down what to seal: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, "spec.json"), body, 0o600)
}

func readSpec(dir string) (disclosure.Spec, error) {
	var spec disclosure.Spec
	body, err := os.ReadFile(filepath.Join(dir, "spec.json"))
	if err != nil {
		return spec, fmt.Errorf("read what to seal: %w", err)
	}
	if err := json.Unmarshal(body, &spec); err != nil {
		return spec, fmt.Errorf("read what to seal: %w", err)
	}
	spec.Inventory = inventory.Default()
	return spec, nil
}

func sealTo(ctx context.Context, dir, name string) error {
	spec, err := readSpec(dir)
	if err != nil {
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("open the package: %w", err)
	}
	if _, err := disclosure.Seal(ctx, spec, disk(dir), f); err != nil {
		return errors.Join(fmt.Errorf("seal: %w", err), f.Close())
	}
	return f.Close()
}

// unpack writes the files of a package to dir, flat, and counts their bytes.
func unpack(name, dir string) (int64, error) {
	z, err := zip.OpenReader(name)
	if err != nil {
		return 0, fmt.Errorf("open the package: %w", err)
	}
	defer z.Close()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, fmt.Errorf("make a folder for its files: %w", err)
	}
	var total int64
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return 0, fmt.Errorf("open %s: %w", f.Name, err)
		}
		w, err := os.Create(filepath.Join(dir, flat(f.Name)))
		if err != nil {
			return 0, fmt.Errorf("write %s: %w", f.Name, err)
		}
		n, err := io.Copy(w, r)
		if err := errors.Join(err, r.Close(), w.Close()); err != nil {
			return 0, fmt.Errorf("copy %s: %w", f.Name, err)
		}
		total += n
	}
	return total, nil
}

// pack is the baseline: the files of a package, in their order and each with
// its method, into a bare ZIP writer.
func pack(dir, like string, out io.Writer) error {
	z, err := zip.OpenReader(like)
	if err != nil {
		return fmt.Errorf("open the package: %w", err)
	}
	defer z.Close()
	w := zip.NewWriter(out)
	for _, f := range z.File {
		to, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: f.Method})
		if err != nil {
			return fmt.Errorf("pack %s: %w", f.Name, err)
		}
		from, err := os.Open(filepath.Join(dir, flat(f.Name)))
		if err != nil {
			return fmt.Errorf("pack %s: %w", f.Name, err)
		}
		_, err = io.Copy(to, from)
		if err := errors.Join(err, from.Close()); err != nil {
			return fmt.Errorf("pack %s: %w", f.Name, err)
		}
	}
	return w.Close()
}

func flat(name string) string { return strings.ReplaceAll(name, "/", "_") }

// disk is a work vault of plain files: what is measured is not its memory.
type disk string

// Put is disclosure.Sink's.
func (d disk) Put(_ context.Context, key string, body io.Reader) error {
	f, err := os.Create(filepath.Join(string(d), flat(key)))
	if err != nil {
		return fmt.Errorf("write part: %w", err)
	}
	_, err = io.Copy(f, body)
	return errors.Join(err, f.Close())
}

// Open is disclosure.Parts'.
func (d disk) Open(_ context.Context, key string) (io.ReadCloser, error) {
	return os.Open(filepath.Join(string(d), flat(key)))
}

// crowded is a system of which every table has one person in n invoices, kept
// nowhere.
type crowded struct{ n int }

func (c crowded) Inventory() *inventory.Inventory       { return inventory.Default() }
func (c crowded) System(string) (systems.System, error) { return c, nil }

func (c crowded) Find(context.Context, inventory.Holding, string, string) ([]systems.Row, error) {
	return nil, nil
}

func (c crowded) Can(inventory.Holding, string) bool { return false }

func (c crowded) Apply(context.Context, inventory.Holding, systems.Selection, systems.Act) (int, error) {
	return 0, nil
}

func (c crowded) Collect(_ context.Context, h inventory.Holding, _ systems.Selection, emit func(systems.Row) error) error {
	if h.ID != "invoices" {
		return nil
	}
	for i := range c.n {
		err := emit(systems.Row{
			"customer": "K-1", "invoice": fmt.Sprintf("F-%08d", i), "date": "2025-03-01", "amount": json.Number(fmt.Sprintf("%d.50", i%997)),
			"name": "Anna Bos", "address": "Oudegracht 1, Utrecht", "description": fmt.Sprintf("Behandeling van dossier %d in maart", i*7919%100_003),
		})
		if err != nil {
			return err
		}
	}
	return nil
}
