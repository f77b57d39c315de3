"""One engine in one process: it is asked by lines of JSON, and answers each with a line.

    {"do": "hello"}                                   {"core": ..., "why": ..., "version": ...}
    {"do": "prepare", "problem": ..., "size": ...,    {"answer": [value, magnitude], "seconds": ...}, {"missing": true}, or
     "most": ..., "guess": ...}                       {"slow": ...}, about the seconds that it would take if that is more
    {"do": "run", "times": ...}                       {"seconds": ...}

Times are those of the process on the processor, with the cyclic collector as Python leaves it: on. It has collected before the
clock starts, so nobody pays for what was left by the round before.
"""

import contextlib
import gc
import importlib.metadata
import json
import math
import os
import sys
import time
from typing import Any

from speed.engines import Engine, load
from speed.problems import PROBLEMS
from speed.problems.problem import Run

LIKELY = "105"  # the size of `mixed` by which the time of an operation is guessed


class Worker:
    """An engine, and the problem that it has at hand.

    Raises:
        ImportError: the engine is not installed here.
    """

    def __init__(self, name: str, package: str) -> None:
        self.engine: Engine = load(name)
        self.package = package
        self.run: Run | None = None
        self.operation = 0.0  # about the seconds that it takes for one

    def hello(self) -> dict[str, Any]:
        """The engine's version, and the nodes it uses."""
        version = ""
        if self.package:
            with contextlib.suppress(importlib.metadata.PackageNotFoundError):
                version = importlib.metadata.version(self.package)
        core = sys.modules["autograd"].core() if self.engine.fit else None
        if not self.engine.by_hand:
            self.prepare("mixed", LIKELY)
            self.operation = min(self.measure(1) for _ in range(3)) / PROBLEMS["mixed"].units(LIKELY)
        return {"core": core and core.name, "why": core and core.why, "version": version}

    def prepare(self, problem: str, size: str, most: float = math.inf, guess: float | None = None) -> dict[str, Any]:
        """Make a problem ready, and run it once, if that takes no more seconds than it may, as far as one can guess."""
        self.run = None
        if problem in self.engine.by_hand:
            self.run = self.engine.by_hand[problem](size)
        elif not self.engine.by_hand:
            self.run = PROBLEMS[problem].prepare(self.engine, size)
        if self.run is None:
            return {"missing": True}
        guess = PROBLEMS[problem].operations(size) * self.operation if guess is None else guess
        if guess > most:
            return {"slow": guess}
        start = time.process_time()
        answer = self.run()
        return {"answer": answer, "seconds": time.process_time() - start}

    def measure(self, times: int) -> float:
        """The seconds that the problem takes, so many times over."""
        run = self.run
        assert run
        gc.collect()
        start = time.process_time()
        for _ in range(times):
            run()
        return time.process_time() - start


def main() -> None:
    """Answer until there is no more line. Whatever an engine prints goes where errors go."""
    answers, sys.stdout = sys.stdout, sys.stderr
    if hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    worker: Worker | None = None
    for line in sys.stdin:
        question = json.loads(line)
        try:
            if question["do"] == "hello":
                worker = Worker(question["engine"], question["package"])
                answer = worker.hello()
            elif worker and question["do"] == "prepare":
                answer = worker.prepare(question["problem"], question["size"], question["most"], question.get("guess"))
            else:
                assert worker
                answer = {"seconds": worker.measure(question["times"])}
        except Exception as error:  # noqa: BLE001 - whatever an engine does not do is reported, and the others go on
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
