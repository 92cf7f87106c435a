package letters

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// SampleHouse is an invented house for sample letters.
func SampleHouse() House {
	const site = "https://privacy.allclaims.example"
	return House{
		LegalName: "All Claims B.V.", Address: "Voorbeeldstraat 1, 1234 AB Voorbeeldstad",
		Email: "info@allclaims.nl", Phone: "010 000 00 00",
		PrivacyPage: site + "/privacy", FormPage: site + "/", StatusPage: site + "/status",
		ProofPage: site + "/code", PackagePage: site + "/download",
		ClientPage: site + "/client/", DeskPage: site + "/desk/",
		CodeMinutes: 10, BackupDays: 35, HelpDays: 5,
	}
}

// SampleSecret is an invented code for N-01 and N-04.
const SampleSecret = "48291736"

// SamplePostSecret is an invented code for N-01 by post.
const SamplePostSecret = "7Q2MK9TD4XW1B"

// SampleSecretFor is the invented code that the order's letter takes; empty for
// a kind without one.
func SampleSecretFor(o Order) string {
	switch {
	case !TakesSecret(o.Kind):
		return ""
	case o.Flags[byPost]:
		return SamplePostSecret
	}
	return SampleSecret
}

// SampleEnvelope is where a sample letter of that kind goes on paper, on a day
// that fits the days in it.
func SampleEnvelope(k Kind) Envelope {
	date, ok := sampleDates[k]
	if !ok {
		date = "2026-03-27"
	}
	return Envelope{Lines: []string{"Sam Voorbeeld", "Dorpsstraat 12", "1234 AB  VOORBEELDSTAD"}, Date: date}
}

// sampleDates are the days on letters that go before the answer, or after its
// last day.
var sampleDates = map[Kind]string{
	Acknowledgement: "2026-03-05", MarketingStopped: "2026-03-05", ConsentWithdrawn: "2026-03-05",
	DebtorForwarded: "2026-03-06", DebtorNeutral: "2026-03-06", ClientNotice: "2026-03-06", StaffNotice: "2026-03-06", MailDigest: "2026-03-06",
	IdentityCheck: "2026-03-09", Clarification: "2026-03-09", MandateNeeded: "2026-03-09",
	CodeNotice: "2026-03-09", ImpersonationWarning: "2026-03-09", ClientSignIn: "2026-03-09",
	ClientReminder: "2026-03-13", ClosedUnproven: "2026-04-07", LateApology: "2026-04-08",
}

// TakesSecret reports whether Render wants a code for this kind.
func TakesSecret(k Kind) bool { return k == CodeNotice || k == ClientSignIn }

// said is a value in both languages.
type said struct{ nl, en string }

func (s said) in(lang request.Language) string {
	if lang == request.English {
		return s.en
	}
	return s.nl
}

