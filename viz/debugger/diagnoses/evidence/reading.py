"""Slips that can be read in the source of the part of a program that its passes come from, whatever the numbers are.

A number that is worked out and never used, a function that returns from inside its loop: no recording shows them, because
the passes are right for the program as it is written. Each rule is given the `Script` (script.py), looks only at what runs in
every step, or at the lists and functions that the steps use, and yields the guilty line with the words for it.
"""

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from autograd import Source

from .script import Script, names_in, names_read

_Functions = (ast.FunctionDef, ast.AsyncFunctionDef)
_FILLED = {"append", "extend", "add", "update", "setdefault", "insert"}
_SHORTENED = {"remove", "pop", "insert", "clear"}


class Slip(NamedTuple):
    """A slip of the pen.

    Attributes:
        source: the line.
        what: what is wrong there.
        remedy: what to write instead.
        name: the name that it is about.
        natural: True if it is often written so on purpose.
    """

    source: Source
    what: str
    remedy: str
    name: str = ""
    natural: bool = False


def _is_path(node: ast.AST) -> bool:
    """True for a name, or an attribute or entry of one: w, layer.w, v[k]."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return isinstance(node, ast.Name)


# --- functions and loops -----------------------------------------------------------------------------------------------


def returned_in_the_loop(script: Script) -> Iterator[Slip]:
    """A function that adds something up in a loop, and returns from inside it: the first round is the last one."""
    for loop in (n for n in script.inside if isinstance(n, ast.For) and isinstance(n.body[-1], ast.Return)):
        last = loop.body[-1]
        assert isinstance(last, ast.Return)
        summed = {
            name
            for n in loop.body
            if isinstance(n, (ast.Assign, ast.AugAssign))
            for name in names_in(n.targets[0] if isinstance(n, ast.Assign) else n.target)
            if isinstance(n, ast.AugAssign) or name in names_read(n.value)
        }
        filled = {
            n.value.func.value.id
            for n in loop.body
            if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call) and isinstance(n.value.func, ast.Attribute)
            and n.value.func.attr in _FILLED and isinstance(n.value.func.value, ast.Name)
        }  # fmt: skip
        if last.value is not None and (summed | filled) & names_read(last.value):
            yield Slip(
                script.source(last),
                f"this return stands inside the loop over {ast.unparse(loop.iter)}: the function ends after the first round",
                "one step to the left, after the loop",
            )


def bound_late(script: Script) -> Iterator[Slip]:
    """Functions made in a loop that all see the last value of its variable."""
    for made in (n for n in script.module if isinstance(n, (ast.Lambda, *_Functions))):
        around = list(script.around(made))
        own = {a.arg for a in (*made.args.args, *made.args.kwonlyargs)}
        loop = next((n for n in around if isinstance(n, (ast.For, ast.ListComp, ast.DictComp, *_Functions, ast.Lambda))), None)
        if not isinstance(loop, (ast.For, ast.ListComp, ast.DictComp)) or not _is_kept(around):
            continue
        targets = [loop.target] if isinstance(loop, ast.For) else [g.target for g in loop.generators]
        body = [made.body] if isinstance(made, ast.Lambda) else made.body
        late = set().union(*map(names_in, targets)) & set().union(*map(names_read, body)) - own
        if late and script.loop is not None and loop not in list(script.around(script.loop)) and not script.runs(made):
            name = sorted(late)[0]
            yield Slip(
                script.source(made if isinstance(made, ast.Lambda) else made.body[0]),
                f"all functions that are made here read {name} when they are called, after the loop: all of them see its last "
                "value",
                f"a default for each: lambda ..., {name}={name}: ...",
                name,
            )


def _is_kept(around: list[ast.AST]) -> bool:
    """True if a function goes into a list or a dictionary, for later."""
    outer = around[0] if around else None
    if isinstance(outer, ast.Call):
        return isinstance(outer.func, ast.Attribute) and outer.func.attr in _FILLED
    if isinstance(outer, ast.Assign):
        return isinstance(outer.targets[0], ast.Subscript)
    if isinstance(outer, ast.Tuple):
        return _is_kept(around[1:])
    return isinstance(outer, (ast.ListComp, ast.DictComp))


def kept_in_a_default(script: Script) -> Iterator[Slip]:
    """A list or dictionary as the default of an argument, which the function writes into, and no call gives."""
    functions = [n for n in script.inside if isinstance(n, _Functions)]
    for f in functions:
        arguments = [*f.args.posonlyargs, *f.args.args]
        for argument, default in zip(arguments[len(arguments) - len(f.args.defaults) :], f.args.defaults, strict=True):
            if not _is_fresh(default):
                continue
            calls = [n for n in script.module if isinstance(n, ast.Call) and ast.unparse(n.func).split(".")[-1] == f.name]
            place = arguments.index(argument)
            given = any(len(c.args) > place or any(k.arg == argument.arg for k in c.keywords) for c in calls)
            if not given and any(_writes(n, argument.arg) for n in ast.walk(f)):
                yield Slip(
                    Source(script.file, f.lineno, f.name, f"def {f.name}({ast.unparse(f.args)}):"),
                    f"{argument.arg} is one {'dictionary' if isinstance(default, ast.Dict) else 'list'} for all calls of "
                    f"{f.name}",
                    f"give {argument.arg} with each call; or {argument.arg}=None, and make it anew inside",
                    argument.arg,
                )


def _is_fresh(node: ast.expr) -> bool:
    """True for [], {}, list(), dict(), [0.0] * 2."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in ("list", "dict", "defaultdict", "set")
    return isinstance(node, (ast.List, ast.Dict)) or (isinstance(node, ast.BinOp) and isinstance(node.left, ast.List))


