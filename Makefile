# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NAME ?=
# Two processes suit two cores; the suite is made for any number and any order.
WORKERS ?= 2
FULL ?=
export FULL
# Compiled modules are kept, or each of the processes that tests start compiles all of them anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo install install-dev test test-quick check bench drill format clean

demo: $(RUN_STAMP)
	@$(BIN)/jinban demo $(DEMO)

install: $(RUN_STAMP)
install-dev: $(DEV_STAMP)

$(RUN_STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Jinban needs Python 3.11 to 3.13") if not (3, 11) <= sys.version_info < (3, 14) else None'
	@test -x $(BIN)/python || { echo "Creating $(VENV) …"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the runtime dependencies …"
	@$(PIP) install --constraint constraints.txt --editable .
	@echo "Compiling the engine …"
	@$(BIN)/python -m queueing.engine.warm
	@$(BIN)/python -m queueing.plans.warm
	@touch $@

$(DEV_STAMP): $(RUN_STAMP) constraints.txt
	@echo "Installing what the tests need …"
	@$(PIP) install --constraint constraints.txt --requirement requirements-dev.txt
	@touch $@

test: $(DEV_STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) -m "not drill" $(ARGS)

test-quick: $(DEV_STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) -m "not (drill or slow or browser or postgres or redis)" $(ARGS)

check: $(DEV_STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -q tests/architecture -p no:randomly

bench: $(DEV_STAMP)
	@$(BIN)/python -m sim.bench $(NAME)

drill: $(DEV_STAMP)
	$(BIN)/python -m pytest -m drill --timeout 3600 $(ARGS)
	FULL=1 $(BIN)/python -m sim.bench

format: $(DEV_STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf build $(VENV) *.egg-info
