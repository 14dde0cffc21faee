# Two commands do all the set-up on a fresh Debian 12 with python3 and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
JOBS ?= 2
# Speech, noise and names that are not part of the repository, relative to this folder.
DATA ?= ../shared/data

.PHONY: help demo test test-faults coverage lint format bench bench-recognition install dev system clean

help:
	@echo "make demo    take the sample calls of Wexbourne Council and report on them"
	@echo "make test    run the tests"
	@echo "make lint    check style and types"
	@echo "make bench   measure (slow)"

# Debian splits venv out of python3; root can be helped, others are told.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 3; }
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq python3-venv; \
	  else echo "python3 has no venv here: run 'sudo apt-get install python3-venv', then make again"; exit 3; fi; fi
	$(PYTHON) -m venv $(VENV)

$(DEMO_STAMP): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(DEV_STAMP): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@ $(DEMO_STAMP)

install: $(DEMO_STAMP)
dev: $(DEV_STAMP)

demo: $(DEMO_STAMP)
	@$(BIN)/ivr demo

# Tests that need a Debian package say so and skip where it cannot be installed.
system:
	@sh tests/install-system-packages

test: $(DEV_STAMP) system
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

# Real servers, with faults put into them while calls go on: some minutes, and nothing else beside them.
test-faults: $(DEV_STAMP) system
	$(BIN)/python -m pytest -m faults tests/faults

coverage: $(DEV_STAMP)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --cov --cov-report=term

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(DEV_STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Evidence, slow: each prints a table. Those that need ../shared/data say so and stop.
BENCH := cleanse compile open match sounds pairs report sphinx names webhook media
.PHONY: $(BENCH:%=bench-%) model tune
$(BENCH:%=bench-%): bench-%: $(DEV_STAMP) system
	$(BIN)/python benchmarks/bench_$*.py

bench: $(DEV_STAMP) system
	@for name in $(BENCH); do echo "== $$name"; $(BIN)/python benchmarks/bench_$$name.py || exit $$?; done
	@echo "== demo"; time $(BIN)/ivr demo >/dev/null

# To saturation, and slow: load takes a quarter of an hour, soak as long as it is told to.
HOURS ?= 2
.PHONY: bench-load bench-soak
bench-load bench-soak: $(DEV_STAMP) system
bench-load:
	$(BIN)/python benchmarks/bench_load.py
bench-soak:
	$(BIN)/python benchmarks/bench_soak.py --hours $(HOURS)

# What becomes of callers when something fails in the middle of calls; when one of two hosts is killed (root, `ip`); and
# while a new directory is activated.
.PHONY: bench-faults bench-hosts bench-activation
bench-faults bench-hosts bench-activation: bench-%: $(DEV_STAMP) system
	$(BIN)/python benchmarks/bench_$*.py

# Speech the model never met is made first; see training/README.md.
bench-recognition: $(DEV_STAMP) system
	$(MAKE) -C training judge DATA=$(abspath $(DATA))
	$(BIN)/python benchmarks/bench_recognition.py training/build/judge
	$(BIN)/python benchmarks/bench_recognition.py training/build/judge_narrow

# The acoustic model of our own, trained from nothing (hours on two cores), or the shipped one trained further (an hour);
# both in an environment of their own with PyTorch, from speech in DATA. With SMALL=1 every stage runs in some minutes,
# and the shipped model is left alone.
model tune:
	$(MAKE) -C training $@ DATA=$(abspath $(DATA))

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis var
