package vault

// Verdict is what a scanner for malware found in an object. The values are those
// that GuardDuty Malware Protection for S3 writes as a tag.
type Verdict string

// The verdicts. Waiting: nothing was written yet. Unsupported: a file that no
// scanner can read, such as one with a password. Denied and Failed: the scanner
// could not do its work.
const (
	Waiting     Verdict = ""
	Clean       Verdict = "NO_THREATS_FOUND"
	Threat      Verdict = "THREATS_FOUND"
	Unsupported Verdict = "UNSUPPORTED"
	Denied      Verdict = "ACCESS_DENIED"
	Failed      Verdict = "FAILED"
)

// VerdictTag is the name of the tag that holds the verdict.
const VerdictTag = "GuardDutyMalwareScanStatus"
