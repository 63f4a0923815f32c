# `make` alone lists what can be made. Everything sets itself up: `make run` and `make test` work on a fresh clone.

PORT ?= 5000
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet install --require-hashes
SET ?=

# Where Python is told to keep nothing compiled, each of the many processes of a run compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run setup test suite again lint bench bench-peers soak fuzz audit clean lock browser

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## set up if needed, load the demo clinic into an empty database, serve on PORT (default 5000)
	@COORDINATOR_BASE_URL=$${COORDINATOR_BASE_URL:-http://127.0.0.1:$(PORT)} $(BIN)/coordinator demo --if-empty
	@exec $(BIN)/coordinator serve --port $(PORT)

setup: .venv/ready node_modules/ready ## install what `run` needs: Python packages, front-end packages, compiled planner

test: setup .venv/ready-dev browser ## lint, types and all tests
	@$(MAKE) --no-print-directory --jobs 2 lint suite

# Three at once on two cores: much of a test is waiting for a browser, a mail server or a worker.
suite:
	@$(BIN)/pytest tests/test_house.py
	@$(BIN)/pytest -n 3 --dist worksteal --ignore tests/test_house.py

# Where everything fails nothing is looked at twice.
again: .venv/ready-dev lint ## the tests that failed last, by themselves: three at most
	@$(BIN)/python -c 'import json, sys; sys.exit(len(json.load(open(".pytest_cache/v/cache/lastfailed"))) > 3)'
	@echo "What failed beside others is tried by itself. What passes now is a race, and still to be mended."
	@$(BIN)/pytest -v --last-failed --last-failed-no-failures none

lint: .venv/ready .venv/ready-dev ## ruff and strict types
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

bench: setup .venv/ready-dev ## measure the planner, feeds and pages; SET=folder adds problems of your own
	@$(BIN)/python -m benchmarks $(SET)

bench-peers: setup .venv/ready-dev build/peers/tried ## the planner beside Timefold as well, where Java is; SET=folder as above
	@$(BIN)/python -m benchmarks.plan $(SET) --peers

soak: setup .venv/ready-dev browser ## the long versions of the tests: hundreds of kills, thousands of racers
	@$(BIN)/pytest -m soak

fuzz: setup .venv/ready-dev ## 100,000 cases of what nobody would send, for every parser and form (FUZZ_CASES=number)
	@FUZZ_CASES=$(or $(FUZZ_CASES),100000) $(BIN)/pytest -n 2 --dist worksteal tests/exchange/test_fuzz_files.py \
	  tests/web/test_fuzz_site.py tests/delivery/test_fuzz_id_tokens.py

audit: setup build/audit/ready ## known holes in what we depend on, and risky calls of our own
	@build/audit/bin/python requirements/audit.py

lock: .venv/ready-dev ## write the lock files anew from requirements/*.in and package.json
	@cd requirements && for each in main dev audit; do \
	  ../$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --quiet --upgrade $$each.in -o $$each.lock || exit 1; done
	@npm update --package-lock-only

clean: ## remove what was installed and made; your data in instance/ stays
	@rm -rf .venv node_modules build .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

.venv/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is missing. Install it, then run make again."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is older than 3.11. Install Python 3.11, then run make PYTHON=python3.11 again."; exit 1; }
	@$(PYTHON) -m venv .venv 2>/dev/null \
	  || { test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -qq -y python3-venv && $(PYTHON) -m venv .venv; } \
	  || { echo "Python lacks its venv module. Install python3-venv, then run make again."; exit 1; }
	@touch $@

.venv/ready: .venv/python requirements/main.lock pyproject.toml
	@echo "Installing Python packages …"
	@$(PIP) -r requirements/main.lock
	@$(BIN)/pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation --editable .
	@echo "Compiling the planner …"
	@command -v cc >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	  && apt-get update -qq && apt-get install -qq -y --no-install-recommends gcc libc6-dev >/dev/null; } || true
	@$(BIN)/python -m coordinator.planner.warm
	@touch $@

.venv/ready-dev: .venv/ready requirements/dev.lock
	@echo "Installing test tools …"
	@$(PIP) -r requirements/main.lock -r requirements/dev.lock
	@touch $@

build/peers/tried: requirements/peers.lock
	@mkdir -p build/peers
	@command -v java >/dev/null && $(PYTHON) -m venv build/peers \
	  && build/peers/bin/pip --disable-pip-version-check --quiet install --require-hashes -r requirements/peers.lock \
	  || rm -f build/peers/bin/python
	@touch $@

build/audit/ready: requirements/audit.lock
	@mkdir -p build
	@$(PYTHON) -m venv build/audit
	@build/audit/bin/pip --disable-pip-version-check --quiet install --require-hashes -r requirements/audit.lock
	@touch $@

node_modules/ready: package-lock.json .npmrc
	@command -v npm >/dev/null || { echo "npm is missing. Install Node.js 20 with npm, then run make again."; exit 1; }
	@echo "Installing front-end packages …"
	@npm ci --silent
	@touch $@

browser:
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	  && echo "Installing Chromium …" && apt-get update -qq \
	  && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-liberation >/dev/null; } \
	  || echo "Chromium is missing, so the browser tests will be skipped. Install it with: apt-get install chromium"
