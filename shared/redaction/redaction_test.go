package redaction

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/google/go-cmp/cmp"
)

// found lists what Find gives as kind:words.
func found(text string, known Known) []string {
	var out []string
	for _, s := range Find(text, known) {
		out = append(out, string(s.Kind)+":"+text[s.Start:s.End])
	}
	return out
}

func TestFind(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"a title and small letters", "gebeld met dhr de vries", []string{"person:de vries"}},
		{"a title and a verb", "mevrouw belt morgen, de heer begrijpt het niet", nil},
		{"a relation", "Zijn vrouw Els betaalt.", []string{"person:Els"}},
		{"a relation and a verb", "zijn vrouw betaalt, de buurman wil niets", nil},
		{"initials and prefixes", "Volgens J.A.M. van der Poel-Bruins klopt het.", []string{"person:J.A.M. van der Poel-Bruins"}},
		{"prefixes with stops", "Gesproken met K. v.d. Heuvel en mw. v/d Meer.", []string{"person:K. v.d. Heuvel", "person:v/d Meer"}},
		{"a surname first", "Zie Wiersma, T.H. van", []string{"person:Wiersma, T.H. van"}},
		{"words that are names too", "Wil je in april of mei bellen? Mark-up, groen en bakker.", nil},
		{"a name that is a word", "Ik heb Mark gesproken, en Roos.", []string{"person:Mark", "person:Roos"}},
		{"days, banks, towns", "Op Maandag belde Rabobank over Utrecht, in Maart.", nil},
		{"a company", "Factuur van Jansen Bouw B.V. en De Vries & Partners N.V.", nil},
		{"a street", "Hij woont in de Willem de Zwijgerlaan.", nil},
		{"a greeting", "Met vriendelijke groet,\n\nQ. Zwennes\nAfdeling Zorg", []string{"person:Q. Zwennes"}},
		{"a greeting and a name of no list", "Groetjes\nOxanne", []string{"person:Oxanne"}},
		{"two people", "[Pia Roos] en Xandra Ypma", []string{"person:Pia Roos", "person:Xandra Ypma"}},
		{"letters with marks", "Haar man Şükrü Çağlayan en Zoë Müller", []string{"person:Şükrü Çağlayan", "person:Zoë Müller"}},

		{"mail addresses", "van <a.b-c_1@mail.example.nl>, x@y. en @iemand", []string{"email:a.b-c_1@mail.example.nl"}},
		{"telephones", "06-12345678 of 020 123 45 67, (0318) 61 20 00, +49 (0)30 901820, 0031 6 12 34 56 78, 07700 900123",
			[]string{"phone:06-12345678", "phone:020 123 45 67", "phone:(0318) 61 20 00", "phone:+49 (0)30 901820", "phone:0031 6 12 34 56 78", "phone:07700 900123"}},
		{"no telephones", "op 06-12-2025 14:30, € 0.612.345,678, dossier 0612345678, 0800-1234567, 0900 12 34", nil},
		{"accounts", "NL91ABNA0417164300, NL91 ABNA 0417 1643 00 en BE68539007547034", []string{"account:NL91ABNA0417164300", "account:NL91 ABNA 0417 1643 00", "account:BE68539007547034"}},
		{"an account with a wrong digit", "naar NL92ABNA0417164300", []string{"account:NL92ABNA0417164300"}},
		{"no account", "GB82 ABCD 1234 5698 7654 33, rekeningnummer", nil},
		{"an account of old", "rekeningnummer 1234567 van haar", []string{"account:1234567"}},
		{"a BSN that is called so", "BSN 1112.22.333 en 123456782 (bsn)", []string{"bsn:1112.22.333", "bsn:123456782"}},
		{"nine digits", "factuur 111222333, bedrag 123456782", nil},
		{"days of birth", "geb. 12-03-1980, born on March 3, 1979, geboortedatum: 3 mei 2001", []string{"birthdate:12-03-1980", "birthdate:March 3, 1979", "birthdate:3 mei 2001"}},
		{"other days", "brief van 12-03-1980, 3 mei 2001", nil},
		{"addresses", "Kerkstraat 12a, 1234 AB Utrecht; Laan van Meerdervoort 512; 7412KL; 14 Elm Grove, Leeds LS6 2AB",
			[]string{"address:Kerkstraat 12a, 1234 AB Utrecht", "address:Laan van Meerdervoort 512", "address:7412KL", "address:14 Elm Grove, Leeds LS6 2AB"}},
		{"no addresses", "in 2026 EN 2027, € 1500 EU, artikel 12 van de wet", nil},
	} {
		if diff := cmp.Diff(tc.want, found(tc.text, Known{}), cmp.Transformer("none", func(s []string) string { return strings.Join(s, "|") })); diff != "" {
			t.Errorf("%s: %s", tc.name, diff)
		}
	}
}

