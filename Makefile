# Two commands do all the set-up on a fresh machine: `make demo` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# The newest suitable Python on PATH or among pyenv's versions; PYTHON=... chooses another.
PYTHON ?= $(shell ./scripts/find-python 2>/dev/null)
PORT ?= 8080
# How many times the examples of `make test` that `make fuzz` tries.
EFFORT ?= 50
# How many processes run the tests of `make test`.
JOBS ?= 2
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo test check coverage lint types layers docs bench crash fuzz conformance wheel clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.created:
	@./scripts/find-python --check "$(PYTHON)"
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(STAMP)-demo: pyproject.toml $(VENV)/.created
	@echo "Installing what the demo needs (some minutes the first time)"
	@$(PIP) install -e '.[server,fast]'
	@touch $@

$(STAMP)-dev: pyproject.toml $(VENV)/.created
	@echo "Installing what the tests need (some minutes the first time)"
	@$(PIP) install -e '.[server,test,dev]'
	@touch $@ $(STAMP)-demo

demo: $(STAMP)-demo ## seven labs and a hub on this machine, filled with simulated data
	@$(BIN)/ssclab demo --port $(PORT)

test: $(STAMP)-dev ## run the tests
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile --cov --cov-report= $(ARGS)

check: ## what CI runs: style, types, layers, documentation, tests, coverage
	@scripts/stage install $(MAKE) --no-print-directory $(STAMP)-dev
	@scripts/stage lint $(MAKE) --no-print-directory lint
	@scripts/stage types $(MAKE) --no-print-directory types
	@scripts/stage layers $(MAKE) --no-print-directory layers
	@scripts/stage docs $(MAKE) --no-print-directory docs
	@scripts/stage test $(MAKE) --no-print-directory test
	@scripts/stage coverage $(MAKE) --no-print-directory coverage

coverage: ## what the last test run covered; fails below the limits
	@$(BIN)/coverage report --skip-covered --fail-under=90

lint: $(STAMP)-dev ## format and style
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(STAMP)-dev ## static types, strict
	@$(BIN)/mypy

layers: $(STAMP)-dev ## imports go down the layers
	@$(BIN)/lint-imports

docs: $(STAMP)-dev ## build the documentation into site/
	@$(BIN)/mkdocs build --strict --quiet

bench: $(STAMP)-dev ## measure, and write docs/benchmarks.md and docs/benchmarks-peers.md; PEER=name=URL adds a server
	@$(BIN)/python tests/benchmarks/run.py $(addprefix --peer ,$(PEER)) $(ARGS)

fuzz: $(STAMP)-dev ## try many more generated requests and payloads than `make test` does, others each time
	@FUZZ_EFFORT=$(EFFORT) $(BIN)/python -m pytest -q --timeout 0 tests/fuzzing tests/sources/test_mutated.py tests/endpoints/test_http_parity.py tests/endpoints/test_openapi.py $(ARGS)

crash: $(STAMP)-dev ## kill writers, compare their files, and write docs/crash.md
	@$(BIN)/python tests/crash/run.py $(ARGS)

conformance: $(STAMP)-dev ## run the official test suite, and write docs/conformance.md
	@$(BIN)/python tests/conformance/run.py $(ARGS)

wheel: $(STAMP)-dev ## build the wheel into dist/
	@$(BIN)/python -m build --wheel --outdir dist .

clean: ## remove what was made
	@rm -rf $(VENV) build dist site htmlcov .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis demo-data
