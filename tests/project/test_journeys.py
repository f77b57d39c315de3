"""The journeys in docs/architecture.md are taken, and the functions that are called are those that the page names, in order.

Nothing is replaced: a profile function writes down which functions of the packages are called by which. A step that is renamed,
moved to another file, left out or taken at another time is named by the test. The journey through the engine leads through the
nodes in Python, so it is taken in an interpreter that is asked for them.
What the page proposes to read of the engine is there, from the top of each file.
"""

import ast
import functools
import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from places import ROOT

import viz
from autograd import TABLE, Value, record_backward, tanh
from viz.debugger.editor.protocol import Decoder, encode
from viz.debugger.editor.server import Conversation
from viz.debugger.terminal.commands import Commands

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGES = tuple(f"{ROOT / package}/" for package in ("autograd", "nn", "viz"))


@dataclass
class Call:
    """A function that was called, or that the page says is called."""

    name: str
    file: str
    calls: list["Call"] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.name} ({self.file})"

    def inside(self) -> Iterator["Call"]:
        """Whatever was called meanwhile, in order."""
        for call in self.calls:
            yield call
            yield from call.inside()


# --- what the page says ------------------------------------------------------------------------------------------------


def section(title: str) -> str:
    """The text under a heading."""
    return re.split(r"\n#{2,3} ", PAGE.partition(f"### {title}\n")[2])[0]


def trees(title: str) -> list[Call]:
    """The trees of a journey: each an invisible call that makes the calls of the outermost lines."""
    return [tree(text) for text in re.findall(r"```text\n(.*?)```", section(title), re.DOTALL)]


def tree(text: str) -> Call:
    """The lines of a tree, by their indentation."""
    root = Call("", "")
    way = [root]
    for line in text.splitlines():
        match = re.match(r"( *)(\S+) +(\S+)", line)
        assert match, line
        depth = len(match[1]) // 4
        call = Call(match[2], match[3])
        way = [*way[: depth + 1], call]
        way[depth].calls.append(call)
    return root


def named_files(title: str) -> set[str]:
    """Every file that the text of a journey names."""
    return {file for file in re.findall(r"[\w/]+\.py", section(title)) if (ROOT / file).exists()}


# --- what happens ------------------------------------------------------------------------------------------------------


