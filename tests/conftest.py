"""What tests share: primitives and levels that a test makes are gone when it ends; both layout programs; emitted passes."""

import gc
import os
import signal
import sys
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layout_programs import installed

from autograd.levels import IN_PROGRESS
from autograd.operators import Tracer
from autograd.primitives.table import TABLE
from autograd.stepping import emit, emitted
from viz import rendering

# Compiled modules are kept, whatever the environment says: the tests start hundreds of processes, and without them each
# compiles the packages anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# How long an example takes says how busy the machine is, and nothing of what is tested.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Modules and some ten thousand tests stay until the end: the collector does not go through them, now nor later.

    A test that collects garbage, to see what is freed, took half a second for that.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        _first_example()
        gc.freeze()
        gc.enable()


@given(st.none())
def _first_example(_: None) -> None:
    """Hypothesis begins here: in its first example it asks the collector who holds its generator, which says nothing of
    what is frozen (6.170 under Python 3.14, with `CI` set, failed the first test of every process).
    """


# Shells start background jobs with SIGINT ignored, and children inherit that: tests that press Ctrl-C want it as it always is.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _table_as_it_was() -> Iterator[None]:
    rows, methods = set(TABLE), dict(vars(Tracer))
    yield
    for name in set(TABLE) - rows:
        del TABLE[name]
    for name, thing in dict(vars(Tracer)).items():
        if name not in methods:
            delattr(Tracer, name)
        elif thing is not methods[name]:
            setattr(Tracer, name, methods[name])


@pytest.fixture(autouse=True)
def _levels_as_they_were() -> Iterator[None]:
    """Duals that a test makes by hand have levels of their own (shared/levelled.py), which are over when it ends."""
    levels = set(IN_PROGRESS)
    yield
    for level in set(IN_PROGRESS) - levels:
        assert IN_PROGRESS.pop(level) is None, "a derivative is still in progress after the test"


@pytest.fixture(params=rendering.ENGINES, scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    if not installed(request.param):
        pytest.skip(f"{request.param} is not installed")
    return str(request.param)


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The roots of the passes that are emitted while a test runs."""
    roots: list[str] = []
    register = emitted.register

    def noting(emission: emit.Emission) -> str:
        roots.append(emission.layout[0])
        return register(emission)

    monkeypatch.setattr(emitted, "register", noting)
    return roots
