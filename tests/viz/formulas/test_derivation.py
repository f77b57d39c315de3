"""The chain rule, written out: every path of every graph, every factor, and the sum, held to engines that share no code.

Random graphs have their paths listed by brute force here; what viz counts, sums and ranks without listing them has to be the
same. The texts are held to a golden file (`REGENERATE=1 pytest tests/viz/formulas/test_derivation.py` writes it again), and
every formula in them is evaluated.
"""

import math
import os
import random
from typing import Any

import latex
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from naive import Naive, Program, naive, random_program
from places import TESTS
from spelled import FUNCTIONS, build_labelled

from autograd import (
    ArgumentError,
    GraphError,
    OperandError,
    Value,
    dot,
    exp,
    gradients,
    load_recording,
    maximum,
    no_grad,
    record_backward,
    relu,
    sin,
    sqrt,
    tanh,
)
from nn import MLP, cross_entropy, norm_cost
from viz.formulas import paths as paths_of
from viz.formulas.derivation import Derivation, derivation

GOLDEN = TESTS / "golden" / "derivations.txt"
graphs = settings(derandomize=True, max_examples=30)


def listed(root: Value, leaf: Value, most: int = 3000) -> list[float]:
    """The product along every path, by walking all of them; too many are not this test's business."""
    found: list[float] = []
    stack = [(root, 1.0)]
    while stack:
        v, product = stack.pop()
        if v is leaf:
            found.append(product)
            assume(len(found) <= most)
            continue  # a path ends where it arrives
        stack += [(p, product * d) for p, d in zip(v.parents, v.partials or (), strict=True)]
        assume(len(stack) <= 10 * most)
    return found


def same(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-300) or (a != a and b != b)


def neuron() -> tuple[Value, list[Value]]:
    w = [Value(0.8, label="w_1"), Value(0.3, label="w_2")]
    z = dot(w, [Value(0.5, label="x_1"), Value(-1.0, label="x_2")], Value(0.1, label="b"))
    a = tanh(z)
    cost = 0.5 * (a - 1.0) ** 2
    z.label, a.label, cost.label = "z", "a", "C"
    return cost, [*w, z, a]


def network() -> tuple[Value, MLP]:
    model = MLP(2, [3, 2], activation="tanh", output="sigmoid", rng=random.Random(3))
    cost = norm_cost(model([0.5, -1.0]), [1.0, 0.0])
    cost.label = "C"
    return cost, model


def doubled(times: int, start: float = 1.0) -> tuple[Value, Value]:
    x = y = Value(start, label="x")
    for _ in range(times):
        y = y + y
    return y, x


# --- paths, against all of them listed ---------------------------------------------------------------------------------


@graphs
@given(program=random_program(), data=st.data())
def test_paths_are_counted_summed_and_ranked_as_if_they_had_been_listed(program: Program, data: st.DataObject) -> None:
    nodes = build_labelled(program)
    weight = nodes[data.draw(st.integers(0, len(nodes) - 1))]
    most = data.draw(st.integers(1, 30))
    products = listed(nodes[-1], weight)
    d = derivation(nodes[-1], weight, most=most)
    assert d.count == len(products)
    assert len(d.paths) == min(most, len(products))
    sizes = sorted((math.fabs(p) for p in products), reverse=True)
    for path, size in zip(d.paths, sizes, strict=False):
        assert math.isclose(math.fabs(path.product), size, rel_tol=1e-9, abs_tol=1e-300)
    mass = math.fsum(sizes)
    assert math.isclose(d.total, math.fsum(products), abs_tol=1e-12 * mass)
    assert math.isclose(d.left_out, math.fsum(products) - math.fsum(p.product for p in d.paths), abs_tol=1e-12 * mass)
    assert d.agrees


