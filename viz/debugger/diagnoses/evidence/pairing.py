"""Lists that belong together entry by entry, and are put in another order one by one: read in the source.

Each rule is given the `Script` (script.py) and yields slips as those of reading.py are.
"""

import ast
from collections.abc import Iterator

from .reading import Slip, blocks_of
from .script import Script, given_by, last_name


def ordered_apart(script: Script) -> Iterator[Slip]:
    """Two lists that are sorted, or shuffled, each by itself, and then gone through together."""
    together = [{n.id for a in z.args for n in [a] if isinstance(n, ast.Name)} for z in _calls(script, "zip")]
    if all(len(names) < 2 for names in together):
        return
    for block in blocks_of(script.module):
        ordered: dict[str, list[tuple[str, ast.stmt]]] = {}
        for n in block:
            if any(isinstance(m, ast.Call) and last_name(m.func) == "seed" for m in ast.walk(n)):
                ordered.clear()  # the same order again
            for how, name in _orders(n):
                ordered.setdefault(how, []).append((name, n))
        for how, found in ordered.items():
            for k, (name, n) in enumerate(found):
                pair = next((other for other, _ in found[:k] if any({name, other} <= names for names in together)), "")
                if pair and pair != name:
                    yield Slip(
                        script.source(n),
                        f"{pair} and {name} are {how} each by itself, and gone through together: what belonged together is "
                        "torn apart",
                        f"put the pairs in order: pairs = list(zip({pair}, {name}))",
                        name,
                    )
                    return


def turned_while_it_grows(script: Script) -> Iterator[Slip]:
    """A list that is turned round in every round in which it grows: its entries come to stand now in front, now behind."""
    for loop in (n for n in script.module if isinstance(n, (ast.For, ast.While))):
        calls = [n.value for n in loop.body if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call)]
        grown = {ast.unparse(n.func.value) for n in calls if isinstance(n.func, ast.Attribute) and n.func.attr == "append"}
        for n in calls:
            if isinstance(n.func, ast.Attribute) and n.func.attr == "reverse" and ast.unparse(n.func.value) in grown:
                name = ast.unparse(n.func.value)
                yield Slip(
                    script.at(n),
                    f"{name} is turned round in each round in which it grows: in the end its entries are in no order",
                    f"{name}.reverse() once, after the loop",
                    name,
                )


def _calls(script: Script, name: str) -> Iterator[ast.Call]:
    for n in script.module:
        if isinstance(n, ast.Call) and last_name(n.func) == name:
            yield n


def _orders(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """The lists that a statement puts in another order, and how: 'sorted' or 'shuffled'."""
    if isinstance(statement, ast.Assign):
        for name, value in given_by(statement):
            if ast.unparse(value) == f"sorted({name})":
                yield "sorted", name
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        of = call.func.value if isinstance(call.func, ast.Attribute) else None
        if last_name(call.func) == "sort" and isinstance(of, ast.Name) and not call.keywords:
            yield "sorted", of.id
        elif last_name(call.func) == "shuffle" and isinstance(of, ast.Name):
            yield from (("shuffled", a.id) for a in call.args if isinstance(a, ast.Name) and len(call.args) == 1)
