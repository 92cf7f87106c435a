package letters

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Envelope is what a letter on paper needs beside its words.
type Envelope struct {
	// Lines are the name and address as they stand in the window, at most six
	// (PostNL): name, street and number, postcode and town, country.
	Lines []string
	// Date is the day on the letter, YYYY-MM-DD; the file says it was made then,
	// so that the same letter is the same bytes.
	Date string
}

// Paper is a letter ready to print: A4, to fold into a window envelope.
type Paper struct {
	PDF   []byte
	Pages int
	// Missing holds the characters that the font cannot write and that stand as
	// a question mark; whoever prints the letter looks at them.
	Missing string
	// Template, Rows and Blocks are those of the letter, as in Mail (D-4).
	Template     string
	Rows, Blocks []string
}

// rect is a part of the page, in millimetres from its upper left corner.
type rect struct{ left, top, right, bottom float64 }

func (r rect) width() float64 { return r.right - r.left }

// The page, in millimetres. The window is where a Dutch DL or C5 envelope with
// its window at the left (about 35 by 100 mm, 20 mm from the left and 50 mm
// from the top) shows the paper wherever it lies: a sheet can slip some ten
// millimetres to the side and down.
var (
	window = rect{20, 50, 110, 80}
	body   = rect{25, 112, 185, 272} // of the first page
	later  = rect{25, 25, 185, 272}  // of the pages after it
)

const (
	textSize, textStep       = 10.5, 5.1
	headingSize, headingStep = 11, 5.4
	factSize, factStep       = 9.5, 4.7
	codeSize, codeStep       = 18, 9
	returnSize               = 7
	paragraphGap             = 2.6
	mm                       = 25.4 / 72 // of a point
)

// folds are where the sheet is folded for a DL envelope, and for a C5 one.
var folds = []float64{99, 148.5, 198}

// paperWords are the words that only the paper has.
var paperWords = map[request.Language]struct{ back, subject, page, locale string }{
	request.Dutch:   {"Retouradres: ", "Onderwerp: ", "%d van %d", "nl-NL"},
	request.English: {"Return to: ", "Subject: ", "%d of %d", "en-GB"},
}

// Print writes the letter that the order asks for as a PDF, from the same rows
// as Render: address in the window, page numbers, fonts inside the file, its
// language and title set. Errors are those of Render; a date that is none or an
// address that does not fit the window is a *ValueError too.
func Print(o Order, h House, secret string, to Envelope) (Paper, error) {
	d, err := compose(o, h, secret)
	if err != nil {
		return Paper{}, err
	}
	dated, err := time.Parse(time.DateOnly, to.Date)
	if err != nil {
		return Paper{}, &ValueError{o.Kind, "letter_date", "must be a date as YYYY-MM-DD"}
	}
	p := &press{pdf: fpdf.New("P", "mm", "A4", ""), said: paperWords[d.language]}
	for style, ttf := range map[string][]byte{"": goregular.TTF, "B": gobold.TTF} {
		p.pdf.AddUTF8FontFromBytes("go", style, bytes.Clone(ttf))
	}
	p.pdf.AddUTF8FontFromBytes("gomono", "", bytes.Clone(gomono.TTF))
	if err := p.window(o.Kind, h, to.Lines); err != nil {
		return Paper{}, err
	}
	p.head(h, day(d.language, dated), d.subject)
	p.letter(d.elements)
	raw, err := p.write(d, h, dated)
	if err != nil {
		return Paper{}, fmt.Errorf("letters: %s: writing PDF: %w", o.Kind, err)
	}
	return Paper{PDF: raw, Pages: len(p.pages), Missing: p.missing(), Template: d.template, Rows: d.rows, Blocks: d.blocks}, nil
}

// ink is one line of words at its place: left edge and base line.
type ink struct {
	x, y   float64
	family string
	style  string
	size   float64
	grey   bool
	words  string
}

// press lays a letter out before it writes a byte, so that page one of three
// can say so.
type press struct {
	pdf   *fpdf.Fpdf
	said  struct{ back, subject, page, locale string }
	pages [][]ink
	// y is the top of the next line on the last page.
	y    float64
	lost map[rune]bool
}

func (p *press) put(i ink) {
	i.words = p.writable(i.words)
	p.pages[len(p.pages)-1] = append(p.pages[len(p.pages)-1], i)
}

