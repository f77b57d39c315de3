"""Diagnoses of rules that are not the engine's own: defined primitives, and nodes made by hand.

The rows of the engine's own table have tests; these rules have none. A defined primitive holds the formula of its number, so
its derivative can be compared with differences. A node made by hand, as micrograd makes them, can be compared if the line that
made it says how its number is computed (by_hand.py), or if it has the name and the number of a row of the table; otherwise the
script is run again (rerun.py), if there is one. The rules that remain are named: without that, a diagnosis without findings
would seem to vouch for them.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from autograd import TABLE, Source
from autograd.primitives.readers import FLOAT
from autograd.primitives.table import Primitive

from .... import style
from ..evidence.again import is_same
from ..evidence.by_hand import Formula
from ..evidence.differences import FLAT, Measured, measured
from ..evidence.found import Certainty, Found
from ..evidence.passes import Pass
from ..evidence.statements import code_source
from ..evidence.thresholds import STALE
from ..evidence.training import Training

ON_PURPOSE = "it is another one than that of its number, on purpose as it seems"  # or stands in for one that is 0
ROUGH = 0.1  # relative: the derivative of a limit that is worked out step by step
SAMPLES = 3  # nodes of one rule that are compared with a row of the table
_LABELS = {row.label.casefold(): row for row in TABLE.values()} | {name.casefold(): row for name, row in TABLE.items()}


class Judged(NamedTuple):
    """A rule made by hand, for one parent of one node.

    Attributes:
        verdict: see `Measured.judged`.
        source: the line of the rule; if it is unknown, the line that made the node.
        op: the name of the node's operation.
        node, parent: their names.
        number: the data of the parent.
        local: the derivative by the rule.
        slope: the measured derivative.
        assigns: True if the rule assigns the parent's gradient instead of adding to it.
        twice: True if the rule multiplies by the gradient of its node twice.
    """

    verdict: str
    source: Source | None
    op: str
    node: str
    parent: str = ""
    number: float = math.nan
    local: float = math.nan
    slope: float = math.nan
    assigns: bool = False
    twice: bool = False


def wrong_derivative(training: Training) -> Iterator[Found]:
    """A defined primitive, or a rule made by hand, whose derivative is not the derivative of its value."""
    seen: set[str] = set()
    for p in training.looked_at:
        # the rows of the engine have tests of their own
        defined = {op for op in set(p.ops) if op in TABLE and not TABLE[op].value.__module__.startswith("autograd.")}
        for i in p.interior if defined - seen else ():
            row = TABLE.get(p.ops[i])
            if row is None or p.ops[i] not in defined - seen or i in p.recording.by_hand:
                continue
            for k, number, local, m in _compared(p, i, row):
                if m.judged(local) == "wrong":
                    seen.add(p.ops[i])
                    yield Found(
                        code_source(row.partials),
                        f"the derivative of {p.ops[i]} is {style.number(local)} at {style.number(number)}; the central "
                        f"difference is {style.number(m.slope, 6)}",
                        "derive the formula again; check_gradients compares every rule with differences",
                        {"local": local, "difference": m.slope, "operand": float(k)},
                        (p.nodes.name(i),),
                    )
                    break
    yield from map(_wrong, (rule for rule in _rules(training)[0] if rule.verdict == "wrong"))


def _wrong(rule: Judged) -> Found:
    if rule.assigns:
        return Found(
            rule.source,
            f"the rule made by hand for {rule.op or rule.node} assigns {rule.parent}.grad, to which others add as well: what "
            "they have added is lost",
            "add to it: x.grad += ..., not x.grad = ...",
            {},
            (rule.node,),
        )
    again = f"; the operation of the table has the right one: autograd.{rule.op}" if rule.op in TABLE else ""
    return Found(
        rule.source,
        f"the rule made by hand for {rule.op or rule.node} passes on {style.number(rule.local)} at {rule.parent} = "
        f"{style.number(rule.number)}; the derivative of its number is {style.number(rule.slope, 6)}"
        + (f": it is multiplied by the gradient of {rule.op or 'the node'} twice" if rule.twice else ""),
        f"derive the formula again{again}",
        {"local": rule.local, "difference": rule.slope},
        (rule.node,),
    )


def rule_not_checked(training: Training) -> Iterator[Found]:
    """Rules made by hand that could not be checked: the other findings hold only if these rules are right."""
    rules, problem = _rules(training)
    unknown = [rule for rule in rules if rule.verdict not in ("right", "wrong")]
    if not unknown:
        return
    meant = all(rule.verdict == ON_PURPOSE for rule in unknown)
    names = ", ".join(dict.fromkeys(rule.op or rule.node for rule in unknown))
    first = unknown[0]
    where = f" at {first.parent} = {style.number(first.number)}" if first.parent else ""
    it = "it is" if len(unknown) == 1 else "they are"
    yield Found(
        first.source,
        f"{style.counted(len(unknown), 'rule')} made by hand ({names}): whether {it} right was not checked"
        f"{where}: {problem or first.verdict}",
        "autograd.define_primitive makes it a rule that check_gradients checks"
        + ("" if training.program else "; python -m viz.debugger --diagnose script.py runs the script again to check it"),
        {"rules": float(len(unknown))},
        tuple(rule.node for rule in unknown[:9]),
        certainty=Certainty.HINT if meant else None,
    )


# --- rules made by hand ------------------------------------------------------------------------------------------------


def _rules(training: Training) -> tuple[list[Judged], str]:
    """The rules made by hand in the first pass that has any, with verdicts; the reason if the script cannot be run again."""
    p = next((p for p in training.passes if p.recording.by_hand), None)
    return training.once("rules", lambda: _of_pass(p, training) if p else ([], ""))


def _of_pass(p: Pass, training: Training) -> tuple[list[Judged], str]:
    problem, known, rules = "", _by_formula(training), _by_rule(p)
    if training.program is not None and not rules.keys() <= known.keys():
        found = training.program.ask(p.number)
        problem = found.get("problem") or ("" if is_same(found, p.recording) else "it did something else when it was run again")
        if not problem:
            return _measured_again(p, found), ""
        problem = f"running the script again: {problem}"
    return [known.get(rule) or _by_name(p, ids) for rule, ids in rules.items()], problem


def _measured_again(p: Pass, found: dict[str, Any]) -> list[Judged]:
    """The verdict on every rule from running the script again: the worst of its measurements."""
    rules = []
    for k, rule in enumerate(found["rules"]):
        i = rule["nodes"][0]
        source = Source(*rule["place"]) if rule["place"] else p.source(i)
        answers = zip(found["probes"], found.get("answers", ()), strict=False)
        if rule["overwritten"]:
            i, q = rule["overwritten"][0]
            rules.append(Judged("wrong", source, p.ops[i], p.name(i), p.name(q), assigns=True))
            continue
        judged = [_judged(p, source, probe, Measured(*m)) for probe, m in answers if probe["rule"] == k and m]
        nothing = Judged("there was no number to change", source, p.ops[i], p.name(i))
        rules.append(_worst(judged or [nothing]))
    return rules


def _judged(p: Pass, source: Source | None, probe: dict[str, Any], m: Measured) -> Judged:
    i, q, local = probe["at"], probe["node"], probe["local"]
    return Judged(m.judged(local), source, p.ops[i], p.name(i), p.name(q), p.nodes.data[q], local, m.slope)


def _worst(judged: Sequence[Judged]) -> Judged:
    """A wrong verdict if there is one, else a right one, else one without a decision."""
    return min(judged, key=lambda j: ("wrong", "right").index(j.verdict) if j.verdict in ("wrong", "right") else 2)


def _by_rule(p: Pass) -> dict[Any, list[int]]:
    """The nodes of each rule, grouped by operation and by the line of the rule if it is known."""
    rules: dict[Any, list[int]] = {}
    for i in sorted(p.recording.by_hand):
        rules.setdefault((p.ops[i], p.rules.get(i)), []).append(i)
    return rules


def _by_formula(training: Training) -> dict[Any, Judged]:
    """The verdicts on the rules whose numbers are known by the lines that made them."""
    found: dict[Any, dict[Source | None, list[Judged]]] = {}
    for p in training.passes:
        for i, formula in p.formulas.items():
            lines = found.setdefault((p.ops[i], p.rules.get(i)), {})
            for judged in _of_formula(p, i, formula):
                lines.setdefault(judged.source, []).append(judged)
    verdicts: dict[Any, Judged] = {}
    for rule, lines in found.items():
        wrong = [[j for j in some if j.verdict == "wrong"] for some in lines.values()]
        # one that is wrong once, among many, may have met a number at which its program does something else
        accused = [some for some, all_ in zip(wrong, lines.values(), strict=True) if len(some) > (len(all_) > 1)]
        if accused:
            most = max(accused, key=len)
            verdicts[rule] = most[0]._replace(twice=all(j.twice for j in most))
        elif not any(wrong) and any(lines.values()):
            verdicts[rule] = _worst([j for some in lines.values() for j in some])
    return verdicts


def _of_formula(p: Pass, i: int, formula: Formula) -> Iterator[Judged]:
    """The verdicts on the derivatives of one node."""
    locals_, upstream = p.locals(i), p.upstream[i]
    for slope in formula.slopes:
        local, q = locals_[slope.place], p.parents[i][slope.place]
        if not math.isfinite(local) or not upstream or (slope.source is None and not local and len(locals_) > 1):
            continue  # nothing arrived; or nothing is passed on, as to a target
        by, verdict = slope.by, slope.by.judged(local)
        if verdict == "wrong" and formula.rough and abs(local - by.slope) <= ROUGH * max(abs(local), abs(by.slope)):
            verdict = "it is worked out step by step"
        if verdict != "right" and (formula.on_purpose or verdict == FLAT):
            verdict = ON_PURPOSE
        twice = math.isclose(local, by.slope * upstream, rel_tol=1e-4)
        source = slope.source or p.rules.get(i) or p.source(i)
        yield Judged(verdict, source, p.ops[i], p.name(i), p.name(q), p.nodes.data[q], local, by.slope, slope.assigns, twice)


def _by_name(p: Pass, ids: list[int]) -> Judged:
    """The verdict on a rule by the row of the table with its name, if its nodes have the numbers of that row."""
    judged = []
    for i in ids[:: max(1, len(ids) // SAMPLES)][:SAMPLES]:
        row, source = _LABELS.get(p.ops[i].casefold()), p.rules.get(i) or p.source(i)
        unknown = Judged("the recording does not know how its number was computed", source, p.ops[i], p.name(i))
        judged.append(unknown)
        if row is None or (row.arity and row.arity != len(p.operands_of(i))) or not _has_its_number(p, i, row):
            continue
        for k, number, local, m in _compared(p, i, row):
            parent = p.operands_of(i)[k]
            judged.append(
                unknown._replace(verdict=m.judged(local), parent=p.name(int(parent)), number=number, local=local, slope=m.slope)
            )
    return _worst(judged)


def _has_its_number(p: Pass, i: int, row: Primitive) -> bool:
    numbers = _numbers(p, i)
    expected = row.value(FLOAT, *numbers)
    return bool(abs(expected - p.nodes.data[i]) <= STALE * abs(expected))


# --- rows beside differences -------------------------------------------------------------------------------------------


def _numbers(p: Pass, i: int) -> list[float]:
    return [p.nodes.data[o] if isinstance(o, int) else o for o in p.operands_of(i)]


def _compared(p: Pass, i: int, row: Primitive) -> Iterator[tuple[int, float, float, Measured]]:
    """The place and number of every parent of a node, with the derivative in the pass and the measured derivative."""
    numbers = _numbers(p, i)
    places = [k for k, o in enumerate(p.operands_of(i)) if isinstance(o, int)]
    for k, local in zip(places, p.locals(i), strict=False):
        if local == local:  # nan for the second place of a parent that occurs twice: a rule made by hand adds to it once
            yield k, numbers[k], local, measured(_along(row, numbers, k), numbers[k], local)


def _along(row: Primitive, numbers: list[float], k: int) -> Callable[[float], float]:
    return lambda x: float(row.value(FLOAT, *numbers[:k], x, *numbers[k + 1 :]))
