package asl

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ohler55/ojg/jp"
)

// failure is an error inside an execution: what ErrorEquals compares and what a
// Catch writes into the state.
type failure struct {
	name, cause string
}

// Names of errors that the interpreter itself raises.
const (
	errAll           = "States.ALL"
	errTaskFailed    = "States.TaskFailed"
	errTimeout       = "States.Timeout"
	errRuntime       = "States.Runtime"
	errDataLimit     = "States.DataLimitExceeded"
	errIntrinsic     = "States.IntrinsicFailure"
	errResultPath    = "States.ResultPathMatchFailure"
	errNoChoice      = "States.NoChoiceMatched"
	errPermissions   = "States.Permissions"
	errBranchFailed  = "States.BranchFailed"
	errParameterPath = "States.ParameterPathFailure"
	errTooManyFailed = "States.ExceedToleratedFailureThreshold"
)

func runtimeFailure(format string, args ...any) *failure {
	return &failure{name: errRuntime, cause: fmt.Sprintf(format, args...)}
}

// env is what a path can see: the state's input ($) and the context object ($$).
type env struct {
	input   any
	context map[string]any
}

// path is a compiled JSONPath. The zero path selects all.
type path struct {
	text    string
	context bool // begins with $$
	many    bool // has a [*]: selects a list, empty when nothing matches
	expr    jp.Expr
}

var (
	pathForm = regexp.MustCompile(`^\$\$?(\.[A-Za-z_][A-Za-z0-9_-]*|\[\d{1,6}\]|\[\*\]|\['[^'\\]+'\])*$`)

	pathStep = regexp.MustCompile(`\.([A-Za-z_][A-Za-z0-9_-]*)|\['([^'\\]+)'\]|\[(\d+|\*)\]`)

	// referenceForm is where ResultPath may write: keys only, below the input.
	referenceForm = regexp.MustCompile(`^\$(\.[A-Za-z_][A-Za-z0-9_-]*)*$`)

	// contextForm is what the context object holds of use to us. A field that
	// it does not have would only fail in the middle of a request.
	contextForm = regexp.MustCompile(`^\$\$\.(Execution\.(Id|Name|StartTime)|Execution\.Input\b.*|State\.(Name|EnteredTime|RetryCount)|StateMachine\.(Id|Name)|Task\.Token|Map\.Item\.Index|Map\.Item\.Value\b.*)$`)
)

func (c *checker) path(at, text string) path {
	if !pathForm.MatchString(text) {
		c.add(at, RulePath, "%q is no path of the form $.a.b, $['a b'], $.a[0] or $.a[*]", text)
		return path{}
	}
	p := path{text: text, many: strings.Contains(text, "[*]")}
	if strings.HasPrefix(text, "$$") {
		p.context = true
		c.contextPath(at, text)
		text = text[1:]
	}
	// Built, not parsed: jp's own grammar takes no hyphen in $.a-b, and more
	// than AWS does elsewhere.
	p.expr = jp.R()
	for _, step := range pathStep.FindAllStringSubmatch(text, -1) {
		switch key, quoted, index := step[1], step[2], step[3]; {
		case key != "":
			p.expr = p.expr.C(key)
		case quoted != "":
			p.expr = p.expr.C(quoted)
		case index == "*":
			p.expr = p.expr.W()
		default:
			n, _ := strconv.Atoi(index) // at most six digits, by pathForm
			p.expr = p.expr.N(n)
		}
	}
	return p
}

func (c *checker) contextPath(at, text string) {
	switch {
	case !contextForm.MatchString(text):
		c.add(at, RulePath, "the context object has no %s", text)
	case text == "$$.Task.Token":
		c.tokens++
		if !c.mayToken {
			c.add(at, RuleTokenNoWait, "a token is there only in the Payload of a task that waits for it")
		}
	case strings.HasPrefix(text, "$$.Map.") && c.items == 0:
		c.add(at, RulePath, "%s is there only inside a Map", text)
	}
}

