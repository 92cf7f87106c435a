package desk_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/disclosure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/redaction"
	"github.com/allclaims/rightsdesk/shared/request"
)

const noteItem, callItem = "00112233aabbccdd", "ffeeddcc99887766"

// screenItems are what waits in the sample: a note and a recording.
func screenItems() []casework.ScreenItem {
	return []casework.ScreenItem{
		{Held: disclosure.Held{Item: noteItem, Place: "relations/clients/remarks", Reason: "third-party", Value: "Buurman Kees <b>belde</b>",
			Row: map[string]json.RawMessage{"company": json.RawMessage(`"Bakker BV"`)}},
			Others: []redaction.Span{{Start: 8, End: 12, Kind: redaction.Person, Confidence: redaction.Sure}}, Whole: true,
			Labels: map[string]inventory.Words{"company": {request.Dutch: "Bedrijf", request.English: "Company"}}},
		{Held: disclosure.Held{Item: callItem, Place: "recordings/calls/object", Reason: "third-voice", Value: "x.wav", File: "r/l/0001.wav"}},
	}
}

func (w *world) Screening(_ context.Context, _ casework.Actor, ref request.Reference, _, after string, _ int) (casework.Screening, error) {
	if err := w.call("Screening"); err != nil {
		return casework.Screening{}, err
	}
	if err := w.own(ref); err != nil {
		return casework.Screening{}, err
	}
	s := casework.Screening{Places: []string{"relations/clients/remarks", "recordings/calls/object"}, Cleared: []string{"recordings/calls/object"}, Open: 1, All: 2}
	if after == "" {
		s.Items, s.Next = screenItems(), callItem
	}
	return s, nil
}

func (w *world) Screen(_ context.Context, _ casework.Actor, ref request.Reference, leg string, found []request.Screened, cleared []string) error {
	return w.act("Screen", ref, []any{leg, found, cleared})
}

func (w *world) ScreenFile(_ context.Context, _ casework.Actor, ref request.Reference, _, item string) (casework.ScreenFile, error) {
	if err := w.call("ScreenFile"); err != nil {
		return casework.ScreenFile{}, err
	}
	if err := w.own(ref); err != nil || item != callItem {
		return casework.ScreenFile{}, request.Fault(request.NotFound, item, "find a file that waits")
	}
	return casework.ScreenFile{Name: "0001.wav", Body: io.NopCloser(strings.NewReader("RIFF" + strings.Repeat("x", w.padding)))}, nil
}

// each value is shown as text with its question; what was typed is given
// back with what is wrong; what was found is what casework gets.
func TestScreening(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	const path = at + "/1/nakijken"
	v.Get(path).Answers(http.StatusOK).
		Sees("Nakijken op gegevens van anderen", "Nog 1 van 2 na te kijken.", "<b>belde</b>", "Bedrijf", "Bakker BV", "Download dit bestand", "Sla deze pagina over").
		SeesNot("x.wav")
	v.Get(path + "?na=" + callItem).Answers(http.StatusOK).SeesNot("Buurman")

	v.Post(path, one("w-"+noteItem, "redact")).Answers(http.StatusUnprocessableEntity).Sees("Schrijf op welke woorden u weglaat.")
	if n := len(v.w.acts()); n != 0 {
		t.Fatalf("a form with a fault did %v", v.w.acts())
	}
	v.Post(path, one("w-"+noteItem, "redact", "m-"+noteItem, "Buurman Kees\r\n\r\n belde ", "w-"+callItem, "give", "plek", "recordings/calls/object")).
		Answers(http.StatusOK).Sees("Bewaard.")
	if v.At != path+"?na="+callItem {
		t.Errorf("after saving at %s, want the next page", v.At)
	}
	got, err := json.Marshal(v.w.got["Screen"])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"1"`, noteItem, `"finding":"redact","reason":"third-party","marks":["Buurman Kees","belde"]`, callItem, `"finding":"give"`, `["recordings/calls/object"]`} {
		if !strings.Contains(string(got), want) {
			t.Errorf("casework got %s, want %s in it", got, want)
		}
	}
	v.w.fail["Screen"] = request.Fault(request.InputRefused, "marks", "leave out words that do not stand there")
	v.Post(path, one("w-"+noteItem, "redact", "m-"+noteItem, "Piet")).Answers(http.StatusUnprocessableEntity).Sees("staat niet zo in de tekst", "Piet")
}

// what looks like another's stands marked, with its kind for who cannot see
// the mark, and ready in the box; no answer is chosen, so nothing is left out or
// given until an officer says so.
func TestScreeningProposes(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	const path = at + "/1/nakijken"
	page := v.Get(path).Answers(http.StatusOK).Sees("Gemarkeerd: 1.", "Deze tekst gaat niet mee, behalve als u ja kiest.")
	html := page.Body
	for _, want := range []string{`Buurman <mark>Kees<span class="away"> (naam)</span></mark> &lt;b&gt;`, "Kees</textarea>"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(html, `value="redact" checked`) || strings.Contains(html, `value="withhold" checked`) {
		t.Error("an answer is chosen for the officer")
	}
	// The box as it stood, sent with another answer, leaves nothing out.
	v.Post(path, one("m-"+noteItem, "Kees", "w-"+noteItem, "give")).Answers(http.StatusOK)
	got, err := json.Marshal(v.w.got["Screen"])
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(got), `"finding":"give"`) || strings.Contains(string(got), "Kees") {
		t.Errorf("casework got %s", got)
	}
}

// A43: a file that waits is a download that no browser opens by itself.
func TestScreenFile(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	resp := v.RoundTrip(http.MethodGet, at+"/1/nakijken/"+callItem, nil)
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || string(b) != "RIFF" {
		t.Errorf("the file holds %q, %v", b, err)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/octet-stream", "Content-Disposition": `attachment; filename="0001.wav"`,
		"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	v.Get(at + "/1/nakijken/0000").Answers(http.StatusNotFound)
	v.w.padding = 4<<20 - len("RIFF")
	most := v.RoundTrip(http.MethodGet, at+"/1/nakijken/"+callItem, nil)
	defer most.Body.Close()
	if n, err := io.Copy(io.Discard, most.Body); err != nil || n != 4<<20 || most.StatusCode != http.StatusOK {
		t.Errorf("the largest file: %d bytes, status %d, %v", n, most.StatusCode, err)
	}
	v.w.padding++
	v.Weight = 0
	v.Get(at + "/1/nakijken/" + callItem).Answers(http.StatusRequestEntityTooLarge).Sees("in het systeem zelf")
}