@graphs
@given(program=random_program())
def test_every_path_is_another_and_one_of_the_graph(program: Program) -> None:
    nodes = build_labelled(program)
    d = derivation(nodes[-1], nodes[0], most=200)
    ways = set()
    for path in d.paths:
        assert path.nodes[0] == d.cost and path.nodes[-1] == d.weight
        product = 1.0
        for factor, node, parent in zip(path.factors, path.nodes[:-1], path.nodes[1:], strict=True):
            assert (factor.node, factor.parent) == (node, parent)
            assert node.parents[factor.position] == parent.id
            product *= factor.local
        assert product == path.product
        ways.add(tuple((factor.node.id, factor.position) for factor in path.factors))
    assert d.count is not None
    assert len(ways) == len(d.paths) == min(200, d.count)


@graphs
@given(program=random_program())
def test_the_total_is_the_derivative_of_the_naive_engine(program: Program) -> None:
    nodes = build_labelled(program)
    twins = program.nodes([Naive(x) for x in program.leaves], naive)
    twins[-1].backward()
    for i, leaf in enumerate(nodes[: len(program.leaves)]):
        d = derivation(nodes[-1], leaf)
        for number in (d.total, d.gradient):
            assert math.fabs(number - twins[i].grad) <= 1e-12 * twins[i].mass


@graphs
@given(program=random_program())
def test_every_formula_evaluated_is_the_number_below_it(program: Program) -> None:
    nodes = build_labelled(program)
    d = derivation(nodes[-1], nodes[0], most=20, digits=17)
    names = {name: d.between.nodes[i].data for i, name in ((i, str(e)) for i, e in d._script.names.items())}
    for path in d.paths:
        for factor in path.factors:
            if "how many" in factor.rule:  # in words
                continue
            got = eval(factor.rule, FUNCTIONS | {"pi": math.pi, "__builtins__": {}}, {k: Value(v) for k, v in names.items()})
            assert getattr(got, "data", got) == pytest.approx(factor.local, rel=1e-9, abs=1e-12), factor.rule


@graphs
@given(program=random_program())
def test_the_recursion_gathers_the_backward_pass(program: Program) -> None:
    nodes = build_labelled(program)
    d = derivation(nodes[-1], nodes[0], form="recursion")
    nodes[-1].backward()
    recorded = {node.id: node.grad for node in record_backward(nodes[-1]).nodes if node.operands}
    assert [a.node.id for a in d.recursion] == list(reversed(d.between.order))
    for adjoint in d.recursion[1:]:
        terms = [upstream * factor.local for upstream, factor in adjoint.terms]
        assert math.isclose(adjoint.value, math.fsum(terms), abs_tol=1e-12 * math.fsum(map(math.fabs, terms)))
        if adjoint.node.operands:
            assert same(adjoint.value, recorded[adjoint.node.id])
    if d.recursion:
        assert d.recursion[0].value == 1.0 and d.recursion[-1].value == d.gradient


@graphs
@given(program=random_program())
def test_a_recording_says_the_same_as_the_value(program: Program, tmp_path_factory: pytest.TempPathFactory) -> None:
    nodes = build_labelled(program)
    recording = record_backward(nodes[-1])
    assume(any(node.label == "x0" for node in recording.nodes))
    from_value = derivation(nodes[-1], nodes[0])
    from_recording = derivation(recording, "x0")
    assert from_recording.text == from_value.text
    assert from_recording.latex == from_value.latex
    path = tmp_path_factory.mktemp("pass") / "pass.json"
    recording.save(path)
    assert derivation(load_recording(path), "x0").text == from_value.text


@graphs
@given(program=random_program(), labels=st.lists(st.sampled_from(latex.HOSTILE), min_size=24, max_size=24), data=st.data())
def test_latex_and_markdown_are_valid_whatever_the_labels(program: Program, labels: list[str], data: st.DataObject) -> None:
    nodes = build_labelled(program)
    for v, label in zip(nodes, labels, strict=False):
        v.label = label
    d = derivation(nodes[-1], nodes[0], form=data.draw(st.sampled_from(["paths", "recursion"])), most=3)
    latex.check(d.latex)
    latex.check_markdown(d.markdown)
    assert {c for c in d.text if not c.isprintable()} <= {"\n"}


