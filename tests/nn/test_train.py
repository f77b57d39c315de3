"""`fit`, checkpoints and the command line: reproducible, resumable bit for bit, interruptible, and safe against any file."""

import json
import math
import os
import pathlib
import random
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from places import ROOT
from safetensors import safe_open
from safetensors.numpy import save_file

import autograd
from autograd import ArgumentError, NonFiniteError, Value
from nn import MLP, SGD, Adam, cross_entropy
from nn.__main__ import main
from nn.checkpoint import Checkpoint, CheckpointError, load, save
from nn.data import Data, Standardisation, moons, xor
from nn.train import DivergedError, History, fit, predict, probabilities


def model(seed: int = 0, outputs: int = 2) -> MLP:
    return MLP(2, [5, outputs], activation="tanh", init="xavier_uniform", rng=random.Random(seed))


def run(epochs: int, **settings: Any) -> tuple[History, list[float]]:
    net = settings.pop("net", None) or model()
    options = {"epochs": epochs, "batch": 8, "rate": 0.02, "validation": 0.2, "progress": False} | settings
    history = fit(net, moons(60), **options)
    return history, [p.data for p in net.parameters()]


def test_it_learns() -> None:
    history, _ = run(80, rate=0.05)
    assert history.last["accuracy"] >= 0.9
    assert history.epochs[0]["cost"] > 3 * history.last["cost"]
    assert len(history.steps) == 80 * 6
    assert history.stopped == "finished"


def test_a_run_is_reproducible_from_its_seed() -> None:
    assert run(3) == run(3)
    assert run(3) != run(3, seed=1)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"optimiser": "sgd"},
        {"optimiser": "rmsprop", "clip": 0.5},
        {"optimiser": "adamw", "schedule": __import__("nn").cosine(), "l1": 1e-4, "l2": 1e-3},
        {"patience": 10},
        {"validation": None},
        {"validation": moons(20, seed=9)},
        {"monitor": True},
        {"monitor": 4},
    ],
    ids=["adam", "sgd", "rmsprop", "adamw", "patience", "no validation", "validation data", "monitor", "monitor=4"],
)
def test_a_resumed_run_equals_the_uninterrupted_one(tmp_path: pathlib.Path, settings: dict[str, Any]) -> None:
    whole, theta = run(6, **settings)
    path = tmp_path / "run.safetensors"
    stop: list[int] = []

    def stop_after_two(history: History, _: MLP) -> bool:
        stop.append(len(history.epochs))
        if len(history.epochs) == 3:
            raise RuntimeError("the machine went down")
        return False

    with pytest.raises(RuntimeError):
        run(6, checkpoint=path, callbacks=[stop_after_two], **settings)
    resumed, theta_2 = run(6, checkpoint=path, net=model(seed=77), **settings)
    assert resumed == whole
    assert theta_2 == theta
    again, theta_3 = run(6, checkpoint=path, net=model(seed=78), **settings)
    assert (again, theta_3) == (whole, theta)


