# Every target is a call of a program in .venv/bin; `make check` is what continuous integration runs.

SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin
WORKERS ?= 2
BENCH_ARGS ?=
UP_ARGS ?=
# SITE=no installs without the deals site; the API then serves alone.
SITE ?= yes
SITE_BUILT := $(if $(filter no,$(SITE)),,web/.next/.built)
# What the built site is made of: not its tests, and nothing that tools leave behind.
SITE_SOURCES := $(shell find web \( -name node_modules -o -name .next -o -path web/tests -o -path web/journeys \) -prune \
	-o -type f ! -name next-env.d.ts -print)

.PHONY: help up examples install site test journeys check map lint types site-check architecture smoke \
	fmt docs lock clean soak \
	bench-reading bench-ingest bench-reread bench-sources bench-reach bench-hostile bench-search bench-site bench-memory \
	bench-german bench-suggest bench-verdicts bench-categories bench-rejudge bench-history bench-agreement bench-loss \
	bench-patterns

help: ## show this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Use

up: install ## install and start everything with a living demo market; Ctrl-C stops it
	$(BIN)/sparfuchs up $(UP_ARGS)

examples: install ## read the example feeds as if over weeks and show what came of them
	$(BIN)/sparfuchs examples

install: .venv/.installed $(SITE_BUILT) ## make .venv with the program .venv/bin/sparfuchs, and build the site

site: web/.next/.built ## build the deals site, if something of it changed

.venv/.installed: requirements.lock pyproject.toml .ci/install
	.ci/install

web/.next/.built: $(SITE_SOURCES) .ci/site | .venv/.installed
	.ci/site

##@ Check

test: install ## all tests, on two processes; says what it skipped
	$(BIN)/pytest -n $(WORKERS) -q -rs -m "not soak"

journeys: install ## the site in a real browser, on everything that `up` starts
	.ci/journeys

check: ## everything that must hold before a commit, fast things first
	@for stage in install map lint types site-check architecture smoke test journeys; do \
		printf '\n== %s ==\n' "$$stage"; \
		$(MAKE) --no-print-directory "$$stage" || { printf 'check: failed at %s\n' "$$stage"; exit 1; }; \
	done

map: install ## do the packages keep to the map (.importlinter)
	$(BIN)/lint-imports --no-logo --no-cache

lint: install ## format, lint, spelling, declared dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/codespell
	$(BIN)/deptry src

types: install ## mypy, strict
	$(BIN)/mypy

site-check: install ## the site: format, lint, types, generated types, its own tests
	.ci/site check

architecture: install ## the rules that linters cannot say, and docs against code
	$(BIN)/pytest -q tests/architecture

smoke: install ## every benchmark with a few rows: does it still run
	@for script in benchmarks/*.py; do \
		[ -e "$$script" ] || continue; \
		case "$$script" in */_*) continue ;; esac; \
		echo "$$script --rows 2000 --json"; $(BIN)/python "$$script" --rows 2000 --json || exit 1; \
	done

##@ Change

fmt: install ## format and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(if $(filter no,$(SITE)),,.ci/site fmt)

docs: .venv/.installed ## write the generated parts of docs/ anew, and the site's types, which it is built by
	$(BIN)/python -m sparfuchs.testing.describe
	$(if $(filter no,$(SITE)),,.ci/site types)

lock: install ## resolve the dependencies anew into requirements.lock (hashes, no host names)
	UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile pyproject.toml --group test --group dev --extra web \
		--generate-hashes --no-header --no-emit-index-url --universal --python-version 3.11 \
		--quiet -o requirements.lock

clean: ## remove .venv and everything that tools left behind
	rm -rf .venv web/node_modules web/.next build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

##@ Measure (more with BENCH_ARGS="--rows 100000")

bench-reading: install ## how fast is a feed read into offer frames, beside plain ways of reading
	$(BIN)/python benchmarks/reading.py $(BENCH_ARGS)

bench-ingest: install ## how fast is a feed from bytes to published, all new
	$(BIN)/python benchmarks/ingest.py $(BENCH_ARGS)

bench-reread: install ## how fast is another reading of the same and of nearly the same offers
	$(BIN)/python benchmarks/reread.py $(BENCH_ARGS)

bench-sources: install ## what do many small sources cost in time and in the database's log
	$(BIN)/python benchmarks/sources.py $(BENCH_ARGS)

bench-reach: install ## does one worker reach ten thousand sources in time, a tenth of them bad (ten minutes)
	$(BIN)/python benchmarks/reach.py $(BENCH_ARGS)

bench-hostile: install ## is every hostile address, redirect and bomb stopped, and with how much memory
	$(BIN)/python benchmarks/hostile.py $(BENCH_ARGS)

bench-search: install ## how fast is the index made and asked, beside PostgreSQL
	$(BIN)/python benchmarks/search_index.py $(BENCH_ARGS)

bench-german: install ## how many of the German queries are answered rightly, beside plain BM25
	$(BIN)/python benchmarks/search_german.py $(BENCH_ARGS)

bench-suggest: install ## how long do suggestions out of a million entries take
	$(BIN)/python benchmarks/search_suggest.py $(BENCH_ARGS)

bench-market: install ## how fast do the market's shops write and serve their feeds
	$(BIN)/python benchmarks/market_shops.py $(BENCH_ARGS)

bench-matching: install ## how long do many offers take to become products
	$(BIN)/python benchmarks/matching.py $(BENCH_ARGS)

bench-new-offers: install ## what does a new offer cost when many are known
	$(BIN)/python benchmarks/new_offers.py $(BENCH_ARGS)

bench-api: install ## how long does the API take to answer at 200 requests a second
	$(BIN)/python benchmarks/api.py $(BENCH_ARGS)

bench-categories: install ## how fast do offers find their place in the tree of categories
	$(BIN)/python benchmarks/categories.py $(BENCH_ARGS)

bench-loss: install ## how often is the verdict right when readings are lost, beside the plain rules
	$(BIN)/python benchmarks/verdict_loss.py $(BENCH_ARGS)

bench-patterns: install ## are misleading reductions found where the market has them, and only there
	$(BIN)/python benchmarks/fraud_patterns.py $(BENCH_ARGS)

bench-site: install ## how many pages does the site make, and how long does one take
	$(BIN)/python benchmarks/site_pages.py $(BENCH_ARGS)

bench-verdicts: install ## how many verdicts a second, with a year of spans each, beside a plain loop
	$(BIN)/python benchmarks/verdicts.py $(BENCH_ARGS)

bench-rejudge: install ## what does a run cost in judging that changed two offers in a hundred
	$(BIN)/python benchmarks/rejudge.py --rows 1000000 $(BENCH_ARGS)

bench-history: install ## bytes of a year of history as rows and folded, and one offer's past out of it
	$(BIN)/python benchmarks/history.py $(BENCH_ARGS)

bench-agreement: install ## do columns and the plain reading of the rules agree on a million histories
	$(BIN)/python benchmarks/agreement.py --series 1000000 $(BENCH_ARGS)

bench-memory: install ## how much memory does a feed of a gigabyte take
	$(BIN)/python benchmarks/reading.py --rows 0 --memory-gb 1 $(BENCH_ARGS)

soak: install ## kill readings and the database for ten minutes, and the tests that take as long
	$(BIN)/python benchmarks/crash_soak.py --rounds 50 $(BENCH_ARGS)
	$(BIN)/python benchmarks/fold_soak.py
	$(BIN)/pytest -q -rs -m soak || [ $$? -eq 5 ]
