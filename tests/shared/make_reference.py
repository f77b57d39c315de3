"""Write `docs/reference.md`: the public names, each with its signature and its docstring, and the table of primitives.

`make stubs` writes it again after something public has changed, and a test fails until that is done. The text is that of
the docstrings, whose examples the tests run where they stand.
"""

import inspect
from collections.abc import Collection, Iterator, Set
from types import ModuleType
from typing import Any

from docstring_pages import attributes, entry, escaped, first, signature
from places import ROOT

import autograd
import nn
import nn.data
import nn.train
import viz
import viz.debugger
from autograd import TABLE
from autograd.primitives.readers import LATEX
from autograd.primitives.table import Primitive
from autograd.pure import Value  # whichever nodes are used: these have signatures to be read
from autograd.recording.rules import templates
from viz.formulas.notation import Algebra, latex_name

PATH = ROOT / "docs" / "reference.md"

HEADER = """# Reference

Everything that the packages offer, from their own docstrings: [autograd](#autograd), the [primitives](#primitives),
[nn](#nn), [nn.train](#nntrain), [nn.data](#nndata), [viz](#viz), [viz.plots](#vizplots) and [viz.debugger](#vizdebugger).
How-to pages are in the [index](index.md). A function with several signatures gives another type for each kind of
arguments; `Real` is any real number: an int, a float, a Fraction, a number of NumPy's, or a `Value`. A `Batch` is one of
them, a list with one for each sample, or a list of lists; `ValueBatch` holds `Value`s, `PlainBatch` floats. This page is
written by `make stubs`.

"""

PRIMITIVES = """## Primitives

One row of the table each. $u$ and $v$ are operands, $y$ is the result; there is a local derivative for each operand. The domain
says where a primitive has them; the last column gives the numbers chosen at points where it has none. Each is a function of
`autograd` and a method of `Value`, unless Python has a sign for it.

"""

VERTICAL = r"\vert "
# What of each is public: what its face lists, and of two modules, which are imported for themselves, what is named here.
PACKAGES: dict[str, tuple[ModuleType, Collection[str]]] = {
    "nn": (nn, nn.__all__),
    "nn.train": (nn.train, ("DivergedError", "History", "fit", "predict", "probabilities")),
    "nn.data": (nn.data, ("Data", "Standardisation", "circles", "diabetes", "digits", "iris", "moons", "spirals", "xor")),
    "viz": (viz, viz.__all__),
    "viz.plots": (viz.plots, viz.plots.__all__),
    "viz.debugger": (viz.debugger, viz.debugger.__all__),
}
OF_VALUE = ("backward", "zero_grad", "detach", "register_hook")
HELPERS = {
    "identity",
    "step",
    "gauss",
    "expdiff",
    "gelu_slope",
    "one_minus_square",
    "pinned",
    "sinc_derivative",
    "pow_derivative",
}


def reference() -> str:
    """The text of the page."""
    parts = [HEADER, "## autograd\n\n", entry("Value", Value)]
    parts += [entry(f"Value.{name}", getattr(Value, name), 4) for name in OF_VALUE]
    parts += _members(Value, without={*OF_VALUE, *_of_the_table()})
    names = set(autograd.__all__) - {n for n in _of_the_table() if n in TABLE and TABLE[n].method} - {"Value", "TABLE"}
    parts += _module(autograd, names - {alias for row in TABLE.values() for alias in row.aliases})
    parts += [PRIMITIVES, *_primitives()]
    for name, (module, public) in PACKAGES.items():
        parts += [f"## {name}\n\n", *_module(module, set(public), prefix=name.partition(".")[2])]
    return "".join(parts).rstrip() + "\n"


def _module(module: ModuleType, names: set[str], prefix: str = "") -> Iterator[str]:
    things = {name: getattr(module, name) for name in sorted(names, key=lambda name: (name.lower(), name))}
    for name, thing in things.items():
        if callable(thing) and not _is_error(thing):
            yield entry(f"{prefix}.{name}" if prefix == "plots" else name, thing)
            if inspect.isclass(thing) and not hasattr(thing, "__exit__"):
                yield from _members(thing)
        elif isinstance(thing, dict):
            yield f"### {escaped(name)}\n\nThe names that can be given: {', '.join(f'`{key}`' for key in thing)}.\n\n"
    errors = [thing for thing in things.values() if _is_error(thing)]
    if errors:
        yield "| error or warning | is raised because | is a kind of |\n|---|---|---|\n"
        for error in errors:
            kinds = ", ".join(f"`{base.__name__}`" for base in error.__bases__)
            yield f"| `{error.__name__}` | {first(inspect.getdoc(error) or '')} | {kinds} |\n"
        yield "\n"


