# Everything that a developer or CI does here is one of these targets; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# In CI a test over its time ends together with its worker, and all stacks are printed: an asyncio
# loop can swallow what a signal raises, and a run that hangs prints nothing. Another worker goes on
# with the rest; only some of xdist's ways to distribute tests survive that.
ENDED := $(if $(CI),--timeout-method=thread --override-ini=faulthandler_timeout=230 --durations=25)
# One worker more than there are cores: tests also wait, for Slack's rules and for machines.
WORKERS := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
# Packages of the server's lock that only a kernel needs: the members' environment has those.
KERNEL_PARTS := appnope asttokens comm contourpy cycler debugpy executing fonttools ipykernel ipython \
	ipywidgets jedi kiwisolver matplotlib matplotlib-inline narwhals nest-asyncio2 numpy parso pexpect \
	pillow prompt-toolkit psygnal pure-eval pyparsing stack-data wcwidth widgetsnbextension

.DEFAULT_GOAL := help
.PHONY: help docs site texts demo sandbox bot test test-long test-month test-vm test-storm storm check format bench lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("notebook-bot needs Python 3.11 or newer, and this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	@echo "Setting up .venv, which takes about a minute the first time ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@# setuptools warns of each editable install, which is what a developer wants here.
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: $(STAMP) ## local Slack, local Azure and the bot; open the page that it prints
	@exec $(BIN)/notebook-bot demo

sandbox: $(STAMP) ## local Slack and local Azure without the bot
	@exec $(BIN)/notebook-bot demo --without-bot

bot: $(STAMP) ## the bot alone, against a running sandbox
	@exec $(BIN)/notebook-bot demo --only-bot

test: $(STAMP) ## all tests; browser tests are skipped where there is no Chromium
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ENDED)

test-long: $(STAMP) ## tests that take minutes: containers, every step killed, ten machines, two short storms
	@$(BIN)/pytest -n 3 --dist worksteal $(ENDED) -m "long and not vm and not container"
	@$(BIN)/pytest -n 1 $(ENDED) -m container
	@$(BIN)/pytest -n 0 $(ENDED) -m storm tests/e2e/test_storm.py

test-month: $(STAMP) ## 200 servers for a month of simulated time, in about half an hour
	@$(BIN)/pytest tests/simulation -m month -s -n 0

test-vm: $(STAMP) ## the whole walk on a virtual machine, 10 to 40 minutes in emulation; not in CI
	@$(BIN)/pytest tests/e2e/test_vm.py -m vm

test-storm: $(STAMP) ## two short storms alone, in about five minutes
	@$(BIN)/pytest tests/e2e/test_storm.py -m storm -n 0

storm: $(STAMP) ## 200 servers under faults and kills, an hour or two; STORM="--seed 7 --database postgres --bots 3"
	@$(BIN)/python -m tests.storm $(STORM)

check: $(STAMP) ## everything that CI checks besides the tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy --platform win32 -p provisioning.machine
	@$(BIN)/lint-imports
	@$(BIN)/deptry .
	@$(BIN)/pytest -q -n 0 tests/unit/bot/devtools/test_texts.py
	@git ls-files -z '*.sh' .ci/run | xargs -0 $(BIN)/shellcheck

docs: $(STAMP) ## draw the reference pages from the code
	@$(BIN)/python -m bot.devtools.reference

site: $(STAMP) ## the documentation as a site, in build/site
	@$(BIN)/zensical build --strict

texts: $(STAMP) ## bring new and changed texts into the catalogues, for translating
	@$(BIN)/python -m bot.devtools.texts

format: $(STAMP) ## format the code and correct what ruff can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(STAMP) ## how fast it is, as a table and bench.json; BENCH="--part set-up --against FOLDER"
	@$(BIN)/python -m tests.bench $(BENCH)

lock: $(STAMP) ## resolve the dependencies again
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml --all-extras --group dev --output-file requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml --extra pdf --extra postgres --constraint requirements.lock --output-file requirements-run.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 provisioning/machine/server.in --output-file provisioning/machine/server.lock $(addprefix --no-emit-package ,$(KERNEL_PARTS))
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 provisioning/machine/kernels.in --output-file provisioning/machine/kernels.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.9 provisioning/machine/uv.in --output-file provisioning/machine/uv.lock.txt
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 provisioning/machine/acme.in --output-file provisioning/machine/acme.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 provisioning/machine/git.in --output-file provisioning/machine/git.lock

clean: ## remove the demo's files and the tools' caches
	@rm -rf .demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache test-artifacts bench.json
