package evidence

import (
	"archive/zip"
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Result is what a check came to.
type Result string

// The results. Open is a check that the pack alone cannot settle.
const (
	Holds Result = "holds"
	Fails Result = "FAILS"
	Open  Result = "open"
)

// Check is one thing that was checked, in one sentence.
type Check struct {
	Name   string
	Result Result
	Says   string
}

// Trust is what whoever checks has from elsewhere; without it the check says
// what to compare.
type Trust struct {
	// Key is the fingerprint of All Claims' public key, SHA256:….
	Key string
	// Root is the root of the pack's day, v2:….
	Root string
}

// maxFile bounds one file of a pack when it is read.
const maxFile = 256 << 20

// Verify checks a pack. The error is for what is no pack at all; whatever else
// is wrong is a check that fails.
func Verify(r io.ReaderAt, size int64, t Trust) ([]Check, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("open the pack: %w", err)
	}
	v := &verifier{files: map[string][]byte{}, trust: t}
	v.check("files", v.readFiles(z))
	v.check("signature", v.signed())
	if v.failed() {
		return v.checks, nil // what was changed says nothing
	}
	v.key()
	if err := strict(v.files[packFile], &v.pack); err != nil {
		v.check("content", fmt.Sprintf("evidence.json cannot be read: %v", err))
		return v.checks, nil
	}
	if v.pack.Format != packFormat {
		v.check("content", fmt.Sprintf("evidence.json is of the form %q, which this command does not know", v.pack.Format))
		return v.checks, nil
	}
	v.check("chain", v.chains())
	v.check("root", v.roots())
	v.rootKnown()
	v.check("facts", v.facts())
	v.check("receipts", v.receipts())
	v.check("scope", v.scope())
	return v.checks, nil
}

type verifier struct {
	files  map[string][]byte
	trust  Trust
	public *rsa.PublicKey
	der    []byte
	pack   Pack
	checks []Check
	lines  int
	hidden int
	young  int
	sealed int
}

func (v *verifier) failed() bool {
	return slices.ContainsFunc(v.checks, func(c Check) bool { return c.Result == Fails })
}

// check notes a check; why is "" when it holds.
func (v *verifier) check(name, why string) {
	c := Check{Name: name, Result: Holds, Says: v.sentence(name)}
	if why != "" {
		c.Result, c.Says = Fails, why
	}
	v.checks = append(v.checks, c)
}

// sentence says what a check that holds has shown.
func (v *verifier) sentence(name string) string {
	switch name {
	case "files":
		return fmt.Sprintf("The pack has the %d files that its list names, none more, and each is as listed.", len(v.files))
	case "signature":
		return "The list of files is signed with the key in the pack."
	case "chain":
		return fmt.Sprintf("In %d requests, %d lines that are shown and %d that are hidden follow one another from the first; none was changed, added, left out or moved.", len(v.pack.Cases), v.lines, v.hidden)
	case "root":
		if v.pack.Root == nil {
			return "No root was locked away yet when the pack was made."
		}
		says := fmt.Sprintf("%d of %d requests stand under the root of %s.", v.sealed, len(v.pack.Cases), v.pack.Root.Day)
		if v.young > 0 {
			says += fmt.Sprintf(" %d lines are younger than that root: a pack that is made after the next night ties them to a root too.", v.young)
		}
		return says
	case "facts":
		return "The parts and events that the pack tells are those of its lines."
	case "receipts":
		return fmt.Sprintf("%d receipts of hand-overs say what the lines say, and each is signed.", len(v.receiptNames())/2)
	case "scope":
		if v.pack.Client == nil {
			return "The pack is about one whole request."
		}
		return fmt.Sprintf("Every line that is shown is about client %s.", v.pack.Client.ID)
	}
	return ""
}