def _is_error(thing: Any) -> bool:
    return inspect.isclass(thing) and issubclass(thing, Exception)


def _members(owner: type, without: Set[str] = frozenset()) -> Iterator[str]:
    """A table of the methods and attributes of a class, with those of its bases that are not public themselves."""
    rows: dict[str, str] = {}
    described = attributes(inspect.getdoc(owner) or "")
    for base in owner.__mro__:
        if base.__module__.partition(".")[0] not in ("autograd", "nn", "viz") or (base is not owner and _is_public(base)):
            continue
        for name, member in vars(base).items():
            shown = isinstance(member, property) or inspect.isfunction(member)
            if shown and not name.startswith("_") and name not in rows and name not in without | described:
                call = "" if isinstance(member, property) else signature(member).replace("(self, ", "(").replace("(self)", "()")
                rows[name] = f"| `.{name}{' '.join(call.split())}` | {first(inspect.getdoc(getattr(owner, name)) or '')} |\n"
    if rows:
        yield from (f"| of {escaped(owner.__name__)} | |\n|---|---|\n", *(rows[name] for name in sorted(rows)), "\n")


def _is_public(base: type) -> bool:
    return any(getattr(module, base.__name__, None) is base for module in (autograd, nn, viz, viz.debugger))


# --- the table of primitives -------------------------------------------------------------------------------------------


def _of_the_table() -> set[str]:
    return {name for row in TABLE.values() for name in (row.name, *row.aliases)}


def _primitives() -> Iterator[str]:
    yield "| primitive | formula | local derivatives | domain | chosen |\n|---|---|---|---|---|\n"
    for row in TABLE.values():
        if row.name not in HELPERS:
            cells = (f"{_names(row)}<br>{first(row.doc)}", *_formulas(row), _domain(row), _chosen(row))
            yield f"| {' | '.join(cells)} |\n"
    yield "\n"


def _names(row: Primitive) -> str:
    call = f"{row.name}(u1, ..., un)" if row.variadic else row.text.format(*row.operand_names)
    return ", ".join(f"`{name}`" for name in (call, *row.aliases))


def _formulas(row: Primitive) -> tuple[str, str]:
    """The primitive and its local derivatives as mathematics."""
    algebra = Algebra(LATEX)
    result = algebra.symbol("y")
    if row.variadic and row.rules:  # one rule for all of them
        operands = [algebra.symbol(name) for name in ("u_1", r"\dots", "u_n")]
        rule = row.rules[0].replace("{out}", "y")
        derivatives = [algebra.rule(rule.replace("{u}", "{0}"), result, lambda _: algebra.symbol("u_i"))]
        if r"\text" in str(derivatives[0]):  # in words
            return _math(str(algebra.write(row, *operands))), escaped(rule.replace("{u}", "u_i"))
    else:
        names = [f"u_{i}" for i in (1, 2, 3)] if row.variadic else [latex_name(name) for name in row.operand_names]
        operands = [algebra.symbol(name) for name in names]
        rules = [rule.partition(" = ")[2] for rule in templates(row, [0] * len(operands))]
        derivatives = [algebra.rule(rule, result, operands.__getitem__) for rule in rules]
    written = str(algebra.write(row, *operands))
    return _math(written), "<br>".join(_math(str(derivative)) for derivative in derivatives)


def _math(latex: str) -> str:
    """A formula in a cell, where a bar would end it; parentheses grow with what is in them only if it is a fraction."""
    if "frac" not in latex:
        latex = latex.replace(r"\left(", "(").replace(r"\right)", ")")
    return f"${latex.replace('|', VERTICAL).rstrip()}$"


def _domain(row: Primitive) -> str:
    return "everywhere" if row.domain == "True" else f"`{_cell(row.domain)}`"


def _chosen(row: Primitive) -> str:
    return "<br>".join(f"{_tuple(partials)} at {_tuple(at)}" for at, partials in row.kinks)


def _tuple(numbers: tuple[float, ...]) -> str:
    text = ", ".join(f"{number:g}" for number in numbers)
    return text if len(numbers) == 1 else f"({text})"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


if __name__ == "__main__":
    PATH.write_text(reference(), encoding="utf-8")
    print(f"wrote {PATH.name}: {reference().count('### ')} entries")
