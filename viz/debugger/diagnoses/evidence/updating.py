"""The update as it is written: what it remembers from step to step, how often it comes, and where its rate is set.

Numbers do not tell that a velocity is made anew in every step, or that one moment serves all parameters: such steps look like
those of another method. The lines of the program do.
"""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from autograd import Source

from .script import names_in, names_read
from .statements import text_of, tree_of

_SCHEDULE = re.compile(r"(?i)sched|anneal|warm_?up|plateau|LR\b")
_RATES = ("rate", "lr", "learning_rate")
Loop = (ast.For, ast.While)
Function = (ast.FunctionDef, ast.AsyncFunctionDef)


class Memory(NamedTuple):
    """A line that carries a number from step to step: v = 0.9 * v + p.grad.

    Attributes:
        statement: the line.
        name: the number as it is written, 'v[k]'.
        base: the variable or attribute that holds it, 'v' or 'self.v'.
        share: the part of it that is kept, as it is written: 0.9, self.momentum; None if it is not known.
        around: the loops and functions around the line, the outermost first.
    """

    statement: ast.Assign | ast.AugAssign
    name: str
    base: str
    around: list[ast.stmt]
    share: ast.expr | None = None


def memories(update: Source | None) -> list[Memory]:
    """The running averages of gradients in the function of an update, or outside functions.

    Args:
        update: the line that changes the parameters.
    """
    tree = tree_of(update) if update else []
    around, gradients, found = _around(tree), _gradients(tree), []
    for n in tree:
        if not isinstance(n, (ast.Assign, ast.AugAssign)):
            continue
        target = n.targets[0] if isinstance(n, ast.Assign) else n.target
        base, name = base_of(target), ast.unparse(target)
        if not base or (isinstance(target, ast.Attribute) and target.attr in ("data", "grad")):
            continue
        if not (_reads_grad(n.value) or gradients & names_read(n.value) - {base}):
            continue
        names = {name} | {
            item.id
            for m in ast.walk(n.value)
            if isinstance(m, ast.comprehension) and base in names_read(m.iter)
            for item in ast.walk(m.target)
            if isinstance(item, ast.Name)
        }
        products = [m for m in ast.walk(n.value) if isinstance(m, ast.BinOp) and isinstance(m.op, ast.Mult)]
        sides = [pair for m in products for pair in ((m.left, m.right), (m.right, m.left))]
        shares = [share for kept, share in sides if ast.unparse(kept) in names]
        if shares:
            found.append(Memory(n, name, holder_of(target), around.get(id(n), []), shares[0]))
    return found


def _gradients(tree: list[ast.AST]) -> set[str]:
    """The names that are given gradients: g = p.grad, for p, g in zip(ps, gs)."""
    found: set[str] = set()
    for n in sorted((n for n in tree if isinstance(n, (ast.Assign, ast.For))), key=lambda n: n.lineno):
        if isinstance(n, ast.Assign) and (_reads_grad(n.value) or found & names_read(n.value)):
            found |= set(_stored(n))
        elif isinstance(n, ast.For) and found & names_read(n.iter):
            found |= {m.id for m in ast.walk(n.target) if isinstance(m, ast.Name)}
    return found


def of_gradients(update: Source | None) -> list[ast.Assign]:
    """The assignments in the function of an update that compute something from gradients, and assign no data."""
    tree = tree_of(update) if update else []
    names = _gradients(tree)
    found = [n for n in tree if isinstance(n, ast.Assign) and (_reads_grad(n.value) or names & names_read(n.value))]
    return [n for n in found if not _assigns(n, "data")]


def entering(update: Source | None) -> Source | None:
    """The line in which the gradient enters a velocity that the update adds as it is: v = 0.9 * v + rate * p.grad."""
    tree = tree_of(update) if update else []
    names = _gradients(tree)
    for n in tree:
        if not (isinstance(n, (ast.Assign, ast.AugAssign)) and _assigns(n, "data") and update and n.lineno == update.line):
            continue
        added = n.value.right if isinstance(n, ast.Assign) and isinstance(n.value, ast.BinOp) else n.value
        for m in tree:
            target = m.targets[0] if isinstance(m, ast.Assign) else m.target if isinstance(m, ast.AugAssign) else None
            if target is None or ast.unparse(target) != ast.unparse(added) or not isinstance(m, (ast.Assign, ast.AugAssign)):
                continue
            is_sum = isinstance(m, ast.AugAssign) or (
                isinstance(m.value, ast.BinOp) and isinstance(m.value.op, (ast.Add, ast.Sub))
            )
            if is_sum and (_reads_grad(m.value) or names & names_read(m.value)):
                return Source(update.file, m.lineno, update.function, ast.unparse(m))
    return None


