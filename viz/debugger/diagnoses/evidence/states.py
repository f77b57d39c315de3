"""States that go from round to round of a loop, and lose on the way what they carry.

Each rule is given the `Script` (script.py) and yields slips as those of reading.py are.
"""

import ast
from collections.abc import Collection, Iterator

from .reading import Slip, blocks_of
from .script import Script, given_by, last_name, names_in, names_read


def state_as_number(script: Script, lines: Collection[int]) -> Iterator[Slip]:
    """A state that goes from round to round of a loop as a number: nothing goes back to the rounds before.

    Args:
        lines: those that made nodes of the passes.
    """
    for loop in (n for n in script.inside if isinstance(n, (ast.For, ast.While)) and n is not script.loop):
        if script.loop in list(ast.walk(loop)):
            continue  # backward() is called in each round: the graph is cut on purpose
        made = {n for statement in loop.body for n in ast.walk(statement) if isinstance(n, ast.stmt) and n.lineno in lines}
        used = set().union(
            *(names_read(n.value) for n in made if isinstance(n, (ast.Assign, ast.AugAssign, ast.Return)) and n.value)
        )
        for n in (n for statement in loop.body for n in ast.walk(statement) if isinstance(n, ast.Assign)):
            for name, value in given_by(n):
                before = [m for m in script.assigned(name) if m.lineno < loop.lineno]
                if name in used and _is_number_of(value) and before:
                    itself = ast.unparse(_without_number(value))
                    yield Slip(
                        script.source(n),
                        f"{name} goes on to the next round as a number: no gradient goes back to the rounds before",
                        f"the Value itself: {name} = {itself}" if itself != name else f"leave {name} as it is",
                        name,
                    )


def _is_number_of(value: ast.expr) -> bool:
    """True for x.data, x.detach(), detach(x), float(x), and lists of them: [u.data for u in x]."""
    if isinstance(value, ast.ListComp):
        return _is_number_of(value.elt)
    if isinstance(value, ast.Call):
        return last_name(value.func) == "detach" or (ast.unparse(value.func) == "float" and len(value.args) == 1)
    return isinstance(value, ast.Attribute) and value.attr in ("data", "number")


def _without_number(value: ast.expr) -> ast.expr:
    """The Value that a number is taken of; for a list the list."""
    if isinstance(value, ast.ListComp):
        return value.generators[0].iter
    if isinstance(value, ast.Call):
        return value.args[0] if value.args else getattr(value.func, "value", value)
    return getattr(value, "value", value)


def set_back(script: Script) -> Iterator[Slip]:
    """A state that every round sets back to what it was before the loop, so that nothing of the rounds before is left."""
    for loop in (n for n in script.inside if isinstance(n, (ast.For, ast.While)) and n is not script.loop):
        if script.loop in list(ast.walk(loop)):
            continue
        block = next((b for b in blocks_of(script.module) if loop in b), [])
        begun = {
            name: ast.unparse(value)
            for n in block[: block.index(loop) if block else 0]
            if isinstance(n, ast.Assign)
            for name, value in given_by(n)
        }
        for k, n in enumerate(loop.body):
            for name, value in given_by(n) if isinstance(n, ast.Assign) else ():
                again = begun.get(name) == ast.unparse(value)
                earlier = set().union(*map(names_read, loop.body[:k]))
                if again and name not in earlier and _goes_on(loop.body[k + 1 :], name):
                    yield Slip(
                        script.source(n),
                        f"{name} is {ast.unparse(value)} again in every round of this loop, as it was before the first: what "
                        "comes out at the end is that of the last round alone",
                        "leave this line out: the line before the loop is enough",
                        name,
                    )


def _goes_on(statements: list[ast.stmt], name: str) -> bool:
    """True if one of some statements, and no loop among them, makes a name from itself."""
    for n in statements:
        if isinstance(n, ast.AugAssign) and names_in(n.target) == {name}:
            return True
        if isinstance(n, ast.Assign) and any(name in names_read(value) for own, value in given_by(n) if own == name):
            return True
    return False
