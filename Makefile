# Everything happens in .venv, which the first target used sets up and which is set up anew only when the pins change.
# Another Python than python3, in an environment of its own: make test PYTHON=python3.13 VENV=.venv-3.13

PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
PY := $(VENV)/bin/python

# Each says that its packages are installed: those to run the course, and those and the ones to test it.
COURSE := $(VENV)/course-ready
TESTS := $(VENV)/tests-ready

# Bytecode is compiled at install: where PYTHONDONTWRITEBYTECODE is set, every later import would compile anew.
export UV_COMPILE_BYTECODE := 1
export UV_PYTHON_DOWNLOADS := never
# The certificates that pip and the browser trust, those of a company's proxy among them.
export UV_SYSTEM_CERTS := 1

.DEFAULT_GOAL := help
.PHONY: help lab reset guide test browser lint notebooks bench

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

lab: $(COURSE) ## open the course in JupyterLab, on your own copies of the notebooks
	$(PY) tools/lab.py

reset: ## begin a notebook anew: make reset NOTEBOOK=04 (or all)
	@$(PYTHON) tools/work.py reset "$(or $(NOTEBOOK),$(error say which: make reset NOTEBOOK=04, or NOTEBOOK=all))"

guide: ## gather the notes to the teacher in one guide
	@$(PYTHON) tools/work.py guide

test: $(TESTS) ## run all tests, notebooks among them
	$(PY) -m coverage erase
	$(PY) -m coverage run -m pytest --numprocesses $(WORKERS) --dist loadfile --benchmark-disable
	$(PY) -m coverage combine --quiet
	$(PY) -m coverage report

browser: ## install the Chromium that the browser tests drive
	@$(PYTHON) tools/chromium.py

lint: $(TESTS) ## check code and notebooks
	$(PY) -m ruff check
	$(PY) -m ruff format --check

notebooks: $(TESTS) ## execute all notebooks in place; README's table and the picture of the package follow
	$(PY) tools/notebooks.py
	$(PY) tools/readme.py
	$(PY) tools/architecture.py

bench: $(TESTS) ## measure speed against named peers
	$(PY) -m pytest tests/benchmarks -m bench

$(TESTS): pyproject.toml requirements-test.txt $(VENV)/uv-ready
	$(PY) -m uv pip sync --python $(PY) --require-hashes tools/uv.txt requirements-test.txt
	$(PY) -m uv pip install --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $(COURSE) $@

$(COURSE): pyproject.toml requirements.txt $(VENV)/uv-ready
	$(PY) -m uv pip install --python $(PY) --require-hashes --requirements requirements.txt
	$(PY) -m uv pip install --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/uv-ready: tools/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'cstoolkit needs Python 3.11 or newer, and "$(PYTHON)" is none. Name one that is: make test PYTHON=python3.13' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo '"$(PYTHON)" cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement tools/uv.txt
	@touch $@
