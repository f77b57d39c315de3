"""The page in a real Chromium: the same numbers as the recording to the bit, no network, no errors, nothing that jumps.

Every page is loaded from disk as a person would load it (conftest.py). Timing is in benchmarks/page.py; here only a wide margin
is kept.
"""

import json
import math
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from browsed import Open, network, neuron
from places import ROOT

from autograd import (
    AutogradError,
    OperandError,
    Recording,
    Value,
    dot,
    load_recording,
    log,
    record_backward,
    scope,
    tanh,
)
from nn import MLP, mean_squared_error
from viz.graphs.fold import tree_of
from viz.graphs.graph import graph_of
from viz.graphs.view import view
from viz.mime import frame
from viz.pages.page import page
from viz.recorded import recorded


def square() -> Value:
    x = Value(3.0, label="x")
    y: Value = x * x
    return y


def recurrent() -> Any:
    """A scope that is entered again and again: what it holds would make a cycle."""
    w, h = Value(0.5, label="w"), Value(0.1, label="h_0")
    for t in range(4):
        with scope("cell"):
            h = tanh(w * h + float(t))
        h = h * 2.0
    return h


def by_hand() -> Any:
    x = Value(3.0, label="x")
    y = Value(x.data**2, (x, x), "sq", label="y")

    def rule() -> None:
        x.grad += 2.0 * x.data * y.grad

    y._backward = rule
    return y * x


def hooked() -> Any:
    x = Value(2.0, label="x")
    y = x * x
    y.register_hook(lambda grad: grad * 0.1)
    return y * 3.0 + x


def strange_numbers() -> Any:
    x, y = Value(0.0, label="x"), Value(1e200, label="y")
    return log(x) * x + y * y * 1e-300 + x * -0.0


CASES: dict[str, Callable[[], Value]] = {
    "neuron": neuron, "square": square, "network": network,
    "batch": lambda: network(6), "recurrent": recurrent, "made by hand": by_hand, "hooks": hooked,
    "nan and inf": strange_numbers, "one node": lambda: Value(4.0, label="alone"),
}  # fmt: skip


def bits(x: float) -> bytes:
    return struct.pack("<d", math.nan if x != x else x)


def packed(numbers: list[float]) -> str:
    return b"".join(map(bits, numbers)).hex()


# All numbers of all steps as the page has them, as the hexadecimal digits of their bytes.
ALL_STEPS = """() => {
  const names = ['local', 'upstream', 'contribution', 'total'], numbers = new Float64Array(4 * stepgrad.length), who = [], rules = [];
  for (let k = 0; k < stepgrad.length; k++) {
    const step = stepgrad.contribution(k);
    names.forEach((name, n) => { numbers[4 * k + n] = step[name]; });
    who.push([step.node, step.parent]);
    rules.push(step.rule);
  }
  for (let i = 0; i < numbers.length; i++) if (numbers[i] !== numbers[i]) numbers[i] = NaN;
  return [[...new Uint8Array(numbers.buffer)].map(b => b.toString(16).padStart(2, '0')).join(''), who, rules];
}"""


def canonical(text: str) -> str:
    """Bytes in which every nan is the same one."""
    found = struct.iter_unpack("<d", bytes.fromhex(text))
    return packed([x for (x,) in found])


@pytest.mark.parametrize("name", CASES)
def test_every_step_has_the_numbers_of_the_recording_bit_for_bit(name: str, show: Open) -> None:
    recording = record_backward(CASES[name]())
    numbers, who, _ = show(recording).evaluate(ALL_STEPS)
    steps = [x for step in recording for x in (step.local, step.upstream, step.contribution, step.total)]
    assert canonical(numbers) == packed(steps)
    assert who == [[step.node.id, step.parent.id] for step in recording]


def test_that_comparison_can_fail(show: Open) -> None:
    recording = record_backward(neuron())
    numbers, _, _ = show(recording).evaluate(ALL_STEPS)
    recording.columns["local"][3] = math.nextafter(recording.columns["local"][3], math.inf)
    assert canonical(numbers) != packed([x for s in recording for x in (s.local, s.upstream, s.contribution, s.total)])


