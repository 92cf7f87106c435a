package desk

import "github.com/allclaims/rightsdesk/shared/pages"

// tablesPage is a page that lists things: clients, what is held, figures.
type tablesPage struct {
	pages.Frame
	Heading string
	Lead    []string
	Links   []pages.Link
	// Pick is a choice above the tables; nil = none.
	Pick   *filter
	PickTo string
	Facts  []fact
	Tables []table
	Empty  string
}

// table is one of them; the first cell of a row names it.
type table struct {
	Caption string
	Heads   []string
	Rows    [][]cell
}

// cell is one value under its head; To makes it a link.
type cell struct{ Head, Text, To string }

// add appends a row: what names it, and its values in the order of the heads.
func (t *table) add(first cell, values ...string) {
	first.Head = t.Heads[0]
	row := []cell{first}
	for i, value := range values {
		if value == "" {
			value = "–"
		}
		row = append(row, cell{Head: t.Heads[i+1], Text: value})
	}
	t.Rows = append(t.Rows, row)
}
