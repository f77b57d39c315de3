"""The collector is left as it was found, whatever happens in the block and in whatever order blocks end."""

import gc
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from places import ROOT

from autograd.collector import SELDOM, seldom_collected
from autograd.value import Core
from nn import MLP
from nn.data import xor
from nn.train import fit


@pytest.fixture(autouse=True)
def pure(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nodes in Python, which the collector looks at, and an ordinary threshold."""
    monkeypatch.setattr("autograd.collector.core", lambda: Core("pure", "a test"))
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


def test_in_the_block_it_starts_seldom_and_afterwards_as_before() -> None:
    with seldom_collected():
        assert gc.get_threshold() == (SELDOM, 10, 10)
        with seldom_collected():
            assert gc.get_threshold() == (SELDOM, 10, 10)
        assert gc.get_threshold() == (SELDOM, 10, 10)
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_puts_it_back(error: type[BaseException]) -> None:
    with pytest.raises(error), seldom_collected():
        raise error
    assert gc.get_threshold() == (700, 10, 10)


def test_blocks_of_two_threads_overlap() -> None:
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with seldom_collected():
            entered.set()
            leave.wait(90)

    thread = threading.Thread(target=other)
    with seldom_collected():
        thread.start()
        assert entered.wait(90)
    assert gc.get_threshold() == (SELDOM, 10, 10)  # the other block is still open
    leave.set()
    thread.join()
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.parametrize("chosen", [(0, 10, 10), (SELDOM * 2, 5, 5)])
def test_what_the_program_has_chosen_stands(chosen: tuple[int, int, int]) -> None:
    gc.set_threshold(*chosen)
    with seldom_collected():
        assert gc.get_threshold() == chosen
    assert gc.get_threshold() == chosen


def test_what_the_program_chooses_in_the_block_stands() -> None:
    with seldom_collected():
        gc.set_threshold(900, 9, 9)
    assert gc.get_threshold() == (900, 9, 9)


def test_a_block_that_makes_other_objects_needs_it_beside_compiled_nodes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd.collector.core", lambda: Core("compiled", "a test"))
    with seldom_collected():
        assert gc.get_threshold() == (700, 10, 10)
        with seldom_collected(nodes=False):
            assert gc.get_threshold() == (SELDOM, 10, 10)
    assert gc.get_threshold() == (700, 10, 10)


def test_training_runs_in_it() -> None:
    seen: list[Any] = []
    model = MLP(2, [2, 2], rng=random.Random(0))
    fit(model, xor(10), epochs=1, validation=None, progress=False, callbacks=[lambda *_: seen.append(gc.get_threshold())])
    assert (seen, gc.get_threshold()) == ([(SELDOM, 10, 10)], (700, 10, 10))


@pytest.mark.parametrize("core", ["pure", "compiled"])
def test_an_import_changes_nothing_and_compiled_nodes_need_nothing(core: str) -> None:
    code = (
        "import gc; usual = gc.get_threshold(); import autograd, nn.train; assert gc.get_threshold() == usual\n"
        "from autograd.collector import seldom_collected\n"
        "with seldom_collected(): print(autograd.core().name == 'pure', gc.get_threshold() != usual)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"AUTOGRAD_CORE": core},
        capture_output=True,
        text=True,
        check=True,
    )
    pure, changed = done.stdout.split()
    assert pure == changed
