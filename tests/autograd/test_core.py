"""The compiled nodes beside those in Python: the same numbers bit for bit, the same words, and nothing that is never freed.

Both classes live in this process. Programs drawn at random run on either and are compared step by step.
"""

import contextlib
import copy
import fractions
import inspect
import math
import operator
import os
import pathlib
import pickle
import random
import re
import shutil
import struct
import subprocess
import sys
import warnings
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import ROOT

import autograd
from autograd import AutogradError, no_grad, pure, scope, strict
from autograd.blocks import MODES
from autograd.compiled import load
from autograd.operators import Tracer, apply, written_in_python
from autograd.primitives.c_header import rules
from autograd.primitives.readers import FLOAT
from autograd.primitives.table import TABLE
from autograd.reverse import UNSET, leaves_of, topological_order
from autograd.transforms.adjoints import pull


@pytest.fixture(scope="module")
def compiled() -> Any:
    """The compiled class and its functions."""
    try:
        return SimpleNamespace(**load())
    except ImportError as error:
        pytest.skip(f"the compiled nodes are not installed: {error}")  # a failure where CI runs


def test_the_rules_in_c_are_those_of_the_table() -> None:
    written = (ROOT / "autograd" / "c" / "rules.h").read_text(encoding="utf-8")
    assert written == rules(), "make stubs"
    assert written.count("static inline double rule_") > 50


# --- which ------------------------------------------------------------------------------------------------------------------


