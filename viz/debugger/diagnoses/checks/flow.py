"""Diagnoses of flow: units and functions that stop gradients on the way from the cost to the parameters.

Each check takes a `Training` and yields its findings; the table (table.py) has their names.
"""

import functools
import math
import random
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from autograd.primitives.readers import FLOAT
from autograd.primitives.table import Primitive

from .... import style
from ..evidence.experiment import Claim, Edit, Entry, Experiment, numbers_of
from ..evidence.found import Certainty, Found
from ..evidence.layers import line_of_layer
from ..evidence.outputs import at_parameters
from ..evidence.passes import Key, Pass
from ..evidence.thresholds import DEAD_MARGIN, DEAD_SHARE, FLAT, FLAT_SHARE, ROUNDED, SAMPLES, UNSCALED
from ..evidence.training import Training
from .activations import is_a_logarithm, without_a_bound
from .progress import unexplained


class Seen(NamedTuple):
    """One application of an activation: the pass, its node, the operand's number, the local derivative."""

    of: Pass
    node: int
    z: float
    local: float


Units = dict[Key, list[Seen]]


def layer_of(p: Pass, i: int) -> Key:
    """The key of a node's layer: its scope without the neuron, else its line, with the operation."""
    scope = p.nodes.scope[i]
    return (scope.rpartition("/")[0] or scope, p.ops[i]) if scope else (p.line(i), p.ops[i])


def unit_of(training: Training, p: Pass, i: int) -> Key:
    """The key of a node's unit, which is the same for every sample: its name, else the parameters that go into it."""
    if p.nodes.label[i]:
        return p.nodes.scope[i], p.nodes.label[i]
    leaves = [p.key_of.get(q) for q in p.linear_leaves(i)]
    return tuple(key for key in leaves if key in training.parameters)


def is_gate(row: Primitive) -> bool:
    """True for an operation that lets an operand through or blocks it: relu, where."""
    return row.gate


def levels_off(row: Primitive) -> bool:
    """True for a function that is flat on both sides: tanh, sigmoid."""
    return row.steepest is not None


def is_activation(row: Primitive) -> bool:
    """True for a function that ends a layer: relu, tanh, sigmoid."""
    return row.activation


def units(training: Training, passes: Iterable[Pass], wanted: Callable[[Primitive], bool]) -> dict[Key, Units]:
    """The applications of operations to a single computed operand, by layer and unit.

    Args:
        wanted: a test of rows: True for the operations to take.
    """
    layers: dict[Key, Units] = {}
    for p in passes:
        applied = training.once(("units", id(p.shape), wanted), functools.partial(_applications, training, p, wanted))
        for i, layer, unit in applied:
            seen = Seen(p, i, p.nodes.data[p.parents[i][0]], p.locals(i)[0])
            layers.setdefault(layer, {}).setdefault(unit, []).append(seen)
    return layers


def _applications(training: Training, p: Pass, wanted: Callable[[Primitive], bool]) -> list[tuple[int, Key, Key]]:
    """The nodes of `units`, each with its layer and its unit: the same in all passes of one shape."""
    rows = p.rows
    chosen = {id(row) for row in {id(row): row for row in rows}.values() if wanted(row)}
    single = training.once(("single", id(p.shape)), lambda: _single(p)) if chosen else ()
    return [(i, layer_of(p, i), unit_of(training, p, i)) for i in single if id(rows[i]) in chosen]


def _single(p: Pass) -> list[int]:
    """The nodes that are computed from one computed node."""
    parents = p.parents
    return [i for i in p.interior if len(parents[i]) == 1 and parents[parents[i][0]]]


def _names(chosen: Iterable[list[Seen]]) -> tuple[str, ...]:
    return tuple(seen[0].of.nodes.name(seen[0].node) for seen in chosen)


# --- units -------------------------------------------------------------------------------------------------------------


def is_term(seen: Seen) -> bool:
    """True if an activation is a term of the cost, or a term's only operand: such a term should become 0, as a hinge does."""
    p, terms = seen.of, seen.of.term_nodes
    return seen.node in terms or all(user in terms and set(p.parents[user]) == {seen.node} for user in p.users[seen.node])


