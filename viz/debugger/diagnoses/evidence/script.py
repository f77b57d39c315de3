"""`Script`: the part of a user's program that is run in every step of training, read as source.

That part is the outermost loop around the call of `backward()`, in whichever function it stands, and the functions that are
called in it. The line to blame for a list is the one that decides which entry is taken: an index, a bound, a `zip`.
"""

import ast
from collections.abc import Iterator
from typing import NamedTuple

from autograd import Source
from autograd.source import resolve

from .sight import Sight
from .statements import tree_of


class Use(NamedTuple):
    """A use of a name in the part that is run in every step.

    Attributes:
        node: the name.
        around: the syntax around it, the innermost first.
    """

    node: ast.Name
    around: tuple[ast.AST, ...]


class Script:
    """The program around the calls that led to `backward()`.

    Args:
        seen: the data in sight of it, with the calls.
    """

    def __init__(self, seen: Sight) -> None:
        self.calls: list[Source] = [resolve(place) for place in seen.calls]
        self.module: list[ast.AST] = tree_of(self.calls[0], everything=True) if self.calls else []
        self.file: str = self.calls[0].file if self.calls else ""
        self._functions = [n for n in self.module if isinstance(n, ast.FunctionDef)]  # asked for line by line
        self._parents = {child: node for node in self.module for child in ast.iter_child_nodes(node)}
        self.loop: ast.AST | None = next((loops[0] for c in reversed(self.calls) if (loops := self.loops(c.line))), None)
        self.inside: list[ast.AST] = self._inside()
        self._own = frozenset(map(id, self.inside))
        called = [self.function(c.line) for c in self.calls]
        self._scopes: set[ast.AST | None] = {None, *called, *(outer for f in called if f for outer in self.around(f))}

    def source(self, node: ast.AST) -> Source:
        """The line of a piece of syntax: of a statement that has others inside only its head."""
        heads = {ast.For: "target iter", ast.While: "test", ast.If: "test", ast.FunctionDef: "name"}
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.For):
            text = f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}:"
        elif type(node) in heads:
            text = ast.unparse(node).splitlines()[0]
        else:
            text = ast.unparse(node)
        return Source(self.file, line, "", text)

    def at(self, node: ast.expr) -> Source:
        """The line of an expression, with the text of the whole statement that it is part of."""
        return self.source(self.statement(node) or node)._replace(line=node.lineno)

    def loops(self, line: int) -> list[ast.For | ast.While]:
        """The loops of the innermost function around a line that have it inside, the outermost first."""
        function = self.function(line)
        found = [
            n
            for n in self.module
            if isinstance(n, (ast.For, ast.While))
            and n.body[0].lineno <= line <= (n.end_lineno or 0)
            and self.function(n.lineno) is function
        ]
        return sorted(found, key=lambda n: n.lineno)

    def function(self, line: int) -> ast.AST | None:
        """The innermost function that a line belongs to."""
        around = [n for n in self._functions if n.body[0].lineno <= line <= (n.end_lineno or n.lineno)]
        return max(around, key=lambda n: n.lineno, default=None)

    def _inside(self) -> list[ast.AST]:
        """The syntax of the loop, and of all functions that are called in it."""
        functions = {n.name: n for n in self._functions}
        lambdas = {t.id: n.value for n in self.module if isinstance(n, ast.Assign) and isinstance(n.value, ast.Lambda)
                   for t in n.targets if isinstance(t, ast.Name)}  # fmt: skip
        found: list[ast.AST] = []
        todo: list[ast.AST] = [self.loop] if self.loop else []
        done = set[int]()
        while todo:
            piece = todo.pop()
            if id(piece) in done:
                continue
            done.add(id(piece))
            here = list(ast.walk(piece))
            found += here
            names = [n.id for n in here if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
            names += [n.attr for n in here if isinstance(n, ast.Attribute)]
            called = [n.func for n in here if isinstance(n, ast.Call)]
            names += ["__call__"] * any(isinstance(f, ast.Name) and f.id not in functions for f in called)  # net(x)
            todo += [known[name] for name in names for known in (functions, lambdas) if name in known]
        return list(dict.fromkeys(found))

    def runs(self, node: ast.AST) -> bool:
        """True if a piece of syntax is run in every step."""
        return id(node) in self._own

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """The syntax around a piece, the innermost first."""
        while node in self._parents:
            node = self._parents[node]
            yield node

    def rounds(self, node: ast.AST) -> Iterator[ast.For | ast.comprehension]:
        """The loops and the parts of comprehensions around a piece of syntax that go through something."""
        for n in self.around(node):
            yield from [n] if isinstance(n, ast.For) else getattr(n, "generators", [])

    def uses(self, name: str, *, inside: bool = True) -> list[Use]:
        """The places at which a name is read, in the part that is run in every step, or in the rest of the file."""
        found = [n for n in self.module if isinstance(n, ast.Name) and n.id == name and self.runs(n) == inside]
        return [Use(n, tuple(self.around(n))) for n in found if isinstance(n.ctx, ast.Load) and not self._is_another(n)]

    def _is_another(self, use: ast.Name) -> bool:
        """True if a name belongs to a function that gives it a value of its own, and is not among those of the calls."""
        function = self.function(use.lineno)
        if function in self._scopes or self.runs(use):
            return False
        return has_its_own(function, use.id)

    def assigned(self, name: str) -> list[ast.stmt]:
        """The statements that give a name its value where the calls can see it; loops and `with` aside."""
        return [
            n
            for n in self.module
            if isinstance(n, (ast.Assign, ast.AugAssign, ast.AnnAssign))
            and any(name in names_in(t) for t in (n.targets if isinstance(n, ast.Assign) else [n.target]))
            and (self.runs(n) or self.function(n.lineno) in self._scopes)
        ]

    def outside(self, node: ast.AST, path: str) -> Iterator[tuple[str, ast.AST]]:
        """A path that a piece of syntax reads, with the piece; of an argument of a function what calls give, with the calls."""
        function = self.function(node.lineno)  # type: ignore[attr-defined]
        places = [a.arg for a in function.args.args] if isinstance(function, ast.FunctionDef) else []
        name = root_of(path)
        if not isinstance(function, ast.FunctionDef) or name not in places:
            yield path, node
            return
        for n in self.module:
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == function.name:
                given = dict(zip(places, n.args, strict=False)) | {k.arg: k.value for k in n.keywords if k.arg}
                if known := paths_in(given[name])[-1:] if name in given else []:
                    yield known[0] + path.removeprefix(name), n

    def statement(self, node: ast.AST) -> ast.stmt | None:
        """The statement that an expression is part of."""
        return node if isinstance(node, ast.stmt) else next((n for n in self.around(node) if isinstance(n, ast.stmt)), None)


def returns_of(script: Script, call: ast.AST) -> list[ast.expr]:
    """The results of the functions and methods that a call may mean by its name; [] for no call."""
    called = last_name(call.func) if isinstance(call, ast.Call) else ""
    functions = [n for n in script.module if isinstance(n, ast.FunctionDef) and n.name == called]
    return [n.value for f in functions for n in ast.walk(f) if isinstance(n, ast.Return) and n.value is not None]


def names_in(node: ast.AST) -> set[str]:
    """The names in a piece of syntax."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def paths_in(node: ast.AST) -> list[str]:
    """The names in a piece of syntax, and what is read of them: data, data.x and data.x['test'] of data.x['test'][0]."""
    found = []
    for n in ast.walk(node):
        read = isinstance(n, ast.Subscript) and isinstance(n.slice, ast.Constant) and isinstance(n.slice.value, str)
        if isinstance(n, (ast.Name, ast.Attribute)) or read:
            found.append(ast.unparse(n))
    return sorted(found, key=len)


def root_of(path: str) -> str:
    """The name that a path begins with."""
    return path.partition(".")[0].partition("[")[0]


def names_read(node: ast.AST) -> set[str]:
    """The names that are read in a piece of syntax."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def has_its_own(function: ast.AST | None, name: str) -> bool:
    """True if a function gives a name a value of its own, or has an argument of this name."""
    return any(
        (isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store))
        or (isinstance(n, ast.arg) and n.arg == name)
        for n in (ast.walk(function) if function is not None else ())
    )


