"""A primitive that somebody defines is seen like the built-in one of its character, by every diagnosis, picture and emitter.

For each character a row of the table is defined again under another name, by what `define_primitive` takes. Then the scripts of
the gallery of faults are run with it in place of the built-in: the findings have to be the same, word for word but for the
name. That nothing is found without the columns shows that the columns are what is read.
"""

import itertools
import pathlib
import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from places import TESTS

import viz
from autograd import TABLE, Value, define_primitive, hvp, record_backward
from autograd.operators import function_of
from autograd.primitives.readers import LATEX, TEXT, Writer
from autograd.stepping.emit import emitted_source
from nn import MLP, SGD, mean_squared_error
from nn.monitor import Measurement
from viz.debugger.diagnoses.watch import watching
from viz.graphs.graph import graph_of
from viz.script import running

COLUMNS = ("range", "steepest", "gate", "pole", "activation")
FORMS = ("higher", "rules", "domain", "kinks", "defaults", "latex", "symbol", "precedence", "latex_precedence", "associates")

# Variadic rows, which nobody can define, by what they are of two operands.
OF_TWO: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "maximum": (
        lambda m, u, v: m.maximum(u, v),
        lambda m, out, u, v: tuple(m.div(m.where(w == out, 1.0, 0.0), m.where(u == v, 2.0, 1.0)) for w in (u, v)),
    )
}


def own(name: str, columns: bool = True, **further: Any) -> Any:
    """A row of the table, defined again as own_NAME: with the columns that describe its character, or without."""
    row = TABLE[name]
    value, partials = OF_TWO.get(name, (row.value, row.partials))
    given = {column: getattr(row, column) for column in (*FORMS, *(COLUMNS if columns else ()))}
    if name in OF_TWO:
        given |= {"kinks": (), "higher": None, "rules": (), "latex": ""}
    text = "" if row.text.startswith(f"{name}(") else row.text
    return define_primitive(f"own_{name}", value, partials, text=text, **given, **further)


def run(text: str, path: pathlib.Path) -> list[tuple[str, int, str, str]]:
    """What is found in a script."""
    path.write_text(text, encoding="utf-8")
    with watching() as watch, running(str(path)):
        pass
    return [(f.kind, f.line, f.message, f.remedy) for f in watch.findings()]


def without_prefix(found: list[tuple[str, int, str, str]]) -> list[tuple[str, int, str, str]]:
    return [(kind, line, message.replace("own_", ""), remedy.replace("own_", "")) for kind, line, message, remedy in found]


def replaced(fault: str, name: str) -> str:
    """A script of the gallery, with own_NAME in place of a function or an activation; lines stay where they are."""
    text = (TESTS / "faults" / f"{fault}.py").read_text(encoding="utf-8")
    text, times = re.subn(rf"(autograd\.)?\b{name}\(", f"own_{name}(", text)
    text, quoted = re.subn(rf'"{name}"', f'"own_{name}"', text)
    assert times + quoted, "the script does not use it"
    header = f"import autograd; own_{name} = autograd.operators.function_of(autograd.TABLE['own_{name}'])"
    return text.replace(text.splitlines()[1], header, 1)


def kind_of(fault: str) -> str:
    text = (TESTS / "faults" / f"{fault}.py").read_text(encoding="utf-8")
    return text.splitlines()[1].removeprefix("# diagnose: ")


BY_COLUMNS = [
    ("16_dead_relu", "relu"),
    ("17_saturated_tanh", "tanh"),
    ("18_raw_pixels", "tanh"),
    ("23_sigmoid_before_cost", "sigmoid"),
    ("24_activation_twice", "tanh"),
    ("43_all_weights_alike", "tanh"),
    ("48_target_out_of_reach", "sigmoid"),
    ("49_hinge_with_zeros", "relu"),
]
BY_FORMULAS = [
    ("01_log_of_zero", "log"),
    ("04_root_of_zero", "sqrt"),
    ("09_lost_digits", "square"),
    ("13_rounded_output", "round"),
    ("15_sign_activation", "sign"),
    ("19_deep_sigmoids", "sigmoid"),
    ("45_on_the_kink", "relu"),
]


@pytest.mark.parametrize(("fault", "name"), BY_COLUMNS + BY_FORMULAS)
def test_the_faults_of_the_gallery_are_found_with_rows_of_ones_own(fault: str, name: str, tmp_path: pathlib.Path) -> None:
    built_in = run((TESTS / "faults" / f"{fault}.py").read_text(encoding="utf-8"), tmp_path / "built_in.py")
    assert built_in[0][0] == kind_of(fault)
    own(name, in_cost=TABLE[name].in_cost or None)
    found = run(replaced(fault, name), tmp_path / "own.py")
    if "finite" in kind_of(fault):  # where the advice is by row, and for others by their domain
        found, built_in = ([(*f[:3], "") for f in them] for them in (found, built_in))
    assert without_prefix(found) == built_in


@pytest.mark.parametrize(("fault", "name"), BY_COLUMNS)
def test_they_are_not_without_the_columns(fault: str, name: str, tmp_path: pathlib.Path) -> None:
    own(name, columns=False, in_cost=TABLE[name].in_cost or None)
    assert kind_of(fault) not in [f[0] for f in run(replaced(fault, name), tmp_path / "bare.py")]