@pytest.mark.parametrize("name", CASES)
def test_the_state_after_any_number_of_steps_is_that_of_a_replay(name: str, show: Open) -> None:
    recording = record_backward(CASES[name]())
    tab = show(recording)
    rng = random.Random(name)
    for k in [0, len(recording), *(rng.randrange(len(recording) + 1) for _ in range(12))]:
        totals: dict[int, float] = {recording.root.id: recording.seed}
        for step in recording[:k]:
            totals[step.node.id] = step.upstream  # a hook may have changed it
            totals[step.parent.id] = step.total
        shown = tab.evaluate(
            "k => { stepgrad.goTo(k); return [...Array(stepgrad.size).keys()].map(i => String(stepgrad.grad(i))) }", k
        )
        assert tab.evaluate("stepgrad.step") == k
        for i, text in enumerate(shown):
            assert (text == "undefined") == (i not in totals)
            if i in totals:
                assert bits(float(text.replace("Infinity", "inf"))) in (bits(totals[i]), bits(totals[i] + 0.0))


def test_a_gradient_not_reached_looks_different_from_zero(show: Open) -> None:
    x, y = Value(3.0, label="x"), Value(0.0, label="y")
    tab = show(x * y)
    box = tab.locator("[data-id=n1]")
    assert "grad –" in box.text_content()
    assert box.locator(".edge").get_attribute("fill") == "url(#hatching)"
    assert "waiting" in str(box.get_attribute("class"))
    tab.evaluate("stepgrad.goTo(2)")
    zero = tab.locator("[data-id=n0]")
    assert "grad 0" in zero.text_content()
    assert zero.locator(".edge").get_attribute("fill") != "url(#hatching)"
    assert "done" in str(zero.get_attribute("class"))


def test_values_are_recorded_without_traces() -> None:
    x, y = Value(3.0, label="x"), Value(2.0)
    z = x * y
    z.backward()
    w = z + x
    before = [(v.grad, v.has_grad) for v in (x, y, z, w)]
    assert [node.grad for node in recorded(w).nodes] == [3.0, 3.0, 1.0, 1.0]
    assert [(v.grad, v.has_grad) for v in (x, y, z, w)] == before

    def refuse(_: float) -> None:
        raise RuntimeError("a hook")

    y.register_hook(refuse)
    with pytest.raises(RuntimeError, match="a hook"):
        recorded(w)
    assert [(v.grad, v.has_grad) for v in (x, y, z, w)] == before


def test_a_loaded_recording_gives_the_same_page(tmp_path: pathlib.Path) -> None:
    recording = record_backward(network())
    recording.save(tmp_path / "pass.json")
    assert page(load_recording(tmp_path / "pass.json")) == page(recording)


def test_errors_say_what_to_write(tmp_path: pathlib.Path) -> None:
    with pytest.raises(OperandError, match=r"page\(root\).*got int 3"):
        page(3)  # type: ignore[arg-type]
    with pytest.raises(AutogradError, match="nowhere"):
        page(Value(1.0), tmp_path / "nowhere" / "steps.html")
    assert not list(tmp_path.iterdir())


# --- what is drawn -----------------------------------------------------------------------------------------------------


def everything_open(recording: Recording) -> tuple[set[str], set[tuple[str, str, int]]]:
    tree = tree_of(graph_of(recording))
    shown = view(tree, {g.id for g in tree.groups})
    return {b.id for b in shown.boxes}, {(a.tail, a.head, a.operands) for a in shown.arrows}


def open_all(tab: Any) -> None:
    """Unfold with the mouse until nothing is folded."""
    for _ in range(200):
        folded = tab.evaluate("stepgrad.boxes().filter(box => box.id[0] === 'g').map(box => box.id)")
        if not folded:
            return
        tab.evaluate(
            "id => document.querySelector(`[data-id=${id}]`).dispatchEvent(new MouseEvent('click', {bubbles: true}))", folded[0]
        )
    raise AssertionError("still folded")


