"""Code written for micrograd runs after changing the import.

Expressions, drawing code, operations of one's own and a whole training run, written here the way its notebooks write
them, with nothing but micrograd's names: `Value(data, _children, _op)`, `_prev`, `_op`, `_backward`, `nn.MLP`. Expected
numbers are derived by hand in the comments, drawn from Python's own generator, or, for the demonstration on two moons,
those that micrograd's published notebook shows.
"""

import copy
import math
import pickle
import random
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from typing import Any

import graphviz
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import GraphError, IdentityWarning, OperandError, Value, no_grad, record_backward, relu, scope
from nn import MLP, Layer, Neuron
from viz import rendering


@pytest.fixture
def seeded() -> Iterator[None]:
    """The notebooks' seed, in the two generators they draw from; both are put back."""
    import sklearn.datasets  # noqa: F401 - here: the import takes a second, and draws numbers

    before, numpy_before = random.getstate(), np.random.get_state()
    random.seed(1337)
    np.random.seed(1337)
    yield
    random.setstate(before)
    np.random.set_state(numpy_before)


# --- arithmetic --------------------------------------------------------------------------------------------------------


def test_a_polynomial_with_relus() -> None:
    x = Value(-3.0)
    u = 4 * x + 1 + x  # 5x + 1 = -14
    v = u.relu() - u * x  # 0 - (5x**2 + x) = -42, slope -(10x + 1) = 29
    w = (u * u).relu()  # 196, slope 2 * u * 5 = -140
    y = w + v + v * x  # 196 - 42 + 126
    y.backward()
    assert y.data == 280.0
    assert x.grad == -140.0 + 29.0 + (29.0 * -3.0 - 42.0)  # w' + v' + (v' x + v)


def test_every_operator_with_numbers_on_both_sides_and_names_used_again() -> None:
    a, b = Value(2.0), Value(-3.0)
    c = a - b  # 5                             dc = (1, -1)
    d = a * b + b**2  # 3                      dd = (b, a + 2b) = (-3, -4)
    c += 2 * c - 1  # 3c - 1 = 14              dc = (3, -3)
    c += 3 + (-a)  # 15                        dc = (2, -3)
    d += d / 2 + (a - b).relu()  # 4.5 + 5     dd = (-3.5, -7)
    d -= (b - a).relu()  # 9.5                 relu(-5): no change
    e = c / d  # 30/19
    f = 6.0 / e - e**-1 + 1 / a  # 5/e + 1/a = 19/6 + 1/2
    f.backward()
    assert f.data == pytest.approx(19.0 / 6.0 + 0.5, rel=1e-15)
    # 5/e = 5d/c, so df = 5 dd/c - 5d dc/c**2 = dd/3 - 19 dc/90; and -1/a**2 by a
    assert a.grad == pytest.approx(-3.5 / 3.0 - 38.0 / 90.0 - 0.25, rel=1e-14)
    assert b.grad == pytest.approx(-7.0 / 3.0 + 57.0 / 90.0, rel=1e-14)


def test_sum_of_a_list_begins_at_the_number_zero() -> None:
    xs = [Value(float(i)) for i in range(4)]
    total = sum(x * x for x in xs)
    assert isinstance(total, Value)
    total.backward()
    assert (total.data, [x.grad for x in xs]) == (14.0, [0.0, 2.0, 4.0, 6.0])


# --- looking at the graph ----------------------------------------------------------------------------------------------


def trace(root: Value) -> tuple[set[Value], set[tuple[Value, Value]]]:
    """The nodes and edges of a graph, by recursion over `_prev`."""
    nodes: set[Value] = set()
    edges: set[tuple[Value, Value]] = set()

    def visit(v: Value) -> None:
        if v in nodes:
            return
        nodes.add(v)
        for child in v._prev:
            edges.add((child, v))
            visit(child)

    visit(root)
    return nodes, edges


def draw_dot(root: Value) -> graphviz.Digraph:
    """A record per value, a circle per operation, as the notebooks draw them."""
    picture = graphviz.Digraph(graph_attr={"rankdir": "LR"})
    nodes, edges = trace(root)
    for v in nodes:
        uid = str(id(v))
        picture.node(uid, label=f"{{ {v.label} | data {v.data:.4f} | grad {v.grad:.4f} }}", shape="record")
        if v._op:
            picture.node(uid + v._op, label=v._op)
            picture.edge(uid + v._op, uid)
    for tail, head in edges:
        picture.edge(str(id(tail)), str(id(head)) + head._op)
    return picture


