"""The examples that a reader meets - README, docs, docstrings of public names - as modules that a type checker reads.

Each example keeps its line, and after it checkers are asked what they make of it: of an expression that is shown, and of every
name that is assigned. Examples that end in an error are left out: most are mistakes of type.
"""

import ast
import doctest
import inspect
import pathlib
from collections.abc import Iterator
from types import ModuleType

from places import ROOT

import autograd
import nn
import viz
import viz.debugger

_PARSER = doctest.DocTestParser()
_NOT_PYTHON_OF_USERS = {"index.md", "reference.md", "design.md", "modules.md", "changes.md"}


def _asked(examples: list[doctest.Example]) -> Iterator[str]:
    for example in examples:
        if "Traceback" in example.want:
            continue
        (*_, last) = statements = ast.parse(example.source).body
        if isinstance(last, ast.Expr):
            yield f"reveal_type({ast.unparse(last.value)})\n"
            continue
        yield example.source
        targets = [target for node in statements if isinstance(node, ast.Assign) for target in node.targets]
        names = {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}
        assigned = {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        yield from (f"reveal_type({name})\n" for name in sorted(names & assigned))


def pages() -> Iterator[tuple[str, str]]:
    """README and docs: a name for the module, and its text."""
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        if path.name not in _NOT_PYTHON_OF_USERS:
            text = "".join(_asked(_PARSER.get_examples(path.read_text(encoding="utf-8"))))
            yield path.stem.replace("-", "_").lower(), text


def docstrings() -> Iterator[tuple[str, str]]:
    """The public names of every package. What a docstring takes from its module is imported first."""
    for package in (autograd, nn, viz, viz.debugger):
        for name in package.__all__:
            thing = getattr(package, name)
            doc = inspect.getdoc(thing) if inspect.isclass(thing) or inspect.isfunction(thing) else None
            examples = _PARSER.get_examples(doc) if doc else []
            if examples:
                text = "".join(_asked(examples))
                yield (
                    f"{package.__name__.replace('.', '_')}__{name}",
                    _imports(text, inspect.getmodule(thing) or package) + text,
                )


def _imports(text: str, module: ModuleType) -> str:
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    lines = []
    for name in sorted(used & set(vars(module))):
        thing = getattr(module, name)
        lines.append(
            f"import {thing.__name__} as {name}" if inspect.ismodule(thing) else f"from {module.__name__} import {name}"
        )
    return "".join(f"{line}\n" for line in lines)


def write(folder: pathlib.Path) -> None:
    """All of them as files."""
    for name, text in (*pages(), *docstrings()):
        (folder / f"shown_{name}.py").write_text(text, encoding="utf-8")
