"""Write `docs/reference.md`: the public names, each with its signature and its docstring, and the table of primitives.

`make stubs` writes it again after something public has changed, and a test fails until that is done. The text is that of
the docstrings, whose examples the tests run where they stand.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from places import ROOT

import autograd
import nn
import viz
import viz.debugger
from autograd import TABLE, Value
from autograd.recording.rules import templates
from autograd.table.primitives import Primitive
from autograd.table.readers import TEXT

PATH = ROOT / "docs" / "reference.md"

HEADER = """# Reference

What the four packages offer, from their own docstrings: [autograd](#autograd), the [primitives](#primitives), [nn](#nn),
[viz](#viz) and [viz.debugger](#vizdebugger). Errors are described in `autograd/errors.py`; how-to pages are in the
[index](index.md). This page is written by `make stubs`.
"""

OF_VALUE = ("backward", "zero_grad", "detach", "register_hook")


def reference() -> str:
    """The text of the page."""
    parts = [HEADER, "\n## autograd\n\n", *_entry("Value", Value)]
    parts += [text for name in OF_VALUE for text in _entry(f"Value.{name}", getattr(Value, name))]
    written = {name for name in autograd.__all__ if name in TABLE and TABLE[name].method}
    for name in sorted(set(autograd.__all__) - written - {"Value", "TABLE"}, key=str.lower):
        thing = getattr(autograd, name)
        if not (inspect.isclass(thing) and issubclass(thing, Exception)):
            parts += _entry(name, thing)
    parts += ["## Primitives\n\n", *_primitives()]
    for module in (nn, viz, viz.debugger):
        parts += [f"## {module.__name__}\n\n", *_module(module)]
    return "".join(parts).rstrip() + "\n"


def _module(module: ModuleType) -> Iterator[str]:
    for name in sorted(module.__all__, key=str.lower):
        thing = getattr(module, name)
        if callable(thing) and not (inspect.isclass(thing) and issubclass(thing, Exception)):
            yield from _entry(name, thing)


def _entry(name: str, thing: Any) -> Iterator[str]:
    doc = inspect.getdoc(thing) or ""
    yield f"### {name}\n\n```text\n{name}{_signature(thing)}\n\n{doc}\n```\n\n"


def _signature(thing: Callable[..., Any]) -> str:
    try:
        text = str(inspect.signature(thing))
    except ValueError:
        return ""
    text = re.sub(r"<module '(\w+)' from [^>]*>", r"\1", text)  # a default, without the path that it has here
    text = re.sub(r"<object object at 0x[0-9a-f]+>", "...", re.sub(r"(: |-> )'([^']*)'", r"\1\2", text))
    return re.sub(r"\b(?:typing|collections\.abc|pathlib|autograd\.\w+|nn\.\w+|viz(?:\.\w+)*)\.", "", text)


def _primitives() -> Iterator[str]:
    yield "One row of `autograd/table/primitives.py` each: what it computes, its local derivatives, and where it has them.\n\n"
    yield "| primitive | is | local derivatives | domain |\n|---|---|---|---|\n"
    for row in TABLE.values():
        if row.name not in ("identity", "step", "gauss", "expdiff"):
            yield f"| `{_call(row)}` | {_cell(row.doc)} | {_derivatives(row)} | {_domain(row)} |\n"
    yield "\n"


def _call(row: Primitive) -> str:
    names = ["u1", "...", "un"] if row.variadic else list(row.operand_names)
    return row.text.format(*names) if not row.variadic else f"{row.name}({', '.join(names)})"


def _derivatives(row: Primitive) -> str:
    if row.variadic and row.rules:
        return f"`{_cell(row.rules[0].format(u='ui', out=row.name))}` for each"
    if row.variadic:
        partials = row.partials(TEXT, TEXT.symbol("out"), *map(TEXT.symbol, ("u1", "u2", "u3")))
        return ", ".join(f"`{partial}`" for partial in partials) + " for three operands"
    out = "out"
    rules = [rule.partition(" = ")[2] for rule in templates(row, [0] * row.arity)]
    filled = [rule.replace("{out}", out) for rule in rules]
    for i, name in enumerate(row.operand_names):
        filled = [rule.replace(f"{{{i}}}", name) for rule in filled]
    return ", ".join(f"`{_cell(rule)}`" for rule in filled)


def _domain(row: Primitive) -> str:
    return "everywhere" if row.domain == "True" else f"`{_cell(row.domain)}`"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


if __name__ == "__main__":
    PATH.write_text(reference(), encoding="utf-8")
    print(f"wrote {PATH.name}: {reference().count('### ')} entries")