// Sample is an order of that kind with invented data, every optional row on:
// the request of law.md V01, received on 5 March 2026 and due on 7 April. Of is
// one of the kind's Cases; empty takes the first one. The error says which
// kinds or cases there are.
func Sample(k Kind, lang request.Language, of string) (Order, error) {
	info, ok := Find(k)
	if !ok {
		var names []string
		for _, i := range kinds {
			names = append(names, string(i.Kind))
		}
		return Order{}, fmt.Errorf("there is no letter %q; there are %v", k, names)
	}
	if of == "" {
		of = info.Cases[0]
		if k == Erased {
			of = Partial
		}
	}
	if !slices.Contains(info.Cases, of) {
		return Order{}, fmt.Errorf("letter %s has no case %q; its cases: %s", k, of, caseNames(info))
	}
	if !slices.Contains(Languages, lang) {
		return Order{}, fmt.Errorf("there is no language %q; there are %v", lang, Languages)
	}

	o := Order{Kind: k, Language: lang, Rights: sampleRights(k), Values: map[string]string{}, Lists: map[string][]string{}, Flags: map[string]bool{}}
	switch of {
	case "":
	case Granted, Partial, Refused:
		o.Outcome = of
	default:
		o.Flags[of] = true
	}
	for _, f := range info.Flags {
		o.Flags[f] = true
	}
	neutral := slices.Contains(info.Neutral, of)
	for _, name := range info.Placeholders {
		if neutral && slices.Contains([]string{"name", "client", "question", "option_list"}, name) {
			continue
		}
		if slices.Contains(sampleLeftOut[k], name) {
			continue
		}
		if v, ok := sampleValues[name]; ok {
			o.Values[name] = v.in(lang)
		}
		for _, v := range sampleLists[name] {
			o.Lists[name] = append(o.Lists[name], v.in(lang))
		}
	}
	if slices.Contains(info.Placeholders, "due") && slices.Contains(info.Placeholders, "nominal") {
		o.Values["nominal"] = "2026-04-05"
	}
	if slices.Contains(info.Placeholders, "change_list") {
		o.Changes = []Change{
			{Field: said{"postadres", "postal address"}.in(lang), Old: "Kerkweg 3, 4321 ZX Voorbeelddorp", New: "Dorpsstraat 12, 1234 AB Voorbeeldstad"},
			{Field: said{"telefoonnummer", "phone number"}.in(lang), New: "06 00 00 00 00"},
			{Field: said{"rekeningnummer", "account number"}.in(lang), Old: "NL00 TEST 0123 4567 89"},
		}
	}
	if slices.Contains(info.Placeholders, "refusal_list") {
		o.Refusals = []RefusedPart{
			{What: said{"uw facturen wissen", "erasing your invoices"}.in(lang), Ground: "duty"},
			{What: said{"uw brieven over factuur F-2291 wissen", "erasing your letters about invoice F-2291"}.in(lang), Ground: "claims"},
		}
	}
	if slices.Contains(info.Placeholders, "recipient_list") {
		o.Recipients = []Recipient{
			{Name: "Mailhuis B.V.", Status: "notified", On: "2026-03-27"},
			{Name: "Belcentrum Noord B.V.", Status: "pending", On: "2026-04-03"},
			{Name: "Voorbeeld Post B.V.", Status: "impossible", Why: said{"het bestaat niet meer", "it no longer exists"}.in(lang)},
			{Name: "Voorbeeld Drukwerk", Status: "disproportionate", Why: said{"het ging om één brief uit 2016", "it was about one letter of 2016"}.in(lang)},
		}
		if of == OnRequest {
			o.Recipients[0].Status, o.Recipients = "received", o.Recipients[:1]
		}
	}
	if right, ok := sampleAnswered[of]; ok {
		o.Rights = []request.Right{right}
	}
	if k == Erased && of == Partial || of == ErasedFormal || of == ErasedShort {
		o.Kept = []Kept{
			{What: said{"uw facturen", "your invoices"}.in(lang), Until: "2032-12-31", Ground: "tax"},
			{What: said{"uw brieven over factuur F-2291", "your letters about invoice F-2291"}.in(lang), Until: "2028-03-01", Ground: "claims",
				Why: said{"u bent het niet eens met die factuur", "you disagree with that invoice"}.in(lang)},
		}
	}
	if k == Erased && of == Granted {
		delete(o.Lists, "shared_list")
		delete(o.Lists, "stripped_list")
	}
	for name, v := range sampleOwn[k] {
		o.Values[name] = v.in(lang)
	}
	for name, v := range sampleCase[k][of] {
		o.Values[name] = v.in(lang)
	}
	if ground, ok := sampleGrounds[k]; ok {
		o.Lists["grounds_list"] = []string{ground}
	}
	if k == Rectified && of != StatementAdded {
		delete(o.Lists, "statement_text")
	}
	if request.Right.Stops(o.Rights[0]) {
		// Done without proof (I-3 level L0), so nobody is greeted by name.
		delete(o.Values, "name")
	}
	return o, nil
}

// SampleCombined is one letter that answers a debtor who also reads the
// newsletter: the neutral debtor letter and the stop of advertising.
func SampleCombined(lang request.Language) (Order, error) {
	o, err := Sample(DebtorNeutral, lang, "")
	if err != nil {
		return Order{}, err
	}
	also, err := Sample(MarketingStopped, lang, "")
	if err != nil {
		return Order{}, err
	}
	// The further leg takes the reference and the date of receipt from the letter.
	maps.DeleteFunc(also.Values, func(name, _ string) bool { return name == "name" || name == "reference" || name == "received" })
	o.Also = []Order{also}
	return o, nil
}

