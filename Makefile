# The only commands anybody needs. Each sets up what it uses.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint bench clean
.DELETE_ON_ERROR:

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: $(READY)  ## an embedded PostgreSQL with real problems; SECONDS=60 ends by itself
	$(BIN)/dbtriage demo $(if $(SECONDS),--seconds $(SECONDS)) $(if $(PORT),--port $(PORT))

test: $(READY)  ## everything, on real servers; fetches them at the first run
	$(BIN)/python -m tests.live.binaries
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)  ## prints a table, writes bench.json
	$(BIN)/python -m benchmarks $(ARGS)

clean:
	rm -rf $(VENV) .cache build *.egg-info