def test_drawing_code_finds_every_node_edge_operation_and_label() -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    e = a * b
    e.label = "e"
    f = (e + a) ** 2
    f.label = "f"
    f.backward()
    nodes, edges = trace(f)
    assert {(v.label, v._op) for v in nodes} == {("a", ""), ("b", ""), ("e", "*"), ("", "+"), ("f", "**2")}
    assert {(tail.label, head.label) for tail, head in edges} == {("a", "e"), ("b", "e"), ("e", ""), ("a", ""), ("", "f")}
    svg = rendering.render(draw_dot(f).source, "svg")
    shown = ["".join(text.itertext()).strip() for text in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    # a**2 (b + 1)**2 = 16: df/da = 2a(b + 1)**2, df/db = 2 a**2 (b + 1)
    assert shown.count("grad 16.0000") == 1
    assert shown.count("grad -16.0000") == 1
    assert {"a", "b", "e", "f", "+", "*", "**2", "data 16.0000"} <= set(shown)


def test_drawing_a_graph_before_backward_formats_its_gradients_too() -> None:
    assert "grad 0.0000" in draw_dot(Value(1.0) + Value(2.0)).source


def test_operations_have_micrograds_names() -> None:
    x, y = Value(2.0), Value(3.0)
    made = [x + y, x * y, x**2, x**0.5, x**-1, x.relu(), x ** (1 / 3)]
    assert [v._op for v in made] == ["+", "*", "**2", "**0.5", "**-1", "ReLU", "**0.3333333333333333"]
    assert x._op == ""
    made[0]._op = "my own"
    assert made[0]._op == "my own"


def test_prev_is_a_set_of_parents() -> None:
    x, y = Value(2.0), Value(3.0)
    assert (x * y)._prev == {x, y}
    assert (x * x)._prev == {x}
    assert (x**2)._prev == {x}
    assert x._prev == set()


def test_prev_has_a_node_for_every_constant_the_same_each_time() -> None:
    x = Value(2.0)
    y = x * 3 + 1
    (one,) = y._prev - {y.parents[0]}
    (three,) = y.parents[0]._prev - {x}
    assert (one.data, one._op, one._prev, three.data) == (1.0, "", set(), 3.0)
    assert y._prev == y._prev
    assert one in y._prev
    assert trace(y) == trace(y)
    y.backward()
    assert (x.grad, one.has_grad) == (3.0, False), "a constant has no part in a pass"
    assert y.parents == (y.operands[0],)
    assert copy.deepcopy(y)._prev.isdisjoint(y._prev)
    assert {v.data for v in pickle.loads(pickle.dumps(y))._prev} == {6.0, 1.0}


def test_nodes_shown_to_a_walk_belong_to_no_mode() -> None:
    x = Value(2.0)
    y = (3.0 - x) / x
    with no_grad(), scope("drawing"):
        shown = trace(y)[0]
    assert all(v._prev or not v._op for v in shown)
    assert all(v.scope == "" for v in shown)


def evaluate(v: Value, memo: dict[Value, float]) -> float:
    """A graph evaluated again as one would write it over micrograd's: by its four operations, and sets of children."""
    if v not in memo:
        numbers = [evaluate(child, memo) for child in v._prev]
        if v._op == "+":
            memo[v] = sum(numbers) if len(numbers) == 2 else 2.0 * numbers[0]
        elif v._op == "*":
            memo[v] = math.prod(numbers) if len(numbers) == 2 else numbers[0] ** 2
        elif v._op.startswith("**"):
            memo[v] = numbers[0] ** float(v._op[2:])
        elif v._op == "ReLU":
            memo[v] = max(0.0, numbers[0])
        else:
            assert (v._op, v._prev) == ("", set()), "a leaf"
            memo[v] = v.data
    return memo[v]


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: x * 3 + 1,
        lambda x, y: 1 + 3 * x,
        lambda x, y: x - 1,
        lambda x, y: 1 - x,
        lambda x, y: x - y,
        lambda x, y: x - x,
        lambda x, y: -x,
        lambda x, y: x / 4,
        lambda x, y: 4 / x,
        lambda x, y: (x / y) / x,
        lambda x, y: x / x + y * y + (y + y),
        lambda x, y: relu(x**3 - y**-1) + 2 * relu(y - x) + x**0.5,
        lambda x, y: sum([x * y, x, 5, y]) / 3 - x**2 / 7,
    ],
)  # fmt: skip
@pytest.mark.parametrize(("a", "b"), [(2.0, 0.75), (2.0, 3.0), (1.0, 1.0)])
def test_a_graph_is_evaluated_again_from_prev_and_op(f: Callable[[Any, Any], Any], a: float, b: float) -> None:
    x, y = Value(a), Value(b)
    root = f(x, y)
    expected = f(a, b)
    assert evaluate(root, {}) == pytest.approx(expected, rel=1e-14) == root.data
    x2, y2 = a + 0.5, b + 0.25  # at other numbers, which stand in for the leaves
    assert evaluate(root, {x: x2, y: y2}) == pytest.approx(f(x2, y2), rel=1e-14)


