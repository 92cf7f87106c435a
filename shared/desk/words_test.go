package desk_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Every page on which an officer acts names the day to work to before anything else.
func TestActNamesTheDayFirst(t *testing.T) {
	for _, path := range []string{"/lezen", "/1/besluit", "/2/goedkeuren", "/1/vrijgeven", "/1/wie", "/4/tegenhouden", "/5/uitgevoerd", "/1/vraag"} {
		v := signedIn(t, "o-9", "officer", "approver")
		v.Get(at + path).Answers(http.StatusOK)
		first := ""
		walk(v.Doc, func(n *html.Node) {
			if n.Data == "dt" && first == "" {
				first = text(n)
			}
		})
		if first != "Werk toe naar" {
			t.Errorf("%s names %q first", path, first)
		}
		v.Sees("nog 8 werkdagen")
	}
	v := signedIn(t, "o-9", "officer")
	v.Post(at+"/1/besluit", one("besluit", "granted")).Answers(http.StatusOK).Sees("Klopt dit besluit?", "Werk toe naar wo 2 dec 2026 (nog 8 werkdagen)")
}

// What is told after an approval is what follows from it: a wait, or a letter.
func TestApprovedTellsWhatFollows(t *testing.T) {
	v := signedIn(t, "o-9", "officer", "approver")
	v.w.view.Request.Leg("2").Decision.Outcome = request.Refused
	v.Post(at+"/2/goedkeuren", one("actie", "goed")).Sees("Goedgekeurd. De brief gaat nu weg.").SeesNot("nog tegen te houden")
}

// before a decision an officer is led to what nobody has screened yet.
func TestDecideLeadsToScreening(t *testing.T) {
	v := signedIn(t, "o-9", "officer")
	v.Get(at + "/1/besluit").Sees("gegevens van anderen in staan: 2 plekken")
	if !slices.Contains(hrefs(v), at+"/1/nakijken") {
		t.Error("no way to screen")
	}
	l := v.w.view.Request.Leg("1")
	l.Cleared = l.Review[:1]
	v.Get(at + "/1/besluit").Sees("gegevens van anderen in staan: 1 plek.")
	l.Cleared = l.Review
	v.Get(at + "/1/besluit").SeesNot("Kijk eerst na")
}

// A task without a page says in its own words what ticking it off means.
func TestTicks(t *testing.T) {
	for kind, button := range map[string]string{
		"not-me": "Uitgezocht: ga verder", "reply": "Ik heb geantwoord", "deadline": "Ik heb het gezien", "stuck": "Opgelost", "chase-client": "Dit is gedaan", "client-gone": "De nieuwe gegevens staan in de lijst",
	} {
		v := signedIn(t, "o-9", "officer")
		v.w.view.Request.Tasks = []request.Task{{ID: "1", Kind: kind, Role: "officer"}}
		found := false
		walk(v.Get(at).Answers(http.StatusOK).Doc, func(n *html.Node) { found = found || n.Data == "button" && strings.HasPrefix(text(n), button+": ") })
		if !found {
			t.Errorf("%s has no button %q", kind, button)
		}
	}
}

// Proof that falls short says so.
func TestProofFallsShort(t *testing.T) {
	v := signedIn(t, "o-9", "officer")
	v.w.view.Request.Leg("1").Has = request.L1
	v.Get(at).Sees("nog niet genoeg bewijs (L1, nodig is L2)")
}

// A letter that went out without a copy does not promise that it still goes.
func TestLetterWithoutCopy(t *testing.T) {
	for state, want := range map[post.State]string{
		post.Unsent: "Zo gaat de brief weg.", post.Print: "Zo gaat de brief weg.", post.Sent: "Er is geen kopie bewaard", post.Delivered: "Er is geen kopie bewaard",
		post.Bounced: "Er is geen kopie bewaard", post.Posted: "Er is geen kopie bewaard",
	} {
		v := signedIn(t, "o-9", "officer")
		v.w.view.Letters = []post.Letter{{ID: "request.T-01.ack", Order: letters.Order{Kind: letters.Acknowledgement}, To: post.Address{Kind: "sender", Email: "anna@voorbeeld.nl"}, State: state}}
		v.Get(brief + "/request.T-01.ack").Answers(http.StatusOK).Sees(want)
	}
}

// Lines that say the same of one day and one person are one; those that differ
// in anything an officer can read are not.
func TestTimelineFolds(t *testing.T) {
	v := signedIn(t, "o-9", "officer")
	var lines []ledger.Line
	add := func(when time.Time, actor, action, leg, reason string) {
		lines = append(lines, ledger.Line{Seq: int64(len(lines) + 1), At: when, Actor: actor, Action: action, Leg: leg, Reason: reason})
	}
	for i := range 12 {
		add(now.Add(time.Duration(i)*time.Minute), "o-1", "opened", "", "")
	}
	add(now.Add(20*time.Minute), "o-2", "opened", "", "") // somebody else
	add(now.Add(21*time.Minute), "o-2", "task-opened", "1", "decide")
	add(now.Add(22*time.Minute), "o-2", "task-opened", "2", "decide") // another part
	add(now.Add(48*time.Hour), "o-2", "opened", "", "")
	add(now.Add(72*time.Hour), "o-2", "opened", "", "") // another day
	v.w.view.Lines = lines
	v.Get(at).Sees("Verzoek geopend (12 keer)").SeesNot("(2 keer)")
	n := 0
	walk(v.Doc, func(x *html.Node) {
		if x.Data == "li" && x.Parent != nil && strings.Contains(attr(x.Parent, "class"), "timeline") {
			n++
		}
	})
	if n != 6 {
		t.Errorf("%d lines, want 6", n)
	}
}