def last_name(node: ast.AST) -> str:
    """The name of a name, or of an attribute: 'choice' of rng.choice; '' of anything else."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def given_by(statement: ast.Assign) -> Iterator[tuple[str, ast.expr]]:
    """The names of an assignment, each with its value: two of last, state = state, [...]."""
    yield from ((target.id, value) for target, value in assigned_by(statement) if isinstance(target, ast.Name))


def assigned_by(statement: ast.Assign) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The targets of an assignment, each with its value: those of a tuple of targets one by one."""
    for target in statement.targets:
        if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
            yield from zip(target.elts, statement.value.elts, strict=False)
        elif not isinstance(target, ast.Tuple):
            yield target, statement.value


def gone_through(use: Use) -> ast.AST | None:
    """The loop that goes through all that a name holds, from beginning to end; None if a use does something else."""
    node: ast.AST = use.node
    for outer in use.around:
        if isinstance(outer, ast.Call) and isinstance(outer.func, ast.Name) and outer.func.id == "enumerate":
            node = outer
        elif isinstance(outer, (ast.For, ast.comprehension)) and outer.iter is node:
            left = isinstance(outer, ast.For) and any(isinstance(n, (ast.Break, ast.Return)) for n in ast.walk(outer))
            return None if left else outer
        else:
            return None
    return None