def test_a_file_from_before_there_were_measurements_is_resumed(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "run.safetensors"
    whole, theta = run(4, monitor=2)
    run(2, checkpoint=path)
    old = load(path)
    del old.training["monitor"]
    for epoch in old.training["epochs"]:
        del epoch["step"]
    save(path, old)
    resumed, theta_2 = run(4, checkpoint=path, net=model(seed=5), monitor=2)
    assert (resumed.steps, theta_2) == (whole.steps, theta)
    assert [epoch.get("step") for epoch in resumed.epochs] == [None, None, 18.0, 24.0]
    assert resumed.monitor == whole.monitor[6:]  # from the third epoch on, as if they had always been taken


def test_a_finished_run_can_be_prolonged(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "run.safetensors"
    run(2, checkpoint=path)
    longer, theta = run(5, checkpoint=path, net=model(seed=5))
    assert (longer, theta) == run(5)


# --- what a resumed run is asked for ---------------------------------------------------------------------------------------


def test_what_is_not_asked_for_is_as_the_run_began(tmp_path: pathlib.Path) -> None:
    """The settings stand in the file: going on with none of them gives the run that was never stopped, bit for bit."""
    path = tmp_path / "run.safetensors"
    whole, theta = run(6, seed=3, batch=5, rate=0.05, optimiser="adamw", clip=0.7, l1=1e-3, l2=1e-2, patience=9)
    run(3, checkpoint=path, seed=3, batch=5, rate=0.05, optimiser="adamw", clip=0.7, l1=1e-3, l2=1e-2, patience=9)
    net = model(seed=9)
    assert fit(net, moons(60), epochs=6, progress=False, checkpoint=path) == whole
    assert [p.data for p in net.parameters()] == theta


@pytest.mark.parametrize(
    ("changed", "effect"),
    [
        ({"rate": 0.5}, lambda h: h.epochs[-1]["rate"] == 0.5),
        ({"batch": 24}, lambda h: len(h.steps) == 3 * 6 + 3 * 2),
        ({"l2": 10.0}, lambda h: h.steps[18] > 3 * h.steps[17]),
        ({"schedule": __import__("nn").cosine()}, lambda h: h.epochs[-1]["rate"] < 0.001),
        ({"clip": 1e-9}, lambda h: True),
        ({"epochs": 4}, lambda h: len(h.epochs) == 4),
    ],
    ids=["rate", "batch", "l2", "schedule", "clip", "epochs"],
)
def test_what_can_be_changed_holds_from_there_on(tmp_path: pathlib.Path, changed: dict[str, Any], effect: Any) -> None:
    path = tmp_path / "run.safetensors"
    began, _ = run(3, checkpoint=path)
    options: dict[str, Any] = {"epochs": 6, "checkpoint": path} | changed
    resumed, theta = run(**options)
    assert resumed.epochs[:3] == began.epochs
    assert effect(resumed)
    assert (resumed, theta) != run(6)
    # What was changed is what the file says now.
    again = fit(model(), moons(60), progress=False, checkpoint=path, **{k: v for k, v in changed.items() if callable(v)})
    assert again.steps == resumed.steps


def test_a_changed_rate_and_batch_are_those_of_the_steps_that_follow(tmp_path: pathlib.Path) -> None:
    """By hand: SGD's step from where the file stands, with the rate that is asked for."""
    path = tmp_path / "run.safetensors"
    fit(model(), xor(), epochs=1, optimiser="sgd", rate=0.1, validation=None, progress=False, checkpoint=path)
    there = load(path).model
    cost = cross_entropy([there(x) for x in xor().x], xor().y)
    cost.backward()
    expected = [p.data - 0.7 * p.grad for p in there.parameters()]
    net = model()
    fit(net, xor(), epochs=2, rate=0.7, progress=False, checkpoint=path)
    assert [p.data for p in net.parameters()] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("changed", "hint"),
    [
        ({"seed": 1}, r"a run with seed 0, and seed=1 is asked for: the order of the samples and the held-out ones"),
        ({"validation": 0.3}, "validation 0.2, and validation=0.3"),
        ({"validation": None}, "validation 0.2, and validation=None"),
        ({"validation": moons(20)}, "validation 0.2, and validation=other data"),
        ({"cost": "hinge"}, "cost None, and cost='hinge'"),
        ({"optimiser": "sgd"}, "optimiser 'adam', and optimiser='sgd'"),
    ],
    ids=["seed", "other share", "no share", "validation data", "cost", "optimiser"],
)
def test_what_would_make_it_another_run_is_refused(tmp_path: pathlib.Path, changed: dict[str, Any], hint: str) -> None:
    path = tmp_path / "run.safetensors"
    run(2, checkpoint=path)
    before = path.read_bytes()
    net = model(seed=5)
    theta = [p.data for p in net.parameters()]
    with pytest.raises(CheckpointError, match=hint):
        run(4, checkpoint=path, net=net, **changed)
    assert path.read_bytes() == before
    assert [p.data for p in net.parameters()] == theta


def test_other_data_are_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "run.safetensors"
    run(2, checkpoint=path)
    data = moons(60)
    others = [
        moons(60, seed=1), moons(61), data.take([1, 0, *range(2, 60)]), Data(data.x, data.y, ["y", "x"], data.classes),
        Data(data.x, [1 - y for y in data.y], data.columns, data.classes),
    ]  # fmt: skip
    for other in others:
        with pytest.raises(CheckpointError, match=r"a run on other data.*load\(path\).model"):
            fit(model(), other, epochs=3, progress=False, checkpoint=path)
    assert len(fit(model(), data, epochs=3, progress=False, checkpoint=path).epochs) == 3


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"schedule": __import__("nn").cosine()}, r"schedule=cosine, which no file can hold: give it again"),
        ({"cost": lambda outputs, labels: cross_entropy(outputs, labels)}, "cost=.*which no file can hold"),
        ({"validation": moons(20)}, "validation=data, which no file can hold"),
    ],
    ids=["schedule", "cost", "validation"],
)
def test_what_no_file_can_hold_has_to_be_given_again(tmp_path: pathlib.Path, settings: dict[str, Any], hint: str) -> None:
    path = tmp_path / "run.safetensors"
    run(2, checkpoint=path, **settings)
    with pytest.raises(CheckpointError, match=hint):
        fit(model(), moons(60), epochs=4, progress=False, checkpoint=path)
    resumed, _ = run(4, checkpoint=path, **settings)
    assert len(resumed.epochs) == 4