def _writes(node: ast.AST, name: str) -> bool:
    """True if a piece of syntax changes the container of a name."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id == name
    call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _FILLED | _SHORTENED
    return call and isinstance(node.func.value, ast.Name) and node.func.value.id == name  # type: ignore[attr-defined]


def shortened_while_gone_through(script: Script) -> Iterator[Slip]:
    """A loop over a list that takes entries out of the same list: the entry after each of them is left out."""
    for loop in (n for n in script.module if isinstance(n, ast.For) and _is_path(n.iter)):
        over = ast.unparse(loop.iter)
        for n in (n for statement in loop.body for n in ast.walk(statement)):
            called = isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr in _SHORTENED
            cut = isinstance(n, ast.Delete) and any(
                isinstance(t, ast.Subscript) and ast.unparse(t.value) == over for t in n.targets
            )
            if not cut and not (called and ast.unparse(n.func.value) == over):  # type: ignore[attr-defined]
                continue
            statement = script.statement(n)
            block = next((b for b in blocks_of(ast.walk(loop)) if statement in b), [])
            if block and not isinstance(block[-1], (ast.Break, ast.Return, ast.Raise)):
                yield Slip(
                    script.source(n),
                    f"this takes an entry out of {over} while the loop goes through {over}: the next one moves into its place, "
                    "and is left out",
                    f"go through a copy, for ... in list({over}), or make a new list of those that stay",
                    over,
                )


def always_zero(script: Script) -> Iterator[Slip]:
    """A division without remainder that is 0 in every round: step // STEPS, for step in range(STEPS)."""
    ends = {
        n.target.id: ast.unparse(n.iter.args[-1 if len(n.iter.args) < 3 else 1])
        for n in script.module
        if isinstance(n, ast.For) and isinstance(n.target, ast.Name) and isinstance(n.iter, ast.Call) and n.iter.args
        and ast.unparse(n.iter.func) == "range"
    }  # fmt: skip
    for n in script.inside:
        if not (isinstance(n, ast.BinOp) and isinstance(n.op, ast.FloorDiv) and isinstance(n.left, ast.Name)):
            continue
        if ends.get(n.left.id) == ast.unparse(n.right):
            yield Slip(
                script.source(script.statement(n) or n),
                f"{ast.unparse(n)} is 0 in every round, because {n.left.id} stays below {ast.unparse(n.right)}",
                f"{n.left.id} / {ast.unparse(n.right)}",
                n.left.id,
            )


