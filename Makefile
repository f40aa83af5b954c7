# Each target sets up what it needs. CI and the README use the same targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header

# Keep compiled bytecode, so that Python compiles each file only once.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo run test check format bench faults docs pictures lock places clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

install: $(READY) ## create the environment in .venv

$(READY): requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## run the real bot in a simulated Discord in your browser (PORT= sets the port)
	@$(BIN)/python -m bot demo $(if $(PORT),--port $(PORT))

run: $(READY) ## run the bot with the settings in .env
	@$(BIN)/python -m bot

test: $(READY) ## run the tests and check the import contracts
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m compileall -q bot cogs  # a process that compiles takes more memory, which is measured
	@$(BIN)/python -m pytest -n 4 --dist worksteal -q

check: $(READY) ## check format, lint, strict types and import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(READY) ## apply the format and the safe fixes
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(READY) ## measure the bot beside a bare bot, new cards, and how fast posts go out
	@$(BIN)/python -m pytest --benchmark-enable --benchmark-only -q tests/bench

faults: $(READY) ## run the crash test: random crashes, lost answers, wrong clocks (RUNS= sets the number of runs, SEED= repeats a run)
	@RUNS=$(RUNS) SEED=$(SEED) $(BIN)/python -m tests.faults

docs: $(READY) ## update the parts of the documentation that are made from the code
	@$(BIN)/python -m scripts.docs

pictures: $(READY) ## draw the pictures of the README from the sample; the screenshots among them need Chromium
	@$(BIN)/python -m scripts.pictures

lock: $(READY) ## update the lock files, with hashes and without addresses
	@$(COMPILE) pyproject.toml --output-file requirements.lock
	@$(COMPILE) --group build --output-file requirements-build.lock
	@$(COMPILE) pyproject.toml --extra demo --group dev --output-file requirements-dev.lock

places: $(READY) ## update the names of places in many languages from Unicode CLDR
	@$(BIN)/python -m scripts.place_names

clean: ## remove the environment and the caches of tools
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks
