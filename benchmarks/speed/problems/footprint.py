"""The costs of having an engine: bytes for a node, and the time of its import."""

import os
import subprocess
import sys
from typing import Any

from speed.engines import Engine

from .problem import Answer, Problem, Run, one


def resident() -> int:
    """The bytes of memory that this process holds; where the system does not tell, the most that it ever held."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def _memory(engine: Engine, size: str) -> Run | None:
    if not engine.differentiates:
        return None
    held = [0, 0]

    def chain(leaves: list[Any]) -> Any:
        v, w = leaves
        held[0] = resident()
        for _ in range(int(size)):
            v = v * w
        held[1] = resident()
        return v

    engine.gradient(lambda leaves: leaves[0] * leaves[1], engine.leaves([1.0, 1.0]))  # whatever is loaded at the first use
    leaves = engine.leaves([1.5, 0.9999999])

    def run() -> Answer:
        engine.gradient(chain, leaves)
        return float(held[1] - held[0]), 0.0

    return run


def _import(engine: Engine, _: str) -> Run | None:
    if not engine.imports:
        return None
    code = f"import time; t = time.process_time(); import {engine.imports[0]}; print(time.process_time() - t)"

    def run() -> Answer:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        return float(done.stdout), 0.0

    return run


PROBLEMS = (
    Problem(
        "memory", "memory per binary node, of {size}", "bytes", ("300000",), "1000", float, float, _memory, "answer", True,
    ),
    Problem("import", "import", "import", ("1",), "1", one, lambda _: 1.0, _import, "answer"),
)  # fmt: skip
