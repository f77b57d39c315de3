"""The breakpoints that an editor has set: an editor replaces a whole set at a time, and every pass gets all of them anew.

An editor sets breakpoints before the script runs, and they stay for all the passes of a training loop; a `Session` knows one
pass. So each breakpoint is kept here with its hit count, and looked up in every pass.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from autograd import ArgumentError, OperandError

from ..commands.console import Console
from ..walk.arrivals import looked_up
from ..walk.breakpoints import Breakpoint, checked_breakpoint, counts
from ..walk.kinds import KINDS, NAMED, similar
from ..walk.places import Places, absolute, same_file
from ..walk.pointing import expressions, nearest
from ..walk.session import Session
from ..walk.sources import Conventions
from .arguments import Arguments
from .dialogue import LONGEST, cut

Body = dict[str, Any]

DEFAULT = ("nan", "forward")  # the filters that an editor switches on by itself
PASS = "backward"  # the function breakpoint that stops at the beginning of every pass


@dataclass
class Setting:
    """One breakpoint of an editor.

    Attributes:
        breakpoint: the breakpoint for a session.
        kind: the kind of a breakpoint; or 'name', which may be an operation, a label or a scope; or 'pass', which stops at the
            beginning of every pass.
        group: the set that it belongs to: 'function', 'data', 'exception', or the path of a source.
        line: the line of the source, from 1; 0 for other kinds.
        column: a column of the expression that it is about, from 0; None for all nodes that the line makes.
        anchor: the column where an editor shows it, once that is known; see columns.py.
        log: the message to write instead of stopping; '' to stop.
        error: the reason why it is invalid; '' if it is valid.
    """

    breakpoint: Breakpoint
    kind: str
    group: str
    line: int = 0
    column: int | None = None
    anchor: int | None = None
    log: str = ""
    error: str = ""


class Settings:
    """All breakpoints of an editor.

    Attributes:
        found: the settings by their ids.
    """

    def __init__(self) -> None:
        self.found: dict[int, Setting] = {}
        self._ids = 0

    # --- requests ----------------------------------------------------------------------------------------------------

    def lines(self, path: str, asked: list[Arguments], client: Conventions) -> list[Setting]:
        """Replace the breakpoints of a source."""
        made = []
        for one in asked:
            line = one.whole("line") - client.first_line + 1
            setting = self._setting("line", f"{path}:{line}", one, path, line)
            if one.raw.get("column") is not None:
                setting.column = max(0, one.whole("column") - client.first_column)
            made.append(setting)
        return self._replace(path, made)

    def functions(self, asked: list[Arguments]) -> list[Setting]:
        """Replace the function breakpoints: operations, labels, scopes, or 'backward'."""
        made = []
        for one in asked:
            name = one.text("name").strip()
            prefix, colon, rest = name.partition(":")
            kind, what = (prefix, rest.strip()) if colon and prefix in NAMED else ("name", name)
            made.append(self._setting("pass" if name == PASS else kind, what, one, "function"))
        return self._replace("function", made)

    def data(self, asked: list[Arguments]) -> list[Setting]:
        """Replace the data breakpoints; the id of data is a node's name."""
        return self._replace("data", [self._setting("gradient", one.text("dataId"), one, "data") for one in asked])

    def exceptions(self, filters: list[str], options: list[Arguments]) -> list[Setting]:
        """Replace the exception breakpoints."""
        wanted = [Arguments({"filterId": name}) for name in filters] + options
        return self._replace(
            "exception", [self._setting("exception", one.text("filterId"), one, "exception") for one in wanted]
        )

    def _setting(self, kind: str, what: str, asked: Arguments, group: str, line: int = 0) -> Setting:
        condition, hits = asked.text("condition", ""), asked.text("hitCondition", "")
        # The meaning of a plain name is found in the pass.
        b = Breakpoint(kind if kind in KINDS else "label", what, condition, hits)
        setting = Setting(b, kind, group, line, log=asked.text("logMessage", ""))
        try:
            checked_breakpoint(b)
        except ArgumentError as error:
            setting.error = str(error)
        b.verified = kind in ("exception", "pass") and not setting.error
        b.message = setting.error  # other breakpoints can be verified only when the script has come to backward()
        return setting

    def _replace(self, group: str, made: list[Setting]) -> list[Setting]:
        """Replace the settings of a group; a setting that was there before keeps its id and its count."""
        before = {_key(s): s for s in self.found.values() if s.group == group}
        self.found = {number: s for number, s in self.found.items() if s.group != group}
        settings = [before.pop(_key(setting), setting) for setting in made]
        for setting in settings:
            if not setting.breakpoint.id:
                self._ids += 1
                setting.breakpoint.id = self._ids
            self.found[setting.breakpoint.id] = setting
        return settings

    # --- the console -------------------------------------------------------------------------------------------------

    def lent(self, console: Console) -> Console:
        """Lend all breakpoints to a console of the prompt."""
        console.breakpoints = {number: s.breakpoint for number, s in self.found.items() if not s.error}
        console.count_from(self._ids)
        return console

    def taken_back(self, console: Console) -> tuple[list[Setting], list[Setting]]:
        """The breakpoints that a console has added and removed; a new one on a line joins the editor's set of that file."""
        gone = [n for n, s in self.found.items() if not s.error and n not in console.breakpoints]
        added = []
        for number, b in console.breakpoints.items():
            if number in self.found:
                continue
            setting = Setting(b, b.kind, "console")
            if b.kind == "line":
                file, _, line = b.what.rpartition(":")
                recorded = (f for f in console.places.lines if same_file(f, file))
                setting.group, setting.line = absolute(next(recorded, file)), int(line)
                b.what = f"{setting.group}:{line}"
            self.found[number] = setting
            self._ids = max(self._ids, number)
            added.append(setting)
        return added, self.drop(gone)

    def drop(self, numbers: Iterable[int]) -> list[Setting]:
        """Forget breakpoints."""
        return [self.found.pop(number) for number in numbers if number in self.found]

    # --- passes ------------------------------------------------------------------------------------------------------

    def place(self, session: Session) -> list[Setting]:
        """Put every breakpoint into a session; returns the settings whose verification has changed."""
        changed = []
        session.breakpoints.clear()
        for setting in self.found.values():
            b = setting.breakpoint
            before = b.verified, b.message
            if not setting.error and setting.kind != "pass":
                _look_up(setting, session.places)
                if b.verified:
                    session.breakpoints[b.id] = b
            if (b.verified, b.message) != before:
                changed.append(setting)
        return changed

    def forget_counts(self) -> None:
        """Set the hit counts of all breakpoints to 0."""
        for setting in self.found.values():
            setting.breakpoint.before = 0

    def at_pass(self, numbers: Callable[[], dict[str, Any]]) -> list[Setting]:
        """The breakpoints of kind 'pass' that stop at the beginning of this pass."""
        stopping = []
        for setting in self.found.values():
            b = setting.breakpoint
            if setting.kind == "pass" and not setting.error and (b.test is None or b.test.holds(numbers())):
                b.before += 1
                stopping += [setting] if counts(b.hits)(b.before) else []
        return stopping