// lookup returns what the path selects and whether it selects anything.
func (p path) lookup(e env) (any, bool) {
	root := e.input
	if p.context {
		root = e.context
	}
	if len(p.expr) == 0 {
		return root, true
	}
	if !p.many {
		return p.expr.FirstFound(root)
	}
	found := p.expr.Get(root)
	if found == nil {
		found = []any{}
	}
	return found, true
}

func (p path) eval(e env) (any, *failure) {
	v, ok := p.lookup(e)
	if !ok {
		// AWS puts the whole input in this cause; an id-only state makes that
		// harmless there, and we need not repeat it.
		return nil, runtimeFailure("the path %s selects nothing in the input", p.text)
	}
	return v, nil
}

// selector is InputPath or OutputPath: a path, or null for {}.
type selector struct {
	path
	discard bool
}

func (s selector) eval(e env) (any, *failure) {
	if s.discard {
		return map[string]any{}, nil
	}
	return s.path.eval(e)
}

func (o *object) selector(name string) selector {
	v, ok := o.get(name)
	if !ok {
		return selector{}
	}
	if v == nil {
		return selector{discard: true}
	}
	return selector{path: o.c.path(o.place(name), o.str(name))}
}

// resultPath is where a result goes: nowhere, in place of the input, or below it.
type resultPath struct {
	discard bool
	keys    []string
}

func (o *object) resultPath() resultPath {
	const name = "ResultPath"
	v, ok := o.get(name)
	if !ok {
		return resultPath{}
	}
	if v == nil {
		return resultPath{discard: true}
	}
	text := o.str(name)
	if !referenceForm.MatchString(text) {
		o.add(name, RulePath, "%q is no place of the form $.a.b to put a result", text)
		return resultPath{}
	}
	return resultPath{keys: strings.Split(text, ".")[1:]}
}

// apply puts result into a copy of input. What is shared is never changed: two
// lanes may hold the same input.
func (p resultPath) apply(input, result any) (any, *failure) {
	switch {
	case p.discard:
		return input, nil
	case len(p.keys) == 0:
		return result, nil
	}
	return put(input, p.keys, result)
}

func put(into any, keys []string, v any) (any, *failure) {
	if len(keys) == 0 {
		return v, nil
	}
	was, ok := into.(map[string]any)
	if !ok {
		return nil, &failure{name: errResultPath, cause: fmt.Sprintf("cannot put %q into what is no object", keys[0])}
	}
	now := make(map[string]any, len(was)+1)
	for k, old := range was {
		now[k] = old
	}
	inner, ok := was[keys[0]]
	if !ok {
		inner = map[string]any{}
	}
	value, fail := put(inner, keys[1:], v)
	now[keys[0]] = value
	return now, fail
}

// template is a payload template: Parameters, ItemSelector or ResultSelector,
// or a part of one.
type template interface {
	eval(e env) (any, *failure)
}

type literal struct{ value any }

func (t literal) eval(env) (any, *failure) { return t.value, nil }

type objectTemplate struct {
	keys   []string // sorted, so that the first failure is always the same
	fields map[string]template
}

func (t objectTemplate) eval(e env) (any, *failure) {
	out := make(map[string]any, len(t.keys))
	for _, k := range t.keys {
		v, fail := t.fields[k].eval(e)
		if fail != nil {
			return nil, fail
		}
		out[k] = v
	}
	return out, nil
}

type listTemplate []template

func (t listTemplate) eval(e env) (any, *failure) {
	out := make([]any, len(t))
	for i := range t {
		v, fail := t[i].eval(e)
		if fail != nil {
			return nil, fail
		}
		out[i] = v
	}
	return out, nil
}

func (o *object) template(name string) template {
	v, ok := o.get(name)
	if !ok {
		return nil
	}
	if _, ok := v.(map[string]any); !ok {
		o.add(name, RuleShape, "must be an object")
		return nil
	}
	return o.c.template(o.place(name), v)
}