def test_an_optimiser_of_ones_own_has_to_be_given_again(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "run.safetensors"

    def momentum(net: MLP, rate: float = 0.1) -> SGD:
        return SGD(net.parameters(), rate, momentum=0.9)

    whole_net, first, second = model(), model(), model(seed=5)
    whole = fit(whole_net, xor(), epochs=4, optimiser=momentum(whole_net), validation=None, progress=False)
    fit(first, xor(), epochs=2, optimiser=momentum(first), validation=None, progress=False, checkpoint=path)
    with pytest.raises(CheckpointError, match=r"optimiser=SGD, which no file can hold: give it again"):
        fit(second, xor(), epochs=4, progress=False, checkpoint=path)
    assert fit(second, xor(), epochs=4, optimiser=momentum(second), progress=False, checkpoint=path) == whole


def test_another_patience_lets_a_run_that_had_stopped_go_on(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "run.safetensors"
    stopped, _ = run(300, rate=0.3, patience=2, checkpoint=path)
    assert stopped.stopped == "no better for 2 epochs"
    assert run(300, rate=0.3, patience=2, checkpoint=path)[0].epochs == stopped.epochs
    longer, _ = run(300, rate=0.3, patience=4, checkpoint=path)
    assert len(longer.epochs) > len(stopped.epochs)


def test_a_checkpoint_that_could_not_be_written_is_found_before_the_training(tmp_path: pathlib.Path) -> None:
    called: list[int] = []
    for path in (tmp_path / "none" / "run.safetensors", tmp_path):
        with pytest.raises((OSError, CheckpointError)):
            fit(model(), xor(), epochs=1, progress=False, checkpoint=path, callbacks=[lambda *_: called.append(1)])
    assert not called


def test_kill_at_any_moment_leaves_a_whole_file(tmp_path: pathlib.Path) -> None:
    """Kill -9 while a run writes checkpoints as fast as it can; what is there always loads, and the run goes on from it."""
    path = tmp_path / "run.safetensors"
    script = (
        "import random; from nn import MLP; from nn.data import xor; from nn.train import fit\n"
        "net = MLP(2, [40, 2], rng=random.Random(0))\n"
        f"fit(net, xor(), epochs=100000, validation=None, progress=False, checkpoint={str(path)!r})\n"
    )
    rng = random.Random(0)
    epochs = 0
    for _ in range(6):
        process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
        deadline = time.monotonic() + 30.0
        before = path.stat().st_mtime_ns if path.exists() else 0
        while time.monotonic() < deadline and not (path.exists() and path.stat().st_mtime_ns != before):
            time.sleep(0.01)
        time.sleep(rng.uniform(0.0, 0.2))
        process.kill()
        process.wait()
        now = len(load(path).training["epochs"])
        assert now > epochs
        epochs = now


def test_ctrl_c_finishes_the_step_and_keeps_the_model(tmp_path: pathlib.Path) -> None:
    net = model()

    def press(history: History, _: MLP) -> None:
        if len(history.epochs) == 2:
            os.kill(os.getpid(), signal.SIGINT)

    history = fit(net, moons(60), epochs=50, batch=8, validation=None, progress=False, callbacks=[press])
    assert history.stopped == "interrupted"
    assert len(history.epochs) == 2
    assert len(history.steps) == 2 * 8 + 1
    assert all(abs(p.data) < 100.0 for p in net.parameters())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_in_the_middle_of_an_epoch_takes_its_measurements_back_too(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "run.safetensors"

    def press(history: History, _: MLP) -> None:
        if len(history.epochs) == 2:
            os.kill(os.getpid(), signal.SIGINT)

    stopped, _ = run(4, checkpoint=path, callbacks=[press], monitor=1)
    assert (stopped.stopped, len(stopped.steps), len(stopped.monitor)) == ("interrupted", 12, 12)
    assert run(4, checkpoint=path, monitor=1) == run(4, monitor=1)


def test_early_stopping_takes_back_the_best() -> None:
    learn, held_out = moons(60, noise=0.3).split(0.5)
    net = MLP(2, [20, 2], activation="tanh", rng=random.Random(0))
    history = fit(net, learn, epochs=300, rate=0.1, patience=5, validation=held_out, progress=False)
    assert history.stopped == "no better for 5 epochs"
    costs = [epoch["validation_cost"] for epoch in history.epochs]
    best = costs.index(min(costs))
    assert len(costs) - 1 - best == 5
    with autograd.no_grad():
        again = cross_entropy([net(x) for x in held_out.x], held_out.y)
    assert again.data == pytest.approx(min(costs), rel=1e-12)


def test_callbacks_may_end_a_run() -> None:
    history, _ = run(50, callbacks=[lambda history, _: history.last["epoch"] == 4.0])
    assert len(history.epochs) == 4
    assert "callback" in history.stopped


def test_numbers_to_predict() -> None:
    x = [[n / 20.0] for n in range(-20, 21)]
    data = Data(x, [0.5 * v[0] - 0.2 for v in x], ["x"], [])
    net = MLP(1, [1], activation="tanh", rng=random.Random(0))
    history = fit(net, data, epochs=60, rate=0.05, validation=None, progress=False)
    assert history.last["r_squared"] > 0.999
    assert predict(net, [1.0]) == pytest.approx([0.3], abs=0.02)


@pytest.mark.parametrize("cost", [None, "hinge", "binary_cross_entropy"])
def test_one_output_tells_two_classes_apart(cost: str | None) -> None:
    net = model(outputs=1)
    history = fit(net, moons(60), epochs=150, rate=0.1, cost=cost, validation=None, progress=False)
    assert history.last["accuracy"] > 0.95


def test_a_cost_of_ones_own_and_an_optimiser_already_made() -> None:
    net = model()
    seen = []

    def cost(outputs: Any, labels: Any) -> Any:
        seen.append(len(outputs))
        return cross_entropy(outputs, labels) * 2.0

    fit(net, xor(), epochs=2, cost=cost, optimiser=SGD(net.parameters(), 0.1, momentum=0.9), validation=None, progress=False)
    assert seen == [4, 4]


def test_frozen_parameters_stay() -> None:
    net = model()
    net.freeze(["w^1_11", "b^2_1"])
    before = net.named_parameters()["w^1_11"].data
    run(2, net=net)
    assert net.named_parameters()["w^1_11"].data == before
    assert net.named_parameters()["w^1_12"].data != model().named_parameters()["w^1_12"].data
    with pytest.raises(ArgumentError, match=r"'w\^1_1'.*Did you mean"):
        net.freeze(["w^1_11", "w^1_1"])
    net.unfreeze()
    assert "0" in net.summary().splitlines()[-1]


def test_a_diverging_run_stops_at_the_step() -> None:
    x = [[1e3, -1e3]] * 8
    data = Data(x, [1e3] * 8, ["a", "b"], [])
    net = MLP(2, [3, 1], activation="linear", rng=random.Random(0))
    with pytest.raises(NonFiniteError, match=r"step \d+.*smaller rate than 1000") as caught:
        fit(net, data, epochs=200, optimiser="sgd", rate=1000.0, validation=None, progress=False, monitor=1)
    assert isinstance(caught.value, DivergedError)
    history = caught.value.history
    assert history is not None
    assert f"in step {len(history.steps) + 1} " in str(caught.value)
    assert [record["step"] for record in history.monitor] == list(range(1, len(history.steps) + 1))
    assert history.steps == sorted(history.steps)
    assert history.monitor[-1]["layers"][0]["errors"]["rms"] > 1e100


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"epoch": 3}, "Did you mean 'epochs'"),
        ({"epochs": -1}, "epochs is -1"),
        ({"epochs": 1.5}, "epochs is 1.5"),
        ({"batch": 0}, "batch is 0"),
        ({"cost": "hing"}, "Did you mean 'hinge'"),
        ({"optimiser": "adma"}, "Did you mean 'adam'"),
        ({"rate": -1.0}, "rate is -1.0; it has to be a finite number, above 0"),
        ({"rate": "0.1"}, "rate is '0.1'; it has to be a finite number"),
        ({"l2": -1.0}, "l2 is -1.0; it has to be a finite number, at least 0"),
        ({"clip": 0.0}, "clip is 0.0"),
        ({"patience": 0}, "patience is 0; it has to be a whole number, at least 1"),
        ({"patience": 2, "validation": 0}, "validation=0.1"),
        ({"seed": "1"}, "seed is '1'"),
        ({"validation": 1.5}, "validation is 1.5; it has to be a share"),
        ({"validation": "0.1"}, "validation is '0.1'; it has to be a share"),
        ({"schedule": 0.5}, "schedule is 0.5; it has to be a function"),
        ({"callbacks": print}, "a list of functions"),
        ({"cost": 3}, "no cost is called 3"),
        ({"optimiser": SGD}, "no optimiser is called"),
        ({"optimiser": SGD([Value(1.0)], 0.1)}, "parameters of another network"),
        ({"optimiser": SGD([Value(1.0)], 0.1), "rate": 0.2}, "rate is 0.2, and the optimiser's is 0.1"),
        ({"patience": 3, "validation": None}, "validation=0.1"),
        ({"validation": 0.999}, "cannot be cut"),
        ({"monitor": 0}, "monitor is 0; it is True"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], hint: str) -> None:
    net = model()
    before = [p.data for p in net.parameters()]
    with pytest.raises(ArgumentError, match=hint):
        fit(net, moons(60), progress=False, **settings)
    assert [p.data for p in net.parameters()] == before