# --- too many paths ----------------------------------------------------------------------------------------------------


def test_two_to_the_fiftieth_paths() -> None:
    y, x = doubled(50)
    d = derivation(y, x, most=3)
    assert (d.count, d.total, d.left_out) == (2**50, 2.0**50, 2.0**50 - 3.0)
    assert d.products == [1.0, 1.0, 1.0]
    assert "1,125,899,906,842,624 paths" in d.text
    assert "The other 1,125,899,906,842,621 paths, none with a larger product, add up to 1.126e15" in d.text
    with pytest.raises(ArgumentError, match="1,125,899,906,842,624 paths cannot be written out"):
        derivation(y, x, most=None)


def test_a_path_that_carries_nothing_comes_after_every_other() -> None:
    x = Value(1.0, label="x")
    f = x * 0.0 + x * 1e-30 + x * -0.0 + x * 1e-200
    assert derivation(f, x, most=None).products == [1e-30, 1e-200, 0.0, 0.0]


def test_the_sign_of_a_zero_is_written_only_where_it_decides_about_an_infinity() -> None:
    w, x = Value(0.0, label="w"), Value(-2.0, label="x")
    y = w * x
    y.label = "y"
    assert math.copysign(1.0, y.data) == -1.0
    d = derivation(y * 3.0, w)
    assert "y  = w * x = 0\n" in d.text
    assert "−0" not in d.text.replace("−0.", "")
    assert "= -0" not in d.latex
    pole = derivation(1.0 / y, w)
    assert "y  = w * x = −0\n" in pole.text, "without the sign, 1/y would not be -inf"
    assert "= -0" in pole.latex


def test_the_largest_of_a_million_million_paths_are_found() -> None:
    # Every step offers two factors, 1 and -1/2; the k-th largest sizes are 1, then forty times 1/2, ...
    x = y = Value(1.0, label="x")
    for _ in range(40):
        y = y - y * 0.5
    d = derivation(y, x, most=100)
    assert d.count == 2**40
    assert [math.fabs(p) for p in d.products] == [1.0] + [0.5] * 40 + [0.25] * 59
    assert math.isclose(d.total, 0.5**40)


def test_counts_have_as_many_digits_as_it_takes_up_to_a_limit() -> None:
    d = derivation(*doubled(900))
    assert d.count == 2**900
    assert "About 8.453e270 paths lead from x" in d.text
    huge = derivation(*doubled(20_000, start=0.0))
    assert huge.count is None
    assert huge.total == math.inf and huge.agrees
    assert "More than 1e3010 paths" in huge.text
    latex.check(huge.latex)
    assert repr(huge) == "<Derivation of dv20000/dx = inf: more than 1e3010 paths through 20001 nodes>"


def test_a_deep_chain_is_written_at_its_ends() -> None:
    x = y = Value(0.5, label="x")
    for _ in range(20_000):
        y = sin(y)
    for form in ("paths", "recursion"):
        d = derivation(y, x, form=form)
        assert d.count == 1 and d.agrees
        assert len(d.text) < 12_000
        assert max(map(len, d.text.splitlines())) <= 105
        latex.check(d.latex)
    assert len(derivation(y, x).paths[0].factors) == 20_000
    assert "19,960 more nodes lie between" in d.text


def test_a_weight_used_by_many_is_written_by_its_largest_uses() -> None:
    w = Value(1.0, label="w")
    cost = dot([w] * 500, [float(i % 7) for i in range(500)])
    cost.label = "C"
    d = derivation(cost, w, form="recursion", most=4)
    assert d.total == sum(i % 7 for i in range(500))
    assert "(496 more)" in d.text and "∂C/∂w⁽⁷⁾" in d.text
    assert len(d.text.splitlines()) < 20
    assert d.terms(0)[1:] == (496, d.total - 24.0)


# --- meaning -----------------------------------------------------------------------------------------------------------


