"""The full-screen view: source, graph, gradients that changed, stack, formula and time line at once, with the prompt below.

The same walk and the same commands as at the prompt; panes.py makes the text of every pane, this module arranges it with
textual. One key is one move. While the script runs the screen belongs to the script.
"""

import asyncio
import re
import threading
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Key, Resize
from textual.suggester import Suggester
from textual.widgets import Input, Static

from ... import style
from ..commands import panes
from ..commands.asking import listed
from ..commands.plain import clip, line, pad
from ..walk.stopped import Stopped
from .commands import Commands
from .help import TOUR

KEYS = "s step  n node  o scope  c run  S N O C back  u d stack  y why  b break  : command  ? help  q quit"
SHORT_KEYS = "s step n node o scope c run SNOC back ud stack y why b break : command ? help"
KEY_HELP = """\
s → step    n ↓ next node     o scope       c run to the next breakpoint
S ← back    N ↑ node before   O scope back  C run back     Home, End
u d         up the stack towards the cost, and down again
b           a breakpoint on the current line, or none
y w         why this gradient is what it is; the stack in full
Enter       the last move again
:           a command; Tab completes, ↑ ↓ recall; :help lists them
Esc         close this; PgUp and PgDn scroll
q           leave, and end the script"""
MOVES = {
    "s": "step", "right": "step", "S": "reverse-step", "left": "reverse-step", "n": "next", "down": "next",
    "N": "reverse-next", "up": "reverse-next", "o": "out", "O": "reverse-out", "c": "continue", "C": "reverse-continue",
    "u": "up", "d": "down", "home": "restart",
}  # fmt: skip
ONE_LINE = 1
_MARKS = {r"(?<![\w.])[−-]?(nan|inf)(?!\w)": "bold ansi_red", "[▼●]": "bold ansi_cyan", "(?<=[━─])!|!(?=[━─])": "bold ansi_red"}


