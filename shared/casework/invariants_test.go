package casework_test

import (
	"strings"

	"github.com/allclaims/rightsdesk/shared/request"
)

type watcher struct {
	seen  []request.ID
	vkeys []string
}

func (o *watcher) init(w *world) {}
func (w *world) saved(id string) {
	for _, have := range w.seen {
		if string(have) == id {
			return
		}
	}
	if _, err := w.store.Load(w.ctx, request.ID(id)); err != nil {
		return // the source was registered before: this id was never used
	}
	w.seen = append(w.seen, request.ID(id))
}
func (w *world) key(name, key string) { w.vkeys = append(w.vkeys, strings.TrimSpace(name+"/"+key)) }
func (w *world) mint(key string)      {}
func (w *world) mailed(m sentMail)    {}
func (w *world) check()               {}