def test_no_gradient_is_touched_and_no_hook_is_called() -> None:
    cost, nodes = neuron()
    nodes[2].register_hook(lambda g: pytest.fail("called"))
    before = [(v.grad, v.has_grad) for v in (cost, *nodes)]
    for form in ("paths", "recursion"):
        d = derivation(cost, nodes[0], form=form)
        assert "has not been computed yet" in d.text and d.grad is None and not d.accumulated
    assert [(v.grad, v.has_grad) for v in (cost, *nodes)] == before


def test_gradients_that_accumulated_are_not_mistaken_for_this_costs() -> None:
    cost, (w, *_) = neuron()
    cost.backward()
    once = derivation(cost, w)
    assert once.agrees and not once.accumulated and once.grad == once.gradient
    assert once.text.endswith("w₁.grad is −0.3857 as well.")
    (w * 2.0).backward()
    twice = derivation(cost, w)
    assert twice.agrees and twice.accumulated and twice.gradient == once.gradient
    assert twice.text.endswith(
        "The reverse pass gives −0.3857 as well. w₁.grad is 1.614, of several passes: leaves accumulate."
    )


def test_an_interior_gradient_of_another_pass_is_said_to_be_one() -> None:
    cost, (_, _, z, _) = neuron()
    (z * 3.0).backward()
    d = derivation(cost, z)
    assert d.agrees and d.accumulated
    assert "z.grad is 3, that of another pass." in d.text


def test_a_pass_with_a_seed() -> None:
    x = Value(3.0, label="x")
    recording = record_backward(sin(x) * x, seed=2.0)
    for form in ("paths", "recursion"):
        d = derivation(recording, "x", form=form)
        assert d.agrees and d.seed == 2.0 and math.isclose(d.gradient, 2.0 * d.total)
    assert "dv2/dv2 = 2  (the seed)" in d.text
    assert "begun with the seed 2, gives −5.658, 2 times as much, as it should" in " ".join(
        derivation(recording, "x").text.split()
    )


def test_a_hook_on_the_way_is_named_as_the_reason() -> None:
    x = Value(3.0, label="x")
    s = sin(x)
    y = s * x
    s.register_hook(lambda g: 10.0 * g)
    recording = record_backward(y)
    d = derivation(recording, "x")
    assert not d.agrees and "which is not the same: a hook has changed the gradient on the way" in d.text
    of_value = derivation(y, x)
    assert of_value.agrees and of_value.accumulated
    assert "a hook has changed" in of_value.text


def test_a_sum_that_is_not_the_gradient_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    cost, (w, *_) = neuron()

    def too_much(*args: Any) -> list[Any]:
        return [1.001 * g for g in gradients(*args)]

    monkeypatch.setattr(paths_of, "gradients", too_much)
    d = derivation(cost, w)
    assert not d.agrees
    assert "which is not the same" in d.text


def test_overflow_on_the_way_is_said() -> None:
    # Backwards 1e-200 * 1e-200 comes first, and is 0; forwards 1e200 * 1e-200 does.
    x = Value(1e-100, label="x")
    d = derivation(x * 1e200 * 1e-200 * 1e-200, x)
    assert (d.gradient, d.total) == (0.0, 1e-200) and not d.agrees
    assert "which is not the same: numbers on the way are too large or too small for floats" in " ".join(d.text.split())


def test_repeated_operands_are_paths_of_their_own() -> None:
    x = Value(3.0, label="x")
    y = x * x
    d = derivation(y, x)
    assert d.count == 2 and [p.product for p in d.paths] == [3.0, 3.0]
    assert [p.factors[0].position for p in d.paths] == [0, 1]
    assert "∂v1/∂x⁽¹⁾" in d.text and "∂v1/∂x⁽²⁾" in d.text
    assert r"\frac{\partial v_{1}}{\partial {x}^{(2)}}" in d.latex


