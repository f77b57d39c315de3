"""Episodes of rewards, read in the source: what is added beyond their last step, and from which end they are added up.

The return of a step is its reward and the discounted return of the next one, and nothing follows the last step (Sutton and
Barto, Reinforcement learning, 2018, sections 3.3 and 6.1). Each rule is given the `Script` (script.py) and yields slips as
those of reading.py are.
"""

import ast
import re
from collections.abc import Iterator

from .entries import is_read_from
from .reading import Slip, blocks_of
from .script import Script, given_by, last_name, names_in, names_read, returns_of

_LAST = re.compile(r"(is_)?(done|terminal|terminated|finished|final|ended|over)s?", re.IGNORECASE)
_TIME = re.compile(r"[tkn]|(?i:\w*time\w*|\w*steps?|\w*limit\w*|horizon|max_\w+|trunc\w*|moves?|ticks?|length|\w*count\w*)")
_REWARD = re.compile(r"(r|rew|rewards?|payoffs?|payouts?|gains?|pay|points|fares?|prizes?)_?\d*", re.IGNORECASE)
_DISCOUNT = re.compile(r"gamma|discount|disc", re.IGNORECASE)


def past_the_end(script: Script) -> Iterator[Slip]:
    """The rest of an episode that is added to the reward of its last step too, though a name says which step that is."""
    marks = {n.id for n in script.inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and _LAST.fullmatch(n.id)}
    derived = _derived(script, marks) if marks else marks
    for added in (n for n in script.inside if marks and isinstance(n, ast.BinOp) and isinstance(n.op, ast.Add)):
        if not isinstance(added.right, ast.BinOp) or not any(map(_REWARD.fullmatch, names_read(added.left))):
            continue
        if _is_asked(script, added, derived):
            continue
        unread = [mark for mark in sorted(marks) if not _is_read(script, added, mark)]
        elsewhere = next((n for n in ast.walk(added.right) if isinstance(n, ast.Subscript) and _is_clamped(n.slice)), None)
        leaving = [mark for mark in sorted(marks) if _only_leaves(script, added, mark)] if not unread and not elsewhere else []
        network = next((n for n in _worked_out(script, added.right) if leaving and _is_network(script, n)), None)
        if unread or elsewhere is not None or network is not None:
            mark = (unread or leaving or sorted(marks))[0]
            why = f"{ast.unparse(elsewhere)} is that of another state then" if elsewhere else f"no line reads {mark}"
            if network is not None:
                why = f"{mark} only ends the loop, and {ast.unparse(network)} is any number then, which no target sets to 0"
            yield Slip(
                script.at(added),
                f"after the last step of an episode this still adds what comes next, {ast.unparse(added.right)}: {why}",
                f"add nothing where {mark} is true",
                mark,
            )
            return


def _derived(script: Script, marks: set[str]) -> set[str]:
    """Some names, and those that are worked out from them: go_on = 1.0 - done."""
    found = set(marks)
    for n in (n for n in script.inside if isinstance(n, ast.Assign)):
        found |= {name for name, value in given_by(n) if _outside_of_indices(value) & marks}
    return found


def _is_asked(script: Script, added: ast.BinOp, marks: set[str]) -> bool:
    """True if a sum has a mark of the last step in it, or stands where one was asked for."""
    statement = script.statement(added)
    tests = [n.test for n in script.around(added) if isinstance(n, (ast.If, ast.IfExp))]
    for block in blocks_of(script.module):
        if statement in block:
            left = [n for n in block[: block.index(statement)] if isinstance(n, ast.If)]
            tests += [n.test for n in left if isinstance(n.body[-1], (ast.Break, ast.Continue, ast.Return))]
    own = _outside_of_indices(added.right)
    for name in names_in(added.right):  # future = 0.0 if done else max(...)
        for made in script.assigned(name):
            tests += [n.test for n in script.around(made) if isinstance(n, ast.If)]
    return bool((own | set().union(*map(names_in, tests))) & marks)


def _outside_of_indices(node: ast.AST) -> set[str]:
    inside = {id(m) for n in ast.walk(node) if isinstance(n, ast.Subscript) for m in ast.walk(n.slice)}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and id(n) not in inside}


def _is_read(script: Script, added: ast.BinOp, mark: str) -> bool:
    """True if a mark is read anywhere from the loop on that a sum stands in."""
    loop = next((n for n in script.around(added) if isinstance(n, ast.For) and mark in names_in(n.target)), None)
    return loop is None or is_read_from(script, loop, [mark]) or any(mark in names_read(n) for n in loop.body)


def _only_leaves(script: Script, added: ast.BinOp, mark: str) -> bool:
    """True if a mark is true of a state, and all that reads it leaves the loop or goes through it: if done: break."""
    made = [value for n in script.inside if isinstance(n, ast.Assign) for name, value in given_by(n) if name == mark]
    made = [value for value in (*made, *_returned(script, mark)) if not isinstance(value, ast.Constant)]
    counters = {name for n in script.inside if isinstance(n, ast.For) for name in names_in(n.target)}
    parts = [m for value in made for m in ast.walk(value)]
    if not made or any(isinstance(m, ast.Call) or _TIME.fullmatch(last_name(m)) or last_name(m) in counters for m in parts):
        return False  # after a limit of time something does come next
    reads = [n for n in script.module if isinstance(n, ast.Name) and n.id == mark and isinstance(n.ctx, ast.Load)]
    return bool(reads) and all(_leaves(script, n, names_in(added)) for n in reads)