@given(st.data())
def test_any_expression_is_evaluated_again(data: st.DataObject) -> None:
    numbers = st.one_of(st.integers(1, 5), st.floats(0.25, 4.0))
    nodes: list[tuple[Any, float]] = [(Value(x), float(x)) for x in data.draw(st.lists(numbers, min_size=2, max_size=3))]
    for _ in range(data.draw(st.integers(1, 8))):
        (u, p), (v, q) = data.draw(st.sampled_from(nodes)), data.draw(st.sampled_from(nodes))
        if data.draw(st.booleans()):
            v = data.draw(numbers)
            q = float(v)
        made: list[tuple[Any, float]] = [(u + v, p + q), (v + u, q + p), (u - v, p - q), (v - u, q - p), (u * v, p * q)]
        made += [(-u, -p), (u.relu(), max(0.0, p)), (u**2, p**2)] + ([(u / v, p / q)] if abs(q) > 0.1 else [])
        nodes.append(data.draw(st.sampled_from(made)))
    root, expected = nodes[-1]
    scale = 1.0 + max(abs(number) for _, number in nodes) ** 2
    assert evaluate(root, {}) == pytest.approx(expected, rel=1e-9, abs=1e-9 * scale)


def test_a_network_is_evaluated_again_from_prev_and_op() -> None:
    model = MLP(3, [4, 2])
    root: Any = sum(model([0.5, Value(-1.5), 2]))
    root.backward()
    before = [p.grad for p in model.parameters()]
    assert evaluate(root, {}) == pytest.approx(root.data, rel=1e-13)
    root.grad = 1
    for p in model.parameters():
        p.grad = 0
    for v in (order := topological(root)):
        v.grad = 0.0
    root.grad = 1
    for v in reversed(order):
        v._backward()
    assert [p.grad for p in model.parameters()] == pytest.approx(before, rel=1e-13)


def test_gradients_of_the_nodes_in_between_are_those_of_the_latest_pass() -> None:
    a, b = Value(2.0), Value(4.0)
    y = (a - b) * 5 + 3 / b

    def shown() -> dict[tuple[str, float], float]:
        return {(v._op, v.data): v.grad for v in trace(y)[0]}

    assert set(shown().values()) == {0.0}
    for seed in (1.0, 3.0, 0.5):
        y.backward(seed)
        # y = 5 (a + n) + 3 m: n = -b has 5, m = 1/b has 3; the constants 5, -1, 3 have a - b, 5 b and m
        expected = {("*", -4.0): 5.0, ("**-1", 0.25): 3.0, ("", 5.0): -2.0, ("", -1.0): 20.0, ("", 3.0): 0.25}
        found = shown()
        assert {key: found[key] for key in expected} == {key: seed * grad for key, grad in expected.items()}


def test_a_pass_of_ones_own_over_prev_and_op_gives_the_engines_gradients() -> None:
    x, y = Value(1.5), Value(-0.75)
    root = (x - y) / (y * y + 2) - 3 * (x + 1).relu() + (1 - x) ** 3 - -y

    def own_pass() -> tuple[float, float]:
        order = topological(root)
        for v in order:
            v.grad = 0.0
        root.grad = 1.0
        for v in reversed(order):
            data = [c.data for c in v._prev]
            for i, child in enumerate(v._prev):
                if v._op == "+":
                    child.grad += v.grad
                elif v._op == "*":
                    child.grad += v.grad * (data[1 - i] if len(data) == 2 else 2.0 * data[0])
                elif v._op.startswith("**"):
                    child.grad += v.grad * float(v._op[2:]) * child.data ** (float(v._op[2:]) - 1.0)
                else:
                    child.grad += v.grad * (v.data > 0)
        return x.grad, y.grad

    first = own_pass()
    x.grad = y.grad = 0.0
    root.backward()
    assert first == pytest.approx((x.grad, y.grad), rel=1e-13)
    trace(root)
    assert own_pass() == pytest.approx(first, rel=1e-13), "nor does a pass of the engine before it change what it finds"


