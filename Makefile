# Everything a person needs: `make up`, `make test`. `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help up test check bench format lock lock-jars clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | sort

up: $(VENV)/.runtime ## start Elasticsearch and the service
	@exec $(BIN)/python -m app up

test: check ## lint, types, import rules, all tests
	$(BIN)/pytest -n 2 --dist loadgroup --require-es

check: $(VENV)/.dev ## lint, types and import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## how fast records go in; options with ARGS="--case A,D --pairs 3"
	@exec $(BIN)/python -m benchmarks.ingest $(ARGS)

format: $(VENV)/.dev ## format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(VENV)/.lock ## resolve requirements/*.in again
	for name in runtime dev java; do $(BIN)/uv pip compile -q --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	  requirements/$$name.in -o requirements/$$name.txt || exit 1; done

lock-jars: $(VENV)/.runtime ## resolve the jars of Elasticsearch and Kafka again
	$(BIN)/python -m app.engine.relock

clean: ## remove the environment and caches of this checkout
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or say where it is with PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is too old: Python 3.11 or newer is needed. Say where it is with PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "the environment could not be made: on Debian, apt-get install python3-venv"; exit 1; }

# A stamp a set of requirements: installed again only when the lock file changes.
$(VENV)/.runtime: requirements/runtime.txt | $(BIN)/python
	@echo "installing what Logfeed runs on ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . 
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	@echo "installing what the tests need ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.lock: | $(BIN)/python
	@$(BIN)/pip install --quiet --disable-pip-version-check uv
	@touch $@
