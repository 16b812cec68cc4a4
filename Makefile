# Two commands on a fresh machine: `make run` answers calls, `make test` passes the tests.
.PHONY: run test test-telephony edge check bench lock docs clean

PYTHON ?= python3
UV := $(shell command -v uv || echo .tools/bin/uv)
export UV_PYTHON_DOWNLOADS = never
# The certificates this machine trusts, also those of a company's own proxy.
export UV_SYSTEM_CERTS = 1
BIN := .venv/bin
# BLAS and OpenMP threads only fight over the cores of a call (docs/decisions/0009).
export OMP_NUM_THREADS = 1
export OPENBLAS_NUM_THREADS = 1

run: .venv/.run
	-$(BIN)/receptionist models pull # without npm one voice is missing: serve says what that means
	$(BIN)/receptionist serve

test: .venv/.test
	$(BIN)/receptionist models pull --all
	$(BIN)/python -m pytest

# What needs Kamailio and rtpengine, which not every machine can have.
test-telephony: .venv/.test
	deploy/edge/install
	RECEPTIONIST_TEST_TELEPHONY=1 $(BIN)/python -m pytest tests/receptionist/telephony/edge/live

edge: .venv/.run
	deploy/edge/install
	$(BIN)/receptionist edge run deploy/edge/loopback.yaml

check: .venv/.test
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports --no-cache
	$(BIN)/pyright
	$(BIN)/python -m pytest tests/test_house.py

bench: .venv/.test
	$(BIN)/receptionist models pull --all
	$(BIN)/python -m eval.bench

docs: .venv/.test
	$(BIN)/python -m receptionist.settings_reference
	$(BIN)/python -m eval.guard_instructions

lock: $(UV)
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate \
		--group build pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate -c requirements.lock \
		--group build --group dev pyproject.toml -o requirements-dev.lock

clean:
	rm -rf .venv .tools

.tools/bin/uv:
	$(PYTHON) -m pip install --quiet --target .tools uv

.venv/pyvenv.cfg: | $(UV)
	$(UV) venv --quiet --python '>=3.11' .venv

.venv/.run: .venv/pyvenv.cfg requirements.lock pyproject.toml
	$(UV) pip install --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock
	$(UV) pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation --editable .
	touch $@

.venv/.test: .venv/.run requirements-dev.lock
	$(UV) pip install --python $(BIN)/python --compile-bytecode --require-hashes -r requirements-dev.lock
	touch $@
