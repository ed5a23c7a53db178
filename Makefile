# make book | make serve | make test | make lab | make bench; everything else is a step of one of these.
VENV ?= .venv
PY = $(VENV)/bin/python
PORT ?= 8000
JOBS ?= 2
DEVICE ?= cpu
HTML = _build/html
export VENV
export LIVE
export ADDRESS

.PHONY: help book serve epub pdf test lab bench lint unit notebooks browser live downloads platforms data constraints clean

help:
	@echo "make book       build the HTML book from its stored outputs (runs nothing, needs no PyTorch);"
	@echo "                LIVE=required stops where live cells cannot be had, LIVE=no leaves them out;"
	@echo "                ADDRESS=https://... is where it will stand, if the notebooks to download are to know"
	@echo "make serve      build it, and serve it on localhost:$(PORT)"
	@echo "make test       install the rest and run every test, every notebook included"
	@echo "make lab        open JupyterLab on the chapters"
	@echo "make epub       build the book as an EPUB, for reading devices; epubcheck reads it where it is there"
	@echo "make pdf        set the book for paper, _build/unrolled.pdf (needs LuaLaTeX; says what to install)"
	@echo "make bench      measure the companion beside its peers, and the book; DEVICE=cuda measures a GPU"
	@echo "make browser    test the built book in headless Chromium (needs Chromium or Chrome)"
	@echo "make live       run every live cell of the book in headless Chromium, and compare what it puts out"
	@echo "make downloads  run each notebook that the book offers, alone, in a fresh environment"
	@echo "make platforms  run the notebooks again on other instruction sets, one thread, and without a network"
	@echo "make clean      remove what was built; the virtual environment stays"

book:
	@sh tools/bootstrap.sh book
	@$(PY) -m tools.build

serve: book
	@echo "http://localhost:$(PORT)/  (Ctrl-C stops it)"
	@$(PY) -m http.server --bind 127.0.0.1 --directory $(HTML) $(PORT)

epub:
	@sh tools/bootstrap.sh book
	@$(PY) -m tools.epub

pdf:
	@sh tools/bootstrap.sh book
	@$(PY) -m tools.pdf

# One command for the reader; the steps are targets of their own so that CI's log says where the time went.
test: lint data unit notebooks

lint:
	@sh tools/bootstrap.sh test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

data:
	@sh tools/bootstrap.sh test
	$(PY) -m companion.data fetch all

unit: data
	$(PY) -m pytest -n $(JOBS) --dist loadfile -m "not browser"

notebooks: data
	$(PY) -m pytest -n $(JOBS) --dist loadfile --nbval book

lab:
	@sh tools/bootstrap.sh lab
	$(PY) -m jupyterlab --notebook-dir=book

# The tests' environment, for the peers are in it, and the notebooks are executed and the pages opened.
# What a shell tells OpenBLAS about the processor is forgotten: it would hold one side back, and not the other.
bench: book data
	env -u OPENBLAS_CORETYPE $(PY) -m benchmarks --device $(DEVICE)

browser: book
	@sh tools/bootstrap.sh test
	$(PY) -m pytest tests/browser -m browser -n $(JOBS)
	$(PY) -m pytest tests/test_explore_page.py tests/test_word_map_page.py tests/test_word_map_moves.py tests/test_bleu_calculator.py -m browser

live: book
	@sh tools/bootstrap.sh test
	UNROLLED_LIVE_SECONDS=3600 $(PY) -m pytest tests/browser/test_live_outputs.py -m browser -n $(JOBS)

downloads: book
	@sh tools/bootstrap.sh test
	$(PY) -m tools.downloads.prove

platforms: data
	$(PY) -m tools.platforms

# Pin again what a fresh environment gets; run it in one.
constraints:
	@sh tools/bootstrap.sh test
	@$(PY) -m pip freeze --all --exclude pip --exclude wheel --exclude-editable | sed 's/+cpu//' > constraints.txt

clean:
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache
