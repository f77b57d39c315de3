"""The requests of an editor that move the walk, and the log points that write while it does.

A `stopped` event tells the editor where the walk stands afterwards. A run may take longer than an editor should wait for a
response, so it is an order to the edge, which carries it out after the response.
"""

from typing import Any

from ..commands.console import Console
from ..walk.breakpoints import Breakpoint, Stop
from ..walk.runs import Log, log_passed, run_to_stop
from ..walk.stopped import Stopped
from . import evaluating, typed
from .arguments import Arguments
from .breakpoints import Setting, Settings, breakpoint_bodies
from .dialogue import Out, request
from .launching import Launch
from .looking import THREAD, Looking, own_thread
from .orders import GoOn, Run
from .protocol import Message
from .typed import Typed

TARGETS = 100  # targets that one answer offers


class Moving(Looking):
    """Answers the requests that move the walk, or let the script go on."""

    def __init__(self) -> None:
        super().__init__()
        self._launch: Launch | None = None
        self._passes = 0
        self._wanted = ""  # why the next pass stops at its beginning: 'entry', 'step' or 'pause'; '' if it does not stop
        self._settings = Settings()

    def _arrived(self, stop: Stop, reason: str = "") -> None:
        """Tell the client that the walk stands still, and forget the view of the position before."""
        assert self._stopped
        self._stopped = Stopped(self._stopped.session)
        self._stop = stop
        ids = [b.id for b in stop.breakpoints]
        for setting in self._settings.drop(b.id for b in stop.breakpoints if b.temporary):
            self._event("breakpoint", reason="removed", breakpoint={"id": setting.breakpoint.id, "verified": False})
        reason = reason or _reason(stop, self._settings.found)
        number = f" (pass {self._passes:,})" if self._passes > 1 else ""
        text = stop.text + number if stop.text else self._where()
        more: dict[str, Any] = {"hitBreakpointIds": ids} if ids else {}
        description = f"Paused on {reason}: {text}" if "breakpoint" in reason else f"Paused: {text}"
        self._event(
            "stopped", reason=reason, threadId=THREAD, allThreadsStopped=True, text=text, description=description, **more
        )

    def _where(self) -> str:
        """The position of the walk in words."""
        session = self._here().session
        number = f"of pass {self._passes:,}" if self._passes > 1 else "of the pass"
        if session.at_start or session.at_end:
            return f"{'start' if session.at_start else 'end'} {number}"
        step = f"step {session.position:,} of {len(session):,}"
        return f"{step} {number}" if self._passes > 1 else step

    def run(self, direction: int, times: int = 1) -> Out:
        """Carry out an order to run: forward (1) or back (-1), over `times` stops, to a breakpoint or the edge of the pass."""
        return self._taken(lambda: self._run(direction, times=times))

    def _run(self, direction: int, here: bool = False, times: int = 1) -> None:
        session = self._here().session
        stop = run_to_stop(session, direction, self._log(), here)
        while (times := times - 1) > 0 and not (session.at_end if direction > 0 else session.at_start):
            stop = run_to_stop(session, direction, self._log())
        ended = direction > 0 and stop.reason == "end" and not stop.breakpoints
        if ended and self._launch and not self._launch.stop_at_end:
            self._go_on("")
        else:
            self._arrived(stop)

    def _log(self) -> Log:
        return Log(lambda b: bool(self._settings.found[b.id].log), self._write_log, self._say)

    def _write_log(self, b: Breakpoint) -> None:
        """Write the message of a log point, with its line."""
        here = Stopped(self._here().session)
        top = here.stack(0, 1, self._conventions)["stackFrames"][0]
        at = {"source": top["source"], "line": top["line"]} if "source" in top else {}
        self._say(evaluating.interpolated(here, self._settings.found[b.id].log), "console", **at)

    def _go_on(self, wanted: str) -> None:
        """Let the script leave `backward()`; a step from the end of a pass leads to the beginning of the next one."""
        self._here().session.count()
        self._stopped, self._wanted = None, wanted
        self._out.append(GoOn())

    def _step(self, move: str, times: int = 1) -> None:
        session = self._here().session
        if session.at_end and not move.endswith("back"):
            self._go_on("step")
        else:
            begin = session.position
            stop = getattr(session, move)()
            while (times := times - 1) > 0 and not (session.at_start if move.endswith("back") else session.at_end):
                stop = getattr(session, move)()
            if session.position > begin:
                log_passed(session, begin, self._log())
            self._arrived(stop, "step")

    def _typed(self, here: Stopped, line: Typed, node: int) -> str:
        """Do a typed command; returns the new position of the walk, or the answer about breakpoints."""
        name = line.name
        if line.command in typed.BREAKPOINTS.values():
            return self._typed_breakpoint(here, line, node)
        times = line.times if name in typed.STEPS or name in typed.RUNS else 1
        console = Console.at(here, node, evaluating.WIDTH)
        if name in typed.JUMPS:
            line.command.run(console, line.rest)
        # The client did not ask to move: without this it may take the next stop for the stop of another thread.
        self._event("continued", threadId=THREAD, allThreadsContinued=True)
        if name in typed.RUNS:
            forward = typed.RUNS[name] > 0
            if forward and here.session.at_end:
                self._go_on("")
            else:
                self._out.append(Run(typed.RUNS[name], times))
            return "(on to the next breakpoint)" if forward else "(back to the breakpoint before)"
        if name in typed.STEPS:
            self._step(typed.STEPS[name], times)
        else:
            self._arrived(console.stop, "goto")
        return f"{self._stopped.title(self._stopped.session.node)}   {self._where()}" if self._stopped else ""

    def _typed_breakpoint(self, here: Stopped, line: Typed, node: int) -> str:
        """Do a typed command about breakpoints, both for those of the editor and for those of the console."""
        console = Console.at(here, node, evaluating.WIDTH)
        answer = str(line.command.run(self._settings.lent(console), line.rest))
        added, removed = self._settings.taken_back(console)
        self._settings.place(here.session)
        for setting in added:
            body = breakpoint_bodies([setting], self._conventions)[0]
            self._event("breakpoint", reason="new", breakpoint=body)
        for setting in removed:
            self._event("breakpoint", reason="removed", breakpoint={"id": setting.breakpoint.id, "verified": False})
        return answer

    @request("continue")
    def _continue(self, arguments: Arguments) -> Message:
        own_thread(arguments)
        if self._here().session.at_end:
            self._go_on("")
        else:
            self._out.append(Run())
        return {"allThreadsContinued": True}

    @request("reverseContinue")
    def _reverse_continue(self, arguments: Arguments) -> None:
        own_thread(arguments)
        self._here()
        self._out.append(Run(-1))

    @request("next")
    def _next(self, arguments: Arguments) -> None:
        own_thread(arguments)
        self._step("step" if arguments.text("granularity", "") == "instruction" else "next")

    @request("stepIn")
    def _step_in(self, arguments: Arguments) -> None:
        own_thread(arguments)
        target = arguments.whole("targetId", 0)
        if not target:
            self._step("step")
            return
        session = self._here().session
        begin, stop = session.position, session.jump_to(self._here().frame_node(target))
        if session.position > begin:
            log_passed(session, begin, self._log())
        self._arrived(stop, "step")

    @request("stepInTargets")
    def _step_in_targets(self, arguments: Arguments) -> Message:
        """The operands to which the gradient of a frame's node goes."""
        here = self._here()
        steps = here.session.passed_on(here.frame_node(arguments.whole("frameId")))
        targets = []
        for parent in list(dict.fromkeys(here.session.recording[k].parent.id for k in steps[:TARGETS])):
            place = here.location(parent, self._conventions) or {}
            where = {name: place[name] for name in ("line", "column", "endLine", "endColumn") if name in place}
            targets.append({"id": parent + 1, "label": here.title(parent)} | where)
        return {"targets": targets}

    @request("restartFrame")
    def _restart_frame(self, arguments: Arguments) -> None:
        """Go to the position where a node of the stack begins to pass its gradient on."""
        here = self._here()
        self._arrived(here.session.jump_to(here.frame_node(arguments.whole("frameId"))), "restart")

    @request("stepOut")
    def _step_out(self, arguments: Arguments) -> None:
        own_thread(arguments)
        self._step("out")

    @request("stepBack")
    def _step_back(self, arguments: Arguments) -> None:
        own_thread(arguments)
        self._step("step_back" if arguments.text("granularity", "") == "instruction" else "next_back")

    @request("pause")
    def _pause(self, arguments: Arguments) -> None:
        own_thread(arguments)
        if self._stopped is None:
            self._wanted = "pause"
            self._say("the script stops where it calls backward() next")

    @request("gotoTargets")
    def _goto_targets(self, arguments: Arguments) -> Message:
        here = self._here()
        line = arguments.whole("line")
        nodes = here.places.file(self._path(arguments.inner("source"))).get(line + 1 - self._line(1), [])
        # In the order of the walk: the node that was made last comes first.
        targets = []
        for i in nodes[: -TARGETS - 1 : -1]:
            place = here.session.recording.nodes.source(i)
            text = f": {place.text}" if place and place.text else ""
            targets.append({"id": i + 1, "label": here.title(i) + text, "line": line})
        return {"targets": targets}

    @request("goto")
    def _goto(self, arguments: Arguments) -> None:
        own_thread(arguments)
        here = self._here()
        self._arrived(here.session.jump_to(here.frame_node(arguments.whole("targetId"))), "goto")


def _reason(stop: Stop, settings: dict[int, Setting]) -> str:
    """The protocol's word for the reason of a stop."""
    if stop.reason == "breakpoint" and all(settings[b.id].group == "function" for b in stop.breakpoints if b.id in settings):
        return "function breakpoint"
    return {"gradient": "data breakpoint", "start": "step", "end": "step"}.get(stop.reason, stop.reason)
