package pagestest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// Reading is what a screen reader is told of a page, a line for each thing in
// the order of reading: its role, its name in quotes, its value after "=", its
// description after "—", and its states in brackets. Texts within a thing that
// has a name are left out: they are the name.
func (b *Browser) Reading(t *testing.T, p Page) []string {
	t.Helper()
	ctx, _ := b.open(t, p)
	if err := chromedp.Do(ctx, view(1280), chromedp.Navigate(p.URL)); err != nil {
		t.Fatalf("%s: open %s: %v", p.Name, p.URL, err)
	}
	if _, err := chromedp.Call(ctx, accessibility.Enable, cdp.Empty{}); err != nil {
		t.Fatalf("%s: turn accessibility on: %v", p.Name, err)
	}
	tree, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		t.Fatalf("%s: read the accessibility tree: %v", p.Name, err)
	}
	byID := map[accessibility.NodeID]*accessibility.Node{}
	for _, n := range tree.Nodes {
		byID[n.NodeID] = n
	}
	var lines []string
	var read func(n *accessibility.Node)
	read = func(n *accessibility.Node) {
		role, name := said(n.Role), said(n.Name)
		within := true
		switch {
		case n.Ignored, role == "none", role == "generic", role == "paragraph", role == "list", role == "listitem", role == "LabelText", role == "Legend":
		case role == "InlineTextBox", role == "ListMarker":
			return
		default:
			lines = append(lines, line(n, role, name))
			within = name == "" || role != "link" && role != "button" && role != "heading" && role != "textbox" && role != "StaticText"
		}
		if !within {
			return
		}
		for _, id := range n.ChildIDs {
			if child := byID[id]; child != nil {
				read(child)
			}
		}
	}
	if len(tree.Nodes) > 0 {
		read(tree.Nodes[0])
	}
	return lines
}

func line(n *accessibility.Node, role, name string) string {
	var s strings.Builder
	s.WriteString(role)
	if name != "" {
		s.WriteString(" \"" + strings.Join(strings.Fields(name), " ") + "\"")
	}
	if value := said(n.Value); value != "" {
		s.WriteString(" = " + value)
	}
	if about := said(n.Description); about != "" {
		s.WriteString(" — " + about)
	}
	for _, state := range n.Properties {
		v := said(state.Value)
		switch {
		case state.Name == "required" && v == "true", state.Name == "invalid" && v == "true", state.Name == "checked" && v == "true", state.Name == "focused" && v == "true":
			s.WriteString(" [" + string(state.Name) + "]")
		case state.Name == "level":
			s.WriteString(" [" + v + "]")
		case state.Name == "live" && v != "off":
			s.WriteString(" [live]")
		}
	}
	return s.String()
}

// said is a value of the tree as text.
func said(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var text string
	if json.Unmarshal(v.Value, &text) == nil {
		return text
	}
	return strings.TrimSpace(string(v.Value))
}