# --- names -------------------------------------------------------------------------------------------------------------


def never_used(script: Script) -> Iterator[Slip]:
    """A number that every step works out, and that nothing reads."""
    for n in script.inside:
        if not isinstance(n, ast.Assign) or len(n.targets) != 1 or not isinstance(n.targets[0], ast.Name):
            continue
        name = n.targets[0].id
        if name.startswith("_") or not isinstance(n.value, (ast.BinOp, ast.UnaryOp, ast.ListComp, ast.Call, ast.IfExp)):
            continue
        f = script.function(n.lineno)
        scope = list(ast.walk(f)) if f is not None else script.module
        read = any(isinstance(m, ast.Name) and m.id == name and isinstance(m.ctx, (ast.Load, ast.Del)) for m in scope)
        shared = any(isinstance(m, (ast.Global, ast.Nonlocal)) and name in m.names for m in scope)
        if not read and not shared and (f is not None or script.loop in list(script.around(n))):
            yield Slip(
                script.source(n),
                f"{name} is worked out in every step, and no line reads it",
                f"use {name}, or leave it out",
                name,
            )


def is_on_the_way(script: Script, slip: Slip) -> bool:
    """True if a number that nothing reads was made from a gradient, or from what the same lines go on to use as it is.

    The cost of other samples, which a loop computes to be looked at, is neither.
    """
    for n in script.inside:
        if isinstance(n, ast.Assign) and n.lineno == slip.source.line and ast.unparse(n.targets[0]) == slip.name:
            attributes = {m.attr for m in ast.walk(n.value) if isinstance(m, ast.Attribute)}
            own = {
                m.value.id
                for m in ast.walk(n.value)
                if isinstance(m, ast.Attribute) and m.attr == "grad" and isinstance(m.value, ast.Name)
            }
            if any(own & names_in(outer.target) for outer in script.around(n) if isinstance(outer, ast.For)):
                return True  # the gradient of each parameter in turn; that of all may be worked out to be looked at
            if attributes & {"data", "detach"}:
                return False
            function = script.function(n.lineno)
            if function is not None and script.loop not in list(ast.walk(function)):
                return True  # a part of the cost, in the function that works it out
            block = next((b for b in blocks_of(script.module) if n in b), [n])
            owner = next((outer for outer in script.around(n) if isinstance(outer, ast.For)), None)
            later = set().union(*map(names_read, block[block.index(n) + 1 :]))
            return owner is not None and bool(names_in(owner.target) & names_read(n.value) & later)
    return False


def argument_not_used(script: Script) -> Iterator[Slip]:
    """An argument of a function, which no line of it reads."""
    for f in (n for n in script.inside if isinstance(n, ast.FunctionDef)):
        read = set().union(*map(names_read, f.body))
        called = [n.func for n in script.module if isinstance(n, ast.Call) and ast.unparse(n.func).split(".")[-1] == f.name]
        handed = any(isinstance(n, ast.Name) and n.id == f.name and n not in called for n in script.module)
        others = any(isinstance(n, ast.FunctionDef) and n.name == f.name and n is not f for n in script.module)
        if handed or others or f.decorator_list:
            continue  # somebody else has said what its arguments are
        for a in f.args.args:
            if a.arg not in ("self", "cls") and not a.arg.startswith("_") and a.arg not in read and called:
                yield Slip(
                    Source(script.file, f.lineno, f.name, f"def {f.name}({ast.unparse(f.args)}):"),
                    f"no line of {f.name} reads its argument {a.arg}",
                    f"look at what should be computed from {a.arg}; or leave it out",
                    a.arg,
                )


def blocks_of(nodes: Iterable[ast.AST]) -> Iterator[list[ast.stmt]]:
    """The lists of statements in pieces of syntax."""
    for n in nodes:
        for field in ("body", "orelse"):
            block = getattr(n, field, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                yield block
