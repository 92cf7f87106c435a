package deploy

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
)

// sources are the files and folders, below the root, that decide what is built.
var sources = []string{
	"template.yaml", "infra", "go.mod", "go.sum", "functions", "shared", "workflows",
}

// sourceHash names the content of everything that goes into a build, so that
// an unchanged tree is neither built nor deployed again, whatever the clock or
// git say.
func sourceHash(root string) (string, error) {
	var files []string
	for _, s := range sources {
		err := filepath.WalkDir(filepath.Join(root, s), func(path string, d fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")):
				return filepath.SkipDir
			case d.Type().IsRegular() && isSource(root, path):
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			return "", fmt.Errorf("list the sources: %w", err)
		}
	}
	sort.Strings(files)
	h := sha256.New()
	// GOFLAGS may name an owner's inventory, by its content.
	fmt.Fprintln(h, runtime.Version(), runtime.GOARCH, os.Getenv("GOFLAGS"))
	for _, path := range files {
		if err := addFile(h, root, path); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

// isSource leaves out tests and, of infra, everything but the templates: what
// is never deployed must not cause a deploy.
func isSource(root, path string) bool {
	if strings.HasSuffix(path, "_test.go") {
		return false
	}
	infra := filepath.Join(root, "infra") + string(filepath.Separator)
	return !strings.HasPrefix(path, infra) ||
		filepath.Dir(path)+string(filepath.Separator) == infra && filepath.Ext(path) == ".yaml"
}

func addFile(h io.Writer, root, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read a source: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read a source: %w", err)
	}
	name, err := filepath.Rel(root, path)
	if err != nil {
		return fmt.Errorf("name a source: %w", err)
	}
	fmt.Fprintln(h, name, info.Size())
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("read a source: %w", err)
	}
	return nil
}

// parameterHash adds the parameters to a source hash: the same sources under
// other parameters are another stack.
func parameterHash(source string, parameters map[string]string) string {
	h := sha256.New()
	fmt.Fprintln(h, source)
	for _, k := range sortedKeys(parameters) {
		fmt.Fprintf(h, "%s=%q\n", k, parameters[k])
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
