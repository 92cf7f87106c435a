package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

const inventoryUsage = `usage: ctl inventory VERB [-f FILE] ...

  check [-f FILE]     everything that is wrong with the file, and worth a look
  schema              the JSON Schema of the file, for an editor
  draft -system ID -kind KIND -address ADDRESS
                      a first inventory of a live system, for you to complete
  compare [-f FILE] [-system ID] [-address ADDRESS] [-stack NAME]
                      where the live systems are not as the file says
  try [-f FILE] -system ID [-address ADDRESS] -key KIND=VALUE ...
      [-relation RELATION] [-client ID]
                      what a copy of one person would hold and an erasure would
                      do: counts and columns, no content. It changes nothing
  grants -system ID [-f FILE] [-user USER]
                      the rights in its tables that the desk needs, as SQL
  register -part 1|2 [-f FILE] [-format csv|html] [-lang nl|en]
                      the record of processing of Art. 30(1) or 30(2)
  overlay -f FILE     the GOFLAGS with which a build has FILE built in

Without -f it is the inventory that is built in. docs/INVENTORY.md says how to
write one. The address is a table, a bucket, or of a database the name of its
secret, a file that holds that secret, or a file of SQLite; without it, the
environment variable that the file names, or the output of the stack.
Something wrong makes the exit status 1; a warning does not.
`

// verbs of ctl inventory; each gets the arguments behind it.
var inventoryVerbs = map[string]func(ctx context.Context, f *inventoryFlags, out, errs io.Writer) error{
	"check": checkInventory,
	"schema": func(_ context.Context, _ *inventoryFlags, out, _ io.Writer) error {
		_, err := out.Write(inventory.Schema)
		return err
	},
	"draft":   draftInventory,
	"compare": compareInventory,
	"try":     tryInventory,
	"grants":  grantInventory,
	"register": func(_ context.Context, f *inventoryFlags, out, errs io.Writer) error {
		return writeRecord(f, out, errs)
	},
	"overlay": func(_ context.Context, f *inventoryFlags, out, errs io.Writer) error {
		return overlayInventory(f, out, errs)
	},
}

// inventoryFlags are those of every verb.
type inventoryFlags struct {
	file, system, kind, address, stack string
	user                               string
	part                               int
	format, language                   string
	// keys, relation and client say whom a trial is about.
	keys             systems.Keys
	relation, client string
}

// runInventory is about systems.yaml and what it describes.
func runInventory(ctx context.Context, args []string, _ io.Reader, out, errs io.Writer) error {
	if len(args) == 0 || inventoryVerbs[args[0]] == nil {
		fmt.Fprint(errs, inventoryUsage)
		if slices.ContainsFunc(args, func(a string) bool { return a == "-h" || a == "-help" || a == "--help" }) {
			return nil
		}
		return misuse{errors.New("say what to do with the inventory")}
	}
	var f inventoryFlags
	flags := flag.NewFlagSet("inventory", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, inventoryUsage) }
	flags.StringVar(&f.file, "f", "", "the inventory")
	flags.StringVar(&f.system, "system", "", "one system")
	flags.StringVar(&f.kind, "kind", "", "its connector")
	flags.StringVar(&f.address, "address", "", "where it is")
	flags.StringVar(&f.user, "user", "rightsdesk", "the desk's user in the database")
	flags.StringVar(&f.stack, "stack", stackName, "the CloudFormation stack")
	flags.StringVar(&f.relation, "relation", "", "one relation of the person")
	flags.StringVar(&f.client, "client", "", "whose debtor the person is")
	flags.Func("key", "KIND=VALUE by which the person is found", func(v string) error {
		kind, value, ok := strings.Cut(v, "=")
		if !ok || kind == "" || value == "" {
			return errors.New("write it as customer=K-1")
		}
		f.keys = f.keys.And(systems.Keys{kind: {value}})
		return nil
	})
	flags.IntVar(&f.part, "part", 0, "1 = as controller, 2 = as processor")
	flags.StringVar(&f.format, "format", "csv", "csv or html")
	flags.StringVar(&f.language, "lang", string(request.Dutch), "nl or en")
	if err := flags.Parse(args[1:]); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return misuse{fmt.Errorf("read the arguments: %w", err)}
	}
	if flags.NArg() > 0 {
		return misuse{fmt.Errorf("%q is one word too many", flags.Arg(0))}
	}
	return inventoryVerbs[args[0]](ctx, &f, out, errs)
}

// text is the inventory that is meant, and the name to speak of it.
func (f *inventoryFlags) text() (data []byte, name string, err error) {
	if f.file == "" {
		return inventory.BuiltIn(), "the built-in inventory", nil
	}
	data, err = os.ReadFile(f.file)
	if err != nil {
		return nil, "", fmt.Errorf("read the inventory: %w", err)
	}
	return data, f.file, nil
}

