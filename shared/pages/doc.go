// Package pages is what every screen of the rights desk has in common: the one
// stylesheet, the frame around each page, the parts that forms are made of, the
// words on them and the security headers. The public pages, the officers' desk
// and the clients' page all look and behave alike because they use it.
//
// # How a site uses it
//
// A site embeds a folder templates (one file a page, which defines "main"; files
// whose name starts with "_" are parts shared by its pages; embed them with
// "all:templates", or go:embed leaves them out) and a folder words
// (nl.yaml and en.yaml, the same keys). It calls MustLoad once, and renders
// values that embed a Frame (package door does so for every site):
//
//	type queuePage struct {
//		pages.Frame
//		Rows []row
//	}
//	set.Render(w, http.StatusOK, "queue", queuePage{Frame: frame, Rows: rows})
//
// In templates, {{say .Lang "key" "name" .Value}} gives words from the site's
// catalogue (or from the catalogue of this package, keys starting "frame."), and
// {{rich …}} does the same where the words hold **bold** parts. Both escape what
// is filled in. The parts are: errors, field, choices, dateparts, summary, notice,
// help; each takes the type of the same name.
//
// # Classes of the stylesheet
//
//	body.work                 dense type and wide column of desk and client
//	.button .second .quiet .danger      one primary button a page; danger is red, for the one act that cannot be undone
//	.onward                   a link that stands alone: large enough for a thumb
//	.row                      things side by side that may wrap (buttons, boxes)
//	.group .fault .hint .fault-text     a question with its label, hint and what to mend
//	.choices .choice          radios and checkboxes; the whole line is the target
//	.parts                    day, month, year side by side
//	.w2 .w4 .w6 .w8 .w12 .w20 width of a box in characters
//	.notice + .info .ok .warn .danger   a calm box with a bar at the left; start it with a bold word
//	.panel                    the frame around the one most important thing
//	dl.summary                rows of term, value and change link
//	dl.facts                  compact term/value pairs
//	.columns                  two columns from 64 rem (2fr 1fr); order in the source = order on a phone
//	.tabs                     list of links, the current one with aria-current="page"
//	table.cards               a table that becomes cards below 40 rem (label from data-label, roles written out)
//	.scroll                   box in which a wide table may scroll sideways (give it tabindex=0, role=region and a label)
//	.date + .late .soon       contextual date: bold date, small word under it, bar at the left
//	.state                    a state in words with a thin border
//	ol.steps                  numbered steps; ol.timeline newest first
//	.filters .chip            GET form of selects; an applied filter
//	.text                     the person's own words: wraps, keeps line breaks
//	.code                     references and codes: tabular, selectable in one tap
//	.away                     for the screen reader only
package pages
