package settings

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/deadline"
)

func env(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

func TestReadReportsEveryFaultAtOnce(t *testing.T) {
	_, err := Read(env("STAGE", "moon", "BASE_URL", "allclaims.nl", "COOL_OFF", "2 weeks", "LINK_DAYS", "-1",
		"EXTRA_HOLIDAYS", "2027-05-07,7 mei", "PRIVACY_EMAIL", "Functionaris",
		"MAIL_FROM", "Info <info@allclaims.nl>", "OIDC_CLIENT_SECRET", "hunter2"), Sites, Periods, SignIn)
	var faults *FaultsError
	if !errors.As(err, &faults) {
		t.Fatalf("got %v", err)
	}
	want := []string{
		"BASE_URL is no web address",
		"CHANNEL_AGE_DAYS is empty",
		"CLIENT_URL is empty",
		"COOL_OFF is no period such as 72h",
		"DESK_URL is empty",
		"DISCLOSURE_WAIT is empty",
		"EXTRA_HOLIDAYS holds no day such as 2027-05-07",
		"LINK_DAYS is no number of days from 0 to 366",
		"MAIL_FROM is no bare e-mail address",
		"OIDC_CLIENT_ID is empty",
		"OIDC_CLIENT_SECRET may be given itself on the local stage only",
		"OIDC_ISSUER is empty",
		"PRIVACY_EMAIL is no bare e-mail address",
		"STAGE is none of local, test, prod",
	}
	if diff := cmp.Diff(want, faults.Faults); diff != "" {
		t.Error(diff)
	}
	for _, value := range []string{"hunter2", "moon", "2 weeks", "info@"} {
		if strings.Contains(err.Error(), value) {
			t.Errorf("the error repeats the value %q", value)
		}
	}
}

func TestReadNeedsOnlyWhatIsAsked(t *testing.T) {
	s, err := Read(env("STAGE", "prod", "HMAC_KEY", "alias/hmac", "REQUEST_MACHINE", "arn:r", "OWN_DOMAINS", "AllClaims.nl, example.nl",
		"BASE_URL", "https://rechten.allclaims.nl/", "COOL_OFF", "336h", "SYSTEM_WEBLOG", "logs",
		"EXTRA_HOLIDAYS", "2027-05-07, 2028-04-28", "PRIVACY_EMAIL", "fg@allclaims.nl"), Keyed)
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{
		Stage: Prod, HMACKey: "alias/hmac", Machines: map[string]string{"request": "arn:r"},
		OwnDomains: []string{"allclaims.nl", "example.nl"}, BaseURL: "https://rechten.allclaims.nl",
		PrivacyEmail: "fg@allclaims.nl", ExtraHolidays: []deadline.Date{{Year: 2027, Month: 5, Day: 7}, {Year: 2028, Month: 4, Day: 28}},
		Waits: Waits{CoolOff: 14 * 24 * time.Hour}, Systems: map[string]string{"SYSTEM_WEBLOG": "logs"},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
}

// A system that is reached by a secret has its ARN, found by its name.
func TestSecretsOfSystems(t *testing.T) {
	const arn = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:"
	s, err := Read(env("STAGE", "prod", "SYSTEM_SECRETS", arn+"rightsdesk/SYSTEM_LEDGER-AbCdEf,"+arn+"SYSTEM_MAIL_2-a1B2c3"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"SYSTEM_LEDGER": arn + "rightsdesk/SYSTEM_LEDGER-AbCdEf", "SYSTEM_MAIL_2": arn + "SYSTEM_MAIL_2-a1B2c3"}, s.Systems); diff != "" {
		t.Error(diff)
	}
	for _, wrong := range []string{"hunter2", arn + "ledger-AbCdEf", arn + "SYSTEM_LEDGER", "arn:aws:s3:::SYSTEM_LEDGER-AbCdEf"} {
		if _, err := Read(env("STAGE", "prod", "SYSTEM_SECRETS", wrong)); err == nil || strings.Contains(err.Error(), wrong) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

func TestSignInNeedsASecret(t *testing.T) {
	at := []string{"STAGE", "prod", "OIDC_ISSUER", "https://idp.example", "OIDC_CLIENT_ID", "desk"}
	if _, err := Read(env(at...), SignIn); err == nil || !strings.Contains(err.Error(), "OIDC_SECRET_ARN") {
		t.Errorf("without any secret: %v", err)
	}
	if _, err := Read(env(append(at, "OIDC_SECRET_ARN", "arn:x")...), SignIn); err != nil {
		t.Errorf("with the ARN of one: %v", err)
	}
	local := append([]string{"OIDC_CLIENT_SECRET", "x"}, at...)
	local[3] = "local"
	if _, err := Read(env(local...), SignIn); err != nil {
		t.Errorf("with the secret itself, locally: %v", err)
	}
}

// Outside the local stage nobody can move the clock: the offset is not even read.
func TestOffsetIsReadOnTheLocalStageOnly(t *testing.T) {
	month := 30 * 24 * time.Hour
	for _, stage := range []Stage{Test, Prod, "", "Local", "LOCAL"} {
		now := Settings{Stage: stage}.Clock(func(context.Context) (time.Duration, error) {
			t.Errorf("stage %q reads the offset", stage)
			return month, nil
		})
		if d := time.Until(now()); d > time.Minute || d < -time.Minute {
			t.Errorf("stage %q is off by %s", stage, d)
		}
	}
	now := Settings{Stage: Local}.Clock(func(context.Context) (time.Duration, error) { return month, nil })
	if d := time.Until(now()); d < month-time.Minute {
		t.Errorf("the local clock moved by %s only", d)
	}
}

func TestOffsetIsCachedForASecond(t *testing.T) {
	start := time.Date(2026, 3, 5, 10, 0, 0, 0, time.UTC)
	at, by, reads := start, time.Hour, 0
	var fault error
	c := &movedClock{real: func() time.Time { return at }, offset: func(context.Context) (time.Duration, error) {
		reads++
		return by, fault
	}}
	expect := func(want time.Time, wantReads int) {
		t.Helper()
		if got := c.now(); !got.Equal(want) || reads != wantReads {
			t.Errorf("at %s: got %s after %d reads, want %s after %d", at, got, reads, want, wantReads)
		}
	}
	expect(start.Add(time.Hour), 1)
	by = 2 * time.Hour
	at = start.Add(999 * time.Millisecond)
	expect(at.Add(time.Hour), 1)
	at = start.Add(time.Second)
	expect(at.Add(2*time.Hour), 2)
	at, fault, by = start.Add(3*time.Second), errors.New("down"), 9*time.Hour
	expect(at.Add(2*time.Hour), 3)
}

func TestSiteOf(t *testing.T) {
	for address, want := range map[string]Site{
		"https://rechten.allclaims.nl": {Origin: "https://rechten.allclaims.nl", Secure: true},
		"http://localhost:8080/desk":   {Origin: "http://localhost:8080", Base: "/desk"},
		"":                             {},
	} {
		if got := SiteOf(address); got != want {
			t.Errorf("%q: %+v, want %+v", address, got, want)
		}
	}
}

// Nowhere but on the local stage may a machine be called inside.
func TestLocalMachineIsOfTheLocalStageOnly(t *testing.T) {
	for stage, want := range map[string]bool{"local": true, "test": false, "prod": false} {
		s, err := Read(env("STAGE", stage, "LOCAL_MACHINE", "a.example,127.0.0.1:1,AA=="))
		if (err == nil) != want || want != (s.OpenDSR.LocalMachine != "") {
			t.Errorf("stage %s: %v", stage, err)
		}
	}
}
