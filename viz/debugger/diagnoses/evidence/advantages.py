"""The sign with which a reward goes into the cost of a policy gradient, read in the source.

A recording knows the numbers that multiply the logarithms of probabilities, and not what they mean: turned round, a program
that wants rewards is one that avoids costs. The names in the source tell which it is.
"""

import ast
import re
from collections.abc import Iterable, Iterator

from autograd import Source

from .script import last_name
from .statements import tree_of

_REWARD = re.compile(r"(?i)(.*_)?(rewards?|returns?|payoffs?|gains?|profits?|winnings)|[rRG]")
_DEEP = 5  # assignments that are followed


def rewarded(source: Source | None) -> list[tuple[int, Source]]:
    """The signs of reward * log(probability) in the costs of a function or file, each with the line that decides it.

    Args:
        source: a line of the cost.
    """
    tree = tree_of(source) if source else []
    assigned, found = _assigned(tree), []
    for statement in dict.fromkeys(n for n in tree if isinstance(n, (ast.Assign, ast.AugAssign, ast.Return))):
        outside = -1 if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Sub) else 1
        for sign, product in _products(statement.value, outside) if statement.value else ():
            for a, b in ((product.left, product.right), (product.right, product.left)):
                logs = [s for s, n, _ in _leaves(a, 1, assigned, statement) if _is_log(n)]
                rewards = [(s, at) for s, n, at in _leaves(b, 1, assigned, statement) if _is_reward(n)]
                if len(logs) == 1 and len({s for s, _ in rewards}) == 1 and source:
                    s, at = rewards[0]
                    found.append((sign * logs[0] * s, Source(source.file, at.lineno, source.function, ast.unparse(at))))
    return found


def told_rewards(source: Source | None) -> list[tuple[int, str]]:
    """The rewards in the targets of a line, output - target, each with its sign and its name."""
    tree = tree_of(source) if source else []
    assigned, found = _assigned(tree), []
    for statement in (n for n in tree if isinstance(n, ast.stmt)):
        for n in (n for n in ast.walk(statement) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Sub)):
            if source and n.lineno == source.line:
                for side in (n.left, n.right):
                    found += [(s, _name(leaf)) for s, leaf, _ in _leaves(side, 1, assigned, statement) if _is_reward(leaf)]
    return list(dict.fromkeys(found))


def _assigned(tree: Iterable[ast.AST]) -> dict[str, list[ast.Assign]]:
    """The assignments of each name, alone on its side."""
    found: dict[str, list[ast.Assign]] = {}
    for n in tree:
        if isinstance(n, ast.Assign) and len(n.targets) == 1 and isinstance(n.targets[0], ast.Name):
            found.setdefault(n.targets[0].id, []).append(n)
    return found


def _products(n: ast.expr, sign: int) -> Iterator[tuple[int, ast.BinOp]]:
    """The products in a sum, with their signs."""
    if isinstance(n, ast.UnaryOp):
        yield from _products(n.operand, -sign if isinstance(n.op, ast.USub) else sign)
    elif isinstance(n, ast.BinOp) and isinstance(n.op, (ast.Add, ast.Sub)):
        yield from _products(n.left, sign)
        yield from _products(n.right, -sign if isinstance(n.op, ast.Sub) else sign)
    elif isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div):
        yield from _products(n.left, sign)
    elif isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mult):
        yield sign, n
    elif isinstance(n, ast.Call) and n.args and isinstance(n.func, ast.Name) and n.func.id in ("sum", "mean", "fsum"):
        yield from _products(n.args[0], sign)
    elif isinstance(n, (ast.GeneratorExp, ast.ListComp)):
        yield from _products(n.elt, sign)
    elif isinstance(n, ast.List) and len(n.elts) == 1:
        yield from _products(n.elts[0], sign)


def _leaves(
    n: ast.expr, sign: int, assigned: dict[str, list[ast.Assign]], at: ast.stmt, deep: int = 0
) -> Iterator[tuple[int, ast.expr, ast.stmt]]:
    """The names and calls in a sum of products, with their signs, through names that are assigned once."""
    if isinstance(n, ast.UnaryOp) and isinstance(n.op, ast.USub):
        yield from _leaves(n.operand, -sign, assigned, at, deep)
    elif isinstance(n, ast.BinOp):
        yield from _leaves(n.left, sign, assigned, at, deep)
        if isinstance(n.op, (ast.Add, ast.Sub, ast.Mult)):
            yield from _leaves(n.right, -sign if isinstance(n.op, ast.Sub) else sign, assigned, at, deep)
    elif isinstance(n, ast.Name) and len(assigned.get(n.id, ())) == 1 and deep < _DEEP and not _is_reward(n):
        (made,) = assigned[n.id]
        yield from _leaves(made.value, sign, assigned, made, deep + 1)
    else:
        yield sign, n, at


def _is_log(n: ast.expr) -> bool:
    return (last_name(n.func) if isinstance(n, ast.Call) else _name(n)).startswith("log")


def _is_reward(n: ast.expr) -> bool:
    return bool(_REWARD.fullmatch(_name(n)))


def _name(n: ast.expr) -> str:
    while isinstance(n, ast.Subscript):
        n = n.value
    return last_name(n)
