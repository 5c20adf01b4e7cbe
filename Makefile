# Two commands are enough: make demo, make test. Both set up all that they need from nothing.
PORT ?= 8000
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test lint types layers unit bench long mutants clean

demo: $(VENV)/.installed
	$(BIN)/streaklike demo --port $(PORT)

test: $(VENV)/.installed-test
	@$(MAKE) --no-print-directory lint types layers
	@$(MAKE) --no-print-directory unit

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-test
	$(BIN)/mypy

layers: $(VENV)/.installed-test
	$(BIN)/lint-imports

unit: $(VENV)/.installed-test .programs
	$(BIN)/pytest -n 2 --dist worksteal

# For example: make bench ARGS="--large --postgres --only evaluation"
bench: $(VENV)/.installed-test
	$(BIN)/python -m tests.benchmarks $(ARGS)

# The faults at full size: kills at every point, hundreds of random histories, real quota. It takes about an hour.
long: $(VENV)/.installed-test
	$(BIN)/pytest tests/long -m long -s -v

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@ $(VENV)/.installed

# The browser tests drive Debian's Chromium, others run behind its nginx; what is missing is installed where we are root.
# RUNLEVEL=1 keeps the package from starting an nginx of its own: the tests start theirs, on loopback.
.PHONY: .programs
.programs:
	@missing=""; PATH="$$PATH:/usr/sbin:/usr/local/sbin"; \
	command -v chromium >/dev/null || missing="chromium fonts-noto-cjk"; \
	command -v nginx >/dev/null || missing="$$missing nginx"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
	    apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else \
	  echo "Missing: $$missing. The tests that need them will fail. Install them (Debian: apt-get install $$missing)."; \
	fi

mutants: $(VENV)/.installed-test
	nice -n 10 $(BIN)/mutmut run
	$(BIN)/mutmut results

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
