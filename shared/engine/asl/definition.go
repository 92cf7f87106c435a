package asl

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Machine is one workflow that Parse has accepted. It never changes.
type Machine struct {
	Name string

	root    block
	timeout time.Duration // of a whole execution; 0 is none
	tasks   []Task
	states  []string
}

// Task is one Task state of a Machine: what it calls, for tests that hold the
// workflows against the functions and their letters.
type Task struct {
	State   string
	Target  string // key of Runner.Functions, or of Runner.Machines when Starts
	Starts  bool   // starts an execution
	Waits   bool   // parks on a task token, or (Starts) until the execution ends
	Timeout time.Duration
}

// Tasks lists the Task states of the machine, those in Maps and Parallels too,
// by name.
func (m *Machine) Tasks() []Task { return slices.Clone(m.tasks) }

// States lists the names of all states of the machine, those in Maps and
// Parallels too, by name.
func (m *Machine) States() []string { return slices.Clone(m.states) }

// Parse reads a definition and fills its ${placeholders}; a FunctionName or
// StateMachineArn then names a key of Runner.Functions or Runner.Machines. It
// returns a *DefinitionError when the definition breaks a Rule.
func Parse(name string, definition []byte, substitutions map[string]string) (*Machine, error) {
	c := &checker{substitute: true, substitutions: substitutions}
	m := c.machine(name, definition)
	findings := slices.DeleteFunc(c.sorted(), func(f Finding) bool { return advice[f.Rule] })
	if len(findings) > 0 {
		return nil, &DefinitionError{Name: name, Findings: findings}
	}
	return m, nil
}

// block is a StartAt with its States: a machine, the processor of a Map, or a
// branch of a Parallel.
type block struct {
	startAt string
	states  map[string]*state
	order   []string // names, sorted
}

type kind string

const (
	kindTask     kind = "Task"
	kindPass     kind = "Pass"
	kindChoice   kind = "Choice"
	kindWait     kind = "Wait"
	kindSucceed  kind = "Succeed"
	kindFail     kind = "Fail"
	kindMap      kind = "Map"
	kindParallel kind = "Parallel"
)

// state holds the fields of every kind; each kind uses its own.
type state struct {
	name string
	kind kind
	next string
	end  bool

	input      selector
	output     selector
	parameters template
	selects    template // ResultSelector
	place      resultPath
	retry      []retrier
	catch      []catcher

	resource resource // Task
	target   string
	timeout  time.Duration

	constant any // Pass.Result
	fixed    bool

	choices []rule // Choice
	deflt   string

	wait time.Duration // Wait

	err, cause string // Fail

	items       path // Map
	processor   *block
	concurrency int
	apart       bool   // DISTRIBUTED: each item is an execution of its own
	label       string // of its executions, where apart

	branches []*block // Parallel
}

func (s *state) successors() []string {
	var next []string
	add := func(name string) {
		if name != "" {
			next = append(next, name)
		}
	}
	add(s.next)
	add(s.deflt)
	for _, r := range s.choices {
		add(r.next)
	}
	for _, c := range s.catch {
		add(c.next)
	}
	return next
}

type retrier struct {
	errors   []string
	interval time.Duration
	attempts int
	backoff  float64
	longest  time.Duration // 0 is none
}

type catcher struct {
	errors []string
	place  resultPath
	next   string
}

// resource is what a Task does.
type resource int

const (
	invoke resource = iota + 1
	invokeWait
	start
	startSync  // Output of the child as a text
	startSync2 // Output of the child as JSON
)

var resources = map[string]resource{
	"lambda:invoke":                  invoke,
	"lambda:invoke.waitForTaskToken": invokeWait,
	"states:startExecution":          start,
	"states:startExecution.sync":     startSync,
	"states:startExecution.sync:2":   startSync2,
}

var resourceForm = regexp.MustCompile(`^arn:(aws|aws-cn|aws-us-gov|\$\{[A-Za-z:]+\}):states:::(.+)$`)

