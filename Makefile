# make run    build the environment, seed a world and serve it (PORT=, HOST=, DATA=)
# make test   the same environment, the whole suite
# make help   everything else

PYTHON ?= python3
VENV   ?= .venv
HOST   ?= 127.0.0.1
PORT   ?= 8420
DATA   ?= data
SECONDS ?= 60

PEERS  := express@5 mongoose@8 express-rate-limit@8 rate-limit-redis@4 helmet@8 ioredis@5 jsonwebtoken@9 pino-http@11 zod@4
EVALUATORS := treys phevaluator eval7 pokerkit

BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: help run test test-mongodb test-mongoose storm check bench bench-peers format clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

run: $(STAMP) ## seed a world in DATA and serve it on HOST:PORT
	@mkdir -p "$(DATA)"
	@$(BIN)/desperados serve --url "embedded://$(abspath $(DATA))/world.db" --seed --host "$(HOST)" --port "$(PORT)"

test: $(STAMP) ## the whole suite
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal

test-mongodb: $(STAMP) ## the suite against a real replica set: MONGODB_URL=
	@test -n "$(MONGODB_URL)" || { echo "Say where: make test-mongodb MONGODB_URL=mongodb://..."; exit 1; }
	@DESPERADOS_TEST_MONGODB_URL="$(MONGODB_URL)" $(BIN)/python -m pytest -q --ignore=tests/embedded

test-mongoose: $(STAMP) ## beside a real Mongoose 8 (needs Node and npm)
	@npm install --silent --no-fund --no-audit --prefix "$(VENV)/node" mongoose@8
	@DESPERADOS_TEST_MONGOOSE="$(abspath $(VENV)/node/node_modules/mongoose)" $(BIN)/python -m pytest -q tests/documents/test_mongoose.py tests/embedded/wire/test_mongoose.py

storm: $(STAMP) ## three processes in a storm of kills and faults for SECONDS=60 (needs redis-server)
	@STORM_SECONDS="$(SECONDS)" $(BIN)/python -m pytest -q -s tests/storm

check: $(STAMP) ## lint, format, types, floors and seeds
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/desperados seed --check

bench: $(STAMP) ## measure against the targets (quiet machine, 5 minutes)
	@$(BIN)/python benchmarks/startup.py
	@$(BIN)/python benchmarks/embedded.py
	@$(BIN)/python benchmarks/data_layer.py --operations 960
	@$(BIN)/python benchmarks/economy.py
	@$(BIN)/python benchmarks/play.py
	@$(BIN)/python benchmarks/world_boss.py
	@$(BIN)/python benchmarks/jobs.py --characters 1000
	@$(BIN)/python benchmarks/happenings.py
	@$(BIN)/python benchmarks/loop.py
	@$(BIN)/python benchmarks/exploits.py

bench-peers: $(STAMP) ## beside others: the API (needs Node, npm, redis-server), hands of cards
	@npm install --silent --no-fund --no-audit --prefix "$(VENV)/peers" $(PEERS)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check fastapi "uvicorn[standard]" $(EVALUATORS)
	@$(BIN)/python benchmarks/against_peers.py
	@$(BIN)/python benchmarks/deck.py

format: $(STAMP) ## put the code into its format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## remove the environment and the caches, not the worlds
	@rm -rf "$(VENV)" build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Installed again only when what is to be installed has changed.
$(STAMP): setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "desperados needs Python 3.11 or later; point PYTHON= at one"; exit 1; }
	@test -x "$(BIN)/python" || $(PYTHON) -m venv "$(VENV)"
	@echo "Installing into $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@
