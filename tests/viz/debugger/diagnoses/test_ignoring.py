"""Findings that are not to be reported, by `ignore=` and by comments, and the report about what hides nothing."""

import pathlib
from collections.abc import Iterable
from typing import Any

import pytest

from autograd import ArgumentError, OperandError, Value, log, record_backward
from viz.debugger import Certainty, Finding, Kind, diagnose, watching
from viz.debugger.terminal.verdict import verdict
from viz.script import running

SCRIPT = """
from autograd import Value

w = Value(0.5, label="w")
for k in range(5):
    cost = (w - 2.0) ** 2
    cost.backward(){comment}
    w.data -= 0.1 * w.grad
"""
GUILTY = 7  # cost.backward(): the gradients are not zeroed before it


def found(folder: pathlib.Path, comment: str = "", **wanted: Any) -> list[Finding]:
    path = folder / "train.py"
    path.write_text(SCRIPT.format(comment=comment), encoding="utf-8")
    with watching(**wanted) as watch, running(str(path)):
        pass
    return watch.findings()


def kinds(findings: Iterable[Finding]) -> list[str]:
    return [f.kind for f in findings]


@pytest.mark.parametrize(
    "ignore",
    [
        ["gradients not zeroed"],
        [Kind.GRADIENTS_NOT_ZEROED],
        "gradients not zeroed",
        [GUILTY],
        [f"train.py:{GUILTY}"],
        ["w"],
        ["w*"],
    ],
)
def test_a_kind_a_line_or_a_node_is_ignored(tmp_path: pathlib.Path, ignore: Any) -> None:
    assert kinds(found(tmp_path)) == ["gradients not zeroed"]
    assert found(tmp_path, ignore=ignore) == []


def test_a_value_is_ignored_by_its_label() -> None:
    x = Value(0.0, label="x[0]")
    pole = 1.0 / (x + 1e-9) ** 2
    (finding,) = diagnose(pole, hints=True)
    assert diagnose(pole, ignore=[Value(1.0, label=finding.nodes[0])]) == []
    with pytest.raises(ArgumentError, match="a Value with a label"):
        diagnose(pole, ignore=[Value(1.0)])


@pytest.mark.parametrize(
    "comment", ["ignore", "ignore[gradients not zeroed]", "ignore[pole, gradients not zeroed]", "ignore[w]"]
)
def test_a_comment_on_the_line_hides_what_it_names(tmp_path: pathlib.Path, comment: str) -> None:
    seen = found(tmp_path, f"  # stepgrad: {comment}")
    names_it = "w]" not in comment
    assert ("gradients not zeroed" in kinds(seen)) == (not names_it)
    in_vain = [f for f in seen if f.kind == "nothing to ignore"]
    assert len(in_vain) == ("pole" in comment or not names_it)
    assert all((f.line, f.severity, f.certainty) == (GUILTY, "note", "fact") for f in in_vain)


def test_what_hides_nothing_is_reported_and_a_misspelt_kind_corrected(tmp_path: pathlib.Path) -> None:
    (_, note) = found(tmp_path, ignore=["gradient not zeroed"])
    assert note.kind == "nothing to ignore"
    assert "ignore='gradient not zeroed' hides nothing" in note.message
    assert "Did you mean 'gradients not zeroed'" in note.remedy
    assert not note.is_fault
    (_, note) = found(tmp_path, "  # stepgrad: ignore[pole]")
    assert str(note).startswith(f"{tmp_path / 'train.py'}:{GUILTY}: nothing to ignore (fact): # stepgrad: ignore[pole] hides")
    assert kinds(found(tmp_path, '; "# stepgrad: ignore[pole]"')) == ["gradients not zeroed"], "a string is no comment"


def test_a_finding_that_is_ignored_is_no_cause() -> None:
    x = Value(1.0, label="x")
    cost = log(x - 1.0) + 2.0 ** (x * 1023.0)
    assert kinds(diagnose(cost)) == ["not finite"]
    assert "not finite" not in kinds(diagnose(cost, ignore=["not finite"]))
    assert diagnose(cost, ignore=["not finite", "near overflow"]) != diagnose(cost)


