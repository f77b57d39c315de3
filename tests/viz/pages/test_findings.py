"""Findings on a page: in the panel, on the graph, and the way from one to the other."""

import pathlib
from typing import Any

import pytest
from browsed import Open

from autograd import ArgumentError, Value, log, record_backward
from viz.debugger import diagnose, watching
from viz.pages.findings import listed
from viz.pages.page import page
from viz.pages.passes import passes_in


def pole() -> Value:
    """log(0): the finding is about a value without a name."""
    u, v = Value(0.0, label="u"), Value(2.0, label="v")
    cost: Value = log(u * u) * 0.1 + v
    cost.label = "C"
    return cost


def not_zeroed() -> Any:
    w, b = Value(0.5, label="w"), Value(0.0, label="b")
    with watching() as watch:
        for _ in range(10):
            cost = (w * 2.0 + b - 3.0) ** 2
            cost.label = "C"
            cost.backward()
            w.data -= 0.05 * w.grad
            b.data -= 0.05 * b.grad
    return watch


def test_a_finding_is_listed_and_marks_its_value(show: Open) -> None:
    recording = record_backward(pole())
    found = diagnose(recording)
    tab = show(recording, made={"findings": found})
    text = tab.locator("#findings").inner_text()
    assert f"{len(found)} finding" in text.lower()
    for finding in found:
        assert f"{finding.kind} {finding.certainty}" in text
        assert finding.message[1:] in text
        assert finding.remedy in text
    marked = tab.locator("#graph .box:has(.mark)").evaluate_all("all => all.map(e => e.dataset.id)")
    assert marked == [f"n{i}" for i in sorted({int(name[1:]) for f in found for name in f.nodes})]
    assert f"Finding 1: {found[0].kind}" in tab.locator("#graph .box:has(.mark)").first.get_attribute("aria-label")


def test_a_click_on_a_finding_goes_to_its_value_and_contribution(show: Open) -> None:
    recording = record_backward(pole())
    found = diagnose(recording)
    tab = show(recording, made={"findings": found})
    tab.locator("button.finding").first.click()
    node = int(found[0].nodes[0][1:])
    arrived = [k for k, step in enumerate(recording) if step.parent.id == node]
    assert tab.evaluate("stepgrad.step") == max(arrived) + 1
    assert tab.locator("#graph .box.selected").get_attribute("data-id") == f"n{node}"


def test_a_folded_value_marks_its_fold_and_is_opened_by_a_click(show: Open) -> None:
    h = Value(0.3, label="h")
    made = [h]
    for _ in range(80):
        h = (h * 1.5).tanh()
        made.append(h)
    recording = record_backward(h)
    (finding,) = diagnose(record_backward(pole()))[:1]
    hidden = recording.nodes[60].name
    tab = show(recording, made={"findings": [type(finding)(**vars(finding) | {"nodes": (hidden,)})]})
    marked = tab.locator("#graph .box:has(.mark)")
    assert marked.count() == 1
    assert marked.get_attribute("data-id").startswith("g")
    tab.locator("button.finding").click()
    assert tab.locator("#graph .box.selected").get_attribute("data-id") == "n60"
    assert tab.locator("#graph .box:has(.mark)").evaluate_all("all => all.map(e => e.dataset.id)") == ["n60"]


def test_a_page_of_a_training_has_its_findings(show: Open) -> None:
    watch = not_zeroed()
    tab = show(watch)
    assert tab.locator("h1").inner_text() == "Backward pass of C, pass 10 of 10"
    assert "gradients not zeroed" in tab.locator("#findings").inner_text()
    names = tab.locator("#graph .box:has(.mark) .title").all_text_contents()
    assert sorted(names) == ["b", "w"]


def test_the_page_of_a_training_shows_the_pass_in_which_numbers_break(tmp_path: pathlib.Path) -> None:
    u, v = Value(1.0, label="u"), Value(2.0, label="v")
    with watching() as watch:
        for _ in range(5):
            u.zero_grad()
            cost: Value = log(u) * 0.1 + v * u
            cost.backward()
            u.data -= 0.5 * max(u.grad, 0.0)
    (number,) = {int(f.evidence["pass"]) for f in watch.findings() if "pass" in f.evidence}
    assert 1 < number < 5
    assert f"pass {number} of 5" in page(watch)


def test_without_findings_there_is_no_list(show: Open) -> None:
    tab = show(pole())
    assert not tab.locator("#findings").is_visible()
    assert tab.locator("#graph .mark").count() == 0


def test_a_finding_that_names_no_value_of_the_pass_is_at_the_value_of_its_line() -> None:
    (finding,) = diagnose(record_backward(pole()))[:1]
    graph = passes_in(record_backward(pole())).graph
    elsewhere = type(finding)(**vars(finding) | {"nodes": ("v99", "gone")})
    assert listed([elsewhere], graph)[0]["nodes"] == []
    assert listed([finding], graph)[0]["nodes"] == [int(finding.nodes[0][1:])]


@pytest.mark.parametrize("wrong", ["pole", [1], {"kind": "pole"}, 3])
def test_what_is_no_finding_is_refused(wrong: Any) -> None:
    with pytest.raises(ArgumentError, match="findings in a list"):
        page(pole(), findings=wrong)


def test_a_training_without_a_pass_is_refused() -> None:
    with watching() as watch:
        pass
    with pytest.raises(ArgumentError, match="no backward pass was run"):
        page(watch)
