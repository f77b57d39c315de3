"""What is checked in Pyodide: see run.mjs. It runs in any other Python too: `python tests/pyodide/checks.py`."""

import contextlib
import copy
import doctest
import gc
import importlib
import io
import pickle
import pkgutil
import sys
import time
from collections.abc import Callable
from typing import Any

DEPTH = 200_000
# NumPy is not part of Pyodide itself: these are made for arrays, or for graphs of a million operations.
OVER_NUMPY = ("autograd.primitives.arrays", "autograd.replay.arrays", "autograd.replay.laned", "autograd.replay.passes")
ELSEWHERE = ("autograd.__main__", "autograd._core", "autograd.replay.native._tape")  # runs; are built for another machine


def doctests() -> str:
    """The examples in the engine's documentation."""
    import autograd

    tried = 0
    for module in pkgutil.walk_packages(autograd.__path__, "autograd."):
        if module.name.startswith(OVER_NUMPY) or module.name in ELSEWHERE:
            continue
        found = doctest.testmod(
            importlib.import_module(module.name), optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
        )
        assert not found.failed, f"{module.name}: {found.failed} examples failed"
        tried += found.attempted
    assert tried > 50
    return f"{tried} examples"


def deep_chain() -> str:
    """A chain is built, differentiated and freed."""
    from autograd import Value

    with contextlib.suppress(TypeError):
        Value("refused")  # type: ignore[arg-type]
    x = Value(1.0)
    y = x
    for _ in range(DEPTH):
        y = y + 1.0
    y.backward()
    assert (x.grad, y.data) == (1.0, DEPTH + 1.0)
    del y
    gc.collect()
    assert (x * 2.0).data == 2.0
    return f"{DEPTH:,} nodes"


def deep_chain_of_many_kinds() -> str:
    """The same over every way in which a node holds others, with nodes that are shared, kept, and of a class of one's own."""
    import autograd
    from autograd import Value

    class Weight(Value):
        __slots__ = ("note",)

    x, w = Weight(0.5), Value(0.25)
    y: Any = x
    kept: Any = None
    for i in range(DEPTH // 10):
        y = autograd.dot([y, w], [0.5, y]) if i % 3 else autograd.tanh(y * w + x) - y / 2
        if i == DEPTH // 20:
            kept = y
    y.backward()
    slope = x.grad
    del y
    gc.collect()
    assert kept is not None and kept.parents
    assert x.grad == slope
    kept.backward()
    del kept
    return f"{DEPTH // 10:,} steps"


def copies() -> str:
    """Deep copies, pickles and recordings of a chain, freed again."""
    from autograd import Value, no_grad, record_backward

    x = Value(1.0)
    y = x
    for _ in range(20_000):
        y = y * 1.0
    for twin in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        twin.backward()
        del twin
    recording = record_backward(y)
    assert len(recording) == 20_000
    y.label = "last"
    with no_grad():
        y = y * 2.0
    assert y.parents == ()
    return "20,000 nodes"


def looking() -> str:
    """What viz has where none of the packages is that pictures are made with."""
    import viz
    import viz.debugger
    from autograd import Value, record_backward, tanh

    x, w = Value(2.0, label="x"), Value(-0.5, label="w")
    cost = (tanh(w * x) - 1.0) ** 2
    out = io.StringIO()
    viz.walk(cost, w, file=out)
    assert "w += 2 × " in out.getvalue()
    assert not w.has_grad
    assert str(viz.expression(cost)) == "(tanh(w * x) - 1) ** 2"
    assert viz.derivation(cost, w).agrees
    assert viz.page(cost).startswith("<!doctype html>")
    assert "w.grad = " in str(viz.debugger.why(record_backward(cost), "w"))
    assert viz.debugger.diagnose(cost) == []
    return "walk, formulas, page, questions and diagnoses"


CHECKS: tuple[Callable[[], str], ...] = (doctests, deep_chain, deep_chain_of_many_kinds, copies, looking)


def main() -> int:
    """Run every check and say so; 1 if one failed."""
    failed = 0
    print(f"Python {sys.version.split()[0]} on {sys.platform}")
    for check in CHECKS:
        start = time.perf_counter()
        try:
            done = check()
        except Exception as error:  # noqa: BLE001 - every check is tried
            failed = 1
            print(f"  FAILED {check.__name__}: {type(error).__name__}: {error}")
        else:
            print(f"  ok     {check.__name__}: {done}, {time.perf_counter() - start:.1f} s")
    return failed


if __name__ == "__main__":
    sys.exit(main())