class Reference:
    """micrograd's nodes as its own code makes them: what its walks are written for."""

    def __init__(self, data: float, children: tuple["Reference", ...] = (), op: str = "") -> None:
        self.data, self._prev, self._op = data, set(children), op

    def __add__(self, other: Any) -> "Reference":
        other = other if isinstance(other, Reference) else Reference(other)
        return Reference(self.data + other.data, (self, other), "+")

    def __mul__(self, other: Any) -> "Reference":
        other = other if isinstance(other, Reference) else Reference(other)
        return Reference(self.data * other.data, (self, other), "*")

    def __pow__(self, k: float) -> "Reference":
        return Reference(self.data**k, (self,), f"**{k}")

    def relu(self) -> "Reference":
        return Reference(max(0.0, self.data), (self,), "ReLU")

    __radd__, __rmul__ = __add__, __mul__
    __neg__ = lambda self: self * -1
    __sub__ = lambda self, other: self + (-other)
    __rsub__ = lambda self, other: other + (-self)
    __truediv__ = lambda self, other: self * other**-1
    __rtruediv__ = lambda self, other: other * self**-1


def form(v: Any, memo: dict[Any, Any]) -> Any:
    """A graph as nested tuples, to be compared: a / b and a * b**-1 differ in the last bit, and so in what cancels."""
    if v not in memo:
        memo[v] = (v._op, float(f"{round(v.data, 12) + 0.0:.9g}"), tuple(sorted((form(c, memo) for c in v._prev), key=repr)))
    return memo[v]


OPERATIONS: list[Callable[[Any, Any, Any], Any]] = [
    lambda a, b, k: a + b, lambda a, b, k: a * b, lambda a, b, k: a - b, lambda a, b, k: -a,
    lambda a, b, k: a + k, lambda a, b, k: k + a, lambda a, b, k: a * k, lambda a, b, k: k * a,
    lambda a, b, k: a - k, lambda a, b, k: k - a, lambda a, b, k: a / k, lambda a, b, k: a.relu(),
    lambda a, b, k: a / b, lambda a, b, k: k / a,
]  # fmt: skip


@given(st.integers(0, 10**9))
def test_any_graph_is_the_one_that_micrograd_builds(seed: int) -> None:
    def build(value: Any) -> Any:
        rng = random.Random(seed)
        nodes = [value(rng.uniform(0.5, 2.0)) for _ in range(3)]
        for _ in range(rng.randrange(1, 9)):
            a, b = rng.choice(nodes), rng.choice(nodes)
            k = rng.choice([1, 2, 3, 0.5, 1.25, -2])
            which = rng.randrange(len(OPERATIONS))
            divisor = (b if which == 12 else a).data
            nodes.append(a**2 if which > 11 and abs(divisor) < 0.1 else OPERATIONS[which](a, b, k))
        return nodes[-1]

    assert form(build(Value), {}) == form(build(Reference), {})


def test_prev_can_be_assigned() -> None:
    a, b = Value(2.0), Value(3.0)
    out = Value(6.0)
    out._prev = {a, b}
    out._op = "mine"

    def _backward() -> None:
        a.grad += b.data * out.grad
        b.grad += a.data * out.grad

    out._backward = _backward
    (out * 2.0).backward()
    assert (out._prev, out._op, a.grad, b.grad) == ({a, b}, "mine", 6.0, 4.0)
    h = a * b
    h._prev = h._prev  # nothing changes
    assert h.partials == (3.0, 2.0)
    h._prev = ()  # cut off, as truncated backpropagation does
    a.grad = 0
    (h + a).backward()
    assert (h._prev, h._op, h.grad, a.grad) == (set(), "*", 1.0, 1.0)
    k = a * b
    k._prev = {a}
    with pytest.raises(GraphError, match="made by hand"):
        k.backward()
    with pytest.raises(OperandError, match="_prev"):
        k._prev = {3.0}  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        k._prev.add(b)  # would be lost: said, not swallowed


