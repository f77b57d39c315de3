"""The quick pass over nodes in Python gives what the chain rule gives node by node, and leaves alone what is not for it."""

import random
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import GraphError, pure, reverse
from autograd.operators import apply
from autograd.primitives.table import TABLE
from autograd.pure import Value


def bits(x: float) -> bytes:
    return struct.pack("d", x)


FORMS: list[Callable[[Any, Any, float], Any]] = [
    lambda a, b, c: a + b,
    lambda a, b, c: a - b,
    lambda a, b, c: a * b,
    lambda a, b, c: a / (b * b + 1.0),
    lambda a, b, c: a + c,
    lambda a, b, c: c - a,
    lambda a, b, c: c * a,
    lambda a, b, c: 2 / (a * a + 1.0),
    lambda a, b, c: a**2,
    lambda a, b, c: a.tanh(),
    lambda a, b, c: -a,
    lambda a, b, c: apply(TABLE["sum"], (a, c, b, a)),
    lambda a, b, c: apply(TABLE["maximum"], (c, a)),
    lambda a, b, c: pure.dot_node((a, b), (b, a), c),
    lambda a, b, c: pure.dot_node((a, b), (c, 1.0), a),
]


def graph(seed: int, steps: int = 40) -> tuple[Value, list[Value]]:
    """Nodes of every form: two operands, one, a plain number on either side, many; some of them twice over."""
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(0.5, 1.5)) for _ in range(3)]

    def some() -> Value:
        return rng.choice(nodes[-6:])

    for _ in range(steps):
        a, b, c = some(), some(), rng.uniform(-2.0, 2.0)
        nodes.append(rng.choice(FORMS)(a, b, c))
    root = nodes[-1]
    for node in nodes[-5:-1]:
        root = root * 0.5 + node
    return root, nodes


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**9), earlier=st.booleans())
def test_order_and_gradients_are_those_of_the_chain_rule_bit_for_bit(seed: int, earlier: bool) -> None:
    root, nodes = graph(seed)
    order = reverse.topological_order(root)
    if earlier:  # leaves go on from what an earlier pass has left
        root.backward(0.75)
    for v in order:
        v._grad = 0.0
    root._grad = -1.5
    before = [(v, v._grad) for v in nodes]
    for v in reversed(order):
        reverse.pass_on(v, v.partials or ())
    want = [bits(v.grad) for v in nodes]
    for v, grad in before:
        v._grad = grad
    assert Value._quick_pass(root, -1.5, False) == order
    assert [bits(v.grad) for v in nodes] == want


def test_the_order_is_parents_first_and_has_every_node_once() -> None:
    root, _ = graph(1, steps=300)
    place = {v: i for i, v in enumerate(reverse.topological_order(root))}
    reached, stack = set(), [root]
    while stack:
        v = stack.pop()
        if v.parents and v not in reached:
            reached.add(v)
            stack += v.parents
            assert all(place[p] < place[v] for p in v.parents if p.parents)
    assert reached == place.keys()


@pytest.mark.parametrize("special", ["a hook", "a rule by hand", "assigned parents", "no parents any more"])
def test_what_is_out_of_the_ordinary_is_seen_to(special: str) -> None:
    x = Value(2.0)
    y = x * 3.0
    z = y * y + x
    want = 37.0
    if special == "a hook":
        y.register_hook(lambda g: 10.0 * g)
        want = 361.0
    elif special == "a rule by hand":
        y._backward = lambda: setattr(x, "grad", x.grad + 5.0 * y.grad)
        want = 61.0
    elif special == "assigned parents":
        w = Value(0.0)
        y.parents = [w]  # type: ignore[assignment]  # any sequence
        assert y.parents == (w,)
        want = 1.0
    else:
        y.parents = ()
        want = 1.0
    z.backward()
    z.backward()
    assert x.grad == 2.0 * want
    if special == "assigned parents":
        assert w.grad == 2.0 * 36.0
    if special == "no parents any more":
        assert y.grad == 2.0 * 12.0  # it accumulates, as a leaf does


def test_a_cycle_is_found_by_whatever_way_it_was_made() -> None:
    x = Value(1.0)
    y = x * 2.0
    z = y + x
    y.operands = (z, 2.0)
    y.parents = (z,)
    with pytest.raises(GraphError, match="cycle"):
        z.backward()
    assert not any(v.has_grad for v in (x, y, z))


def test_the_fields_show_as_tuples() -> None:
    u, v = Value(2.0), Value(4.0)
    shown = [(w.operands, w.parents, w.partials) for w in (u * v, u / 2, 1 - u, u.exp(), -v, u, 8.0 / v)]
    assert shown == [
        ((u, v), (u, v), (4.0, 2.0)),
        ((u, 2.0), (u,), (0.5,)),
        ((1.0, u), (u,), (-1.0,)),
        ((u,), (u,), (u.exp().data,)),
        ((v,), (v,), (-1.0,)),
        ((), (), ()),
        ((8.0, v), (v,), (-0.5,)),
    ]
    total = apply(TABLE["sum"], (u, 0.5, v))
    assert (total.operands, total.parents, total.partials) == ((u, 0.5, v), (u, v), (1.0, 1.0))
    total.partials = (3.0, 4.0)
    assert (total.operands, total.parents, total.partials) == ((u, 0.5, v), (u, v), (3.0, 4.0))