func (c *checker) template(at string, v any) template {
	switch v := v.(type) {
	case map[string]any:
		t := objectTemplate{fields: map[string]template{}}
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			place := at + "." + name
			key, isPath := strings.CutSuffix(name, ".$")
			if _, twice := t.fields[key]; twice {
				c.add(place, RuleShape, "stands beside %q: which one counts?", key)
			}
			if !isPath {
				t.fields[key] = c.template(place, v[name])
			} else if text, ok := v[name].(string); ok {
				t.fields[key] = c.expression(place, text)
			} else {
				c.add(place, RuleShape, "a field with .$ must be a path or an intrinsic function")
				continue
			}
			t.keys = append(t.keys, key)
		}
		return t
	case []any:
		t := make(listTemplate, len(v))
		for i := range v {
			t[i] = c.template(fmt.Sprintf("%s[%d]", at, i), v[i])
		}
		return t
	case string:
		c.forgotten(at, v)
	}
	return literal{v}
}

// forgotten reports a text that was meant as a path.
func (c *checker) forgotten(at, text string) {
	if strings.HasPrefix(text, "$.") || strings.HasPrefix(text, "$$") || strings.HasPrefix(text, "$[") || text == "$" ||
		strings.HasPrefix(text, "States.") && strings.Contains(text, "(") {
		c.add(at, RuleForgottenPath, "%q is taken as text: name the field with .$ at its end", text)
	}
}

// forgottenIn is forgotten for every string of a constant, such as Pass.Result.
func (c *checker) forgottenIn(at string, v any) {
	switch v := v.(type) {
	case string:
		c.forgotten(at, v)
	case []any:
		for i := range v {
			c.forgottenIn(fmt.Sprintf("%s[%d]", at, i), v[i])
		}
	case map[string]any:
		for name, field := range v {
			if strings.HasSuffix(name, ".$") {
				c.add(at+"."+name, RuleForgottenPath, "a constant has no paths; use Parameters")
			}
			c.forgottenIn(at+"."+name, field)
		}
	}
}

// expression compiles what stands under a key that ends in ".$".
func (c *checker) expression(at, text string) template {
	if strings.HasPrefix(text, "$") {
		return c.path(at, text)
	}
	p := &intrinsicParser{c: c, at: at, rest: text}
	t := p.call()
	if p.ok() && p.rest != "" {
		p.fail("stray %q after the intrinsic function", p.rest)
	}
	if !p.ok() {
		return literal{}
	}
	return t
}

// call is one intrinsic function with its arguments.
type call struct {
	name string
	args []template
}

// arities holds the functions that the workflows may use and their least and
// greatest number of arguments.
var arities = map[string][2]int{
	"States.Array":        {0, 100},
	"States.Format":       {1, 100},
	"States.JsonToString": {1, 1},
	"States.StringToJson": {1, 1},
}

// intrinsicParser reads States.Name(arg, …) where an argument is a 'text', a
// number, null, true, false, a path or another call.
type intrinsicParser struct {
	c    *checker
	at   string
	rest string
	bad  bool
}

func (p *intrinsicParser) ok() bool { return !p.bad }

func (p *intrinsicParser) fail(format string, args ...any) template {
	if !p.bad {
		p.bad = true
		p.c.add(p.at, RulePath, format, args...)
	}
	return literal{}
}

func (p *intrinsicParser) skip() { p.rest = strings.TrimLeft(p.rest, " ") }

func (p *intrinsicParser) call() template {
	name, after, found := strings.Cut(p.rest, "(")
	arity, known := arities[name]
	if !found || !known {
		return p.fail("%q is neither a path nor one of States.Array, States.Format, States.JsonToString, States.StringToJson", p.rest)
	}
	if len(after) > maxDefinition {
		return p.fail("too long")
	}
	p.rest = after
	t := call{name: name}
	for p.skip(); p.ok() && !strings.HasPrefix(p.rest, ")"); p.skip() {
		if len(t.args) > 0 {
			if !strings.HasPrefix(p.rest, ",") {
				return p.fail("%s: a comma or ) must follow argument %d", name, len(t.args))
			}
			p.rest = p.rest[1:]
			p.skip()
		}
		t.args = append(t.args, p.argument())
	}
	if !p.ok() {
		return literal{}
	}
	p.rest = p.rest[1:]
	if n := len(t.args); n < arity[0] || n > arity[1] {
		return p.fail("%s does not take %d arguments", name, n)
	}
	return t
}

