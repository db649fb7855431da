# Everything happens in .venv, which the first target used sets up and which is set up anew only when the pins change.
# Another Python than python3, in an environment of its own: make test PYTHON=python3.13 VENV=.venv-3.13

PYTHON ?= python3
VENV := .venv
UV := uv==0.13.9
PY := $(VENV)/bin/python
READY := $(VENV)/ready

# Bytecode is compiled at install: where PYTHONDONTWRITEBYTECODE is set, every later import would compile anew.
export UV_COMPILE_BYTECODE := 1
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help lab test browser lint notebooks bench

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

lab: $(READY) ## open the course in JupyterLab
	$(PY) -m jupyterlab $(if $(filter 0,$(shell id -u)),--allow-root) --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb

test: $(READY) ## run all tests, notebooks among them
	$(PY) -m coverage run -m pytest
	$(PY) -m coverage report

browser: ## install the Chromium that the browser tests drive
	@$(PYTHON) tools/chromium.py

lint: $(READY) ## check code and notebooks
	$(PY) -m ruff check
	$(PY) -m ruff format --check

notebooks: $(READY) ## execute all notebooks in place
	$(PY) tools/notebooks.py

bench: $(READY) ## measure speed against named peers
	$(PY) -m pytest tests/benchmarks -m bench

$(READY): pyproject.toml requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'cstoolkit needs Python 3.11 or newer, and "$(PYTHON)" is none. Name one that is: make test PYTHON=python3.13' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo '"$(PYTHON)" cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check $(UV)
	$(PY) -m uv pip sync --python $(PY) --require-hashes requirements.txt
	$(PY) -m uv pip install --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $@
