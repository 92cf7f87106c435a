package systems

import (
	"context"
	"errors"
	"slices"

	"github.com/allclaims/rightsdesk/shared/inventory"
)

// The faults of a system whose make-up stands in the way.
var (
	// ErrElsewhere: another function reaches this system, and this one never does.
	ErrElsewhere = errors.New("this function does not reach the system")
	// ErrSchema: the system is not as the inventory says; what was declared is
	// gone or changed, and a person must look before anything is answered (F18).
	ErrSchema = errors.New("the system is not as the inventory says")
	// ErrReferenced: a row cannot be erased while rows of another table refer to
	// it. Holding.References says in which order to erase.
	ErrReferenced = errors.New("other rows refer to it")
)

// Schema is what a system has by its own account, without any content: what
// the inventory is held against.
type Schema struct {
	Tables []Table
	// Sampled is true where nothing declares the columns, and Tables tell those
	// that a bounded sample met: what it did not meet may still be there.
	Sampled bool
	// Versions is true for a bucket that keeps what is deleted or replaced as an
	// old version.
	Versions bool
}

// Table is a table or view of a database, the items of one holding of a table
// of DynamoDB, or a prefix of a bucket.
type Table struct {
	// Name is as Holding.Table writes it: schema.table, or the table alone in
	// the schema that the connection takes for granted. In DynamoDB it is the id
	// of the holding, "" for items that are no holding's; in a bucket the prefix.
	Name string
	// View is true for a view: nothing can be erased in it by itself.
	View    bool
	Columns []Field
	// Primary is the primary key, in order.
	Primary []string
	// Indexes are all that can be asked, the primary key left out.
	Indexes []Index
	// ForeignKeys are what the rows of this table refer to.
	ForeignKeys []ForeignKey
}

// Field is one column.
type Field struct {
	Name string
	// Type is the system's own word in lower case: "character varying(20)",
	// "date"; in DynamoDB S, N, BOOL …
	Type     string
	Nullable bool
	// Computed is true where the database fills the column by itself and nobody
	// else may: it follows from the others.
	Computed bool
}

// Index is one index.
type Index struct {
	Name string
	// Columns are its columns in order; an expression stands as the system
	// writes it: "lower(email)".
	Columns []string
	Unique  bool
}

// ForeignKey leads from the columns of one table to the key of another.
type ForeignKey struct {
	Columns []string
	// Table and To are where it leads, named as Table.Name.
	Table string
	To    []string
	// OnDelete is what becomes of a row when the one that it refers to is erased:
	// "cascade", "set null", "set default"; anything else stops the erasure.
	OnDelete string
}

// LetsGo reports whether the database takes the reference away by itself when
// the row is erased to which it leads.
func (f ForeignKey) LetsGo() bool { return f.OnDelete == "set null" || f.OnDelete == "set default" }

// Describer is a System that can tell its schema. Holdings are those that the
// inventory declares, none for a first look: a system without a schema of its
// own sorts its sample by them.
type Describer interface {
	Describe(ctx context.Context, holdings []inventory.Holding) (Schema, error)
}

// Table finds a table by its name; nil when there is none.
func (s Schema) Table(name string) *Table {
	i := slices.IndexFunc(s.Tables, func(t Table) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Tables[i]
}

// Column finds a column by its name; nil when there is none.
func (t Table) Column(name string) *Field {
	i := slices.IndexFunc(t.Columns, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return &t.Columns[i]
}
