"""The problems of the replay benchmarks, as plain scalar code over numbers of any kind, and the tapes of them.

W1  a mixed expression: 5,000 alike terms of 20 operations, three inputs and a constant each
W2  a step of micrograd's demonstration: an MLP 2-16-16-1 with relu, hinge cost and penalty, on 100 points
W3  digits: an MLP 64-32-10, tanh, softmax cross-entropy
"""

import itertools
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

from autograd.replay.tape import Draft, Tape


class Number:
    """A number that writes the tape of what is done with it."""

    __slots__ = ("draft", "node")

    def __init__(self, draft: Draft, node: int) -> None:
        self.draft, self.node = draft, node

    def __neg__(self) -> "Number":
        return _made(self.draft, "neg", self)

    def __pow__(self, power: float) -> "Number":
        return _made(self.draft, "pow", self, float(power))


def _made(draft: Draft, name: str, *operands: Any) -> Number:
    return Number(draft, draft.node(name, [u.node if isinstance(u, Number) else float(u) for u in operands]))


def _operator(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    return lambda a, b: _made(a.draft, name, a, b), lambda b, a: _made(b.draft, name, a, b)


for _sign, _name in (("add", "add"), ("sub", "sub"), ("mul", "mul"), ("truediv", "div")):
    _forward, _reflected = _operator(_name)
    setattr(Number, f"__{_sign}__", _forward)
    setattr(Number, f"__r{_sign}__", _reflected)
for _name in ("exp", "log", "tanh", "relu", "sqrt", "sin", "erf"):
    setattr(Number, _name, lambda a, name=_name: _made(a.draft, name, a))


def apply(name: str, operands: Sequence[Any]) -> Any:
    """A primitive with any number of operands, on numbers that write a tape."""
    draft = next(u.draft for u in operands if isinstance(u, Number))
    return _made(draft, name, *operands)


def tape_of(f: Callable[[list[Any]], Any], inputs: int) -> Tape:
    """The tape of a function of a list of inputs."""
    draft = Draft(inputs)
    result = f([Number(draft, i) for i in range(inputs)])
    return draft.tape([result.node])


def mixed_term(a: Any, b: Any, c: Any, k: float) -> Any:
    """Twenty operations, of which three are exp, log and tanh."""
    t = a * b
    v = (t + c).tanh()
    w = v * k
    s = a - c
    r = s * s + 1.0
    m = (b * 0.1).exp() + r.log()
    d = (m * w) / r
    h = (d + a) * c - v
    j = h * 0.5 + b
    return j * j + t


def mixed_plan(terms: int, inputs: int) -> list[tuple[int, int, int, float]]:
    """Per term its three inputs and its constant."""
    rng = random.Random(1)
    return [(rng.randrange(inputs), rng.randrange(inputs), rng.randrange(inputs), rng.uniform(0.5, 1.5)) for _ in range(terms)]


def mixed(terms: int = 5000, inputs: int = 1000) -> Callable[[list[Any]], Any]:
    """W1."""
    plan = mixed_plan(terms, inputs)

    def f(x: list[Any]) -> Any:
        i, j, m, k = plan[0]
        total = mixed_term(x[i], x[j], x[m], k)
        for i, j, m, k in plan[1:]:
            total = total + mixed_term(x[i], x[j], x[m], k)
        return total

    return f


def moons(points: int = 100) -> tuple[list[list[float]], list[int]]:
    """Two half circles that interlock, with noise; labels -1 and 1."""
    rng = random.Random(1337)
    xs, ys = [], []
    for i in range(points):
        angle = math.pi * rng.random()
        side = i % 2
        x, y = (math.cos(angle), math.sin(angle)) if side == 0 else (1 - math.cos(angle), 0.5 - math.sin(angle))
        xs.append([x + rng.gauss(0.0, 0.1), y + rng.gauss(0.0, 0.1)])
        ys.append(2 * side - 1)
    return xs, ys


def layers(parameters: list[Any], sizes: Sequence[int]) -> list[list[tuple[list[Any], Any]]]:
    """Per layer and neuron its weights and its bias, from a list of parameters: weights before the bias."""
    at, found = 0, []
    for n, m in itertools.pairwise(sizes):
        found.append(
            [(parameters[at + i * (n + 1) : at + i * (n + 1) + n], parameters[at + i * (n + 1) + n]) for i in range(m)]
        )
        at += m * (n + 1)
    return found


def count(sizes: Sequence[int]) -> int:
    """The number of parameters."""
    return sum((n + 1) * m for n, m in itertools.pairwise(sizes))


MOONS = (2, 16, 16, 1)
DIGITS = (64, 32, 10)


def moons_step(points: int = 100) -> Callable[[list[Any]], Any]:
    """W2: the loss as micrograd's demonstration writes it."""
    xs, ys = moons(points)

    def loss(parameters: list[Any]) -> Any:
        net = layers(parameters, MOONS)

        def model(x: list[Any]) -> Any:
            for k, layer in enumerate(net):
                out = []
                for w, b in layer:
                    act = sum((wi * xi for wi, xi in zip(w, x, strict=True)), b)
                    out.append(act.relu() if k < len(net) - 1 else act)
                x = out
            return x[0]

        losses = [(1 + -yi * model(x)).relu() for x, yi in zip(xs, ys, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = 1e-4 * sum(p * p for p in parameters)
        return data_loss + reg_loss

    return loss


def digits_loss(parameters: list[Any], x: list[Any], y: int, plain: bool) -> Any:
    """The cost of one sample of W3: with + and * alone, or with dots and logsumexp."""
    hidden, outer = layers(parameters, DIGITS)
    if plain:
        h = [sum((wi * xi for wi, xi in zip(w, x, strict=True)), b).tanh() for w, b in hidden]
        z = [sum((wi * hi for wi, hi in zip(w, h, strict=True)), b) for w, b in outer]
        return sum(q.exp() for q in z).log() - z[y]
    h = [apply("dot", [*w, *x, b]).tanh() for w, b in hidden]
    z = [apply("dot", [*w, *h, b]) for w, b in outer]
    return apply("logsumexp", z) - z[y]
