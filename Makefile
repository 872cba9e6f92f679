.DEFAULT_GOAL := help
.SUFFIXES:
.PHONY: help venv dev demo test test-all test-long prove fuzz lint format coverage bench bench-quick scorecard radar pictures lock clean

BIN := .venv/bin
# Choose tests or options: make test PYTEST_ARGS="tests/reading -x"
PYTEST_ARGS ?=
# Some files of tests at a time, each in one process; short ones in this process alone (see tests/conftest.py)
PYTEST := $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder
# A folder of messages with what is true of them
CORPUS ?= ../shared/corpus
# How long make fuzz looks at each target
FUZZ_SECONDS ?= 60

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv:  ## the virtual environment .venv with mailbot in it (another Python: make venv PYTHON=python3.12)
	@.ci/venv

dev:
	@.ci/venv dev

demo: venv  ## mailbot at work on a made-up mailbox; needs no account, network or server
	@$(BIN)/mailbot demo

test: lint  ## format, lint, types, imports and the fast tests: what every change must pass
	@.ci/packages dovecot-imapd dovecot-lmtpd strace
	$(PYTEST) $(PYTEST_ARGS)

test-all: test  ## make test, then the slow tests: Chromium, the checker of HTML, Postfix, the daemon killed twenty times
	@.ci/packages dovecot-imapd dovecot-lmtpd chromium postfix strace faketime default-jre-headless
	@.ci/venv html
	$(PYTEST) -m slow $(PYTEST_ARGS)

test-long: dev  ## the property tests with ten times as many random cases, other ones each time
	HYPOTHESIS_PROFILE=long $(PYTEST) -m hypothesis $(PYTEST_ARGS)

prove: dev  ## the long proofs: a thousand kills, a fault at every call, damaged mail, each guard taken away (hours)
	@.ci/packages dovecot-imapd dovecot-lmtpd strace
	$(BIN)/python -m tests.prove $(PROVE_ARGS)

fuzz:  ## octets that look for new ways through reading and the SMTP door, a minute each (make fuzz FUZZ_SECONDS=600)
	@.ci/venv fuzz
	$(BIN)/python -m tests.fuzz reading --seconds $(FUZZ_SECONDS)
	$(BIN)/python -m tests.fuzz smtp --seconds $(FUZZ_SECONDS)

lint: dev  ## format, lint, types and imports, without tests
	$(BIN)/ruff format --check mailbot tests
	$(BIN)/ruff check mailbot tests
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: dev  ## put the code into its form, and repair what ruff can repair
	$(BIN)/ruff check --fix-only mailbot tests
	$(BIN)/ruff format mailbot tests

coverage: dev  ## the fast tests, and which lines and branches of mailbot/ they miss
	$(BIN)/coverage run -m pytest $(PYTEST_ARGS)
	$(BIN)/coverage report

bench-quick: dev  ## the running daemon from outside, in two minutes: SMTP in, answer at the relay, with 1, 10, 50 sessions
	$(BIN)/python -m tests.bench.quick $(BENCH_ARGS)

bench: dev  ## how fast each stage is, as ratios to plain parsing in the same run
	$(BIN)/python -m tests.bench $(BENCH_ARGS)

scorecard:  ## how well real messages are understood, figure by figure: make scorecard CORPUS=DIR
	@.ci/venv $(if $(findstring --peers,$(SCORECARD_ARGS)),peers,dev)
	$(BIN)/python -m tests.scorecard $(CORPUS) $(SCORECARD_ARGS)

pictures: dev  ## the pictures of mails in docs, drawn anew from tests/golden; look at what git shows
	$(BIN)/python -m tests.golden.pictures

radar: dev  ## how many outages the radar finds in generated years, and how often it cries wolf (some three minutes)
	$(BIN)/python -m tests.year
	$(BIN)/python -m tests.strangers $(CORPUS)

lock: dev  ## write the locks after a change of dependencies (newest versions: make lock LOCK_ARGS=--upgrade)
	@.ci/lock $(LOCK_ARGS)

clean:  ## remove .venv and everything else that was made here
	rm -rf .venv .fuzz dist htmlcov .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
