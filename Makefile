# Everything runs in a virtual environment inside the checkout; nothing outside it is touched.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# Each process gets a stretch of tests, in which files stay whole, and takes from another when it is through with its own.
SPREAD := -n auto --dist worksteal

# Tests that have a command of their own; pyproject.toml says what each marker means.
ELSEWHERE := not exhaustive and not frameworks and not notebooks

.PHONY: sanitize help demo test test-slow test-core test-frameworks test-notebooks lite test-fast exhaustive pythons bench bench-peers bench-torch bench-replay bench-viz bench-debugger bench-dask vscode stubs site format clean

help:                ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 14

demo: $(VENV)/demo   ## walk back through a small network, train one on handwritten digits, draw both
	$(BIN)/python -m examples.digits

test: $(VENV)/test   ## lint, types and the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest $(SPREAD) -m "not slow and $(ELSEWHERE)" --durations=5

test-slow: $(VENV)/test ## tests of wheels, the site, LaTeX and other programs: what an ordinary change does not break
	$(BIN)/python -m pytest $(SPREAD) -q -m "slow and $(ELSEWHERE)" --durations=5

# The versions that the lift was last tried with; what PyTorch calls a CPU build is taken if there is one.
test-frameworks: $(VENV)/test ## the tests of models of PyTorch and JAX; installs them
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0 jax==0.10.2
	$(BIN)/python -m pytest $(SPREAD) -q -m frameworks tests/viz/debugger/lift

# Real notebooks in an environment of their own, with the versions that they were last tried with.
test-notebooks: $(VENV)/test .venv-notebooks/notebooks ## the widget in JupyterLab, marimo and JupyterLite; installs them (500 MB)
	$(BIN)/python -m pytest -n 0 -q -m notebooks tests/viz/widgets

lite: .venv-notebooks/notebooks ## a site on which a notebook runs with nothing installed, in build/lite
	.venv-notebooks/bin/python examples/lite/build.py build/lite

.venv-notebooks/notebooks: pyproject.toml
	$(PYTHON) -m venv .venv-notebooks
	.venv-notebooks/bin/python -m pip install --quiet --disable-pip-version-check -e '.[widget]' graphviz matplotlib jupyterlab==4.6.6 \
		ipykernel marimo==0.25.2 jupyterlite-core==0.8.6 jupyterlite-pyodide-kernel==0.8.6 jupyter-server
	@touch $@

# The same with the nodes in Python, for what looks at nodes most: `make test` uses the compiled ones, if there is a compiler.
# Diagnoses read recordings, and those of both nodes are held to be the same in tests/autograd. Of their tests only those run here
# that hold nodes - graphs that are kept, rules made by hand - and every fault of the gallery, from the script to the finding.
DIAGNOSES := $(addprefix tests/viz/debugger/diagnoses/, test_memory.py test_rules.py test_faults.py::test_the_guilty_line_is_named_first)

test-core: $(VENV)/test ## the tests of the engine, of networks and of what diagnoses see of nodes, with the nodes in Python
	AUTOGRAD_CORE=pure $(BIN)/python -m pytest $(SPREAD) -q -m "not slow and $(ELSEWHERE)" tests/autograd tests/nn $(DIAGNOSES)

# What a first change is likely to break, without what takes long.
FAST := $(addprefix tests/, autograd/test_value.py autograd/test_functions.py autograd/test_extend.py autograd/test_modes.py \
        autograd/recording/test_recording.py nn/test_backprop.py viz/graphs/test_graph.py viz/debugger/walk \
        viz/debugger/diagnoses/test_innocent.py project/test_floors.py project/test_reference.py)

test-fast: $(VENV)/test    ## half a minute: style, and tests of what a first change is likely to break
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest $(SPREAD) -q $(FAST)

exhaustive: $(VENV)/test   ## 10,000 points per primitive, every reader; deep graphs (minutes)
	$(BIN)/python -m pytest $(SPREAD) -m exhaustive --durations=10