@pytest.mark.parametrize("name", CASES)
def test_boxes_and_arrows_are_those_of_a_picture(name: str, show: Open) -> None:
    recording = record_backward(CASES[name]())
    tab = show(recording)
    tree = tree_of(graph_of(recording))
    for _ in range(2):
        expected = view(tree, set(tab.evaluate("stepgrad.opened")))
        assert [b["id"] for b in tab.evaluate("stepgrad.boxes()")] == [b.id for b in expected.boxes]
        arrows = tab.evaluate("stepgrad.arrows().map(a => [a.tail, a.head, a.operands])")
        assert sorted(map(tuple, arrows)) == sorted((a.tail, a.head, a.operands) for a in expected.arrows)
        open_all(tab)
    assert {b["id"] for b in tab.evaluate("stepgrad.boxes()")} == everything_open(recording)[0]


# The rectangles of all boxes as the browser has drawn them, without what stands out of their outline.
DRAWN = """() => Object.fromEntries([...document.querySelectorAll('#graph .box')].map(box => {
  const r = box.querySelector('.edge').getBoundingClientRect();
  return [box.dataset.id, [r.left, r.top, r.right, r.bottom]];
}))"""
Rectangles = dict[str, list[float]]


def overlapping(boxes: Rectangles) -> list[tuple[str, str]]:
    names = sorted(boxes)
    return [
        (a, b)
        for n, a in enumerate(names)
        for b in names[n + 1 :]
        if boxes[a][0] < boxes[b][2] and boxes[b][0] < boxes[a][2] and boxes[a][1] < boxes[b][3] and boxes[b][1] < boxes[a][3]
    ]


def swapped(before: Rectangles, after: Rectangles) -> list[tuple[str, str]]:
    """Pairs that stood above each other, overlapping in width, and have changed places."""
    both = sorted(before.keys() & after.keys())
    return [
        (a, b)
        for a in both
        for b in both
        if before[a][0] < before[b][2] and before[b][0] < before[a][2]
        and after[a][0] < after[b][2] and after[b][0] < after[a][2]
        and before[a][3] <= before[b][1] and after[b][3] <= after[a][1]
    ]  # fmt: skip


def test_overlaps_and_swaps_would_be_noticed() -> None:
    apart = {"a": [0.0, 0.0, 10.0, 10.0], "b": [0.0, 12.0, 10.0, 20.0]}
    assert (overlapping(apart), swapped(apart, apart)) == ([], [])
    assert overlapping(apart | {"b": [5.0, 9.0, 15.0, 20.0]}) == [("a", "b")]
    assert swapped(apart, {"a": apart["b"], "b": apart["a"]}) == [("a", "b")]


@pytest.mark.parametrize("name", ["network", "batch", "recurrent"])
def test_nothing_jumps_or_overlaps_when_groups_are_opened_and_folded(name: str, show: Open) -> None:
    tab = show(CASES[name]())
    rng = random.Random(name)
    before = tab.evaluate(DRAWN)
    assert overlapping(before) == []
    for _ in range(14):
        handles = tab.evaluate("[...stepgrad.boxes(), ...stepgrad.frames()].map(x => x.id).filter(id => id[0] === 'g')")
        chosen = rng.choice(handles)
        at = "id => { const r = document.querySelector(`[data-id=${id}] .edge`).getBoundingClientRect(); return [r.left, r.top] }"
        corner = tab.evaluate(at, chosen)
        opening = tab.locator(f"[data-id={chosen}]").get_attribute("aria-expanded") == "false"
        tab.evaluate(
            "id => (document.querySelector(`[data-id=${id}] .handle`) || document.querySelector(`[data-id=${id}]`))"
            ".dispatchEvent(new MouseEvent('click', {bubbles: true}))",
            chosen,
        )
        after = tab.evaluate(DRAWN)
        assert overlapping(after) == []
        assert swapped(before, after) == []
        if opening:  # what was clicked stays where it is on the screen
            assert tab.evaluate(at, chosen) == pytest.approx(corner, abs=1.5)
        before = after


CLIPPED = """() => [...document.querySelectorAll('#graph .box')].filter(box => {
  const edge = box.querySelector('.edge').getBBox(), text = box.querySelector('text').getBBox();
  return text.x < edge.x || text.y < edge.y || text.x + text.width > edge.x + edge.width || text.y + text.height > edge.y + edge.height;
}).map(box => box.textContent)"""