@pytest.mark.parametrize(
    ("net", "data", "hint"),
    [
        (MLP(3, [2]), moons(10), "2 columns, the network takes 3"),
        (MLP(2, [3]), moons(10), "2 classes, the network 3 outputs"),
        (MLP(2, [1]), Data([[1.0, 2.0]] * 3, [0, 1, 2], ["a", "b"], ["p", "q", "r"]), "two classes apart"),
        (MLP(2, [2]), Data([], [], [], []), "no samples"),
        (MLP(2, [2]), Data([[1.0, float("nan")]], [0], ["a", "b"], ["p", "q"]), r"row 1, column 2 \(b\) is nan"),
    ],
)
def test_data_that_do_not_fit(net: MLP, data: Data, hint: str) -> None:
    with pytest.raises(ArgumentError, match=hint):
        fit(net, data, progress=False)


# --- files ---------------------------------------------------------------------------------------------------------------


def test_a_file_holds_network_and_belongings(tmp_path: pathlib.Path) -> None:
    net = MLP(3, [4, 2], activation=["relu", "softmax"], rng=random.Random(0))
    net.freeze(["w^1_12"])
    path = tmp_path / "net.safetensors"
    scale = Standardisation([1.0, 2.0, 3.0], [0.1, 0.2, 0.3])
    save(path, Checkpoint(net, scale, None, ["a", "b", "c"], ["no", "yes"], {"note": "ünïcode"}))
    loaded = load(path)
    assert [p.data for p in loaded.model.parameters()] == [p.data for p in net.parameters()]
    assert [p.label for p in loaded.model.parameters()] == [p.label for p in net.parameters()]
    assert predict(loaded.model, [0.1, 0.2, 0.3]) == predict(net, [0.1, 0.2, 0.3])
    assert loaded.model.summary() == net.summary()
    assert (loaded.standardisation, loaded.target) == (scale, None)
    assert (loaded.columns, loaded.classes, loaded.training["note"]) == (["a", "b", "c"], ["no", "yes"], "ünïcode")


