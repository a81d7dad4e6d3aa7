# A newcomer needs two commands: `make run` and `make test`. Both set up what is missing first.
# On a bare Debian 12:  apt-get install --no-install-recommends make python3-venv

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

# Wheels only, every file checked against the hash in the lock: an install compiles nothing and picks nothing by itself.
PIP_INSTALL := $(BIN)/python -m pip --disable-pip-version-check install -qq --no-input
FROM_LOCK := --require-hashes --only-binary :all: -r
# The one exception, for tests alone: what comes as source only is built with what is there, and fetches nothing else.
FROM_SOURCE := --require-hashes --no-binary :all: --no-deps --no-build-isolation -r

# The tool that writes the locks; installing from a lock needs only pip.
UV := uv==0.13.9
COMPILE := .venv-lock/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(ARGS)

# A .venv that is half made, or of another place, is thrown away before anything is decided from its stamps.
ifneq ($(wildcard $(VENV)),)
ifneq ($(shell cat $(VENV)/.place 2>/dev/null && $(BIN)/python -c 'import pip' 2>&1),$(CURDIR))
$(shell rm -rf $(VENV))
endif
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check format docs bench soak lock clean

help:
	@echo "make run     start Watchroom with a demo company on http://127.0.0.1:8710   (ARGS='--port 9000')"
	@echo "make test    run the whole test suite                                       (ARGS='tests/record -x')"
	@echo
	@echo "check: linters, types, house rules · format: mend style · docs: write the reference pages from the code"
	@echo "bench: measure against peers · soak: the long runs · lock: pin newer libraries · clean: remove what was set up"

run: $(VENV)/.run.stamp
	@exec $(BIN)/watchroom serve --demo $(ARGS)

# The whole suite is run by a process for each processor; a part of it by one.
test: $(VENV)/.test.stamp
	@exec $(BIN)/python -m pytest $(if $(ARGS),$(ARGS),--processes=auto)

check: $(VENV)/.test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/house

format: $(VENV)/.test.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.test.stamp
	$(BIN)/python -m docs.generate

bench: $(VENV)/.test.stamp
	@exec $(BIN)/python -m benchmarks $(ARGS)

soak: $(VENV)/.test.stamp
	@exec $(BIN)/python -m pytest -m soak --timeout 0 $(ARGS)

$(VENV)/.place:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; '$(PYTHON)' is older. Name another: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "Python's venv is missing: apt-get install --no-install-recommends python3-venv" >&2; exit 1; }
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV) && echo "$(CURDIR)" > $@

$(VENV)/.run.stamp: requirements.lock pyproject.toml | $(VENV)/.place
	@echo "Installing the pinned libraries of requirements.lock (about half a minute)"
	@$(PIP_INSTALL) $(FROM_LOCK) requirements.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test.stamp: requirements-dev.lock requirements-sdist.lock requirements.lock pyproject.toml | $(VENV)/.place
	@echo "Installing the pinned libraries of requirements-dev.lock (about a minute)"
	@$(PIP_INSTALL) $(FROM_LOCK) requirements-dev.lock
	@$(PIP_INSTALL) $(FROM_SOURCE) requirements-sdist.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run.stamp

lock:
	$(PYTHON) -m venv .venv-lock && .venv-lock/bin/python -m pip install --quiet $(UV)
	$(COMPILE) pyproject.toml --group build --output-file requirements.lock
	$(COMPILE) pyproject.toml --group build --group dev --constraints requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) .venv-lock .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