def _dead(seen: list[Seen]) -> bool:
    if seen and is_term(seen[0]) and not is_a_logarithm(seen[0].of, seen[0].node):
        return False
    return len(seen) >= SAMPLES and all(s.local == 0.0 for s in seen) and any(s.z != 0.0 for s in seen)


def _hopeless(seen: list[Seen]) -> bool:
    """True if a unit would be dead also for somewhat larger and smaller inputs."""
    zs, row = [s.z for s in seen], seen[0].of.rows[seen[0].node]
    margin = DEAD_MARGIN * (max(zs) - min(zs))
    return row.arity == 1 and not any(_slope(row, z) for z in (min(zs) - margin, max(zs) + margin))


def _slope(row: Primitive, z: float) -> float:
    """The slope of a function of one operand."""
    return float(row.partials(FLOAT, row.value(FLOAT, z), z)[0])


def dead_units(training: Training) -> Iterator[Found]:
    """Units that let nothing through for any sample in the second half of training."""
    for layer in units(training, training.late, is_gate).values():
        dead = [seen for seen in layer.values() if _dead(seen)]
        if not dead or (len(dead) < len(layer) and sum(map(_hopeless, dead)) < DEAD_SHARE * len(layer)):
            continue
        first = dead[0][0]
        p, i = first.of, first.node
        zs = [s.z for seen in dead for s in seen]
        source, used = line_of_layer(p, i)
        yield Found(
            source,
            f"{len(dead)} of {len(layer)} {p.ops[i]} units{used} let nothing through: over {len(dead[0])} samples "
            f"their inputs lie in {style.span(min(zs), max(zs))}, where the derivative is 0",
            "smaller steps, initial biases near 0, weights scaled to the width (init='he_normal'), or leaky_relu",
            {"dead": float(len(dead)), "units": float(len(layer)), "largest input": max(zs)},
            _names(dead),
            claim=without_a_bound(p, i) if is_a_logarithm(p, i) else Claim(_revived(training, p, i), vital=False),
        )


def _flat(seen: list[Seen]) -> bool:
    return all(abs(s.local) < FLAT * (s.of.rows[s.node].steepest or 0.0) for s in seen)


def saturated_layers(training: Training) -> list[tuple[list[list[Seen]], Units]]:
    """The layers in which most units are flat for every sample, from the beginning to the end."""
    found = []
    for layer in units(training, training.looked_at, levels_off).values():
        flat = [seen for seen in layer.values() if _flat(seen)]
        samples = sum(map(len, flat))
        if samples >= SAMPLES and len(flat) >= FLAT_SHARE * len(layer):
            found.append((flat, layer))
    return found


def inputs_of(p: Pass, i: int) -> list[float]:
    """The plain numbers by which the parameters in a unit's weighted input are multiplied."""
    return numbers_of(p, input_entries(p, i))


def input_entries(p: Pass, i: int) -> list[Entry]:
    """The entries of these numbers: input leaves and constants."""
    if i not in p.shape.inputs:
        p.shape.inputs[i] = _input_entries(p, i)
    return p.shape.inputs[i]


def _input_entries(p: Pass, i: int) -> list[Entry]:
    found: list[Entry] = []
    stack, steps = [i], 0
    while stack and steps < 1000:
        j, steps = stack.pop(), steps + 1
        operands = p.shape.operands[j]
        leaves = [o for o in operands if o >= 0 and not p.parents[o]]
        if p.rows[j].weighted:
            n = len(operands) // 2
            found += [
                x
                for w, x in zip(operands[:n], operands[n : 2 * n], strict=True)
                if w >= 0 and not p.parents[w] and (x < 0 or p.is_input(x))
            ]
        elif p.rows[j].linear == "each" and leaves:
            found += [o for o in operands if o < 0 or p.is_input(o)]
        elif j == i or p.is_linear(j):
            stack += [o for o in operands if o >= 0]
    return found


def size_of(numbers: list[float]) -> float:
    """The root mean square; 0 for no numbers."""
    return math.sqrt(math.fsum(x * x for x in numbers) / len(numbers)) if numbers else 0.0