def test_a_pole_an_exponential_and_a_choice_of_ones_own_are_found(tmp_path: pathlib.Path) -> None:
    script = """
import autograd
from autograd import Value, mean, square
f = autograd.operators.function_of(autograd.TABLE[{name!r}])
a = Value({start}, label="a")
for _ in range(3):
    mean([square(f(a * x) {after}) for x in (1.0, 2.0)]).backward()
    a.data -= 1e-30 * a.grad
    a.zero_grad()
"""
    for name, start, after, kind in (("log", 1e-8, "+ 1e5", "pole"), ("exp", 345.0, "* 1e-250", "near overflow")):
        own(name)
        both = [run(script.format(name=n, start=start, after=after), tmp_path / f"{n}.py") for n in (name, f"own_{name}")]
        assert kind in [f[0] for f in both[0]], both[0]
        of_kind = [[f[:3] for f in found if f[0] == kind] for found in (both[0], without_prefix(both[1]))]
        assert of_kind[0] == of_kind[1]
    own("where")
    text = (TESTS / "faults" / "05_where_nan.py").read_text(encoding="utf-8")
    built_in = run(text, tmp_path / "where.py")
    header = "import autograd; own_where = autograd.operators.function_of(autograd.TABLE['own_where'])"
    text = text.replace(text.splitlines()[1], header, 1).replace("where(rate > 0.0,", "own_where(float(rate.data > 0.0),")
    assert without_prefix(run(text, tmp_path / "own_where.py")) == built_in


# --- how they are written -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "pow", "neg", "exp", "square", "floordiv", "mod", "identity"])
def test_signs_of_ones_own_are_written_and_bracketed_like_the_built_in_ones(name: str) -> None:
    own(name)
    theirs, ours = TABLE[name], TABLE[f"own_{name}"]
    for writer in (TEXT, LATEX):
        x, y = writer.symbol("x"), writer.symbol("y")
        pieces = (x, x + y, x * y, -x, writer.pow(x, y), writer.div(x, y), -2.0)
        for operands in itertools.product(pieces, repeat=theirs.arity):
            a, b = writer.write(theirs, *operands), writer.write(ours, *operands)
            assert unprefixed(writer, b) == str(a)
            for outside in (TABLE[n] for n in ("add", "sub", "mul", "div", "pow")):
                assert unprefixed(writer, writer.write(outside, b, y)) == str(writer.write(outside, a, y))
                assert unprefixed(writer, writer.write(outside, y, b)) == str(writer.write(outside, y, a))
            assert unprefixed(writer, -b) == str(-a)


def unprefixed(writer: Writer, written: Any) -> str:
    return str(written).replace(r"own\_" if writer is LATEX else "own_", "")


def computed(mul: Any, add: Any, tanh: Any, square: Any) -> Value:
    w, x, b = Value(0.5, label="w"), Value(-2.0, label="x"), Value(0.25, label="b")
    root = square(add(mul(w, add(x, b)), tanh(mul(-2.0, w))))
    root.label = "C"
    root.backward()
    return root  # type: ignore[no-any-return]


def both() -> tuple[Value, Value]:
    """The same computation with rows of the table, and with the same rows defined again."""
    names = ("mul", "add", "tanh", "square")
    return computed(*(function_of(TABLE[n]) for n in names)), computed(*(own(n) for n in names))


def same(theirs: str, ours: str) -> None:
    assert ours.replace("own_", "") == theirs


def test_expressions_derivations_emitted_passes_and_pictures_are_the_same() -> None:
    theirs, ours = both()
    for latex in (False, True):
        shown = [[viz.expression(root), viz.derivation(root, "w")] for root in (theirs, ours)]
        for a, b in zip(*shown, strict=True):
            same(a.latex if latex else str(a), b.latex if latex else str(b))
    same(emitted_source(theirs), emitted_source(ours))
    same("\n".join(s.rule for s in record_backward(theirs)), "\n".join(s.rule for s in record_backward(ours)))
    same(viz.draw(theirs).source, viz.draw(ours).source)
    assert [edge.local for i in range(9) for edge in graph_of(ours).edges(i)] == [
        edge.local for i in range(9) for edge in graph_of(theirs).edges(i)
    ]


def test_the_terms_of_a_sum_of_ones_own_are_folded_like_those_of_plus() -> None:
    sizes = []
    for add in (function_of(TABLE["add"]), own("add")):
        total = Value(0.0, label="b")
        for i in range(40):
            total = add(Value(0.1 * i, label=f"w_{i}") * (0.5 + i), total)
        sizes.append(viz.draw(total).source.count("\n"))
    assert sizes[0] == sizes[1]


def test_products_of_hessians_run_through_linear_rows_of_ones_own() -> None:
    add, mul = own("add"), own("mul")
    theirs = hvp(lambda u, v: (u + v) * (u * v) + u, (0.7, -1.3), (1.0, 2.0))
    assert hvp(lambda u, v: add(mul(add(u, v), mul(u, v)), u), (0.7, -1.3), (1.0, 2.0)) == theirs


def test_the_monitor_counts_saturated_units_of_ones_own() -> None:
    def shares(activation: str) -> list[dict[str, Any]]:
        model = MLP(1, [3, 1], activation=activation, rng=random.Random(3))
        for w in model.parameters():
            w.data *= 8.0
        measurement = Measurement(model, step=1)
        descent = SGD(model.parameters(), rate=0.1)
        out = model([0.9])
        measurement.after_forward()
        mean_squared_error(out, 1.0).backward()
        measurement.after_backward()
        descent.step()
        return [layer["activations"] for layer in measurement.after_step()["layers"]]

    own("tanh")
    assert shares("own_tanh") == shares("tanh")
    assert shares("tanh")[0]["saturated"] is not None
