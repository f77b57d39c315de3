"""The diagnosis of an update by its law: the formula that its steps follow is that of a known method, but for one slip.

The check takes a `Training` and yields its findings; the table (table.py) has its name. The law is found from the recorded
steps (evidence/laws.py), and the training is run again by the law without the slip.
"""

import ast
import math
from collections.abc import Iterator

from autograd import Source

from .... import style
from ..evidence.experiment import Claim, Experiment
from ..evidence.found import Certainty, Found
from ..evidence.laws import FORGOTTEN, Adaptive, Along, Rule, Velocity, adaptive, instead, linear, moves_of, shares_beside
from ..evidence.statements import text_of, tree_of
from ..evidence.training import Training
from ..evidence.updating import memories, of_gradients

_DECAY = 0.02  # of each parameter in every step: a usual decay is a hundredth of that
_CORRECTION = "divide the one by 1 - beta1 ** t and the other by 1 - beta2 ** t, with t from 1"


def slip_in_the_update(training: Training) -> Iterator[Found]:
    """Steps by the formula of a known method, but for one slip, and training again without it."""
    moves, line = moves_of(training), training.update_line
    if moves is None or line is None or training.changes_inputs or training.maximise:
        return
    parts = linear(moves)
    if parts is not None:
        yield from _of_parts(line, parts)
    elif other := instead(moves):
        yield _instead(line, *other)
    elif found := adaptive(moves, shares_beside(line)):
        law, rate, right = found
        yield from _of_means(line, law, rate, right)


def _instead(line: Source, what: str, factor: float) -> Found:
    """Steps that are a multiple of something else than the gradient."""
    if what == FORGOTTEN:
        return Found(
            line,
            f"the parameters become {style.number(factor)} times the gradient, whatever they were: the update forgets them",
            "p.data -= rate * p.grad, with the minus in front of the =",
            {"factor": factor},
            certainty=Certainty.FACT,
        )
    return Found(
        line,
        f"each step is {style.number(factor)} times {what}: a parameter goes down whichever way the cost falls",
        "the gradient as it is: p.data -= rate * p.grad",
        {"factor": factor},
        claim=Claim([Experiment("the gradient itself", rates=(-factor,))], longer=False),
        certainty=Certainty.FACT,
    )


def _of_parts(line: Source, parts: dict[str, float]) -> Iterator[Found]:
    """Slips in a linear law."""
    gradient, before = parts.get("the gradient", 0.0), parts.get("the step before", 0.0)
    decay = -parts.get("the parameter", 0.0)
    if list(parts) == ["the parameter"]:
        yield Found(
            line,
            f"each step is {style.number(-decay)} times the parameter, and has nothing of its gradient",
            "p.data -= rate * p.grad: the gradient of the parameter, and not its number",
            {"factor": -decay},
            certainty=Certainty.FACT,
        )
    elif before < 0.0 and gradient < 0.0:
        yield Found(
            _memory(line, square=False),
            f"each step takes back {style.number(-before)} of the step before, and adds {style.number(gradient)} times the "
            "gradient: the sign of the velocity is turned",
            "velocity = 0.9 * velocity - rate * p.grad; p.data += velocity",
            {"kept": before, "rate": -gradient},
            claim=Claim(
                [Experiment("the velocity kept", law=lambda: Along(Velocity(-before), -gradient))], longer=False, vital=False
            ),
        )
    elif gradient < 0.0 < before and (kept := _scaled_share(line, before, -gradient)):
        yield Found(
            _written_back(line) or _at(line, max((n.lineno for n in of_gradients(line)), default=line.line)),
            f"each step keeps {style.number(before)} of the step before, which is {style.number(kept)} times the rate: the "
            "velocity is multiplied by the rate again in every step",
            "the rate where the velocity is used, and not in what is kept: p.data -= rate * velocity",
            {"kept": before, "rate": -gradient},
            claim=Claim(
                [Experiment("the velocity kept as it is", law=lambda: Along(Velocity(kept), -gradient))],
                longer=False,
                alone=True,
            ),
        )
    elif gradient < 0.0 and decay > _DECAY and not before:
        yield Found(
            _decaying(line),
            f"each step is {style.number(-gradient)} times the gradient, and takes {style.number(decay, 3)} of every parameter "
            "away besides",
            "a decay a hundred times smaller",
            {"decay": decay, "rate": -gradient},
            claim=Claim([Experiment("the gradient alone", rates=(-gradient,))], longer=False, alone=True),
        )
    elif list(parts) == ["the gradient before"] or (not gradient and parts.get("the gradient before", 0.0) < 0.0):
        rate = -parts["the gradient before"]
        yield Found(
            line,
            f"each step is {style.number(-rate)} times the gradient of the step before",
            "read p.grad after backward(), in the same round",
            {"rate": rate},
            claim=Claim(
                [Experiment("the gradient of its own step", law=lambda: Along(Velocity(max(0.0, before)), rate))], longer=False
            ),
        )


