"""The Debug Adapter Protocol on a `Session`: requests go in, responses, events and orders to the edge come out.

Looking and moving are in looking.py and moving.py; here are the script's beginning and end, breakpoints and expressions.

Pure: no socket, no process, no thread. Actions outside - start the script, let it go on, end it - come out as an `Order` for
server.py (orders.py), and events of the script come in as a `Report` of child.py (reports.py).

    next, stepIn, stepOut     over a node, over a contribution, out of a scope
    stepBack                  a node back, or a contribution if the granularity is 'instruction'
    continue, reverseContinue to the next breakpoint, or to the one before
    goto                      to a node that a line made

Source: https://microsoft.github.io/debug-adapter-protocol/specification
"""

import hmac
import os
import signal
from typing import Any, assert_never

from autograd.errors import ArgumentError

from ..walk import sources
from ..walk.breakpoints import Stop
from ..walk.runs import log_passed
from ..walk.session import Session
from ..walk.stopped import Stopped
from . import evaluating
from .arguments import Arguments
from .breakpoints import Setting, breakpoint_bodies
from .capabilities import CAPABILITIES
from .dialogue import Out, request
from .launching import Launch, attachment_of, launch_of
from .looking import THREAD
from .moving import Moving
from .orders import Ask, EndConversation, GoOn, Kill, Start, Terminate, Think
from .protocol import Message
from .repl import ForScript, Long, ScriptState, read_line
from .reports import Answered, PassLost, PassRecorded, Printed, Report, ScriptEnded
from .typed import Typed


