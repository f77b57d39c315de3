"""Emitted passes as running code: files that debuggers find, and functions made from them.

The source of a pass is written to a temporary folder, because editors open files and know breakpoints by their paths, and
entered in linecache, which is where pdb, tracebacks and debugpy look first and which needs no folder to be writable. The
function is made from its code object and the numbers of the pass as defaults, without executing the file: a debugger has
nothing to stop at before the first line of the pass.
"""

import atexit
import linecache
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from types import CodeType, FrameType, FunctionType
from typing import Any

from ..operators import number
from ..reverse import call_hooks, leaves_of, pass_on, run_rule
from .emit import Call, Emission
from .identifiers import identifier

_MOST_FILES = 100  # passes of this many different graphs are kept; older passes are gone from the lists of debuggers

FILES: dict[str, None] = {}  # the files registered now, oldest first
_files: dict[tuple[Any, ...], str] = {}  # by the layout of the text
_codes: dict[str, tuple[str, CodeType]] = {}  # by file: the body of its function, and what that was compiled to
_folder = ""


class Pass:
    """One backward pass, ready to run: all or nothing.

    Attributes:
        function: the emitted function; it returns its variables.
        file: the path under which debuggers know it.
    """

    def __init__(self, emission: Emission, order: list[Any], root: Any, seed: float) -> None:
        self._emission = emission
        leaves = leaves_of(order)
        self._before = [(v, v._grad) for v in (*order, *leaves)]
        self._earlier = {leaf: leaf._grad for leaf in leaves if leaf._hooks}  # a hook sees this pass only
        self.file: str = register(emission)
        self.function = _function(emission, self.file, self._run)
        if emission.calls:
            for v in (*order, *self._earlier):
                v._grad = 0.0
            root._grad = seed

    def finish(self, names: dict[str, Any]) -> None:
        """Give every node its gradient from the variables of the function, in which a person may have set anything.

        Raises:
            OperandError: one is no number; no gradient has been touched.
        """
        try:
            grads = [number(names[bar], bar) for bar in self._emission.bars.values()]
            for v, grad in zip(self._emission.bars, grads, strict=True):
                v._grad = grad
        except BaseException:  # Control-C
            self.undo()
            raise

    def undo(self) -> None:
        """Put every gradient back."""
        for v, grad in self._before:
            v._grad = grad

    def _run(self, which: int) -> Any:
        """Run a part that is not written out, on the nodes themselves; return the gradients that it may have changed."""
        frame = sys._getframe(1)
        names = frame.f_locals
        for v, bar in self._emission.bars.items():
            v._grad = names[bar]
        call = self._emission.calls[which]
        for v in call.nodes:
            self._run_node(v, call)
        # A hook may do anything to any node: the pass goes on with its other changes too.
        moved = {bar: v._grad for v, bar in self._emission.bars.items() if not v._still(names[bar])}
        if moved.keys() - {self._emission.bars.get(v) for v in call.changed}:
            _set(frame, moved)
        changed = tuple(v._grad for v in call.changed)
        return changed[0] if len(changed) == 1 else changed

    def _run_node(self, v: Any, call: Call) -> None:
        call_hooks(v)
        if call.kind == "hooks":
            if v in self._earlier:
                v._grad = self._earlier[v] + v._grad
        elif v.partials is None:
            run_rule(v)
        else:
            pass_on(v, v.partials)


def _set(frame: FrameType, names: dict[str, Any]) -> None:
    """Give variables of a running function other values."""
    frame.f_locals.update(names)
    if sys.version_info < (3, 13):  # before that, f_locals is a copy
        import ctypes  # hardly ever needed

        ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))


def _function(emission: Emission, file: str, run: Callable[[int], Any]) -> Callable[[], dict[str, Any]]:
    code = _code(emission.text, file)
    names = {"__name__": "backward", "inf": float("inf"), "nan": float("nan")}
    return FunctionType(code, names | dict.fromkeys(("unwritten", "hooks", "by_hand"), run), "backward", emission.values)


def _code(text: str, file: str) -> CodeType:
    """The function in a text; reused from an earlier pass if only the parameters' values differ: they are no part of it."""
    body = text.partition("\n):\n")[2]  # begins in the same line in all texts of a file
    if file not in _codes or _codes[file][0] != body:
        module = compile(text, file, "exec", dont_inherit=True)
        _codes[file] = body, next(c for c in module.co_consts if isinstance(c, CodeType))
    return _codes[file][1]


def register(emission: Emission) -> str:
    """Make the text known to debuggers, and give the path under which they find it."""
    file = _files.get(emission.layout)
    if file is None:
        file = _files[emission.layout] = _new_file(emission.layout[0])
        FILES[file] = None
        if len(FILES) > _MOST_FILES:
            _forget(next(iter(FILES)))
    # No time of modification: linecache then takes the lines as they are, whatever is or is not on the disk.
    linecache.cache[file] = (len(emission.text), None, emission.text.splitlines(keepends=True), file)
    with suppress(OSError), open(file, "w", encoding="utf-8") as written:
        written.write(emission.text)
    return file


def _new_file(root: str) -> str:
    global _folder
    if not _folder:
        try:
            _folder = os.path.realpath(tempfile.mkdtemp(prefix="stepgrad-"))
            atexit.register(_remove, _folder, os.getpid())
        except OSError:  # no folder can be written to: linecache has to do, under a path that need not exist
            _folder = os.path.abspath(f"stepgrad-{os.getpid()}")
    stem = f"backward_from_{identifier(root)}"
    n = 1
    while (file := os.path.join(_folder, f"{stem}_{n}.py" if n > 1 else f"{stem}.py")) in FILES:
        n += 1
    return file


def _forget(file: str) -> None:
    del FILES[file]
    for layout in [layout for layout, known in _files.items() if known == file]:
        del _files[layout]
    linecache.cache.pop(file, None)
    _codes.pop(file, None)
    with suppress(OSError):
        os.unlink(file)


def _remove(folder: str, process: int) -> None:
    if os.getpid() == process:  # not a child that was forked
        shutil.rmtree(folder, ignore_errors=True)
