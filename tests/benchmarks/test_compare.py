"""The comparison of engines: it runs, all engines compute the same, its tables are right, and docs/speed.md is made by it.

How fast anything is, is no matter of these tests (test_guard.py has the one exception).
"""

import os
import pathlib
import re
import signal
import subprocess
import sys

import compare
import pytest
from places import ROOT
from speed import tables
from speed.peers import PEERS, Peer
from speed.problems import PROBLEMS
from speed.results import Case, Results
from speed.rounds import Bench

PROGRAM = [sys.executable, "-W", "error", str(ROOT / "benchmarks" / "compare.py")]
QUICK = "compiled,pure,floats,microgpt,tuples,numpy,micrograd,xad"  # who is not installed is left out


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *options], capture_output=True, text=True, timeout=60, check=False)


def test_a_smoke_run_solves_every_problem_and_all_engines_agree(tmp_path: pathlib.Path) -> None:
    done = run("--smoke", "--peers", QUICK, "--json", str(tmp_path / "out.json"))
    assert done.returncode == 0, done.stderr
    assert "differs" not in done.stderr
    results = Results.load(tmp_path / "out.json")
    assert [case.problem for case in results.cases] == list(PROBLEMS)
    for case in results.cases:
        assert not case.why, case
        assert all(figure >= 0.0 for turns in case.figures.values() for figure in turns)
        assert "pure" in case.figures, f"{case.problem}: our own engine took no turn"
    solved = {name: {case.problem for case in results.cases if name in case.figures} for name in ("floats", "tuples")}
    assert solved["floats"] == set(PROBLEMS) - {"digits-fit", "transformer", "memory", "import", "transforms"}
    assert solved["tuples"] == set(PROBLEMS) - {"digits-dots", "digits-fit", "import", "transforms"}
    for heading in tables.HEADINGS.values():
        assert f"\n{heading}\n" in f"\n{done.stdout}"


def test_a_peer_that_is_not_installed_is_said_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PEERS, "nobody", Peer("nobody", "Nobody", "nothing_of_that_name"))
    said: list[str] = []
    bench = Bench(Results(1, 5.0), said.append)
    try:
        bench.begin(["floats", "nobody"])
        bench.compare(PROBLEMS["mixed"], "105")
    finally:
        bench.close()
    assert said == ["Nobody is left out: ModuleNotFoundError: No module named 'speed.engines.nothing_of_that_name'"]
    assert list(bench.results.cases[0].figures) == ["floats"]
    assert "Nobody" in tables.conditions(bench.results)


def test_an_engine_that_would_take_too_long_is_left_out_beforehand() -> None:
    said: list[str] = []
    bench = Bench(Results(1, 0.05), said.append)
    try:
        bench.begin(["tuples"])
        bench.compare(PROBLEMS["mixed"], "10000000")
    finally:
        bench.close()
    assert re.match(r"mixed:10000000: tuple engine is left out: it would take about \d+ s$", said[0])
    assert bench.results.cases[0].figures == {}


def test_an_answer_that_differs_is_found() -> None:
    said: list[str] = []
    bench = Bench(Results(1, 1.0), said.append)
    case = Case("mixed", "105", answers={"pure": (1.0, 2.0), "tuples": (1.0, 2.0 + 1e-12), "floats": (1.0, 0.0)})
    bench.check(case)
    assert said == []
    case.answers["xad"] = (1.0, 2.1)
    bench.check(case)
    assert said == ["mixed:105: XAD differs: it computes 2.1, and pure 2.0"]


