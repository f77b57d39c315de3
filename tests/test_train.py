"""`fit`, checkpoints and the command line: reproducible, resumable bit for bit, interruptible, and safe against any file."""

import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

import autograd
from autograd import ArgumentError, NonFiniteError, Value
from nn import MLP, SGD, Adam, cross_entropy
from nn.__main__ import main
from nn.checkpoint import Checkpoint, CheckpointError, load, save
from nn.data import Data, Standardisation, moons, xor
from nn.train import DivergedError, History, fit, predict, probabilities

ROOT = pathlib.Path(__file__).parent.parent


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
        ({"rate": -1.0}, "rate is -1.0"),
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
