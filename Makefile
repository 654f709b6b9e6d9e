# One command sets up, one checks. `make demo` and `make test` need Python 3.11+ and a package index, nothing else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready

.PHONY: setup demo test test-all lint bench clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("需要 Python 3.11 或更高版本 / Python 3.11+ needed") if sys.version_info < (3, 11) else None'
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)  # half a venv is none
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	$(BIN)/python -m compileall -q ledger reports jobs tiexi  # so that the first command starts as fast as the second, and for who may not write here
	touch $(STAMP)

demo: setup
	$(BIN)/tiexi demo demo

# a part of what runs on both databases and of the random worlds; each process takes tests that stand together
test: setup
	$(BIN)/python -m pytest -n auto --dist worksteal

# everything on both databases and all random worlds, which takes about twice as long; portals then on PostgreSQL once more
test-all: setup
	$(BIN)/python -m pytest -n auto --dist worksteal --all-cases
	TIEXI_TEST_PORTALS=postgresql $(BIN)/python -m pytest -n auto --dist worksteal tests/portal --ignore tests/portal/browser

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement benchmarks/requirements.txt
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