@pytest.mark.parametrize(
    ("part", "number"), [("scale", x) for x in (0.0, -1.0, math.inf, math.nan)] + [("mean", math.inf), ("mean", math.nan)]
)
def test_a_scaling_that_no_number_comes_through_is_neither_saved_nor_loaded(
    tmp_path: pathlib.Path, part: str, number: float
) -> None:
    net, path = MLP(2, [1], rng=random.Random(0)), tmp_path / "net.safetensors"
    good = Standardisation([1.0, 2.0], [0.1, 0.2])
    bad = good._replace(**{part: [getattr(good, part)[0], number]})
    with pytest.raises(CheckpointError, match="shifts by nan or inf, or divides by what is not above 0"):
        save(path, Checkpoint(net, bad))
    assert not path.exists()
    save(path, Checkpoint(net, good))
    with safe_open(path, framework="np") as file:
        arrays, metadata = {key: file.get_tensor(key) for key in file.keys()}, file.metadata()  # noqa: SIM118 - not a dict
    arrays[f"standardisation.{part}"][1] = number
    save_file(arrays, path, metadata)
    with pytest.raises(CheckpointError, match="shifts by nan or inf, or divides by what is not above 0"):
        load(path)


def test_files_hold_no_functions(tmp_path: pathlib.Path) -> None:
    net = MLP(1, [1, 1], activation=lambda z: z * z)
    with pytest.raises(CheckpointError, match="define_primitive"):
        save(tmp_path / "net.safetensors", Checkpoint(net))
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("net") / "net.safetensors"
    fit(model(), xor(), epochs=1, validation=None, progress=False, checkpoint=path)
    return path.read_bytes()


def test_any_cut_or_flipped_byte_is_a_clear_error_or_a_network(content: bytes, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "net.safetensors"
    rng = random.Random(0)
    refused = 0
    for n in range(400):
        damaged = bytearray(content)
        if n % 2:
            del damaged[rng.randrange(len(damaged)) :]
        else:
            damaged[rng.randrange(len(damaged) if n % 4 else 3000)] = rng.randrange(256)
        path.write_bytes(damaged)
        try:
            loaded = load(path)
        except CheckpointError:
            refused += 1
            continue
        assert len(predict(loaded.model, [0.0] * len(loaded.model.layers[0].W[0]))) == len(loaded.model.layers[-1].b)
    assert refused >= 200  # every cut one


def test_foreign_files_are_refused(tmp_path: pathlib.Path, content: bytes) -> None:
    import numpy as np
    import safetensors.numpy

    path = tmp_path / "net.safetensors"
    with pytest.raises(CheckpointError, match="cannot read"):
        load(path)
    path.write_text("no checkpoint")
    with pytest.raises(CheckpointError, match="damaged, or no checkpoint"):
        load(path)
    safetensors.numpy.save_file({"a": np.zeros(2)}, path)
    with pytest.raises(CheckpointError, match="no network saved by stepgrad"):
        load(path)
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="another network"):
        fit(MLP(2, [6, 2]), xor(), validation=None, progress=False, checkpoint=path)
    with pytest.raises(CheckpointError, match="optimiser 'adam', and optimiser='sgd'"):
        fit(model(), xor(), optimiser="sgd", validation=None, progress=False, checkpoint=path)
    with pytest.raises(CheckpointError, match="cannot write"):
        save(tmp_path / "none" / "net.safetensors", Checkpoint(model()))


