"""The evaluations of a program, read as source: where it calls the model that it trains, and computes no gradient.

The model is a function, or an object, that is called in the part that is run in every step. Where it is called elsewhere, or in
that part with another list, it is used, and not trained. The lists that it is given there are in sight at the end.
"""

import ast
from collections.abc import Sequence
from typing import NamedTuple

from .samples import numbers_present
from .script import Script, names_in, paths_in
from .sight import Entry
from .training import Training

_SAME = {"list", "tuple", "sorted", "reversed", "zip", "enumerate"}  # the same entries, perhaps in another order
_ALL = 0.9  # of the entries of a list: batches drawn at random leave a few out


class Evaluation(NamedTuple):
    """A call of the model for each entry of a list.

    Attributes:
        call: the call.
        name: the list, as it is known outside functions.
        plain: True if the entries go in as they are, and nothing is computed from them.
        whole: True if an entry goes in as a whole, and not a part of it.
        at: where the list is given: the call itself, or that of the function around it.
    """

    call: ast.Call
    name: str
    plain: bool
    whole: bool
    at: ast.AST


def models(script: Script) -> set[str]:
    """The names of functions and objects of the program that are called in every step."""
    own = {n.name for n in script.module if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    own |= {
        t.id
        for n in script.module
        if isinstance(n, ast.Assign) and (isinstance(n.value, ast.Lambda) or _makes_an_object(n.value))
        for t in n.targets
        if isinstance(t, ast.Name)
    }
    return {name for n in script.inside if isinstance(n, ast.Call) and (name := called(n)) in own}


def called(call: ast.Call) -> str:
    """The name of what is called: `net` for net(x), and for net.forward(x)."""
    of = call.func
    while isinstance(of, ast.Attribute):
        of = of.value
    return of.id if isinstance(of, ast.Name) else ""


def evaluations(training: Training) -> list[Evaluation]:
    """The calls of the model with the entries of a list, in the order of the lines."""
    return training.once("evaluations", lambda: _evaluations(training))


def _evaluations(training: Training) -> list[Evaluation]:
    script, lists = training.script, lists_of(training)
    known = models(script)
    found: list[Evaluation] = []
    for n in script.module:
        if isinstance(n, ast.Call) and n.args and called(n) in known:
            given = set().union(*map(_names_given, n.args))
            for loop in script.rounds(n):
                through = _gone_through(loop, given)
                plain = not any(map(_computes, (*n.args, *through))) and not _replaced(loop, given)
                ways = [way for of in through for path in paths_in(of) for way in script.outside(n, path)]
                ways = [way for way in ways if way[0] in lists] or [way for way in ways if way[0].isidentifier()]
                whole = any(isinstance(a, ast.Name) for a in n.args) and all(isinstance(t, ast.Name) for t in _targets(loop))
                found += [Evaluation(n, name, plain, whole, at) for name, at in sorted(dict(ways).items())]
    return sorted(found, key=lambda e: e.call.lineno)


def _targets(loop: ast.For | ast.comprehension) -> list[ast.expr]:
    """The things that a loop gives names to in each round: the parts of a pair where it goes through pairs of zip."""
    zipped = isinstance(loop.iter, ast.Call) and called(loop.iter) in ("zip", "enumerate")
    return loop.target.elts if zipped and isinstance(loop.target, ast.Tuple) else [loop.target]


def _computes(node: ast.AST) -> bool:
    """True if a piece of syntax gives other numbers than those that it reads."""
    calls = [called(n) for n in ast.walk(node) if isinstance(n, ast.Call)]
    return not _SAME.issuperset(calls) or any(isinstance(n, (ast.BinOp, ast.comprehension)) for n in ast.walk(node))


def _replaced(loop: ast.For | ast.comprehension, given: set[str]) -> bool:
    """True if a loop assigns one of some names anew: row = scaled(row)."""
    body = [n for statement in getattr(loop, "body", ()) for n in ast.walk(statement)]
    return any(isinstance(n, ast.Name) and n.id in given and isinstance(n.ctx, ast.Store) for n in body)


def _names_given(argument: ast.AST) -> set[str]:
    """The names in an argument whose numbers go in: xs, and not k, for xs[k]."""
    indices = {name for n in ast.walk(argument) if isinstance(n, ast.Subscript) for name in names_in(n.slice)}
    return names_in(argument) - indices


def _gone_through(loop: ast.For | ast.comprehension, given: set[str]) -> list[ast.expr]:
    """The lists whose entries these names stand for in a loop: of for x, y in zip(xs, ys) those that belong to x."""
    of, target = loop.iter, loop.target
    if isinstance(of, ast.Call) and isinstance(target, ast.Tuple) and called(of) in ("zip", "enumerate"):
        lists: Sequence[ast.expr] = of.args if called(of) == "zip" else (ast.Constant(0), *of.args)
        return [a for t, a in zip(target.elts, lists, strict=False) if names_in(t) & given]
    return [of] if names_in(target) & given else []


def _makes_an_object(value: ast.AST) -> bool:
    """True for Name(...) with a capital letter, as classes have it."""
    name = called(value).rpartition(".")[2] if isinstance(value, ast.Call) else ""
    return name[:1].isupper()


# --- the lists of numbers ------------------------------------------------------------------------------------------------


def lists_of(training: Training) -> dict[str, Sequence[Entry]]:
    """The lists in sight, of the end and else of the beginning."""
    return {**training.sight.parts, **training.sight.lists, **training.ending.parts, **training.ending.lists}


def trained_lists(training: Training) -> set[str]:
    """The lists whose entries went into passes, as inputs or together with targets."""
    return training.once("trained lists", lambda: _trained_lists(training))


def _trained_lists(training: Training) -> set[str]:
    present = numbers_present(training)
    return {name for name, rows in lists_of(training).items() if sum(has_own(row, present) for row in rows) >= _ALL * len(rows)}


def has_own(row: Entry, present: set[float]) -> bool:
    """True if the numbers of an entry went into passes, among them one with digits of its own."""
    own = {x for x in row if x != round(x, 3)}
    return bool(own) and own <= present
