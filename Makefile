# Two commands matter: `make run` and `make test`. Each sets up what is missing; `make help` lists the others.

PORT ?= 8000
VENV := .venv/bin
SETUP = python=$$(PYTHON='$(PYTHON)' sh tools/find-python.sh) && "$$python" -m tools.setup

# Each process would compile every module anew, and dozens are started.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check soak bench shell worker migrate lock

help: ## List the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Set up what is missing and run everything on 127.0.0.1:8000 (or PORT=9000); Ctrl-C stops it
	@$(SETUP) run --port '$(PORT)'
	@exec $(VENV)/python -m tools.run --port '$(PORT)' --end-with-parent

test: ## Set up what is missing, then all checks and all tests (but for the long counts)
	@$(SETUP) test
	@$(VENV)/python -m tools.testing
	@$(VENV)/python -m tools.check $(VENV)/python -m pytest -n 4 -m "not soak"

check: ## Formatting, linting, types, import contracts, templates, migrations
	@$(SETUP) test
	@$(VENV)/python -m tools.check

soak: ## The long counts: seeded, resumable (FIVEGATE_SEED, FIVEGATE_SOAK_FROM)
	@$(SETUP) test
	@$(VENV)/python -m tools.testing
	@$(VENV)/python -m pytest -m soak --timeout 0 -p no:randomly

bench: ## Measurements, one JSON object a line
	@$(SETUP) test
	@$(VENV)/python -m tests.bench

shell: ## A Python prompt inside the application
	@$(SETUP) run
	@FLASK_APP=wsgi:app exec $(VENV)/python -m flask shell

worker: ## One more worker beside those of `make run`
	@$(SETUP) run
	@FLASK_APP=wsgi:app exec $(VENV)/python -m flask worker --queues interactive,import,watch

migrate: ## Bring both databases to the newest shape
	@$(SETUP) run
	@FLASK_APP=wsgi:app exec $(VENV)/python -m flask db upgrade

lock: ## Make the lock files anew, after a change of dependencies
	@$(SETUP) test
	@$(VENV)/python -m tools.lock