const (
	maxName   = 80                   // characters of a state's or an execution's name
	maxWait   = 300                  // seconds; ours: longer waits are wakeAt on the leg
	maxInline = 40                   // items of an inline Map at one moment
	maxApart  = 10_000               // items of a distributed one
	year      = 365 * 24 * time.Hour // no execution lives longer
)

func (c *checker) machine(name string, definition []byte) *Machine {
	if len(definition) > maxDefinition {
		c.add("", RuleJSON, "a definition is at most %d bytes, this one has %d", maxDefinition, len(definition))
		return nil
	}
	v, err := decodeJSON(definition)
	if err != nil {
		c.add("", RuleJSON, "%v", err)
		return nil
	}
	v = c.fill("", v)
	c.names, c.labels = map[string]string{}, map[string]string{}
	o := c.object("", v)
	m := &Machine{Name: name}
	o.get("Comment")
	if v, ok := o.get("Version"); ok && v != "1.0" {
		o.add("Version", RuleShape, `must be "1.0"`)
	}
	o.dialect()
	m.timeout = time.Duration(o.whole("TimeoutSeconds", 0, 1, 99_999_999)) * time.Second
	m.root = *c.block(o)
	o.end("a machine")
	m.collect(&m.root)
	slices.Sort(m.states)
	slices.SortFunc(m.tasks, func(a, b Task) int { return strings.Compare(a.State, b.State) })
	return m
}

func (m *Machine) collect(b *block) {
	for _, name := range b.order {
		s := b.states[name]
		m.states = append(m.states, name)
		if s.kind == kindTask {
			m.tasks = append(m.tasks, Task{
				State: name, Target: s.target, Timeout: s.timeout,
				Starts: s.resource >= start, Waits: s.resource != invoke && s.resource != start,
			})
		}
		for _, inner := range s.blocks() {
			m.collect(inner)
		}
	}
}

func (s *state) blocks() []*block {
	if s.processor != nil {
		return []*block{s.processor}
	}
	return s.branches
}

func (o *object) dialect() {
	if v, ok := o.get("QueryLanguage"); ok && v != "JSONPath" {
		o.add("QueryLanguage", RuleUnsupported, "the workflows are JSONPath")
	}
}

// block reads StartAt and States of o.
func (c *checker) block(o *object) *block {
	b := &block{startAt: o.needStr("StartAt"), states: map[string]*state{}}
	v, ok := o.need("States")
	at := o.place("States")
	if !ok {
		return b
	}
	states, ok := v.(map[string]any)
	if !ok || len(states) == 0 {
		c.add(at, RuleShape, "must be an object that is not empty")
		return b
	}
	for name := range states {
		b.order = append(b.order, name)
	}
	slices.Sort(b.order)
	for _, name := range b.order {
		place := at + "." + name
		if name == "" || utf8.RuneCountInString(name) > maxName {
			c.add(place, RuleShape, "a state's name has 1 to %d characters", maxName)
		}
		if other, twice := c.names[name]; twice {
			c.add(place, RuleShape, "a state of this name stands at %s too", other)
		}
		c.names[name] = place
		b.states[name] = c.state(place, name, states[name])
	}
	if b.startAt != "" && b.states[b.startAt] == nil {
		o.add("StartAt", RuleUndefinedState, "there is no state %q here", b.startAt)
	}
	for _, name := range b.order {
		for _, next := range b.states[name].successors() {
			if b.states[next] == nil {
				c.add(at+"."+name, RuleUndefinedState, "there is no state %q here", next)
			}
		}
	}
	c.graph(at, b)
	return b
}