// window puts the return address and the address where the envelope shows them.
func (p *press) window(kind Kind, h House, address []string) error {
	p.pages = [][]ink{nil}
	left := body.left
	width := window.right - left - 2
	y := window.top + 3
	sender := p.said.back + strings.Join(full(clean(h.LegalName), clean(h.Address)), ", ")
	for _, l := range p.wrap("go", "", returnSize, width, sender) {
		p.put(ink{x: left, y: y, family: "go", size: returnSize, grey: true, words: l})
		y += returnSize * mm * 1.2
	}
	y += 1
	for _, size := range []float64{10, 9, 8} {
		var lines []string
		for _, l := range address {
			if l = spaced(l); l != "" {
				lines = append(lines, p.wrap("go", "", size, width, l)...)
			}
		}
		step := size * mm * 1.19
		if len(lines) == 0 {
			return &ValueError{kind, "address_lines", "has no value"}
		}
		if y+float64(len(lines))*step > window.bottom {
			continue
		}
		for _, l := range lines {
			y += step
			p.put(ink{x: left, y: y - step*0.25, family: "go", size: size, words: l})
		}
		return nil
	}
	return &ValueError{kind, "address_lines", "does not fit the window"}
}

// head puts who writes, when and about what.
func (p *press) head(h House, date, subject string) {
	name := strings.TrimSpace(clean(h.LegalName))
	for i, l := range p.wrap("go", "B", 15, body.width(), name) {
		p.put(ink{x: body.left, y: 24 + 6.5*float64(i), family: "go", style: "B", size: 15, words: l})
	}
	p.put(ink{x: body.left, y: 91, family: "go", size: textSize, words: date})
	p.y = 97
	for _, l := range p.wrap("go", "B", textSize, body.width(), p.said.subject+subject) {
		p.put(ink{x: body.left, y: p.y, family: "go", style: "B", size: textSize, words: l})
		p.y += textStep
	}
	p.y = max(p.y+4, body.top-8)
}

// strip is one printed line on its way to a page.
type strip struct {
	ink    []ink // with y from the top of the line
	height float64
	// gap is the room above it, which the top of a page swallows.
	gap float64
	// tied strips stay on the page of the strip after them.
	tied bool
}

// letter puts the strips, a new page where one is full.
func (p *press) letter(elements []element) {
	strips := p.strips(elements)
	for len(strips) > 0 {
		n, height := 1, strips[0].gap+strips[0].height
		for n < len(strips) && strips[n-1].tied {
			height += strips[n].gap + strips[n].height
			n++
		}
		if p.y+height > later.bottom && p.y > later.top && height <= later.bottom-later.top {
			p.turn()
		}
		for _, r := range strips[:n] {
			if p.y+r.gap+r.height > later.bottom {
				p.turn()
			}
			if p.y > later.top {
				p.y += r.gap
			}
			for _, i := range r.ink {
				i.y += p.y
				p.put(i)
			}
			p.y += r.height
		}
		strips = strips[n:]
	}
}

// strips breaks a letter in lines and says which of them a page may not part: a
// heading and the lines below it, the last words before a list and its first
// items, the two lines at either end of a paragraph, and the greeting with what
// stands above it, for a page with our name alone says nothing.
func (p *press) strips(elements []element) []strip {
	var strips []strip
	gap := 0.0
	for n, e := range elements {
		style, size, step, indent := "", textSize, textStep, 0.0
		family := "go"
		switch e.Kind {
		case legHeading:
			style, size, step = "B", 13, 6.4
			gap += 3
		case heading:
			style, size, step = "B", headingSize, headingStep
			gap += 1.2
		case list:
			indent = 4.5
		case facts:
			size, step = factSize, factStep
		case code:
			family, size, step = "gomono", codeSize, codeStep
		}
		var parts [][]strip // an item of a list each, or the whole element
		for _, spans := range e.Lines {
			var part []strip
			for i, l := range p.wrap(family, style, size, body.width()-indent, words(spans)) {
				r := strip{height: step, gap: gap, ink: []ink{{x: body.left + indent, y: step * 0.75, family: family, style: style, size: size, grey: e.Kind == facts, words: l}}}
				if e.Kind == list && i == 0 {
					r.ink = append([]ink{{x: body.left, y: step * 0.75, family: family, size: size, words: "•"}}, r.ink...)
				}
				part, gap = append(part, r), 0
			}
			if e.Kind == list || len(parts) == 0 {
				parts = append(parts, part)
			} else {
				parts[0] = append(parts[0], part...)
			}
		}
		for i, part := range parts {
			for k := range part[:len(part)-1] {
				part[k].tied = k == 0 || k == len(part)-2 || e.Kind == facts
			}
			end := &part[len(part)-1].tied
			switch {
			case i < len(parts)-1: // no item alone at either end
				*end = i == 0 || i == len(parts)-2
			case n+1 == len(elements):
			case e.Kind == heading, e.Kind == legHeading:
				*end = true
			case elements[n+1].Kind == list && e.Kind != list:
				*end = true
			default:
				*end = n+2 == len(elements) || n+3 == len(elements) && elements[n+1].Kind == facts
			}
			strips = append(strips, part...)
		}
		if e.Kind != heading && e.Kind != legHeading {
			gap += paragraphGap
		}
	}
	return strips
}

