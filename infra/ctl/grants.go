package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// quotes are what each database puts around a name; around every name, as some
// are words of SQL.
var quotes = map[string][2]string{"postgres": {`"`, `"`}, "mysql": {"`", "`"}, "sqlserver": {"[", "]"}}

// grantInventory writes the rights that the desk needs in the tables of one
// database, by the inventory: what it reads, erases and writes.
func grantInventory(_ context.Context, f *inventoryFlags, out, errs io.Writer) error {
	inv, err := f.checked(errs)
	if err != nil {
		return err
	}
	s, err := f.named(inv)
	if err != nil {
		return err
	}
	if quotes[s.Kind] == [2]string{} {
		return misuse{fmt.Errorf("a system of kind %s has no users with rights on tables", s.Kind)}
	}
	quote := func(name string) string {
		q := quotes[s.Kind]
		return q[0] + strings.ReplaceAll(name, q[1], q[1]+q[1]) + q[1]
	}
	tables, writes, schemas := []string{}, map[string][]string{}, map[string]bool{}
	for _, h := range s.Holdings {
		parts := strings.Split(h.In(), ".")
		if len(parts) > 1 {
			schemas[quote(parts[0])] = true
		} else if s.Kind == "postgres" {
			schemas[quote("public")] = true
		}
		for i := range parts {
			parts[i] = quote(parts[i])
		}
		table := strings.Join(parts, ".")
		if !slices.Contains(tables, table) {
			tables = append(tables, table)
		}
		for _, column := range h.Written() {
			if !slices.Contains(writes[table], quote(column)) {
				writes[table] = append(writes[table], quote(column))
			}
		}
	}
	var lines []string
	if s.Kind == "postgres" {
		for _, schema := range slices.Sorted(maps.Keys(schemas)) {
			lines = append(lines, fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s;", schema, quote(f.user)))
		}
	}
	for _, table := range tables {
		lines = append(lines, fmt.Sprintf("GRANT SELECT, DELETE ON %s TO %s;", table, quote(f.user)))
		if columns := strings.Join(writes[table], ", "); columns != "" {
			format := "GRANT UPDATE (%s) ON %s TO %s;"
			if s.Kind == "sqlserver" {
				format = "GRANT UPDATE ON %[2]s (%[1]s) TO %[3]s;"
			}
			lines = append(lines, fmt.Sprintf(format, columns, table, quote(f.user)))
		}
	}
	_, err = fmt.Fprintln(out, strings.Join(lines, "\n"))
	return err
}
