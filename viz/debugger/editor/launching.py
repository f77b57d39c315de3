"""The program that an editor names in `launch` or `attach`, checked before anything is started."""

import os
import shlex
from dataclasses import dataclass, field

from autograd.errors import ArgumentError

from .arguments import Arguments


@dataclass(frozen=True)
class Launch:
    """A program to run, or a recording to open.

    Attributes:
        program: the script, the name of a module, or the file of a recording.
        arguments: the arguments that the script finds in `sys.argv[1:]`; for a recording, texts 'OLD=NEW' that say where its
            files are now.
        folder: its working directory.
        environment: variables besides those of the debugger; None removes one.
        python: the interpreter, '' for the debugger's own.
        kind: 'script', 'module' or 'recording'.
        free: True to run it without the debugger.
        torch: True if it trains a model of PyTorch.
        stop_on_entry, stop_at_end: True to stop at the beginning of the first pass, and at the end of every pass.
    """

    program: str
    arguments: tuple[str, ...] = ()
    folder: str = ""
    environment: dict[str, str | None] = field(default_factory=dict)
    python: str = ""
    kind: str = "script"
    free: bool = False
    torch: bool = False
    stop_on_entry: bool = True
    stop_at_end: bool = False

    @property
    def undebugged(self) -> tuple[str, ...]:
        """The arguments of the interpreter that run it without the debugger."""
        return (*(("-m",) if self.kind == "module" else ()), self.program, *self.arguments)


def require_posix() -> None:
    """Refuse a system on which the debugger cannot connect to the process of a script and end it.

    Raises:
        ArgumentError: this is such a system.
    """
    missing = [f"os.{name}" for name in ("killpg", "register_at_fork") if not hasattr(os, name)]
    if os.name != "posix" or missing:
        reason = f"this system ({os.name}) lacks {', '.join(missing) or 'POSIX descriptors'}"
        raise ArgumentError(
            f"an editor cannot debug here: the script's process inherits a connection and leads a group; {reason}."
            " In the Windows Subsystem for Linux it works as on Linux"
        )


def launch_of(arguments: Arguments) -> Launch:
    """The program that `launch` asks for.

    Raises:
        ArgumentError: an argument is invalid, or the system cannot do it.
    """
    require_posix()
    folder = arguments.text("cwd", "")
    if folder and not os.path.isdir(folder):
        raise ArgumentError(f"'cwd': there is no folder {folder}")
    raw = arguments.raw.get("args")
    given = shlex.split(raw) if isinstance(raw, str) else arguments.texts("args")
    environment = arguments.inner("env").raw
    for name, value in environment.items():
        if not name or "=" in name or "\0" in name or not (value is None or (isinstance(value, str) and "\0" not in value)):
            raise ArgumentError(f"'env': {name!r} is {value!r}; names and values are text, null removes a variable")
    if any("\0" in text for text in given):
        raise ArgumentError("'args': an argument cannot contain a zero character")
    module = arguments.text("module", "")
    return Launch(
        module or _file(arguments, "program", folder), tuple(given), folder, environment, arguments.text("python", ""),
        "module" if module else "script", arguments.flag("noDebug"), arguments.flag("torch"),
        arguments.flag("stopOnEntry", True), arguments.flag("stopAtEnd"),
    )  # fmt: skip


def attachment_of(arguments: Arguments) -> Launch:
    """The recording that `attach` asks for: a file that `Recording.save` has written.

    Raises:
        ArgumentError: the file does not exist, another argument is invalid, or the system cannot do it.
    """
    require_posix()
    folder = arguments.text("cwd", "")
    path = _file(arguments, "recording", folder)
    roots = [(one.text("remoteRoot"), one.text("localRoot")) for one in arguments.items("pathMappings")]
    if any("\0" in text for root in roots for text in root):
        raise ArgumentError("'pathMappings': a path cannot contain a zero character")
    mapping = tuple(f"{old}={os.path.abspath(os.path.join(folder, new))}" for old, new in roots)
    here = folder if os.path.isdir(folder) else ""  # the missing source files of the recording are looked for here, too
    return Launch(path, mapping, here, kind="recording", stop_on_entry=arguments.flag("stopOnEntry", True), stop_at_end=True)


def _file(arguments: Arguments, name: str, folder: str) -> str:
    path = os.path.abspath(os.path.join(folder, os.path.expanduser(arguments.text(name))))
    if "\0" in path or not os.path.isfile(path):
        raise ArgumentError(f"{name!r}: there is no file {path}")
    return path
