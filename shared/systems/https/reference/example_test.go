package reference_test

import (
	"encoding/base64"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/allclaims/rightsdesk/shared/systems/https/reference"
	"github.com/allclaims/rightsdesk/shared/systems/https/wire"
)

// An owner's program: copy it with the packages reference and wire, change the
// paths of the two imports, and write the five methods of reference.Store over
// the database where Memory stands.
func Example() {
	key, err := base64.StdEncoding.DecodeString(os.Getenv("RIGHTSDESK_KEY"))
	if err != nil || len(key) < wire.MinKey {
		log.Print("RIGHTSDESK_KEY is not 32 bytes in base 64")
		return
	}
	store := reference.NewMemory(time.Now, &reference.MemoryTable{
		Table: wire.Table{
			Name: "debtors", Primary: []string{"number"},
			Columns: []wire.Column{{Name: "number", Type: "text"}, {Name: "name", Type: "text", Nullable: true}, {Name: "password", Type: "text"}},
		},
		Rows: []map[string]any{{"number": "B-1", "name": "Eva Fok", "password": "geheim"}},
	})
	desk := &reference.Server{
		Store: store, Keys: [][]byte{key}, Now: time.Now, Log: slog.Default(),
		Rules: map[string]reference.Rule{ // what is not named here, the desk never sees
			"debtors": {Read: []string{"number", "name"}, Write: []string{"name"}, Acts: []string{"erase", "correct"}},
		},
	}
	server := &http.Server{Addr: ":8443", Handler: desk, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute}
	log.Print(server.ListenAndServeTLS("server.pem", "server.key"))
}
