package evidence

import (
	"archive/zip"
	"bytes"
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Order says what a pack is about.
type Order struct {
	Made time.Time
	By   string
	// Language is that of the page that opens first; the other stands beside it.
	Language request.Language
	// Client and Month: nil and "" for one whole request.
	Client *Client
	Month  string
	// Part and Parts: which of the month's packs it is, of how many.
	Part, Parts int
	Chains      []Chain
	// Sealed is the newest root; nil when there is none.
	Sealed *ledger.Sealed
	// Key signs: RSA, with PKCS #1 v1.5 over SHA-256, which every tool verifies.
	Key crypto.Signer
}

// The names of the files that every pack has.
const (
	packFile      = "evidence.json"
	keyFile       = "key.pem"
	manifestFile  = "manifest.json"
	signatureFile = "manifest.sig"
	receiptFolder = "receipts/"
)

// manifest lists the files of a pack.
type manifest struct {
	Format string      `json:"format"`
	Made   time.Time   `json:"made"`
	Files  []fileEntry `json:"files"`
}

type fileEntry struct {
	Name   string `json:"name"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// file is one file of a pack.
type file struct {
	name string
	body []byte
}

// Write makes a pack. A chain of which nothing is the client's is left out.
func Write(w io.Writer, o Order) error {
	public, err := x509.MarshalPKIXPublicKey(o.Key.Public())
	if err != nil {
		return fmt.Errorf("write a pack: read the public key: %w", err)
	}
	if _, ok := o.Key.Public().(*rsa.PublicKey); !ok {
		return errors.New("write a pack: the key is not RSA")
	}
	p := packOf(o)
	body, err := encode(p)
	if err != nil {
		return fmt.Errorf("write a pack: %w", err)
	}
	files := []file{{packFile, body}, {keyFile, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})}}
	for _, c := range p.Cases {
		for _, r := range p.receiptsOf(c) {
			body, err := encode(r)
			if err != nil {
				return fmt.Errorf("write the receipt %s: %w", r.Number, err)
			}
			signature, err := sign(o.Key, body)
			if err != nil {
				return fmt.Errorf("sign the receipt %s: %w", r.Number, err)
			}
			files = append(files, file{receiptFolder + r.Number + ".json", body}, file{receiptFolder + r.Number + ".sig", signature})
		}
	}
	languages := []request.Language{cmp.Or(o.Language, request.Dutch)}
	for _, lang := range []request.Language{request.Dutch, request.English} {
		if lang != languages[0] {
			languages = append(languages, lang)
		}
	}
	for i, lang := range languages {
		body, err := page(p, lang, Fingerprint(public), i == 0, languages[1-i])
		if err != nil {
			return fmt.Errorf("write the page of a pack: %w", err)
		}
		files = append(files, file{pageName(i == 0, lang), body})
	}
	m := manifest{Format: manifestFormat, Made: o.Made.UTC()}
	for _, f := range files {
		m.Files = append(m.Files, fileEntry{Name: f.name, Bytes: len(f.body), SHA256: digest(f.body)})
	}
	body, err = encode(m)
	if err != nil {
		return fmt.Errorf("list the files of a pack: %w", err)
	}
	signature, err := sign(o.Key, body)
	if err != nil {
		return fmt.Errorf("sign the list of files: %w", err)
	}
	return pack(w, o.Made, append(files, file{manifestFile, body}, file{signatureFile, signature}))
}

func pageName(first bool, lang request.Language) string {
	if first {
		return "index.html"
	}
	return "index." + string(lang) + ".html"
}

func packOf(o Order) Pack {
	p := Pack{Format: packFormat, Made: o.Made.UTC(), By: o.By, Client: o.Client, Month: o.Month, Cases: []Case{}}
	if o.Sealed != nil {
		p.Root = &Root{Day: o.Sealed.Day, Root: o.Sealed.Root, Chains: o.Sealed.Chains}
	}
	if o.Parts > 1 {
		p.Part, p.Parts = o.Part, o.Parts
	}
	client := ""
	if o.Client != nil {
		client = o.Client.ID
	}
	for _, ch := range o.Chains {
		if c, ok := caseOf(ch, client, o.Sealed); ok {
			p.Cases = append(p.Cases, c)
		}
	}
	slices.SortFunc(p.Cases, func(a, b Case) int {
		return cmp.Or(strings.Compare(string(a.Reference), string(b.Reference)), strings.Compare(string(a.Request), string(b.Request)))
	})
	return p
}

// pack writes the files with the one time that it was made.
func pack(w io.Writer, made time.Time, files []file) error {
	z := zip.NewWriter(w)
	for _, f := range files {
		to, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: made.UTC()})
		if err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
		if _, err := to.Write(f.body); err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("close a pack: %w", err)
	}
	return nil
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func sign(key crypto.Signer, body []byte) ([]byte, error) {
	sum := sha256.Sum256(body)
	signature, err := key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return []byte(base64.StdEncoding.EncodeToString(signature) + "\n"), nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Fingerprint names a public key by the SHA-256 of its DER form.
func Fingerprint(der []byte) string { return "SHA256:" + digest(der) }