def optimiser_made_anew(made: Source | None, called: Source) -> bool:
    """True if the line that makes an optimiser stands in the innermost loop around `backward()`, and under no condition."""
    if made is None or made.file != called.file:
        return False
    loops = [n for n in tree_of(called) if isinstance(n, Loop) and n.body[0].lineno <= called.line <= (n.end_lineno or 0)]
    inner = max(loops, key=lambda n: n.lineno, default=None)
    return inner is not None and any(n.lineno == made.line for n in inner.body)


def is_shared(memory: Memory) -> bool:
    """True if a memory is one for all parameters of the loop around it: nothing in its name follows the loop."""
    loop = next((block for block in reversed(memory.around) if isinstance(block, Loop)), None)
    if not isinstance(loop, ast.For):
        return False
    items = {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)}
    target = memory.statement.targets[0] if isinstance(memory.statement, ast.Assign) else memory.statement.target
    base = base_of(target)
    own = {name for n in ast.walk(memory.statement.value) if (name := _owner_of_gradient(n))}
    if not own & items:
        return False  # it is no loop over parameters
    inside = [n for statement in loop.body for n in ast.walk(statement)]
    for n in inside:
        if isinstance(n, ast.Assign) and n is not memory.statement:
            if base in _stored(n):
                return False  # it is read from elsewhere, or begun again
            items |= set(_stored(n)) if items & names_read(n.value) else set()
    derived = {base}
    for n in inside:
        derived |= set(_stored(n)) if isinstance(n, ast.Assign) and derived & names_read(n.value) else set()
    updates = [n for n in inside if isinstance(n, (ast.Assign, ast.AugAssign)) and _assigns(n, "data")]
    return any(derived & names_read(n.value) for n in updates) and not items & names_in(target)


def _owner_of_gradient(n: ast.AST) -> str:
    """The name p of p.grad; '' for anything else."""
    return n.value.id if isinstance(n, ast.Attribute) and n.attr == "grad" and isinstance(n.value, ast.Name) else ""


def never_counted(update: Source | None) -> tuple[Source, str, str] | None:
    """A power in which the number of the step should stand, and stands the same number for ever: 1 - beta ** t.

    Returns:
        The line that gives it this number, its name, and the power as it is written.
    """
    tree = tree_of(update) if update else []
    arguments = {a.arg for n in tree if isinstance(n, Function) for a in n.args.args}
    for n in tree:
        if not (isinstance(n, ast.BinOp) and isinstance(n.op, ast.Sub) and _is_one(n.left) and isinstance(n.right, ast.BinOp)):
            continue
        power = n.right
        if not isinstance(power.op, ast.Pow) or not isinstance(power.right, ast.Name) or power.right.id in arguments:
            continue
        name = power.right.id
        stored = [m for m in tree if isinstance(m, ast.Name) and m.id == name and isinstance(m.ctx, ast.Store)]
        plain = [m for m in tree if isinstance(m, ast.Assign) and name in _stored(m) and _is_constant(m, name)]
        if plain and update and len(plain) == len(stored):
            last = plain[-1]
            return Source(update.file, last.lineno, update.function, ast.unparse(last)), name, ast.unparse(n)
    return None


def _is_constant(n: ast.Assign, name: str) -> bool:
    """True if an assignment gives a name a number that is written there: t = 1, or m, t = [0.0], 1."""
    for target in n.targets:
        if isinstance(target, ast.Tuple) and isinstance(n.value, ast.Tuple) and len(target.elts) == len(n.value.elts):
            given = [v for t, v in zip(target.elts, n.value.elts, strict=True) if isinstance(t, ast.Name) and t.id == name]
            return all(isinstance(v, ast.Constant) for v in given)
    return isinstance(n.value, ast.Constant)


def _is_one(n: ast.expr) -> bool:
    return isinstance(n, ast.Constant) and n.value == 1


class Unreached(NamedTuple):
    """An update, in the loop around `backward()`, that stands under conditions.

    Attributes:
        source: the line to mend: the condition that does not hold; the update itself, where it is in the `else` of one.
        why: the conditions in words.
    """

    source: Source
    why: str


