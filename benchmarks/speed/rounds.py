"""The rounds: every peer takes its turn with the same problem, again and again, so that all of them see the same machine.

A peer that would take longer for one run than it is given is left out of that size, and said to be; one that has used up its
seconds takes no part in the rounds that are left. What is not installed is said once.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .peers import PEERS
from .problems import PROBLEMS, Problem
from .process import GoneError, Process
from .results import Case, Results

ROUND = 0.02  # seconds of a peer's turn, at least: as many runs as it takes
AGREE = 1e-6  # of two answers to the same problem, relatively

Say = Callable[[str], None]


@dataclass
class Turn:
    """A peer with a problem that it has made ready.

    Attributes:
        times: runs in a turn.
        spent: the seconds that it has used.
    """

    process: Process
    times: int
    spent: float


@dataclass
class Bench:
    """The peers that are there, and what has been measured so far.

    Attributes:
        results: what is known; how many turns a peer takes with a problem, and what it may use for one size of it.
        say: told what is going on.
        processes: of each peer that is there.
    """

    results: Results
    say: Say
    processes: dict[str, Process] = field(default_factory=dict)

    def begin(self, names: Iterable[str]) -> None:
        """Start the peers."""
        for name in names:
            self._start(name)

    def close(self) -> None:
        """End all processes."""
        for process in self.processes.values():
            process.close()
        self.processes.clear()

    def compare(self, problem: Problem, size: str) -> None:
        """Measure one size of a problem with every peer."""
        case = self.results.case(problem.name, size)
        turns = [turn for process in list(self.processes.values()) if (turn := self._ready(process, problem, size, case))]
        self.check(case)
        if not turns:
            self.say(f"{problem.name}:{size}: nobody can do this")
        first = 1 if problem.measures == "answer" else 0  # who was made ready has given an answer already
        for _ in range(first, self.results.rounds):
            for turn in turns:
                self._take(turn, problem, size, case)
            turns = [turn for turn in turns if turn.spent < self.results.seconds]

    def _start(self, name: str) -> bool:
        try:
            process = self.processes[name] = Process(PEERS[name])
        except GoneError as error:
            self.processes.pop(name, None)
            self.results.absent[name] = str(error)
            self.say(f"{PEERS[name].title} is left out: {error}")
            return False
        self.results.versions[name] = process.facts["version"]
        return True

    def _ready(self, process: Process, problem: Problem, size: str, case: Case) -> Turn | None:
        """Make the problem ready with one peer, if it can do it in time."""
        name = process.peer.name
        if problem.alone:
            process.close()
            if not self._start(name):
                return None
            process = self.processes[name]
        guess = self._guess(name, problem, size)
        limit = 4.0 * self.results.seconds + 10.0
        try:
            answer = process.ask(limit, do="prepare", problem=problem.name, size=size, most=self.results.seconds, guess=guess)
        except GoneError as error:
            process.close()
            self._start(name)
            answer = {"error": str(error)}
        why = f"it would take about {answer['slow']:.0f} s" if "slow" in answer else answer.get("error")
        if why:
            case.why[name] = why
            self.say(f"{problem.name}:{size}: {process.peer.title} is left out: {why}")
        if "answer" not in answer:
            return None
        case.answers[name] = answer["answer"]
        if problem.measures == "answer":
            case.add(name, answer["answer"][0] / problem.units(size))
            return Turn(process, 1, answer["seconds"])
        return Turn(process, max(1, math.ceil(ROUND / max(answer["seconds"], 1e-7))), answer["seconds"])

    def _guess(self, name: str, problem: Problem, size: str) -> float | None:
        """The seconds that a peer will take, after what it took for the size before; None if it has done none."""
        if problem.measures != "time" or not size.isdigit():
            return None
        before = [case.median(name) for case in self.results.find(problem.name) if name in case.figures]
        return before[-1] * problem.units(size) if before and before[-1] else None

    def _take(self, turn: Turn, problem: Problem, size: str, case: Case) -> None:
        """One turn of one peer."""
        name = turn.process.peer.name
        if problem.measures == "answer":
            again = self._ready(self.processes[name], problem, size, case)
            turn.spent += again.spent if again else self.results.seconds
            return
        try:
            answer = turn.process.ask(4.0 * self.results.seconds + 10.0, do="run", times=turn.times)
        except GoneError as error:
            answer = {"error": str(error)}
        if "error" in answer:
            case.why[name] = answer["error"]
            turn.spent = math.inf
            return
        turn.spent += answer["seconds"]
        case.add(name, answer["seconds"] / turn.times / problem.units(size))

    def check(self, case: Case) -> None:
        """Hold the answers of all peers to each other: who computes something else is no peer."""
        if PROBLEMS[case.problem].measures == "answer" or not case.answers:
            return
        values = {name: answer[0] for name, answer in case.answers.items()}
        slopes = {name: answer[1] for name, answer in case.answers.items() if PEERS[name].engine != "floats"}
        for found in (values, slopes):
            for name, number in found.items():
                first = next(iter(found.values()))
                if not math.isclose(number, first, rel_tol=AGREE, abs_tol=1e-9):
                    case.why[name] = f"it computes {number!r}, and {next(iter(found))} {first!r}"
                    self.say(f"{case.problem}:{case.size}: {PEERS[name].title} differs: {case.why[name]}")
