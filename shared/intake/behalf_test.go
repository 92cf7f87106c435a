package intake

import "testing"

func TestFindBehalf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, capacity, name string }{
		{"Namens mijn cliënt, de heer T. Bouazza, verzoek ik u inzage te verlenen.", "lawyer", "T. Bouazza"},
		{"Namens cliënte mevrouw A. de Vries verzoek ik inzage. Volmacht is bijgevoegd.", "other", "A. de Vries"},
		{"Ik ben advocaat van mevrouw Jansen en vraag inzage.", "lawyer", ""},
		{"I write on behalf of my client Peter Smith.", "lawyer", "Peter Smith"},
		{"Als bewindvoerder van de heer K. Bakker vraag ik om een overzicht.", "administrator", "K. Bakker"},
		{"In mijn hoedanigheid van beschermingsbewindvoerder verzoek ik u het volgende.", "administrator", ""},
		{"Ik ben de curator van mevrouw P. Smit.", "curator", "P. Smit"},
		{"Als curator in het faillissement van Jan Jansen B.V. verzoek ik u", "insolvency", ""},
		{"Als mentor van mijn cliënt vraag ik dit.", "mentor", ""},
		{"Wij zijn schuldhulpverlener en willen weten wat er openstaat.", "debt-counsellor", ""},
		{"Voor mijn minderjarige zoon wil ik weten wat u bewaart.", "parent", ""},
		{"Namens onze dochter Lisa de Boer vragen wij om inzage.", "parent", "Lisa de Boer"},
		{"Mijn overleden vader kreeg brieven van u. Wilt u zijn gegevens wissen?", "heir", ""},
		{"Als erfgenaam van Karel de Groot vraag ik inzage.", "heir", "Karel de Groot"},
		{"We are the authorised agent of several people.", "", ""},
		{"As an authorized agent we request deletion on behalf of our user.", "portal", ""},
		{"Ik vraag dit namens mijn moeder.", "family", ""},
		{"I hold a power of attorney for my mother, Mrs E. Brandt. On her behalf I request a copy.", "other", "E. Brandt"},
		{"Bijgaand de machtiging van de heer Ten Broeke.", "other", ""},
		{"Ik ben gemachtigd om voor hem op te treden.", "other", ""},
		// For themselves.
		{"Namens mijzelf richt ik mij tot u met het verzoek om inzage.", "", ""},
		{"I ask this on my own behalf.", "", ""},
		{"Ik heb een bewindvoerder, maar dit vraag ik zelf.", "", ""},
		{"Mijn advocaat zegt dat ik recht heb op inzage.", "", ""},
		{"Ik heb geen machtiging tot automatische incasso gegeven.", "", ""},
		{"Ik trek mijn machtiging voor incasso in.", "", ""},
		{"U belde namens de gemeente.", "", ""},
		{"U schreef mij namens uw klant Energie Direct.", "", ""},
		{"Ik wil weten wie mijn gegevens heeft gekregen.", "", ""},
		{"Please send me my data.", "", ""},
		{"", "", ""},
	} {
		capacity, name := findBehalf(tt.text)
		if capacity != tt.capacity || tt.name != "" && name != tt.name {
			t.Errorf("findBehalf(%q) = %q, %q; want %q, %q", tt.text, capacity, name, tt.capacity, tt.name)
		}
	}
}

// Nobody who asks for themselves in the corpus of test mails is taken for a
// representative; see also TestCorpus.
func TestFindBehalfIsRare(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Geachte heer/mevrouw, hierbij verzoek ik u om inzage in al mijn persoonsgegevens op grond van artikel 15 AVG.",
		"Ik ben ondernemer en klant bij u. Mijn boekhouder vraagt om de facturen.",
		"My lawyer told me to write. I want you to erase my data.",
	} {
		if c, _ := findBehalf(text); c != "" {
			t.Errorf("%q reads as %s", text, c)
		}
	}
}
