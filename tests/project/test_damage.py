"""Damaged files: whatever types and sizes they claim, a loader refuses or loads, in memory and time bounded by the file's size.

Valid files are taken apart as JSON, one to three places are changed for something of another type, sign or size, and what
comes of it is written again as a file that is well formed. A network of 10^9 neurons that a header asks for must not be made.
"""

import copy
import json
import pathlib
import random
import signal
import struct
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from autograd import RecordingError, load_recording, log, record_backward
from autograd.errors import AutogradError
from nn import MLP, cross_entropy
from nn.checkpoint import CheckpointError, load
from nn.data import Standardisation, xor
from nn.train import DivergedError, fit, predict

ODD: list[Any] = [
    0, -1, 1, 2, 3, 10**9, 10**18, 2**63, 10**30, 1.5, -0.0, float("nan"), float("inf"), 1e308, "", "x", "tanh", "nan", None,
    True, [], {}, [10**9], [[]], {"a": 1}, [0] * 50, "9" * 50, "inf",
]  # fmt: skip
SECONDS = 20  # a load takes milliseconds: one that takes so long would not have ended


@contextmanager
def bounded(size: int) -> Iterator[None]:
    """A block that may allocate a small multiple of a file's size, and has to end."""

    def late(*_: object) -> None:
        raise AssertionError(f"not done after {SECONDS} s")

    alarmed = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if alarmed:
        signal.signal(signal.SIGALRM, late)
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        if alarmed:
            signal.setitimer(signal.ITIMER_REAL, 0)
    assert peak < 40 * size + 2_000_000, f"{peak} bytes for a file of {size}"


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to everything in a tree of JSON; of long lists the beginning."""
    if path:
        yield path
    items: list[tuple[Any, Any]] = list(tree.items()) if isinstance(tree, dict) else []
    items = list(enumerate(tree)) if isinstance(tree, list) else items
    for key, item in items[:60]:
        yield from places(item, (*path, key))


def changed(tree: Any, rng: random.Random) -> Any:
    """The tree with one to three places changed: something else there, nothing, or the same several times."""
    tree = copy.deepcopy(tree)
    for _ in range(rng.randrange(1, 4)):
        *way, last = rng.choice(list(places(tree)))
        there = tree
        for key in way:
            there = there[key]
        if rng.random() < 0.1:
            del there[last]
        elif rng.random() < 0.1 and isinstance(there[last], list):
            there[last] *= rng.choice([2, 5, 100])
        else:
            there[last] = copy.deepcopy(rng.choice(ODD))
        if not tree:
            break
    return tree


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The checkpoint of a run of a few steps, with everything a checkpoint can have."""
    path = tmp_path_factory.mktemp("run") / "run.safetensors"
    scale = Standardisation([0.0, 0.0], [1.0, 1.0])
    net = MLP(2, [3, 2], activation="tanh", rng=random.Random(0))
    net.freeze(["w^1_12"])
    fit(
        net, xor(20), epochs=2, validation=0.3, patience=5, progress=False, checkpoint=path, standardisation=scale, monitor=True
    )
    return path.read_bytes()


def checkpoints(content: bytes, count: int, seed: int) -> Iterator[bytes]:
    size = struct.unpack("<Q", content[:8])[0]
    head, body = json.loads(content[8 : 8 + size]), content[8 + size :]
    inside = json.loads(head["__metadata__"]["stepgrad"])
    rng = random.Random(seed)
    for _ in range(count):
        new = copy.deepcopy(head)
        if rng.random() < 0.7:
            new["__metadata__"]["stepgrad"] = json.dumps(changed(inside, rng))
        else:
            new = changed(head, rng)
        text = json.dumps(new).encode()
        yield struct.pack("<Q", len(text)) + text + body


def load_them(content: bytes, path: pathlib.Path, count: int, seed: int) -> tuple[int, int, int]:
    """Load changed checkpoints and go on from them: how many were refused, loaded, and gone on from."""
    refused = loaded = resumed = 0
    for damaged in checkpoints(content, count, seed):
        path.write_bytes(damaged)
        with bounded(len(damaged)):
            try:
                model = load(path).model
            except CheckpointError:
                refused += 1
                continue
        loaded += 1
        assert len(predict(model, [0.0] * len(model.layers[0].W[0]))) == len(model.layers[-1].b)
        net = MLP(2, [3, 2], activation="tanh", rng=random.Random(1))
        before = [p.data for p in net.parameters()]
        with bounded(len(damaged)):
            try:
                history = fit(net, xor(20), epochs=3, progress=False, checkpoint=path)
            except DivergedError:
                continue  # a penalty of 1e308 is a number
            except AutogradError:
                assert [p.data for p in net.parameters()] == before, "a run that cannot be resumed changes nothing"
                continue
        resumed += 1
        assert history.stopped
    return refused, loaded, resumed


