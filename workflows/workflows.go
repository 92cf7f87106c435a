// Package workflows embeds the state machines exactly as they are deployed, so
// that tests run the very files that ship.
package workflows

import "embed"

// Files holds request, controller, processor, collect and erase, each as NAME.asl.json.
//
//go:embed *.asl.json
var Files embed.FS

// Names lists the machines.
var Names = []string{"request", "controller", "processor", "collect", "erase"}
