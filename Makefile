# The front door. `make` prints the targets; each does only what is out of date.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WAREHOUSE_DIR ?= data
REPORTS_DIR ?= reports
# An empty name is none, as for the python commands: it must not become the root of the disk.
override WAREHOUSE_DIR := $(or $(strip $(WAREHOUSE_DIR)),data)
override REPORTS_DIR := $(or $(strip $(REPORTS_DIR)),reports)
export WAREHOUSE_DIR
# Packages are installed uncompiled: what is not kept would be compiled anew by each process.
unexport PYTHONDONTWRITEBYTECODE
ifneq ($(words [$(WAREHOUSE_DIR)] [$(REPORTS_DIR)]),2)
    $(error make needs a WAREHOUSE_DIR and a REPORTS_DIR without spaces; the python commands take any)
endif

ifneq ($(findstring ://,$(WAREHOUSE_DIR)),)
    $(error make works on a folder; for a bucket call python -m ingest, warehouse and analysis)
endif

INGEST_FILES := $(shell find ingest warehouse -name '*.py' -o -name '*.parquet')
SQL_FILES := $(shell find sql -name '*.sql')
ANALYSIS_FILES := $(shell find analysis -type f -not -path '*/__pycache__/*' -not -name '*.md')
PAGES := $(shell sed -n '/^PAGES = {/,/^}/s/^    "\(.*\.html\)": .*/\1/p' analysis/pages/page.py)
# What other commands fit and simulate is shown, too; their commits are newer than the pages.
FITTED := $(wildcard $(WAREHOUSE_DIR)/tables/models/_delta_log $(WAREHOUSE_DIR)/tables/simulations/_delta_log)
MEASURED := $(wildcard $(addprefix $(REPORTS_DIR)/,benchmarks.json soak.json))
PYTHON_FILES := ingest warehouse analysis tests

# Older releases of pip take the first variable for what they build with, newer ones the second.
PIP := PIP_CONSTRAINT="$$PIP_CONSTRAINT build-constraints.txt" \
    PIP_BUILD_CONSTRAINT=build-constraints.txt $(BIN)/pip --quiet --disable-pip-version-check
INSTALL := $(PIP) install --no-compile

.DEFAULT_GOAL := help
.PHONY: help setup ingest build report sql notebook test soak lint format bench pictures clean

help:  ## show this list
	@echo "make TARGET, where TARGET is one of:"
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready  ## make .venv with what ingesting, querying and fitting need; HASHES=1 checks each file

ingest: $(WAREHOUSE_DIR)/.ingested  ## bring the sources into tables; with MP_API_KEY, live ones too
	@[ -z "$$MP_API_KEY" ] || $(BIN)/python -m ingest materials --source materials-project

build: $(WAREHOUSE_DIR)/.built  ## write the catalog of SQL views over the tables

# With an alloy only that one is fitted; the next report without fits and shows the usual one again.
report: $(if $(ALLOY),$(WAREHOUSE_DIR)/.built,$(REPORTS_DIR)/.written)  ## fit both experiments and write reports/*.html; ALLOY=ag-au fits that alloy alone
ifneq ($(ALLOY),)
	@rm -f $(REPORTS_DIR)/.written
	$(BIN)/python -m analysis report --study cluster-expansion --alloy "$(ALLOY)" --output $(REPORTS_DIR)
endif

sql: $(WAREHOUSE_DIR)/.built  ## open an SQL prompt on the warehouse
	$(BIN)/python -m warehouse shell

notebook: $(VENV)/.notebook $(REPORTS_DIR)/.written  ## explore both studies with sliders and SQL in a marimo notebook
	$(BIN)/marimo edit analysis/notebooks/explore.py

test: $(VENV)/.test  ## prove that it works
	@# One thread for each worker's linear algebra: threads of several wait for each other.
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto

soak: $(VENV)/.test $(WAREHOUSE_DIR)/.built  ## try to break it: kills, full disks, many writers, clusters
	$(BIN)/python -m pytest -m cluster
	$(BIN)/python -m tests.soak $(REPORTS_DIR)/soak.json

lint: $(VENV)/.test  ## check style and types
	$(BIN)/ruff check $(PYTHON_FILES)
	$(BIN)/ruff format --check $(PYTHON_FILES)
	$(BIN)/mypy

format: $(VENV)/.test  ## rewrite the code in the project's style
	$(BIN)/ruff check --fix $(PYTHON_FILES)
	$(BIN)/ruff format $(PYTHON_FILES)

bench: $(VENV)/.test $(WAREHOUSE_DIR)/.built  ## compare speed and memory with peers
	$(BIN)/python -m tests.benchmarks $(REPORTS_DIR)/benchmarks.json

pictures: $(VENV)/.test $(REPORTS_DIR)/.written  ## take the README's pictures of the pages anew
	$(BIN)/python -m tests.pictures $(REPORTS_DIR)

clean:  ## delete the environment, the tables, the catalog and the pages
	rm -rf $(VENV) build quarry.egg-info $(addprefix $(WAREHOUSE_DIR)/,tables staging-area benchmarks)
	rm -f $(addprefix $(WAREHOUSE_DIR)/,warehouse.duckdb .ingested .built .sql_history)
	rm -f $(addprefix $(REPORTS_DIR)/,$(PAGES) metrics.json metal_properties.json benchmarks.json soak.json .written)
	-rmdir $(WAREHOUSE_DIR) $(REPORTS_DIR) 2>/dev/null

$(VENV)/.ready: pyproject.toml constraints.txt build-constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed; this is `$(PYTHON) --version`."; \
	      echo "  Try: make setup PYTHON=python3.12"; exit 1; }
	@for compiler in c++ g++ clang++ none; do command -v $$compiler >/dev/null && break; done; \
	    [ $$compiler != none ] || \
	    { echo "icet is built from source and needs a C++ compiler; none was found."; \
	      echo "  Try: apt-get install g++, or xcode-select --install"; exit 1; }
	@$(PYTHON) -c 'import os, sysconfig, sys; \
	    sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' || \
	    { echo "icet is built from source and needs Python's headers; Python.h was not found."; \
	      echo "  Try: apt-get install python3-dev"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "Python's venv module is missing."; \
	      echo "  Try: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
ifdef HASHES
	$(INSTALL) --no-deps --require-hashes --requirement constraints-hashed.txt
	$(INSTALL) --no-deps --editable .
else
# One core builds icet from source; what else the product needs comes meanwhile.
	@echo "installing the product's packages; icet is built from source"
	@$(PIP) wheel --no-deps --constraint constraints.txt --wheel-dir $(VENV)/wheels icet & \
	    $(INSTALL) --constraint constraints.txt $$($(BIN)/python -c 'import tomllib; \
	        project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	        print(*(name for name in project["dependencies"] if name != "icet"))'); wait
	$(INSTALL) --find-links $(VENV)/wheels --constraint constraints.txt --editable .
endif
	@rm -f $@ && touch $@

# What only some targets need comes when one of them is first asked for.
$(VENV)/.test $(VENV)/.notebook: $(VENV)/.%: $(VENV)/.ready
	$(INSTALL) --constraint constraints.txt --editable '.[$*]'
	@rm -f $@ && touch $@

$(WAREHOUSE_DIR)/.ingested: $(VENV)/.ready $(INGEST_FILES)
	$(BIN)/python -m ingest all
	@rm -f $@ && touch $@

$(WAREHOUSE_DIR)/.built: $(WAREHOUSE_DIR)/.ingested $(SQL_FILES)
	$(BIN)/python -m warehouse build
	$(BIN)/python -m warehouse check
	@rm -f $@ && touch $@

$(REPORTS_DIR)/.written: $(WAREHOUSE_DIR)/.built $(ANALYSIS_FILES) $(FITTED) $(MEASURED)
	$(BIN)/python -m analysis report --output $(REPORTS_DIR)
	@rm -f $@ && touch $@