def run_full_screen(commands: Commands, heading: str) -> str | None:
    """Show a pass full screen until the script has to go on.

    Args:
        commands: the commands, in the pass.
        heading: the text that the prompt would have printed.

    Returns:
        The action that follows, as in `Answer`; None if a full screen is impossible: inside an event loop, or outside the
        main thread.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        if threading.current_thread() is threading.main_thread():
            return DebuggerApp(commands, heading).run() or "quit"
    return None


class _Completions(Suggester):
    """Completes words with the names that the commands know."""

    def __init__(self, commands: Commands) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._commands = commands

    async def get_suggestion(self, value: str) -> str | None:
        """The line with its last word completed."""
        before, _, begun = value.rpartition(" ")
        before = before + " " if before else ""
        found = self._commands.complete(begun, before) if begun else []
        return before + found[0] if found else None


class DebuggerApp(App[str]):
    """A pass on the screen.

    Args:
        commands: the commands, in the pass.
        heading: the text that the prompt would have printed; its first line is shown as a message.
    """

    CSS = """
    Screen { layout: vertical; layers: panes over; background: ansi_default; color: ansi_default; }
    #title, #time, #keys, #message { height: 1; }
    #title { text-style: reverse; }
    #keys { color: ansi_bright_black; }
    .row { height: 1fr; }
    .pane { border-top: solid ansi_bright_black; border-title-color: ansi_cyan; height: 1fr; width: 1fr; padding: 0 1 0 0; }
    #source, #graph { width: 3fr; }
    #changes, #stack { width: 2fr; border-left: solid ansi_bright_black; padding-left: 1; }
    #formula { height: 3; }
    #answer { display: none; height: auto; max-height: 80%; layer: over; dock: bottom; margin-bottom: 2; }
    #answer { border: solid ansi_cyan; background: ansi_default; }
    #answer.shown { display: block; }
    #text { height: auto; }
    Input { height: 1; border: none; padding: 0; background: ansi_default; color: ansi_default; }
    """
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]  # textual allows more than bindings
        *(Binding(key, f"do('{command}')", show=False) for key, command in MOVES.items()),
        Binding("end", "last", show=False),
        Binding("b", "break", show=False),
        Binding("w", "do('where')", show=False),
        Binding("y", "do('why')", show=False),
        Binding("colon", "type", show=False, priority=True),  # handled before the next key, for people who type fast
        Binding("question_mark", "keys", show=False),
        Binding("enter", "do('')", show=False),
        Binding("escape", "close", show=False),
        Binding("pageup", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(1)", show=False),
        Binding("q", "leave('quit')", show=False),
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("ctrl+q", "leave('quit')", show=False, priority=True),
    ]

    def __init__(self, commands: Commands, heading: str = "") -> None:
        super().__init__(ansi_color=True)
        self.commands = commands
        arrival, root = commands.console.arrival, commands.console.session.recording.root
        number = f"pass {arrival.number}: " if arrival else ""
        self._place = line(f"{number}{clip(root.name, 20)} = {style.number(root.data)} | ")
        self._recalled = 0  # the number of lines that the user has gone back in the history
        self.message = heading.partition("\n")[0]

    def compose(self) -> ComposeResult:
        """The panes."""
        yield Static(id="title")
        with Horizontal(classes="row"):
            yield _Pane("source", "source")
            yield _Pane("changes", "gradients that changed")
        with Horizontal(classes="row"):
            yield _Pane("graph", "graph: from above, to below")
            yield _Pane("stack", "stack: the cost on top")
        yield _Pane("formula", "next contribution")
        yield Static(id="time")
        with VerticalScroll(id="answer"):
            yield Static(id="text")
        yield Static(id="message")
        yield Input(id="line", suggester=_Completions(self.commands), compact=True)
        yield Static(id="keys")

    def on_mount(self) -> None:
        """Show the first stop."""
        self._end_typing()
        self.call_after_refresh(self.show)

    # --- showing -----------------------------------------------------------------------------------------------------

    def show(self) -> None:
        """Fill all panes."""
        console = self.commands.console
        stopped, session, node = console.stopped, console.session, console.node
        width = self.size.width
        self._put("title", pad(f" {self._place}{panes.counter(stopped, console.stop)}", width))
        self._put("source", *self._source())
        room, height = self._room("changes")
        self._put("changes", *panes.change_lines(stopped, height, room))
        room, height = self._room("graph")
        self._put("graph", *_fitted(stopped, node, room, height))
        room, height = self._room("stack")
        self._put("stack", *panes.stack_lines(stopped, console.frame, room, max(height - 1, 1))[-height:])
        self._put("formula", *self._formula())
        self._put("time", panes.timeline(stopped, width, console.stops()))
        displayed = "   ".join(console.display_lines())
        text = displayed or self.message
        if session.at_end and console.alive and not self.message:
            text = "end of the pass: c lets the script go on" + (f"   {displayed}" if displayed else "")
        self._put("message", clip(text, width))
        self._put("keys", clip(KEYS if width >= len(KEYS) else SHORT_KEYS, width))

    def _put(self, identity: str, *lines: str) -> None:
        self.query_one(f"#{identity}", Static).update(Content("\n").join(styled(row) for row in lines))

    def _room(self, identity: str) -> tuple[int, int]:
        """The width and height of a pane's text."""
        size = self.query_one(f"#{identity}").content_size
        return max(size.width, 10), max(size.height, 1)

    def _source(self) -> list[str]:
        width, height = self._room("source")
        console = self.commands.console
        place = console.session.recording.nodes.source(console.node)
        first = max(1, (place.line if place else 1) - height // 2)
        title = f"{panes.short(place.file)}:{place.line}" if place else "source"
        self.query_one("#source").border_title = Content(clip(title, width - 4))
        return listed(console, console.node, first, first + height - 1, width)

    def _formula(self) -> list[str]:
        width, _ = self._room("formula")
        console = self.commands.console
        stopped = console.stopped
        coming = None if console.session.at_end else console.session.position
        step = stopped.step_of(console.node) if console.frame else coming
        if step is None:
            return [clip(panes.summary(stopped, width), width)]
        title = "next contribution" if step == console.session.position else "contribution"
        self.query_one("#formula").border_title = title
        return [clip(panes.symbols(stopped, step), width), clip(panes.contribution(stopped, step), width)]

    # --- doing -------------------------------------------------------------------------------------------------------

    def action_do(self, text: str) -> None:
        """Do a command; its answer is shown unless it has moved, as the panes show the stop."""
        console = self.commands.console
        console.width = max(self.size.width - 4, 40)
        before = console.session.position, console.frame
        answer = self.commands.do(text)
        if answer.then:
            self.exit(answer.then)
            return
        moved = before != (console.session.position, console.frame)
        self._answer("" if moved else answer.text)
        if moved and console.stop.text and not console.frame:
            self.message = console.stop.text
        self.show()

    def _answer(self, text: str) -> None:
        lines = text.split("\n")
        box = self.query_one("#answer", VerticalScroll)
        box.set_class(len(lines) > ONE_LINE, "shown")
        self.message = text if len(lines) <= ONE_LINE else "Esc closes, PgUp and PgDn scroll"
        if len(lines) > ONE_LINE:
            self._put("text", *lines)
            box.scroll_home(animate=False)

    def action_keys(self) -> None:
        """Show the keys and the tour."""
        self._answer(f"{KEY_HELP}\n\n{TOUR}")
        self.show()

    def action_last(self) -> None:
        """To the end of the pass."""
        self.action_do(f"jump {len(self.commands.console.session)}")

    def action_break(self) -> None:
        """Set a breakpoint on the current line, or delete it."""
        console = self.commands.console
        place = console.session.recording.nodes.source(console.node)
        self._answer(self.commands.toggle(place.file, place.line) if place else "there is no source line to stop at")
        self.show()

    def action_interrupt(self) -> None:
        """Give up the line being typed, as Ctrl-C does at the prompt."""
        self.action_close()
        self.message = "(interrupted; q leaves)"
        self.show()

    def action_leave(self, then: str) -> None:
        """End the view."""
        self.exit(then)

    def action_scroll(self, pages: int) -> None:
        """Scroll the answer."""
        box = self.query_one("#answer", VerticalScroll)
        (box.scroll_page_down if pages > 0 else box.scroll_page_up)(animate=False)

    # --- typing ------------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let a colon open the command line only if it is not open."""
        return not (action == "type" and self.query_one(Input).has_focus) and super().check_action(action, parameters)

    def action_type(self) -> None:
        """Open the command line."""
        self._recalled = 0
        line = self.query_one(Input)
        line.value = ""
        line.display, self.query_one("#message").display = True, False
        self.set_focus(line)  # sets the focus at once; line.focus() would do it a little later

    def action_close(self) -> None:
        """Close the command line and the answer."""
        self._end_typing()
        self._answer("")
        self.show()

    def _end_typing(self) -> None:
        self.query_one(Input).display, self.query_one("#message").display = False, True
        self.set_focus(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """A command was typed."""
        text = event.value.strip()
        self._end_typing()
        if text:
            self.action_do(text)

    def on_key(self, event: Key) -> None:
        """In the command line, ↑ and ↓ recall earlier commands and Tab completes."""
        line = self.query_one(Input)
        if not line.has_focus or event.key not in ("up", "down", "tab"):
            return
        event.stop()
        event.prevent_default()
        if event.key == "tab":
            line.action_cursor_right() if line.cursor_position < len(line.value) else line.action_end()
            if line._suggestion:
                line.value = line._suggestion
                line.cursor_position = len(line.value)
            return
        history = self.commands.console.history
        self._recalled = max(0, min(len(history), self._recalled + (1 if event.key == "up" else -1)))
        line.value = history[-self._recalled] if self._recalled else ""
        line.cursor_position = len(line.value)


class _Pane(Static):
    """A pane. It shows everything anew when its size changes, as text is cut to the size."""

    def __init__(self, identity: str, title: str) -> None:
        super().__init__(id=identity, classes="pane")
        self.border_title = title

    def on_resize(self, _: Resize) -> None:
        """Fill all panes anew."""
        app = self.app
        assert isinstance(app, DebuggerApp)
        app.call_after_refresh(app.show)


def _fitted(stopped: Stopped, node: int, width: int, height: int) -> list[str]:
    """The neighbourhood of a node in at most `height` lines."""
    for most in range(min(height, 40), 0, -1):
        lines = panes.neighbourhood(stopped, node, width, most)
        if len(lines) <= height:
            break
    return lines[:height]


def styled(row: str) -> Content:
    """A finished line with its colours; textual reads no markup in it."""
    text = Content(row)
    if "->" in row[:9] or row.startswith("> "):
        text = text.stylize("bold")
    if row.startswith("  → "):
        text = text.stylize("bold ansi_cyan")
    if row.startswith("  ✓ "):
        text = text.stylize("dim")
    for pattern, look in _MARKS.items():
        for match in re.finditer(pattern, row):
            text = text.stylize(look, *match.span())
    return text