def test_a_diverged_network_is_refused(tmp_path: pathlib.Path) -> None:
    net = model()
    net.parameters()[3].data = float("nan")
    save(tmp_path / "net.safetensors", Checkpoint(net))
    with pytest.raises(CheckpointError, match="nan or inf"):
        load(tmp_path / "net.safetensors")


def test_probabilities() -> None:
    assert probabilities([0.0]) == [0.5, 0.5]
    assert probabilities([0.0, 0.0]) == [0.5, 0.5]
    assert isinstance(Adam([Value(1.0)]), Adam)


# --- the command line ------------------------------------------------------------------------------------------------------


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def test_train_evaluate_predict_info(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    saved = str(tmp_path / "moons.safetensors")
    code, out, _ = command(
        capsys, "train", "moons", "--layers", "8", "2", "--epochs", "30", "--rate", "0.02", "--save", saved, "--json"
    )
    result = json.loads(out)
    assert code == 0
    assert result["held_out_accuracy"] >= 0.9
    code, out, _ = command(capsys, "evaluate", saved, "moons", "--json")
    assert (code, json.loads(out)["samples"]) == (0, 200)
    table = tmp_path / "new.csv"
    table.write_text("y,x,extra\n1.0,0.0,word\n-0.5,1.0,word\n")
    code, out, _ = command(capsys, "predict", saved, str(table), "--json")
    assert [p["class"] for p in json.loads(out)["predictions"]] == ["0", "1"]
    code, out, _ = command(capsys, "predict", saved, str(table))
    assert out.splitlines()[0].startswith("0  (")
    code, out, _ = command(capsys, "info", saved)
    assert "8 x 2  tanh" in out
    assert "30 epochs on moons" in out
    code, out, _ = command(capsys, "info", saved, "--json")
    assert json.loads(out)["parameters"] == 42


def test_a_table_of_numbers(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    rng = random.Random(0)
    table = tmp_path / "houses.csv"
    rows = [(rng.uniform(20, 200), rng.randrange(1, 6)) for _ in range(120)]
    table.write_text("size,rooms,price\n" + "".join(f"{s},{r},{1000 * s + 5000 * r}\n" for s, r in rows))
    saved = str(tmp_path / "houses.safetensors")
    options = ["--layers", "4", "1", "--epochs", "25", "--rate", "0.02", "--validation", "0.1", "--patience", "10"]
    code, out, err = command(capsys, "train", str(table), "--target", "price", "--save", saved, "--json", *options)
    assert code == 0, err
    assert json.loads(out)["held_out_r_squared"] > 0.95
    code, out, _ = command(capsys, "evaluate", saved, str(table), "--target", "price")
    assert out.startswith("samples               120\nr squared")
    code, out, _ = command(capsys, "predict", saved, str(table))
    assert 0.7 < float(out.split()[0]) / (1000 * rows[0][0] + 5000 * rows[0][1]) < 1.3


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["train", "digit"], "Did you mean 'digits'"),
        (["train", "missing.csv", "--target", "y"], "cannot read missing.csv"),
        (["train", "missing.csv"], "--target COLUMN"),
        (["train", "moons", "--layers", "0", "2"], "layer 1 is 0"),
        (["train", "moons", "--activation", "tahn"], "'tanh'"),
        (["train", "moons", "--layers", "3", "--epochs", "1"], "2 classes, the network 3 outputs"),
        (["train", "moons", "--rate", "-1"], "rate is -1.0"),
        (["evaluate", "missing.safetensors", "moons"], "cannot read"),
        (["predict", "missing.safetensors", "x.csv"], "cannot read"),
        (["info", "missing.safetensors"], "cannot read"),
    ],
)
def test_mistakes_are_answered_and_exit_with_1(capsys: pytest.CaptureFixture[str], arguments: list[str], hint: str) -> None:
    code, out, err = command(capsys, *arguments)
    assert (code, out) == (1, "")
    assert hint in err
    code, out, err = command(capsys, *arguments, "--json")
    assert hint in json.loads(err)["error"]


@pytest.mark.parametrize("arguments", [[], ["train"], ["trian", "moons"], ["train", "moons", "--optimiser", "x"]])
def test_wrong_usage_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m nn" in capsys.readouterr().err