def test_nodes_take_attributes_nobody_has_foreseen() -> None:
    v: Any = Value(1.0) * 2.0
    v.colour = "red"
    v._visited = True
    w = v + 1.0
    assert (v.colour, v._visited) == ("red", True)
    assert not hasattr(w, "colour")
    w.backward()
    assert v.grad == 1.0


def test_repr_begins_as_micrograds() -> None:
    x = Value(2.0)
    (x * 3.0).backward()
    assert repr(x) == "Value(data=2.0, grad=3.0)"


# --- differentiating by hand -------------------------------------------------------------------------------------------


def topological(root: Value) -> list[Value]:
    order: list[Value] = []
    visited: set[Value] = set()

    def visit(v: Value) -> None:
        if v not in visited:
            visited.add(v)
            for child in v._prev:
                visit(child)
            order.append(v)

    visit(root)
    return order


def expression(x: Value, y: Value) -> Value:
    out: Value = (x * y + x**2) * x - (y * y * y).relu() / x
    return out


def test_calling_backward_node_by_node_gives_what_backward_gives() -> None:
    x, y = Value(1.5), Value(-0.75)
    expression(x, y).backward()
    expected = x.grad, y.grad
    x, y = Value(1.5), Value(-0.75)
    root = expression(x, y)
    root.grad = 1
    for v in reversed(topological(root)):
        v._backward()
    assert (x.grad, y.grad) == expected
    # x**2 y + x**3 (the relu is 0): 2xy + 3x**2 and x**2
    assert expected == pytest.approx((2 * 1.5 * -0.75 + 3 * 1.5**2, 1.5**2), rel=1e-15)


def test_one_call_of_backward_of_a_node_passes_on_one_link() -> None:
    x = Value(3.0)
    u = x * x
    w = u * 2.0
    w.grad = 10.0
    w._backward()
    assert (u.grad, x.grad) == (20.0, 0.0)
    u._backward()
    assert x.grad == 20.0 * 6.0
    x._backward()  # a leaf passes nothing on
    assert x.grad == 120.0


def test_a_sort_with_a_list_is_told_what_goes_wrong() -> None:
    def sort(v: Value, order: list[Value]) -> None:
        for child in v.parents:
            if child not in order:
                sort(child, order)
        order.append(v)

    a, b = Value(2.0), Value(2.0)
    order: list[Value] = []
    with pytest.warns(IdentityWarning, match="keep nodes in a set"):
        sort((a * b) * (a + b), order)
    assert len(order) < 5


def test_a_bias_of_zero_that_is_left_out_is_told() -> None:
    b = Value(0.0)
    with pytest.warns(IdentityWarning, match="is not None"):
        z = Value(1.0) * 2.0 + b if b else Value(1.0) * 2.0
    assert b not in z.parents


# --- operations made by hand -------------------------------------------------------------------------------------------


def tanh_by_hand(u: Value) -> Value:
    """An operation as the notebooks add one: a node made with its children, and a closure."""
    t = math.tanh(u.data)
    out = Value(t, (u,), "tanh")

    def _backward() -> None:
        u.grad += (1 - t**2) * out.grad

    out._backward = _backward
    return out


def product_by_hand(u: Value, v: Value) -> Value:
    out = Value(u.data * v.data, (u, v), "*")

    def _backward() -> None:
        u.grad += v.data * out.grad
        v.grad += u.data * out.grad

    out._backward = _backward
    return out


def test_a_node_made_by_hand_has_data_children_operation_and_label() -> None:
    a, b = Value(2.0, (), "", "a"), Value(3.0, label="b")
    c = Value(5.0, (a, b), "+", "c")
    assert (c.data, c._prev, c._op, c.label) == (5.0, {a, b}, "+", "c")
    assert (a._prev, a._op, a.label) == (set(), "", "a")


