package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
)

// jsonLine is a line that the browser's measurement logs.
var jsonLine = regexp.MustCompile(`\{"answers":.*\}$`)

// benchPages opens the public pages in Chromium on a line of 50 kbit/s with a
// delay of 2 s. The pages need the people and answers that their tests have, so
// the measurement stands beside those tests, behind a tag.
func benchPages(ctx context.Context, r *reporter) error {
	test := exec.CommandContext(ctx, "go", "test", "-tags", "bench", "-count=1", "-run", "^TestPoorLine$", "-v", "./shared/portal")
	out, err := test.StdoutPipe()
	if err != nil {
		return fmt.Errorf("read the measurement: %w", err)
	}
	if err := test.Start(); err != nil {
		return fmt.Errorf("start the measurement: %w", err)
	}
	said := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said += lines.Text() + "\n"
		found := jsonLine.Find(lines.Bytes())
		if found == nil {
			continue
		}
		var fields result
		if err := json.Unmarshal(found, &fields); err != nil {
			return fmt.Errorf("read a line of the measurement: %w", err)
		}
		if err := r.line("pages", fields); err != nil {
			return err
		}
	}
	if err := test.Wait(); err != nil {
		return fmt.Errorf("measure in the browser: %w\n%s", err, said)
	}
	return nil
}