class Adapter(Moving):
    """One conversation with an editor.

    Args:
        token: the token that `launch` and `attach` have to give before anything is started; '' if they need none.

    Example:
        >>> response, event = Adapter().handle({"seq": 1, "type": "request", "command": "initialize", "arguments": {}})
        >>> response["success"], response["body"]["supportsStepBack"], event["event"]
        (True, True, 'initialized')
        >>> [answer] = Adapter().handle({"seq": 1, "type": "request", "command": "next", "arguments": {"threadId": 1}})
        >>> answer["message"]
        "'next' comes after 'initialize'"
    """

    def __init__(self, token: str = "") -> None:
        super().__init__()
        self._token = token
        self._configured = self._started = False

    # --- the script --------------------------------------------------------------------------------------------------

    def report(self, report: Report) -> Out:
        """The messages and orders that follow from an event of the script."""
        return self._taken(lambda: self._reported(report))

    def _reported(self, report: Report) -> None:
        match report:
            case Printed(text, category):
                self._event("output", category=category, output=text)
            case Answered(text):
                self._say(text)
            case PassLost(reason):
                self._say(f"a pass was lost: {reason}", "stderr")
                self._out.append(GoOn())
            case ScriptEnded(status):
                self._script_ended(status)
            case PassRecorded(session):
                self._pass_recorded(session)
            case _:
                assert_never(report)

    def _pass_recorded(self, session: Session) -> None:
        self._passes += 1
        self._stopped = Stopped(session)
        for changed in self._settings.place(session):
            self._event("breakpoint", reason="changed", breakpoint=self._bodies([changed])[0])
        try:
            self._pass_begins(self._stopped)
        except Exception:  # after any error, the script must not wait for an editor that knows of no stop
            self._arrived(Stop("start"), "pause")
            raise

    def _pass_begins(self, here: Stopped) -> None:
        hit = self._settings.at_pass(lambda: here.numbers(here.session.node))
        wanted, self._wanted = self._wanted, ""
        if wanted or hit:
            log_passed(here.session, 0, self._log(), here=True)
            stop = Stop("breakpoint", tuple(s.breakpoint for s in hit)) if hit and not wanted else Stop("start")
            self._arrived(stop, wanted)
        else:
            self._run(1, here=True)

    def _script_ended(self, status: int) -> None:
        assert self._launch
        self._stopped, self._alive = None, False
        if status < 0:
            self._say(f"{self._launch.program} was ended by {_signal_name(-status)}")
        elif not self._passes and not self._launch.free and self._launch.kind != "recording" and not status:
            name = os.path.basename(self._launch.program)
            self._say(f"{name} has ended without calling backward(): there was no pass to step through", "important")
        if self._launch.kind != "recording":
            self._event("exited", exitCode=status if status >= 0 else 128 - status)
        self._event("terminated")

    def _start(self) -> None:
        """Start the script if the client has named the program and has finished setting its breakpoints."""
        if self._launch and self._configured and not self._started:
            self._started, self._alive, self._passes = True, True, 0
            self._wanted = "entry" if self._launch.stop_on_entry else ""
            self._out.append(Start(self._launch))

    def started(self, pid: int) -> Out:
        """Tell the client that the script runs."""
        assert self._launch
        launch = self._launch
        body = {"name": launch.program, "systemProcessId": pid, "isLocalProcess": True, "startMethod": "launch"}
        return self._taken(lambda: self._event("process", **body) if launch.kind != "recording" else None)

    def refused(self, reason: str) -> Out:
        """Tell the client that the script cannot be started."""

        def tell() -> None:
            self._alive = False
            self._say(f"cannot start it: {reason}", "stderr")
            self._event("terminated")

        return self._taken(tell)

    # --- beginning and end -------------------------------------------------------------------------------------------

    @request("initialize")
    def _initialize(self, arguments: Arguments) -> Message:
        if self._client is not None:
            raise ArgumentError("'initialize' comes once")
        self._client = arguments
        self._event("initialized")
        return CAPABILITIES

    @request("launch")
    def _launched(self, arguments: Arguments) -> None:
        self._admit(arguments)
        self._begin(launch_of(arguments))

    @request("attach")
    def _attached(self, arguments: Arguments) -> None:
        self._admit(arguments)
        self._begin(attachment_of(arguments))

    def _admit(self, arguments: Arguments) -> None:
        """Refuse a client that does not know the token."""
        given = arguments.text("token", "")
        if self._token and not hmac.compare_digest(given.encode("utf-8", "replace"), self._token.encode("utf-8", "replace")):
            self._out.append(EndConversation())
            raise ArgumentError(
                f"'token' is {'wrong' if given else 'missing'}: everybody on this machine can connect to this port, so the "
                'configuration has to name the token that the adapter announced with it: "token": "..."'
            )

    def _begin(self, launch: Launch) -> None:
        if self._launch:
            raise ArgumentError(f"{self._launch.program} is being debugged already; restart it, or disconnect first")
        self._launch = launch
        self._start()

    @request("configurationDone")
    def _configuration_done(self, _: Arguments) -> None:
        self._configured = True
        self._start()

    @request("restart")
    def _restart(self, arguments: Arguments) -> None:
        if not self._launch:
            raise ArgumentError("nothing has been launched that could be restarted")
        again = arguments.inner("arguments")
        if again.raw:
            self._launch = attachment_of(again) if "recording" in again.raw else launch_of(again)
        if self._stopped:  # otherwise an editor goes on showing the old position
            self._event("continued", threadId=THREAD, allThreadsContinued=True)
        self._out.append(Kill())
        self._stopped, self._started, self._alive = None, False, False
        self._settings.forget_counts()
        sources.forget()
        self._start()

    @request("terminate")
    def _terminate(self, _: Arguments) -> None:
        if self._alive:
            self._out.append(Terminate())
        else:
            self._event("terminated")

    @request("disconnect")
    def _disconnect(self, _: Arguments) -> None:
        self._out += [Kill(), EndConversation()]

    @request("cancel")
    def _cancel(self, _: Arguments) -> None:
        """Do nothing: the edge has seen this request before its turn, and has cancelled the request that waits."""

    # --- looking -----------------------------------------------------------------------------------------------------

    @request("evaluate")
    def _evaluate(self, arguments: Arguments) -> Message:
        expression, context = arguments.text("expression"), arguments.text("context", "")
        here = self._here()
        node = here.frame_node(arguments.whole("frameId", 0))
        if context == "hover":
            return evaluating.body(here, evaluating.hovered(here, expression, node, self._pointed_at(arguments)))
        if context not in ("repl", ""):
            return evaluating.body(here, evaluating.evaluate(here, expression, node, context))
        match read_line(here, expression, node, context, self._script()):
            case Typed() as line:
                said = self._typed(here, line, node)
            case ForScript(question):
                self._out.append(Ask(question, node))
                said = "(the script is asked; the answer follows)"
            case Long(find):
                self._out.append(Think(find))
                said = f"(looking at {len(here.session):,} contributions; the answer follows)"
            case answer:
                return evaluating.body(here, answer)
        return {"result": said, "variablesReference": 0}

    def _script(self) -> ScriptState | None:
        """The facts about the script for the console; None if no script was launched."""
        launch = self._launch
        if launch is None:
            return None
        return ScriptState(launch.folder, self._passes, self._alive and launch.kind != "recording")

    def _pointed_at(self, arguments: Arguments) -> int | None:
        """The node that the expression under the pointer has made, if the client says where the pointer is."""
        source = arguments.inner("source")
        if not source.raw or self._stopped is None:
            return None
        line, column = arguments.whole("line", 0) + 1 - self._line(1), arguments.whole("column", 0) - self._column(0)
        return self._stopped.made_at(self._path(source), line, column)

    def found(self, answer: str) -> Out:
        """Send the answer to a question that took long."""
        return self._taken(lambda: self._say(answer))

    # --- breakpoints -------------------------------------------------------------------------------------------------

    def _set(self, settings: list[Setting]) -> Message:
        if self._stopped:
            self._settings.place(self._stopped.session)
        return {"breakpoints": self._bodies(settings)}

    def _bodies(self, settings: list[Setting]) -> list[dict[str, Any]]:
        return breakpoint_bodies(settings, self._conventions)

    @request("setBreakpoints")
    def _set_breakpoints(self, arguments: Arguments) -> Message:
        path = self._path(arguments.inner("source"))
        asked = arguments.items("breakpoints") or [Arguments({"line": n}) for n in arguments.things("lines")]
        return self._set(self._settings.lines(path, asked, self._conventions))

    @request("setFunctionBreakpoints")
    def _set_function_breakpoints(self, arguments: Arguments) -> Message:
        return self._set(self._settings.functions(arguments.items("breakpoints")))

    @request("setDataBreakpoints")
    def _set_data_breakpoints(self, arguments: Arguments) -> Message:
        return self._set(self._settings.data(arguments.items("breakpoints")))

    @request("setExceptionBreakpoints")
    def _set_exception_breakpoints(self, arguments: Arguments) -> Message:
        return self._set(self._settings.exceptions(arguments.texts("filters"), arguments.items("filterOptions")))

    @request("dataBreakpointInfo")
    def _data_breakpoint_info(self, arguments: Arguments) -> Message:
        here, name = self._here(), arguments.text("name")
        node = here.node_of(name, arguments.whole("variablesReference", 0))
        if node is None:
            return {"dataId": None, "description": f"{name} does not change in a backward pass; gradients do"}
        label = here.typed(node)
        description = f"gradient of {here.places.name(node)}"
        return {
            "dataId": label,
            "description": description,
            "accessTypes": ["write"],
            "canPersist": label == here.session.recording.nodes.label[node],
        }


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
