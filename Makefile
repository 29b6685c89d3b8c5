# `make` prints the verbs. The set-up is in deploy/setup.sh; the rest are `python -m ...` commands.

API_PORT ?= 8000
UI_PORT ?= 8501
# Waiting OpenMP threads sleep. Spinning threads take the processor from other programs and from each other.
OMP_WAIT_POLICY ?= PASSIVE
export DUMP PYTHON RATINGS ROWS MYSQL OMP_WAIT_POLICY

PY := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup run test bench lint check clean lock .dev

help: ## print the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-6s  %s\n", $$1, $$2}' Makefile

setup: ## create ./.venv and install requirements.txt (again only when it changes; PYTHON=... chooses the Python)
	@sh deploy/setup.sh requirements.txt

run: setup ## load DUMP=file (default: the bundled sample), build, serve; API_PORT=8000 UI_PORT=8501
	@exec $(PY) -m deploy.run --api-port $(API_PORT) --ui-port $(UI_PORT) $${DUMP:+"$$DUMP"}

test: .dev ## run every test and docstring example; with CI=true a skipped test is a failure
	@exec $(PY) -m pytest $(TESTS)

bench: .dev ## run the benchmarks with DUMP=file, RATINGS=folder, ROWS=n, MYSQL=url; JSON goes to bench-results/
	@exec $(PY) -m tests.benchmarks $${DUMP:+--dump "$$DUMP"} $${RATINGS:+--ratings "$$RATINGS"} \
		$${ROWS:+--rows "$$ROWS"} $${MYSQL:+--mysql "$$MYSQL"}

lint: .dev ## ruff: rules and format
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

check: lint ## lint, types (mypy --strict) and tests
	@$(PY) -m mypy
	@$(PY) -m pytest

clean: ## remove .venv and caches; keeps data/ and bench-results/
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: .dev ## compile requirements*.in to requirements*.txt with uv
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --no-header --no-emit-index-url \
		requirements.in -o requirements.txt
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --no-header --no-emit-index-url \
		--constraint requirements.txt requirements-dev.in -o requirements-dev.txt
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --no-header --no-emit-index-url \
		--constraint requirements-dev.txt requirements-bench.in -o requirements-bench.txt

.dev:
	@sh deploy/setup.sh requirements-dev.txt