@pytest.mark.parametrize("tanh", [tanh_by_hand, lambda u: u.tanh()], ids=["by hand", "the engine's"])
def test_a_neuron_with_an_operation_made_by_hand(tanh: Callable[[Value], Value]) -> None:
    x1, x2, w1, w2 = Value(2.0), Value(0.5), Value(-1.0), Value(3.0)
    out = tanh(x1 * w1 + x2 * w2 + 0.75) * 2.0 + x1
    out.backward()
    slope = 2.0 / math.cosh(0.25) ** 2
    assert out.data == pytest.approx(2.0 * math.tanh(0.25) + 2.0, rel=1e-15)
    assert (x1.grad, x2.grad) == pytest.approx((-slope + 1.0, 3.0 * slope), rel=1e-14)
    assert (w1.grad, w2.grad) == pytest.approx((2.0 * slope, 0.5 * slope), rel=1e-14)


def test_operations_by_hand_mix_with_the_engines_in_one_graph() -> None:
    def build(product: Callable[[Value, Value], Value], x: Value, y: Value) -> Value:
        u = product(x, y)
        out: Value = product(u + x, tanh_by_hand(y)) + u.exp() - product(x, x)
        return out

    by_hand, engine = (Value(0.5), Value(-1.25)), (Value(0.5), Value(-1.25))
    a, b = build(product_by_hand, *by_hand), build(lambda u, v: u * v, *engine)
    a.backward()
    b.backward()
    assert a.data == b.data
    assert [v.grad for v in by_hand] == pytest.approx([v.grad for v in engine], rel=1e-15)


def test_the_same_graph_by_hand_may_be_walked_again_after_zeroing() -> None:
    x = Value(0.5)
    root = product_by_hand(tanh_by_hand(x), x * 3.0)
    root.backward()
    first = x.grad
    assert first == pytest.approx(3.0 * (math.tanh(0.5) + 0.5 / math.cosh(0.5) ** 2), rel=1e-14)
    for _ in range(3):
        x.grad = 0
        root.backward()
        assert x.grad == first
    root.backward()  # not zeroed: leaves add up, as in micrograd
    assert x.grad == 2.0 * first


def test_a_closure_replaces_the_engines_own_rule() -> None:
    x = Value(2.0)
    y = x * 5.0

    def straight_through() -> None:
        x.grad += y.grad

    y._backward = straight_through
    (y * 3.0).backward()
    assert x.grad == 3.0


def test_the_engines_own_rule_can_be_wrapped() -> None:
    x, w = Value(2.0), Value(-3.0)
    y = x * w
    seen = []
    own = y._backward

    def clipped() -> None:
        seen.append(y.grad)
        y.grad = max(-1.0, min(1.0, y.grad))
        own()

    y._backward = clipped
    root = y * 10.0 + x
    root.backward()
    assert (seen, x.grad, w.grad) == ([10.0], -3.0 + 1.0, 2.0)
    again = y._backward  # wrapped twice

    def counted() -> None:
        again()
        seen.append(0.0)

    y._backward = counted
    x.grad = w.grad = 0
    root.backward()
    assert (seen, x.grad, w.grad) == ([10.0, 10.0, 0.0], -2.0, 2.0)
    assert record_backward(root).steps_to(0)[-1].total != 0.0


def test_a_rule_of_ones_own_that_stood_there_can_be_wrapped_too() -> None:
    u = Value(0.5)
    t = tanh_by_hand(u)
    own = t._backward
    t._backward = lambda: (own(), own())[0]
    t.backward()
    assert u.grad == pytest.approx(2.0 / math.cosh(0.5) ** 2, rel=1e-14)


def test_the_rule_of_a_leaf_is_called_when_its_gradient_is_complete() -> None:
    w, x = Value(3.0), Value(5.0)

    def clip() -> None:
        w.grad = min(w.grad, 4.0)

    w._backward = clip
    (w * x + w * x + x).backward()
    assert (w.grad, x.grad) == (4.0, 7.0)
    w._prev = {x}
    w._backward = lambda: setattr(x, "grad", x.grad + 100.0 * w.grad)
    x.grad = 0.0
    (w * 1.0).backward()
    assert x.grad == 100.0


def test_a_rule_of_a_leaf_that_has_been_replaced_is_not_called() -> None:
    w, called = Value(3.0), list[str]()
    w._backward = lambda: called.append("first")
    w._backward = lambda: called.append("second")
    (w * 2.0).backward()
    assert called == ["second"]