def saturated_units(training: Training) -> Iterator[Found]:
    """Units whose activation is flat for every sample: nothing comes back through them."""
    for flat, layer in saturated_layers(training):
        first = flat[0][0]
        p, i = first.of, first.node
        if size_of(inputs_of(p, i)) >= UNSCALED:
            continue  # inputs_not_scaled reports this
        zs = [s.z for seen in flat for s in seen]
        slope = max(abs(s.local) for seen in flat for s in seen)
        source, used = line_of_layer(p, i)
        yield Found(
            source,
            f"{len(flat)} of {len(layer)} {p.ops[i]} units{used} are saturated for every sample: their inputs lie "
            f"in {style.span(min(zs), max(zs))}, where the slope is at most {style.number(slope, 2)}",
            "smaller initial weights and biases (init='xavier_normal'); at the output a cost that takes logits",
            {"saturated": float(len(flat)), "units": float(len(layer)), "slope": slope},
            _names(flat),
            claim=Claim([begun_smaller(training, f) for f in (0.1, 0.01)], vital=False),
        )


def _stands_at_0(row: Primitive) -> bool:
    """True if a function of one operand, or of any number, has a kink at 0 and the derivative 0 there: relu, abs."""
    kinks = [partials for at, partials in row.kinks if not any(at)]
    return (row.variadic or row.arity == 1) and not row.step and any(not any(partials) for partials in kinks)


def kink(training: Training) -> Iterator[Found]:
    """An operation that sits exactly on its kink for every sample: the derivative there is a choice, often 0."""
    for layer in units(training, training.looked_at, _stands_at_0).values():
        everything = [s for seen in layer.values() for s in seen]
        if len(everything) >= SAMPLES and all(s.z == 0.0 for s in everything):
            p, i = everything[0].of, everything[0].node
            source, used = line_of_layer(p, i)
            yield Found(
                source,
                f"{p.ops[i]}{used} is at exactly 0 for all {len(everything)} samples: its derivative there is "
                "taken as 0, and nothing moves",
                "begin away from 0: draw initial weights at random",
                {"samples": float(len(everything))},
                _names(layer.values()),
                claim=Claim([begun_at_random(training), begun_at_random(training, 1.0)]),
            )
    ties: dict[Key, list[tuple[Pass, int, bool]]] = {}
    for p in training.looked_at:
        for i in training.once(("choices", id(p.shape)), functools.partial(_choices, p)):
            parents = p.parents[i]
            tied = len({p.nodes.data[q] for q in parents}) == 1 and len(set(parents)) > 1
            ties.setdefault(p.line(i), []).append((p, i, tied))
    for seen in ties.values():
        if len(seen) >= SAMPLES and all(tied for *_, tied in seen):
            p, i, _ = seen[0]
            if _is_one_function(training, p, i):
                continue
            yield Found(
                p.source(i),
                f"the operands of {p.ops[i]} tie in all {len(seen)} applications: each gets an equal share "
                "of the gradient, and they stay equal",
                "draw initial weights at random",
                {"samples": float(len(seen))},
                (p.nodes.name(i),),
            )


def _is_one_function(training: Training, p: Pass, i: int) -> bool:
    """True if the operands of a choice are equal for parameters nearby, too, so that it does not matter which is taken."""
    draw = random.Random(0)
    trained = {key: p.nodes.data[j] for key, j in p.leaf.items() if key in training.trained}
    data = at_parameters(p, {key: x + 1e-4 * (1.0 + abs(x)) * draw.uniform(-1.0, 1.0) for key, x in trained.items()})
    numbers = [data[q] for q in p.parents[i]]
    return data is not p.nodes.data and max(numbers) - min(numbers) <= ROUNDED * max(map(abs, numbers))


def _choices(p: Pass) -> list[int]:
    """The nodes that choose among computed numbers: max, min."""
    gates = {i for i in p.interior if p.rows[i].gate and p.rows[i].variadic}
    return [i for i in sorted(gates) if len(p.parents[i]) > 1 and all(p.parents[q] for q in p.parents[i])]


