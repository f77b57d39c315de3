"""The requests of an editor that look: they change nothing, so an editor can send them in any order and at any time."""

from autograd.errors import ArgumentError

from ..walk import sources
from ..walk.breakpoints import Stop
from ..walk.pointing import expressions
from ..walk.questions import why
from ..walk.stopped import Stopped
from . import evaluating
from .arguments import Arguments
from .capabilities import LABELS
from .dialogue import Dialogue, request
from .protocol import Message

THREAD = 1
LINES = 1000  # lines with places for breakpoints that one answer offers


class Looking(Dialogue):
    """Answers the requests that are about the position of the walk."""

    def __init__(self) -> None:
        super().__init__()
        self._stopped: Stopped | None = None
        self._stop = Stop("start")
        self._alive = False  # True if the script has been started and has not ended

    def _here(self) -> Stopped:
        if self._stopped is None:
            raise ArgumentError("the script is running, not in a backward pass" if self._alive else "no script is running")
        return self._stopped

    @request("threads")
    def _threads(self, _: Arguments) -> Message:
        return {"threads": [{"id": THREAD, "name": "backward pass"}]}

    @request("stackTrace")
    def _stack_trace(self, arguments: Arguments) -> Message:
        own_thread(arguments)
        start, levels = max(0, arguments.whole("startFrame", 0)), max(0, arguments.whole("levels", 0))
        return self._here().stack(start, levels, self._conventions)

    @request("scopes")
    def _scopes(self, arguments: Arguments) -> Message:
        return self._here().scopes(arguments.whole("frameId"))

    @request("variables")
    def _variables(self, arguments: Arguments) -> Message:
        start, count = arguments.whole("start", 0), max(0, arguments.whole("count", 0))
        return self._here().variables(arguments.whole("variablesReference"), start, count, arguments.text("filter", ""))

    @request("setVariable", "setExpression")
    def _set_variable(self, arguments: Arguments) -> None:
        name = arguments.text("name", "") or arguments.text("expression", "it")
        raise ArgumentError(
            f"{name} cannot be set: these are the numbers of a pass that has been computed, and every later one follows from "
            "them. Change the script, and restart it"
        )

    @request("completions")
    def _completions(self, arguments: Arguments) -> Message:
        column = arguments.whole("column") - self._column(0)
        found = evaluating.completions(self._stopped, arguments.text("text"), column)
        return {"targets": [one | {"start": one["start"] + self._column(0)} for one in found]}

    @request("exceptionInfo")
    def _exception_info(self, arguments: Arguments) -> Message:
        own_thread(arguments)
        here = self._here()
        if self._stop.reason != "exception" or here.session.current is None:
            raise ArgumentError("it was no exception that stopped the walk")
        names = ", ".join(LABELS[b.what] for b in self._stop.breakpoints if b.kind == "exception")
        step = here.session.current
        explained = str(why(here.session.recording, step.parent.id))
        return {
            "exceptionId": names, "description": f"{self._stop.text}\n\n{explained}", "breakMode": "always",
            "details": {"message": explained, "typeName": names, "evaluateName": step.parent.name},
        }  # fmt: skip

    # --- sources -----------------------------------------------------------------------------------------------------

    @request("loadedSources")
    def _loaded_sources(self, _: Arguments) -> Message:
        places = self._here().places
        return {"sources": [sources.source_body(file, places, self._conventions.path) for file in places.lines]}

    @request("source")
    def _source(self, arguments: Arguments) -> Message:
        inner = arguments.inner("source")
        number = inner.whole("sourceReference", 0) or arguments.whole("sourceReference", 0)
        text = sources.content(self._here().places, number, "" if number else self._path(inner))
        return {"content": text, "mimeType": "text/x-python"}

    @request("breakpointLocations")
    def _breakpoint_locations(self, arguments: Arguments) -> Message:
        shift = self._line(1) - 1
        first = arguments.whole("line") - shift
        last = arguments.whole("endLine", first + shift) - shift
        if self._stopped is None:
            return {"breakpoints": []}
        places, path = self._stopped.places, self._path(arguments.inner("source"))
        found: list[Message] = []
        for line in sorted(line for line in places.file(path) if first <= line <= last)[:LINES]:
            there = {"line": line + shift}
            columns = [there | {"column": self._column(e.anchor)} for e in expressions(places, path, line)]
            found += columns or [there]
        return {"breakpoints": found}

    @request("locations")
    def _locations(self, arguments: Arguments) -> Message:
        here, number = self._here(), arguments.whole("locationReference")
        place = here.location(here.frame_node(number), self._conventions)
        if place is None:
            raise ArgumentError(f"where {here.places.name(number - 1)} was made was not recorded")
        return place

    def _path(self, source: Arguments) -> str:
        """The file of a source that the client names, by its path or as a stand-in."""
        number = source.whole("sourceReference", 0)
        files = list(self._stopped.places.lines) if self._stopped and number else []
        return files[number - 1] if 0 < number <= len(files) else self._given_path(source)


def own_thread(arguments: Arguments) -> None:
    """Check that a request means the only thread.

    Raises:
        ArgumentError: it means another thread.
    """
    number = arguments.whole("threadId")
    if number != THREAD:
        raise ArgumentError(f"there is no thread {number}; the backward pass is thread {THREAD}")