func sampleRights(k Kind) []request.Right {
	switch k {
	case Rectified:
		return []request.Right{request.Rectification}
	case RecipientsTold:
		return []request.Right{request.Erasure}
	case Erased, ObjectionOutcome:
		if k == ObjectionOutcome {
			return []request.Right{request.Objection}
		}
		return []request.Right{request.Erasure}
	case MarketingStopped:
		return []request.Right{request.MarketingObjection}
	case Restricted, RestrictionLifted:
		return []request.Right{request.Restriction}
	case ConsentWithdrawn:
		return []request.Right{request.ConsentWithdrawal}
	case PortabilityReady:
		return []request.Right{request.Portability}
	case PartialRefusal, Refusal, RecipientNotice:
		return []request.Right{request.Erasure}
	case AutomatedReview:
		return []request.Right{request.AutomatedDecision}
	case ComplaintInfo:
		return []request.Right{request.Complaint}
	case QuestionReply:
		return []request.Right{request.Question}
	}
	return []request.Right{request.Access}
}

// sampleAnswered are the rights that T-07b answers, but for a copy.
var sampleAnswered = map[string]request.Right{
	ErasedFormal: request.Erasure, ErasedShort: request.Erasure, CorrectedFormal: request.Rectification, CorrectedShort: request.Rectification,
	RestrictedFormal: request.Restriction, RestrictedShort: request.Restriction, ObjectedFormal: request.Objection, ObjectedShort: request.Objection,
}

func same(s string) said { return said{s, s} }

// sampleValues fill the placeholders, whatever the kind.
var sampleValues = map[string]said{
	"reference": same("R-7Q2M-K9TD"), "received": same("2026-03-05"), "due": same("2026-04-07"), "safe_due": same("2026-04-07"),
	"new_due": same("2026-06-05"), "ask_by": same("2026-03-10"), "reply_by": same("2026-03-24"),
	"asked_on": same("2026-03-09"), "reminded_1": same("2026-03-16"), "reminded_2": same("2026-03-23"), "answered_on": same("2026-03-20"),
	"sent_to_client": same("2026-03-06"), "instruct_by": same("2026-03-23"), "told_on": same("2026-03-06"),
	"remind_1": same("2026-03-13"), "remind_2": same("2026-03-20"), "notified_on": same("2026-03-06"),
	"instructed_on": same("2026-03-16"), "executed_on": same("2026-03-18"), "delivered_on": same("2026-03-19"),
	"link_until": same("2026-04-02"), "corrected_on": same("2026-03-12"), "erased_on": same("2026-03-26"),
	"recipients_told_on": same("2026-03-27"), "dossier_until": same("2031-03-26"), "text_until": same("2028-03-26"),
	"backup_until": same("2026-04-30"), "effective_on": same("2026-03-05"), "set_on": same("2026-03-06"), "lift_on": same("2026-04-20"),
	"stopped_on": same("2026-03-05"), "decided_on": same("2026-03-25"), "confirm_by": same("2026-04-03"), "reviewed_on": same("2026-03-24"),
	"digest_day": same("2026-03-05"), "mail_count": same("53"), "mail_more": same("3"),
	"answer_by": same("2026-04-13"), "received_instant": same("2026-03-05T09:00:00Z"), "code_until": same("2026-03-09T09:40:00Z"),
	"waited_days":  same("5"),
	"withdrawn_on": same("2026-03-12"), "exception_until": same("2026-09-30"), "found_on": same("2026-03-18"),
	"found_instant": same("2026-03-18T13:20:00Z"), "code_until_day": same("2026-03-30"), "affected": same("14"), "amount": same("1250"),
	"extension_reason": same("complexity"), "lift_reason": same("corrected"), "exception_interest": same("i"), "fee_reason": same("excessive"),
	"told_what": same("erase"), "mandate": same("proxy"), "breach": same("wrong-recipient"), "late_reason": same("overlooked"), "held_reason": same("duty"), "held_on": same("2026-03-17"),
	"asked_by": same("debt-counsellor"), "authority": same("asked"),
	"necessity":       {"Wij onderzoeken nog wie er geld weghaalde bij iemand anders.", "We are still finding out who took money from someone else."},
	"proportionality": {"Wij laten alleen de notities over dat onderzoek weg. De rest krijgt u.", "We only leave out the notes of that enquiry. You get the rest."},
	"question":        {"Zoekt u iets over een rekening, of iets anders?", "Are you looking for something about a bill, or something else?"},
	"fee_for":         {"een tweede kopie van dezelfde gegevens op papier", "a second copy of the same data on paper"},
	"balance_theirs":  {"U maakt zich zorgen over wie uw gegevens ziet.", "You worry about who sees your data."},
	"balance_ours":    {"Wij gebruiken ze om fraude te stoppen.", "We use them to stop fraud."},
	"balance_result":  {"Dat is van groot belang voor veel mensen, en het kan niet met minder gegevens.", "That matters a lot to many people, and it cannot be done with fewer data."},
	"view":            {"U schreef dat u in januari in het ziekenhuis lag.", "You wrote that you were in hospital in January."},
	"breach_facts":    {"Op 17 maart stuurden wij een brief aan u naar een oud adres. Iemand anders deed die brief open.", "On 17 March we sent a letter for you to an old address. Someone else opened that letter."},
	"effects":         {"Iemand weet nu uw naam, uw adres en welke rekening u kreeg. Die persoon kan doen alsof hij u is.", "Someone now knows your name, your address and which bill you got. That person can pretend to be you."},
	"measures":        {"Wij hebben de brief teruggekregen en uw adres verbeterd. Wij kijken nu ook naar andere brieven van die dag.", "We got the letter back and corrected your address. We now also look at other letters of that day."},
	"advice":          {"Let de komende tijd op vreemde berichten uit uw naam. Ziet u iets dat u niet kent? Laat het ons weten.", "Watch out for strange messages in your name. Do you see something that you do not know? Tell us."},

	"asked_what": same("proof"), "poor_why": same("mail"), "contact_kind": same("email"), "code_channel": same("email"),
	"restriction_ground": same("accuracy"), "staff_task": same("decide"), "id_evidence": same("L2"), "action": same("erase"),

	"name": same("Sam Voorbeeld"), "client": same("Voorbeeld Energie B.V."), "client_contact": same("privacy@energie.example"),
	"contact_name": same("Kim Voorbeeld"), "file_reference": same("2026-004417"), "instructed_by": same("Kim Voorbeeld"),
	"subject_key": {"relatie 100481", "relation 100481"},
	"why_more_time": {"Wij hebben 46 telefoongesprekken met u opgenomen. Daarin zijn ook andere mensen te horen. Die stemmen moeten wij eerst weghalen.",
		"We recorded 46 phone calls with you. Other people can be heard in them too. We must first remove their voices."},
	"part_ready":   {"uw adres, uw facturen en uw brieven", "your address, your invoices and your letters"},
	"withhold_why": {"er andere mensen in voorkomen", "other people appear in it"},
	"reason":       {"Wij kunnen niet alles doen wat u vraagt, want een deel hebben wij nog nodig.", "We cannot do everything you ask, because we still need part of it."},
	"alternative":  {"Wij kunnen het gebruik van deze gegevens wel stilzetten. Laat het ons weten als u dat wilt.", "We can put the use of these data on hold. Tell us if you want that."},
	"reviewer":     {"een medewerker van onze afdeling Relaties", "an employee of our Relations department"},
}

