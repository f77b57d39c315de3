"""A second autograd engine, as small and as obvious as can be: what random graphs are held against.

In the manner of micrograd: a node has a closure that passes its gradient on, the order is found by recursion. Every
derivative here is written down by hand from the textbook, and nothing is read from the engine or its table, so that a
wrong rule there cannot be wrong here too. It is neither fast, nor deep, nor accurate in the tails; on moderate numbers it
is right. `random_program` draws expression graphs that both engines can build.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

PI, LN2, LN10 = math.pi, math.log(2.0), math.log(10.0)


def _phi(u: float) -> float:
    return math.exp(-u * u / 2) / math.sqrt(2 * PI)


def _cdf(u: float) -> float:
    return (1 + math.erf(u / math.sqrt(2))) / 2


def _logistic(u: float) -> float:
    return 1 / (1 + math.exp(-u))


def _inner(*ops: float) -> float:
    n = len(ops) // 2
    return sum((ops[i] * ops[n + i] for i in range(n)), ops[-1])


def _shares(best: float, us: Sequence[float]) -> list[float]:
    return [(u == best) / us.count(best) for u in us]


Rule = tuple[Callable[..., float], Callable[..., Sequence[float]], Callable[..., bool]]


def _always(*us: float) -> bool:
    return True


def _apart(*us: float) -> bool:
    """No two of them nearly tied."""
    return all(b - a > 0.01 for a, b in zip(sorted(set(us)), sorted(set(us))[1:], strict=False))


# name: (value, derivatives, where both are safely smooth)
RULES: dict[str, Rule] = {
    "add": (lambda u, v: u + v, lambda u, v: (1, 1), _always),
    "sub": (lambda u, v: u - v, lambda u, v: (1, -1), _always),
    "mul": (lambda u, v: u * v, lambda u, v: (v, u), _always),
    "div": (lambda u, v: u / v, lambda u, v: (1 / v, -u / v**2), lambda u, v: abs(v) > 0.2),
    "pow": (lambda u, v: u**v, lambda u, v: (v * u ** (v - 1), u**v * math.log(u)), lambda u, v: u > 0.2 and abs(v) < 3),
    "neg": (lambda u: -u, lambda u: (-1,), _always),
    "abs": (lambda u: abs(u), lambda u: (1 if u > 0 else -1,), lambda u: abs(u) > 0.01),
    "exp": (math.exp, lambda u: (math.exp(u),), lambda u: u < 3),
    "exp2": (lambda u: 2**u, lambda u: (LN2 * 2**u,), lambda u: u < 4),
    "expm1": (math.expm1, lambda u: (math.exp(u),), lambda u: u < 3),
    "log": (math.log, lambda u: (1 / u,), lambda u: u > 0.2),
    "log2": (math.log2, lambda u: (1 / (u * LN2),), lambda u: u > 0.2),
    "log10": (math.log10, lambda u: (1 / (u * LN10),), lambda u: u > 0.2),
    "log1p": (math.log1p, lambda u: (1 / (1 + u),), lambda u: u > -0.8),
    "sqrt": (math.sqrt, lambda u: (0.5 / math.sqrt(u),), lambda u: u > 0.1),
    "cbrt": (math.cbrt, lambda u: (1 / (3 * math.cbrt(u) ** 2),), lambda u: abs(u) > 0.1),
    "square": (lambda u: u**2, lambda u: (2 * u,), _always),
    "sin": (math.sin, lambda u: (math.cos(u),), _always),
    "cos": (math.cos, lambda u: (-math.sin(u),), _always),
    "tan": (math.tan, lambda u: (1 / math.cos(u) ** 2,), lambda u: abs(math.cos(u)) > 0.3),
    "asin": (math.asin, lambda u: (1 / math.sqrt(1 - u**2),), lambda u: abs(u) < 0.9),
    "acos": (math.acos, lambda u: (-1 / math.sqrt(1 - u**2),), lambda u: abs(u) < 0.9),
    "atan": (math.atan, lambda u: (1 / (1 + u**2),), _always),
    "sinh": (math.sinh, lambda u: (math.cosh(u),), lambda u: abs(u) < 3),
    "cosh": (math.cosh, lambda u: (math.sinh(u),), lambda u: abs(u) < 3),
    "tanh": (math.tanh, lambda u: (1 / math.cosh(u) ** 2,), _always),
    "asinh": (math.asinh, lambda u: (1 / math.sqrt(u**2 + 1),), _always),
    "acosh": (math.acosh, lambda u: (1 / math.sqrt(u**2 - 1),), lambda u: u > 1.1),
    "atanh": (math.atanh, lambda u: (1 / (1 - u**2),), lambda u: abs(u) < 0.9),
    "erf": (math.erf, lambda u: (2 / math.sqrt(PI) * math.exp(-(u**2)),), _always),
    "erfc": (math.erfc, lambda u: (-2 / math.sqrt(PI) * math.exp(-(u**2)),), lambda u: u < 3),
    "normal_cdf": (_cdf, lambda u: (_phi(u),), lambda u: u > -3),
    "sigmoid": (_logistic, lambda u: (_logistic(u) * _logistic(-u),), _always),
    "logsigmoid": (lambda u: -math.log(1 + math.exp(-u)), lambda u: (_logistic(-u),), lambda u: abs(u) < 5),
    "softplus": (lambda u: math.log(1 + math.exp(u)), lambda u: (_logistic(u),), lambda u: abs(u) < 5),
    "relu": (lambda u: max(u, 0.0), lambda u: (u > 0,), lambda u: abs(u) > 0.01),
    "gelu": (lambda u: u * _cdf(u), lambda u: (_cdf(u) + u * _phi(u),), lambda u: u > -3),
    "silu": (lambda u: u * _logistic(u), lambda u: ((1 + u * _logistic(-u)) * _logistic(u),), _always),
    "atan2": (math.atan2, lambda u, v: (v / (u**2 + v**2), -u / (u**2 + v**2)), lambda u, v: abs(u) > 0.1),
    "hypot": (math.hypot, lambda u, v: (u / math.hypot(u, v), v / math.hypot(u, v)), lambda u, v: abs(u) > 0.1),
    "leaky_relu": (lambda u, v: u if u > 0 else u * v, lambda u, v: (1, 0) if u > 0 else (v, u), lambda u, v: abs(u) > 0.01),
    "elu": (lambda u, v: u if u > 0 else v * math.expm1(u),
            lambda u, v: (1, 0) if u > 0 else (v * math.exp(u), math.expm1(u)), lambda u, v: abs(u) > 0.01),
    "copysign": (math.copysign, lambda u, v: (1 if u * v > 0 else -1, 0), lambda u, v: min(abs(u), abs(v)) > 0.01),
    "mod": (lambda u, v: u % v, lambda u, v: (1, -(u // v)), lambda u, v: abs(v) > 0.5 and 0.1 < (u / v) % 1 < 0.9),
    "clamp": (lambda u: min(max(u, -1.0), 1.0), lambda u: (-1 < u < 1,), lambda u: abs(abs(u) - 1) > 0.01),
    "where": (lambda u, v: u if v > 0.5 else v, lambda u, v: (v > 0.5, v <= 0.5), lambda u, v: abs(v - 0.5) > 0.01),
    "sum": (lambda *us: sum(us), lambda *us: [1] * len(us), _always),
    "mean": (lambda *us: sum(us) / len(us), lambda *us: [1 / len(us)] * len(us), _always),
    "dot": (_inner, lambda *us: (*us[len(us) // 2 : -1], *us[: len(us) // 2], 1), _always),
    "norm": (lambda *us: math.sqrt(sum(u * u for u in us)), lambda *us: [u / math.sqrt(sum(x * x for x in us)) for u in us],
             lambda *us: any(abs(u) > 0.1 for u in us)),
    "maximum": (lambda *us: max(us), lambda *us: _shares(max(us), us), _apart),
    "minimum": (lambda *us: min(us), lambda *us: _shares(min(us), us), _apart),
    "logsumexp": (lambda *us: math.log(sum(math.exp(u) for u in us)),
                  lambda *us: [math.exp(u) / sum(math.exp(x) for x in us) for u in us], _always),
}  # fmt: skip
_ARITY = {name: slopes.__code__.co_argcount for name, (_, slopes, _) in RULES.items()}


class Naive:
    """A number, a gradient, and a closure that passes it on."""

    def __init__(self, data: float, parents: tuple["Naive", ...] = ()) -> None:
        self.data, self.grad, self.parents = float(data), 0.0, parents
        self.mass = 0.0  # the gradient without its signs: what rounding errors are proportional to, however much cancels
        self.push: Callable[[], None] = lambda: None

    def backward(self) -> None:
        order: list[Naive] = []

        def visit(v: Naive) -> None:
            if v not in order:
                for parent in v.parents:
                    visit(parent)
                order.append(v)

        visit(self)
        for v in order:
            v.grad = v.mass = 0.0
        self.grad = self.mass = 1.0
        for v in reversed(order):
            v.push()


def naive(name: str, *operands: Any) -> Naive:
    """A function of `RULES` applied to nodes and numbers."""
    nodes = tuple(o if isinstance(o, Naive) else Naive(o) for o in operands)
    value, slopes, _ = RULES[name]
    numbers = [v.data for v in nodes]
    out = Naive(value(*numbers), nodes)

    def push() -> None:
        for parent, slope in zip(nodes, slopes(*numbers), strict=True):
            parent.grad += slope * out.grad
            parent.mass += abs(slope) * out.mass

    out.push = push
    return out


class Program(NamedTuple):
    """An expression graph as data: leaves, then one application after the other; an int names an earlier node."""

    leaves: tuple[float, ...]
    steps: tuple[tuple[str, tuple[int | float, ...]], ...]

    def nodes(self, leaves: Sequence[Any], apply: Callable[..., Any]) -> list[Any]:
        """All nodes, built on these leaves by `apply(name, *operands)`; the last is the root."""
        nodes = list(leaves)
        for name, operands in self.steps:
            nodes.append(apply(name, *[nodes[o] if isinstance(o, int) else o for o in operands]))
        return nodes


_CONSTANTS = st.sampled_from([2.0, -1.0, 0.5, 1.0, -3.0, 0.0, 0.3])


@st.composite
def random_program(draw: st.DrawFn, most: int = 20) -> Program:
    """Graphs of up to `most` operations on one to four leaves, with shared nodes, repeated operands, and constants.

    An application that would leave a function's smooth domain, or grow without bounds, becomes a tanh.
    """
    leaves = [n / 128 for n in draw(st.lists(st.integers(-300, 300), min_size=1, max_size=4))]
    numbers = list(leaves)
    steps: list[tuple[str, tuple[int | float, ...]]] = []
    for _ in range(draw(st.integers(1, most))):
        name = draw(st.sampled_from(sorted(RULES)))
        # Recent nodes more often, so that graphs become deep; any node sometimes, so that they share.
        node = st.integers(0, len(numbers) - 1) | st.integers(max(0, len(numbers) - 3), len(numbers) - 1)
        count = _ARITY[name] or draw(st.sampled_from([1, 3, 5] if name == "dot" else [1, 2, 3, 4]))
        operands = draw(st.lists(node | node | _CONSTANTS, min_size=count, max_size=count))
        if not any(isinstance(o, int) for o in operands):
            operands[draw(st.integers(0, count - 1))] = draw(node)
        data = [numbers[o] if isinstance(o, int) else o for o in operands]
        value, _, smooth = RULES[name]
        if not smooth(*data) or abs(value(*data)) > 20.0:
            first = next(o for o in operands if isinstance(o, int))
            name, operands, data = "tanh", [first], [numbers[first]]
        steps.append((name, tuple(operands)))
        numbers.append(RULES[name][0](*data))
    return Program(tuple(leaves), tuple(steps))
