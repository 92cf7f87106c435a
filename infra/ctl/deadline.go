package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
)

// maxDeadlineLine bounds one line of input; a request has a few hundred bytes.
const maxDeadlineLine = 1 << 20

const deadlineUsage = `usage: ctl deadline [-lang nl|en] [-extra DATE,DATE…] < requests.jsonl

Reads one request per line:
  {"received":"2026-03-05T10:00:00+01:00","paused":[{"asked":"2026-03-06","answered":"2026-03-16"}],"extensionSent":"2026-03-20"}
received is an instant (RFC 3339) or the local date; paused, answered and extensionSent may be absent, null or "".
Answers each line with one line: the dates, or {"error":"…"}. Any error makes the exit status 1.

`

// runDeadline computes the dates of requests: JSON lines in, JSON lines out
// (docs/law.md, The clock). It needs no AWS settings.
func runDeadline(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) error {
	flags := flag.NewFlagSet("deadline", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() {
		fmt.Fprint(errs, deadlineUsage)
		flags.PrintDefaults()
	}
	d := deadlineLines{lang: "nl"}
	flags.Func("lang", "language of explain, nl or en (default nl)", func(s string) error {
		if s != "nl" && s != "en" {
			return errors.New("the languages are nl and en")
		}
		d.lang = s
		return nil
	})
	flags.Func("extra", "extra public holidays, comma-separated (C-4; default none)", func(s string) error {
		for _, text := range strings.Split(s, ",") {
			day, err := deadline.ParseDate(text)
			if err != nil {
				return err
			}
			d.calendar.Extra = append(d.calendar.Extra, day)
		}
		return nil
	})
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return fmt.Errorf("read flags: %w", err)
	}
	if flags.NArg() > 0 {
		return errors.New("requests are read from standard input, there are no arguments")
	}
	return d.run(ctx, in, out)
}

// deadlineLines answers lines with one calendar in one language.
type deadlineLines struct {
	calendar deadline.Calendar
	lang     string
}

// deadlineRequest is a line of input. Dates are texts here, so that an error
// can name the field; null and "" both mean that there is none.
type deadlineRequest struct {
	Received      string          `json:"received"`
	Paused        []deadlinePause `json:"paused"`
	ExtensionSent string          `json:"extensionSent"`
}

type deadlinePause struct {
	Asked    string `json:"asked"`
	Answered string `json:"answered"`
}

// deadlineAnswer is a line of output.
type deadlineAnswer struct {
	Nominal    deadline.Date            `json:"nominal"`
	SafeDue    deadline.Date            `json:"safeDue"`
	Due        deadline.Date            `json:"due"`
	DueInstant time.Time                `json:"dueInstant"`
	PausedDays int                      `json:"pausedDays"`
	Extended   bool                     `json:"extended"`
	Explain    []string                 `json:"explain"`
	Milestones map[string]deadline.Date `json:"milestones"`
}

// deadlineFault is the line of output for a line that cannot be answered.
type deadlineFault struct {
	Error string `json:"error"`
}

// run answers every line, also after faults. Whenever no further input is at
// hand it flushes, so that a person or a pipe at the other end never waits.
func (d deadlineLines) run(ctx context.Context, in io.Reader, out io.Writer) error {
	w := bufio.NewWriter(out)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)

	lines := make(chan deadlineLine, 64)
	stop := make(chan struct{})
	defer close(stop)
	go readDeadlineLines(in, lines, stop)

	total, bad := 0, 0
	for {
		var line deadlineLine
		var more bool
		select { // a read from a terminal cannot be cancelled, waiting for it can
		case <-ctx.Done():
			return fmt.Errorf("read requests: %w", ctx.Err())
		case line, more = <-lines:
		}
		if !more {
			break
		}
		if line.fatal != nil {
			return errors.Join(fmt.Errorf("read line %d: %w", total+1, line.fatal), w.Flush())
		}
		total++
		var answer any
		if found, err := d.answer(line); err == nil {
			answer = found
		} else {
			bad++
			answer = deadlineFault{fmt.Sprintf("line %d: %v", total, err)}
		}
		if err := encoder.Encode(answer); err != nil {
			return fmt.Errorf("write answer to line %d: %w", total, err)
		}
		if len(lines) == 0 {
			if err := w.Flush(); err != nil {
				return fmt.Errorf("write answer to line %d: %w", total, err)
			}
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write answers: %w", err)
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d lines have an error", bad, total)
	}
	return nil
}

