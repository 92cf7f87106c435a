package intake

import (
	"regexp"
	"sync"
)

// expression is a regular expression that is compiled when the first mail
// needs it: most functions link this package and read no mail, and compiling
// all of them takes longer than the rest of their start.
type expression struct {
	text     string
	compiled func() *regexp.Regexp
}

// expressions are all of them, for the test that compiles each.
var expressions []*expression

func express(text string) *expression {
	e := &expression{text: text, compiled: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}
	expressions = append(expressions, e)
	return e
}

// What package regexp does, under its names.

func (e *expression) MatchString(s string) bool { return e.compiled().MatchString(s) }

func (e *expression) FindStringIndex(s string) []int { return e.compiled().FindStringIndex(s) }

func (e *expression) FindStringSubmatch(s string) []string { return e.compiled().FindStringSubmatch(s) }

func (e *expression) FindAllString(s string, n int) []string { return e.compiled().FindAllString(s, n) }

func (e *expression) FindAllStringIndex(s string, n int) [][]int {
	return e.compiled().FindAllStringIndex(s, n)
}

func (e *expression) FindAllStringSubmatchIndex(s string, n int) [][]int {
	return e.compiled().FindAllStringSubmatchIndex(s, n)
}

func (e *expression) ReplaceAllString(s, with string) string {
	return e.compiled().ReplaceAllString(s, with)
}
