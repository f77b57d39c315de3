"""Sick models of PyTorch, looked at by `watching()` and by PyTorch's anomaly mode: the table of docs/pytorch.md.

python benchmarks/sick_models.py            prints it
python benchmarks/sick_models.py --write    puts it into the page
"""

import linecache
import pathlib
import re
import sys
import warnings
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "viz" / "debugger" / "lift")]

import torch  # noqa: E402
from pytorch_sick import SICK  # noqa: E402

from viz.debugger.lift.pytorch import watching  # noqa: E402

PAGE = ROOT / "docs" / "pytorch.md"
BEGIN, END = "<!-- sick models -->\n", "<!-- end of sick models -->\n"


def guilty(line: str) -> bool:
    """True if a line of source is marked as the fault."""
    return line.rstrip().endswith("# fault")


def by_watching(train: Callable[[], None]) -> tuple[str, bool]:
    """The kind of the first finding, and whether it has the guilty line."""
    with watching() as watch:
        train()
    found = watch.findings()
    return (found[0].kind, guilty(linecache.getline(found[0].file, found[0].line))) if found else ("", False)


def by_anomaly_mode(train: Callable[[], None]) -> tuple[str, bool]:
    """The name of the function that anomaly mode raises about, and whether its traceback has the guilty line."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            with torch.autograd.set_detect_anomaly(True):
                train()
        except RuntimeError as error:
            name = re.search(r"Function '(\w+)'", str(error))
            lines = [line for warning in told for line in str(warning.message).splitlines()]
            return (name[1] if name else "an error", any(map(guilty, lines)))
    return "", False


def table() -> str:
    """The rows, and what they come to."""
    rows, lines = [], [0, 0]
    for train in SICK.values():
        cells = []
        for k, look in enumerate((by_watching, by_anomaly_mode)):
            torch.manual_seed(0)
            kind, right = look(train)
            lines[k] += right
            cells.append(f"{kind or 'nothing'}{', the line' if right else ''}")
        described = (train.__doc__ or "").strip().rstrip(".")
        rows.append(f"| {described} | {cells[0]} | {cells[1]} |")
    head = f"| fault | `watching()` of stepgrad | anomaly mode of PyTorch {torch.__version__.split('+')[0]} |\n|---|---|---|\n"
    total = f"| **the guilty line is named in** | **{lines[0]} of {len(SICK)}** | **{lines[1]} of {len(SICK)}** |\n"
    return head + "\n".join(rows) + "\n" + total


if __name__ == "__main__":
    text = table()
    if "--write" in sys.argv:
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.index(BEGIN) + len(BEGIN), page.index(END)
        PAGE.write_text(page[:before] + text + page[after:], encoding="utf-8")
    print(text)