def _returned(script: Script, mark: str) -> Iterator[ast.expr]:
    """The values that s2, reward, done = step(s, a) gives a mark: those returned, and the conditions of True and False."""
    for n in (n for n in script.inside if isinstance(n, ast.Assign) and isinstance(n.value, ast.Call)):
        names = [last_name(t) for t in n.targets[0].elts] if isinstance(n.targets[0], ast.Tuple) else []
        for value in returns_of(script, n.value) if mark in names else ():
            if isinstance(value, ast.Tuple) and len(value.elts) == len(names):
                own = value.elts[names.index(mark)]
                yield own
                if isinstance(own, ast.Constant):
                    yield from (outer.test for outer in script.around(value) if isinstance(outer, ast.If))


def _worked_out(script: Script, node: ast.AST) -> Iterator[ast.AST]:
    """A piece of syntax, and what the names in it are assigned: best = max(net(s2)) of gamma * best."""
    yield from ast.walk(node)
    for made in (made for name in sorted(names_read(node)) for made in script.assigned(name)):
        yield from ast.walk(made.value) if isinstance(made, ast.Assign) else ()


def _leaves(script: Script, use: ast.Name, others: set[str]) -> bool:
    """True if a mark is the test of a loop, or of a statement that leaves it and does nothing with other names."""
    test: ast.AST = use
    for outer in script.around(use):
        if isinstance(outer, ast.While):
            return outer.test is test
        if isinstance(outer, ast.If):
            left = isinstance(outer.body[-1], ast.Break) and not outer.orelse
            return left and outer.test is test and not any(names_in(n) & others for n in outer.body)
        if not isinstance(outer, ast.UnaryOp):
            return False
        test = outer
    return False


def _is_network(script: Script, node: ast.AST) -> bool:
    """True for the output of a network of nn with a bias, which is 0 for no state by itself; also by a function of its own."""
    returned = returns_of(script, node)
    return _is_layers(script, node) or (bool(returned) and all(_is_layers(script, value) for value in returned))


def _is_layers(script: Script, node: ast.AST) -> bool:
    called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
    made = [n.value for n in script.module if isinstance(n, ast.Assign) for t in n.targets if ast.unparse(t) == called]
    return bool(made) and all(
        isinstance(value, ast.Call)
        and last_name(value.func) in ("MLP", "Layer")
        and not any(k.arg == "bias" for k in value.keywords)
        for value in made
    )


def _is_clamped(index: ast.AST) -> bool:
    """True for an index that leads back to another state: min(s + 1, N - 1), 0 if over else s, s % N."""
    return any(
        isinstance(n, ast.IfExp)
        or (isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mod))
        or (isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id in ("min", "max"))
        for n in ast.walk(index)
    )


def added_forwards(script: Script) -> Iterator[Slip]:
    """Discounted returns that are added up from the first reward on: g = r + gamma * g, for r in rewards."""
    for loop in (n for n in script.inside if isinstance(n, ast.For) and isinstance(n.target, ast.Name)):
        over, reward = ast.unparse(loop.iter), ast.unparse(loop.target)
        if "reversed(" in over or "::-1" in over or not _REWARD.fullmatch(over.rpartition(".")[2]):
            continue
        kept = {name for n in loop.body if isinstance(n, ast.Expr) for name in names_read(n.value)}
        for n in (n for n in loop.body if isinstance(n, ast.Assign)):
            for name, value in given_by(n):
                discounted = (
                    isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add) and isinstance(value.right, ast.BinOp)
                )
                if discounted and {name, reward} <= names_read(value) and name in kept:
                    yield Slip(
                        script.source(loop),
                        f"{name} adds up {over} from the first step on: each step gets the rewards before it, and none of "
                        "those that it has led to",
                        f"for {reward} in reversed({over}), and reverse what comes out",
                        name,
                    )


def target_in_the_graph(script: Script) -> Iterator[Slip]:
    """The value of the next step that is added to a reward: if it is a Value, the cost pulls it towards that of this step."""
    for added in (n for n in script.inside if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Add)):
        rewards = names_read(added.left) | (names_read(added.right) if isinstance(added.right, ast.Name) else set())
        found = [name for name in sorted(rewards) if _REWARD.fullmatch(name)]
        values = [m.value for name in names_read(added) for m in script.assigned(name) if isinstance(m, ast.Assign)]
        discounted = any(_DISCOUNT.fullmatch(name) for x in (added, *values) for name in names_in(x))
        if found and (discounted or len(found[0]) > 1):
            yield Slip(
                script.at(added),
                f"{ast.unparse(added)} is in the graph: the cost moves the value of the next step towards that of this one, as "
                "well as this one towards the target",
                "the target as a number: .data, or detach()",
                found[0],
            )