// sampleLeftOut are values of another form of the letter than the sample shows:
// the weighing as three parts, and the parts of a refusal with their grounds.
var sampleLeftOut = map[Kind][]string{
	ObjectionOutcome: {"balance", "exception_until", "exception_interest", "necessity", "proportionality"},
	PartialRefusal:   {"refused_list", "grounds_list", "exception_interest", "necessity", "proportionality"},
	Refusal:          {"exception_interest", "necessity", "proportionality"},
	Rectified:        {"field_list", "exception_until", "exception_interest", "necessity", "proportionality"},
	AutomatedReview:  {"exception_until", "exception_interest", "necessity", "proportionality"},
}

// sampleOwn are values that fit one kind only.
var sampleOwn = map[Kind]map[string]said{
	Rectified: {"reason": {"Uw geboortedatum staat bij ons zoals in uw contract. Wij hebben geen stuk gezien waarin iets anders staat.",
		"We have your date of birth as it is in your contract. We have not seen a paper that says something else."}},
	FeeAnnounced:        {"reply_by": same("2026-04-10"), "reason": {"Wij gaven u op 12 januari dezelfde gegevens.", "We gave you the same data on 12 January."}},
	WithdrawalConfirmed: {"dossier_until": same("2027-03-12")},
	LateApology:         {"due": same("2026-04-07"), "new_due": same("2026-04-14"), "reason": {"Wij dachten dat een collega al had geantwoord.", "We thought that a colleague had answered already."}},
	RestrictionLifted: {
		"reason": {"Wij hebben uitgezocht of uw adres klopt. Het adres is nu verbeterd. Daarom is stilzetten niet meer nodig.",
			"We checked whether your address is right. The address is now corrected. So the hold is no longer needed."},
	},
	ObjectionOutcome: {"reason": {"Wij gebruiken deze gegevens om fraude te stoppen. Dat beschermt ook andere mensen, en het kan niet met minder gegevens.",
		"We use these data to stop fraud. That also protects other people, and it cannot be done with fewer data."}},
	PartialRefusal: {"exception_until": same("2032-12-31"), "reason": {"Uw facturen moeten wij van de belastingwet zeven jaar bewaren. Daarom wissen wij die nu niet.",
		"Tax law says that we must keep your invoices for seven years. So we do not erase those now."}},
	Refusal: {"exception_until": same("2032-12-31"), "reason": {"Wij hebben alleen facturen van u. De belastingwet zegt dat wij die zeven jaar moeten bewaren.",
		"We only have invoices of yours. Tax law says that we must keep those for seven years."}},
	AutomatedReview: {
		"reason": {"De computer telde vier late rekeningen. Een medewerker heeft ze gelezen, en alle vier kloppen.",
			"The computer counted four late bills. An employee read them, and all four are right."},
		"result": {"U betaalt bij een bestelling vooraf.", "You pay in advance when you order."},
		"logic": {"De computer telt hoeveel rekeningen te laat waren. Bij drie of meer vraagt hij om vooraf te betalen.",
			"The computer counts how many bills were late. At three or more it asks you to pay in advance."},
	},
}