// named is the system that -system names, or the only one that there is.
func (f *inventoryFlags) named(inv *inventory.Inventory) (*inventory.System, error) {
	if f.system == "" && len(inv.Systems) == 1 {
		f.system = inv.Systems[0].ID
	}
	s := inv.System(f.system)
	switch {
	case f.system == "":
		return nil, misuse{errors.New("say which system: -system shop")}
	case s == nil:
		return nil, misuse{fmt.Errorf("the inventory has no system %q", f.system)}
	}
	return s, nil
}

// checked is the inventory that is meant; faults are listed on errs.
func (f *inventoryFlags) checked(errs io.Writer) (*inventory.Inventory, error) {
	data, name, err := f.text()
	if err != nil {
		return nil, err
	}
	inv, found := inventory.Check(data)
	faults := inventory.Faults(found)
	for _, x := range faults {
		fmt.Fprintln(errs, x)
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("%s has %s", name, count(len(faults), "fault"))
	}
	return inv, nil
}

// checkInventory lists all findings at once.
func checkInventory(_ context.Context, f *inventoryFlags, out, _ io.Writer) error {
	data, name, err := f.text()
	if err != nil {
		return err
	}
	inv, found := inventory.Check(data)
	for _, x := range inventory.Brief(found) {
		if _, err := fmt.Fprintln(out, x); err != nil {
			return err
		}
	}
	faults := inventory.Faults(found)
	if blank := slices.DeleteFunc(slices.Clone(faults), func(x inventory.Finding) bool { return x.Blank == "" }); len(blank) > 0 && len(blank) == len(faults) {
		return fmt.Errorf("%s still has %s to fill in: first put in without what is nobody's, then fill in one holding, and the others after it", name, count(len(blank), "field"))
	}
	if len(faults) > 0 {
		return fmt.Errorf("%s has %s and %s", name, count(len(faults), "fault"), count(len(found)-len(faults), "warning"))
	}
	columns := 0
	for _, p := range inv.Places() {
		columns += len(p.Holding.Columns)
	}
	_, err = fmt.Fprintf(out, "Nothing is wrong with %s: %s, %s, %s; %s.\n", name, count(len(inv.Systems), "system"),
		count(len(inv.Places()), "holding"), count(columns, "column"), count(len(found), "warning"))
	return err
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// builtIn is the file that a build takes in, below the root of the sources.
const builtIn = "shared/inventory/systems.yaml"

// overlayInventory makes a build take an owner's file for the built-in one, so
// that what is deployed holds the inventory that was checked: nothing is read
// at run time that could be missing, or another. The sources stay as they are.
func overlayInventory(f *inventoryFlags, out, errs io.Writer) error {
	if f.file == "" {
		return misuse{errors.New("say which file: -f systems.yaml")}
	}
	if _, err := f.checked(errs); err != nil {
		return err
	}
	data, err := os.ReadFile(f.file)
	if err != nil {
		return fmt.Errorf("read the inventory: %w", err)
	}
	target, err := filepath.Abs(builtIn)
	if err != nil {
		return fmt.Errorf("find %s: %w", builtIn, err)
	}
	if _, err := os.Stat(target); err != nil {
		return fmt.Errorf("this must run in the root of the sources: %w", err)
	}
	// Named by its content: another inventory is another build.
	sum := sha256.Sum256(data)
	name := filepath.Join(filepath.Dir(target), "..", "..", ".local", "inventory", hex.EncodeToString(sum[:8]))
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {target: name + ".yaml"}})
	if err != nil {
		return fmt.Errorf("write the overlay: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("make the folder of the overlay: %w", err)
	}
	for path, body := range map[string][]byte{name + ".yaml": data, name + ".json": overlay} {
		if err := os.WriteFile(path, body, 0o644); err != nil {
			return fmt.Errorf("write the overlay: %w", err)
		}
	}
	_, err = fmt.Fprintf(out, "'-overlay=%s.json'\n", name)
	return err
}

// writeRecord writes the record of processing. The clients' names are kept at
// the desk, whose page adds them.
func writeRecord(f *inventoryFlags, out, errs io.Writer) error {
	l := request.Language(f.language)
	switch {
	case f.part != 1 && f.part != 2:
		return misuse{errors.New("say -part 1 for the record as controller, -part 2 for that as processor")}
	case f.format != "csv" && f.format != "html":
		return misuse{fmt.Errorf("%q is no format: use csv or html", f.format)}
	case !slices.Contains(inventory.Languages, l):
		return misuse{fmt.Errorf("%q is no language of the desk: use nl or en", f.language)}
	}
	inv, err := f.checked(errs)
	if err != nil {
		return err
	}
	if inv.Controller.Name == "" || inv.Controller.Email == "" {
		return errors.New("the record opens with the controller's name and address (Art. 30(1)(a)): fill in controller in the inventory")
	}
	r := inv.Record(f.part, l, nil)
	if f.format == "html" {
		return r.HTML(out)
	}
	return r.CSV(out)
}