def _key(setting: Setting) -> tuple[Any, ...]:
    b = setting.breakpoint
    return setting.kind, b.what, setting.column, b.condition, b.hits, setting.log


def _look_up(setting: Setting, places: Places) -> None:
    """Find the nodes of a breakpoint in a pass."""
    b = setting.breakpoint
    if setting.kind == "name":
        b.kind = places.kind(b.what)
    try:
        looked_up(b, places)
        if setting.column is not None and (meant := nearest(expressions(places, setting.group, setting.line), setting.column)):
            b.nodes, setting.anchor = frozenset(meant.nodes), meant.anchor
    except (ArgumentError, OperandError) as error:
        b.nodes, b.verified, b.message = frozenset(), False, str(error)
    if setting.kind == "name" and not b.verified:
        b.message = f"no operation, label or scope of this pass is {b.what!r}.{similar(places, b.what)}"


def breakpoint_bodies(settings: list[Setting], client: Conventions) -> list[Body]:
    """Breakpoints in the form of the protocol."""
    found = []
    for setting in settings:
        b = setting.breakpoint
        one: Body = {"id": b.id, "verified": b.verified}
        if b.message:
            one["message"] = cut(b.message, LONGEST)
        if setting.line:
            one |= {"line": setting.line - 1 + client.first_line, "source": {"path": client.path(setting.group)}}
        column = setting.column if setting.anchor is None else setting.anchor
        if column is not None:
            one["column"] = column + client.first_column
        found.append(one)
    return found
