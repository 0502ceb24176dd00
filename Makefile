# Everything a person or a machine does with a checkout. Each target sets up what it needs.
# Wanted on the machine: Python 3.11 or newer with venv, git, make.

PYTHON ?= python3
JOBS ?= 2

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV := uv==0.13.9

export UV_PROJECT_ENVIRONMENT := $(abspath $(VENV))
export UV_SYSTEM_CERTS := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo run test clients environments check lint types core docs bench wheel clean

help: ## show what there is to do
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

setup: $(READY) ## make .venv with the locked packages

demo: $(READY) ## watch the whole idea work on emulated services (ONCE=1 ends by itself)
	@$(BIN)/python -m compat.demo $(if $(ONCE),--once)

run: $(READY) ## run the daemon with your own settings (ARGS="--config FILE")
	@$(BIN)/qbitproxy $(ARGS)

test: $(READY) ## run the tests
	@$(BIN)/pytest -n $(JOBS)

clients: $(READY) environments ## run the programs of others against the daemon and a real qBittorrent
	@$(BIN)/pytest -n $(JOBS) tests/clients

environments: $(READY) ## install these programs, each into a folder of its own in .clients
	@$(BIN)/python -m compat.clients.environments

check: lint types core test ## all that must hold before a commit

lint: $(READY) ## style, format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY) ## mypy, strict
	@$(BIN)/mypy

core: $(READY) ## the tests of the core by themselves, which reach every line and branch of it
	@$(BIN)/coverage run --source=qbitproxy/core -m pytest tests/core
	@$(BIN)/coverage report --skip-covered --show-missing --fail-under=100

docs: $(READY) ## write docs/settings.md from the code, docs/compatibility.md from what is kept
	@$(BIN)/qbitproxy config reference > docs/settings.md
	@$(BIN)/python -m compat.replay report > docs/compatibility.md

bench: $(READY) ## measure speed, calls, memory
	@$(BIN)/python -m benchmarks

wheel: $(READY) ## build the package into dist/
	@rm -rf dist
	@$(BIN)/uv build --quiet --wheel --out-dir dist

clean: ## remove .venv and everything else that was made here
	@rm -rf $(VENV) build dist .demo .clients .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; say which: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "This Python has no venv. On Debian or Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked packages into $(VENV) ..."
	@if $(BIN)/python -m pip install --quiet --disable-pip-version-check "$(UV)"; \
	then $(BIN)/uv sync --quiet --locked --inexact --extra dev --python $(BIN)/python; \
	else echo "uv is not to be had for this machine: installing unlocked, with pip" >&2; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'; fi
	@touch $@
