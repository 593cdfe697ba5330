# Every command that the README, the documentation and CI use.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
ENV ?= dev
STACK ?= local
IMAGES ?=
FUNCTION ?=
ARGS ?=
EVENT ?=

venv := .venv/bin
sam := .engine/bin/sam
stack-of-env = $(shell $(venv)/python -c 'import tomllib; \
	found = tomllib.load(open("samconfig.toml", "rb"))["$(ENV)"]["deploy"]["parameters"]; \
	print(found["stack_name"], found["region"])')
lock-files := $(patsubst %.in,%.txt,$(wildcard requirements/*.in layers/dependencies/*.in))

# Named after what the lock files say, not after when git wrote them.
checksum = $(firstword $(shell cksum <requirements/$(1).txt))
installed := .venv/.installed-$(call checksum,dev)
engine-installed := .engine/.installed-$(call checksum,engine)
bench-installed := .bench/.installed-$(call checksum,bench)
web-installed := web/node_modules/.installed-$(firstword $(shell cksum <web/package-lock.json))
web-sources := $(shell find web/src web/public web/*.* -type f ! -name schema.d.ts) docs/openapi.json
node-installed := bench/node/node_modules/.installed-$(firstword $(shell cksum <bench/node/package-lock.json))

# `sam` calls the layers' Makefiles, and they need uv.
export UV := $(CURDIR)/$(venv)/uv
export SAM_CLI_TELEMETRY := 0
# Of what is published as source: pinned tools to build it, and no headers of this machine's own libraries.
export UV_BUILD_CONSTRAINT := $(CURDIR)/layers/dependencies/build.txt
export PKG_CONFIG := false
# Where a shell forbids bytecode, each of the hundred processes of a test run would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

##@ Run
.PHONY: help demo token up down reset status logs reindex audit
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z%-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: up ## Upload pictures and show what Gloss makes of them (IMAGES=folder for your own)
	@$(venv)/python -m tools.demo $(if $(IMAGES),--images "$(IMAGES)")

token: setup ## Print an ID token of the demo user, for the Authorization header
	@$(venv)/python -m tools.demo --token

up: setup console ## Start the whole stack on this machine, or bring it up to date (GLOSS_PORT, default 4566)
	@$(venv)/python -m tools.local_stack up

down: setup ## Stop the local stack and keep its data
	@$(venv)/python -m tools.local_stack down

reset: setup ## Stop the local stack and forget its data
	@$(venv)/python -m tools.local_stack reset

status: setup ## Say whether the local stack is up, and where
	@$(venv)/python -m tools.local_stack status

logs: setup ## Show what the local functions logged (FUNCTION=Intake for one of them)
	@$(venv)/python -m tools.local_stack logs $(if $(FUNCTION),--function "$(FUNCTION)")

reindex: setup ## Bring the search index in line with the records: of the local stack, or STACK=deployed (ENV)
	@$(venv)/python -m tools.reindex $(if $(filter deployed,$(STACK)),$(stack-of-env)) $(ARGS)

audit: setup ## Prove every balance of the local stack against its journal
	@$(venv)/python -m tools.audit

##@ Check
.PHONY: test test-unit test-console test-integration screenshots test-heavy lint format validate
test: ## Everything that has to hold before a commit
	@$(MAKE) -j2 --output-sync=target lint validate test-console
	@$(MAKE) test-unit
	@$(MAKE) test-integration

# An independent reader of what is written into files. Where it is missing its test is skipped with a word;
# in CI that is a failure.
.PHONY: exiftool
exiftool:
	@command -v exiftool >/dev/null || \
		{ [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -qq --yes libimage-exiftool-perl; } \
			>/dev/null 2>&1 || \
		echo "exiftool is missing (Debian: libimage-exiftool-perl): files that Gloss wrote are not checked with it"

test-unit: setup exiftool ## Unit tests (sockets off) and contracts of the providers, with the coverage floor
	@$(venv)/pytest tests/unit tests/contracts -m "not heavy" --disable-socket --allow-unix-socket -p no:schemathesis \
		--numprocesses auto --maxprocesses 4 --dist worksteal --cov --cov-branch -q

# What the console is tested in. Where it may, this installs it; where not, those tests are skipped with a word;
# in CI that is a failure.
.PHONY: chromium
chromium:
	@command -v chromium google-chrome google-chrome-stable chromium-browser >/dev/null || \
		{ [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -qq --yes chromium; } >/dev/null 2>&1 || \
		echo "Chromium is missing (Debian: chromium): the console is not tested in a browser"

test-console: console ## The console: types, rules, unit tests, size
	@$(web) lint
	@$(web) test
	@$(web) size

test-integration: setup console chromium ## The deployed stack on the local engine, IAM enforced, and the console on it
	@$(venv)/pytest tests/integration tests/e2e -m "not heavy" -q --numprocesses 2 --dist loadscope

# Not among the tests: it writes into the working copy.
screenshots: setup console chromium ## Picture every page of the console into docs/screenshots
	@$(venv)/pytest tests/e2e/screenshots.py -q

test-heavy: setup ## The tests that take minutes
	@$(venv)/pytest tests -m heavy -q

lint: setup ## Formatting, rules and types
	@$(venv)/ruff format --check .
	@$(venv)/ruff check .
	@$(venv)/mypy

format: setup ## Format the code and repair what can be repaired
	@$(venv)/ruff check --fix-only .
	@$(venv)/ruff format .

validate: setup ## The template, by SAM and by cfn-lint
	@$(sam) validate --lint
	@$(venv)/cfn-lint

##@ Build and deploy
.PHONY: console build build-local deploy invoke runtime-image openapi cli-docs lock
ifneq ($(shell command -v npm),)
web := npm --prefix web --silent run
console: web/dist/index.html ## Build the console (Node 20.19 or newer)
else
# Without Node there is a stack, but no console; in CI that is a failure.
web := :
console:
	@echo "Node 20.19 or newer is missing: there is no console"
	@[ -z "$${CI:-}" ]
endif

web/dist/index.html: $(web-sources) | $(web-installed)
	@$(web) build

build: setup ## Build for AWS: python3.13 on arm64
	@$(clean-functions)
	@GLOSS_BUILD_TARGET=lambda $(sam) build

build-local: setup ## Build for the local engine: this machine's Python
	@$(clean-functions)
	@GLOSS_BUILD_TARGET=host GLOSS_HOST_PYTHON="$(CURDIR)/.engine/bin/python" $(sam) build --config-env local

deploy: build console ## Deploy to AWS with the credentials of this shell (ENV=dev or prod)
	@$(sam) deploy --config-env "$(ENV)"
	@$(venv)/python -m tools.publish_console $(stack-of-env)

invoke: setup ## Run one function in a container (FUNCTION=InspectImage EVENT=events/…; needs Docker)
	@$(venv)/python -m tools.invoke "$(FUNCTION)" "$(EVENT)"

runtime-image: setup ## Make the image that `make invoke` needs, where the public one cannot be pulled (Debian, as root)
	@$(venv)/python -m tools.runtime_image

openapi: setup ## Write docs/openapi.json from the handlers
	@PYTHONPATH=layers/gloss/python $(venv)/python -m tools.openapi

cli-docs: setup ## Write docs/cli.md from the commands' help
	@PYTHONPATH=cli $(venv)/python -m tools.cli_docs

lock: setup ## Pin every dependency anew, with hashes
	@$(foreach file,$(lock-files),(cd $(dir $(file)) && "$$UV" pip compile $(notdir $(file:.txt=.in)) --quiet \
		--generate-hashes --no-emit-index-url --no-annotate --no-header --universal --python-version 3.11 \
		--output-file $(notdir $(file)));)

# Bytecode that tests left beside a function would be deployed with it.
clean-functions = find functions -name __pycache__ -prune -exec rm -rf {} +

##@ Measure
.PHONY: bench bench-brief
bench: setup ## Every benchmark, and docs/performance.md from what they tell
	@PYTHONPATH=layers/gloss/python $(venv)/python -m bench._report

bench-brief: ## Every benchmark in small, to see that it works
	@$(MAKE) bench-warm bench-ledger bench-search bench-imaging bench-cold bench-pipeline bench-cost bench-bulk \
		ARGS=--brief

bench-%: setup ## One benchmark: pipeline, ledger, imaging, …
	@PYTHONPATH=layers/gloss/python $(venv)/python -m bench.$* $(ARGS)

# Beside their peers, in the peers' environment.
bench-imaging: $(node-installed)
bench-search bench-imaging: bench-%: setup $(bench-installed)
	@PYTHONPATH=layers/gloss/python .bench/bin/python -m bench.$* $(ARGS)

# Starts what `sam build` makes of the layers.
bench-cold: build-local
	@PYTHONPATH=layers/gloss/python $(venv)/python -m bench.cold $(ARGS)

##@ Set up
.PHONY: setup clean
setup: ## Install everything into this folder, once (PYTHON=python3.12 to choose the interpreter)
	@$(MAKE) -s -j2 $(installed) $(engine-installed)

clean: ## Stop the local stack and remove what was installed and built; its data stays
	@if [ -x $(venv)/python ]; then $(venv)/python -m tools.local_stack down; fi
	@rm -rf .venv .engine .bench bench/node/node_modules web/node_modules web/dist .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov

$(venv)/uv:
	@command -v $(PYTHON) >/dev/null || { echo "gloss: $(PYTHON) is not installed: Gloss needs Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "gloss: $(PYTHON) is too old: name a Python 3.11 or newer with PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up, once…"
	@$(PYTHON) -m venv .venv || { echo "gloss: $(PYTHON) cannot make environments: install python3-venv" >&2; exit 1; }
	@$(venv)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
		--requirement requirements/bootstrap.txt

$(installed): | $(venv)/uv
	@"$$UV" pip sync --quiet --python .venv --require-hashes requirements/dev.txt
	@rm -f .venv/.installed-*
	@touch $@

# Layers built for another Python of the engine are of no use.
$(engine-installed): | $(venv)/uv
	@[ -x .engine/bin/python ] || { "$$UV" venv --quiet --python $(venv)/python .engine; rm -rf .aws-sam/local; }
	@"$$UV" pip sync --quiet --python .engine --require-hashes requirements/engine.txt
	@rm -f .engine/.installed-*
	@touch $@

$(web-installed): web/package.json
	@npm --prefix web ci --silent
	@touch $@

$(node-installed):
	@if command -v npm >/dev/null; then npm --prefix bench/node ci --silent && touch $@; \
		else echo "npm is missing: the Node peers are not measured"; fi

$(bench-installed): | $(venv)/uv
	@[ -x .bench/bin/python ] || "$$UV" venv --quiet --python $(venv)/python .bench
	@"$$UV" pip sync --quiet --python .bench --require-hashes requirements/bench.txt
	@rm -f .bench/.installed-*
	@touch $@
