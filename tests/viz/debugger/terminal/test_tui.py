"""The full-screen view, driven by textual's pilot: keys are moves, panes show what the model says, nothing is markup.

The oracle is the session behind the screen and the text of panes.py; the screen in docs/terminal-debugger.md is compared with
what is drawn, as text (REGENERATE=1 writes it).
"""

import asyncio
import os
import pathlib
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from places import ROOT
from textual.widgets import Input

from autograd import Value, record_backward, record_sources, scope, tanh
from viz.debugger.commands import panes
from viz.debugger.program.debuggee import Arrival, Leave, running_to_backward
from viz.debugger.terminal.commands import Commands
from viz.debugger.terminal.tui import KEY_HELP, MOVES, DebuggerApp, run_full_screen

DOC = ROOT / "docs" / "terminal-debugger.md"


def stand(label: str = "w") -> Commands:
    """At the beginning of the pass of tanh(w * x)^2."""
    with record_sources(), scope("layer1"):
        z = Value(2.0, label=label) * Value(0.25, label="x")
        z.label = "z"
        y = tanh(z)
        y.label = "y"
        cost = y * y
        cost.label = "cost"
    commands = Commands(alive=True)
    commands.enter(Arrival(1, record_backward(cost), cost.source))
    return commands


def screen_of(app: DebuggerApp) -> str:
    """What is on the screen, as text."""
    rows = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
    return "\n".join(rows) + "\n"


def typed(text: str) -> list[str]:
    names = {" ": "space", ":": "colon", "*": "asterisk", "_": "underscore", "^": "circumflex_accent", ".": "full_stop"}
    return [names.get(c, c) for c in text]


def drive(
    commands: Commands, *keys: str, size: tuple[int, int] = (80, 24), then: Callable[[DebuggerApp], Any] = screen_of
) -> Any:
    """Press keys (':' and a command types it) and look."""

    async def play() -> Any:
        app = DebuggerApp(commands, commands.console.heading())
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            for key in keys:
                if key.startswith(":"):
                    await pilot.press("colon")
                    app.query_one(Input).value = key[1:]  # pressing every letter takes its time; one test does
                    await pilot.press("enter")
                else:
                    await pilot.press(key)
            await pilot.pause()
            await pilot.pause()
            return then(app)

    return asyncio.run(play())


def test_every_key_is_the_command_it_stands_for() -> None:
    pressed, said = stand(), stand()

    async def play() -> None:
        app = DebuggerApp(pressed, "")
        async with app.run_test(size=(80, 24)) as pilot:
            for key, command in MOVES.items():
                pressed.do("j 2")
                said.do("j 2")
                await pilot.press(key)
                said.do(command)
                here, there = pressed.console, said.console
                assert (here.session.position, here.frame) == (there.session.position, there.frame), key

    asyncio.run(play())
    commands = stand()
    drive(commands, "s", "s", "enter", "S")
    assert commands.console.session.position == 2
    drive(commands, "end")
    assert commands.console.session.at_end
    drive(commands, "home", "right", "left", "down", "up")
    assert commands.console.session.position == 0