// Every layout of a Dutch plate, with hyphens and, of a car, without; a date is none.
func TestPlates(t *testing.T) {
	t.Parallel()
	for form := range plateForms {
		plate := strings.NewReplacer("XXX", "KLM", "XX", "ZX", "X", "B", "999", "482", "99", "48", "9", "4").Replace(form)
		for _, text := range []string{"zag " + plate + " staan", "kenteken " + strings.ReplaceAll(plate, "-", ""), "auto " + strings.ToLower(plate) + "."} {
			if got := found(text, Known{}); len(got) != 1 || !strings.HasPrefix(got[0], "plate:") {
				t.Errorf("%s: %q", text, got)
			}
		}
		if got := found("order "+strings.ReplaceAll(plate, "-", ""), Known{}); len(got) != 0 && form != "99-99-XX" { // that is a postcode as well
			t.Errorf("an order number is %q", got)
		}
	}
	for _, text := range []string{"op 3-mei-26", "12-mrt-6", "D-88213", "12-34-56", "B-482-KLM"} {
		if got := found(text, Known{}); len(got) != 0 {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// What is the subject's own is not found in any of its forms; what only looks like it is.
func TestKnown(t *testing.T) {
	t.Parallel()
	known := Known{
		Names: []string{"Dhr. J.P. van der Berg", "All Claims"}, Emails: []string{"Jan@Berg.example", "info@allclaims.example"}, Phones: []string{"06-12345678"},
		Accounts: []string{"NL91 ABNA 0417 1643 00"}, Plates: []string{"xk-123-p"}, Addresses: []string{"Damrak 5", "1012 AB", "Amsterdam"},
		Numbers: []string{"2026-00417", "123456782"}, Birthdates: []string{"1980-03-12"},
	}
	for _, own := range []string{
		"J.P. van der Berg", "dhr. Van der Berg", "de heer v.d. Berg", "Berg, J.P. van der", "Jan van der Berg", "meneer J. van den Berg", "DE HEER VAN DER BERG IS BOOS",
		"JAN@berg.example", "+31 6 1234 5678", "0031612345678", "NL91ABNA0417164300", "auto XK123P", "Damrak 5, 1012AB Amsterdam", "geboren 12 maart 1980", "BSN 123456782",
	} {
		if got := found("Betreft "+own+".", known); len(got) != 0 {
			t.Errorf("%s: found %q", own, got)
		}
	}
	for text, want := range map[string]string{
		"Zijn vrouw mevr. Van der Berg belt":   "person:Van der Berg",
		"Zijn zoon Jeroen van der Berg belt":   "person:Jeroen van der Berg",
		"Gesproken met mw. Van der Berg":       "person:Van der Berg",
		"Gesproken met K. van der Berg":        "person:K. van der Berg",
		"mevrouw Van der Berg-Kuiper tekent":   "person:Van der Berg-Kuiper",
		"de heer Van der Berg senior tekent":   "person:Van der Berg senior",
		"mail naar j.berg@allclaims.example":   "email:j.berg@allclaims.example",
		"Damrak 7, 1012 AB Amsterdam":          "address:Damrak 7, 1012 AB Amsterdam",
		"geboren 12-03-1981 te Ede":            "birthdate:12-03-1981",
		"kenteken XK-124-P":                    "plate:XK-124-P",
		"rekening NL20INGB0001234567 van haar": "account:NL20INGB0001234567",
	} {
		if got := found(text, known); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestPropose(t *testing.T) {
	t.Parallel()
	text := "Els belde, en Els mailt els@x.example."
	spans := Find(text, Known{})
	if got, want := Propose(text, spans, request.Dutch), "[weggelaten] belde, en [weggelaten] mailt [weggelaten]."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := Propose(text, spans[:1], request.English), "[left out] belde, en Els mailt els@x.example."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := Words(text, spans), []string{"Els", "els@x.example"}; !slices.Equal(got, want) {
		t.Errorf("words %q, want %q", got, want)
	}
}

// FuzzFind: whatever a note holds, the finds are in order, stand apart, begin
// and end at letters, and are the same the second time.
func FuzzFind(f *testing.F) {
	for _, name := range []string{"nl-tuned", "en-tuned"} {
		for _, n := range notes(f, name) {
			f.Add(n.text)
		}
	}
	f.Add("J. J. J. \xff\xfe v.d. 't 's-Gravenhage @@a@b.c.@ +(0)31-.-06 1 NL9 K-1- ,J.")
	known := Known{Names: []string{"Jan de Vries", "x", ",", "."}, Phones: []string{"06"}, Addresses: []string{"\xff"}, Birthdates: []string{"1-1-", "a b c"}}
	f.Fuzz(func(t *testing.T, text string) {
		spans := Find(text, known)
		at := 0
		for _, s := range spans {
			if s.Start < at || s.End <= s.Start || s.End > len(text) || !slices.Contains(Kinds, s.Kind) || s.Confidence != Likely && s.Confidence != Sure {
				t.Fatalf("%+v after %d in %q", s, at, text)
			}
			if w := text[s.Start:s.End]; strings.Contains(w, "\n") || strings.TrimSpace(w) != w { // an officer gets each on a line
				t.Fatalf("%+v is %q in %q", s, w, text)
			}
			if utf8.ValidString(text) && !utf8.ValidString(text[s.Start:s.End]) {
				t.Fatalf("%+v cuts a letter of %q", s, text)
			}
			at = s.End
		}
		if again := Find(text, known); !slices.Equal(spans, again) {
			t.Fatalf("%q: %v, then %v", text, spans, again)
		}
		Propose(text, spans, request.Dutch)
	})
}

// hostile are texts that make a careless reader slow: each begins a find at
// every step and ends none.
var hostile = []string{"van der ", "J.", "a.", "a@", "0-", "06-", "NL91 ", "de heer ", "vrouw, ", "12-", "+", "Jan-", "Laan van ", "1 Elm ", "'t ", "A B "}

// The speed on notes, on plain words and on what is made to be slow.
func BenchmarkFind(b *testing.B) {
	var text strings.Builder
	for _, name := range []string{"nl-tuned", "en-tuned"} {
		for _, n := range notes(b, name) {
			text.WriteString(n.text + "\n")
		}
	}
	finder := New(Known{Names: []string{"Pieter van der Berg"}})
	cases := map[string]string{"notes": strings.Repeat(text.String(), 10), "plain": strings.Repeat("de debiteur heeft gebeld over de brief en wil in drie termijnen betalen, wij wachten tot de maand om is. ", 1000)}
	for _, h := range hostile {
		cases["hostile "+strings.TrimSpace(h)] = strings.Repeat(h, 100000/len(h))
	}
	for name, s := range cases {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			b.ReportAllocs()
			for b.Loop() {
				finder.Find(s)
			}
		})
	}
}

// What the lists cost once: the first text of a function waits for it.
func BenchmarkLexicon(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		readLexicon()
	}
}
