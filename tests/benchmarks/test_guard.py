"""A guard: the mixed expression does not take twice as long as it did, measured in plain floats.

The one assertion about time, because a regression of two is otherwise noticed months later. It compares ratios: floats and the
engine take their turns in one run, each in a process of its own, and of many turns the fastest counts, which a busy
machine disturbs least. The ratios that it is held to are those of docs/speed.md (benchmarks/speed.json).
"""

import compare
import pytest
from speed.peers import PEERS
from speed.process import GoneError, Process
from speed.results import Results

PROBLEM, SIZE = "mixed", "2100"
ROUNDS, TIMES = 12, {"floats": 100, "compiled": 20, "pure": 2}  # 5 to 10 ms for each turn
WORSE = 2.0  # a ratio that many times that of docs/speed.md is a regression


def ratio(peer: str, work: int = 1) -> float:
    """The time of a peer that does the work so many times, in that of plain floats; the fastest turn of each."""
    processes = {name: Process(PEERS[name]) for name in ("floats", peer)}
    try:
        fastest = dict.fromkeys(processes, float("inf"))
        for process in processes.values():
            process.ask(60.0, do="prepare", problem=PROBLEM, size=SIZE, most=60.0)
        for _ in range(ROUNDS):
            for name, process in processes.items():
                answer = process.ask(60.0, do="run", times=TIMES[name] * (1 if name == "floats" else work))
                fastest[name] = min(fastest[name], answer["seconds"] / TIMES[name])
    finally:
        for process in processes.values():
            process.close()
    return fastest[peer] / fastest["floats"]


def allowed(peer: str) -> float:
    """The ratio that is a regression."""
    (case,) = [case for case in Results.load(compare.DATA).find(PROBLEM) if case.size == SIZE]
    return WORSE * min(case.figures[peer]) / min(case.figures["floats"])


@pytest.mark.parametrize("peer", ["compiled", "pure"])
def test_the_engine_is_not_half_as_fast_as_it_was(peer: str) -> None:
    try:
        found = ratio(peer)
    except GoneError as error:
        pytest.skip(f"there are no such nodes here: {error}")
    assert found < allowed(peer), f"{found:.1f} times plain floats; docs/speed.md has {allowed(peer) / WORSE:.1f}"


def test_an_engine_that_takes_three_times_as_long_is_caught() -> None:
    assert ratio("pure", work=3) > allowed("pure")
