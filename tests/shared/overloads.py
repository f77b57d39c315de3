"""The signatures that type checkers know of a function that tells kinds of arguments apart: one for each kind.

Python itself knows one signature, of `Any`. The others stand beside the function as overloads, or, where several functions
share them, in a protocol of a `_typed.pyi`, which the function's decorator names. `make_reference` shows them.
"""

import ast
import inspect
import pathlib
import typing
from collections.abc import Callable, Iterator
from typing import Any

UNTYPED = "Untyped"  # the overload for arguments of which a checker knows no type says nothing to a reader


def overloads(thing: Callable[..., Any]) -> list[inspect.Signature]:
    """The signatures of a function for readers; none if Python's own says it all."""
    beside = [inspect.signature(one) for one in typing.get_overloads(thing)]
    return [one for one in beside or _shared(thing) if one.parameters and UNTYPED not in str(one)]


def _shared(thing: Callable[..., Any]) -> Iterator[inspect.Signature]:
    """Those of the protocol that the function's decorator gives: `_reduction` is annotated with `Reduction`."""
    if not inspect.isfunction(thing):
        return
    module = inspect.getmodule(thing)
    source = ast.parse(inspect.cleandoc("\n" + inspect.getsource(thing))).body[0]
    assert isinstance(source, ast.FunctionDef)
    for decorator in source.decorator_list:
        protocol = getattr(getattr(module, ast.unparse(decorator), None), "__annotations__", {}).get("return")
        if isinstance(protocol, str):
            yield from _of_protocol(pathlib.Path(inspect.getfile(thing)).with_name("_typed.pyi"), protocol)


def _of_protocol(path: pathlib.Path, name: str) -> Iterator[inspect.Signature]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    aliases = {ast.unparse(node.targets[0]): ast.unparse(node.value) for node in tree.body if isinstance(node, ast.Assign)}
    (protocol,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    for call in protocol.body:
        if isinstance(call, ast.FunctionDef) and call.name == "__call__":
            varied = [call.args.vararg] if call.args.vararg else []
            kinds = [inspect.Parameter.POSITIONAL_OR_KEYWORD] * (len(call.args.args) - 1) + [inspect.Parameter.VAR_POSITIONAL]
            parameters = [
                inspect.Parameter(one.arg, kind, annotation=_said(one.annotation, aliases))
                for one, kind in zip([*call.args.args[1:], *varied], kinds, strict=False)
            ]
            yield inspect.Signature(parameters, return_annotation=_said(call.returns, aliases))


def _said(annotation: ast.expr | None, aliases: dict[str, str]) -> str:
    text = ast.unparse(annotation) if annotation else "Any"
    return aliases.get(text, text)