def test_a_table_is_not_overwritten_by_its_model(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("a,k\n1,0\n2,1\n" * 10, encoding="utf-8")
    before = table.read_bytes()
    code, _, err = command(capsys, "train", str(table), "--target", "k", "--epochs", "1", "--save", str(table))
    assert code == 1
    assert "would be overwritten" in err
    assert table.read_bytes() == before


@pytest.mark.parametrize("unit", [1e200, 1e-200])
def test_columns_of_any_size_are_learned_from(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path, unit: float) -> None:
    """No square of a number overflows, or becomes 0: what is learned does not depend on the unit."""
    said = []
    for scale in (1.0, unit):
        table, model = tmp_path / "table.csv", tmp_path / "model.safetensors"
        rows = "".join(f"{v * 3.0 * scale!r},{v * v * scale!r}\n" for v in range(-6, 7))
        table.write_text("a,y\n" + rows, encoding="utf-8")
        options = (
            "--target",
            "y",
            "--layers",
            "2",
            "1",
            "--epochs",
            "2",
            "--standardise",
            "yes",
            "--save",
            str(model),
            "--json",
        )
        code, out, _ = command(capsys, "train", str(table), *options)
        assert code == 0
        said.append(json.loads(out)["training_r_squared"])
    assert said[0] == pytest.approx(said[1], rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--lr", "0.1"], "Did you mean '--rate'?"),
        (["--batch-size=4"], "Did you mean '--batch'?"),
        (["--out", "m.safetensors"], "Did you mean '--save'?"),  # not the beginning of --output, which is an activation
        (["-o", "m.safetensors"], "Did you mean '--save'?"),
        (["--optimizer", "adam"], "Did you mean '--optimiser'?"),
        (["--zzz"], "unrecognized arguments: --zzz\n"),
        (["--layers", "4", "-1.5", "--epocs", "3"], "Did you mean '--epochs'?"),
    ],
)
def test_an_option_of_other_programs_is_answered(arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["train", "moons", *arguments])
    assert caught.value.code == 2
    assert hint in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["trian", "moons"], ["--train", "moons"], ["trai"]])