@pytest.mark.parametrize("name", CASES)
def test_no_text_is_cut_off_by_its_box_at_any_step(name: str, show: Open) -> None:
    tab = show(CASES[name]())
    open_all(tab)
    length = tab.evaluate("stepgrad.length")
    for k in sorted({0, 1, length // 3, length // 2, length - 1, length} & set(range(length + 1))):
        tab.evaluate("k => stepgrad.goTo(k)", k)
        assert tab.evaluate(CLIPPED) == []


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (800, 600)])
def test_the_page_fits_its_window_without_scroll_bars(width: int, height: int, show: Open) -> None:
    tab = show(network(6), viewport={"width": width, "height": height})
    tab.evaluate("stepgrad.goTo(5)")
    root = tab.evaluate("(({scrollWidth, scrollHeight}) => [scrollWidth, scrollHeight])(document.documentElement)")
    assert root == [width, height]
    outside = "[...document.querySelectorAll('button, input, select, output, header, footer, #panel')].filter(e => { const r = e.getBoundingClientRect(); return r.width && (r.right > innerWidth + 0.5 || r.bottom > innerHeight + 0.5) && !e.closest('#panel section') }).map(e => e.id)"
    assert tab.evaluate(outside) == []


# --- keyboard, search, time line ---------------------------------------------------------------------------------------


def test_everything_can_be_done_with_the_keyboard(show: Open) -> None:
    tab = show(network(6))
    press = tab.keyboard.press
    length = tab.evaluate("stepgrad.length")

    def step() -> int:
        return int(tab.evaluate("stepgrad.step"))

    press("ArrowRight")
    press("l")
    assert step() == 2
    press("h")
    press("ArrowLeft")
    assert step() == 0
    press("Shift+ArrowRight")  # a whole node: the root passes on to all its parents
    assert step() == tab.evaluate(
        "(() => { let k = 0; while (stepgrad.contribution(k).node === stepgrad.size - 1) k++; return k })()"
    )
    press("End")
    assert step() == length
    press("Home")
    assert step() == 0
    press("Space")
    for _ in range(1000):  # the policy of the page allows no polling by eval
        if step() >= 1:
            break
        tab.wait_for_timeout(50)
    assert step() >= 1
    press("Space")
    stopped = step()
    tab.wait_for_timeout(700)
    assert step() == stopped
    # From box to box, and open the first folded one.
    tab.locator("[data-id]").first.focus()
    for _ in range(40):
        if tab.evaluate("document.activeElement.getAttribute('aria-expanded')") == "false":
            break
        press("Tab")
    chosen = tab.evaluate("document.activeElement.dataset.id")
    boxes = tab.evaluate("stepgrad.boxes().length")
    press("Enter")
    assert tab.evaluate("stepgrad.boxes().length") > boxes
    assert tab.evaluate("document.activeElement.dataset.id") == chosen
    press("Enter")
    assert tab.evaluate("stepgrad.boxes().length") == boxes
    at = tab.evaluate("document.querySelector('.world').style.transform")
    press("d")
    press("Alt+ArrowUp")
    press("+")
    assert tab.evaluate("document.querySelector('.world').style.transform") != at
    press("0")
    press("?")
    assert tab.locator("#help").is_visible()
    press("Escape")
    assert not tab.locator("#help").is_visible()
    press("i")
    assert not tab.locator("#panel").is_visible()
    press("i")
    press("t")
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"


def test_every_control_has_a_name_and_steps_are_announced(show: Open) -> None:
    tab = show(neuron())
    nameless = "[...document.querySelectorAll('button, select, input, [tabindex]')].filter(e => !(e.getAttribute('aria-label') || e.textContent.trim())).map(e => e.outerHTML)"
    assert tab.evaluate(nameless) == []
    tab.keyboard.press("ArrowRight")
    said = tab.locator("#announcer").inner_text()
    assert said.startswith("Step 1 of 12:")
    assert tab.locator("#slider").get_attribute("aria-valuetext") == "step 1 of 12"


