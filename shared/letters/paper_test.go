package letters

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"github.com/allclaims/rightsdesk/shared/request"
)

// drawn is one piece of text as the PDF draws it, in millimetres from the upper
// left corner; width is by the font's own measures.
type drawn struct {
	page     int
	x, y     float64
	size     float64
	width    float64
	words    string
	fontName string
}

var (
	streamShape = regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`)
	fontSet     = regexp.MustCompile(`BT /(F\w+) ([\d.]+) Tf ET`)
	textDrawn   = regexp.MustCompile(`(?s)BT ([\d.]+) ([\d.]+) Td \(((?:\\.|[^\\)])*)\) Tj ET`)
	fontOfName  = regexp.MustCompile(`/(F\w+) (\d+) 0 R`)
	baseFont    = regexp.MustCompile(`(?s)\b(\d+) 0 obj\s*<</Type /Font\s*/Subtype /Type0\s*/BaseFont /(\w+)`)
)

// pieces takes a PDF apart: what it draws, where, in which font.
func pieces(t *testing.T, pdf []byte) []drawn {
	t.Helper()
	names := map[string]string{} // F… → base font
	byObject := map[string]string{}
	for _, m := range baseFont.FindAllSubmatch(pdf, -1) {
		byObject[string(m[1])] = string(m[2])
	}
	for _, m := range fontOfName.FindAllSubmatch(pdf, -1) {
		names[string(m[1])] = byObject[string(m[2])]
	}
	var out []drawn
	page := 0
	for _, m := range streamShape.FindAllSubmatch(pdf, -1) {
		z, err := zlib.NewReader(bytes.NewReader(m[1]))
		if err != nil {
			continue // not compressed: no text stands there
		}
		raw, err := io.ReadAll(z)
		if err != nil {
			t.Fatalf("a stream of the file cannot be read: %v", err)
		}
		if !bytes.Contains(raw, []byte(" Tj ET")) {
			continue
		}
		page++
		var name string
		var size float64
		for len(raw) > 0 {
			f, d := fontSet.FindSubmatchIndex(raw), textDrawn.FindSubmatchIndex(raw)
			if d == nil {
				break
			}
			if f != nil && f[0] < d[0] {
				name = names[string(raw[f[2]:f[3]])]
				size = number64(t, raw[f[4]:f[5]])
				raw = raw[f[1]:]
				continue
			}
			words := unescape(t, raw[d[6]:d[7]])
			x, y := number64(t, raw[d[2]:d[3]])*mm, 297-number64(t, raw[d[4]:d[5]])*mm
			out = append(out, drawn{page, x, y, size, widthOf(t, name, size, words), words, name})
			raw = raw[d[1]:]
		}
	}
	return out
}

func number64(t *testing.T, b []byte) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func unescape(t *testing.T, b []byte) string {
	t.Helper()
	var raw []byte
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) {
			i++
			if b[i] == 'r' {
				raw = append(raw, '\r')
				continue
			}
		}
		raw = append(raw, b[i])
	}
	if len(raw)%2 != 0 {
		t.Fatalf("text of %d bytes is no UTF-16", len(raw))
	}
	var u []uint16
	for i := 0; i < len(raw); i += 2 {
		u = append(u, binary.BigEndian.Uint16(raw[i:]))
	}
	return string(utf16.Decode(u))
}

var fontFiles = map[string]*sfnt.Font{"utf8go": mustParse(goregular.TTF), "utf8goB": mustParse(gobold.TTF), "utf8gomono": mustParse(gomono.TTF)}

func mustParse(ttf []byte) *sfnt.Font {
	f, err := sfnt.Parse(ttf)
	if err != nil {
		panic(err)
	}
	return f
}

// widthOf measures words with another reader of the font than the writer's.
func widthOf(t *testing.T, name string, size float64, words string) float64 {
	t.Helper()
	f, ok := fontFiles[name]
	if !ok {
		t.Fatalf("text in font %q, which is not one of ours", name)
	}
	var b sfnt.Buffer
	em := fixed.I(1000)
	var sum fixed.Int26_6
	for _, r := range words {
		g, err := f.GlyphIndex(&b, r)
		if err != nil || g == 0 {
			t.Fatalf("the font has no glyph for %q", r)
		}
		a, err := f.GlyphAdvance(&b, g, em, font.HintingNone)
		if err != nil {
			t.Fatal(err)
		}
		sum += a
	}
	return float64(sum) / 64 / 1000 * size * mm
}

// bare is text without any space, to compare what lines break differently.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

func printed(t *testing.T, o Order) Paper {
	t.Helper()
	p, err := Print(o, SampleHouse(), SampleSecretFor(o), SampleEnvelope(o.Kind))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The paper says what the text says, whole and in order, inside its margins,
// and the window shows the address and nothing of the letter.
func TestPaperSaysWhatTheTextSays(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, o Order) {
		p := printed(t, o)
		got := pieces(t, p.PDF)
		var text, address strings.Builder
		feet := map[int]string{}
		lines := map[int]int{}
		for _, d := range got {
			if d.x < 20 || d.x+d.width > body.right+0.1 {
				t.Errorf("page %d: %q runs from %.1f to %.1f mm", d.page, d.words, d.x, d.x+d.width)
			}
			switch {
			case d.y > 280:
				feet[d.page] += d.words + " "
				continue
			case d.y > later.bottom || d.y < 18:
				t.Errorf("page %d: %q stands at %.1f mm", d.page, d.words, d.y)
			}
			if d.page == 1 && d.y > window.top-5 && d.y < window.bottom+5 {
				if d.x < window.left || d.x+d.width > window.right || d.y-d.size*mm < window.top || d.y > window.bottom {
					t.Errorf("%q does not lie inside the window: %.1f to %.1f, %.1f mm", d.words, d.x, d.x+d.width, d.y)
				}
				address.WriteString(d.words + "\n")
				continue
			}
			text.WriteString(d.words)
			lines[d.page]++
		}
		// A greeting of two lines does not travel alone.
		if lines[p.Pages] < 4 {
			t.Errorf("the last page has %d lines only", lines[p.Pages])
		}
		env := SampleEnvelope(o.Kind)
		if want := "Retouradres: All Claims B.V., Voorbeeldstraat 1, 1234 AB Voorbeeldstad\n" + strings.Join(env.Lines, "\n") + "\n"; o.Language == request.Dutch && address.String() != want {
			t.Errorf("the window shows %q, want %q", address.String(), want)
		}
		rest := bare(text.String())
		d := document0(t, o)
		for _, want := range append([]string{SampleHouse().LegalName, d.subject}, textLines(d)...) {
			i := strings.Index(rest, bare(want))
			if i < 0 {
				t.Fatalf("%q is not on the paper, or not in its place", want)
			}
			rest = rest[i+len(bare(want)):]
		}
		for n := 1; n <= p.Pages; n++ {
			want := fmt.Sprintf(paperWords[o.Language].page, n, p.Pages)
			if !strings.Contains(feet[n], want) || !strings.Contains(feet[n], d.subject) {
				t.Errorf("page %d ends with %q, want %q", n, feet[n], want)
			}
		}
		if len(feet) != p.Pages || p.Pages > 3 {
			t.Errorf("%d pages, said to be %d", len(feet), p.Pages)
		}
	}
	for _, o := range every() {
		t.Run(o.name(), func(t *testing.T) {
			t.Parallel()
			check(t, o.sample(t))
		})
	}
	for _, lang := range Languages {
		o, err := SampleCombined(lang)
		if err != nil {
			t.Fatal(err)
		}
		check(t, o)
	}
}

func textLines(d document) []string {
	var out []string
	for _, e := range d.elements {
		for _, l := range e.Lines {
			out = append(out, words(l))
		}
	}
	return out
}

// No third party has a part in it; a screen reader knows its language; the
// archive can compare two files.
func TestPaperIsWholeAndTheSameEachTime(t *testing.T) {
	t.Parallel()
	for lang, locale := range map[request.Language]string{request.Dutch: "nl-NL", request.English: "en-GB"} {
		o, err := Sample(Erased, lang, "")
		if err != nil {
			t.Fatal(err)
		}
		p := printed(t, o)
		for _, want := range []string{"/Lang (" + locale + ")", "/CreationDate (D:20260327", "/Title (", "/MediaBox [0 0 595.28 841.89]", "/ToUnicode"} {
			if !bytes.Contains(p.PDF, []byte(want)) {
				t.Errorf("%s: the file has no %s", lang, want)
			}
		}
		if embedded, used := bytes.Count(p.PDF, []byte("/FontFile2")), bytes.Count(p.PDF, []byte("/Subtype /Type0")); embedded < used || used == 0 {
			t.Errorf("%s: %d of %d fonts are inside the file", lang, embedded, used)
		}
		for _, no := range []string{"/URI", "http", "/JavaScript", "/Subtype /Image"} {
			if bytes.Contains(p.PDF, []byte(no)) {
				t.Errorf("%s: the file holds %s", lang, no)
			}
		}
		if again := printed(t, o); !bytes.Equal(p.PDF, again.PDF) {
			t.Errorf("%s: the same letter printed twice is two different files", lang)
		}
		env := SampleEnvelope(o.Kind)
		env.Date = "2026-03-28"
		if other, err := Print(o, SampleHouse(), "", env); err != nil || bytes.Equal(p.PDF, other.PDF) {
			t.Errorf("%s: a letter of another day is the same file, %v", lang, err)
		}
		m := render(t, o)
		if p.Template != m.Template || strings.Join(p.Rows, " ") != strings.Join(m.Rows, " ") || strings.Join(p.Blocks, " ") != strings.Join(m.Blocks, " ") {
			t.Errorf("%s: the paper is recorded as %s %v, the mail as %s %v", lang, p.Template, p.Rows, m.Template, m.Rows)
		}
	}
}

// Long names and addresses wrap inside the window; what does not fit is said
// before it is printed.
func TestAddressInTheWindow(t *testing.T) {
	t.Parallel()
	o, err := Sample(Refusal, request.Dutch, "")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		lines []string
		want  string // text in the window, without spaces; "" for a refusal
	}{
		"long name": {[]string{"Stichting Administratiekantoor van de Nalatenschap van Mevrouw Wilhelmina Voorbeeld-van der Heijden", "Burgemeester van Voorbeeldstraatweg 1234 bis A", "1234 AB  VOORBEELDSTAD AAN DE RIJN"},
			"StichtingAdministratiekantoorvandeNalatenschapvanMevrouwWilhelminaVoorbeeld-vanderHeijdenBurgemeestervanVoorbeeldstraatweg1234bisA1234ABVOORBEELDSTADAANDERIJN"},
		"one long word": {[]string{strings.Repeat("Voorbeeld", 12), "Straat 1", "1234 AB  STAD"}, strings.Repeat("Voorbeeld", 12) + "Straat11234ABSTAD"},
		"six lines":     {[]string{"Sam Voorbeeld", "p/a Kim Voorbeeld", "Straat 1", "1234 AB  STAD", "Provincie", "BELGIË"}, "SamVoorbeeldp/aKimVoorbeeldStraat11234ABSTADProvincieBELGIË"},
		"empty lines":   {[]string{" ", "Sam Voorbeeld", "", "Straat 1", "1234 AB  STAD"}, "SamVoorbeeldStraat11234ABSTAD"},
		"line breaks":   {[]string{"Sam\r\nVoorbeeld", "Straat\u202e 1", "1234 AB  STAD"}, "SamVoorbeeldStraat11234ABSTAD"},
		"none":          {nil, ""},
		"blank":         {[]string{" "}, ""},
		"too many":      {strings.Split(strings.Repeat("regel ", 12), " "), ""},
		"too long":      {[]string{strings.Repeat("x", 900)}, ""},
	} {
		p, err := Print(o, SampleHouse(), "", Envelope{Lines: c.lines, Date: "2026-03-26"})
		if c.want == "" {
			var fault *ValueError
			if !errors.As(err, &fault) || fault.Placeholder != "address_lines" || strings.Contains(err.Error(), "regel") {
				t.Errorf("%s: error %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got string
		for _, d := range pieces(t, p.PDF) {
			if d.page == 1 && d.y > window.top && d.y < 86 && d.size >= 8 {
				got += bare(d.words)
				if d.x < window.left || d.x+d.width > window.right || d.y > window.bottom || d.y-d.size*mm < window.top {
					t.Errorf("%s: %q lies outside the window", name, d.words)
				}
			}
		}
		if got != c.want {
			t.Errorf("%s: the window shows %q, want %q", name, got, c.want)
		}
	}
	for _, date := range []string{"", "26-03-2026", "2026-02-30"} {
		if _, err := Print(o, SampleHouse(), "", Envelope{Lines: []string{"Sam"}, Date: date}); err == nil {
			t.Errorf("a letter of %q was printed", date)
		}
	}
}

// A letter that the law demands does not fail because of a name; what the font
// lacks is told to whoever prints it.
func TestPaperWritesNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ drawn, missing string }{
		"Zoë Çelik-Łukasiewicz": {"Zoë Çelik-Łukasiewicz", ""},
		"Şahin Ğüneş İpek":      {"Şahin Ğüneş İpek", ""},
		"Νίκος Иванов":          {"Νίκος Иванов", ""},
		"Zoe\u0308 Voorbeeld":   {"Zoë Voorbeeld", ""},
		"Nguyễn Văn Ả":          {"Nguyen Văn A", "Ảễ"},
		"李 Voorbeeld":           {"? Voorbeeld", "李"},
		"Sam 😀":                 {"Sam ?", "😀"},
		"€ 12,50 – ‘Sam’":       {"€ 12,50 – ‘Sam’", ""},
	} {
		o, err := Sample(Refusal, request.Dutch, "")
		if err != nil {
			t.Fatal(err)
		}
		o.Values["name"] = name
		p, err := Print(o, SampleHouse(), "", SampleEnvelope(o.Kind))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		found := false
		for _, d := range pieces(t, p.PDF) {
			found = found || d.words == "Beste "+want.drawn+","
		}
		if !found || p.Missing != want.missing {
			t.Errorf("%q is not drawn as %q, or %q is not what is missing", name, want.drawn, p.Missing)
		}
	}
}

// A long letter breaks between pages, and no heading is left alone below.
func TestPaperBreaksPages(t *testing.T) {
	t.Parallel()
	o, err := Sample(QuestionReply, request.English, "")
	if err != nil {
		t.Fatal(err)
	}
	for n := range 140 {
		o.Lists["answer"] = append(o.Lists["answer"], fmt.Sprintf("This is sentence number %d of a very long answer to a question that somebody asked.", n))
	}
	p := printed(t, o)
	if p.Pages < 4 {
		t.Fatalf("%d pages", p.Pages)
	}
	last := map[int]drawn{}
	for _, d := range pieces(t, p.PDF) {
		if d.y < 280 && d.y > last[d.page].y {
			last[d.page] = d
		}
	}
	for page, d := range last {
		if d.fontName == "utf8goB" {
			t.Errorf("page %d ends with the heading %q", page, d.words)
		}
	}
}