func (v *verifier) readFiles(z *zip.Reader) string {
	for _, f := range z.File {
		if _, twice := v.files[f.Name]; twice {
			return fmt.Sprintf("%s is in the pack twice.", f.Name)
		}
		body, err := readOne(f)
		if err != nil {
			return fmt.Sprintf("%s cannot be read: %v.", f.Name, err)
		}
		v.files[f.Name] = body
	}
	var m manifest
	if err := strict(v.files[manifestFile], &m); err != nil || m.Format != manifestFormat {
		return "The list of files cannot be read."
	}
	named := []string{manifestFile, signatureFile}
	for _, e := range m.Files {
		body, ok := v.files[e.Name]
		switch {
		case slices.Contains(named, e.Name):
			return fmt.Sprintf("The list names %s twice.", e.Name)
		case !ok:
			return fmt.Sprintf("%s is missing.", e.Name)
		case len(body) != e.Bytes || digest(body) != e.SHA256:
			return fmt.Sprintf("%s is not as listed.", e.Name)
		}
		named = append(named, e.Name)
	}
	for name := range v.files {
		if !slices.Contains(named, name) {
			return fmt.Sprintf("%s is not in the list.", name)
		}
	}
	for _, name := range []string{packFile, keyFile, "index.html"} {
		if v.files[name] == nil {
			return fmt.Sprintf("%s is missing.", name)
		}
	}
	return ""
}

func readOne(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	body, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err == nil && len(body) > maxFile {
		err = errors.New("it is too large")
	}
	return body, err
}

// strict reads JSON that has nothing but what is known, once.
func strict(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind it")
	}
	return nil
}

func (v *verifier) signed() string {
	block, rest := pem.Decode(v.files[keyFile])
	if block == nil || len(bytes.TrimSpace(rest)) > 0 {
		return "The key cannot be read."
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	public, ok := key.(*rsa.PublicKey)
	if err != nil || !ok || public.N.BitLen() < 2048 {
		return "The key is no RSA key of 2048 bits or more."
	}
	v.public, v.der = public, block.Bytes
	if !v.fits(v.files[manifestFile], v.files[signatureFile]) {
		return "The signature under the list of files does not fit."
	}
	return ""
}

func (v *verifier) fits(body, signature []byte) bool {
	sig, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSuffix(string(signature), "\n"))
	if err != nil {
		return false
	}
	sum := sha256.Sum256(body)
	return rsa.VerifyPKCS1v15(v.public, crypto.SHA256, sum[:], sig) == nil
}

func (v *verifier) key() {
	print := Fingerprint(v.der)
	c := Check{Name: "key", Result: Holds, Says: fmt.Sprintf("The key is the one that you named, %s.", print)}
	switch {
	case v.trust.Key == "":
		c.Result, c.Says = Open, fmt.Sprintf("The key is %s: compare it with the one that All Claims gave you on another way.", print)
	case !strings.EqualFold(v.trust.Key, print):
		c.Result, c.Says = Fails, fmt.Sprintf("The key is %s, not the one that you named: All Claims did not sign this.", print)
	}
	v.checks = append(v.checks, c)
}

// chains walks every chain from its first line.
func (v *verifier) chains() string {
	seen := map[request.ID]bool{}
	for _, c := range v.pack.Cases {
		if seen[c.Request] {
			return fmt.Sprintf("%s stands in the pack twice.", c.name())
		}
		seen[c.Request] = true
		if len(c.Chain) == 0 {
			return fmt.Sprintf("%s has no lines.", c.name())
		}
		prev := ""
		for i, s := range c.Chain {
			n := int64(i) + 1
			switch {
			case (s.Line == nil) == (s.Hidden == nil):
				return fmt.Sprintf("Line %d of %s is neither shown nor hidden.", n, c.name())
			case s.Hidden != nil && s.Hidden.Digest == "":
				return fmt.Sprintf("Line %d of %s was written in the first form of the ledger, which cannot be hidden: ask All Claims to verify the whole ledger.", n, c.name())
			case s.Hidden != nil:
				if s.Hidden.Seq != n {
					return fmt.Sprintf("Line %d stands where line %d of %s must stand.", s.Hidden.Seq, n, c.name())
				}
				prev = s.Hidden.Hash(prev)
				v.hidden++
			default:
				if why := stands(c, s, n, prev); why != "" {
					return why
				}
				prev = s.Line.Hash
				v.lines++
			}
		}
	}
	return ""
}

// stands says why a line that is shown does not stand in its place.
func stands(c Case, s Step, n int64, prev string) string {
	l := s.Line
	switch {
	case l.Request != c.Request:
		return fmt.Sprintf("Line %d of %s belongs to another request.", n, c.name())
	case l.Seq != n:
		return fmt.Sprintf("Line %d stands where line %d of %s must stand.", l.Seq, n, c.name())
	case l.Prev != prev:
		return fmt.Sprintf("Line %d of %s does not follow the line before it.", n, c.name())
	case !l.Holds():
		return fmt.Sprintf("Line %d of %s was changed.", n, c.name())
	}
	return ""
}