def _scaled_share(line: Source, before: float, rate: float) -> float:
    """The share written beside the update that the kept part of the step before is times the rate; 0 if there is none."""
    shares = shares_beside(line) if before < 0.3 else []
    return next((share for share in shares if math.isclose(before, share * rate, rel_tol=1e-6)), 0.0)


def _of_means(line: Source, law: Adaptive, rate: float, right: bool) -> Iterator[Found]:
    """Slips in an adaptive law."""
    first, second, name = law.first, law.second, "Adam" if law.first else "RMSprop"
    known = Adaptive(first, second, corrected="both" if first else "none")
    if right and first >= 0.99 and 0.3 < second <= 0.95 and law.below == "mean":
        known = Adaptive(second, first)
        where, remedy = (
            _written(line, first),
            f"{style.number(second)} for the gradients, {style.number(first)} for their squares",
        )
        what = (
            f"the mean of the gradients keeps {style.number(first)} of itself in each step, and that of their squares "
            f"{style.number(second)}: the two are exchanged"
        )
    elif right:
        if law.below == "mean" and (summed := _summed(line)) is not None:
            yield _sum(summed, law, rate)
        return
    else:
        where, what, remedy = _slip(line, law)
        if law.below == "now" and where == line:
            return  # steps by signs, without any memory of squares, are a method of their own
    yield Found(
        where,
        f"the steps follow the formula of {name}, but {what}",
        remedy,
        {"first": first, "second": second, "rate": rate},
        claim=Claim(
            [Experiment("the formula as it is known", law=lambda: Along(Rule(known), rate))], longer=False, vital=False
        ),
    )


def _sum(where: Source, law: Adaptive, rate: float) -> Found:
    """A sum of squares where the mean is meant: all steps are so many times too short."""
    times = (1.0 - law.second) ** -0.5
    return Found(
        where,
        f"this is a sum of squares, and not their mean: the new square is not multiplied by "
        f"{style.number(1.0 - law.second, 3)}, so that all steps are {style.number(times, 3)} times shorter",
        "v = beta2 * v + (1 - beta2) * p.grad ** 2",
        {"second": law.second, "times": times},
        claim=Claim([Experiment("the mean", law=lambda: Along(Rule(law), rate * times))], longer=False, alone=True),
    )


def _slip(line: Source, law: Adaptive) -> tuple[Source, str, str]:
    """The line of a slip, the slip, and the remedy."""
    if law.above == "minus":
        return (
            _memory(line, square=False),
            "the sign of the mean of the gradients is turned in every step",
            ("m = beta1 * m + (1 - beta1) * p.grad"),
        )
    if law.below == "now":
        return (
            _memory(line, square=True),
            "nothing of the mean of the squares is kept: each step has one size",
            ("v = beta2 * v + (1 - beta2) * p.grad ** 2"),
        )
    if law.below == "size":
        return (
            _memory(line, square=True),
            "the mean below the root is that of the gradients and not of their squares",
            ("v = beta2 * v + (1 - beta2) * p.grad ** 2"),
        )
    if law.power == 1.0:
        return (
            line,
            "they are divided by the mean of the squares and not by its root",
            ("divide by the root: m / (v ** 0.5 + 1e-8)"),
        )
    if law.stored:
        return (
            _written_back(line) or _correction(line),
            "what is corrected is kept in the place of the mean, and corrected again in every step: the corrections pile up",
            "a name of its own for what is corrected: m_hat = m / (1 - beta1 ** t)",
        )
    what = {
        "upper": "the mean of the squares is not corrected, so that the first steps are far too long",
        "exchanged": "the corrections are exchanged: each mean is divided by that of the other",
        "first": "both means are corrected by the first beta",
        "times": "the means are multiplied by their corrections, and not divided",
    }[law.corrected]
    return _correction(line), what, _CORRECTION


