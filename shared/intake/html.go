package intake

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// hiddenStyle finds the tricks by which HTML mail hides words from the reader:
// preheaders, tracking texts, and texts meant for a machine alone.
var hiddenStyle = express(`(?i)display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|(?:font-size|max-height|opacity)\s*:\s*0(?:\.0+)?(?:px|pt|em|%)?\s*(?:[;!]|$)`)

// quoteMark finds the boxes in which mail programs put what is answered to.
var quoteMark = express(`(?i)\b(?:yahoo_quoted|protonmail_quote|zmail_extra)\b`)

// htmlText renders HTML as the text a reader sees: no scripts, no styles, no
// hidden words, quotes marked with "> ". hidden tells that words were left out
// that carry letters. It reads tokens, not a tree, so that depth costs nothing.
func htmlText(source string) (text string, hidden bool) {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(source))
	z.SetMaxBuf(maxLeafText)
	var (
		skip      string // the element whose content is not read, with
		skipDepth int    // how many of the same name are open
		isHidden  bool   // whether it is skipped because it is hidden
		quote     int
		quotes    []string // names of the elements that opened a quote
		pre       int
		fresh     = true
	)
	newline := func() {
		s := b.String()
		if len(s) > 1 && strings.HasSuffix(s, "\n\n") {
			return
		}
		b.WriteByte('\n')
		fresh = true
	}
	mark := func() {
		if fresh && quote > 0 {
			b.WriteString(strings.Repeat("> ", min(quote, 5)))
		}
		fresh = false
	}
	for b.Len() < 8*MaxTextBytes {
		switch z.Next() {
		case html.ErrorToken:
			return b.String(), hidden
		case html.TextToken:
			data := string(z.Text())
			if skip != "" {
				if isHidden && strings.ContainsFunc(data, isLetter) {
					hidden = true
				}
				continue
			}
			if pre > 0 {
				for i, line := range strings.Split(data, "\n") {
					if i > 0 {
						newline()
					}
					if line != "" {
						mark()
						b.WriteString(line)
					}
				}
				continue
			}
			words := strings.Fields(data)
			if len(words) == 0 {
				if !fresh && data != "" {
					b.WriteByte(' ')
				}
				continue
			}
			if !fresh && isSpace(data[0]) {
				b.WriteByte(' ')
			}
			mark()
			b.WriteString(strings.Join(words, " "))
			if isSpace(data[len(data)-1]) {
				b.WriteByte(' ')
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			raw := z.Raw()
			selfClosing := len(raw) > 2 && raw[len(raw)-2] == '/'
			nameBytes, more := z.TagName()
			name := string(nameBytes)
			style, class, id, hiddenAttr := "", "", "", false
			for n := 0; more && n < 50; n++ {
				var k, v []byte
				k, v, more = z.TagAttr()
				switch string(k) {
				case "style":
					style = string(v)
				case "class":
					class = string(v)
				case "id":
					id = string(v)
				case "hidden":
					hiddenAttr = true
				case "type":
				}
			}
			void := voidElement(name) || selfClosing
			if skip != "" {
				if name == skip && !void {
					if impliedEnd(name) && skipDepth == 1 {
						skip = "" // an unclosed p, li or cell ends where the next begins
					} else {
						skipDepth++
					}
				}
				if skip != "" {
					continue
				}
			}
			switch atom.Lookup([]byte(name)) {
			case atom.Script, atom.Style, atom.Title, atom.Template, atom.Noscript, atom.Object, atom.Svg, atom.Select, atom.Textarea:
				if !void {
					skip, skipDepth, isHidden = name, 1, false
				}
				continue
			}
			if !void && (hiddenAttr || hiddenStyle.MatchString(style) && !strings.Contains(id, "divRplyFwdMsg")) && name != "body" && name != "html" {
				skip, skipDepth, isHidden = name, 1, true
				continue
			}
			switch atom.Lookup([]byte(name)) {
			case atom.Br:
				b.WriteByte('\n')
				fresh = true
			case atom.Hr:
				newline()
			case atom.Pre:
				newline()
				pre++
			case atom.Li:
				newline()
				mark()
				b.WriteString("- ")
			case atom.Td, atom.Th:
				if !fresh {
					b.WriteByte(' ')
				}
			case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Table, atom.Ul, atom.Ol:
				newline()
				if !fresh || b.Len() > 0 {
					newline()
				}
			case atom.Div, atom.Tr, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Center, atom.Dt, atom.Dd:
				if !fresh {
					newline()
				}
			}
			if !void && (name == "blockquote" || quoteMark.MatchString(class)) && !strings.Contains(style, "margin:0 0 0 40px") {
				newline()
				quote++
				quotes = append(quotes, name)
			}
		case html.EndTagToken:
			nameBytes, _ := z.TagName()
			name := string(nameBytes)
			if skip != "" {
				if name == skip {
					if skipDepth--; skipDepth == 0 {
						skip = ""
					}
				}
				continue
			}
			if name == "blockquote" && quote > 0 && len(quotes) > 0 && quotes[len(quotes)-1] == name {
				quote--
				quotes = quotes[:len(quotes)-1]
				newline()
			}
			switch atom.Lookup([]byte(name)) {
			case atom.Pre:
				pre = max(0, pre-1)
				newline()
			case atom.P, atom.Div, atom.Tr, atom.Table, atom.Ul, atom.Ol, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
				if !fresh {
					newline()
				}
			}
		}
	}
	return b.String(), hidden
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func isLetter(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

func voidElement(name string) bool {
	switch name {
	case "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr":
		return true
	}
	return false
}

// impliedEnd reports whether the next element of this name closes an open one.
func impliedEnd(name string) bool {
	switch name {
	case "p", "li", "td", "th", "tr", "dt", "dd", "option":
		return true
	}
	return false
}