def test_a_misspelt_command_is_answered(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "Did you mean 'train'?" in capsys.readouterr().err


@pytest.mark.parametrize("cells", ["yes", "1", "1.0"])
def test_a_table_of_one_class_is_refused_by_its_name(
    cells: str, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "t.csv"
    table.write_text("a,b,c\n" + "".join(f"{i},{i * i},{cells}\n" for i in range(10)))
    for layers in (["2"], ["4", "1"]):
        assert main(["train", str(table), "--target", "c", "--layers", *layers, "--save", str(tmp_path / "m.safetensors")]) == 1
        out, err = capsys.readouterr()
        assert "c: 1 class\n" in out + err
        assert f"all 8 samples are of one class, {cells.partition('.')[0]!r}: there is nothing to tell apart" in err


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["train", "--help"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 0
        assert "python -m nn train houses.csv --target price" in capsys.readouterr().out


def test_ctrl_c_on_the_command_line(tmp_path: pathlib.Path) -> None:
    saved = tmp_path / "net.safetensors"
    arguments = [sys.executable, "-m", "nn", "train", "moons", "--epochs", "100000", "--save", str(saved), "--resume"]
    process = subprocess.Popen([*arguments, str(tmp_path / "run.safetensors")], cwd=ROOT, stdout=subprocess.PIPE)
    deadline = time.monotonic() + 30.0
    while not (tmp_path / "run.safetensors").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"interrupted" in out
    assert load(saved).training["stopped"] == "interrupted"


def test_a_run_goes_on_from_the_command_line(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    table, files = tmp_path / "t.csv", [str(tmp_path / f"{name}.safetensors") for name in ("whole", "run", "out")]
    table.write_text("a;kind\n" + "".join(f"{n % 7 - n % 3};{'no' if n % 7 > 3 else 'yes'}\n" for n in range(60)))
    options = ["--target", "kind", "--layers", "3", "2", "--seed", "5", "--test", "0.25", "--standardise", "no"]
    learning = ["--optimiser", "sgd", "--batch", "7", "--rate", "0.05", "--schedule", "constant"]
    begin = ["train", str(table), *options, *learning]
    assert command(capsys, *begin, "--epochs", "4", "--save", files[0], "--json")[0] == 0
    code, _, err = command(capsys, *begin, "--epochs", "2", "--save", files[2], "--resume", files[1])
    assert code == 0
    assert "t.csv: 60 rows of 1 columns, kind: 2 classes" in err
    assert "going on" not in err
    code, _, err = command(capsys, "train", str(table), "--epochs", "4", "--save", files[2], "--resume", files[1])
    assert (code, "going on after epoch 2 of 4" in err) == (0, True)
    whole, resumed = load(files[0]), load(files[2])
    assert [p.data for p in resumed.model.parameters()] == [p.data for p in whole.model.parameters()]
    for changed in (["--seed", "6"], ["--layers", "4", "2"], ["--test", "0.5"], ["--target", "a"], ["--optimiser", "adam"]):
        code, out, err = command(capsys, "train", str(table), "--resume", files[1], "--save", files[2], *changed)
        assert (code, out) == (1, "")
        assert f"{changed[0]} {' '.join(changed[1:])} is asked for, which would be another run" in err
    assert "other data" in command(capsys, "train", "moons", "--resume", files[1], "--save", files[2], "--layers", "3", "2")[
        2
    ] or ("another network" in command(capsys, "train", "moons", "--resume", files[1], "--save", files[2])[2])
    code, _, err = command(capsys, "train", str(table), "--rate", "0.5", "--resume", files[1], "--save", files[2])
    assert (code, "nothing is left to do, ask for more --epochs" in err) == (0, True)
    code, out, err = command(capsys, "evaluate", files[2], str(table), "--json")
    assert json.loads(out)["samples"] == 60, "the model knows its target"


def test_json_is_json_whatever_the_numbers_are(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "m.safetensors")
    net = MLP(1, [1], rng=random.Random(0))
    save(path, Checkpoint(net, columns=["a"], training={"history": [{"cost": float("nan"), "rate": float("inf")}]}))
    code, out, _ = command(capsys, "info", path, "--json")
    found = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert (code, found["history"]) == (0, [{"cost": None, "rate": None}])
    assert command(capsys, "info", path)[0] == 0
    net.parameters()[0].data = 1e308
    save(path, Checkpoint(net, columns=["a"]))
    table = tmp_path / "t.csv"
    table.write_text("a\n1.5\n\n1e200\n")
    for kind in ([], ["--json"]):
        code, out, err = command(capsys, "predict", path, str(table), *kind)
        assert (code, out) == (1, "")
        assert "t.csv, line 4: the network's output is inf" in err


def test_a_network_of_several_numbers_and_one_without_names(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "m.safetensors")
    save(path, Checkpoint(MLP(2, [3], init="zeros")))
    table = tmp_path / "t.csv"
    table.write_text("p\tq\n1\t2\n")
    assert command(capsys, "predict", path, str(table))[:2] == (0, "0  0  0\n")


def test_what_cannot_be_saved_is_found_before_the_training(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    for option in ("--save",):
        code, _, err = command(capsys, "train", "moons", "--epochs", "10000", option, str(tmp_path / "none" / "m.safetensors"))
        assert code == 1
        assert f"cannot write {tmp_path / 'none' / 'm.safetensors'}: No such folder" in err


@pytest.mark.skipif(os.name != "posix", reason="pipes are closed differently")
def test_a_reader_who_has_seen_enough_gets_no_traceback(tmp_path: pathlib.Path) -> None:
    path, table = str(tmp_path / "m.safetensors"), tmp_path / "t.csv"
    save(path, Checkpoint(MLP(1, [1], rng=random.Random(0)), columns=["a"]))
    table.write_text("a\n" + "1.5\n" * 20_000)
    arguments = [sys.executable, "-m", "nn", "predict", path, str(table)]
    process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait(60) == 1
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()


INTERRUPTIBLE = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever the tests were started with
sys.argv = {arguments}
runpy.run_module("nn", run_name="__main__")
"""


@pytest.mark.skipif(os.name != "posix", reason="pipes with names are POSIX's")
def test_ctrl_c_before_the_training_has_begun(tmp_path: pathlib.Path) -> None:
    table = tmp_path / "t.csv"
    os.mkfifo(table)
    script = INTERRUPTIBLE.format(arguments=["nn", "train", str(table), "--target", "y"])
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.PIPE)
    with table.open("w"):  # waits until the other end is open
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert err.decode().startswith("interrupted")


def test_wrong_columns_are_named(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    saved = str(tmp_path / "m.safetensors")
    assert command(capsys, "train", "moons", "--layers", "2", "--epochs", "1", "--save", saved, "--json")[0] == 0
    table = tmp_path / "t.csv"
    table.write_text("x,z,label\n1,2,0\n")
    assert "no column 'y'" in command(capsys, "predict", saved, str(table))[2]
    assert "no column 'y'" in command(capsys, "evaluate", saved, str(table), "--target", "label")[2]
    table.write_text("x,y\n1,two\n")
    assert "line 2, column 'y' is 'two', not a number" in command(capsys, "predict", saved, str(table))[2]


@pytest.mark.exhaustive
def test_the_default_settings_read_97_percent_of_the_digits(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    saved = str(tmp_path / "digits.safetensors")
    code, out, _ = command(capsys, "train", "digits", "--layers", "32", "10", "--save", saved, "--json")
    assert code == 0
    assert json.loads(out)["held_out_accuracy"] >= 0.97