// name is what a person calls a request.
func (c Case) name() string {
	if c.Reference != "" {
		return string(c.Reference)
	}
	return "request " + string(c.Request)
}

// roots puts the head of every chain under the root.
func (v *verifier) roots() string {
	for _, c := range v.pack.Cases {
		if c.Head == nil || c.Proof == nil {
			v.young += len(c.Chain)
			continue
		}
		n := c.Head.Chain.Seq
		if v.pack.Root == nil || c.Head.Request != c.Request || n < 1 || n > int64(len(c.Chain)) {
			return fmt.Sprintf("The head of %s is not one of its lines.", c.name())
		}
		if c.hashAt(n) != c.Head.Chain.Hash {
			return fmt.Sprintf("The chain of %s is not the one that was locked away on %s.", c.name(), v.pack.Root.Day)
		}
		root, err := c.Proof.Root(*c.Head)
		if err != nil || root != v.pack.Root.Root || c.Proof.Chains != v.pack.Root.Chains {
			return fmt.Sprintf("%s does not stand under the root of %s.", c.name(), v.pack.Root.Day)
		}
		v.sealed++
		v.young += len(c.Chain) - int(n)
	}
	return ""
}

// hashAt is the hash of line n of a chain that holds.
func (c Case) hashAt(n int64) string {
	prev := ""
	for _, s := range c.Chain[:n] {
		if s.Line != nil {
			prev = s.Line.Hash
		} else {
			prev = s.Hidden.Hash(prev)
		}
	}
	return prev
}

func (v *verifier) rootKnown() {
	if v.pack.Root == nil {
		return
	}
	r := v.pack.Root
	c := Check{Name: "root known", Result: Holds, Says: fmt.Sprintf("The root of %s is the one that you named.", r.Day)}
	switch {
	case v.trust.Root == "":
		c.Result, c.Says = Open, fmt.Sprintf("The root of %s is %s: compare it with the one that was published that day.", r.Day, r.Root)
	case v.trust.Root != r.Root:
		c.Result, c.Says = Fails, fmt.Sprintf("The root of %s is %s, not the one that you named.", r.Day, r.Root)
	}
	v.checks = append(v.checks, c)
}

// facts makes the legs and events anew from the lines.
func (v *verifier) facts() string {
	for _, c := range v.pack.Cases {
		legs, all := tell(c.Chain)
		if !reflect.DeepEqual(legs, c.Legs) || !reflect.DeepEqual(all, c.Events) {
			return fmt.Sprintf("What the pack tells of %s is not what its lines say.", c.name())
		}
	}
	return ""
}

func (v *verifier) receiptNames() []string {
	var names []string
	for name := range v.files {
		if strings.HasPrefix(name, receiptFolder) {
			names = append(names, name)
		}
	}
	return names
}

func (v *verifier) receipts() string {
	count := 0
	for _, c := range v.pack.Cases {
		for _, r := range v.pack.receiptsOf(c) {
			want, err := encode(r)
			name := receiptFolder + r.Number
			if err != nil || !bytes.Equal(want, v.files[name+".json"]) {
				return fmt.Sprintf("The receipt %s is missing or does not say what the lines say.", r.Number)
			}
			if !v.fits(want, v.files[name+".sig"]) {
				return fmt.Sprintf("The signature under the receipt %s does not fit.", r.Number)
			}
			count += 2
		}
	}
	if count != len(v.receiptNames()) {
		return "There are receipts of hand-overs that no line tells of."
	}
	return ""
}

// scope: nothing of another client stands in a client's pack.
func (v *verifier) scope() string {
	if v.pack.Client == nil {
		if len(v.pack.Cases) != 1 {
			return "The pack is about more than one request and names no client."
		}
		return ""
	}
	for _, c := range v.pack.Cases {
		var lines []ledger.Line
		for _, s := range c.Chain {
			if s.Line != nil {
				lines = append(lines, *s.Line)
			}
		}
		own := legsOf(lines, v.pack.Client.ID)
		for _, l := range lines {
			if !shown(l, own) {
				return fmt.Sprintf("Line %d of %s is not about client %s.", l.Seq, c.name(), v.pack.Client.ID)
			}
		}
	}
	return ""
}