def test_checkpoints_of_changed_types_and_sizes(run: bytes, tmp_path: pathlib.Path) -> None:
    refused, loaded, resumed = load_them(run, tmp_path / "net.safetensors", 300, 0)
    assert refused > 60
    assert loaded > resumed > 20


@pytest.mark.exhaustive
def test_2500_checkpoints_of_changed_types_and_sizes(run: bytes, tmp_path: pathlib.Path) -> None:
    assert min(load_them(run, tmp_path / "net.safetensors", 2500, 1)) > 100


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("sizes", [2, 10**9, 2], "sizes .* ask for 5000000002 parameters, and there are 17"),
        ("sizes", [10**18, 10**18], "and there are 17"),
        ("sizes", [0, 17], "and there are 17"),
        ("sizes", [17], "and there are 17"),
        ("sizes", [], "and there are 17"),
        ("sizes", [2.0, 3, 2], "sizes is no list of whole numbers"),
        ("sizes", [True, 3, 2], "sizes is no list of whole numbers"),
        ("sizes", "232", "sizes is no list of whole numbers"),
        ("activations", ["tanh"] * 10**5, "100000 activations for 2 layers"),
        ("activations", ["tanh", "tahn"], "'tahn' is not known. Did you mean 'tan' or 'tanh'"),
        ("frozen", [17], "not there is frozen"),
        ("columns", ["x"], "1 columns for a network of 2 inputs"),
        ("columns", ["x", "x"], "two columns are called 'x'"),
        ("classes", ["a", "b", "c"], "3 classes for a network of 2 inputs and 2 outputs"),
    ],
)
def test_what_a_checkpoint_says_of_itself_is_held_to_its_numbers(
    run: bytes, tmp_path: pathlib.Path, name: str, value: Any, hint: str
) -> None:
    size = struct.unpack("<Q", run[:8])[0]
    head = json.loads(run[8 : 8 + size])
    inside = json.loads(head["__metadata__"]["stepgrad"])
    assert name in inside
    head["__metadata__"]["stepgrad"] = json.dumps(inside | {name: value})
    text = json.dumps(head).encode()
    path = tmp_path / "net.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + run[8 + size :])
    with bounded(path.stat().st_size), pytest.raises(CheckpointError, match=hint):
        load(path)


def test_an_empty_array_of_many_rows_makes_no_list(run: bytes, tmp_path: pathlib.Path) -> None:
    """An array of no bytes may claim any number of empty rows; as nested lists they would fill the memory."""
    size = struct.unpack("<Q", run[:8])[0]
    head = json.loads(run[8 : 8 + size])
    path = tmp_path / "net.safetensors"
    for shape, dtype in (([10**9, 0], "F64"), ([0], "I64"), ([0], "F64")):
        head["best"] = {"dtype": dtype, "shape": shape, "data_offsets": head["theta"]["data_offsets"][:1] * 2}
        text = json.dumps(head).encode()
        path.write_bytes(struct.pack("<Q", len(text)) + text + run[8 + size :])
        with bounded(path.stat().st_size), pytest.raises(CheckpointError):
            load(path)


# --- recordings ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("recording") / "r.json"
    net = MLP(2, [2, 2], activation="tanh", rng=random.Random(0))
    cost = cross_entropy(net([0.5, -1.0]), 1)
    record_backward(cost + log(cost * 0.0)).save(path)
    return path.read_text(encoding="utf-8")


def read_them(content: str, path: pathlib.Path, count: int, seed: int, use: Callable[[Any], Any]) -> tuple[int, int]:
    refused = loaded = 0
    tree, rng = json.loads(content), random.Random(seed)
    for _ in range(count):
        path.write_text(json.dumps(changed(tree, rng)), encoding="utf-8")
        with bounded(path.stat().st_size):
            try:
                found = load_recording(path)
            except RecordingError:
                refused += 1
                continue
            use(found)
        loaded += 1
    return refused, loaded


def test_recordings_of_changed_types_and_sizes(recording: str, tmp_path: pathlib.Path) -> None:
    refused, loaded = read_them(recording, tmp_path / "r.json", 400, 0, lambda r: [str(step) for step in r])
    assert refused > 100
    assert loaded > 20


@pytest.mark.exhaustive
def test_2500_recordings_of_changed_types_and_sizes(recording: str, tmp_path: pathlib.Path) -> None:
    assert min(read_them(recording, tmp_path / "r.json", 2500, 1, lambda r: [str(step) for step in r])) > 100