def test_kinks_and_numbers_that_are_none_are_shown() -> None:
    x = Value(0.0, label="x")
    y = relu(x) * exp(x + 1000.0) + 0.0 * sqrt(x) + x.abs()
    d = derivation(y, x)
    assert d.agrees and math.isnan(d.total)
    assert [math.isfinite(p) for p in d.products] == [False, False, False, True]  # what somebody is looking for, first
    assert "inf · 0" in d.text and "0 · inf" in d.text and "= nan" in d.text
    latex.check(d.latex)


def test_the_derivative_of_a_maximum_is_said_in_words() -> None:
    a, b = Value(1.0, label="a"), Value(1.0, label="b")
    d = derivation(maximum(a, b), a)
    assert "1 / (how many are the largest) if a is, else 0" in d.text
    assert r"\text{1 / (how many are the largest) if }a\text{ is, else 0}" in d.latex
    assert d.total == 0.5
    latex.check(d.latex)


def test_what_a_cost_does_not_depend_on() -> None:
    cost, _ = neuron()
    for stranger, name in ((Value(1.0, label="y"), "y"), (Value(1.0), "weight")):
        d = derivation(cost, stranger)
        assert (d.count, d.total, d.gradient, d.paths, d.recursion, d.agrees) == (0, 0.0, 0.0, [], [], True)
        assert d.text == f"C does not depend on {name}: no path leads from one to the other.\n\ndC/d{name} = 0"
        latex.check(d.latex)


def test_the_cost_itself() -> None:
    cost, _ = neuron()
    d = derivation(cost, cost)
    assert (d.count, d.total, d.gradient, d.paths[0].product, d.paths[0].factors) == (1, 1.0, 1.0, 1.0, ())
    assert "dC/dC = 1" in d.text
    lone = Value(2.0, label="x")
    assert derivation(lone, "x").total == 1.0


def test_a_weight_is_found_by_value_label_name_and_number() -> None:
    cost, (w, _, z, _) = neuron()
    recording = record_backward(cost)
    node = next(node for node in recording.nodes if node.label == "w_1")
    same_thing = [derivation(cost, w), derivation(cost, "w_1"), derivation(cost, node.id), derivation(recording, "w_1")]
    assert len({d.text for d in same_thing}) == 1
    assert derivation(cost, z).text == derivation(recording, "z").text
    assert derivation(cost, "v7").weight == recording.nodes[7]  # the name that walk prints


def test_names_are_those_of_a_recording() -> None:
    cost, model = network()
    d = derivation(cost, model.layers[0].W[0][0])
    nodes = record_backward(cost).nodes
    for i, node in d.between.nodes.items():
        assert (node.name, node.op, node.data) == (nodes[i].name, nodes[i].op, nodes[i].data)


def test_the_recursion_of_a_network_is_the_errors_of_its_layers() -> None:
    cost, model = network()
    d = derivation(cost, "w^1_21", form="recursion")
    cost.backward()
    values = {adjoint.node.label: adjoint.value for adjoint in d.recursion}
    assert [values["z^2_1"], values["z^2_2"]] == model.layers[1].delta
    assert values["z^1_2"] == model.layers[0].delta[1]
    assert "δ¹₂ = dC/dz¹₂ = dC/da¹₂ · ∂a¹₂/∂z¹₂" in d.text
    assert "= δ²₂ · w²₂₂ + δ²₁ · w²₁₂" in d.text
    assert r"\delta^{1}_{2} = \frac{dC}{dz^{1}_{2}}" in d.latex


def test_samples_of_a_batch_are_told_apart() -> None:
    model = MLP(2, [2], rng=random.Random(1))
    cost = cross_entropy([model([0.1, 0.2]), model([0.3, -0.2])], [0, 1])
    d = derivation(cost, "w^1_11", form="recursion")
    ids = [adjoint.node.id for adjoint in d.recursion if adjoint.node.label == "z^1_1"]
    assert len(ids) == 2
    assert all(f"δ¹₁@v{i} = dv" in d.text for i in ids)
    assert d.agrees
    latex.check(d.latex)


# --- nodes made by hand ------------------------------------------------------------------------------------------------


