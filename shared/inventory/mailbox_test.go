package inventory

import (
	"os"
	"strings"
	"testing"
)

// mailbox is the built-in inventory with a mailbox, as docs/SYSTEMS.md shows it.
func mailbox(t *testing.T) string {
	t.Helper()
	doc, err := os.ReadFile("../../docs/SYSTEMS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(doc), "## Mailbox (imap)")
	if ok {
		_, after, ok = strings.Cut(after, "```yaml\n")
	}
	example, _, closed := strings.Cut(after, "```")
	if !ok || !closed {
		t.Fatal("docs/SYSTEMS.md has no example of a mailbox")
	}
	return string(systemsYAML) + "\n" + example
}

func TestMailbox(t *testing.T) {
	good := mailbox(t)
	inv, err := Parse([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := inv.Holding("complaints-mail", "messages"); !ok || p.Holding.Format != Objects {
		t.Errorf("the example: %+v", p)
	}
	for _, tc := range []struct{ name, old, with, fault string }{
		{"no folder", `prefix: "INBOX*"`, `prefix: ""`, "prefix names no folder"},
		{"rows of text", "format: object # a mailbox", "format: lines # a mailbox", `unknown format "lines"`},
		{"found by a number", "keys: {email: {column: email}} # a mailbox", "keys: {phone: {column: email}} # a mailbox", "messages are found by an address"},
		// 15(4): in a mail there is always somebody else.
		{"unseen", `name: object, label: {nl: Bericht, en: Message}, category: correspondence, disclose: review, reason: third-party`,
			`name: object, label: {nl: Bericht, en: Message}, category: correspondence, disclose: "yes"`, "a message is looked at before it leaves"},
		{"a column of its own", "name: subject", "name: mood", `a message has no column "mood"`},
		{"kept", "retention: RET-01 # a mailbox", "retention: RET-03 # a mailbox", "a message can only be erased"},
		{"for clients", "role: controller # a mailbox", "role: processor # a mailbox", "needs a client column"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if strings.Count(good, tc.old) != 1 {
				t.Fatalf("%q stands %d times in the example", tc.old, strings.Count(good, tc.old))
			}
			_, err := Parse([]byte(strings.Replace(good, tc.old, tc.with, 1)))
			if err == nil || !strings.Contains(err.Error(), tc.fault) {
				t.Errorf("Parse: %v, want a fault with %q", err, tc.fault)
			}
		})
	}
}
