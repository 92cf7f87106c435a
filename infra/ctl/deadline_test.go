package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/deadline"
)

// deadlineLinesOf runs the command and gives its lines and its error.
func deadlineLinesOf(t *testing.T, input string, args ...string) ([]string, error) {
	t.Helper()
	var out, errs bytes.Buffer
	err := runDeadline(t.Context(), args, strings.NewReader(input), &out, &errs)
	if out.Len() == 0 {
		return nil, err
	}
	if !strings.HasSuffix(out.String(), "\n") {
		t.Errorf("the last line has no end: %q", out.String())
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n"), err
}

// The line of the issue, with the bytes of its answer up to the explanation.
func TestDeadlineLine(t *testing.T) {
	const line = `{"received":"2026-03-05T10:00:00+01:00","paused":[{"asked":"2026-03-06","answered":"2026-03-16"}],"extensionSent":"2026-03-20"}`
	lines, err := deadlineLinesOf(t, line+"\n")
	if err != nil || len(lines) != 1 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	const head = `{"nominal":"2026-04-05","safeDue":"2026-04-07","due":"2026-06-15","dueInstant":"2026-06-15T22:00:00Z","pausedDays":9,"extended":true,` +
		`"explain":["Wij kregen het verzoek op donderdag 5 maart 2026. Die dag telt zelf niet mee. (C-6)",`
	const tail = `"milestones":{"acknowledge":"2026-03-06","clientNotice":"2026-03-09","identityQuestion":"2026-03-10","legalReview":"2026-03-29",` +
		`"triage":"2026-03-06","warn0":"2026-04-07","warn10":"2026-03-23","warn2":"2026-04-02","warn5":"2026-03-30"}}`
	if !strings.HasPrefix(lines[0], head) || !strings.HasSuffix(lines[0], tail) {
		t.Errorf("answer is\n%s\nwant\n%s…%s", lines[0], head, tail)
	}
	english, err := deadlineLinesOf(t, line, "-lang", "en")
	if err != nil || !strings.Contains(english[0], `"We received the request on Thursday 5 March 2026. That day itself does not count. (C-6)"`) {
		t.Errorf("in English: %s, %v", english, err)
	}
}

// All spellings of one request give one answer.
func TestDeadlineSpellings(t *testing.T) {
	const want = `{"received":"2026-06-30T22:15:00Z"}`
	wanted, err := deadlineLinesOf(t, want)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`{"received":"2026-07-01"}`,
		`{"received":"2026-07-01","paused":null,"extensionSent":null}`,
		`{"received":"2026-07-01","paused":[],"extensionSent":""}`,
		`{"received":"2026-07-01T00:00:00+02:00"}`,
		`{"received":"2026-07-01T23:59:59.999+02:00"}`,
		`{"received":"2026-06-30T22:15Z"}`,
		`{"received":"2026-07-01T00:15+02:00"}`,
		`{"received":"2026-06-30t22:15:00z"}`,
		`{"received":"2026-06-30T18:15:00-04:00"}`,
		"\t{ \"received\" : \"2026-07-01\" } \r",
		"\ufeff" + want,
	} {
		got, err := deadlineLinesOf(t, line)
		if err != nil {
			t.Errorf("%s: %v", line, err)
		} else if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", line, diff)
		}
	}
	for _, answered := range []string{"", `,"answered":null`, `,"answered":""`} {
		got, err := deadlineLinesOf(t, `{"received":"2026-09-07","paused":[{"asked":"2026-09-08"`+answered+`}]}`)
		if err != nil || !strings.Contains(got[0], `"due":"2026-10-07","dueInstant":"2026-10-07T22:00:00Z","pausedDays":0,"extended":false`) ||
			!strings.Contains(got[0], "Er is nog geen antwoord.") {
			t.Errorf("V30 with %q: %s, %v", answered, got, err)
		}
	}
}

