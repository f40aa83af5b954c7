# Each verb does its own set-up; CI and the README call the same ones.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header

# What is compiled once need not be compiled at each start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo run test check format bench faults docs lock places clean

help: ## show the verbs
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

install: $(READY) ## make the environment in .venv

$(READY): requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## the real bot in a simulated Discord, in your browser (PORT= chooses the port)
	@$(BIN)/python -m bot demo $(if $(PORT),--port $(PORT))

run: $(READY) ## the bot, with the settings of .env
	@$(BIN)/python -m bot

test: $(READY) ## the tests and the import contracts
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -n 4 --dist worksteal -q

check: $(READY) ## format, lint, strict types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(READY) ## write the format and the safe fixes
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(READY) ## what a warm command costs, beside a bare handler
	@$(BIN)/python -m pytest --benchmark-enable --benchmark-only -q tests/bench

faults: $(READY) ## random crashes, lost answers, wrong clocks (RUNS= how many, SEED= which)
	@RUNS=$(RUNS) SEED=$(SEED) $(BIN)/python -m tests.faults

docs: $(READY) ## write anew what the documentation takes from the code
	@$(BIN)/python -m scripts.docs

lock: $(READY) ## write the lock files anew, with hashes and without addresses
	@$(COMPILE) pyproject.toml --output-file requirements.lock
	@$(COMPILE) --group build --output-file requirements-build.lock
	@$(COMPILE) pyproject.toml --extra demo --group dev --output-file requirements-dev.lock

places: $(READY) ## write the names of places in many languages anew, out of Unicode's CLDR
	@$(BIN)/python -m scripts.place_names

clean: ## remove the environment and what tools left
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks
