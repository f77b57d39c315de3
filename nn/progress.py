"""The progress bar that a person sees during a run, and the Ctrl-C that ends it."""

import math
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Ctrl-C sets a flag instead of raising, so that a step is never cut in half; a second Ctrl-C raises.

    If another program handles Ctrl-C, such as the debugger that the script runs under, its handler stays.
    """
    flag = False
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or handler is not signal.default_int_handler:
        yield lambda: False
        return

    def note(*_: Any) -> None:
        nonlocal flag
        if flag:
            raise KeyboardInterrupt
        flag = True

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: flag
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def bar(wanted: bool, total: int, completed: int) -> Iterator[Callable[..., None]]:
    """A progress bar on the error output; nothing if it is not wanted or rich is not installed.

    Args:
        total, completed: the number of steps of the whole run, and of steps done before.

    Yields:
        A function to call after every step: show(epoch="3/20", cost=0.1, metric="accuracy 0.9", rate=0.01).
    """
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError:
        wanted = False
    if not wanted:
        yield lambda **_: None
        return
    columns = (
        TextColumn("[bold]epoch {task.fields[epoch]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("cost {task.fields[cost]:.4f}  {task.fields[metric]}  rate {task.fields[rate]:.3g}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=total, completed=completed, epoch="", cost=math.nan, metric="", rate=math.nan)
        yield lambda **fields: progress.update(task, advance=1, **fields)
