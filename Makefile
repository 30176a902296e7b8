# Every target sets up what it needs; nothing is done twice.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format lint types coverage programmes clean

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/.ready  ## a virtual environment with the milepost command in it

.venv/.ready: requirements.txt requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Milepost needs Python 3.11 or newer; name it with make PYTHON=python3.12'; exit 1; }
	@echo 'Setting up .venv (once, about a minute)'
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

demo: setup  ## the case's offline cohort through 30 virtual days; results in out/demo
	@$(BIN)/milepost demo

test: setup  ## all tests
	@$(BIN)/pytest -n auto

check: setup format lint types coverage programmes  ## what CI runs

format: setup
	@$(BIN)/ruff format --check .

lint: setup
	@$(BIN)/ruff check .

types: setup
	@$(BIN)/mypy

coverage: setup
	@$(BIN)/pytest -n auto --cov --cov-report=term --cov-fail-under=90

programmes: setup  ## lint of the shipped programmes
	@$(BIN)/milepost lint templates/airline-bonus

clean:  ## everything that was made
	@rm -rf .venv out build *.egg-info .coverage* .mypy_cache .ruff_cache .hypothesis
