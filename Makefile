# Targets for people: run test demo year lint bench clean. README.md says what each
# one shows; docs/OPERATIONS.md says what they need.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS   += --no-print-directory
.DEFAULT_GOAL := run

PYTHON        ?= python3
GO            ?= go
STACK         := .local/bin/stack
STATICCHECK   := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# ENDPOINT=URL deploys to a LocalStack or MiniStack that runs already.
ENDPOINT ?=

# INVENTORY=FILE builds that inventory in instead of ours (docs/INVENTORY.md).
INVENTORY ?=

# FLAGS go to the local stack: FLAGS='-http 8081 -smtp 2526 -emulator 4567'.
FLAGS ?=

.PHONY: run test demo year lint lint-go lint-template bench clean local go browser FORCE

run: local
	@$(if $(INVENTORY),GOFLAGS="$$($(GO) run ./infra/ctl inventory overlay -f $(INVENTORY))"; export GOFLAGS;) exec $(STACK) -with-parent $(if $(ENDPOINT),-endpoint $(ENDPOINT)) $(FLAGS)

demo: local
	@exec $(STACK) -with-parent -demo

test: go browser .venv/ministack/.stamp .venv/sam/.stamp .venv/web/.stamp
	$(GO) vet ./...
	$(GO) test -timeout 20m $$($(GO) list ./... | grep -v /infra/local/e2e)
	$(GO) test -tags planted -timeout 20m -run TestPlanted -v ./shared/casework | grep -vE '^(=== |    .*caught:|    --- PASS)' # bugs planted on purpose: the suite must catch each
	$(GO) test -timeout 20m ./infra/local/e2e # the whole stack, with the machine to itself

# A year of 20,000 debtors over fifty clients; test plays a thousand of them.
year: go
	$(GO) test -timeout 90m -run TestYear -v ./shared/casework -args -year 20000 | grep -vE '^(=== |    --- PASS)'

# One JSON line a result; ONLY=start,export,access,systems,queue,roads picks.
bench: go .venv/ministack/.stamp
	@$(GO) run ./infra/bench $(if $(ONLY),-only $(ONLY))

lint: lint-go lint-template

lint-go: go
	@unformatted=$$(git ls-files -co --exclude-standard '*.go' | xargs gofmt -l); \
	  if [ -n "$$unformatted" ]; then echo "Not gofmt'ed:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) run $(GOLANGCI_LINT) run ./...
	$(GO) mod verify

# SAM sends usage data unless told not to.
lint-template: export SAM_CLI_TELEMETRY := 0
lint-template: export AWS_DEFAULT_REGION ?= eu-central-1
lint-template: .venv/sam/.stamp
	.venv/sam/bin/sam validate --lint
	.venv/sam/bin/cfn-lint template.yaml infra/*.yaml

# Stops what a killed run may have left behind, then removes all that was made.
clean:
	@if [ -x $(STACK) ]; then $(STACK) -stop; fi
	rm -rf .local .aws-sam .venv screenshots

# What the targets above need.

local: go .venv/ministack/.stamp .venv/sam/.stamp $(STACK)

$(STACK): FORCE
	@mkdir -p $(@D)
	@$(GO) build -o $@ ./infra/local

go:
	@infra/local/need go $(GO)

browser:
	@infra/local/need browser
	@infra/local/need postgresql
	@infra/local/need mariadb

.venv/%/.stamp: infra/local/requirements/%.txt
	@infra/local/need python $(PYTHON)
	@echo "Installing $* in .venv/$* ..."
	@rm -rf .venv/$*
	@$(PYTHON) -m venv .venv/$*
	@.venv/$*/bin/pip install --quiet --disable-pip-version-check --requirement $< \
	  || { echo "pip could not install $<: see the lines above."; exit 1; }
	@touch $@