func (c *checker) state(at, name string, v any) *state {
	o := c.object(at, v)
	s := &state{name: name, kind: kind(o.needStr("Type"))}
	o.get("Comment")
	o.dialect()
	if s.kind != kindFail {
		s.input, s.output = o.selector("InputPath"), o.selector("OutputPath")
	}
	switch s.kind {
	case kindTask:
		c.handlers(o, s)
		c.task(o, s)
	case kindPass:
		s.parameters, s.place = o.template("Parameters"), o.resultPath()
		if s.constant, s.fixed = o.get("Result"); s.fixed {
			c.forgottenIn(o.place("Result"), s.constant)
			if s.parameters != nil {
				o.add("Result", RuleShape, "stands beside Parameters: which one counts?")
			}
		}
		o.onward(s)
	case kindChoice:
		if _, ok := o.need("Choices"); ok {
			for i, choice := range o.list("Choices") {
				s.choices = append(s.choices, c.rule(fmt.Sprintf("%s[%d]", o.place("Choices"), i), choice, true))
			}
		}
		s.deflt = o.str("Default")
	case kindWait:
		c.wait(o, s)
	case kindSucceed:
		s.end = true
	case kindFail:
		s.end = true
		s.err, s.cause = o.needStr("Error"), o.str("Cause")
	case kindMap:
		c.handlers(o, s)
		c.mapState(o, s)
	case kindParallel:
		c.handlers(o, s)
		s.parameters = o.template("Parameters")
		o.onward(s)
		if _, ok := o.need("Branches"); ok {
			c.within(s, func() {
				for i, branch := range o.list("Branches") {
					inner := c.object(fmt.Sprintf("%s[%d]", o.place("Branches"), i), branch)
					inner.get("Comment")
					s.branches = append(s.branches, c.block(inner))
					inner.end("a branch")
				}
			})
		}
	case "":
		return s
	default:
		o.add("Type", RuleShape, "there is no state type %q", s.kind)
		return s
	}
	o.end("a " + string(s.kind) + " state")
	return s
}

// onward reads Next or End: exactly one.
func (o *object) onward(s *state) {
	s.next, s.end = o.str("Next"), o.flag("End")
	if (s.next == "") != s.end {
		o.add("Next", RuleMissing, "either Next or \"End\": true, and not both")
	}
}

// handlers reads what Task, Map and Parallel share.
func (c *checker) handlers(o *object, s *state) {
	s.selects, s.place = o.template("ResultSelector"), o.resultPath()
	retry := o.list("Retry")
	for i, v := range retry {
		r := c.object(fmt.Sprintf("%s[%d]", o.place("Retry"), i), v)
		r.get("Comment")
		try := retrier{
			errors:   r.errorEquals(i == len(retry)-1),
			interval: time.Duration(r.whole("IntervalSeconds", 1, 1, 99_999_999)) * time.Second,
			attempts: r.whole("MaxAttempts", 3, 0, 99_999_999),
			backoff:  r.number("BackoffRate", 2, 1),
			longest:  time.Duration(r.whole("MaxDelaySeconds", 0, 1, 31_622_399)) * time.Second,
		}
		if try.longest != 0 && try.longest <= try.interval {
			r.add("MaxDelaySeconds", RuleShape, "must be more than IntervalSeconds")
		}
		if jitter := r.str("JitterStrategy"); jitter != "" && jitter != "FULL" && jitter != "NONE" {
			r.add("JitterStrategy", RuleShape, "must be FULL or NONE")
		}
		r.end("a Retry")
		s.retry = append(s.retry, try)
	}
	catch := o.list("Catch")
	for i, v := range catch {
		r := c.object(fmt.Sprintf("%s[%d]", o.place("Catch"), i), v)
		r.get("Comment")
		s.catch = append(s.catch, catcher{errors: r.errorEquals(i == len(catch)-1), place: r.resultPath(), next: r.needStr("Next")})
		r.end("a Catch")
	}
}

// reserved holds the States.* names that an ErrorEquals may name. The two
// terminal ones are left out: AWS never hands them to a Retry or a Catch.
var reserved = []string{errAll, errTaskFailed, errTimeout, errPermissions, errResultPath, errParameterPath, errBranchFailed, errNoChoice, errIntrinsic, errTooManyFailed}