def _at(line: Source, number: int) -> Source:
    return Source(line.file, number, line.function, text_of(line.file, number))


def _memory(line: Source, *, square: bool) -> Source:
    """The line that keeps the mean of the squares, or of the gradients; that of the update if it is not found."""
    found = [m.statement for m in memories(line)]
    squares = [n for n in found if _squares(n.value)] or found[1:]
    squares = squares or [n for n in of_gradients(line) if _squares(n.value)]
    chosen = squares if square else [n for n in found if n not in squares]
    return _at(line, chosen[0].lineno) if chosen else line


def _written_back(line: Source) -> Source | None:
    """The last line that changes a running mean by itself alone, once its gradient is in it: m = m / (1 - beta1 ** t)."""
    kept = {m.name: m.statement for m in memories(line)}
    found = [
        n.lineno
        for n in tree_of(line)
        if isinstance(n, (ast.Assign, ast.AugAssign))
        and (statement := kept.get(ast.unparse(n.targets[0] if isinstance(n, ast.Assign) else n.target)))
        and statement.lineno < n.lineno
        and (isinstance(n, ast.AugAssign) or ast.unparse(n.targets[0]) in ast.unparse(n.value))
    ]
    return _at(line, max(found)) if found else None


def _summed(line: Source) -> Source | None:
    """The line that adds squares to a part of what it has kept, without taking a part of them only."""
    for n in (m.statement for m in memories(line)):
        kept, new = (
            (n.value.left, n.value.right)
            if isinstance(n.value, ast.BinOp) and isinstance(n.value.op, ast.Add)
            else (None, None)
        )
        if isinstance(kept, ast.BinOp) and isinstance(kept.op, ast.Mult) and new is not None and _squares(new):
            factors: list[ast.AST] = [m for m in ast.walk(new) if isinstance(m, ast.BinOp) and isinstance(m.op, ast.Sub)]
            factors += [m for m in ast.walk(new) if isinstance(m, ast.Constant) and isinstance(m.value, float)]
            if not factors:
                return _at(line, n.lineno)
    return None


def _written(line: Source, number: float) -> Source:
    """The first line with a number, that of the update if it is written nowhere."""
    found = [n.lineno for n in tree_of(line) if isinstance(n, ast.Constant) and n.value == number]
    return _at(line, min(found)) if found else line


def _decaying(line: Source) -> Source:
    """The line that adds a part of the parameter to its gradient, that of the update if it does so itself."""
    for n in (n for n in tree_of(line) if isinstance(n, (ast.Assign, ast.AugAssign)) and n.lineno < line.line):
        products = [m for m in ast.walk(n.value) if isinstance(m, ast.BinOp) and isinstance(m.op, ast.Mult)]
        if any(isinstance(side, ast.Attribute) and side.attr == "data" for m in products for side in (m.left, m.right)):
            return _at(line, n.lineno)
    return line


def _squares(value: ast.expr) -> bool:
    """True if something is squared: g ** 2, g * g, (1 - beta) * g * g."""
    for n in ast.walk(value):
        if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow):
            return True
        factors = [n.right] if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mult) else []
        while factors and isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mult):
            n = n.left
            factors.append(n.right if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mult) else n)
        written = [ast.unparse(f) for f in factors if not isinstance(f, ast.Constant)]
        if len(set(written)) < len(written):
            return True
    return False


def _correction(line: Source) -> Source:
    """The last line with 1 - beta ** t in the function of an update."""
    found = [
        n.lineno
        for n in tree_of(line)
        if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Sub) and isinstance(n.left, ast.Constant) and n.left.value == 1
        and isinstance(n.right, ast.BinOp) and isinstance(n.right.op, ast.Pow)
    ]  # fmt: skip
    return _at(line, max(found)) if found else line
