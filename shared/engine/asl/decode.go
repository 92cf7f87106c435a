package asl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
)

const (
	maxDefinition = 1 << 20 // quota: a definition is at most 1 MB
	maxNesting    = 100     // ours: no workflow nests deeper, and a fuzzer would
)

// decodeJSON reads one JSON value, numbers as json.Number. Unlike encoding/json
// it refuses an object that names one key twice: in a definition the loser
// would be a state that silently never runs.
func decodeJSON(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	v, err := decodeValue(dec, 0)
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

func decodeValue(dec *json.Decoder, depth int) (any, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("nested deeper than %d", maxNesting)
	}
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := tok.(json.Delim)
	if !ok {
		return tok, nil
	}
	if delim == '[' {
		list := []any{}
		for dec.More() {
			v, err := decodeValue(dec, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = dec.Token()
		return list, err
	}
	object := map[string]any{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, err
		}
		key, ok := tok.(string)
		if !ok {
			return nil, fmt.Errorf("object key %v is not a string", tok)
		}
		if _, twice := object[key]; twice {
			return nil, fmt.Errorf("key %q stands twice in one object", key)
		}
		if object[key], err = decodeValue(dec, depth+1); err != nil {
			return nil, err
		}
	}
	_, err = dec.Token()
	return object, err
}

// encodeJSON writes v with sorted keys and without HTML escapes, so that equal
// values have equal bytes and sizes count what Step Functions counts.
func encodeJSON(v any) json.RawMessage {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		// Every value here came out of decodeJSON or is built of its parts.
		panic(fmt.Sprintf("asl: encode %T: %v", v, err))
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// object is one JSON object of a definition under strict reading: what no
// reader asked for by the time of end is a finding.
type object struct {
	c      *checker
	at     string
	fields map[string]any
	read   map[string]bool
}

func (c *checker) object(at string, v any) *object {
	fields, ok := v.(map[string]any)
	if !ok {
		c.add(at, RuleShape, "must be an object")
	}
	return &object{c: c, at: at, fields: fields, read: map[string]bool{}}
}

func (o *object) place(name string) string {
	if o.at == "" {
		return name
	}
	return o.at + "." + name
}

func (o *object) add(name string, rule Rule, format string, args ...any) {
	o.c.add(o.place(name), rule, format, args...)
}

// get returns the field, marking it read.
func (o *object) get(name string) (any, bool) {
	o.read[name] = true
	v, ok := o.fields[name]
	return v, ok
}

// need is get for a field that must be there.
func (o *object) need(name string) (any, bool) {
	v, ok := o.get(name)
	if !ok {
		o.add(name, RuleMissing, "is required")
	}
	return v, ok
}

func (o *object) str(name string) string {
	v, ok := o.get(name)
	if !ok {
		return ""
	}
	s, ok := v.(string)
	if !ok || s == "" {
		o.add(name, RuleShape, "must be a string that is not empty")
	}
	return s
}

func (o *object) needStr(name string) string {
	if _, ok := o.need(name); !ok {
		return ""
	}
	return o.str(name)
}

func (o *object) flag(name string) bool {
	v, ok := o.get(name)
	if !ok {
		return false
	}
	b, ok := v.(bool)
	if !ok {
		o.add(name, RuleShape, "must be true or false")
	}
	return b
}

// whole reads a whole number in [low, high]; absent gives fallback.
func (o *object) whole(name string, fallback, low, high int) int {
	v, ok := o.get(name)
	if !ok {
		return fallback
	}
	n, isNumber := v.(json.Number)
	i, err := strconv.Atoi(n.String())
	if !isNumber || err != nil || i < low || i > high {
		o.add(name, RuleShape, "must be a whole number from %d to %d", low, high)
		return fallback
	}
	return i
}

// number reads a number of at least low; absent gives fallback.
func (o *object) number(name string, fallback, low float64) float64 {
	v, ok := o.get(name)
	if !ok {
		return fallback
	}
	n, isNumber := v.(json.Number)
	f, err := n.Float64()
	if !isNumber || err != nil || f < low || math.IsInf(f, 0) {
		o.add(name, RuleShape, "must be a number of at least %g", low)
		return fallback
	}
	return f
}

// list reads an array; absent gives nil.
func (o *object) list(name string) []any {
	v, ok := o.get(name)
	if !ok {
		return nil
	}
	l, ok := v.([]any)
	if !ok || len(l) == 0 {
		o.add(name, RuleShape, "must be an array that is not empty")
	}
	return l
}

// end reports every field that nothing has read.
func (o *object) end(what string) {
	var unread []string
	for name := range o.fields {
		if !o.read[name] {
			unread = append(unread, name)
		}
	}
	slices.Sort(unread)
	for _, name := range unread {
		if why, ok := unsupported[name]; ok {
			o.add(name, RuleUnsupported, "%s", why)
			continue
		}
		o.add(name, RuleUnknownField, "%s has no such field", what)
	}
}

// unsupported says of fields which AWS knows why a workflow may not use them.
var unsupported = map[string]string{
	"Assign":                         "variables are not used: state is {requestId, legId} and passes by path",
	"Arguments":                      "belongs to JSONata; the workflows are JSONPath",
	"Output":                         "belongs to JSONata; the workflows are JSONPath",
	"Condition":                      "belongs to JSONata; the workflows are JSONPath",
	"Items":                          "belongs to JSONata; the workflows are JSONPath",
	"HeartbeatSeconds":               "the local emulator ignores it; a wait has one constant TimeoutSeconds",
	"HeartbeatSecondsPath":           "the local emulator ignores it; a wait has one constant TimeoutSeconds",
	"TimeoutSecondsPath":             "the local emulator ignores it; a timeout is a constant",
	"SecondsPath":                    "a wait in a definition is a constant; dates and long waits belong to wake",
	"ErrorPath":                      "a Fail state names its error",
	"CausePath":                      "a Fail state names its cause; text from state could carry personal data",
	"Credentials":                    "one account, one role",
	"ItemReader":                     "the items of a distributed map are in its state, as those of an inline one",
	"ItemBatcher":                    "an item of a distributed map has an execution of its own",
	"ResultWriter":                   "what was done stands with the request; a map's results are thrown away",
	"ToleratedFailureCount":          "a failed item is an officer's task, not a tolerated loss",
	"ToleratedFailurePercentage":     "a failed item is an officer's task, not a tolerated loss",
	"MaxConcurrencyPath":             "concurrency is a constant",
	"ToleratedFailureCountPath":      "a failed item is an officer's task, not a tolerated loss",
	"ToleratedFailurePercentagePath": "a failed item is an officer's task, not a tolerated loss",
}
