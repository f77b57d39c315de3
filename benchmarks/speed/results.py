"""The results as data: the times of every turn, what was left out and why, the machine, the versions. JSON and back."""

import datetime
import json
import os
import pathlib
import platform
import statistics
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Case:
    """One size of one problem.

    Attributes:
        figures: by peer, the figure of every turn: seconds for a unit, or bytes.
        answers: by peer, what it computed: a number, and the sum of the magnitudes of its derivatives.
        why: by peer, the reason for which it was left out.
    """

    problem: str
    size: str
    figures: dict[str, list[float]] = field(default_factory=dict)
    answers: dict[str, tuple[float, float]] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)

    def add(self, peer: str, figure: float) -> None:
        """One more turn."""
        self.figures.setdefault(peer, []).append(figure)

    def median(self, peer: str) -> float | None:
        """The median of a peer's turns; None if it took none."""
        turns = self.figures.get(peer)
        return statistics.median(turns) if turns else None

    def spread(self, peer: str) -> float:
        """Half of the distance between the quartiles, as a share of the median."""
        turns = self.figures[peer]
        if len(turns) < 2 or not (middle := statistics.median(turns)):
            return 0.0
        low, _, high = statistics.quantiles(turns, n=4, method="inclusive")
        return (high - low) / 2.0 / middle


def machine() -> dict[str, Any]:
    """The class of machine, without its name: processor, cores, system, Python."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def _processor() -> str:
    """The name of the processor, as the system gives it."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


@dataclass
class Results:
    """Everything that is known after a run, whole or not.

    Attributes:
        rounds, seconds: the turns of each peer at most, and what it might use for one size.
        date: the day.
        machine: see `machine`.
        versions: by peer; '' where there is none.
        absent: by peer, the reason for which it did not take part.
    """

    rounds: int
    seconds: float
    date: str = field(default_factory=lambda: datetime.datetime.now(datetime.UTC).date().isoformat())
    machine: dict[str, Any] = field(default_factory=machine)
    versions: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)

    def case(self, problem: str, size: str) -> Case:
        """The case of that problem and size, made if there is none."""
        for case in self.cases:
            if (case.problem, case.size) == (problem, size):
                return case
        self.cases.append(Case(problem, size))
        return self.cases[-1]

    def find(self, problem: str) -> list[Case]:
        """The cases of a problem in which somebody took a turn."""
        return [case for case in self.cases if case.problem == problem and case.figures]

    def save(self, path: pathlib.Path) -> None:
        """Write them as JSON, a case on each line, four digits of each figure."""
        data = asdict(self)
        for case in data["cases"]:
            case["figures"] = {name: [float(f"{t:.4g}") for t in turns] for name, turns in case["figures"].items()}
        cases = ",\n  ".join(json.dumps(case) for case in data.pop("cases"))
        head = json.dumps(data, indent=1).removesuffix("\n}")
        path.write_text(f'{head},\n "cases": [\n  {cases}\n ]\n}}\n', encoding="utf-8")

    @classmethod
    def load(cls, path: pathlib.Path) -> "Results":
        """Read them back."""
        data = json.loads(path.read_text(encoding="utf-8"))
        data["cases"] = [Case(**case) for case in data["cases"]]
        return cls(**data)
