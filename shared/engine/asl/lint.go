package asl

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Rule names what a definition may not do.
type Rule string

// The rules. Parse refuses a definition that breaks one, but for the last two,
// which only Lint reports: a definition under test may let an error end it.
const (
	RuleJSON            Rule = "json"             // malformed, too large, or one key twice
	RuleUnknownField    Rule = "unknown-field"    // AWS has no such field here; it would be a typing error
	RuleUnsupported     Rule = "unsupported"      // AWS has it; our workflows may not use it
	RuleMissing         Rule = "missing-field"    // a field without which the state cannot run
	RuleShape           Rule = "shape"            // wrong JSON type or value out of range
	RulePlaceholder     Rule = "placeholder"      // ${Name} without a substitution (Parse only)
	RulePath            Rule = "path"             // not a path of the supported form, or a context field that does not exist
	RuleForgottenPath   Rule = "forgotten-path"   // "x": "$.y" where "x.$": "$.y" was meant: the text "$.y" would travel
	RuleUndefinedState  Rule = "undefined-state"  // Next, Default, Catch or StartAt names no state
	RuleUnreachable     Rule = "unreachable"      // no road from StartAt leads here
	RuleEndless         Rule = "endless"          // no road leads from here to an end
	RuleLoop            Rule = "loop"             // a round without a Task: it would spin to 25,000 events
	RuleTimeout         Rule = "timeout"          // a Task without TimeoutSeconds, or with a year and more (F20)
	RuleRetryOnWait     Rule = "retry-on-wait"    // Retry on waitForTaskToken: the second token orphans the first
	RuleWaitUncaught    Rule = "wait-uncaught"    // waitForTaskToken whose States.Timeout nothing catches (F20)
	RuleTokenNotPassed  Rule = "token-not-passed" // waitForTaskToken whose Payload has no $$.Task.Token: nobody can answer
	RuleTokenNoWait     Rule = "token-no-wait"    // $$.Task.Token where the task does not wait for it
	RuleErrorName       Rule = "error-name"       // States.ALL not alone or not last, a States.* name that cannot be caught or does not exist
	RuleLongWait        Rule = "long-wait"        // Wait over 300 s: longer waits are wakeAt on the leg
	RuleDate            Rule = "date"             // an absolute date or a timestamp comparison: the law's clock is shared/deadline
	RuleTaskWithoutTry  Rule = "task-no-retry"    // Lint only: a call that a passing fault of AWS ends (F06)
	RuleTaskWithoutExit Rule = "task-no-catch"    // Lint only: neither the Task nor a Map or Parallel around it catches States.ALL
)

// Finding is one breach of a Rule.
type Finding struct {
	Path    string // where, such as States.Prove.Catch[0].Next
	Rule    Rule
	Message string
}

func (f Finding) String() string {
	return fmt.Sprintf("%s: %s (%s)", f.Path, f.Message, f.Rule)
}

// DefinitionError is what Parse returns for a definition that breaks rules.
type DefinitionError struct {
	Name     string // of the machine
	Findings []Finding
}

func (e *DefinitionError) Error() string {
	lines := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		lines[i] = f.String()
	}
	return fmt.Sprintf("asl: definition %s: %s", e.Name, strings.Join(lines, "; "))
}

// Lint reports every breach of a Rule in a definition as it stands in the file,
// before ${placeholders} are filled, in the order of the places. No findings:
// the file may ship.
func Lint(definition []byte) []Finding {
	c := &checker{}
	c.machine("", definition)
	return c.sorted()
}

// checker gathers findings while a definition is read.
type checker struct {
	findings []Finding

	substitutions map[string]string
	substitute    bool // Parse: a placeholder without a substitution is a finding

	names    map[string]string // state name → where; AWS wants them unique in the whole machine
	labels   map[string]string // of distributed Maps → where
	items    int               // depth of Maps around, up to a distributed one: is $$.Map.Item there
	caught   int               // Maps and Parallels around that catch all
	tokens   int               // uses of $$.Task.Token so far
	mayToken bool              // reading the Parameters of a task that waits
}

func (c *checker) add(at string, rule Rule, format string, args ...any) {
	c.findings = append(c.findings, Finding{Path: at, Rule: rule, Message: fmt.Sprintf(format, args...)})
}

func (c *checker) sorted() []Finding {
	slices.SortStableFunc(c.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Rule, b.Rule))
	})
	return c.findings
}

// advice holds the rules that Parse lets pass.
var advice = map[Rule]bool{RuleTaskWithoutTry: true, RuleTaskWithoutExit: true}

var placeholder = regexp.MustCompile(`\$\{([^}]*)\}`)

// fill replaces ${Name} in every string, as AWS::Serverless::StateMachine does
// with DefinitionSubstitutions, and reports dates, wherever they stand.
func (c *checker) fill(at string, v any) any {
	switch v := v.(type) {
	case string:
		if date.MatchString(v) {
			c.add(at, RuleDate, "an absolute date may not stand in a workflow")
		}
		if !c.substitute {
			return v
		}
		return placeholder.ReplaceAllStringFunc(v, func(p string) string {
			name := p[2 : len(p)-1]
			if s, ok := c.substitutions[name]; ok {
				return s
			}
			if name == "AWS::Partition" {
				return "aws"
			}
			c.add(at, RulePlaceholder, "nothing fills %s", p)
			return p
		})
	case []any:
		for i := range v {
			v[i] = c.fill(fmt.Sprintf("%s[%d]", at, i), v[i])
		}
	case map[string]any:
		for name, field := range v {
			if name == "Comment" { // for people; may cite a law of 2018-05-25
				continue
			}
			v[name] = c.fill(strings.TrimPrefix(at+"."+name, "."), field)
		}
	}
	return v
}

var date = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(T|$)`)

// graph reports states that nothing leads to, that lead to no end, and rounds
// without a Task.
func (c *checker) graph(at string, b *block) {
	reached := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		s := b.states[name]
		if s == nil || reached[name] {
			return
		}
		reached[name] = true
		for _, next := range s.successors() {
			visit(next)
		}
	}
	visit(b.startAt)

	// Backwards from the ends, until nothing is added.
	ends := map[string]bool{}
	for grown := true; grown; {
		grown = false
		for _, name := range b.order {
			s := b.states[name]
			if ends[name] {
				continue
			}
			if s.end || slices.ContainsFunc(s.successors(), func(n string) bool { return ends[n] }) {
				ends[name], grown = true, true
			}
		}
	}

	for _, name := range b.order {
		place := at + "." + name
		switch {
		case !reached[name]:
			c.add(place, RuleUnreachable, "no state leads here")
		case !ends[name]:
			c.add(place, RuleEndless, "no road leads from here to an end")
		}
		if b.states[name].kind != kindTask && b.returns(name) {
			c.add(place, RuleLoop, "leads back to itself without a Task")
		}
	}
}

// returns reports whether a round without a Task leads from name back to it.
func (b *block) returns(name string) bool {
	seen := map[string]bool{}
	var visit func(string) bool
	visit = func(from string) bool {
		for _, next := range b.states[from].successors() {
			if next == name {
				return true
			}
			s := b.states[next]
			if s == nil || s.kind == kindTask || seen[next] {
				continue
			}
			seen[next] = true
			if visit(next) {
				return true
			}
		}
		return false
	}
	return visit(name)
}