func (o *object) errorEquals(last bool) []string {
	const field = "ErrorEquals"
	if _, ok := o.need(field); !ok {
		return nil
	}
	var names []string
	for _, v := range o.list(field) {
		name, ok := v.(string)
		switch {
		case !ok || name == "":
			o.add(field, RuleShape, "must hold names")
			continue
		case name == errRuntime || name == errDataLimit:
			o.add(field, RuleErrorName, "%s ends an execution; nothing retries or catches it", name)
		case strings.HasPrefix(name, "States.") && !slices.Contains(reserved, name):
			o.add(field, RuleErrorName, "AWS has no error %s", name)
		}
		names = append(names, name)
	}
	if slices.Contains(names, errAll) && (len(names) > 1 || !last) {
		o.add(field, RuleErrorName, "States.ALL must stand alone and last")
	}
	return names
}

func catchesAll(catch []catcher) bool {
	return len(catch) > 0 && slices.Equal(catch[len(catch)-1].errors, []string{errAll})
}

func (c *checker) task(o *object, s *state) {
	o.onward(s)
	text := o.needStr("Resource")
	if m := resourceForm.FindStringSubmatch(text); m != nil {
		s.resource = resources[m[2]]
	}
	if s.resource == 0 && text != "" {
		o.add("Resource", RuleUnsupported, "%q is none of lambda:invoke, lambda:invoke.waitForTaskToken, states:startExecution, .sync, .sync:2", text)
	}
	waits := s.resource == invokeWait

	if _, ok := o.get("TimeoutSeconds"); !ok {
		o.add("TimeoutSeconds", RuleTimeout, "a Task without a timeout can wait for ever")
	}
	// The fallback keeps one finding from raising another.
	s.timeout = time.Duration(o.whole("TimeoutSeconds", 1, 1, 99_999_999)) * time.Second
	if s.timeout >= year {
		o.add("TimeoutSeconds", RuleTimeout, "must be under a year, the life of an execution")
	}

	before := c.tokens
	c.mayToken = waits
	s.parameters = o.template("Parameters")
	c.mayToken = false
	if raw, ok := o.need("Parameters"); ok {
		c.taskParameters(o, s, raw, c.tokens > before)
	}

	switch {
	case waits && len(s.retry) > 0:
		o.add("Retry", RuleRetryOnWait, "a second attempt has a second token, and nobody answers the first")
	case s.resource == invoke && len(s.retry) == 0:
		o.add("Retry", RuleTaskWithoutTry, "a passing fault of AWS would end it")
	}
	timeoutCaught := slices.ContainsFunc(s.catch, func(t catcher) bool {
		return slices.Contains(t.errors, errAll) || slices.Contains(t.errors, errTimeout)
	})
	if waits && !timeoutCaught {
		o.add("Catch", RuleWaitUncaught, "nothing catches States.Timeout when nobody answers")
	}
	if !catchesAll(s.catch) && c.caught == 0 {
		o.add("Catch", RuleTaskWithoutExit, "nothing here or around catches States.ALL")
	}
}

// taskParameters checks the request to Lambda or Step Functions.
func (c *checker) taskParameters(o *object, s *state, raw any, hasToken bool) {
	at := o.place("Parameters")
	p := c.object(at, raw)
	either := func(name string) {
		_, plain := p.get(name)
		_, byPath := p.get(name + ".$")
		if !plain && !byPath {
			p.add(name, RuleMissing, "is required")
		}
	}
	switch s.resource {
	case invoke, invokeWait:
		s.target = p.needStr("FunctionName")
		either("Payload")
		if s.resource == invokeWait && !hasToken {
			p.add("Payload", RuleTokenNotPassed, "$$.Task.Token is not passed on: nobody can answer")
		}
	case start, startSync, startSync2:
		s.target = p.needStr("StateMachineArn")
		either("Input")
		p.get("Name")
		p.get("Name.$")
	default:
		return
	}
	p.end("the request of " + string(s.kind) + " " + s.name)
}