def test_search_opens_what_hides_a_value(show: Open) -> None:
    tab = show(network(6))
    for wanted, expected in (("b^1_2", "b¹₂"), ("b¹₂", "b¹₂"), ("v0", None), ("neuron2", "neuron2")):
        tab.keyboard.press("/")
        tab.keyboard.type(wanted)
        tab.keyboard.press("Enter")
        name = tab.locator("#details .name").inner_text()
        assert expected is None or name == expected
        chosen = tab.evaluate("document.activeElement.dataset.id")
        place = tab.evaluate(
            "id => { const r = document.querySelector(`[data-id=${id}] .edge`).getBoundingClientRect(); return [r.left, r.top] }",
            chosen,
        )
        assert 0 < place[0] < 920
        assert 46 < place[1] < 668
        tab.keyboard.press("Escape")
    tab.keyboard.press("/")
    tab.keyboard.type("nothing at all")
    assert tab.locator("#found").inner_text() == "Nothing is called so"


def test_a_search_right_after_a_search_keeps_what_it_found(show: Open) -> None:
    tab = show(network(6))
    for wanted, expected in (("b^1_2", "b¹₂"), ("b^1_1", "b¹₁")):
        tab.keyboard.press("/")
        tab.keyboard.type(wanted)
        tab.wait_for_timeout(250)
        tab.keyboard.press("Enter")
        assert tab.locator("#details .name").inner_text() == expected


def test_the_list_of_hits_stays_open_while_it_is_scrolled_by_its_bar(show: Open) -> None:
    tab = show(network(6))
    tab.keyboard.press("/")
    tab.keyboard.type("w")
    place = tab.locator("#found").bounding_box()
    x, y = place["x"] + place["width"] - 4, place["y"] + place["height"] / 2
    assert tab.evaluate("([x, y]) => document.elementFromPoint(x, y).id", [x, y]) == "found"
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.up()
    tab.wait_for_timeout(250)
    assert tab.locator("#found").is_visible()


# The boxes under the number on the active arrow.
COVERED = """() => {
  const label = document.querySelector('.passed rect').getBoundingClientRect();
  return [...document.querySelectorAll('#graph .box .edge')].map(edge => edge.getBoundingClientRect()).filter(box =>
    box.left < label.right && label.left < box.right && box.top < label.bottom && label.top < box.bottom);
}"""


def test_the_panel_shows_the_step_its_rule_and_its_source(show: Open) -> None:
    cost = neuron()
    recording = record_backward(cost)
    tab = show(recording)
    for k, step in enumerate(recording):
        tab.keyboard.press("ArrowRight")
        text = tab.locator("#step").inner_text()
        assert f"{k + 1} of {len(recording)}" in text.lower()
        titles = tab.locator("#step .sum [title]").evaluate_all("all => all.map(e => e.title)")
        shown = [float(t.replace("\u2212", "-")) for t in titles if re.fullmatch(r"[\d\u2212.e-]+", t)]
        assert shown == [step.local, step.upstream, step.contribution]
        assert step.node.source is not None
        assert step.node.source.text in text
        assert tab.locator(".arrow.active").count() == 1
        assert tab.evaluate(COVERED) == []
    tab.evaluate("stepgrad.goTo(5)")
    rules = tab.evaluate(ALL_STEPS)[2]
    assert rules[0] == "d(v9 + v6)/dv9 = 1" or re.fullmatch(r"d\(.*\)/d\w+ = 1", rules[0])


def test_repeated_operands_have_an_arrow_each(show: Open) -> None:
    x = Value(3.0, label="x")
    tab = show(x * x)
    ways = tab.locator(".arrow").evaluate_all("all => all.map(e => e.getAttribute('d'))")
    assert len(ways) == len(set(ways)) == 2
    tab.evaluate("stepgrad.goTo(1)")
    assert "1 of 2" in tab.locator("[data-id=n0]").text_content()


