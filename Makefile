# Everything happens in .venv, which is made on demand. `make` alone lists what there is.
PYTHON ?= python3
PORT ?= 8501
CLIENTS ?= 200
SEED ?= 1
DEMO ?= data/demo.xlsx
WORKERS ?= 2
SCALE ?= 1
VENV := .venv
VENV_ST := .venv-bench-st
PY := $(VENV)/bin/python
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check
PIP := $(PY) $(PIP_INSTALL)

.PHONY: help run test lint bench torture demo screenshots clean

help:
	@echo "make run          demo workbook on first start, then the app on http://127.0.0.1:$(PORT) (PORT=...)"
	@echo "make test         all tests, with a real browser"
	@echo "make lint         ruff and mypy"
	@echo "make bench        benchmarks against peers"
	@echo "make torture      the proofs that nothing is lost, at full length (about an hour; SCALE=0.1 for less)"
	@echo "make demo         another demo workbook: DEMO=$(DEMO) CLIENTS=$(CLIENTS) SEED=$(SEED)"
	@echo "make screenshots  pictures of all pages"
	@echo "make clean        remove .venv* and caches (never your data)"

run: $(VENV)/.run
	@$(PY) -m lib start --port $(PORT)

demo: $(VENV)/.run
	@$(PY) -m lib demo $(DEMO) --clients $(CLIENTS) --seed $(SEED)

test: $(VENV)/.dev
	@sh .ci/test-tools
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile

lint: $(VENV)/.dev
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

torture: $(VENV)/.dev
	@sh .ci/test-tools
	@$(PY) -m tests.torture --scale $(SCALE)

bench: $(VENV)/.bench
	-@$(MAKE) --no-print-directory $(VENV_ST)/.done
	@$(PY) -m bench

screenshots: $(VENV)/.dev
	@sh .ci/test-tools
	@$(PY) -m tests.browser.screenshots

clean:
	rm -rf $(VENV) $(VENV_ST) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -exec rm -rf {} +

$(PY):
	@sh .ci/make-venv $(PYTHON) $(VENV)

$(VENV)/.run: requirements.txt constraints.txt | $(PY)
	@echo "Installing what the app needs into $(VENV) ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt constraints.txt | $(PY)
	@echo "Installing what tests and lint need into $(VENV) ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.run

$(VENV)/.bench: requirements-bench.txt $(VENV)/.dev
	@echo "Installing the benchmarks' peers into $(VENV) ..."
	@$(PIP) -r requirements-bench.txt
	@touch $@

# A peer that pins an older gspread than the app's.
$(VENV_ST)/.done: bench/requirements-st-gsheets.txt constraints.txt
	@sh .ci/make-venv $(PYTHON) $(VENV_ST)
	@echo "Installing a benchmark's peer into $(VENV_ST) ..."
	@$(VENV_ST)/bin/python $(PIP_INSTALL) -r bench/requirements-st-gsheets.txt
	@touch $@
