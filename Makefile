PYTHON ?= python3
VENV := .venv/bin
OURS := maps robot_nodes fleet kiosk sim fairguide.py

.DEFAULT_GOAL := help
.PHONY: help setup setup-test demo test lint format lock clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

setup: ## install what is missing to run the venue
	@$(PYTHON) tools/bootstrap.py

setup-test: ## and what the tests and linters need
	@$(PYTHON) tools/bootstrap.py --test

demo: setup ## bring up the whole venue; DEMO_ARGS="--venue hall --seed 1"
	@$(VENV)/fairguide demo $(DEMO_ARGS)

test: setup-test ## run the tests; PYTEST_ARGS="-k plan -x"
	@$(VENV)/python -m pytest $(PYTEST_ARGS)

lint: setup-test ## ruff, mypy --strict, import arrows
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy --strict $(OURS)
	@$(VENV)/lint-imports

format: setup-test ## let ruff put the code in order
	@$(VENV)/ruff check --fix .
	@$(VENV)/ruff format .

lock: setup-test ## write constraints.txt from what .venv has
	@$(VENV)/python tools/lock.py

clean: ## remove .venv and what tools leave behind
	rm -rf .venv build dist install log *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