func (d deadlineLines) answer(line deadlineLine) (*deadlineAnswer, error) {
	if line.long {
		return nil, fmt.Errorf("longer than %d bytes", maxDeadlineLine)
	}
	events, err := parseDeadlineLine(line.text)
	if err != nil {
		return nil, err
	}
	r, err := d.calendar.Compute(events)
	if err != nil {
		return nil, err
	}
	answer := &deadlineAnswer{
		Nominal: r.Nominal, SafeDue: r.SafeDue, Due: r.Due, DueInstant: r.DueInstant,
		PausedDays: r.PausedDays, Extended: r.Extended, Milestones: r.Milestones,
	}
	for _, steps := range [][]deadline.Step{r.Explain, r.Plan} {
		for _, s := range steps {
			answer.Explain = append(answer.Explain, fmt.Sprintf("%s (%s)", s.Text[d.lang], s.Rule))
		}
	}
	return answer, nil
}

// parseDeadlineLine reads one request. A field that it does not know is an
// error: a misspelt "answered" would silently give another date.
func parseDeadlineLine(text []byte) (deadline.Events, error) {
	request, err := decodeDeadlineRequest(text)
	if err != nil {
		return deadline.Events{}, fmt.Errorf("read JSON: %w", err)
	}
	var events deadline.Events
	if events.Received, err = parseReceived(request.Received); err != nil {
		return deadline.Events{}, fmt.Errorf("read received: %w", err)
	}
	for i, p := range request.Paused {
		var pause deadline.Pause
		if pause.Asked, err = deadline.ParseDate(p.Asked); err != nil {
			return deadline.Events{}, fmt.Errorf("read paused[%d].asked: %w", i, err)
		}
		if pause.Answered, err = parseOptionalDate(p.Answered); err != nil {
			return deadline.Events{}, fmt.Errorf("read paused[%d].answered: %w", i, err)
		}
		events.Paused = append(events.Paused, pause)
	}
	if events.ExtensionSent, err = parseOptionalDate(request.ExtensionSent); err != nil {
		return deadline.Events{}, fmt.Errorf("read extensionSent: %w", err)
	}
	return events, nil
}

func decodeDeadlineRequest(text []byte) (*deadlineRequest, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, errors.New("the line is empty")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var request *deadlineRequest // nil after a null, which Decode takes for nothing
	err := decoder.Decode(&request)
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return nil, fmt.Errorf("%s cannot be a %s", wrongType.Field, wrongType.Value)
	case errors.As(err, &wrongType), err == nil && request == nil:
		return nil, errors.New("the line is not an object")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("the line ends too early")
	case err != nil:
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one value on the line")
	}
	return request, nil
}

func parseOptionalDate(s string) (deadline.Date, error) {
	if s == "" {
		return deadline.Date{}, nil
	}
	return deadline.ParseDate(s)
}

// parseReceived reads an instant with its offset, with or without seconds, or
// a date: then the start of that day in Amsterdam. A time without offset is
// refused: around midnight a guess would give another day of receipt.
func parseReceived(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, errors.New("it is absent")
	}
	if day, err := deadline.ParseDate(s); err == nil {
		return day.Start(), nil
	}
	s = strings.ToUpper(s) // RFC 3339 allows t and z
	layout := time.RFC3339
	switch match := instantForm.FindStringSubmatch(s); {
	case match == nil:
		return time.Time{}, errInstant
	case match[1] == "":
		layout = "2006-01-02T15:04Z07:00"
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		return time.Time{}, errInstant // not err: it repeats what was typed
	}
	return t, nil
}

// instantForm is checked first because time.Parse also takes "T9:00:00", a
// decimal comma and an offset of a day.
var instantForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(?:\.\d+)?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$`)

var errInstant = errors.New("neither an instant with its offset (RFC 3339) nor a date YYYY-MM-DD")

// deadlineLine is one line without its end, or the fault that ended the input.
type deadlineLine struct {
	text  []byte
	long  bool // over maxDeadlineLine: text is dropped
	fatal error
}

// readDeadlineLines sends every line of in until it ends or stop is closed. A
// byte order mark before the first line is dropped.
func readDeadlineLines(in io.Reader, lines chan<- deadlineLine, stop <-chan struct{}) {
	defer close(lines)
	r := bufio.NewReaderSize(in, 1<<16)
	if mark, err := r.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = r.Discard(len(mark)) // peeked: cannot fail
	}
	for {
		line, err := readDeadlineLine(r)
		if errors.Is(err, io.EOF) {
			return
		}
		line.fatal = err
		select {
		case lines <- line:
		case <-stop:
			return
		}
		if err != nil {
			return
		}
	}
}

// readDeadlineLine reads up to the next line end; io.EOF means that there was nothing left.
func readDeadlineLine(r *bufio.Reader) (deadlineLine, error) {
	var line deadlineLine
	for started := false; ; started = true {
		part, err := r.ReadSlice('\n')
		if errors.Is(err, io.EOF) && (started || len(part) > 0) {
			err = nil // the last line needs no line end
		} else if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return deadlineLine{}, err
		}
		line.long = line.long || len(line.text)+len(part) > maxDeadlineLine
		if line.long {
			line.text = nil
		} else {
			line.text = append(line.text, part...)
		}
		if err == nil {
			return line, nil
		}
	}
}
