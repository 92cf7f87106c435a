package database

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/allclaims/rightsdesk/shared/systems"
)

// readList reads a list as PostgreSQL writes it: {tennis,"y, o",NULL}, lists in
// lists, and before it where it does not begin at 1: [0:1]={a,b}. of is what
// its members are. A text that is no list is systems.ErrUnreadable.
func readList(text string, of column) (any, error) {
	if strings.HasPrefix(text, "[") {
		_, text, _ = strings.Cut(text, "=")
	}
	l := lister{rest: text, of: cell{column: of}}
	all, err := l.list()
	if err != nil || l.rest != "" {
		return nil, systems.ErrUnreadable
	}
	return all, nil
}

type lister struct {
	rest string
	of   cell
}

func (l *lister) list() ([]any, error) {
	all := []any{}
	if !l.take('{') {
		return nil, systems.ErrUnreadable
	}
	if l.take('}') {
		return all, nil
	}
	for {
		v, err := l.member()
		if err != nil {
			return nil, err
		}
		all = append(all, v)
		if l.take('}') {
			return all, nil
		}
		if !l.take(l.separator()) {
			return nil, systems.ErrUnreadable
		}
	}
}

// separator is a comma, but for one type.
func (l *lister) separator() byte {
	if l.of.column.typ == "BOX" {
		return ';'
	}
	return ','
}

func (l *lister) take(b byte) bool {
	if l.rest == "" || l.rest[0] != b {
		return false
	}
	l.rest = l.rest[1:]
	return true
}

func (l *lister) member() (any, error) {
	if strings.HasPrefix(l.rest, "{") {
		return l.list()
	}
	quoted := l.take('"')
	var b strings.Builder
	for {
		switch {
		case l.rest == "":
			return nil, systems.ErrUnreadable
		case quoted && l.take('"'):
			return l.value(b.String())
		case !quoted && (l.rest[0] == l.separator() || l.rest[0] == '}'):
			if b.String() == "NULL" {
				return nil, nil
			}
			return l.value(b.String())
		}
		if l.rest[0] == '\\' && len(l.rest) > 1 {
			l.rest = l.rest[1:]
		}
		b.WriteByte(l.rest[0])
		l.rest = l.rest[1:]
	}
}

// value is one member as the column of such a type would give it.
func (l *lister) value(v string) (any, error) {
	switch l.of.column.kind {
	case truth:
		return v == "t", nil
	case binary:
		b, err := hex.DecodeString(strings.TrimPrefix(v, `\x`))
		if err != nil {
			return nil, systems.ErrUnreadable
		}
		return base64.StdEncoding.EncodeToString(b), nil
	case instant: // the connection's place is UTC
		return stamp(strings.TrimSuffix(v, "+00"), true), nil
	}
	return l.of.words(v)
}

// writeList is a list as PostgreSQL reads it.
func writeList(all []any) (string, error) {
	members := make([]string, len(all))
	for i, v := range all {
		switch v := v.(type) {
		case nil:
			members[i] = "NULL"
		case []any:
			inner, err := writeList(v)
			if err != nil {
				return "", err
			}
			members[i] = inner
		default:
			w, err := writable(v)
			if err != nil {
				return "", err
			}
			text, ok := w.(string)
			if !ok {
				b, err := json.Marshal(w)
				if err != nil {
					return "", systems.ErrUnreadable
				}
				text = string(b)
			}
			members[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
		}
	}
	return "{" + strings.Join(members, ",") + "}", nil
}
