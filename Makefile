# make demo       run Pointsman with a living floor on 127.0.0.1:8000      (make demo SPEED=10 runs it faster than life)
# make test       everything a change must pass: lint, types, layers, tests
# make test-all   the same with the tests that take longer than a minute
# make test-the-tests   plants faults in a copy, one at a time: each must turn its tests red (WORDS=outbox: some of them)
# make lint, make bench, make clean
# make screenshots   takes the pictures of the console in docs/images anew
# make messages      brings the console's catalogues of translations up to date (make messages CODE=fr begins one)
# make lock, install-locked, vulnerabilities, sbom, licences: the supply chain (docs/supply-chain.md)
#
# Variables: PYTHON (3.11 or newer), TORCH_INDEX (an extra package index, such as PyTorch's own with CPU builds),
# SPEED and DEMO_ARGS for `demo`, PYTEST_ARGS for the tests.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
TOOLS := .cache/supply-chain/bin
INDEX := $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
# Two workers, one core each; a file's tests stay together, so that they share their servers. In the order of the files:
# sorted by how many tests they have, the longest would come last, and one worker would wait for the other's.
# What is compiled is kept: the tests start hundreds of processes, and each would compile the whole product again.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder -p no:schemathesis $(PYTEST_ARGS)

# One thread a library: the parts run side by side, and threads that fight over two cores make each of them slower.
export OMP_NUM_THREADS ?= 1
export TOKENIZERS_PARALLELISM ?= false

.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-the-tests lint bench screenshots messages clean install install-dev kafka-jars
.PHONY: lock install-locked vulnerabilities sbom licences

help:
	@sed -n 's/^# \{0,1\}//; 1,11p' Makefile

demo: install
	$(BIN)/pointsman demo $(if $(SPEED),--speed $(SPEED)) $(DEMO_ARGS)

test: lint
	$(PYTEST) -m "not slow"

test-all: lint
	$(PYTEST)

# Never touches the working tree. Exit status 1 when a fault is missed, or no longer fits the code.
test-the-tests: install-dev
	PYTHONPATH=tests $(BIN)/python -m planted $(WORDS)

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/lint-imports

# The C library gives arrays of a tick's size back to the system after each tick, and asks for them again: with these it
# keeps them, as the image in deploy/ does.
bench: export MALLOC_MMAP_THRESHOLD_ = 33554432
bench: export MALLOC_TRIM_THRESHOLD_ = 268435456
# The documentation's pictures of the console, of the demo's floor.
screenshots: install-dev
	$(BIN)/python -m benchmarks.console.screenshots

bench: install-dev
	@set -e; for suite in benchmarks/*/__main__.py; do \
	  name=$$(dirname "$$suite" | tr / .); echo "$(BIN)/python -m $$name"; $(BIN)/python -m "$$name"; \
	done

# What is new stands in the catalogues with an empty translation; what the console no longer says goes.
messages: install
	$(BIN)/python -m api.console.languages $(CODE)

# Fetches the Kafka broker of the test suite ahead of the tests, which would fetch it themselves.
kafka-jars: install-dev
	PYTHONPATH=tests $(BIN)/python -W ignore -m servers.kafka.jars

# Every dependency of every dependency, with the digests of its files, none younger than a week: what is bad is mostly
# found within days. The files name no index, so that each team takes them from its own.
LOCK := deploy/requirements.lock
COMPILE := $(TOOLS)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
  --no-annotate --no-emit-index-url --exclude-newer '7 days' --custom-compile-command 'make lock'
lock: $(TOOLS)/.installed
	$(COMPILE) --extra otel --extra postgres --output-file $(LOCK)
	$(COMPILE) --extra dev --output-file deploy/requirements-dev.lock

# Refuses whatever file is not, byte for byte, the one that was locked.
install-locked: | $(VENV)/pyvenv.cfg
	$(PIP) --require-hashes --requirement $(LOCK)
	$(PIP) --no-deps --editable .

# A dependency that nobody could look up counts as a failure: silence is no clean bill.
vulnerabilities: $(TOOLS)/.installed
	$(TOOLS)/pip-audit --requirement $(LOCK) --disable-pip --no-deps --strict

sbom: $(TOOLS)/.installed
	@mkdir -p build
	$(TOOLS)/cyclonedx-py requirements $(LOCK) --pyproject pyproject.toml --output-reproducible -o build/sbom.cdx.json

licences: $(TOOLS)/.installed install
	@mkdir -p build
	$(TOOLS)/pip-licenses --python $(BIN)/python --from=mixed --format=csv --output-file build/licences.csv

$(TOOLS)/.installed: | $(VENV)/pyvenv.cfg
	@$(PYTHON) -m venv .cache/supply-chain
	@$(TOOLS)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.11.1' cyclonedx-bom pip-audit pip-licenses
	@touch $@

clean:
	rm -rf $(VENV) .cache build dist *.egg-info .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

# Installed in place, so that a changed source file needs no new installation; only pyproject.toml asks for one.
$(VENV)/.installed: pyproject.toml | $(VENV)/pyvenv.cfg
	@echo "Installing Pointsman into $(VENV); the first time takes some minutes"
	$(PIP) $(INDEX) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/pyvenv.cfg
	@echo "Installing Pointsman and its development tools into $(VENV); the first time takes some minutes"
	$(PIP) $(INDEX) --editable '.[dev]'
	@touch $(VENV)/.installed $@

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Pointsman needs Python 3.11 or newer; $(PYTHON) is " + sys.version.split()[0] + ": make PYTHON=/path/to/python")'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) could not create a virtual environment; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