// sampleCase are values that fit one case of a kind only, in the place of those
// above.
var sampleCase = map[Kind]map[string]map[string]said{
	ObjectionOutcome: {Granted: {
		"balance_result": {"Uw zorg weegt zwaarder, want fraude kunnen wij ook op een andere manier stoppen.", "Your worry weighs more, because we can also stop fraud in another way."},
	}},
	AutomatedReview: {
		Granted: {"result": {"U kunt weer op rekening bestellen.", "You can order on account again."}},
		"no_decision": {"logic": {"De computer telt hoeveel rekeningen te laat waren. Bij drie of meer geeft hij een seintje. Een medewerker beslist dan.",
			"The computer counts how many bills were late. At three or more it gives a signal. An employee then decides."}},
	},
	WithdrawalConfirmed: {PartWithdrawn: {"dossier_until": {}}}, // the rest decides how long
	// The facts of a breach as a client reads them.
	BreachNotice: {ClientBreach: {
		"breach_facts": {"Op 17 maart gingen veertien brieven naar oude adressen. Van één brief weten wij dat iemand anders hem opende.",
			"On 17 March fourteen letters went to old addresses. We know that someone else opened one of them."},
		"effects": {"Een onbevoegde kent van één betrokkene de naam, het adres en de openstaande rekening. Er is een risico op fraude.",
			"An unauthorised person knows the name, address and open bill of one data subject. There is a risk of fraud."},
		"measures": {"Dertien brieven zijn ongeopend terug. De adressen zijn hersteld. Wij vergelijken adressen nu voor elke verzending.",
			"Thirteen letters came back unopened. The addresses were restored. We now compare addresses before each mailing."},
	}},
}

// sampleGrounds are the grounds that fit a refusal; others are refused by duty.
var sampleGrounds = map[Kind]string{Rectified: "correct", ObjectionOutcome: "compelling", AutomatedReview: "upheld"}

// sampleMail is when the first mail of the sample digest came in.
var sampleMail = time.Date(2026, time.March, 5, 8, 12, 0, 0, time.UTC)