@pytest.mark.parametrize("wrong", [[0], [True], [3.0], [""], [None]])
def test_what_cannot_be_ignored_is_refused_at_once(wrong: Any) -> None:
    with pytest.raises(ArgumentError, match="ignore: a kind of finding"), watching(ignore=wrong):
        pytest.fail("the block has begun")
    with pytest.raises(ArgumentError, match="ignore: a kind of finding"):
        diagnose(record_backward(Value(1.0) * 2.0), ignore=wrong)
    with pytest.raises(OperandError):
        diagnose(3.0)  # type: ignore[arg-type]


# --- from the shell ----------------------------------------------------------------------------------------------------


def test_the_exit_status_knows_comments_and_leaves_hints_out(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(SCRIPT.format(comment=""), encoding="utf-8")
    assert verdict(str(path), [])[2] == 1
    path.write_text(SCRIPT.format(comment="  # stepgrad: ignore"), encoding="utf-8")
    _, text, status = verdict(str(path), [])
    assert (text.partition(" with ")[0], status) == ("nothing found in 5 backward passes", 0)
    path.write_text(ASCENT, encoding="utf-8")
    _, text, status = verdict(str(path), [])
    assert (text.partition(" with ")[0], status) == ("nothing found in 12 backward passes", 0)
    _, text, status = verdict(str(path), [], hints=True)
    assert status == 0
    assert "wrong sign of the update (hint): is this meant? the parameters go up the gradient" in text
    assert (
        "If not: subtract: p.data -= rate * p.grad; or, if the cost is to become large, say so: watching(maximise=True)" in text
    )


# --- certainty ---------------------------------------------------------------------------------------------------------

ASCENT = """
from autograd import Value

w = Value(1.0, label="w")
for _ in range(12):
    area = w * (10.0 - w)
    area.backward()
    w.data += 0.1 * w.grad
    w.zero_grad()
"""


def ascent(folder: pathlib.Path, sign: str = "+", **wanted: Any) -> list[Finding]:
    path = folder / "ascent.py"
    path.write_text(ASCENT.replace("+=", f"{sign}="), encoding="utf-8")
    with watching(**wanted) as watch, running(str(path)):
        pass
    return watch.findings(hints=True)


def test_a_direction_is_a_fact_for_who_has_said_it_and_a_question_for_others(tmp_path: pathlib.Path) -> None:
    (asked,) = ascent(tmp_path)
    assert (asked.kind, asked.certainty, asked.is_fault) == ("wrong sign of the update", Certainty.HINT, False)
    assert ascent(tmp_path, maximise=True) == []
    (wrong,) = ascent(tmp_path, maximise=False)
    assert (wrong.kind, wrong.certainty, wrong.remedy) == (
        "wrong sign of the update",
        "fact",
        "subtract: p.data -= rate * p.grad",
    )
    (down, *_) = ascent(tmp_path, "-", maximise=True)
    assert (down.kind, down.certainty, down.remedy) == ("wrong sign of the update", "fact", "add: p.data += rate * p.grad")
    assert "go down the gradient" in down.message
    assert "it is to be made large" in down.message


def test_in_a_game_one_climbs_and_the_other_descends() -> None:
    a, b = Value(1.0, label="a"), Value(1.0, label="b")

    def play(sign: float) -> list[Finding]:
        a.data, b.data = 1.0, 1.0
        with watching(maximise=[b]) as watch:
            for _ in range(12):
                (a * b + 0.1 * a * a - 0.1 * b * b).backward()
                a.data -= 0.05 * a.grad * sign
                b.data += 0.05 * b.grad * sign
                a.zero_grad()
                b.zero_grad()
        return watch.findings(hints=True)

    assert play(1.0) == []
    assert [(f.kind, f.certainty) for f in play(-1.0)] == [("wrong sign of the update", "fact")]


def test_arithmetic_without_any_update_gets_facts_of_arithmetic_only() -> None:
    def once(**wanted: Any) -> list[str]:
        with watching(**wanted) as watch:
            c, farads = Value(1e-9, label="c"), Value(2.0, label="l")
            (1.0 / (c * farads)).backward()
        return kinds(watch.findings(hints=True))

    assert once() == []
    assert once(parameters=[Value(1.0, label="w")]) == ["no gradient", "pole"]
    with watching() as watch:
        log(Value(0.0)).backward()
    assert kinds(watch.findings()) == ["not finite"]