def step_function(training: Training) -> Iterator[Found]:
    """A function that is constant between jumps, on the way to a parameter: its derivative is 0 everywhere."""
    lines: set[Key] = set()
    for p in training.looked_at:
        if not any(row.step for row in p.rows):
            continue
        trained = depends_on(p, training.parameters)
        for i in p.interior:
            if p.rows[i].step and p.upstream[i] != 0.0 and any(trained[q] for q in p.parents[i]):
                line = p.line(i) or p.ops[i]
                if line not in lines:
                    lines.add(line)
                    row = p.rows[i]
                    name = row.label if row.precedence < 9 else f"{row.name}()"
                    source, used = line_of_layer(p, i)
                    yield Found(
                        source,
                        f"{name}{used} has the derivative 0 everywhere: the gradient "
                        f"{style.number(p.upstream[i])} that arrives at {p.name(i)} ends here",
                        "/ instead of //"
                        if name == "//"
                        else f"leave {name} out of the cost; round when you print, "
                        "and use a smooth function (sigmoid, tanh) for a decision",
                        {"upstream": p.upstream[i]},
                        (p.nodes.name(i),),
                        Certainty.HINT if _learns_otherwise(training, p, i) and not unexplained(training) else None,
                        Claim([_smooth(p, i)], vital=False),
                    )


def _smooth(p: Pass, i: int) -> Experiment:
    """The same training without the step functions of a line; // becomes /."""
    line, op = p.line(i), p.ops[i]

    def edit(q: Pass) -> Edit:
        there = frozenset(j for j in q.interior if q.ops[j] == op and q.line(j) == line)
        if op == "floordiv":
            return Edit(replaced=dict.fromkeys(there, "div"))
        return Edit(left_out={j: q.parents[j][0] for j in there})

    return Experiment("/ in its place" if op == "floordiv" else "its operand in its place", edit=edit)


def begun_at_random(training: Training, size: float = 0.5) -> Experiment:
    """The same training from weights that are drawn at random."""
    draw, p = random.Random(0), training.sound[0]
    start = {key: draw.gauss(0.0, size) for key in p.leaf if key in training.trained}
    return Experiment("initial weights drawn at random", "draw initial weights at random, each its own", start=start)


def begun_smaller(training: Training, factor: float) -> Experiment:
    """The same training from smaller weights."""
    p = training.sound[0]
    words = f"initial weights {style.number(1.0 / factor)} times smaller"
    return Experiment(
        words,
        words,
        start={key: factor * p.nodes.data[i] for key, i in p.leaf.items() if key in training.trained},
    )


def _revived(training: Training, p: Pass, i: int) -> list[Experiment]:
    """The same training in ways that keep units alive."""
    line, op = p.line(i), p.ops[i]

    def leaky(q: Pass) -> Edit:
        return Edit(replaced={j: "softplus" for j in q.interior if q.ops[j] == op and q.line(j) == line})

    ways = [
        begun_at_random(training),
        begun_smaller(training, 0.1),
        Experiment("steps ten times shorter", "a rate ten times smaller", rate=0.1),
    ]
    if p.rows[i].arity == 1:
        ways.append(
            Experiment(
                f"softplus in place of {op}", "softplus or leaky_relu, which let something through everywhere", edit=leaky
            )
        )
    return ways


def _learns_otherwise(training: Training, p: Pass, i: int) -> bool:
    """True if every parameter that a node was computed from gets a gradient by another way: floor and round may be used so."""
    seen, stack, leaves = {i}, [i], []
    while stack:
        j = stack.pop()
        if j in p.leaves:
            leaves.append(j)
        stack += (fresh := [q for q in set(p.parents[j]) if q not in seen])
        seen.update(fresh)
    return all(p.upstream[j] != 0.0 for j in leaves if p.key_of.get(j) in training.parameters)


def depends_on(p: Pass, parameters: frozenset[Key]) -> bytearray:
    """A flag for each node: 1 if it was computed from a parameter."""
    depends, parents = bytearray(len(p.nodes)), p.parents
    for i in p.leaves:
        depends[i] = p.key_of.get(i) in parameters or (i not in p.key_of and not p.is_input(i))
    for i in p.interior:
        for q in parents[i]:
            if depends[q]:
                depends[i] = 1
                break
    return depends
