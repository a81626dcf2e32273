# make demo   set everything up and explore the synthetic atlas in the browser
# make test   set up what tests need and run everything but the slow proofs
# make slow   the slow proofs
# make lock   renew the locked versions

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STATIC := src/kansen/atlas/static/index.html
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
SCALE  ?= 1
PORT   ?= 8000

.PHONY: demo test slow web docs lint browser lock bench clean

demo: $(VENV)/.run $(STATIC)
	$(BIN)/kansen demo --scale $(SCALE) --port $(PORT)

test: $(VENV)/.test $(STATIC) lint browser
	cd web && npm run --silent check && npm run --silent test
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadscope --no-loadscope-reorder

slow: $(VENV)/.test $(STATIC) browser
	$(BIN)/python -m pytest -m slow -n 2

lint: $(VENV)/.test
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

web: $(STATIC)

docs: $(VENV)/.run
	$(BIN)/python -m kansen.dictionary docs/data-dictionary.md
	$(BIN)/python -m kansen.compatibility docs/compat.md
	$(BIN)/python -m kansen.importing.tables docs/importing.md

browser:
	sh tests/install-browser.sh

bench: $(VENV)/.test $(STATIC)
	for file in benchmarks/*.py; do $(BIN)/python $$file || exit 1; done

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.run
	$(PIP) install --require-hashes -r requirements/test.txt
	touch $@

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --silent --no-fund --no-audit

$(STATIC): web/node_modules/.package-lock.json web/index.html web/vite.config.ts $(shell find web/src web/public -type f 2>/dev/null)
	cd web && npm run --silent build
	touch $@

lock: $(VENV)/.test
	$(PIP) install uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  pyproject.toml requirements/build.in -o requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --extra analysis --extra spark pyproject.toml requirements/build.in requirements/test.in -c requirements/run.txt -o requirements/test.txt
	cd web && npm install --package-lock-only --omit-lockfile-registry-resolved=true

clean:
	rm -rf $(VENV) web/node_modules src/kansen/atlas/static kansen-demo