def not_reached(called: Source | None) -> Unreached | None:
    """The update that conditions keep from being reached, in the loop around `backward()`; None if one has no condition."""
    if called is None:
        return None
    tree = tree_of(called)
    loops = [n for n in tree if isinstance(n, Loop) and n.body[0].lineno <= called.line <= (n.end_lineno or 0)]
    for loop in sorted(loops, key=lambda n: -n.lineno):
        updates = [(n, under) for n, under in _updates_in(loop, (), called.line) if not _is_schedule(n, tree)]
        if any(not under for _, under in updates):
            return None
        if updates:
            return _kept_from(*updates[0], called)
    return None


_Under = tuple[tuple[ast.If, bool], ...]  # conditions around a line, the outermost first, and if they have to hold for it


def _updates_in(node: ast.AST, under: _Under, after: int) -> Iterator[tuple[ast.AST, _Under]]:
    """The updates in a piece of syntax, each with the conditions around it, and those of a `continue` before it.

    Args:
        under: the conditions around the piece.
        after: the line of `backward()`: where that has been reached, a `continue` further up has not been.
    """
    if is_update(node):
        yield node, under
    skipped: _Under = ()
    for child in ast.iter_child_nodes(node):
        holds = ((node, child not in node.orelse),) if isinstance(node, ast.If) and child is not node.test else ()
        yield from _updates_in(child, (*under, *skipped, *holds), after)
        if isinstance(child, ast.If) and isinstance(child.body[-1], ast.Continue) and child.lineno > after:
            skipped = (*skipped, (child, False))


def _kept_from(update: ast.AST, under: _Under, called: Source) -> Unreached:
    (outer, holds), *further = under
    test = f"if {ast.unparse(outer.test)}:"
    if further:
        lines = ", ".join(str(n.lineno) for n, _ in under)
        why = f"the conditions of the update, in lines {lines}, have not let it through"
    elif holds:
        why = "this condition of the update has not held"
    elif not outer.orelse:
        why = "this condition, under which the update is left out, has held every time"
    else:
        line = getattr(update, "lineno", 0)
        text = text_of(called.file, line)
        why = f"{text} is in the else of line {outer.lineno}, {test.rstrip(':')}, which has held every time"
        return Unreached(Source(called.file, line, called.function, text), why)
    return Unreached(Source(called.file, outer.lineno, called.function, test), why)


def is_update(n: ast.AST) -> bool:
    """True for optimiser.step() and for p.data -= rate * p.grad."""
    if isinstance(n, ast.Call):
        return isinstance(n.func, ast.Attribute) and n.func.attr == "step" and not n.args
    return isinstance(n, (ast.Assign, ast.AugAssign)) and _assigns(n, "data") and _reads_grad(n.value)


def _is_schedule(n: ast.AST, tree: list[ast.AST]) -> bool:
    """True for the step of what only changes a rate, by its name or by that of its class: scheduler.step()."""
    if not isinstance(n, ast.Call) or not isinstance(n.func, ast.Attribute):
        return False
    name = ast.unparse(n.func.value)
    made = [m.value for m in tree if isinstance(m, ast.Assign) and name in map(ast.unparse, m.targets)]
    return any(map(_SCHEDULE.search, [name, *(ast.unparse(v.func) for v in made if isinstance(v, ast.Call))]))


def _assigns(n: ast.Assign | ast.AugAssign, *attributes: str) -> bool:
    """True if an assignment has one of some attributes as a target, whatever it is of."""
    targets = n.targets if isinstance(n, ast.Assign) else [n.target]
    return any(isinstance(t, ast.Attribute) and t.attr in attributes for t in targets)


def line_of_the_rate(update: Source | None, called: Source | None) -> Source | None:
    """The line in the loop around `backward()` that changes the rate of the update, or the only one of a file that does.

    None if none does. A line elsewhere, in a scheduler that is written by hand, is one that assigns a rate.
    """
    if update is None or called is None or update.file != called.file:
        return None
    tree = tree_of(called)
    written = [n for n in tree if isinstance(n, ast.stmt) and n.lineno == update.line and not isinstance(n, (*Loop, *Function))]
    names = {name for n in written for name in names_read(n)}
    loops = [n for n in tree if isinstance(n, Loop) and n.body[0].lineno <= called.line <= (n.end_lineno or 0)]
    for n in (n for loop in loops for statement in loop.body for n in ast.walk(statement)):
        if not isinstance(n, (ast.Assign, ast.AugAssign)) or any(n is w for w in written) or _reads_grad(n.value):
            continue
        target = n.targets[0] if isinstance(n, ast.Assign) else n.target
        is_rate = _assigns(n, *_RATES) and base_of(target) in names
        if is_rate or (isinstance(target, ast.Name) and target.id in names and _changes(n, target.id, loops)):
            return Source(update.file, n.lineno, update.function, ast.unparse(n))
    elsewhere = [
        n
        for f in tree_of(called, everything=True)
        if isinstance(f, Function) and f.name != "__init__"
        for n in ast.walk(f)
        if isinstance(n, (ast.Assign, ast.AugAssign)) and _assigns(n, *_RATES)
    ]
    if len(elsewhere) == 1:
        return Source(update.file, elsewhere[0].lineno, update.function, ast.unparse(elsewhere[0]))
    return None


