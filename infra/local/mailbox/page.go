package mailbox

import (
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"
)

//go:embed page.html style.css
var files embed.FS

var page = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"when":  func(t time.Time) string { return t.Local().Format("2-1-2006 15:04:05") },
	"names": func(to []string) string { return strings.Join(to, ", ") },
	"text":  func(raw []byte) string { return valid(string(raw)) },
}).ParseFS(files, "page.html"))

// Handler serves the mailbox at /mail, one message at /mail/ID, and all of it
// as JSON at /mail.json.
func (b *Box) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /mail.json", b.serveJSON)
	mux.HandleFunc("GET /mail", b.serveList)
	mux.HandleFunc("GET /mail/{$}", b.serveList)
	mux.HandleFunc("GET /mail/style.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, files, "style.css")
	})
	mux.HandleFunc("GET /mail/{id}", b.serveMessage)
	mux.HandleFunc("GET /mail/{id}/html", b.serveHTML)
	return mux
}

// view is what a page shows: the list, or one message.
type view struct {
	Mails   []Message
	Message *Message
	Form    string // html, tekst or bron
}

func (b *Box) serveList(w http.ResponseWriter, _ *http.Request) {
	mails := b.All()
	slices.Reverse(mails)
	show(w, view{Mails: mails})
}

func (b *Box) serveMessage(w http.ResponseWriter, r *http.Request) {
	m, ok := b.find(r.PathValue("id"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	form := r.FormValue("vorm")
	if form != "html" && form != "bron" {
		form = "tekst"
	}
	show(w, view{Message: &m, Form: form})
}

// serveHTML gives the mail's own HTML, for a frame that may do nothing.
func (b *Box) serveHTML(w http.ResponseWriter, r *http.Request) {
	m, ok := b.find(r.PathValue("id"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(m.HTML)) // the browser may have gone
}

func (b *Box) serveJSON(w http.ResponseWriter, _ *http.Request) {
	mails := b.All()
	for i := range mails {
		mails[i].Raw = nil
	}
	if mails == nil {
		mails = []Message{}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(mails) // the reader may have gone
}

func (b *Box) find(id string) (Message, bool) {
	for _, m := range b.All() {
		if m.ID == id {
			return m, true
		}
	}
	return Message{}, false
}

func show(w http.ResponseWriter, v view) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'none'; base-uri 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = page.Execute(w, v) // the browser may have gone
}