// sampleLists fill the placeholders that are lists.
var sampleLists = map[string][]said{
	"erased_list":     {{"uw telefoonnummer en e-mailadres", "your phone number and e-mail address"}, {"notities van onze gesprekken", "notes of our talks"}, {"uw inschrijving voor de nieuwsbrief", "your newsletter subscription"}},
	"stripped_list":   {{"uw klantgegevens: 1", "your record: 1"}},
	"shared_list":     {{"uw adressen: 1", "your addresses: 1"}},
	"told_list":       {same("Mailhuis B.V."), same("Belcentrum Noord B.V.")},
	"summary_list":    {{"wij kennen u sinds 2021 als contact van een opdrachtgever: het bedrijf waarvoor wij werken", "we have known you since 2021 as contact of a client: a company we work for"}, {"wij hebben uw naam, adres en e-mailadres", "we have your name, address and e-mail address"}, {"wij hebben twaalf e-mails van u", "we have twelve e-mails from you"}},
	"omitted_list":    {{"de stem van anderen in twee telefoongesprekken", "the voices of others in two phone calls"}, {"de naam van een andere klant in een e-mail", "the name of another customer in an e-mail"}},
	"help_list":       {same("package"), same("correct"), same("erase"), same("restrict")},
	"done_list":       {{"gegevens verzameld uit dossier 2026-004417", "data collected from file 2026-004417"}, {"telefoonnummer gewist in het dossier", "phone number erased from the file"}},
	"not_done_list":   {{"het dossier zelf: dat moeten wij tot twee jaar na sluiting bewaren", "the file itself: we must keep it until two years after it is closed"}},
	"evidence_list":   {{"gewist in het systeem met dossiers: 3 velden, taak T-1182", "erased in the file system: 3 fields, job T-1182"}},
	"searched_list":   {{"onze klantenlijst", "our customer list"}, {"onze facturen", "our invoices"}, {"de nieuwsbrief", "the newsletter"}, {"telefoongesprekken", "phone calls"}},
	"included_list":   {{"uw naam, adres en e-mailadres", "your name, address and e-mail address"}, {"wat u invulde op onze website", "what you filled in on our website"}},
	"excluded_list":   {{"onze notities over u, want die hebt u niet zelf gegeven", "our notes about you, because you did not give those yourself"}},
	"field_list":      {{"postadres", "postal address"}, {"telefoonnummer", "phone number"}},
	"restricted_list": {{"uw adres", "your address"}, {"uw telefoonnummer", "your phone number"}},
	"stopped_list":    {{"bellen om te vragen of u tevreden bent", "calls to ask whether you are satisfied"}},
	"consent_list":    {{"de nieuwsbrief per e-mail", "the newsletter by e-mail"}},
	"continues_list":  {{"uw facturen bewaren, want dat moet van de wet", "keeping your invoices, because the law says so"}},
	"granted_list":    {{"wij hebben uw telefoonnummer gewist", "we erased your phone number"}, {"wij hebben de notities van onze gesprekken gewist", "we erased the notes of our talks"}},
	"refused_list":    {{"uw facturen wissen", "erasing your invoices"}},
	"grounds_list":    {same("duty")},
	"data_list":       {{"e-mailadres", "e-mail address"}, {"telefoonnummer", "phone number"}},
	"own_rights":      {same("marketing-objection")},
	"rule_list":       {{"52 × factuur", "52 × invoice"}, {"1 × bedankje", "1 × thank-you note"}},
	"mail_list": {{MailLine(request.Dutch, sampleMail, "business-invoice", "0o3vrnil0e2ic28trm7dfhrc2v0"), MailLine(request.English, sampleMail, "business-invoice", "0o3vrnil0e2ic28trm7dfhrc2v0")},
		{MailLine(request.Dutch, sampleMail.Add(time.Hour), "thanks", "k2v0clambda4nbp0g1o3vrnil0e"), MailLine(request.English, sampleMail.Add(time.Hour), "thanks", "k2v0clambda4nbp0g1o3vrnil0e")}},
	"option_list":      {{"gegevens over één rekening; noem dan het nummer", "data about one bill; mention the number"}, {"opgenomen telefoongesprekken", "recorded phone calls"}, {"brieven en e-mails van een bepaald jaar", "letters and e-mails of a certain year"}},
	"done_before_list": {{"u krijgt geen reclame meer van ons", "you get no more advertising from us"}},
	"statement_text":   {{"Ik heb deze rekening betwist op 2 februari.", "I disputed this bill on 2 February."}},
	"balance": {{"U schreef dat u zich zorgen maakt over wie uw gegevens ziet. Wij hebben gekeken hoe zwaar dat telt. Daarna hebben wij gekeken waarom wij de gegevens gebruiken.",
		"You wrote that you worry about who sees your data. We looked at how much that weighs. Then we looked at why we use the data."}},
	"answer": {{"U vroeg hoe lang wij een e-mail bewaren. Dat is twaalf maanden nadat wij hebben geantwoord.", "You asked how long we keep an e-mail. That is twelve months after we answered."},
		{"Daarna wissen wij de e-mail. U hoeft daar niets voor te doen.", "After that we erase the e-mail. You do not have to do anything."}},
}