// A line that cannot be answered says why, and the others are answered.
func TestDeadlineFaults(t *testing.T) {
	const good = `{"received":"2026-03-05"}`
	for _, row := range []struct{ line, want string }{
		{``, "the line is empty"},
		{`  `, "the line is empty"},
		{`null`, "not an object"},
		{`[]`, "not an object"},
		{`"2026-03-05"`, "not an object"},
		{`{"received":"2026-03-05"`, "ends too early"},
		{`{"received":"2026-03-05"}}`, "more than one value"},
		{`{"received":"2026-03-05"} {}`, "more than one value"},
		{`{"received":"2026-03-05",}`, "invalid character"},
		{`received: 2026-03-05`, "invalid character"},
		{`{}`, "read received: it is absent"},
		{`{"received":null}`, "read received: it is absent"},
		{`{"received":20260305}`, "received cannot be a number"},
		{`{"received":"2026-03-05T10:00:00"}`, "read received: neither"},
		{`{"received":"2026-03-05T9:00:00Z"}`, "read received: neither"},
		{`{"received":"2026-03-05T10:00:00,5Z"}`, "read received: neither"},
		{`{"received":"2026-03-05T9:00Z"}`, "read received: neither"},
		{`{"received":"2026-03-05T10:00:00+24:00"}`, "read received: neither"},
		{`{"received":"2026-03-05T10:00:00 +01:00"}`, "read received: neither"},
		{`{"received":"2026-13-05T10:00:00Z"}`, "read received: neither"},
		{`{"received":"2026-03-05T24:00:00Z"}`, "read received: neither"},
		{`{"received":"2026-02-29"}`, "read received: neither"},
		{`{"received":"05-03-2026"}`, "read received: neither"},
		{`{"received":"2026-03-05","extended":"2026-03-06"}`, `unknown field "extended"`},
		{`{"received":"2026-03-05","paused":[{"asked":"2026-03-06","anwsered":"2026-03-07"}]}`, `unknown field "anwsered"`},
		{`{"received":"2026-03-05","paused":{"asked":"2026-03-06"}}`, "paused cannot be a object"},
		{`{"received":"2026-03-05","paused":[{}]}`, "read paused[0].asked"},
		{`{"received":"2026-03-05","paused":[{"asked":"2026-03-06"},{"asked":"6 maart"}]}`, "read paused[1].asked"},
		{`{"received":"2026-03-05","paused":[{"asked":"2026-03-06","answered":"2026-02-30"}]}`, "read paused[0].answered"},
		{`{"received":"2026-03-05","extensionSent":"later"}`, "read extensionSent"},
		{`{"received":"2026-03-05","paused":[{"asked":"2026-03-04"}]}`, "question 1 is before receipt"},
		{`{"received":"2026-03-05","paused":[{"asked":"2026-03-06","answered":"2026-03-05"}]}`, "answer to question 1 is before the question"},
		{`{"received":"2026-03-05","extensionSent":"2026-03-04"}`, "the extension is before receipt"},
		{`{"received":"2026-03-05` + strings.Repeat(" ", maxDeadlineLine) + `"}`, "longer than 1048576 bytes"},
	} {
		lines, err := deadlineLinesOf(t, good+"\n"+row.line+"\n"+good)
		if err == nil || err.Error() != "1 of 3 lines have an error" || len(lines) != 3 {
			t.Errorf("%.80s: %d lines, %v", row.line, len(lines), err)
			continue
		}
		var fault map[string]string
		if err := json.Unmarshal([]byte(lines[1]), &fault); err != nil || len(fault) != 1 ||
			!strings.HasPrefix(fault["error"], "line 2: ") || !strings.Contains(fault["error"], row.want) {
			t.Errorf("%.80s: answer %s, want %q", row.line, lines[1], row.want)
		}
		if lines[0] != lines[2] || !strings.Contains(lines[0], `"due":"2026-04-07"`) {
			t.Errorf("%.80s: the lines around it are answered with %s and %s", row.line, lines[0], lines[2])
		}
	}
}