// The box of a task in the list has a name that can be read beside it.
func TestQueueBoxHasLabel(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	v.w.queues["free"] = rows(1)
	v.Get("/?rij=vrij").Answers(http.StatusOK).Sees("De vroegste dag staat bovenaan.", "Werk toe naar").SeesNot("Veilige termijn")
	found := false
	walk(v.Doc, func(n *html.Node) {
		if n.Data == "input" && attr(n, "name") == "taak" {
			found = n.Parent.Data == "label" && strings.TrimSpace(text(n.Parent)) == "Kies" && attr(n.Parent.Parent, "data-label") == ""
		}
	})
	if !found {
		t.Error("a box without a label")
	}
}

// Where nothing is to be done, each part says whom it waits for.
func TestEveryPartSaysWhoMoves(t *testing.T) {
	v := signedIn(t, "o-9", "officer")
	r := v.w.view.Request
	r.Tasks, r.Stage = nil, request.Identified
	r.Leg("1").Phase = request.Proving
	v.Get(at).Answers(http.StatusOK).Sees("Deel 1: Wij wachten tot de persoon laat zien wie zij is", "Deel 3: Wij wachten op Bakker BV", "Deel 4: Wij wachten tot maandag 23 november 2026").
		SeesNot("Deel 5: Wij wachten")
}

// Every page of a request marks where it belongs, and only the page itself is
// called the page.
func TestNavMarksTheTab(t *testing.T) {
	for path, want := range map[string]string{
		"/": "page", at: "true", at + "/1/besluit": "true", brief + "/3.T-05.notice": "true", "/nieuw": "true", "/opdrachtgevers": "", "/opdrachtgevers/c1": "",
	} {
		v := signedIn(t, "o-9", "officer", "administrator")
		v.Get(path).Answers(http.StatusOK)
		marks := map[string]string{}
		walk(v.Doc, func(n *html.Node) {
			if n.Data == "a" && n.Parent.Parent != nil && attr(n.Parent.Parent, "class") == "nav" {
				marks[text(n)] = attr(n, "aria-current")
			}
		})
		if marks["Werk"] != want || want == "" && marks["Opdrachtgevers"] == "" {
			t.Errorf("%s marks %v", path, marks)
		}
	}
}

// On a phone what to do and by when stand before all else.
func TestCaseBeginsWithWhatToDo(t *testing.T) {
	v := signedIn(t, "o-9", "officer")
	var heads []string
	walk(v.Get(at).Doc, func(n *html.Node) {
		if n.Data == "h2" {
			heads = append(heads, text(n))
		}
	})
	if !slices.Equal(heads[:3], []string{"Nu te doen", "Termijn", "Delen van dit verzoek"}) {
		t.Errorf("the page is read as %v", heads)
	}
}

// A message is answered on a page; what no letter says has a sentence that
// tells what to do, and is ticked off. Who is not proven yet is told nothing of
// what we hold.
func TestReplies(t *testing.T) {
	v := signedIn(t, "o-9", "officer")
	written(v.w.view.Request)
	v.Get(at).Sees("Schrijf een antwoord", "Dit is gedaan")
	if !slices.Contains(hrefs(v), at+"/beantwoorden") {
		t.Error("no way to answer")
	}
	v.Get(at + "/beantwoorden").SeesNot("Schrijf niets over gegevens")
	v.w.view.Request.Legs[0].ProvenBy = nil
	v.Get(at + "/beantwoorden").Sees("Schrijf niets over gegevens die wij wel of niet hebben.")
	for code, want := range map[string]string{
		"lift-cancelled": "Voor dit bericht is geen vaste brief.", "no-channel-on-file": "Spreek met de opdrachtgever af", "financial-part": "Een mens moet dat deel uit het pakket halen", "not-answerable": "Bel de persoon, of schrijf per post.",
	} {
		v.w.view.Request.Tasks = []request.Task{{ID: "1", Kind: "reply", Role: "officer", Code: code}}
		v.Get(at).Sees(want, "Ik heb geantwoord")
	}
}

// a person who asks is told of the reminders that left, and of no other.
func TestRemindersThatLeft(t *testing.T) {
	v := signedIn(t, "o-9", "officer")
	for i, action := range []string{"client-reminded", "client-reminded", "client-not-reminded"} {
		l := ledger.Line{Seq: int64(i + 1), At: now.AddDate(0, 0, i), Actor: "system:wake", Action: action, Leg: "3"}
		if action == "client-not-reminded" {
			l.Refs = map[string]string{"reminded": now.AddDate(0, 0, 1).UTC().Format(time.RFC3339)}
		}
		v.w.view.Lines = append(v.w.view.Lines, l)
	}
	first := pages.ShortDay("nl", pages.Date(now))
	v.Get(at).Sees("Opdrachtgever herinnerd op "+first, "Herinnering niet verstuurd").SeesNot(first + ", ")
}
