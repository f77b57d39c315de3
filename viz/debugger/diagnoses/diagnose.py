"""`diagnose(...)`: the faults of a backward pass or of training, by source line; and the table of all checks.

One row, one disease. A row names the diseases that follow from it, which are not reported beside it: one cause is one
finding. A network that learns has no findings: the thresholds (thresholds.py) see to that.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd import OperandError, Recording, Value

from ...recorded import recorded
from .checks import alias as check_alias
from .checks import cost as check_cost
from .checks import flow as check_flow
from .checks import idle as check_idle
from .checks import loop as check_loop
from .checks import memory as check_memory
from .checks import numbers as check_numbers
from .checks import reach as check_reach
from .checks import rules as check_rules
from .checks import steps as check_steps
from .evidence.findings import Finding, Found
from .evidence.passes import Key, Pass
from .evidence.training import Training

if TYPE_CHECKING:
    from .evidence.again import Program


class Check(NamedTuple):
    """A disease.

    Attributes:
        kind: its name in findings.
        severity: 'error' if the network cannot learn what it should, 'warning' if learning is only harder, 'note' if
            that is not known.
        find: the function that looks for it.
        explains: the kinds that it causes, which are then not reported; '*' is every later row except `IN_THE_GRAPH`.
    """

    kind: str
    severity: str
    find: Callable[[Training], Iterator[Found]]
    explains: tuple[str, ...] = ()


_NOTHING_LEARNED = ("constant output", "learning rate too large", "learning rate too small", "dead units")

# In the order in which findings of the same severity are listed: causes first.
CHECKS: tuple[Check, ...] = (
    # how the training loop is written
    Check("gradients not zeroed", "error", check_loop.not_zeroed, ("*",)),
    Check("backward twice", "error", check_loop.backward_twice),
    Check("zeroed before the update", "error", check_loop.zeroed_too_early, ("never updated", "constant output")),
    Check("update of a copy", "error", check_loop.update_lost, ("never updated", "no gradient", "constant output")),
    Check("growing graph", "error", check_loop.graph_grows, ("*",)),
    Check("graphs kept", "warning", check_memory.graphs_kept),
    Check("forward pass not repeated", "error", check_numbers.forward_not_repeated, ("*",)),
    Check("data changed before backward", "error", check_numbers.data_changed, ("*",)),
    Check("never updated", "error", check_idle.never_updated, ("constant output",)),
    Check(
        "one weight in many places",
        "error",
        check_alias.one_weight,
        ("updated twice", "symmetric units", "no influence", "constant output"),
    ),
    Check("rounded update", "error", check_loop.rounded_update, _NOTHING_LEARNED),
    Check("updated twice", "error", check_loop.updated_twice),
    Check("wrong sign of the update", "error", check_steps.wrong_sign_of_update, ("*",)),
    Check("wrong sign of the cost", "error", check_cost.wrong_sign_of_cost, ("*",)),
    Check("wrong derivative", "error", check_rules.wrong_derivative, ("*",)),
    Check("gradient stopped by a hook", "error", check_loop.stopped_by_a_hook, ("*",)),
    # numbers
    Check(
        "inputs not scaled",
        "error",
        check_steps.inputs_not_scaled,
        (
            "learning rate too large",
            "saturated units",
            "not finite",
            "pole",
            "near overflow",
            "exploding gradient",
            "constant output",
        ),
    ),
    Check("sum instead of mean", "error", check_steps.sum_instead_of_mean, ("*",)),
    Check("learning rate too large", "error", check_steps.rate_too_large, ("*",)),
    Check("underflow", "error", check_numbers.underflow, ("pole",)),
    Check("not finite", "error", check_numbers.not_finite, ("near overflow", "pole")),
    Check("branch not taken", "error", check_numbers.where_trap),
    Check("not finite backward", "error", check_numbers.not_finite_backward),
    Check("lost digits", "error", check_numbers.lost_digits, ("pole",)),
    Check("pole", "warning", check_numbers.pole, ("exploding gradient",)),
    Check("near overflow", "warning", check_numbers.near_overflow, ("exploding gradient",)),
    # how network and cost are put together
    Check("step function", "error", check_flow.step_function, _NOTHING_LEARNED),
    Check("no gradient", "error", check_loop.no_gradient, _NOTHING_LEARNED),
    Check("constant cost", "error", check_reach.constant_cost, ("no influence", *_NOTHING_LEARNED)),
    Check("symmetric units", "error", check_cost.symmetric, ("kink", *_NOTHING_LEARNED)),
    Check("activation before the cost", "error", check_cost.before_the_cost),
    Check("activation twice", "error", check_cost.twice),
    Check("target out of reach", "error", check_cost.out_of_reach, ("saturated units", "dead units", "constant output")),
    Check("hinge with label 0", "error", check_cost.hinge_labels),
    Check("kink", "error", check_flow.kink, _NOTHING_LEARNED),
    Check("dead units", "error", check_flow.dead_units, ("constant output", "vanishing gradient")),
    Check("saturated units", "error", check_flow.saturated_units, ("constant output", "vanishing gradient")),
    Check("vanishing gradient", "error", check_reach.vanishing, ("learning rate too small",)),
    Check("exploding gradient", "error", check_reach.exploding),
    Check("not in the optimiser", "error", check_loop.not_in_the_optimiser),
    Check("no influence", "warning", check_reach.no_influence),
    Check("input without influence", "error", check_reach.input_without_influence),
    Check("constant output", "error", check_cost.outputs_equal),
    Check("learning rate too small", "warning", check_steps.rate_too_small),
    # unknown
    Check("rule not checked", "note", check_rules.rule_not_checked),
)

KINDS = tuple(check.kind for check in CHECKS)

# Kinds that a single graph shows, whatever training does. They are independent faults: '*' does not hide them.
IN_THE_GRAPH = frozenset({
    "wrong derivative", "one weight in many places", "branch not taken", "step function", "activation before the cost",
    "activation twice", "target out of reach", "hinge with label 0", "rule not checked",
})  # fmt: skip


def diagnose(
    what: Recording | Value | Sequence[Recording],
    *,
    parameters: Iterable[Value | str] = (),
    inputs: Iterable[Value | str] = (),
) -> list[Finding]:
    """The faults, worst first; an empty list if there are none.

    Args:
        what: a recorded pass; a value, whose backward pass is recorded without leaving traces; or the passes of training, in
            order. Over several passes leaves are recognised by their labels, or by their places if all graphs have the same
            shape. `watching()` sees more: the lines that changed leaves in between.
        parameters: leaves to be trained, as labels or `Value`s with labels: those in no graph are reported.
        inputs: what the cost should depend on.

    Returns:
        One finding per cause.

    Raises:
        OperandError: `what` is none of these.

    Example:
        >>> from autograd import Value, log, record_backward, where
        >>> x = Value(0.0, label="x")
        >>> cost = where(x > 0, log(x), 0.0) + x
        >>> for finding in diagnose(record_backward(cost)):
        ...     print(finding.kind, finding.nodes)
        branch not taken ('v1',)
    """
    return findings(training_of(what, parameters, inputs))


def training_of(
    what: Recording | Value | Sequence[Recording],
    parameters: Iterable[Value | str] = (),
    inputs: Iterable[Value | str] = (),
    program: "Program | None" = None,
    number: int = 0,
) -> Training:
    """The `Training` for the checks; see `diagnose`.

    Args:
        program: the script of these passes, if it can be run again.
        number: the number of the first pass in the script.
    """
    recordings = [what] if isinstance(what, (Recording, Value)) else what
    if not isinstance(recordings, Sequence) or not all(isinstance(r, (Recording, Value)) for r in recordings):
        raise OperandError(
            f"diagnose: it looks at a Recording, a Value, or a list of Recordings in the order of training, got "
            f"{type(what).__name__} {what!r}"
        )
    passes = [recorded(r, "diagnose") for r in recordings]
    return Training(
        [Pass(r, keys, number=number + k) for k, (r, keys) in enumerate(zip(passes, _keys(passes), strict=True))],
        parameters=map(_label, parameters),
        inputs=map(_label, inputs),
        given={_label(p): p for p in (*parameters, *inputs) if isinstance(p, Value)},
        program=program,
    )


def _label(p: Any) -> str:
    label = p.label if isinstance(p, Value) else p
    if not isinstance(label, str) or not label:
        raise OperandError(f"diagnose: parameters and inputs are labels, or Values that have one, got {p!r}")
    return label


def _keys(recordings: Sequence[Recording]) -> list[list[Key]]:
    """The keys of leaves: the label if no other leaf has it, else the place if all graphs have one shape."""
    one_shape = len({(len(r), tuple(map(r.nodes.op, range(len(r.nodes))))) for r in recordings}) == 1
    keys = []
    for r in recordings:
        leaves = range(next((i for i in range(len(r.nodes)) if r.nodes.parents(i) or r.nodes.op(i)), len(r.nodes)))
        labels = [r.nodes.label[i] for i in leaves]
        times = Counter(labels)
        by_place: list[Key] = [("leaf", i) if one_shape else None for i in leaves]
        keys.append([label if label and times[label] == 1 else by_place[i] for i, label in enumerate(labels)])
    return keys


def findings(training: Training) -> list[Finding]:
    """The findings of all checks, worst first, without those that another one explains."""
    if not training.passes:
        return []
    found: list[tuple[int, Finding]] = []
    hidden: set[str] = set()
    for place, check in enumerate(CHECKS):
        if check.kind in hidden:
            continue
        seen: set[tuple[str, int]] = set()
        for f in check.find(training):
            finding = _finding(check, f)
            if (finding.file, finding.line) not in seen or not finding.file:
                seen.add((finding.file, finding.line))
                found.append((place, finding))
        if seen:
            hidden |= set(KINDS[place + 1 :]) - IN_THE_GRAPH if "*" in check.explains else set(check.explains)
    order = {"error": 0, "warning": 1, "note": 2}
    kept = [(order[f.severity], place, f) for place, f in found if f.kind not in hidden]
    return [f for *_, f in sorted(kept, key=lambda entry: entry[:2])]


def _finding(check: Check, f: Found) -> Finding:
    file, line, text = (f.source.file, f.source.line, f.source.text) if f.source else ("", 0, "")
    return Finding(check.kind, check.severity, file, line, text, f.message, f.remedy, dict(f.evidence), f.nodes)