pythons: $(VENV)/test ## the engine's tests and doctests on the later Pythons, and in Pyodide, as far as they can be had
	.ci/pythons

sanitize: $(VENV)/test ## the engine's tests over compiled nodes with the address and undefined-behaviour sanitizers
	tests/shared/sanitize.sh $(BIN)/python

# BENCH="mixed rosenbrock --peers compiled,floats" chooses; BENCH=--write writes docs/speed.md. See benchmarks/compare.py --help.
bench: $(VENV)/test  ## speed beside that of the engines that `make bench-peers` has installed (a quarter of an hour)
	$(BIN)/python benchmarks/compare.py $(BENCH)

bench-peers: .venv-bench/peers .venv-bench-hips/hips  ## install the engines to compare with, in environments of their own (700 MB)

bench-torch: .venv-bench/torch  ## PyTorch as one more of them: from PyPI it is large

# An engine that cannot be installed here is left out, and the others are compared.
.venv-bench/%: benchmarks/%.txt
	$(PYTHON) -m venv .venv-bench
	$(call install_each,.venv-bench,$<)
	@touch $@

.venv-bench-hips/%: benchmarks/%.txt
	$(PYTHON) -m venv .venv-bench-hips
	$(call install_each,.venv-bench-hips,$<)
	@touch $@

install_each = grep -v '^\#' $(2) | while read -r line; do \
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check "$$line" || echo "left out: $$line" >&2; done

bench-replay: $(VENV)/test .venv-bench/peers .venv-bench/torch  ## recorded programs beside C, NumPy, PyTorch, JAX and CasADi by hand
	PYTHONPATH=. .venv-bench/bin/python benchmarks/replay_native.py
	PYTHONPATH=. .venv-bench/bin/python benchmarks/replay_arrays.py
	PYTHONPATH=.:benchmarks .venv-bench/bin/python benchmarks/replay_transformer.py

bench-viz: $(VENV)/test  ## speed of pictures and of the page, with `dot` in the same run
	PYTHONPATH=. $(BIN)/python benchmarks/pictures.py
	PYTHONPATH=. $(BIN)/python benchmarks/page.py

bench-debugger: $(VENV)/test  ## what recording costs, and how quickly the debugger and its adapter answer
	PYTHONPATH=. $(BIN)/python benchmarks/debugger.py
	PYTHONPATH=. $(BIN)/python benchmarks/dap.py --restarts 1000

bench-dask: $(VENV)/test  ## what a step costs on a cluster of two processes, and what a worker that is killed costs
	PYTHONPATH=. $(BIN)/python benchmarks/cluster.py

vscode: $(VENV)/test ## debug in a real Visual Studio Code (code-server, 300 MB), and take the picture in docs/editors.md
	tests/vscode/run.sh

types: $(VENV)/test  ## mypy over everything, pyright over what users write (typing_tests, examples)
	$(BIN)/mypy
	$(BIN)/basedpyright --pythonpath $(BIN)/python

stubs: $(VENV)/test  ## write the types of what is made from the table of primitives, docs/reference.md and docs/modules.md
	$(BIN)/python tests/shared/make_stubs.py
	$(BIN)/python tests/shared/make_reference.py
	$(BIN)/python tests/shared/make_modules.py

site: $(VENV)/docs   ## the documentation as a site, in build/site; broken links and missing anchors are errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

format: $(VENV)/test ## format the code, JavaScript too where there is npm
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	if command -v npm >/dev/null; then cd tests/dap && npm install --no-audit --no-fund --no-package-lock --silent && npm run --silent format; fi

clean:               ## remove the environments and everything generated
	rm -rf $(VENV) .venv-* .code-server demo-output build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

# A stamp per extra: installation runs again when pyproject.toml or the nodes in C change, and only then. It builds those, if
# there is a compiler.
$(VENV)/%: pyproject.toml setup.py $(wildcard autograd/c/*) | $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[$*]'
	@touch $@

$(VENV):
	$(PYTHON) -m venv $(VENV)