func (p *intrinsicParser) argument() template {
	switch {
	case p.rest == "":
		return p.fail("the intrinsic function does not end")
	case p.rest[0] == '\'':
		return p.text()
	case p.rest[0] == '$':
		return p.path()
	case strings.HasPrefix(p.rest, "States."):
		return p.call()
	}
	end := strings.IndexAny(p.rest, ",) ")
	if end < 0 {
		return p.fail("the intrinsic function does not end")
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	v, err := decodeJSON([]byte(word))
	switch v.(type) {
	case nil, bool, json.Number:
		if err == nil {
			return literal{v}
		}
	}
	return p.fail("%q is no argument of an intrinsic function", word)
}

// text reads '…' in which \ takes the next character as it is. Format needs to
// know which braces were escaped, so those keep their backslash.
func (p *intrinsicParser) text() template {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch ch := p.rest[i]; ch {
		case '\'':
			p.rest = p.rest[i+1:]
			return literal{b.String()}
		case '\\':
			i++
			if i == len(p.rest) {
				return p.fail("the text of an intrinsic function does not end")
			}
			if next := p.rest[i]; next == '{' || next == '}' || next == '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(p.rest[i])
		default:
			b.WriteByte(ch)
		}
	}
	return p.fail("the text of an intrinsic function does not end")
}

func (p *intrinsicParser) path() template {
	quoted := false
	for i := 0; i < len(p.rest); i++ {
		switch ch := p.rest[i]; {
		case ch == '\'':
			quoted = !quoted
		case !quoted && (ch == ',' || ch == ')' || ch == ' '):
			t := p.c.path(p.at, p.rest[:i])
			p.rest = p.rest[i:]
			return t
		}
	}
	return p.fail("the intrinsic function does not end")
}

func (t call) eval(e env) (any, *failure) {
	args := make([]any, len(t.args))
	for i, a := range t.args {
		v, fail := a.eval(e)
		if fail != nil {
			return nil, fail
		}
		if l, ok := a.(literal); ok && (t.name != "States.Format" || i > 0) {
			v = unescapeLiteral(l.value)
		}
		args[i] = v
	}
	switch t.name {
	case "States.Array":
		return args, nil
	case "States.JsonToString":
		return string(encodeJSON(args[0])), nil
	case "States.StringToJson":
		text, ok := args[0].(string)
		if !ok {
			return nil, t.failure("the argument is no text")
		}
		v, err := decodeJSON([]byte(text))
		if err != nil {
			return nil, t.failure("the text is no JSON")
		}
		return v, nil
	}
	return t.format(args)
}

func (t call) failure(cause string) *failure {
	return &failure{name: errIntrinsic, cause: t.name + ": " + cause}
}

// unescapeLiteral drops the backslashes that text kept for Format.
func unescapeLiteral(v any) any {
	s, ok := v.(string)
	if !ok {
		return v
	}
	return strings.NewReplacer(`\\`, `\`, `\{`, `{`, `\}`, `}`).Replace(s)
}

// format is States.Format: each {} takes the next argument.
func (t call) format(args []any) (any, *failure) {
	text, ok := args[0].(string)
	if !ok {
		return nil, t.failure("the first argument is no text")
	}
	args = args[1:]
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case strings.HasPrefix(text[i:], "{}"):
			i++
			if len(args) == 0 {
				return nil, t.failure("more {} than arguments")
			}
			word, ok := formatted(args[0])
			if !ok {
				return nil, t.failure("an object or a list is no argument")
			}
			b.WriteString(word)
			args = args[1:]
		case text[i] == '{' || text[i] == '}':
			return nil, t.failure("a brace that is not {} needs a backslash")
		default:
			b.WriteByte(text[i])
		}
	}
	if len(args) > 0 {
		return nil, t.failure("fewer {} than arguments")
	}
	return b.String(), nil
}

func formatted(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "null", true
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case json.Number:
		return v.String(), true
	}
	return "", false
}
