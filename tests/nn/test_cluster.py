"""`fit` on a cluster: the same bits whatever the workers, the arrivals and the deaths; and the numbers of one machine.

The cluster is a real one: processes that are started, retired and killed.
"""

import asyncio
import importlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn.batched
import nn.cluster
import nn.replayed
from autograd import ArgumentError, OperandError, ReplayError, Value
from autograd.errors import ReplayWarning
from autograd.replay.native.kernel import INTERPRETER, Interpreter
from nn import MLP
from nn.data import Data, moons
from nn.history import History
from nn.train import fit
from viz.debugger import watching

pytestmark = pytest.mark.skipif(INTERPRETER.module is None, reason=f"steps are taken by nodes here: {INTERPRETER.why}")

dask: Any = importlib.import_module("distributed")
WAIT = 60.0  # seconds for workers to come or go, of which one needs half a second
OPTIONS = {"threads_per_worker": 1, "processes": True, "dashboard_address": ":0", "silence_logs": 50}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    # A worker that is killed again while a cluster looks for the one it has lost before is given up.
    with (
        importlib.import_module("dask.config").set({"distributed.deploy.lost-worker-timeout": "1h"}),
        dask.LocalCluster(n_workers=2, **OPTIONS) as made,
    ):
        yield made
        with dask.Client(made) as client:  # a cluster that is closed while it starts a worker is an error of Dask
            with_workers(made, client, 2)


@pytest.fixture
def client(cluster: Any) -> Iterator[Any]:
    with dask.Client(cluster) as made:
        with_workers(cluster, made, 2)
        yield made


def with_workers(cluster: Any, client: Any, n: int) -> None:
    """Have exactly n workers; those that were killed are replaced by their nannies."""
    cluster.scale(n)
    until(lambda: len(client.nthreads()) == n)


def until(true: Callable[[], bool]) -> None:
    waited = threading.Event()
    for _ in range(int(WAIT / 0.02)):
        if true():
            return
        waited.wait(0.02)
    raise AssertionError("it takes too long")


@pytest.fixture(autouse=True)
def _always_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nn.replayed, "WORTH", 1)


def run(client: Any = None, **settings: Any) -> tuple[History, MLP]:
    model = MLP(2, [6, 2], activation="tanh", rng=random.Random(0))
    settings = {"epochs": 3, "batch": 20, "progress": False, **settings}
    if client is not None:
        settings = {"shards": 5, "client": client, **settings}
    return fit(model, moons(90), **settings), model


def bits(trained: tuple[History, MLP]) -> tuple[list[float], list[dict[str, float]], list[float], list[float]]:
    history, model = trained
    parameters = model.parameters()
    return history.steps, history.epochs, [p.data for p in parameters], [p.grad for p in parameters]


@pytest.fixture(scope="module")
def expected(cluster: Any) -> Any:
    """The bits of five shards, added up in their order by this process."""
    with pytest.MonkeyPatch.context() as patch, dask.Client(cluster) as made:
        patch.setattr(nn.replayed, "WORTH", 1)
        patch.setattr(nn.cluster._Team, "_present", lambda team: [])
        patch.setattr(nn.cluster._Team, "_wait", lambda team: None)
        return bits(run(made))


