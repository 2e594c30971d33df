# What the README and CI call. `make help` lists the targets.

SHELL := bash
GO ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
ENV := python3 internal/airflowenv/env.py
DEMO := examples/daily_sales/daily_sales.yaml

# The race detector needs a C compiler.
RACE := $(if $(shell command -v gcc || command -v clang),-race)
# Pipeline files that people wrote for dag-factory; a checkout of its example folder. Without it, make test says so.
CORPUS ?= ../shared/corpus/dag-factory

.PHONY: help build demo test test-go test-airflow test-worker test-corpus lint cross golden bench fuzz kills

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

build: ## build bin/dagexport
	$(GO) build -trimpath -o bin/dagexport ./cmd/dagexport

demo: build ## export the first example, show its DAG file, run it here
	bin/dagexport airflow $(DEMO)
	@echo; cat $(DEMO:.yaml=.py); echo
	bin/dagexport run --local $(DEMO) --date 2026-01-02

test: test-go test-worker test-airflow test-corpus cross ## everything, real Airflow included

test-go: ## what needs no Airflow
	$(GO) test $(RACE) -timeout 20m ./...

test-worker: ## the Python worker, templates and the reader of Python, each judged by real interpreters
	DAGEXPORT_WORKER_PYTHON="$$($(ENV) python 2.11)" $(GO) test -tags airflow -count=1 -timeout 10m ./targets/local/worker ./targets/local/jinja ./internal/pysource ./internal/jinja
	DAGEXPORT_WORKER_PYTHON="$$($(ENV) python 3.3)" $(GO) test -tags airflow -count=1 -timeout 10m ./targets/local/worker ./targets/local/jinja ./internal/pysource ./internal/jinja

test-airflow: ## golden DAG files and run records against seven real Airflows; runs on real schedulers
	$(GO) test -tags airflow -count=1 -timeout 60m -p 1 ./internal/catalog ./targets/airflow/standalone ./golden

test-corpus: ## files written for dag-factory, against real Airflow
ifneq ($(wildcard $(CORPUS)/.),)
	DAGEXPORT_CORPUS="$(abspath $(CORPUS))" $(GO) test -tags 'airflow corpus' -count=1 -timeout 20m -run TestCorpus ./golden
else
	@echo "NOT RUN: test-corpus needs a folder of dag-factory's example files: make test CORPUS=FOLDER"
endif

cross: ## build for the other systems
	GOOS=darwin GOARCH=arm64 $(GO) build -o /dev/null ./cmd/dagexport
	GOOS=windows GOARCH=amd64 $(GO) build -o /dev/null ./cmd/dagexport

lint: ## formatting, vet, staticcheck; ruff for the Python in the repository
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo "run: gofmt -w ."; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags 'airflow corpus' ./golden ./internal/catalog ./targets/airflow/standalone ./targets/local/jinja ./targets/local/worker ./internal/jinja ./internal/pysource
	$(GO) run $(STATICCHECK) ./...
	@ruff="$$(dirname "$$($(ENV) python tools)")/ruff"; \
	"$$ruff" check --quiet --no-cache --line-length 140 --target-version py310 --select E,F,I,UP,B --ignore UP036 internal targets/local && \
	"$$ruff" format --quiet --no-cache --check --line-length 140 --target-version py310 internal targets/local

golden: ## record the truth again: run records from real Airflow, then all other goldens
	-$(GO) test ./golden -run TestCases -update
	-$(GO) test -tags airflow -count=1 -timeout 60m ./golden -run '^Test((Random)?Records|LiveRuns)$$' -record
	@git status --short golden

bench: ## the project's own measurements
	$(GO) test -run '^$$' -bench . -benchmem ./...

kills: ## kill 200 runs at random points and see that the next command puts all in order; a log of 1 GiB
	$(GO) test -count=1 -timeout 20m -run 'TestKilledAtAnyPoint' ./cmd/dagexport -kills 200
	$(GO) test -count=1 -timeout 10m -run 'TestMuchOutput' ./cmd/dagexport -log-size 1024

fuzz: ## half a minute for each fuzz test
	@for package in $$($(GO) list ./...); do \
		for name in $$($(GO) test -list '^Fuzz' $$package | grep ^Fuzz); do \
			$(GO) test -run '^$$' -fuzz "^$$name$$" -fuzztime 30s $$package || exit 1; \
		done; \
	done