class Watch:
    """Writes down the calls of each thread while it is on; `profile` is for sys.setprofile."""

    def __init__(self) -> None:
        self.on = True
        self.threads: dict[int, Call] = {}
        self._stacks: dict[int, list[Call | None]] = {}

    def profile(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event not in ("call", "return") or not code.co_filename.startswith(PACKAGES):
            return
        stack = self._stacks.setdefault(threading.get_ident(), [])
        if event == "call":
            call = None
            if self.on:
                call = Call(code.co_qualname.replace(".<locals>", ""), code.co_filename.removeprefix(f"{ROOT}/"))
                caller = stack[-1] if stack else None  # None: it was called before the watch was on
                (caller or self.threads.setdefault(threading.get_ident(), Call("", ""))).calls.append(call)
            stack.append(call)
        elif stack:
            stack.pop()


def taken(journey: Callable[[], object]) -> Call:
    """The calls of a journey in this thread."""
    watch = Watch()
    before = sys.getprofile()
    sys.setprofile(watch.profile)
    try:
        journey()
    finally:
        sys.setprofile(before)
    return watch.threads[threading.get_ident()]


def written(call: Call, depth: int = 0) -> Iterator[str]:
    """The calls that a call made, in the lines that `tree` reads."""
    for one in call.calls:
        yield f"{'    ' * depth}{one.name} {one.file}"
        yield from written(one, depth + 1)


@functools.cache
def taken_over_pure_nodes(preparation: str, journey: str) -> Call:
    """The calls of a journey, given as source, over nodes in Python."""
    indented = journey.strip().replace("\n", "\n    ")
    folders = [str(ROOT), str(ROOT / "tests" / "shared"), str(Path(__file__).parent)]
    code = (
        f"import sys; sys.path[:0] = {folders}\n"
        "from test_journeys import *\n"
        f"{preparation}\n"
        f"def journey():\n    {indented}\n"
        "journey()\n"  # the straight-line function of a row is made once
        "print(*written(taken(journey)), sep='\\n')"
    )
    environment = os.environ | {"AUTOGRAD_CORE": "pure"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return tree(done.stdout)


def missing(said: Call, happened: Call) -> list[str]:
    """The steps that were not called by the one they are indented under, or not after the step before them."""
    wrong = []
    calls = list(happened.inside())
    first = 0
    for step in said.calls:
        places = [k for k, call in enumerate(calls) if (call.name, call.file) == (step.name, step.file)]
        after = [k for k in places if k >= first]
        if not after:
            under = f" under {said}" if said.name else ""
            wrong.append(f"{step} is {'called earlier' if places else 'not called'}{under}")
            continue
        first = after[0] + 1
        wrong += missing(step, calls[after[0]])
    return wrong


def files_of(call: Call) -> set[str]:
    return {c.file for c in call.inside() if c.file.endswith(".py")}


# --- the first: a number -----------------------------------------------------------------------------------------------

NUMBER = "A number through `tanh(w*x + b)` and `backward()`"


def test_a_number_passes_the_functions_that_the_page_names_and_no_others() -> None:
    happened = taken_over_pure_nodes(
        "w, x, b = Value(-3.0, label='w'), Value(2.0, label='x'), Value(6.5, label='b')", "y = tanh(w * x + b)\ny.backward()"
    )
    [said] = trees(NUMBER)
    assert [*written(said)] == [*written(happened)]


# --- the second: a picture, a page -------------------------------------------------------------------------------------

PICTURE = "A recorded pass to picture and page"


@pytest.fixture
def y() -> Value:
    return tanh(Value(-3.0, label="w") * Value(2.0, label="x") + Value(6.5, label="b"))


def test_a_recorded_pass_becomes_a_picture_by_the_steps_that_the_page_names(tmp_path: Path) -> None:
    happened = taken_over_pure_nodes(
        "y = tanh(Value(-3.0, label='w') * Value(2.0, label='x') + Value(6.5, label='b'))",
        f"viz.save(record_backward(y), {str(tmp_path / 'graph.svg')!r})",
    )
    assert missing(trees(PICTURE)[0], happened) == []
    assert files_of(happened) <= named_files(PICTURE)


def test_a_recorded_pass_becomes_a_page_by_the_steps_that_the_page_names(y: Value, tmp_path: Path) -> None:
    recording = record_backward(y)
    viz.page(record_backward(y))  # modules are imported, once
    happened = taken(lambda: viz.page(recording, tmp_path / "steps.html"))
    assert missing(trees(PICTURE)[1], happened) == []
    assert files_of(happened) <= named_files(PICTURE)


# --- the third: a key --------------------------------------------------------------------------------------------------

KEY = "A keypress in an editor to a stop on the screen"


class Editor:
    """An editor whose adapter runs in this process, so that its calls can be seen."""

    def __init__(self) -> None:
        self._in: queue.Queue[bytes] = queue.Queue()
        self._out: queue.Queue[bytes] = queue.Queue()
        self._decoder, self._arrived, self._seq = Decoder(), list[Any](), 0
        conversation = Conversation(self._in.get, self._out.put, strict=False)
        self._thread = threading.Thread(target=conversation.run)
        self._thread.start()

    def ask(self, command: str, **arguments: Any) -> None:
        self._seq += 1
        self._in.put(encode({"seq": self._seq, "type": "request", "command": command, "arguments": arguments}))

    def wait(self, name: str) -> Any:
        """The next event or response of a name."""
        while True:
            for message in self._arrived:
                if name in (message.get("event"), message.get("command")):
                    self._arrived.remove(message)
                    return message
            self._arrived += self._decoder.feed(self._out.get(timeout=30))

    def close(self) -> None:
        self.ask("disconnect")
        self._thread.join(30)


@contextmanager
def stopped_at_a_pass(watch: Watch, folder: Path) -> Iterator[Editor]:
    script = folder / "script.py"
    script.write_text(
        "from autograd import Value, tanh\nw, x, b = Value(-3.0), Value(2.0), Value(6.5)\ny = tanh(w * x + b)\ny.backward()\n",
        encoding="utf-8",
    )
    watch.on = False
    threading.setprofile(watch.profile)
    editor = Editor()
    try:
        editor.ask("initialize", adapterID="test")
        editor.wait("initialized")
        editor.ask("launch", program=str(script), stopOnEntry=True)
        editor.ask("configurationDone")
        editor.wait("stopped")
        editor.ask("threads")  # its turn comes when the one before is over
        editor.wait("threads")
        yield editor
    finally:
        watch.on = False
        threading.setprofile(None)
        editor.close()


def pressed(editor: Editor, watch: Watch, command: str, then: str, **arguments: Any) -> list[Call]:
    """The calls of the adapter's threads from a request on until a message has been sent."""
    watch.threads.clear()
    watch.on = True
    editor.ask(command, **arguments)
    answer = editor.wait(then)
    watch.on = False
    assert then != command or answer["success"], answer
    return [Call("", "", list(call.calls)) for call in watch.threads.values() if call.calls]


def test_a_key_becomes_a_stop_by_the_steps_that_the_page_names(tmp_path: Path) -> None:
    reading, loop, looking, _ = trees(KEY)
    watch = Watch()
    with stopped_at_a_pass(watch, tmp_path) as editor:
        editor.ask("stepIn", threadId=1)
        editor.wait("stopped")
        back = pressed(editor, watch, "stepBack", "stopped", threadId=1, granularity="instruction")
        there = pressed(editor, watch, "stepIn", "stopped", threadId=1)
        shown = pressed(editor, watch, "stackTrace", "stackTrace", threadId=1)
    forward = tree(
        re.findall(r"```text\n(.*?)```", section(KEY), re.DOTALL)[1]
        .replace("Moving._step_back", "Moving._step_in")
        .replace("Session.step_back", "Session.step")
    )
    for happened, said in ((back, (reading, loop)), (there, (reading, forward)), (shown, (reading, looking))):
        for one in said:
            assert min((missing(one, thread) for thread in happened), key=len) == []
    of_the_loop = next(call for call in back if not missing(loop, call))
    assert files_of(of_the_loop) <= named_files(KEY)


def test_a_line_at_the_prompt_becomes_a_stop_by_the_steps_that_the_page_names(y: Value) -> None:
    prompt = Commands()
    prompt.open(record_backward(y))
    prompt.do("s")
    assert missing(trees(KEY)[-1], taken(lambda: prompt.do("rs"))) == []


def defined(file: str) -> list[str]:
    """The functions, classes and methods of a file, as they stand there; of the table, the rows."""
    if file == "autograd/primitives/table.py":
        return list(TABLE)
    names = []
    for statement in ast.parse((ROOT / file).read_text(encoding="utf-8")).body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            names.append(statement.name)
            methods = [f.name for f in ast.walk(statement) if isinstance(f, ast.FunctionDef) and f is not statement]
            names += [f"{statement.name}.{method}" for method in methods]
    return names


def test_what_a_student_is_to_read_stands_there_in_that_order() -> None:
    rows = re.findall(r"^\| `(autograd/[\w/]+\.py)`(, [^|]*)? \|", section("The engine in half an hour"), re.MULTILINE)
    assert len(rows) == 7
    for file, what in rows:
        names = re.findall(r"`([\w.]+)`", what)
        there = defined(file)
        assert set(names) <= set(there), file
        assert [*map(there.index, names)] == sorted(map(there.index, names)), f"{file} is read from the top"


# --- the tests can fail ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("quick autograd/pure_pass.py", "quick (autograd/pure_pass.py) is not called"),
        ("quick_pass autograd/pure.py", "quick_pass (autograd/pure.py) is not called"),
        (
            "quick_pass autograd/pure_pass.py\nValue.__mul__ autograd/pure.py",
            "Value.__mul__ (autograd/pure.py) is called earlier",
        ),
        ("Value.__mul__ autograd/pure.py\n    quick_pass autograd/pure_pass.py", "is not called under Value.__mul__"),
    ],
    ids=["renamed", "moved", "another order", "another caller"],
)
def test_a_step_that_has_moved_is_found(line: str, complaint: str) -> None:
    [found] = missing(tree(line), taken_over_pure_nodes("x = Value(2.0)", "(x * x).backward()"))
    assert complaint in found
