"""Big programs of alike terms, called with the word 'fast': within their bound of the same program with the engine's bits."""

import random
from typing import Any

import pytest

import autograd as ag
from autograd import Value, compile, exp, log, relu, tanh
from autograd.replay.native.kernel import INTERPRETER
from autograd.replay.rolling import Rolling

pytest.importorskip("numpy")
COMPILED = INTERPRETER.module is not None


def portfolio(x: Any) -> Any:
    """Terms of one kind, of which each takes other inputs and constants; none of them is negative where x is positive."""
    total = 0.0
    for i in range(300):
        u, v = x[i % 50], x[(i * 7 + 3) % 50]
        total = total + (exp(u * 0.1) * v + tanh(u + v * (i * 0.001)) + (u + v) ** 2 * 0.5 + log(u * u + 1.5))
    return total


def rolls(program: Any) -> bool:
    (case,) = program._cases.values()
    (variant,) = case.variants
    return isinstance(program._reader(variant), Rolling)


def test_a_call_is_within_the_bound_of_its_sums() -> None:
    fast, exact, r = compile(portfolio, bits="fast"), compile(portfolio), random.Random(0)
    for _ in range(6):
        x = [r.uniform(0.1, 1.0) for _ in range(50)]
        (value, slopes), (v, s) = fast.value_and_grad(x), exact.value_and_grad(x)
        # All terms are positive, and so are all contributions: the sum of their absolute values is the sum itself.
        unit = 2.0**-53
        assert abs(value - v) <= (1200 + 4 * 20) * unit * v
        assert all(abs(a - b) <= (100 + 8 * 20) * unit * b for a, b in zip(slopes, s, strict=True))
        assert fast(x) == value
    assert rolls(fast) is COMPILED
    assert not rolls(exact)


def moons(ws: list[Any], samples: list[tuple[list[float], float]]) -> Any:
    """A hinge cost of a network in scalars, with its weights from outside."""
    total = 0.0
    for x, y in samples:
        s = ws[-1]
        for k in range(8):
            s = s + ws[4 * k] * tanh(ws[4 * k + 1] * x[0] + ws[4 * k + 2] * x[1] + ws[4 * k + 3])
        total = total + relu(1.0 - s * y)
    return total * (1.0 / len(samples))


def test_gradients_of_weights_are_added_to_what_is_there() -> None:
    r = random.Random(1)
    ws = [Value(r.uniform(-1, 1)) for _ in range(33)]
    samples = [([r.uniform(-1, 1), r.uniform(-1, 1)], r.choice([-1.0, 1.0])) for _ in range(60)]
    program = compile(lambda: moons(ws, samples), bits="fast")
    for step in range(4):
        expected = moons(ws, samples)
        for w in ws:
            w.grad = 0.0
        expected.backward()
        once = [w.grad for w in ws]
        value = program.backward()
        assert value == pytest.approx(expected.data, rel=1e-13)
        assert [w.grad for w in ws] == pytest.approx([2.0 * g for g in once], rel=1e-12, abs=1e-15)
        for w in ws:
            w.data -= 0.1 * step * w.grad
    assert rolls(program) is COMPILED


@pytest.mark.parametrize(
    "f",
    [
        lambda x: portfolio(x) if x[0] > 0.0 else x[0],  # a decision
        lambda x: [portfolio(x), x[0]],  # several results
        lambda x: sum(u * u for u in x),  # few operations
        lambda x: ag.maximum(*[_chain(u) for u in x[:40]]),  # no sum
    ],
)
def test_what_does_not_roll_keeps_the_bits_of_the_engine(f: Any) -> None:
    program, x = compile(f, bits="fast"), [0.5 + 0.01 * i for i in range(50)]
    again = compile(f)
    assert program(x) == again(x)
    assert program(x[::-1]) == again(x[::-1])


def _chain(u: Any) -> Any:
    for _ in range(60):
        u = tanh(u) * 1.1
    return u


def test_a_pickle_rolls_again() -> None:
    import pickle

    program, x = compile(portfolio, bits="fast"), [0.5 + 0.01 * i for i in range(50)]
    value = program(x)
    again = pickle.loads(pickle.dumps(program))
    assert again(x) == value
    assert again.bits == "fast"