def square_by_hand(x: Value) -> Value:
    out = Value(x.data**2, (x,), "sq")

    def rule() -> None:
        x.grad += 2.0 * x.data * out.grad

    out._backward = rule
    return out


def test_a_node_made_by_hand_is_asked_of_a_recorded_pass() -> None:
    x, other = Value(3.0, label="x"), Value(2.0, label="y")
    cost = square_by_hand(x) * other
    with pytest.raises(GraphError, match=r"was made by hand.*derivation\(record_backward\(cost\), weight\)"):
        derivation(cost, x)
    assert derivation(cost, other).total == 9.0  # it does not lie between
    d = derivation(record_backward(cost), "x")
    assert d.total == 12.0 and d.agrees
    assert "2 · (made by hand)" not in d.text and "y · (made by hand)" in d.text
    latex.check(d.latex)


# --- errors ------------------------------------------------------------------------------------------------------------


def test_what_cannot_be_derived_is_refused() -> None:
    cost, (w, *_) = neuron()
    a, b = Value(1.0, label="t"), Value(2.0, label="t")
    with pytest.raises(OperandError, match=r"begins at a Value or a Recording, got float 1\.0"):
        derivation(1.0, w)  # type: ignore[arg-type]  # on purpose
    with pytest.raises(OperandError, match="a recording holds no Values"):
        derivation(record_backward(cost), w)
    with pytest.raises(OperandError, match=r"no nodes are called 'w_3'. Did you mean 'w_"):
        derivation(cost, "w_3")
    wrong: Any
    for wrong in ("", None, True, -1, 99, [], 1.0):
        with pytest.raises(OperandError, match=r"A node is a Value, a label|there is no node"):
            derivation(cost, wrong)
    with pytest.raises(OperandError, match=r"2 nodes are called 't'\. Give the Value itself or its id, one of \[0, 1\]"):
        derivation(a * b, "t")
    with pytest.raises(ArgumentError, match="Did you mean 'paths'"):
        derivation(cost, w, form="path")
    limits: Any
    for limits in ({"most": 0}, {"most": 2.0}, {"most": True}, {"digits": 0}, {"digits": None}):
        with pytest.raises(ArgumentError, match=r"whole number, (at least 1|from 1 to 50)"):
            derivation(cost, w, **limits)
    with no_grad():
        constant = w * 2.0
    with pytest.raises(GraphError, match="no_grad"):
        derivation(constant, w)


# --- as people see it --------------------------------------------------------------------------------------------------


def pages() -> dict[str, Derivation]:
    cost, (w, *_) = neuron()
    cost.backward()
    x = Value(3.0, label="x")
    s = sin(x)
    f = x * s
    s.label, f.label = "s", "f"
    deep, _ = network()
    many = Value(1.0, label="x")
    for _ in range(20):
        many = many * 0.5 + many * many * 0.1
    return {
        "one path": derivation(cost, w),
        "two paths": derivation(f, x),
        "a network, along its paths": derivation(deep, "w^1_11"),
        "a network, node by node": derivation(deep, "w^1_11", form="recursion"),
        "many paths": derivation(many, "x", most=3, digits=6),
    }


def test_the_pages_are_as_they_were_read() -> None:
    parts = []
    for name, d in pages().items():
        parts += [f"--- {name}", d.text, "", f"--- {name}, Markdown", d.markdown]
    text = "\n".join(parts)
    if os.environ.get("REGENERATE"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_notebooks_typeset_them() -> None:
    for d in pages().values():
        assert d._repr_markdown_() == d.markdown and d._repr_latex_() == f"$$\n{d.latex}\n$$" and str(d) == d.text
        latex.check(d.latex)
        latex.check_markdown(d.markdown)
        assert max(map(len, d.text.splitlines())) <= 105


@pytest.mark.parametrize("wrong", ["a *bold* word", "$x", "$x^2^3$", "$$\nx_\n$$", "$$\nx"])
def test_the_reader_of_markdown_refuses_what_would_not_be_shown(wrong: str) -> None:
    with pytest.raises(latex.LatexError):
        latex.check_markdown(wrong)