def said(environment: dict[str, str], where: pathlib.Path = ROOT) -> subprocess.CompletedProcess[str]:
    code = (
        f"import sys; sys.path.insert(0, {str(where)!r})\n"
        "import autograd; x = autograd.Value(3.0); (x * x).backward(); print(*autograd.core(), x.grad, sep='|')"
    )
    inherited = {key: value for key, value in os.environ.items() if key != "AUTOGRAD_CORE"}
    command = [sys.executable, "-S", "-c", code]  # an editable installation would find the parts of the other copy
    return subprocess.run(
        command, cwd=where, env=inherited | environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_pure_nodes_can_be_asked_for() -> None:
    assert said({"AUTOGRAD_CORE": "pure"}).stdout == "pure|AUTOGRAD_CORE=pure asks for it|6.0\n"


def test_compiled_nodes_can_be_asked_for(compiled: Any) -> None:
    assert said({"AUTOGRAD_CORE": "compiled"}).stdout == "compiled|AUTOGRAD_CORE=compiled asks for it|6.0\n"


def test_without_a_word_the_nodes_are_compiled_where_they_are_installed(compiled: Any) -> None:
    assert said({}).stdout == "compiled|the compiled nodes are installed|6.0\n"


def test_any_other_word_is_refused() -> None:
    done = said({"AUTOGRAD_CORE": "fast"})
    assert done.stderr.endswith(
        "ArgumentError: AUTOGRAD_CORE=fast: the nodes are 'pure' or 'compiled'; unset it to get compiled ones where they are "
        "installed\n"
    )


@pytest.mark.parametrize("environment", [{}, {"AUTOGRAD_CORE": "compiled"}], ids=["without a word", "asked for"])
@pytest.mark.parametrize(("content", "why"), [(None, "No module named 'autograd._core'"), (b"no binary", "")])
def test_without_the_extension_and_with_a_broken_one_the_nodes_are_pure(
    tmp_path: pathlib.Path, content: bytes | None, why: str, environment: dict[str, str]
) -> None:
    shutil.copytree(ROOT / "autograd", tmp_path / "autograd", ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.pyd"))
    if content is not None:
        (tmp_path / "autograd" / "_core.abi3.so").write_bytes(content)
    done = said(environment, tmp_path)
    assert done.stderr == ""
    name, reason, grad = done.stdout.strip().split("|")
    assert (name, grad) == ("pure", "6.0")
    assert reason.startswith(f"the compiled nodes cannot be used: {why}")


def test_a_second_copy_of_the_engine_in_one_process_has_pure_nodes(compiled: Any) -> None:
    code = (
        "import sys, autograd; first = autograd.Value(2.0)\n"
        "ours = [name for name in sys.modules if name.partition('.')[0] == 'autograd' and name != 'autograd._core']\n"
        "for name in ours: del sys.modules[name]\n"
        "import autograd as again; x = again.Value(3.0); y = x * x; y.backward(); z = first * first; z.backward()\n"
        "print(again.core().name, x.grad, first.grad)"
    )
    environment = os.environ | {"AUTOGRAD_CORE": "compiled"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("pure 6.0 4.0\n", "")


# --- the same numbers and words ----------------------------------------------------------------------------------------------


def bits(x: float) -> bytes:
    return b"nan" if x != x else struct.pack("<d", x)


def seen(v: Any, ids: dict[int, int]) -> tuple[Any, ...]:
    """Everything that a node shows, with nodes by their numbers."""

    def plain(thing: Any) -> Any:
        return ids[id(thing)] if isinstance(thing, Tracer) else bits(thing)

    partials = v.partials if v.partials is None else tuple(map(bits, v.partials))
    shown = (bits(v.data), bits(v.grad), v.has_grad, v.op, v.label, v.scope, partials, repr(v).replace("-nan", "nan"))
    return (*shown, tuple(map(plain, v.operands)), tuple(map(plain, v.parents)), v.primitive, v._grad is UNSET)


NUMBERS = (0.0, -0.0, 1.0, -1.0, 2.0, 0.5, -2.5, 3.0, 1e-300, 1e300, -1e154, 5e-324, math.inf, -math.inf, math.nan, 0.1, 710.0)
BINARY: list[Callable[[Any, Any], Any]] = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.floordiv, operator.mod,
    autograd.hypot, autograd.maximum, autograd.atan2, autograd.copysign, autograd.fmod,
    lambda a, b: autograd.where(a > b, a, b),
]  # fmt: skip
UNARY = [row for row in TABLE.values() if row.arity == 1 and row.method]
BAD = ("text", None, [1.0], 1j, 10**400)


def run(kind: Any, seed: int, steps: int) -> list[Any]:
    """A program at random on one class of nodes: what every step shows, errors by their words."""
    rng = random.Random(seed)
    nodes = [kind(rng.choice(NUMBERS) if rng.random() < 0.4 else rng.uniform(-3, 3)) for _ in range(4)]
    log: list[Any] = []

    def constant() -> Any:
        return rng.choice((2, 3, -1, 0, True, rng.choice(NUMBERS), rng.uniform(-2, 2)))

    def dot(ws: Any, xs: Any, b: Any) -> Any:
        node = dots[kind](ws, xs, b)
        return apply(TABLE["dot"], (*ws, *xs, b)) if node is None else node

    def step() -> Any:
        a, b = rng.choice(nodes), rng.choice(nodes)
        what = rng.randrange(20)
        if what < 5:
            return rng.choice(BINARY)(a, b)
        if what < 8:
            return rng.choice(BINARY)(*rng.choice(((a, constant()), (constant(), a))))
        if what < 11:
            row = rng.choice(UNARY)
            return getattr(a, row.name)() if rng.random() < 0.5 else functions[kind](row)(rng.choice((a, a, a, 0.5, *BAD)))
        if what == 11:
            many = rng.choices(nodes, k=rng.randrange(1, 6))
            name = rng.choice(("sum", "mean", "norm", "logsumexp", "maximum", "minimum", "prod"))
            return applies[kind](TABLE[name], (*many, rng.choice((0.5, 0.5, 0.5, 1, *BAD))))
        if what == 12:
            k = rng.randrange(1, 5)
            ws, b = tuple(rng.choices(nodes, k=k)), rng.choice((b, 0.5, 2))
            xs = tuple(rng.choices(nodes, k=k)) if rng.random() < 0.5 else tuple(rng.choice(NUMBERS[:8]) for _ in range(k))
            return dot(ws, xs, b)
        if what == 13:
            return rng.choice(BINARY)(a, rng.choice(BAD))
        if what == 14:
            modes = rng.sample((no_grad(), strict(), scope("s")), k=rng.randrange(1, 4))
            kinds: list[Callable[[Any, Any], Any]] = [*BINARY, lambda a, b: dot([a, a], [b, b], 0.5)]
            apart, other = rng.choice(kinds), rng.choice((b, 2.0))
            with contextlib.ExitStack() as block:
                for mode in modes:
                    block.enter_context(mode)
                return apart(a, other)
        if what == 15:
            a.data = rng.choice(NUMBERS)
        elif what == 16:
            root = nodes[-1]
            root.backward(rng.choice((1.0, -2.5, 3)))
            log.append([bits(x) for x in gradients(root, rng.sample(nodes, 2))])
        elif what == 17:
            factor = rng.uniform(-2, 2)
            if rng.random() < 0.3:
                a.register_hook(lambda g: g * factor)
            if rng.random() < 0.5:
                log.append(shares[kind](a, SHARED))
            else:
                a.label = f"n{len(nodes)}"
        elif what == 18:
            return rng.choice((copy.copy, copy.deepcopy))(a)
        else:
            a.grad = rng.choice((0.0, 1.5, None))
            log.append((a == b, a < b, a >= 1.0, a != 2, bool(a), b > True))
        return None

    for _ in range(steps):
        try:
            made = step()
        except (AutogradError, TypeError, ValueError, OverflowError) as error:
            words = re.sub(r"^(dot.*?) at .*?;", r"\1;", str(error))  # `dot` below stands in two places
            log.append((type(error), words.replace("-nan", "nan")))
        else:
            if isinstance(made, Tracer):
                known = {id(v) for v in nodes}
                stack: list[Any] = [made]
                new: list[Any] = []
                while stack:  # a deep copy has brought its own ancestors
                    v = stack.pop()
                    if id(v) not in known:
                        known.add(id(v))
                        new.append(v)
                        stack += [o for o in v.operands if isinstance(o, Tracer)]
                nodes += reversed(new)
        ids = {id(v): i for i, v in enumerate(nodes)}
        log.append([seen(v, ids) for v in nodes])
    return log


SHARED = {"label": "z", "scope": "neuron"}


def gradients(root: Any, wanted: list[Any]) -> list[Any]:
    """d(root)/d(wanted) without touching a gradient, and how many nodes there are."""
    order = topological_order(root)
    assert [v for v in order if not v.parents] == []
    assert [*leaves_of(order)] == [*dict.fromkeys(p for v in order for p in v.parents if not p.parents)]
    return [*pull(order, root, wanted, False), *pull(order, root, wanted, False, -0.5), float(len(order))]


dots: dict[Any, Any] = {}
shares: dict[Any, Any] = {}
applies: dict[Any, Any] = {}
functions: dict[Any, Callable[[Any], Callable[[Any], Any]]] = {}


def compare(compiled: Any, seed: int, steps: int) -> None:
    dots.update({pure.Value: pure.dot_node, compiled.Value: compiled.dot_node})
    applies.update({pure.Value: apply, compiled.Value: compiled.apply})
    shares.update({pure.Value: pure.share, compiled.Value: compiled.share})
    of_c = compiled.functions
    functions.update({pure.Value: written_in_python, compiled.Value: lambda row: of_c.get(row) or written_in_python(row)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = run(compiled.Value, seed, steps), run(pure.Value, seed, steps)
    for i, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        assert one == other, (seed, i)
    assert SHARED == {"label": "z", "scope": "neuron"}


@settings(max_examples=60)
@given(seed=st.integers(0, 10**9))
def test_a_program_at_random_does_the_same_on_both(compiled: Any, seed: int) -> None:
    compare(compiled, seed, 30)


def answer(function: Callable[..., Any], *numbers: Any, **named: Any) -> Any:
    """A number by its bits, an error by its words, a node by both."""
    try:
        result = function(*numbers, **named)
    except (AutogradError, TypeError) as error:
        return type(error), str(error)
    return bits(result) if isinstance(result, float) else (bits(result.data), tuple(map(bits, result.partials)))


def test_functions_of_one_number_answer_as_those_in_python_do(compiled: Any) -> None:
    class Own(compiled.Value):  # type: ignore[misc]
        pass

    assert len(compiled.functions) > 30
    numbers: tuple[Any, ...] = (*NUMBERS, 0, 1, -3, True, 10**400, fractions.Fraction(1, 3), "text", None, [1.0], 1j, object)
    for row, function in compiled.functions.items():
        theirs = written_in_python(row)
        assert (function.__name__, function.__qualname__, function.__module__) == (row.name, row.name, "autograd")
        assert function.__doc__ == theirs.__doc__
        assert [*inspect.signature(function).parameters] == [*inspect.signature(theirs).parameters]
        if getattr(autograd, row.name) is function:
            assert pickle.loads(pickle.dumps(function)) is function
        for kind, own in ((compiled.Value, pure.Value), (pure.Value, pure.Value), (Own, pure.Value)):
            for y in NUMBERS:
                assert answer(function, kind(y)) == answer(theirs, own(y)), (row.name, y)
        for x in numbers:
            assert answer(function, x) == answer(theirs, x), (row.name, x)
        assert answer(function, u=2.0) == answer(theirs, u=2.0)
        wrong: list[tuple[tuple[float, ...], dict[str, float]]] = [((), {}), ((1.0,), {"v": 2.0}), ((), {"v": 2.0})]
        if row.name != "log":  # which takes a base
            wrong.append(((1.0, 2.0), {}))
        for arguments, named in wrong:
            with pytest.raises(TypeError):
                function(*arguments, **named)


def test_the_logarithm_has_a_base_over_both_kinds_of_nodes(compiled: Any) -> None:
    assert [*inspect.signature(autograd.log).parameters] == ["u", "base"]
    assert str(autograd.log.__doc__).startswith("The natural logarithm, or the logarithm to a base")
    assert pickle.loads(pickle.dumps(autograd.log)) is autograd.log
    plain = written_in_python(TABLE["log"])
    for kind in (compiled.Value, pure.Value, float):
        for y in NUMBERS:
            assert answer(autograd.log, kind(y)) == answer(plain, kind(y)), (kind, y)
        eight, two = kind(8.0), kind(2.0)
        for operands in ((eight, 2.0), (eight, two), (8.0, two), (8, 2)):
            for tried in (autograd.log(*operands), autograd.log(u=operands[0], base=operands[1])):
                assert getattr(tried, "data", tried) == 3.0
    for mistake in (TABLE["mul"], TABLE["sum"], "log"):
        with pytest.raises(TypeError, match="a row of one operand"):
            compiled.in_front(mistake, print, "")


def test_every_public_attribute_is_described_in_the_same_words(compiled: Any) -> None:
    names, others = ({name for name in dir(kind) if name[0] != "_"} for kind in (pure.Value, compiled.Value))
    assert names == others
    for name in names - {"picture"}:  # which `import viz` sets for the one that is used
        ours, theirs = (inspect.getattr_static(kind, name).__doc__ for kind in (compiled.Value, pure.Value))
        assert ours == theirs, name


def test_attributes_that_nodes_share_are_each_node_s_own(compiled: Any) -> None:
    strays = MODES.strays[:]
    MODES.strays.clear()  # of other tests, after which the compiled nodes look twice
    pairs: tuple[tuple[Any, Any], ...] = ((compiled.Value, compiled.share), (pure.Value, pure.share))
    for kind, share in pairs:
        names = {"label": "z", "scope": "layer1/neuron1"}
        a, b, c, d, e = (kind(1.0) * 2.0 for _ in range(5))
        assert [share(node, names) for node in (a, b, c, d, a, kind(1.0) + 1.0, 3.0, None)] == [True] * 4 + [
            False,
            True,
            False,
            False,
        ]
        a.label, b.own = "a", [b]
        vars(c)["label"] = "c"
        e.__dict__ = vars(d)
        e.label = "e"
        twin = copy.deepcopy(d)
        twin.label = "twin"
        seen = [(v.label, v.scope) for v in (a, b, c, d, e, twin)]
        assert seen == [(label, names["scope"]) for label in ("a", "z", "c", "e", "e", "twin")]
        assert names == {"label": "z", "scope": "layer1/neuron1"}
        with no_grad():
            assert share(f := kind(1.0) * 2.0, names)
            assert (f.label, f.parents) == ("z", ())
            with scope("outer"):
                assert not share(kind(1.0) * 2.0, names)
    MODES.strays.extend(strays)


SLOW = ("polygamma", "sinc_derivative", "pow_derivative", "gamma", "lgamma", "digamma", "sinc")


def test_every_row_gives_the_same_bits_at_special_and_ordinary_numbers(compiled: Any) -> None:
    rng = random.Random(0)
    points = [
        *NUMBERS,
        *[rng.uniform(-5, 5) for _ in range(40)],
        *[rng.gauss(0, 1) * 10 ** rng.randrange(-20, 20) for _ in range(20)],
    ]
    for row in TABLE.values():
        if row.variadic or row.name in SLOW:
            continue  # no rule in C
        for point in points:
            numbers = [point] + [rng.choice(points) for _ in range(row.arity - 1)]
            node = compiled.Value(0.0).record(row, tuple(map(compiled.Value, numbers)))
            out = row.value(FLOAT, *numbers)
            assert bits(node.data) == bits(out), (row.name, numbers)
            wanted = row.partials(FLOAT, out, *numbers)
            assert tuple(map(bits, node.partials)) == tuple(map(bits, wanted)), (row.name, numbers)


def test_rows_of_any_number_of_operands_give_the_same_bits(compiled: Any) -> None:
    rng = random.Random(1)
    for row in TABLE.values():
        if not row.variadic or row.name == "dot":
            continue
        for n in [1, 2, 3, 4, 5, 8, 63, 64, 65, 200] * 8:
            wide = rng.choice((1.0, 40.0, 800.0))
            numbers = [rng.choice(NUMBERS) if rng.random() < 0.1 / n else wide * rng.gauss(0, 1) for _ in range(n)]
            numbers += rng.choices(numbers, k=rng.randrange(2))  # ties
            operands = tuple([compiled.Value(x) if rng.random() < 0.9 else x for x in numbers])
            node = compiled.apply(row, (compiled.Value(numbers[0]), *operands[1:]))
            out = row.value(FLOAT, *numbers)
            assert bits(node.data) == bits(out), (row.name, numbers)
            partials = row.partials(FLOAT, out, *numbers)
            wanted = [d for i, d in enumerate(partials) if i == 0 or operands[i].__class__ is not float]
            assert [*map(bits, node.partials)] == [*map(bits, wanted)], (row.name, numbers)


def test_sums_are_rounded_correctly(compiled: Any) -> None:
    """Lists made to be nasty: ties, cancellation, subnormal numbers; math.fsum is the judge."""
    rng = random.Random(1)
    for _ in range(3000):
        n = rng.randrange(1, 20)
        xs = [rng.choice((1.0, -1.0)) * rng.random() * 2.0 ** rng.choice((0, 0, -53, -54, 53, -1060, 40)) for _ in range(n)]
        xs += [-x for x in xs if rng.random() < 0.5] + [rng.choice((0.0, -0.0, 2.0**-53, 1.0))]
        node = compiled.Value(0.0).record(TABLE["sum"], tuple(map(compiled.Value, xs)))
        assert bits(node.data) == bits(math.fsum(xs)), xs


def test_the_method_of_many_operands_takes_them_after_it_was_called_with_one(compiled: Any) -> None:
    for kind in (compiled.Value, pure.Value):
        x = kind(2.0)
        assert x.maximum().data == x.minimum().data == 2.0
        assert (x.maximum(kind(3.0), 1.0).data, x.minimum(kind(3.0), 1.0).data) == (3.0, 1.0)