@pytest.mark.skipif(os.name != "posix", reason="os.kill sends no SIGINT on Windows")
def test_ctrl_c_leaves_the_figures_that_are_known() -> None:
    # Shells start background jobs with SIGINT ignored, and children inherit that.
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); import compare; exit(compare.main())"
    command = [sys.executable, "-c", code, "mixed:105", "chain:10000000", "--peers", "floats", "--rounds", "20"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "benchmarks")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr
        assert process.stdout
        for line in process.stderr:
            if line.startswith("[2/2"):
                process.send_signal(signal.SIGINT)
                break
        out, errors = process.stdout.read(), process.stderr.read()
    assert process.returncode == 130, errors
    assert "stopped; what is known so far:" in errors
    assert "| mixed expression, 105 operations |" in out


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["mixt"], "there is no problem 'mixt'; there are mixed, chain"),
        (["mixed:many"], "mixed has no size 'many'; it is a number from 1"),
        (["mixed:0"], "mixed has no size '0'"),
        (["operations:v @ w"], "operations has no size 'v @ w'; it is one of 'v + w', "),
        (["--peers", "pure,fast"], "there is no peer 'fast'; there are compiled, pure"),
        (["--rounds", "0"], "--rounds is 0; it has to be at least 1"),
        (["mixed", "--write"], "--write writes the whole page"),
        (["--peers", "pure", "--write"], "--write writes the whole page"),
        (["--smoke", "--write"], "--write writes the whole page"),
        (["--seconds", "-1"], "-1 is no number above 0"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused(
    options: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        compare.main(options)
    assert caught.value.code == 2
    assert complaint in capsys.readouterr().err


def test_help_names_every_problem_and_every_peer(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        compare.main(["--help"])
    assert caught.value.code == 0
    text = "".join(capsys.readouterr().out.split())  # wherever its lines are broken
    assert [name for name in (*PROBLEMS, *PEERS, "--rounds", "--seconds") if name not in text] == []


def known() -> Results:
    """A run of three peers whose figures are easy to divide."""
    return Results(
        rounds=3,
        seconds=10.0,
        date="2026-01-02",
        machine={"processor": "Abacus", "cores": 2, "system": "Linux x86_64", "python": "CPython 3.11.7"},
        versions={"compiled": "", "pure": "", "xad": "1.5.2"},
        absent={"jax": "ModuleNotFoundError"},
        cases=[
            Case("mixed", "2100", {"compiled": [1e-7, 2e-7, 3e-7], "pure": [1e-6] * 3, "xad": [5e-8]}, why={"jax": "x"}),
            Case("mixed", "105000", {"compiled": [2e-7]}, why={"xad": "it would take about 77 s"}),
            Case("memory", "300000", {"compiled": [96.0], "pure": [48.0]}),
            Case("transforms", "rosenbrock 10 grad", {"compiled": [1e-4], "pure": [1e-3]}),
            Case("transforms", "rosenbrock 10 hvp", {"compiled": [3e-4], "pure": [2e-3]}),
        ],
    )


def test_a_table_has_the_ratio_of_medians() -> None:
    assert tables.ratios(known(), ("mixed",)).splitlines()[2:] == [
        "| mixed expression, 2,100 operations | operation: 200 ns | 5.00 | 0.25 |",
        "| mixed expression, 105,000 operations | operation: 200 ns | - | slow |",
    ]


def test_times_have_half_of_the_distance_between_the_quartiles() -> None:
    row = "| mixed expression, 2,100 operations | operation | 200 ns ±25% | 1.00 us ±0% | 50.0 ns ±0% |"
    assert tables.figures(known(), ("mixed",)).splitlines()[2] == row


def test_transforms_are_told_in_gradients_of_the_same_function() -> None:
    assert tables.transforms(known()).splitlines()[2] == "| rosenbrock 10 | 100 us (1.00 ms) | 3.0 (2.0) | - (-) | - (-) |"


def test_where_others_are_faster_is_said() -> None:
    results = known()
    results.cases[2].figures["xad"] = [32.0]
    memory = "memory per binary node, of 300,000: XAD"
    assert tables.lost(results, "compiled").splitlines() == [
        "* mixed expression, 2,100 operations: XAD 0.25",
        f"* {memory} 0.33",
    ]
    assert tables.lost(results, "pure").splitlines() == ["* mixed expression, 2,100 operations: XAD 0.05", f"* {memory} 0.67"]
    del results.cases[0].figures["xad"], results.cases[2].figures["xad"]
    assert tables.lost(results, "compiled") == "Nowhere."


def test_conditions_name_machine_versions_day_and_who_was_not_there() -> None:
    assert tables.conditions(known()) == (
        "Abacus, 2 cores of which one is used, Linux x86_64, CPython 3.11.7; 2026-01-02. Up to 3 turns each; "
        "slow is what takes more than 10 s for one run. Beside XAD 1.5.2. Not there: JAX."
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1.5e-9, "1.50 ns"), (12.34e-9, "12.3 ns"), (1e-6, "1.00 us"), (0.99999, "1.00 s"), (1234.0, "1,230 s")],
)
def test_times_have_three_digits(seconds: float, text: str) -> None:
    assert tables.duration(seconds) == text


def test_results_are_read_back_as_they_were_written(tmp_path: pathlib.Path) -> None:
    known().save(tmp_path / "results.json")
    assert Results.load(tmp_path / "results.json") == known()


def test_a_page_without_a_place_for_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0 places for 'conditions', <!-- made: conditions --> to <!-- end -->; it needs one"):
        tables.put_in_place("# Speed\n", known())


def test_the_page_has_the_results_that_lie_beside_the_program() -> None:
    page = compare.PAGE.read_text(encoding="utf-8")
    assert page == tables.put_in_place(page, Results.load(compare.DATA)), "run compare.py --read benchmarks/speed.json --write"