def test_the_panes_show_what_the_model_says() -> None:
    commands = stand()
    text = drive(commands, "s", "s", "s")
    console = commands.console
    rows = text.splitlines()
    assert rows[0].startswith(" pass 1: cost = 0.2136 | step 3 of 5, in layer1")
    line = console.session.source.line  # type: ignore[union-attr]
    assert re.search(rf"^ +{line}  -> +z = Value\(2\.0", text, re.MULTILINE)
    assert "→ 0.1817    = 0.25 × 0.7269  to w = 2" in text
    for change in panes.change_lines(console.stopped, 3, 30):
        assert change in text
    assert "y  0.4621 → 0.9242" in text  # old -> new
    assert "w.grad += 0.25 × 0.7269 = 0.1817, total 0.1817" in text
    assert panes.symbols(console.stopped, 3) in text
    assert [row[49:].strip() for row in rows if re.search(r"#\d", row)] == [
        "#2  cost = y * y",
        "#1  y = tanh(z)",
        "> #0  z = w * x",
    ]
    assert rows[-3].endswith(" 3/5") and rows[-3][3 * 75 // 5 : 3 * 76 // 5 + 1].strip("━─") == "▼"
    assert rows[-1].startswith("s step")


def test_a_breakpoint_on_the_current_line_is_set_shown_and_removed_by_one_key() -> None:
    commands = stand()
    text = drive(commands, "n", "b")
    assert re.search(r"B->", text)
    assert "breakpoint 1: " in text
    assert "●" in drive(commands, "home")
    assert commands.console.session.position == 0
    drive(commands, "c")
    assert commands.console.stop.breakpoints[0].id == 1
    assert "B->" not in drive(commands, "b")
    assert not commands.console.breakpoints


def test_the_command_line_takes_any_command_completes_and_recalls() -> None:
    commands = stand()
    assert "data 0.5, grad not reached yet" in drive(commands, "colon", *typed("p z"), "enter")
    assert "breakpoint 1: watch x" in drive(commands, ":watch x")
    text = drive(commands, ":help break")
    assert "PLACE is one of" in text and "Esc closes" in text
    assert "PLACE is one of" not in drive(commands, ":help break", "escape")
    assert "is no command" in drive(commands, ":wacth x")
    shown = drive(commands, "colon", *typed("reverse-n"), "tab", then=lambda app: app.query_one(Input).value)
    assert shown == "reverse-next"
    assert drive(commands, "colon", "up", "up", "down", then=lambda app: app.query_one(Input).value) == "wacth x"
    assert commands.console.session.position == 0  # what was typed moved nothing
    drive(commands, ":b op:tanh")
    assert commands.console.breakpoints[2].what == "tanh"  # a colon in a command is a colon


def test_a_display_stays_and_a_question_opens_an_answer() -> None:
    commands = stand()
    assert "1: z.grad = not reached yet" in drive(commands, ":display z.grad")
    assert "1: z.grad = 0.72" in drive(commands, "n", "n")
    assert "because all of it comes through" in drive(commands, "y")
    assert "> #0  z = w * x" in drive(commands, "w")


def test_the_help_key_tells_every_key() -> None:
    text = drive(stand(), "question_mark", size=(80, 50))
    assert all(row in text for row in KEY_HELP.splitlines())
    assert "parent.grad += local × upstream" in text
    for key in MOVES:
        shown = {"right": "→", "left": "←", "up": "↑", "down": "↓", "home": "Home"}.get(key, key)
        assert re.search(rf"(^|\s){shown}[\s,]", KEY_HELP, re.MULTILINE), key


@pytest.mark.parametrize(
    ("keys", "then"),
    [(("q",), "quit"), (("ctrl+q",), "quit"), (("end", "c"), "continue"), ((":np",), "continue"), ((":detach",), "detach"),
     ((":catch nan", ":ca"), "through"), (("colon", "q", "enter"), "quit")],
)  # fmt: skip
def test_what_happens_then(keys: tuple[str, ...], then: str) -> None:
    assert drive(stand(), *keys, then=lambda app: app.return_value) == then


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (81, 25), (40, 12), (10, 3)])
def test_it_fits_every_size(size: tuple[int, int]) -> None:
    commands = stand()
    text = drive(commands, "s", "s", size=size)
    assert len(text.splitlines()) <= size[1]
    assert max(map(len, text.splitlines())) <= size[0]
    if size[0] >= 80:
        for title in ("gradients that changed", "graph: ", "stack: ", "next contribution", "s step", "z.grad += "):
            assert title in text


@pytest.mark.parametrize(("before", "after"), [((80, 24), (130, 40)), ((130, 40), (80, 24))])
def test_the_size_may_change(before: tuple[int, int], after: tuple[int, int]) -> None:
    async def play() -> str:
        commands = stand()
        app = DebuggerApp(commands, commands.console.heading())
        async with app.run_test(size=before) as pilot:
            await pilot.pause()
            await pilot.resize_terminal(*after)
            for _ in range(4):
                await pilot.pause()
            return screen_of(app)

    assert asyncio.run(play()) == drive(stand(), size=after)


def test_control_c_loses_nothing() -> None:
    text = drive(stand(), "s", "colon", "w", "h", "ctrl+c")
    assert "(interrupted; q leaves)" in text
    assert "step 1 of" in text


def test_labels_are_neither_markup_nor_escape_codes() -> None:
    text = drive(stand("[bold red]w[/] \x1b[31m$x"), "j", "n", "n", "s", "enter", ":find *")
    assert r"[bold red]w[/] \x1b[31m$x" in text
    assert "\x1b" not in text


def test_a_nan_is_marked_on_the_time_line() -> None:
    commands = Commands()
    x = Value(0.0, label="x")
    commands.open(record_backward((x * x) ** 0.5))
    text = drive(commands, "c")
    assert text.splitlines()[-3].count("!") >= 1
    assert "x.grad = nan" in text


def test_where_no_full_screen_is_possible_the_prompt_takes_over() -> None:
    commands, results = stand(), []

    async def inside() -> None:
        results.append(run_full_screen(commands, ""))

    asyncio.run(inside())
    thread = threading.Thread(target=lambda: results.append(run_full_screen(commands, "")))
    thread.start()
    thread.join()
    assert results == [None, None]


def test_the_screen_in_the_docs_is_what_is_drawn(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = DOC.read_text(encoding="utf-8")
    script = re.search(r"^```python\n(# fit\.py.*?)^```", text, re.DOTALL | re.MULTILINE)
    block = re.search(r"^```screen\n(.*?)^```\n", text, re.DOTALL | re.MULTILINE)
    assert script and block
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fit.py").write_text(script[1])
    commands = Commands(alive=True)

    def arrive(arrival: Arrival) -> None:
        if commands.enter(arrival) and arrival.number > 1:
            raise Leave(0)
        commands.do("catch nan")
        commands.do("ca")

    running_to_backward("fit.py", [], arrive)
    drawn = f"$ python -m viz.debugger --tui fit.py\n{drive(commands)}"
    if os.environ.get("REGENERATE") == "1":
        DOC.write_text(text.replace(block[0], f"```screen\n{drawn}```\n"), encoding="utf-8")
        return
    assert block[1] == drawn
    assert "v28.grad += inf × 0 = nan" in drawn
