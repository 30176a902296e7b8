# Every target sets up what it needs; nothing is done twice.
PYTHON ?= python3
BIN := .venv/bin
STATIC := .venv-static/bin
STAGE ?= production

.DEFAULT_GOAL := help
.PHONY: help setup demo test package static deploy destroy e2e schema mutation bench simulate check format lint types coverage programmes clean

help:  ## what can be made
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

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

test: setup  ## the tests, but for those that only the gate has: five minutes on two cores
	@$(BIN)/pytest -n auto --dist worksteal

package: setup  ## the zip and the template of STAGE for AWS, checked; in out/package
	@$(BIN)/python -m infra.package --stage $(STAGE)

static: package .venv-static/.ready  ## static checks of template, code and requirements
	@$(STATIC)/python -m infra.expand out/package/$(STAGE)/template.json out/package/$(STAGE)/expanded.json
	@$(STATIC)/cfn-lint out/package/$(STAGE)/template.json out/package/$(STAGE)/expanded.json
	@$(STATIC)/checkov --skip-download --compact --quiet --framework cloudformation --file out/package/$(STAGE)/template.json
	@$(STATIC)/bandit --quiet --configfile pyproject.toml --recursive app.py chalicelib infra
	@$(STATIC)/python -m infra.audit requirements.txt

.venv-static/.ready: requirements-static.txt | .venv/.ready
	@echo 'Setting up .venv-static (once, about a minute)'
	@$(BIN)/python -m venv --clear .venv-static
	@$(STATIC)/python -m pip install --quiet --disable-pip-version-check -r requirements-static.txt
	@touch $@

deploy: package  ## the stage STAGE on AWS, made or updated; PLAN=1 only shows what would change
	@$(BIN)/python -m infra.deploy --stage $(STAGE) $(if $(PLAN),--plan) $(if $(LOSE_DATA),--lose-data)

destroy: setup  ## the stack of STAGE is deleted, its members stay; asks, or takes CONFIRM=name
	@$(BIN)/python -m infra.deploy_destroy --stage $(STAGE) $(if $(CONFIRM),--confirm $(CONFIRM))

e2e: setup .venv-e2e/.ready  ## the packaged zip and template, played through on an emulator of AWS
	@$(MAKE) --no-print-directory package STAGE=e2e
	@$(BIN)/pytest -m e2e tests/e2e

.venv-e2e/.ready: requirements-e2e.txt | .venv/.ready
	@echo 'Setting up .venv-e2e (once, about half a minute)'
	@$(BIN)/python -m venv --clear .venv-e2e
	@.venv-e2e/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-e2e.txt
	@touch $@

schema: setup .venv-schema/.ready  ## the partners' acts, asked for anything that their OpenAPI document has and has not
	@$(BIN)/pytest -m schema tests/schema

.venv-schema/.ready: requirements-schema.txt | .venv/.ready
	@echo 'Setting up .venv-schema (once, about half a minute)'
	@$(BIN)/python -m venv --clear .venv-schema
	@.venv-schema/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-schema.txt
	@touch $@

mutation: setup .venv-mutation/.ready  ## small changes to the ledger and the tiers: which of them the tests notice
	@nice .venv-mutation/bin/python tests/domain/measure_mutants.py

.venv-mutation/.ready: requirements-mutation.txt | .venv/.ready
	@echo 'Setting up .venv-mutation (once, about half a minute)'
	@$(BIN)/python -m venv --clear .venv-mutation
	@.venv-mutation/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-mutation.txt
	@touch $@

bench: setup  ## what the engine costs in CPU; QUICK=1 within a minute, FULL=1 with a million members
	@$(BIN)/python -m bench $(if $(QUICK),--quick) $(if $(FULL),--full)

simulate: setup  ## a thousand months of the whole engine under faults, every promise checked
	@$(BIN)/milepost simulate --seeds 1000

check: setup format lint types coverage simulate programmes static  ## all that can be checked without an emulator

format: setup
	@$(BIN)/ruff format --check .

lint: setup
	@$(BIN)/ruff check .

types: setup
	@$(BIN)/mypy

coverage: setup
	@$(BIN)/pytest -m 'not e2e and not schema' -n auto --dist worksteal --cov --cov-report=term --cov-fail-under=90

programmes: setup  ## lint of the shipped programmes
	@$(BIN)/milepost lint templates/airline-bonus

clean:  ## everything that was made
	@rm -rf .venv .venv-e2e .venv-mutation .venv-schema .venv-static out build *.egg-info .coverage* .mypy_cache .ruff_cache .hypothesis
