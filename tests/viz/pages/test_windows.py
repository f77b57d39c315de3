"""The page where people have it: on a phone, in a browser at 200 %, on paper, read by a program for the blind."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from browsed import Open, network, neuron
from places import ROOT

from autograd import Value, dot, scope, tanh
from nn import MLP

AXE = ROOT / "tests" / "dap" / "node_modules" / "axe-core" / "axe.min.js"
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
WINDOWS = {
    "desk": {},
    "phone": PHONE,
    "at 200 %": {"viewport": {"width": 640, "height": 360}},
    "phone on its side": {"viewport": {"width": 844, "height": 390}},
    "at 400 %": {"viewport": {"width": 320, "height": 256}},
}


def place(tab: Any, selector: str) -> dict[str, float]:
    found: dict[str, float] = tab.locator(selector).bounding_box()
    return found


def clean(x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
    return x, y, x + width, y + height


# Controls that stand beyond the right edge, or that something else covers. What scrolls is scrolled to first.
CONTROLS = "header button, footer button, footer label:not([hidden]) select, #slider, #query, #zoom button"
UNREACHABLE = (
    f"() => [...document.querySelectorAll('{CONTROLS}')]"
    + """
  .filter(e => {
    e.scrollIntoView({ block: 'nearest' });
    const r = e.getBoundingClientRect();
    const at = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
    return r.left < 0 || r.right > innerWidth + 0.5 || !(e === at || e.contains(at));
  }).map(e => e.id)"""
)


@pytest.mark.parametrize("window", WINDOWS)
def test_every_control_can_be_reached_in_every_window(window: str, show: Open) -> None:
    tab = show(network(), **WINDOWS[window])
    assert tab.evaluate(UNREACHABLE) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("window", ["desk", "phone", "at 200 %"])
@pytest.mark.parametrize("root", [neuron, network])
def test_the_first_view_of_a_large_window_shows_everything_as_does_a_key_in_a_small_one(
    window: str, root: Any, show: Open
) -> None:
    tab = show(root(), **WINDOWS[window])
    if window != "desk":
        tab.keyboard.press("0")
    left, top, right, bottom = clean(**place(tab, "#stage"))
    for box in tab.locator("#graph .box .edge").all():
        x0, y0, x1, y1 = clean(**box.bounding_box())
        assert left <= x0
        assert x1 <= right
        assert top <= y0
        assert y1 <= bottom


# The size of text in boxes, in pixels of the window.
TEXT = """parseFloat(getComputedStyle(document.querySelector('.box tspan')).fontSize)
  * document.querySelector('.world').getScreenCTM().a"""
SMALL = ["phone", "at 200 %", "phone on its side", "at 400 %"]
GIVEN: dict[str, Callable[[], Any]] = {
    "neuron": neuron,
    "network": network,
    "3-4-4-1": lambda: (MLP(3, [4, 4, 1], activation="tanh")([0.5, -1.0, 2.0]) - 1.0) ** 2,
    "batch": lambda: network(40, (12, 8)),
}


@pytest.mark.parametrize("window", SMALL)
@pytest.mark.parametrize("given", GIVEN)
def test_a_small_window_opens_where_the_pass_begins_with_text_that_can_be_read(given: str, window: str, show: Open) -> None:
    tab = show(GIVEN[given](), **WINDOWS[window])
    assert tab.evaluate(TEXT) >= 11.0
    left, top, right, bottom = clean(**place(tab, "#stage"))
    x0, y0, x1, y1 = clean(**place(tab, "#graph .box.output .edge"))
    assert left <= x0 < x1 <= right
    assert top <= y0 < y1 <= bottom


def long() -> Any:
    h = Value(0.1, label="h")
    for k in range(6):
        h = h.tanh() if k % 2 else h.sin()
        h.label = f"the state after {k + 1} turns"
    return h


def test_a_wide_graph_runs_down_where_it_is_much_larger_so(show: Open) -> None:
    tab = show(long())
    assert "from top to bottom" in tab.locator("#graph").get_attribute("aria-label")
    assert tab.evaluate(TEXT) > 7.0
    tab = show(neuron())
    assert "from left to right" in tab.locator("#graph").get_attribute("aria-label")


def test_on_a_phone_the_panel_lies_below_the_graph_and_the_computation_runs_down(show: Open) -> None:
    tab = show(neuron(), **PHONE)
    assert place(tab, "#stage")["y"] + place(tab, "#stage")["height"] <= place(tab, "#panel")["y"]
    assert place(tab, "#panel")["height"] > 150
    assert place(tab, "#slider")["width"] > 300
    first, last = place(tab, "[data-id=n0] .edge"), place(tab, "[data-id=n10] .edge")
    assert first["y"] + first["height"] < last["y"]
    assert "from top to bottom" in str(tab.locator("#graph").get_attribute("aria-label"))
    tab.set_viewport_size({"width": 844, "height": 390})
    tab.locator("#graph[aria-label*='from left to right']").wait_for(state="attached")
    first, last = place(tab, "[data-id=n0] .edge"), place(tab, "[data-id=n10] .edge")
    assert first["x"] + first["width"] < last["x"]


SHIFT = "document.querySelector('.world').getScreenCTM().e"


def test_two_fingers_scale_the_graph_about_the_point_between_them(show: Open) -> None:
    tab = show(neuron(), **PHONE)
    touch = tab.context.new_cdp_session(tab)
    stage = place(tab, "#stage")
    middle = (stage["x"] + 195, stage["y"] + 200)
    inverse = """([x, y]) => {
      const p = new DOMPoint(x, y).matrixTransform(document.querySelector('.world').getScreenCTM().inverse());
      return [p.x, p.y];
    }"""
    before, scale = tab.evaluate(inverse, middle), tab.evaluate("document.querySelector('.world').getScreenCTM().a")

    def fingers(kind: str, *apart: float) -> None:
        points = [{"x": middle[0] + side * d, "y": middle[1], "id": n} for d in apart for n, side in enumerate((-1, 1))]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", 40)
    for apart in (50, 60, 80):
        fingers("touchMove", apart)
    fingers("touchEnd")
    assert tab.evaluate("document.querySelector('.world').getScreenCTM().a") == pytest.approx(2 * scale, rel=0.02)
    assert tab.evaluate(inverse, middle) == pytest.approx(before, abs=3.0)
    at = tab.evaluate(SHIFT)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": 190, "y": 300}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": 220, "y": 300}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert tab.evaluate(SHIFT) - at == pytest.approx(30, abs=1)


# --- small graphs ------------------------------------------------------------------------------------------------------


def test_a_small_network_opens_with_nothing_folded(show: Open) -> None:
    x = [Value(0.5, label="x_1"), Value(-1.0, label="x_2")]
    boxes = show((MLP(2, [2, 1], activation="tanh")(x) - 1.0) ** 2).evaluate("stepgrad.boxes()")
    assert [box["id"] for box in boxes if box["id"][0] == "g"] == []
    assert len(boxes) > 19


# Of every number on an arrow: its distance to its own arrow, and to the nearest other arrow, in pixels.
DISTANCES = """() => {
  const arrows = [...document.querySelectorAll('.arrow:not(.constant)')];
  const pointsOf = arrow => {
    const length = arrow.getTotalLength();
    return [...Array(201).keys()].map(k => arrow.getPointAtLength(length * k / 200));
  };
  const points = new Map(arrows.map(arrow => [arrow.dataset.id, pointsOf(arrow)]));
  const labels = [...document.querySelectorAll('.labels .label:not(.passed)')];
  const away = (label, id) => {
    const r = label.querySelector('rect').getBBox(), y = r.y + r.height / 2, x = r.x + r.width / 2;
    return Math.min(...points.get(id).map(p => Math.hypot(Math.max(0, Math.abs(p.x - x) - r.width / 2), p.y - y)));
  };
  return [arrows.length, labels.map(label => {
    const own = label.dataset.id;
    const others = [...points.keys()].filter(id => id !== own);
    return [own, away(label, own), Math.min(...others.map(id => away(label, id)), 1e9)];
  })];
}"""
GRAPHS: dict[str, Callable[[], Any]] = {
    "neuron": neuron,
    "2-2-1": lambda: MLP(2, [2, 1], activation="tanh")([0.5, -1.0]) ** 2,
    "3-2": network,
    "3-4-4-1": lambda: (MLP(3, [4, 4, 1], activation="tanh")([0.5, -1.0, 2.0]) - 1.0) ** 2,
    "a square": lambda: Value(3.0, label="x") ** 2 * Value(1.0, label="y"),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_every_arrow_of_a_small_graph_has_its_number_nearer_than_any_other(name: str, show: Open) -> None:
    arrows, labels = show(GRAPHS[name]()).evaluate(DISTANCES)
    assert len(labels) == arrows
    for own, near, stranger in labels:
        assert near < 3.0, own
        assert near < stranger, own


def test_values_that_enter_a_frame_keep_lines_of_their_own(show: Open) -> None:
    """a¹₁ and a¹₂ both go to z²₁, into another frame: they came together at its border once, with two numbers on one line."""
    tab = show(MLP(2, [2, 1], activation="tanh")([0.5, -1.0]) ** 2)
    names = {tab.evaluate("i => stepgrad.name(i)", i): i for i in range(tab.evaluate("stepgrad.size"))}
    target = f"n{names['z²₁']}"
    ways = [
        tab.evaluate("id => stepgrad.rows(id)", arrow["id"])
        for arrow in tab.evaluate("stepgrad.arrows()")
        if arrow["head"] == target and arrow["tail"] in {f"n{names[a]}" for a in ("a¹₁", "a¹₂")}
    ]
    assert len(ways) == 2
    (first, second) = (way[len(way) // 2 :] for way in ways)
    assert all(abs(a["y"] - b["y"]) >= 8 for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("down", [False, True])
def test_values_of_an_open_frame_pass_a_box_on_lines_of_their_own(down: bool, show: Open) -> None:
    """Inputs that go past a layer into the sum ran through one line once, and nobody could tell them apart behind it."""
    inputs = [Value(0.1 * k, label=f"x_{k}") for k in range(1, 5)]
    weights = [[Value(0.3 * (k - i), label=f"w_{i}{k}") for k in range(4)] for i in range(4)]
    with scope("layer"):
        between = [tanh(dot(some, inputs)) for some in weights]
    viewport = {"width": 600, "height": 1000} if down else {"width": 1280, "height": 720}
    tab = show(sum((x + b) ** 2.0 for x, b in zip(inputs, between, strict=True)), viewport=viewport)
    arrows = tab.evaluate("stepgrad.arrows()")
    ways = [(arrow["tail"], tab.evaluate("id => stepgrad.rows(id)", arrow["id"])) for arrow in arrows]
    stretches = [(tail, stop) for tail, way in ways for stop in way if stop["right"] > stop["left"]]
    assert len({tail for tail, _ in stretches}) > 2
    for tail, a in stretches:
        for other, b in stretches:
            beside = min(a["right"], b["right"]) > max(a["left"], b["left"])
            assert tail == other or not beside or abs(a["y"] - b["y"]) >= 5, (tail, other, a, b)


# --- paper and readers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_there_are_graph_contribution_and_legend_and_no_controls(scheme: str, show: Open) -> None:
    tab = show(network(6), color_scheme=scheme)
    tab.evaluate("stepgrad.goTo(4)")
    tab.keyboard.press("+")
    tab.keyboard.press("+")
    on_screen = tab.evaluate("document.querySelector('.world').style.transform")
    tab.emulate_media(media="print")
    tab.locator("#graph[viewBox]").wait_for(state="attached")
    assert tab.evaluate("document.documentElement.dataset.theme") == "light"
    controls = "header button, footer, #search, #zoom, #details, #help form"
    assert [e for e in tab.locator(controls).all() if e.is_visible()] == []
    assert tab.locator("#step").is_visible()
    left, top, right, bottom = clean(**place(tab, "#graph"))
    for box in tab.locator("#graph .box .edge").all():
        x0, y0, x1, y1 = clean(**box.bounding_box())
        assert left <= x0 < x1 <= right
        assert top <= y0 < y1 <= bottom
    legend = tab.locator("#help tr:visible").all_inner_texts()
    assert any("not reached yet" in row for row in legend)
    assert not any("tab" in row for row in legend)
    shapes = {row.strip().rpartition("\t")[2] for row in legend}
    kinds = {box["kind"] for box in tab.evaluate("stepgrad.boxes()")}
    assert ("folded stretch" in shapes) == ("part" in kinds)
    assert not any("finding" in row for row in legend), "there are none"
    tab.emulate_media(media="screen")
    tab.locator("#graph:not([viewBox])").wait_for(state="attached")
    assert tab.evaluate("document.documentElement.dataset.theme") == scheme
    assert tab.evaluate("document.querySelector('.world').style.transform") == on_screen
    assert tab.locator("footer").is_visible()


def test_the_printed_legend_has_the_shape_of_a_loop(show: Open) -> None:
    w, h = Value(0.5, label="w"), Value(0.1, label="h_0")
    for t in range(12):
        h = (w * h + Value(0.1 * t, label=f"x_{t}")).tanh()
    tab = show(h - 1.0)
    assert "loop" in {box["kind"] for box in tab.evaluate("stepgrad.boxes()")}
    tab.locator("#graph .box.siblings").click()  # x_0 to x_11, the one box of siblings, is opened
    assert "siblings" not in {box["kind"] for box in tab.evaluate("stepgrad.boxes()")}
    tab.emulate_media(media="print")
    tab.locator("#graph[viewBox]").wait_for(state="attached")
    assert any("several alike" in row for row in tab.locator("#help tr:visible").all_inner_texts())


def test_the_printed_file_is_a_page_or_two(show: Open) -> None:
    tab = show(neuron())
    tab.evaluate("stepgrad.goTo(3)")
    printed = tab.pdf(prefer_css_page_size=True, print_background=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 2


def test_the_legend_of_a_high_graph_is_printed_on_a_second_page(show: Open) -> None:
    """The pages were divided up before the graph had its size on paper, and what went over the first was lost."""
    tab = show(long(), color_scheme="light", locale="en-GB")  # a tab of its own: others are told of a medium
    tab.evaluate("stepgrad.goTo(3)")
    printed = tab.pdf(width="8in", height="9in", print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2


class Fault(NamedTuple):
    """A finding."""

    kind: str
    certainty: str
    message: str
    remedy: str
    file: str
    line: int
    nodes: tuple[str, ...]


@pytest.mark.slow
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: `npm install` in tests/dap")
@pytest.mark.parametrize(("scheme", "window"), [("light", "desk"), ("dark", "phone")])
def test_axe_finds_no_serious_violation(scheme: str, window: str, show: Open) -> None:
    cost = network()
    given = [Fault("vanishing gradient", "fact", "the gradient is lost", "another activation", "", 0, ("v3", "v12"))]
    tab = show(cost, color_scheme=scheme, made={"findings": given}, **WINDOWS[window])
    tab.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
    click = "document.querySelector('{}').dispatchEvent(new MouseEvent('click', {{bubbles: true}}))"
    opened = "document.getElementById('findings').open = true"
    for act in ("stepgrad.goTo(12)", opened, click.format("#graph .box"), click.format("#legend-button")):
        tab.evaluate(act)
        found = tab.evaluate("axe.run()")
        assert len(found["passes"]) > 15
        serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
        assert [(v["id"], [node["html"][:300] for node in v["nodes"]]) for v in serious] == []


# The frames whose border the number on the active arrow lies on.
ON_BORDERS = """() => {
  const [x, y, width, height] = ['x', 'y', 'width', 'height'].map(side =>
    Number(document.querySelector('.passed rect').getAttribute(side)));
  return stepgrad.frames().filter(frame => {
    const beside = x > frame.x + frame.width || x + width < frame.x || y > frame.y + frame.height || y + height < frame.y;
    const inside = x >= frame.x && x + width <= frame.x + frame.width && y >= frame.y && y + height <= frame.y + frame.height;
    return !beside && !inside;
  }).map(frame => frame.id);
}"""


def test_what_a_step_adds_stands_on_no_border_of_a_frame(show: Open) -> None:
    cost = (MLP(2, [2, 1], activation="tanh")([0.5, -1.0]) - 1.0) ** 2
    tab = show(cost, **PHONE)
    for step in (2, 3, 4):  # to the weights and the bias of a neuron
        tab.evaluate(f"stepgrad.goTo({step})")
        assert (step, tab.evaluate(ON_BORDERS)) == (step, [])