// turn starts a page.
func (p *press) turn() {
	p.pages = append(p.pages, nil)
	p.y = later.top
}

// write makes the file.
func (p *press) write(d document, h House, dated time.Time) ([]byte, error) {
	f := p.pdf
	f.SetAutoPageBreak(false, 0)
	f.SetCatalogSort(true)
	f.SetCreationDate(dated)
	f.SetModificationDate(dated)
	f.SetTitle(d.subject, true)
	f.SetAuthor(clean(h.LegalName), true)
	f.SetCreator("rightsdesk", true)
	f.SetLang(p.said.locale)
	for n := range p.pages {
		f.AddPage()
		f.SetDrawColor(150, 150, 150)
		f.SetLineWidth(0.1)
		for _, y := range folds {
			if n == 0 {
				f.Line(5, y, 9, y)
			}
		}
		p.foot(n, d.subject)
		for _, i := range p.pages[n] {
			f.SetFont(i.family, i.style, i.size)
			if i.grey {
				f.SetTextColor(76, 88, 97)
			} else {
				f.SetTextColor(0, 0, 0)
			}
			f.Text(i.x, i.y, i.words)
		}
	}
	var out bytes.Buffer
	if err := f.Output(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// foot puts the subject, which ends with the reference, and the number of the page.
func (p *press) foot(n int, subject string) {
	last := len(p.pages)
	number := fmt.Sprintf(p.said.page, n+1, last)
	at := ink{x: body.left, y: 285, family: "go", size: 8, grey: true, words: p.writable(subject)}
	right := at
	right.x, right.words = body.right-p.measure("go", "", 8, number), number
	p.pages[n] = append(p.pages[n], at, right)
}

// measure is the width of words, in millimetres.
func (p *press) measure(family, style string, size float64, s string) float64 {
	p.pdf.SetFont(family, style, size)
	return p.pdf.GetStringWidth(s)
}

// wrap breaks words in lines of at most that width; a word that is wider, such
// as a long address, is broken wherever it must.
func (p *press) wrap(family, style string, size, width float64, s string) []string {
	s = p.writable(s)
	var lines []string
	line := ""
	fits := func(l string) bool { return p.measure(family, style, size, l) <= width }
	for _, w := range strings.Split(s, " ") {
		next := w
		if line != "" {
			next = line + " " + w
		}
		if fits(next) {
			line = next
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for !fits(w) {
			n := 0
			for i := range w {
				if i > 0 && !fits(w[:i]) {
					break
				}
				n = i
			}
			if n == 0 {
				_, n = utf8.DecodeRuneInString(w)
			}
			lines, w = append(lines, w[:n]), w[n:]
		}
		line = w
	}
	return append(lines, line)
}

// typeface is asked which characters exist. It is read when the first letter is
// printed: most functions never do.
var typeface = sync.OnceValue(func() *sfnt.Font {
	f, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		panic("letters: the font cannot be read: " + err.Error())
	}
	return f
})

func drawable(r rune) bool {
	if r > math.MaxUint16 {
		return false // the file's encoding ends there
	}
	var b sfnt.Buffer
	g, err := typeface().GlyphIndex(&b, r)
	return err == nil && g != 0
}

// writable replaces what the font lacks: a letter with a mark by the letter, if
// that is known, anything else by a question mark. A letter that the law
// demands must not fail because of a name.
func (p *press) writable(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII && !drawable(r) }) {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		if drawable(r) {
			b.WriteRune(r)
			continue
		}
		plain := strings.Map(func(d rune) rune {
			if unicode.Is(unicode.Mn, d) || !drawable(d) {
				return -1
			}
			return d
		}, norm.NFKD.String(string(r)))
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		if p.lost == nil {
			p.lost = map[rune]bool{}
		}
		p.lost[r] = true
		if plain == "" {
			plain = "?"
		}
		b.WriteString(plain)
	}
	return b.String()
}

func (p *press) missing() string {
	var out []rune
	for r := range p.lost {
		out = append(out, r)
	}
	slices.Sort(out)
	return string(out)
}

// spaced is clean, but keeps the two spaces that PostNL wants between postcode
// and town.
func spaced(s string) string {
	var out []string
	for _, part := range strings.Split(s, "  ") {
		if part = clean(part); part != "" {
			out = append(out, part)
		}
	}
	return strings.Join(out, "  ")
}

// full drops what is empty.
func full(of ...string) []string {
	return slices.DeleteFunc(of, func(s string) bool { return s == "" })
}