def test_bits_do_not_depend_on_the_workers_nor_on_their_coming_and_going(
    cluster: Any, client: Any, expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bits(run(client)) == expected
    with_workers(cluster, client, 1)
    trained = run(client)
    assert bits(trained) == expected
    assert trained[0].computed == "by replays on a cluster, in 5 shards"
    asked: set[str] = set()
    ask = nn.cluster._Member.ask

    def noting(member: Any, message: bytes) -> Any:
        asked.add(member.address)
        return ask(member, message)

    def more(history: History, model: MLP) -> bool:
        if len(history.epochs) == 3:
            with_workers(cluster, client, 3)
        return len(asked) == 3  # the new ones have joined in

    monkeypatch.setattr(nn.cluster._Member, "ask", noting)
    monkeypatch.setattr(nn.cluster, "_LOOK", 0.0)
    history, _ = run(client, epochs=10_000, callbacks=[more])
    assert history.stopped == "a callback asked for it"
    assert history.epochs[:3] == expected[1]
    assert bits(run(client)) == expected  # by three from the first step on


def test_a_worker_that_leaves_while_the_run_begins_is_not_waited_for(cluster: Any, client: Any, expected: Any) -> None:
    begun = time.monotonic()
    cluster.scale(1)  # and it is there still
    assert bits(run(client)) == expected
    assert time.monotonic() - begun < nn.cluster._START / 2


def test_one_shard_has_the_bits_of_one_machine(client: Any, expected: Any) -> None:
    alone = bits(run())
    assert bits(run(client, shards=1)) == alone
    assert alone != expected  # another number of shards is another order of addition: equal bits are no accident
    for k in (0, 2, 3):
        assert expected[k] == pytest.approx(alone[k], rel=1e-11)


def test_shards_added_up_in_another_order_are_found(client: Any, expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    joined = nn.batched.joined

    def backwards(shards: Sequence[Any]) -> Any:
        found, other = joined(shards), joined(shards[::-1])
        return found._replace(gradient=other.gradient) if found and other else None

    monkeypatch.setattr(nn.batched, "joined", backwards)
    assert bits(run(client)) != expected


def curve() -> Data:
    x = [[k / 30, (k * k) % 7 / 7] for k in range(30)]
    return Data(x, [a - b * b for a, b in x], ["a", "b"], [])


@pytest.mark.parametrize(
    "settings",
    [
        {"epochs": 2, "l1": 1e-4, "l2": 1e-3, "clip": 0.5, "schedule": nn.cosine(), "batch": 33},
        {"epochs": 4, "validation": None, "optimiser": "sgd", "monitor": 3, "callbacks": [lambda history, model: None]},
        {"epochs": 6, "patience": 1, "rate": 0.5, "cost": "hinge"},
    ],
)
def test_a_run_on_a_cluster_is_that_by_nodes(settings: dict[str, Any], client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def trained(**more: Any) -> tuple[History, MLP]:
        outputs = 1 if "cost" in settings else 2
        model = MLP(2, [6, outputs], activation="tanh", rng=random.Random(0))
        return fit(model, moons(90), progress=False, **settings, **more), model

    history, model = trained(client=client, shards=4)
    monkeypatch.setattr(nn.replayed, "WORTH", 10**9)
    wanted, by_nodes = trained()
    assert history.steps == pytest.approx(wanted.steps, rel=1e-11, abs=1e-14)
    assert history.stopped == wanted.stopped
    assert [record["step"] for record in history.monitor] == [record["step"] for record in wanted.monitor]
    for epoch, other in zip(history.epochs, wanted.epochs, strict=True):
        assert epoch == pytest.approx(other, rel=1e-11, abs=1e-14)
    for p, q in zip(model.parameters(), by_nodes.parameters(), strict=True):
        assert p.data == pytest.approx(q.data, rel=1e-10, abs=1e-12)


def test_numbers_to_predict(client: Any) -> None:
    trained: list[Any] = []
    givens: list[dict[str, Any]] = [{}, {"client": client, "shards": 3}]
    for given in givens:
        model = MLP(2, [5, 1], activation="sigmoid", rng=random.Random(1))
        history = fit(model, curve(), epochs=3, batch=7, progress=False, **given)
        trained.append((history.steps, [p.data for p in model.parameters()]))
    for got, wanted in zip(*trained, strict=True):
        assert got == pytest.approx(wanted, rel=1e-11)


# --- deaths ------------------------------------------------------------------------------------------------------------------


def die_in(calls: int) -> None:
    """Have this process killed in the middle of its n-th evaluation."""
    batches: Any = nn.batched.Batches
    evaluate, left = batches.gradient, [calls]

    def dying(self: Any, *args: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return evaluate(self, *args)

    batches.gradient = dying


def test_a_worker_that_is_killed_in_the_middle_of_a_step_changes_no_bit(client: Any, expected: Any) -> None:
    doomed, other = client.nthreads()
    client.run(die_in, 13, workers=[doomed])
    assert bits(run(client)) == expected
    assert doomed not in client.nthreads()
    assert other in client.nthreads()


def test_when_all_workers_are_killed_the_run_goes_on_here(client: Any, expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    killed = client.run(os.getpid)

    def kill(history: History, model: MLP) -> None:
        if len(history.epochs) == 1:
            for pid in killed.values():
                os.kill(pid, signal.SIGKILL)

    monkeypatch.setattr(nn.cluster, "_ALONE", 0.0)
    with pytest.warns(
        ReplayWarning, match=r"tcp://.* has had no worker for 0 seconds; steps are computed here until one comes"
    ):
        assert bits(run(client, callbacks=[kill])) == expected
    until(lambda: not set(killed) & set(client.nthreads()))


def test_a_shard_that_kills_one_worker_after_another_ends_the_run(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = client.nthreads()
    client.run(die_in, 1, workers=[first])
    client.run(die_in, 4, workers=[second])  # after its own two or three shards
    monkeypatch.setattr(nn.cluster, "_DEATHS", 2)
    complaint = r"2 workers were lost one after another while they computed shard \d of 5, \d samples; the last was tcp://"
    with pytest.raises(ReplayError, match=complaint):
        run(client, validation=None)
    until(lambda: not {first, second} & set(client.nthreads()))


# --- workers that cannot -----------------------------------------------------------------------------------------------------


def set_interpreter(why: str) -> None:
    """Take the interpreter from this process, with a reason; '' gives it back."""
    lanes: Any = importlib.import_module("autograd.replay.native.lanes")
    lanes.INTERPRETER = Interpreter(None, why) if why else INTERPRETER


def test_a_worker_that_cannot_compute_is_left_out_and_named(client: Any, expected: Any) -> None:
    unfit, other = client.nthreads()
    client.run(set_interpreter, "there is no compiler", workers=[unfit])
    with pytest.warns(ReplayWarning, match=f"the worker {unfit} is left out: ImportError: there is no compiler"):
        assert bits(run(client)) == expected
    client.run(set_interpreter, "nor here", workers=[other])
    complaint = r"no worker can compute; tcp://.*: ImportError: "
    with pytest.warns(ReplayWarning, match="is left out"), pytest.raises(ReplayError, match=complaint):
        run(client)
    client.run(set_interpreter, "")


# --- interruptions, checkpoints, observers -----------------------------------------------------------------------------------


def test_control_c_ends_the_run_after_a_whole_step(client: Any) -> None:
    def press(history: History, model: MLP) -> None:
        if len(history.epochs) == 2:
            threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT)).start()

    history, model = run(client, epochs=100_000, callbacks=[press])
    assert history.stopped == "interrupted"
    assert all(np.isfinite([p.data for p in model.parameters()]))
    whole, _ = run(client, epochs=len(history.epochs) + 1)
    assert history.steps == whole.steps[: len(history.steps)]
    assert len(client.nthreads()) == 2


def test_a_checkpoint_goes_on_bit_for_bit(client: Any, expected: Any, tmp_path: Path) -> None:
    file = tmp_path / "run.safetensors"
    run(client, epochs=1, checkpoint=file)
    model = MLP(2, [6, 2], activation="tanh", rng=random.Random(0))
    history = fit(model, moons(90), epochs=3, checkpoint=file, client=client, progress=False)  # the file knows the shards
    assert bits((history, model))[:3] == expected[:3]


def test_whoever_looks_at_nodes_sees_them(client: Any) -> None:
    with watching() as watch:
        history, model = run(client, epochs=1)
    assert watch.count == len(history.steps)
    assert history.computed == "by nodes: somebody looks at nodes"
    assert all(isinstance(n.z, Value) for n in model.layers[0].neurons)


def test_what_the_cluster_knows_about_its_workers_is_not_replaced(cluster: Any, client: Any) -> None:
    """`Client.wait_for_workers` would; a worker that is leaving is an error then: findings/dask_waiting_for_workers_*.sh."""
    known = cluster.scheduler_info
    run(client, epochs=1)
    assert cluster.scheduler_info is known
    client.wait_for_workers(1)  # the fault
    assert cluster.scheduler_info is not known


def test_nothing_is_left_on_the_cluster(client: Any) -> None:
    run(client)
    assert client.run_on_scheduler(tasks) == 0


def tasks(dask_scheduler: Any) -> int:
    return len(dask_scheduler.tasks)


# --- what is refused ---------------------------------------------------------------------------------------------------------


def by_if(z: Any) -> Any:
    return z if z > 0.0 else z * 0.1


def test_a_network_or_a_cost_that_cannot_be_replayed_is_refused(client: Any) -> None:
    with pytest.raises(ReplayError, match=r"a cluster computes steps by replays.* no mean over the costs .*Leave client out"):
        run(client, cost=lambda outputs, labels: outputs[0][0] * 1.0)
    model = MLP(2, [4, 2], activation=by_if, rng=random.Random(0))
    before = [p.data for p in model.parameters()]
    with pytest.raises(ReplayError, match=r"have to be taken by nodes: (the network decides|variant 1 has other)"):
        fit(model, moons(20), client=client, progress=False)
    assert [p.data for p in model.parameters()] == before


def test_a_batch_has_to_have_a_sample_for_each_shard(client: Any) -> None:
    with pytest.raises(ArgumentError, match="a batch of 4 samples cannot be cut into 5 shards; ask for shards=4 or fewer"):
        run(client, batch=4)
    with pytest.raises(ArgumentError, match="shards is 0"):
        run(client, shards=0)


def test_clients_that_cannot_be_used(cluster: Any) -> None:
    with pytest.raises(OperandError, match=r"client is a LocalCluster.*cluster\.get_client\(\)"):
        run(cluster)
    with pytest.raises(OperandError, match=r"client is a str, 'tcp://127.0.0.1:1'; it has to be a distributed.Client"):
        run("tcp://127.0.0.1:1")
    other = dask.Client(cluster)
    other.close()
    with pytest.raises(ArgumentError, match="the client is closed; make another"):
        run(other)

    async def asynchronously() -> None:
        async with dask.Client(cluster.scheduler_address, asynchronous=True) as made:
            with pytest.raises(ArgumentError, match="the client is asynchronous"):
                run(made)

    asyncio.run(asynchronously())


def test_a_cluster_without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nn.cluster, "_START", 0.2)
    with dask.LocalCluster(n_workers=0, **OPTIONS) as empty:
        client = empty.get_client()
        complaint = r"no worker of tcp://.* was ready within 0.2 seconds, of 0 workers there"
        with pytest.raises(ReplayError, match=complaint):
            run(client)


def test_a_client_that_is_closed_in_the_middle(cluster: Any) -> None:
    other = dask.Client(cluster)
    seen: list[list[float]] = []

    def close(history: History, model: MLP) -> None:
        seen.append([p.data for p in model.parameters()])
        if len(seen) == 2:
            other.close()

    model = MLP(2, [6, 2], activation="tanh", rng=random.Random(0))
    with pytest.raises(ConnectionError, match=r"the scheduler tcp://.* cannot be reached any more \(the client is closed\)"):
        fit(model, moons(90), epochs=9, client=other, callbacks=[close], progress=False)
    assert [p.data for p in model.parameters()] == seen[-1]


def test_the_networks_do_without_dask() -> None:
    script = """if True:
        import sys
        import nn, nn.train, nn.cluster
        assert not {"dask", "distributed"} & set(sys.modules)
        sys.modules["distributed"] = None
        from nn import MLP
        from nn.data import xor
        try:
            nn.train.fit(MLP(2, [2, 2]), xor(20), client=object())
        except ImportError as error:
            print(error)
    """
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "fit: training on a cluster needs Dask: pip install 'stepgrad[dask]'\n"