def schedule_in_the_batches(called: Source | None) -> Source | None:
    """The call of a scheduler's step that stands in the inner of two loops around `backward()`, under no condition."""
    tree = tree_of(called) if called else []
    loops = [n for n in tree if called and isinstance(n, Loop) and n.body[0].lineno <= called.line <= (n.end_lineno or 0)]
    inner = max(loops, key=lambda n: n.lineno, default=None)
    for n in inner.body if inner and len(loops) > 1 else []:
        if isinstance(n, ast.Expr) and is_update(n.value) and _is_schedule(n.value, tree) and called:
            return Source(called.file, n.lineno, called.function, ast.unparse(n))
    return None


def _changes(n: ast.Assign | ast.AugAssign, name: str, loops: list[ast.For | ast.While]) -> bool:
    """True if an assignment gives a name another number in each round: by itself, or by the counter of a loop."""
    counters = {m.id for loop in loops if isinstance(loop, ast.For) for m in ast.walk(loop.target) if isinstance(m, ast.Name)}
    stepped = {
        m.target.id for loop in loops for m in ast.walk(loop) if isinstance(m, ast.AugAssign) and isinstance(m.target, ast.Name)
    }
    read = names_read(n.value)
    if isinstance(n, ast.AugAssign) and isinstance(n.op, ast.Add) and isinstance(n.value, ast.Constant):
        return False  # t += 1: a counter, which the update reads besides
    return isinstance(n, ast.AugAssign) or name in read or bool(read & (counters | stepped))


def cutting(called: Source | None, update: Source | None) -> Source | None:
    """The line between `backward()` and the update that changes gradients: a call of a clip..., an assignment to .grad."""
    if called is None or update is None or called.file != update.file:
        return None
    for n in tree_of(called):
        if not isinstance(n, ast.stmt) or not called.line < n.lineno < update.line or isinstance(n, (*Loop, *Function, ast.If)):
            continue
        clips = any(isinstance(m, ast.Call) and "clip" in ast.unparse(m.func).lower() for m in ast.walk(n))
        targets = n.targets if isinstance(n, ast.Assign) else [n.target] if isinstance(n, ast.AugAssign) else []
        if clips or any(isinstance(t, ast.Attribute) and t.attr == "grad" for t in targets):
            return Source(called.file, n.lineno, called.function, ast.unparse(n))
    return None


def _around(tree: list[ast.AST]) -> dict[int, list[ast.stmt]]:
    """The loops and functions around every node of a file, by its id, the outermost first."""
    found: dict[int, list[ast.stmt]] = {}

    def walk(node: ast.AST, around: list[ast.stmt]) -> None:
        found[id(node)] = around
        for child in ast.iter_child_nodes(node):
            walk(child, [*around, node] if isinstance(node, (*Loop, *Function)) else around)

    for node in tree:
        if isinstance(node, ast.Module):
            walk(node, [])
    return found


def base_of(target: ast.expr) -> str:
    """The variable of v, v[k], v[k][j], state.v."""
    while isinstance(target, (ast.Subscript, ast.Attribute)):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""


def holder_of(target: ast.expr) -> str:
    """The holder of an entry: 'v' of v[k], 'self.v' of self.v[k][j]."""
    while isinstance(target, ast.Subscript):
        target = target.value
    return ast.unparse(target)


def _stored(n: ast.Assign) -> Iterator[str]:
    for target in n.targets:
        yield from (m.id for m in ast.walk(target) if isinstance(m, ast.Name) and isinstance(m.ctx, ast.Store))


def _reads_grad(n: ast.AST) -> bool:
    return any(isinstance(m, ast.Attribute) and m.attr == "grad" for m in ast.walk(n))