func (c *checker) wait(o *object, s *state) {
	o.onward(s)
	for _, name := range []string{"Timestamp", "TimestampPath"} {
		if _, ok := o.get(name); ok {
			o.add(name, RuleDate, "a workflow knows no dates; wakeAt on the leg does")
			o.get("Seconds")
			return
		}
	}
	v, ok := o.need("Seconds")
	if !ok {
		return
	}
	if n, isNumber := v.(json.Number); isNumber {
		if f, err := n.Float64(); err == nil && f > maxWait {
			o.add("Seconds", RuleLongWait, "%s s is more than %d: park on a token and let wake answer it", n, maxWait)
			return
		}
	}
	s.wait = time.Duration(o.whole("Seconds", 1, 1, maxWait)) * time.Second
}

func (c *checker) mapState(o *object, s *state) {
	o.onward(s)
	if text := o.str("ItemsPath"); text != "" {
		s.items = c.path(o.place("ItemsPath"), text)
	}
	s.concurrency = o.whole("MaxConcurrency", 0, 0, maxApart)

	// Old definitions say Parameters and Iterator for ItemSelector and ItemProcessor.
	c.items++
	defer func() { c.items-- }()
	s.parameters = o.template("ItemSelector")
	if old := o.template("Parameters"); old != nil {
		if s.parameters != nil {
			o.add("Parameters", RuleShape, "stands beside ItemSelector: which one counts?")
		}
		s.parameters = old
	}
	name := "ItemProcessor"
	if _, old := o.get("Iterator"); old {
		name = "Iterator"
	}
	v, ok := o.need(name)
	if !ok {
		return
	}
	inner := c.object(o.place(name), v)
	inner.get("Comment")
	if config, ok := inner.get("ProcessorConfig"); ok {
		c.processorConfig(inner.place("ProcessorConfig"), config, s)
	}
	if !s.apart && s.concurrency > maxInline {
		o.add("MaxConcurrency", RuleShape, "inline, AWS runs no more than %d at one moment", maxInline)
	}
	if s.apart {
		c.label(o, s)
		// A child knows its own input; $$.Map ends with the ItemSelector.
		defer func(around int) { c.items = around }(c.items)
		c.items = 0
	}
	c.within(s, func() { s.processor = c.block(inner) })
	inner.end("an " + name)
}

// processorConfig reads where the items of a Map run.
func (c *checker) processorConfig(at string, v any, s *state) {
	p := c.object(at, v)
	switch mode := p.str("Mode"); mode {
	case "", "INLINE":
	case "DISTRIBUTED":
		s.apart = true
		if kind := p.needStr("ExecutionType"); kind != "" && kind != "STANDARD" {
			p.add("ExecutionType", RuleUnsupported, "%s ends after five minutes; a step may take fifteen", kind)
		}
	default:
		p.add("Mode", RuleShape, "must be INLINE or DISTRIBUTED")
	}
	p.end("a ProcessorConfig")
}

// label reads the name that the executions of a distributed Map carry.
func (c *checker) label(o *object, s *state) {
	s.label = o.needStr("Label")
	if s.label == "" {
		return // AWS would draw one, and no policy could name it
	}
	if !labelForm.MatchString(s.label) {
		o.add("Label", RuleShape, "a label is 1 to 40 of A-Z a-z 0-9 - _")
	}
	if other, twice := c.labels[s.label]; twice {
		o.add("Label", RuleShape, "%s has this label too", other)
	}
	c.labels[s.label] = o.at
}

var labelForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

// within reads the inner states of s.
func (c *checker) within(s *state, read func()) {
	if catchesAll(s.catch) {
		c.caught++
		defer func() { c.caught-- }()
	}
	read()
}
