# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NAME ?=
# Tools that look at the packages stand apart: nothing of Jinban or its tests needs them.
SUPPLY := .venv-supply
SUPPLY_STAMP := $(SUPPLY)/.installed
# Where to take packages from without a network (made by `make wheelhouse`); empty: from the registry.
WHEELHOUSE ?=
LOCKED := --require-hashes $(if $(WHEELHOUSE),--no-index -f $(WHEELHOUSE))
COMPILE := $(SUPPLY)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
# Two processes suit two cores; the suite is made for any number and any order.
WORKERS ?= 2
FULL ?=
export FULL
# Compiled modules are kept, or each of the processes that tests start compiles all of them anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo install install-dev install-locked test test-quick check bench drill format clean
.PHONY: lock wheelhouse sbom audit

demo: $(RUN_STAMP)
	@$(BIN)/jinban demo $(DEMO)

install: $(RUN_STAMP)
install-dev: $(DEV_STAMP)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Jinban needs Python 3.11 to 3.13") if not (3, 11) <= sys.version_info < (3, 14) else None'
	@echo "Creating $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): pyproject.toml constraints.txt | $(BIN)/python
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

# Each file is held against its hash before it is unpacked, also where a package is there already.
install-locked: | $(BIN)/python
	@echo "Installing the runtime dependencies, each by its hash …"
	@$(PIP) install $(LOCKED) --force-reinstall --requirement locked/run.txt
	@$(PIP) install --no-index --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m queueing.engine.warm
	@$(BIN)/python -m queueing.plans.warm
	@touch $(RUN_STAMP)

wheelhouse: | $(BIN)/python
	@$(PIP) download --require-hashes --requirement locked/run.txt --dest $(or $(WHEELHOUSE),wheelhouse)

$(SUPPLY_STAMP): locked/audit.txt
	@test -x $(SUPPLY)/bin/python || $(PYTHON) -m venv $(SUPPLY)
	@$(SUPPLY)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement $<
	@touch $@

# After a change of constraints.txt: the hashes of all files of each pinned version, for every platform.
lock: $(SUPPLY_STAMP)
	$(COMPILE) --constraint constraints.txt --extra embedded pyproject.toml locked/build.in --output-file locked/run.txt
	$(COMPILE) --constraint constraints.txt --extra embedded pyproject.toml locked/build.in requirements-dev.txt --output-file locked/dev.txt
	$(COMPILE) locked/audit.in --output-file locked/audit.txt

sbom: $(SUPPLY_STAMP)
	@mkdir -p build
	@$(SUPPLY)/bin/python -W ignore::UserWarning -m cyclonedx_py requirements locked/run.txt --pyproject pyproject.toml --output-reproducible --output-file build/sbom.cdx.json
	@echo "build/sbom.cdx.json"

audit: $(SUPPLY_STAMP)
	@$(SUPPLY)/bin/python .ci/audit.py locked/run.txt locked/dev.txt

test: $(DEV_STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) -m "not drill" $(ARGS)

test-quick: $(DEV_STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) --hypothesis-profile quick \
		-m "not (drill or slow or browser or postgres or redis)" $(ARGS)

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
	rm -rf build $(VENV) $(SUPPLY) *.egg-info