# --- networks ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("seeded")
def test_initial_draws_are_micrograds() -> None:
    model = MLP(3, [4, 4, 1])
    expected = random.Random(1337)
    assert len(model.parameters()) == 41
    for layer in model.layers:
        for neuron in layer.neurons:
            *weights, bias = neuron.parameters()
            assert [w.data for w in weights] == [expected.uniform(-1, 1) for _ in neuron.w]
            assert bias.data == 0.0


@pytest.mark.usefixtures("seeded")
def test_a_neuron_of_two_inputs() -> None:
    n = Neuron(2)
    w1, w2 = (random.Random(1337).uniform(-1, 1), n.w[1].data)
    x = [Value(1.0), Value(-2.0)]
    y = n(x)
    y.backward()
    z = w1 - 2.0 * w2
    assert y.data == max(z, 0.0)
    assert z > 0.0, "otherwise the gradients below are all 0"
    assert [w.grad for w in n.w] == [1.0, -2.0]
    assert [v.grad for v in x] == [w1, w2]
    assert n.b.grad == 1.0
    assert set(x) <= trace(y)[0]


def test_shapes_and_texts_of_modules() -> None:
    model = MLP(2, [16, 16, 1])
    assert len(model.parameters()) == 337
    hidden = f"Layer of [{', '.join(['ReLUNeuron(2)'] * 16)}]"
    assert str(model).startswith(f"MLP of [{hidden}, Layer of [ReLUNeuron(16), ")
    assert str(model).endswith("Layer of [LinearNeuron(16)]]")
    assert str(Layer(3, 2, nonlin=False)) == "Layer of [LinearNeuron(3), LinearNeuron(3)]"
    assert isinstance(model([Value(0.1), Value(0.2)]), Value)
    assert len(Layer(2, 3)([0.1, 0.2])) == 3


def test_zeroing_and_stepping_by_assignment() -> None:
    model = MLP(2, [1])
    model([1.0, -2.0]).backward()
    before = [p.data for p in model.parameters()]
    for p in model.parameters():
        p.data -= 0.5 * p.grad
    assert [p.data for p in model.parameters()] == [before[0] - 0.5, before[1] + 1.0, before[2] - 0.5]
    for p in model.parameters():
        p.grad = 0
    model([1.0, -2.0]).backward()
    assert [p.grad for p in model.parameters()] == [1.0, -2.0, 1.0]


# --- the demonstration on two moons ------------------------------------------------------------------------------------
# What the published notebook shows, step by step. Our neuron sums w1 x1 + ... + b with one rounding instead of one per
# term, in another order, so the last digits differ: by 1e-16 at first, and by some 1e-15 after a hundred steps, measured.
# relu is piecewise linear and no sample sits on a kink, so differences grow slowly; 1e-9 leaves room for other builds of
# NumPy's sine in make_moons, and no room for another network, seed, cost or learning rate.

MOONS = {
    0: (0.8958441028683222, 0.50),
    1: (1.7235905336972022, 0.81),
    2: (0.7429006313851131, 0.77),
    10: (0.24507023853658053, 0.91),
    20: (0.18977522855087634, 0.91),
    99: (0.010978370135492717, 1.00),
}


@pytest.mark.usefixtures("seeded")
def test_the_moons_demonstration_costs_what_the_notebook_says() -> None:
    from sklearn.datasets import make_moons

    X, y = make_moons(n_samples=100, noise=0.1)
    y = y * 2 - 1
    model = MLP(2, [16, 16, 1])

    def loss() -> tuple[Any, float]:
        inputs = [list(map(Value, row)) for row in X]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * score).relu() for yi, score in zip(y, scores, strict=True)]  # yi is a NumPy integer
        data_loss = sum(losses) * (1.0 / len(losses))
        penalty = 1e-4 * sum(p * p for p in model.parameters())
        right = [(yi > 0) == (score.data > 0) for yi, score in zip(y, scores, strict=True)]
        return data_loss + penalty, sum(right) / len(right)

    history = {}
    for k in range(100):
        total, accuracy = loss()
        model.zero_grad()
        total.backward()
        rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= rate * p.grad
        history[k] = total.data, accuracy
    for k, (cost, accuracy) in MOONS.items():
        assert history[k][0] == pytest.approx(cost, rel=1e-9), f"step {k}"
        assert history[k][1] == pytest.approx(accuracy), f"step {k}"
    assert history[0][0] == pytest.approx(MOONS[0][0], rel=1e-14), "before any step there is nothing to accumulate"
