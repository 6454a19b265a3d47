# `make run` and `make test` are all that a fresh clone needs; `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help run test drills check lock audit bench manage clean prepare-run prepare-test

PORT ?= 8000
BIN := .venv/bin
BESIDE := $(BIN)/python -m recovery_clinic.beside
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --quiet

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

run: prepare-run ## Start Recovery Clinic with a demo clinic; PORT=8123 moves it
	@exec $(BIN)/python -m recovery_clinic.serve --port $(PORT)

test: check ## Run the checks, then every test on fresh servers of their own
	$(BIN)/python -m pytest -n auto --quiet -m "not nightly"

drills: prepare-test ## Play every attack and fault, the long ones too, and print a line a drill
	$(BIN)/python -m pytest tests/drills -n auto --quiet
	$(BIN)/python -m tests.drills.report

check: prepare-test ## Run the linters, type checks and Django's own checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint templates --check --lint --quiet
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive . --configfile pyproject.toml --severity-level medium \
		--skip B506 # its twin in ruff, S506, is answered where the YAML is read
	$(BESIDE) mypy
	$(BESIDE) python manage.py makemigrations --check --dry-run
	DEVELOPMENT=false $(BESIDE) python manage.py check --deploy --fail-level WARNING

bench: prepare-run ## Measure the main operations, each beside its floor
	$(BESIDE) --migrate python -m bench

manage: prepare-run ## Run a Django command beside `make run`: make manage DO="shell"
	@$(BESIDE) --data .data python manage.py $(DO)

lock: prepare-run ## Write requirements/*.txt anew from pyproject.toml
	$(LOCK) --output-file requirements/app.txt
	$(LOCK) --group dev --output-file requirements/dev.txt

audit: prepare-run ## Ask for known vulnerabilities in what is locked
	$(BIN)/pip-audit --require-hashes --disable-pip --requirement requirements/dev.txt

clean: ## Remove the environment and caches; the data in .data/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

prepare-run:
	@deploy/prepare.sh run

prepare-test:
	@deploy/prepare.sh test