def test_too_many_boxes_are_refused_rather_than_shown(show: Open) -> None:
    leaves = [Value(float(i), label=f"p_{i}") for i in range(1600)]
    tab = show(dot(leaves, [1.0] * len(leaves)))
    before = 0
    for _ in range(4):
        folded = tab.evaluate("stepgrad.boxes().filter(box => box.id[0] === 'g').map(box => box.id)")
        if not folded or tab.locator("#message").is_visible():
            break
        before = tab.evaluate("stepgrad.boxes().length")
        tab.evaluate(
            "id => document.querySelector(`[data-id=${id}]`).dispatchEvent(new MouseEvent('click', {bubbles: true}))",
            folded[-1],
        )
    assert "too many to read" in tab.locator("#message").inner_text()
    assert tab.evaluate("stepgrad.boxes().length") == before


# --- contrast ----------------------------------------------------------------------------------------------------------

# The contrast of every text in a box with every colour it stands on, by the formula of WCAG 2.
CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3); };
  const light = colour => rgb(colour).map(c => c / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const style = e => getComputedStyle(e), found = [];
  for (const box of document.querySelectorAll('#graph .box:not(.constant)')) {
    const fill = box.querySelector('.edge').getAttribute('fill'), ink = style(box.querySelector('text')).fill, id = /url\\(#(.*)\\)/.exec(fill);
    const grounds = !id ? [fill] : id[1] === 'hatching' ? [style(document.querySelector('#hatching .ground')).fill, style(document.querySelector('#hatching line')).stroke] : [...document.getElementById(id[1]).children].map(stop => stop.getAttribute('stop-color'));
    for (const ground of grounds) found.push(contrast(ink, ground));
  }
  const paper = style(document.querySelector('#panel')).backgroundColor;
  for (const e of document.querySelectorAll('#panel .quiet, #panel .positive, #panel .negative, #panel .nan, #panel p, #panel h2')) found.push(contrast(style(e).color, paper));
  return Math.min(...found);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["neuron", "network", "nan and inf"])
def test_text_can_be_read_on_every_colour(scheme: str, name: str, show: Open) -> None:
    tab = show(CASES[name](), color_scheme=scheme)
    assert tab.evaluate("document.documentElement.dataset.theme") == scheme
    for k in (0, 0.5, 1):
        tab.evaluate("k => stepgrad.goTo(Math.round(k * stepgrad.length))", k)
        assert tab.evaluate(CONTRAST) >= 4.5


# --- labels ------------------------------------------------------------------------------------------------------------

HOSTILE = [
    "'\"`\\", "<b>bold</b>", "</script><script>canary()</script>", "<img src=x onerror=canary()>", "|{}", "a:b", "two\nlines",
    "<!--", "]]>", "&lt;&amp;", "\u2028\u2029", "\x00\x1b[31m", "\u202eright to left", "javascript:canary()", "%%CONTENT%%",
    "{out} {0}", "${canary()}", "__proto__", "constructor", "\ud800", "ẅ̈́ 𝒳 ∂", " ", "x" * 500,
]  # fmt: skip


def any_text(rng: random.Random) -> str:
    """Characters from all of Unicode, surrogates included, and as many of each part that has names of its own."""
    ends = [0x80, 0x800, 0x10000, 0x110000]
    return "".join(chr(rng.randrange(rng.choice(ends))) for _ in range(rng.randrange(30)))


def test_no_label_breaks_the_page_or_runs(show: Open) -> None:
    rng = random.Random(7)
    labels = HOSTILE + [any_text(rng) for _ in range(30)]
    root = Value(1.0)
    for n, label in enumerate(labels):
        with scope(label.replace("/", "") if n < len(HOSTILE) else "plain"):
            root = root * Value(1.5, label=label)
        root.label = label
    tab = show(root, title=labels[-1])
    tab.evaluate("void (window.canary = () => console.error('a label ran as script'))")
    open_all(tab)
    tab.evaluate("stepgrad.goTo(stepgrad.length)")
    assert tab.evaluate("stepgrad.size") == 2 * len(labels) + 1
    for wanted in HOSTILE[:3]:
        tab.fill("#query", wanted)
        tab.keyboard.press("Enter")
    held = tab.evaluate("JSON.parse(document.getElementById('content').textContent).labels")
    assert sorted(map(repr, held)) == sorted(map(repr, (node.label for node in record_backward(root).nodes)))
    known = {"B", "IMG", "SCRIPT"}
    assert tab.evaluate("[...document.body.querySelectorAll('b, img, script')].map(e => e.tagName)") == [
        tag
        for tag in tab.evaluate("[...document.body.querySelectorAll('#step b, #details b, script')].map(e => e.tagName)")
        if tag in known
    ]
    assert tab.locator("script").count() == 2


def test_the_canary_would_sing_and_the_policy_stops_what_got_in(show: Open, browser: Any) -> None:
    inject = "() => { window.canary = () => { window.sang = true }; document.body.insertAdjacentHTML('beforeend', '<img src=x: onerror=canary()>') }"
    bare = browser.new_page()
    bare.evaluate(inject)
    bare.wait_for_function("window.sang")
    bare.close()
    policy = show(Value(1.0)).locator("meta[http-equiv]").get_attribute("content")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_file_is_plain_ascii_json_inside() -> None:
    text = page(Value(1.0, label="</script>\u2028é"))
    held = text.split('id="content">')[1].split("</script>")[0]
    assert held.isascii()
    assert "<" not in held
    assert json.loads(held)["labels"] == ["</script>\u2028é"]


def test_a_large_network_opens_folded(show: Open) -> None:
    model = MLP(64, [64, 8], rng=random.Random(0))
    tab = show(mean_squared_error(model([0.5] * 64), [0.0] * 8))
    assert tab.evaluate("stepgrad.size") > 4000
    assert tab.evaluate("stepgrad.boxes().length") < 60
    assert tab.evaluate("stepgrad.openedAfter") < 10_000  # a tenth of a second or two; see benchmarks/page.py


@pytest.mark.slow
def test_the_screenshots_of_the_documentation_can_be_taken(tmp_path: pathlib.Path) -> None:
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not installed")
    pytest.importorskip("playwright", reason="playwright is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "examples.page_pictures", "--out", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    text = (ROOT / "docs" / "page.md").read_text(encoding="utf-8")
    assert set(re.findall(r"pictures/(\S+\.png)", text)) == {path.name for path in tmp_path.iterdir()}


def test_the_documentation_knows_every_key(show: Open) -> None:
    """Every key of the page's own help has a place in the table of docs/page.md."""
    on_page = show(Value(1.0)).locator("#help table").nth(1).locator("kbd").all_text_contents()
    text = (ROOT / "docs" / "page.md").read_text(encoding="utf-8")
    rows = [row.split("|")[1] for row in text.split("## Keys")[1].splitlines() if row.startswith("| ")]
    written = set(re.findall(r"[^\s,()]+", " ".join(rows)))
    single = {key for key in on_page if " " not in key}  # 'shift with these' is said in words
    assert len(single) > 15
    assert single <= written


def rolled() -> Any:
    w, h = Value(0.5, label="w"), Value(0.1, label="h_0")
    for t in range(12):
        h = tanh(w * h + Value(0.1 * t, label=f"x_{t}"))
    return h - 1.0


AROUND = {
    "data-jp-theme-light=true": "light", "data-jp-theme-light=false": "dark", "class=vscode-light": "light",
    "class='vscode-dark x'": "dark", "style='color-scheme: dark'": "dark", "": "light",
}  # fmt: skip


def test_a_frame_is_as_light_or_dark_as_its_notebook(browser: Any) -> None:
    x = Value(2.0, label="x")
    context = browser.new_context(color_scheme="null")  # what a test wishes for would go for the frame as well
    tab = context.new_page()
    alone, beside = (frame(shown) for shown in (page(x * x), page(x * x, beside=x * 3.0)))
    for around, scheme in AROUND.items():
        tab.set_content(f"<!doctype html><body {around}>{alone}")
        tab.frame_locator("iframe").locator(f"html[data-theme={scheme}] .box").first.wait_for()
    tab.evaluate("document.body.style.colorScheme = 'dark'")  # while it is shown
    tab.frame_locator("iframe").locator("html[data-theme=dark] .box").first.wait_for()
    tab.set_content(f"<!doctype html><body class=vscode-dark>{beside}")
    for n in range(2):
        inner = tab.frame_locator("iframe").frame_locator(f"iframe >> nth={n}")
        inner.locator("html[data-theme=dark] .box").first.wait_for()
    context.close()


def test_a_loop_says_what_a_step_does_as_pictures_do(show: Open) -> None:
    tab = show(rolled())
    (loop,) = [box for box in view(tree_of(graph_of(rolled())), {0}).boxes if box.kind == "loop"]
    assert loop.rules
    lines = tab.locator("#graph .box.loop tspan").all_text_contents()
    assert lines[1 : 1 + len(loop.rules)] == list(loop.rules)
    tab.locator("#graph .box.loop").click()
    assert loop.rules[0] in tab.locator("#graph .frame.loop text").text_content()
    assert loop.rules[0] in tab.locator("#details").inner_text()


def test_a_gradient_of_several_passes_is_remarked_on_when_it_is_complete(show: Open) -> None:
    a = Value(3.0, label="a")
    y = a * 3.0
    y.backward()
    tab = show(record_backward(y))  # the second pass over y
    box = tab.locator("[data-id=n0]")
    size = box.locator(".edge").get_attribute("d")
    assert ".grad" not in box.inner_html()
    tab.keyboard.press("End")
    assert ".grad 6: 3 of this pass" in box.text_content()
    assert "and 3 from before" in box.text_content()
    assert box.locator(".edge").get_attribute("d") == size
    tab.locator("[data-id=n0]").click()
    assert "6: 3 of this pass and 3 from before" in tab.locator("#details").inner_text()


def test_the_gradients_of_a_value_itself_are_remarked_on(show: Open) -> None:
    a, b = Value(3.0, label="a"), Value(2.0, label="b")
    y = a * b
    tab = show(y)
    tab.keyboard.press("End")
    assert ".grad" not in tab.locator("#graph").inner_html()  # no pass has been run
    y.backward()
    y.backward()
    b.zero_grad()
    tab = show(y)
    tab.keyboard.press("End")
    assert ".grad 4: 2 of this pass" in tab.locator("[data-id=n0]").text_content()
    assert ".grad 0: zeroed since" in tab.locator("[data-id=n1]").text_content()
    assert a.grad == 4.0


def test_a_long_loop_opens_as_stretches_and_a_step_alone(show: Open) -> None:
    w, h = Value(0.5, label="w"), Value(0.1, label="h_0")
    for t in range(40):
        h = tanh(w * h + Value(0.1 * t, label=f"x_{t}"))
    tab = show(h - 1.0)
    titles = tab.locator("#graph .box .title")
    assert "step (×40)" in titles.all_text_contents()
    tab.locator("#graph .box.loop").click()
    stretches = [title for title in titles.all_text_contents() if title.startswith("steps")]
    assert stretches == [f"steps {n}–{n + 4}" for n in range(1, 40, 5)]
    assert "step (×40)" in tab.locator("#details").inner_text()
    for kind, title in (("steps", "steps 16–20"), ("step", "step 17")):
        tab.keyboard.press("0")
        tab.locator(f"#graph .box.{kind}", has_text=title).click()
    assert "step 17" in tab.locator("#graph .frame.step text").all_text_contents()
    shown = titles.all_text_contents()
    assert {"step 16", "step 18", "step 19", "step 20", "steps 11–15", "steps 21–25"} <= set(shown)
    assert sum(title.endswith(" = tanh") for title in shown) == 1


def test_a_search_opens_the_stretch_and_the_step_that_hold_a_value(show: Open) -> None:
    h = Value(0.1, label="h_0")
    for t in range(1, 300):
        h = tanh(h * 1.5)
        h.label = f"h_{t}"
    tab = show(h - 1.0)
    tab.locator("#query").fill("h_210")
    tab.keyboard.press("Enter")
    assert "h₂₁₀ = tanh" in tab.locator("#graph .box.selected .title").text_content()
    assert tab.locator("#graph .box").count() < 40


def test_numbers_of_things_have_commas_as_everywhere(show: Open) -> None:
    xs = [Value(float(k)) for k in range(1200)]
    tab = show(dot([Value(0.5) for _ in xs], [x * x for x in xs], 0.0))
    shown = tab.locator("#graph .box").all_text_contents()
    assert any("1,200" in text for text in shown)
    assert not any(re.search(r"\b1200\b", text) for text in shown)
