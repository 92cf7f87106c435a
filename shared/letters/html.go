package letters

import (
	"html/template"
	"strings"
)

// frame is the mail around a letter (docs/WORDS.md, mail): one column of 600 px, styles
// inline, no images, readable when the style element is stripped.
var frame = template.Must(template.New("frame").Parse(`<!DOCTYPE html>
<html lang="{{.Language}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{{.Subject}}</title>
<style>
@media (prefers-color-scheme: dark) {
  body, .page { background: #10151A !important; }
  .card { background: #171D22 !important; border-color: #37424A !important; }
  .card p, .card li, .card h2, .card h3, .card td { color: #E8ECEF !important; }
  .facts td { background: #222A31 !important; }
  .card a { color: #74C9D8 !important; }
}
</style>
</head>
<body style="margin:0;padding:0;background:#F4F6F6">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#F4F6F6">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px;background:#FFFFFF;border:1px solid #D3DADD;border-radius:4px">
<tr><td style="padding:28px 28px 20px;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5;color:#1B2228;text-align:left">
{{range .Elements}}{{if eq .Kind "leg"}}<h2 style="margin:32px 0 8px;padding-top:16px;border-top:2px solid #0B5563;font-size:20px;line-height:1.3;color:#1B2228">{{template "lines" .}}</h2>
{{else if eq .Kind "heading"}}{{if $.Combined}}<h3 style="margin:20px 0 4px;font-size:16px;line-height:1.4;color:#1B2228">{{template "lines" .}}</h3>{{else}}<h2 style="margin:24px 0 4px;font-size:17px;line-height:1.4;color:#1B2228">{{template "lines" .}}</h2>{{end}}
{{else if eq .Kind "list"}}<ul style="margin:0 0 14px;padding-left:22px">
{{range .Lines}}<li style="margin:0 0 4px;color:#1B2228">{{template "line" .}}</li>
{{end}}</ul>
{{else if eq .Kind "facts"}}<table role="presentation" class="facts" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 18px"><tr><td style="padding:10px 14px;background:#F4F6F6;font-size:15px;line-height:1.5;color:#4C5861">{{template "lines" .}}</td></tr></table>
{{else if eq .Kind "code"}}<p style="margin:12px 0 18px;font-family:ui-monospace,Consolas,Menlo,monospace;font-size:28px;line-height:1.4;color:#1B2228">{{template "lines" .}}</p>
{{else}}<p style="margin:0 0 14px;color:#1B2228">{{template "lines" .}}</p>
{{end}}{{end}}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
{{define "lines"}}{{range $i, $l := .Lines}}{{if $i}}<br>
{{end}}{{template "line" $l}}{{end}}{{end -}}
{{define "line"}}{{range .}}{{if .Href}}<a href="{{.Href}}" style="color:#0B5563">{{.Text}}</a>{{else}}{{.Text}}{{end}}{{end}}{{end}}`))

// html writes the same elements as text does, escaped for where they stand (A28).
func (d document) html() (string, error) {
	var b strings.Builder
	combined := false
	for _, e := range d.elements {
		combined = combined || e.Kind == legHeading
	}
	err := frame.Execute(&b, struct {
		Language, Subject string
		Elements          []element
		Combined          bool
	}{string(d.language), d.subject, d.elements, combined})
	return b.String(), err
}