func TestDeadlineExitStatus(t *testing.T) {
	for input, want := range map[string]int{"": 0, `{"received":"2026-03-05"}`: 0, "{}": 1} {
		var out, errs bytes.Buffer
		if got := run(t.Context(), []string{"deadline"}, strings.NewReader(input), &out, &errs); got != want {
			t.Errorf("%q: exit status %d, want %d; %s", input, got, want, errs.String())
		}
	}
	for _, args := range [][]string{{"-lang", "de"}, {"-extra", "morgen"}, {"requests.jsonl"}, {"-unknown"}} {
		if _, err := deadlineLinesOf(t, "", args...); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
	if _, err := deadlineLinesOf(t, "", "-h"); err != nil {
		t.Errorf("-h: %v", err)
	}
}

// C-4: extra holidays are a setting.
func TestDeadlineExtraHolidays(t *testing.T) {
	lines, err := deadlineLinesOf(t, `{"received":"2026-03-03"}`, "-extra", "2026-04-03,2026-04-07")
	if err != nil || !strings.Contains(lines[0], `"due":"2026-04-08"`) {
		t.Errorf("V08 with two extra holidays: %s, %v", lines, err)
	}
}

// Each answer is written before the next line is asked for.
func TestDeadlineStreams(t *testing.T) {
	in, questions := io.Pipe()
	answers, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- runDeadline(context.Background(), nil, in, out, io.Discard)
		out.Close()
	}()
	decoder := json.NewDecoder(answers)
	for i := range 3 {
		if _, err := fmt.Fprintf(questions, "{\"received\":\"2026-03-%02d\"}\n", 2+i); err != nil {
			t.Fatal(err)
		}
		var answer deadlineAnswer
		if err := decoder.Decode(&answer); err != nil {
			t.Fatal(err)
		}
		if got, want := answer.Nominal.String(), fmt.Sprintf("2026-04-%02d", 2+i); got != want {
			t.Errorf("answer %d: nominal %s, want %s", i, got, want)
		}
	}
	questions.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Interrupted while it waits for input that never comes, it ends.
func TestDeadlineInterrupted(t *testing.T) {
	in, questions := io.Pipe()
	defer questions.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := runDeadline(ctx, nil, in, io.Discard, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
}

func TestDeadlineReadFails(t *testing.T) {
	broken := errors.New("the disk is gone")
	in := io.MultiReader(strings.NewReader("{\"received\":\"2026-03-05\"}\n"), failingReader{broken})
	var out bytes.Buffer
	err := runDeadline(t.Context(), nil, in, &out, io.Discard)
	if !errors.Is(err, broken) || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("error %v after %q", err, out.String())
	}
	if err := runDeadline(t.Context(), nil, strings.NewReader("{}\n"), failingWriter{broken}, io.Discard); !errors.Is(err, broken) {
		t.Errorf("writing fails with %v", err)
	}
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// Whatever stands on a line, it is either refused or gives dates that hold:
// one line of JSON, and the same dates when the request is written out again.
func FuzzDeadlineLine(f *testing.F) {
	for _, seed := range []string{
		`{"received":"2026-03-05T10:00:00+01:00","paused":[{"asked":"2026-03-06","answered":"2026-03-16"}],"extensionSent":"2026-03-20"}`,
		`{"received":"2026-09-07","paused":[{"asked":"2026-09-08","answered":"2026-09-14"},{"asked":"2026-09-15","answered":"2026-09-21"}]}`,
		`{"received":"2026-06-30T22:15Z","paused":null,"extensionSent":""}`,
		`{"received":"0001-01-01T00:00:00Z"}`, `{"received":"9999-12-31"}`, `{"received":"2028-02-29T23:59:59.999+14:00"}`,
		`{"RECEIVED":"2026-03-05","received":"2026-03-06"}`, `{"received":"2026-03-05T`, `null`, `[]`, ` `, "\ufeff{}",
	} {
		f.Add([]byte(seed))
	}
	d := deadlineLines{lang: "en"}
	f.Fuzz(func(t *testing.T, line []byte) {
		answer, err := d.answer(deadlineLine{text: line})
		if err != nil {
			if answer != nil || err.Error() == "" {
				t.Fatalf("answer %v beside error %v", answer, err)
			}
			return
		}
		text, err := json.Marshal(answer)
		if err != nil || bytes.ContainsRune(text, '\n') {
			t.Fatalf("answer %s, %v", text, err)
		}
		calendar := deadline.Calendar{}
		if answer.SafeDue.Before(answer.Nominal) || answer.Due.Before(answer.SafeDue) || !calendar.Working(answer.Due) ||
			!answer.DueInstant.Equal(answer.Due.AddDays(1).Start()) || answer.PausedDays < 0 || len(answer.Milestones) != 9 {
			t.Fatalf("%s gives %s", line, text)
		}
		events, err := parseDeadlineLine(line)
		if err != nil {
			t.Fatalf("answered, but not read: %v", err)
		}
		request := deadlineRequest{Received: events.Received.Format(time.RFC3339Nano), ExtensionSent: events.ExtensionSent.String()}
		for _, p := range events.Paused {
			request.Paused = append(request.Paused, deadlinePause{p.Asked.String(), p.Answered.String()})
		}
		written, err := json.Marshal(request)
		if err != nil {
			t.Fatal(err)
		}
		again, err := d.answer(deadlineLine{text: written})
		if diff := cmp.Diff(answer, again); diff != "" || err != nil {
			t.Fatalf("written out as %s: %v\n%s", written, err, diff)
		}
	})
}

func BenchmarkDeadlineLines(b *testing.B) {
	var input strings.Builder
	const lines = 1000
	for i := range lines {
		day := deadline.Date{Year: 2026, Month: time.January, Day: 1}.AddDays(i)
		fmt.Fprintf(&input, "{\"received\":\"%sT10:00:00+01:00\",\"paused\":[{\"asked\":\"%s\",\"answered\":\"%s\"}],\"extensionSent\":\"%s\"}\n",
			day, day.AddDays(1), day.AddDays(9), day.AddDays(20))
	}
	for b.Loop() {
		if err := runDeadline(b.Context(), nil, strings.NewReader(input.String()), io.Discard, io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*lines), "µs/line")
}
