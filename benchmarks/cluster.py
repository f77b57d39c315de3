"""The cost of a step of `fit` on a cluster, beside one in this process, and the cost of a worker that is killed.

    python benchmarks/cluster.py [--workers N] [--rounds N]

The network is that of the digits, 64-32-10 with 2,410 parameters, in eight shards. Runs take turns. A step is measured from one
call of the schedule to the next, inside of an epoch, and told by the least and by the median of its times: the least is
its cost where nothing else runs. A kill costs the time by which a run of the same steps is longer, of which the longest is told
beside it. The parameters have to come out the same.
"""

import argparse
import importlib
import itertools
import os
import random
import signal
import statistics
import time
from typing import Any

from nn import MLP
from nn.data import Data, digits
from nn.train import fit

BATCHES = (32, 1_024, 4_096, 16_384)


class Run:
    """A run, with the times of its steps.

    Args:
        batch: samples per step.
        per_epoch, epochs: steps of an epoch, and epochs.
        kill: a process that is killed in the middle of it.

    Attributes:
        steps: the seconds of each step but the last of an epoch.
        parameters: as it leaves them.
        total: the seconds of all steps.
    """

    def __init__(
        self, data: Data, batch: int, per_epoch: int, epochs: int, client: Any = None, kill: int | None = None
    ) -> None:
        times: list[float] = []

        def schedule(step: int, steps: int) -> float:
            if kill is not None and step == steps // 2:
                os.kill(kill, signal.SIGKILL)
            times.append(time.perf_counter())
            return 1.0

        samples = data.take([k % len(data) for k in range(batch * per_epoch)])
        model = MLP(64, [32, 10], activation="tanh", rng=random.Random(0))
        more: dict[str, Any] = {} if client is None else {"client": client}
        fit(model, samples, batch=batch, epochs=epochs, validation=None, schedule=schedule, progress=False, **more)
        taken = [after - before for before, after in itertools.pairwise(times)]
        self.steps = [seconds for k, seconds in enumerate(taken) if k % per_epoch != per_epoch - 1]
        self.total = times[-1] - times[0]
        self.parameters = [p.data for p in model.parameters()]


def overhead(data: Data, client: Any, rounds: int) -> None:
    """Print the time of a step here and there, for batches of several sizes."""
    print(f"{'batch':>8}{'here, ms: least, median':>28}{'cluster':>20}")
    for batch in BATCHES:
        sizes = (40, 2) if batch < 1_000 else (4, 3)
        here, there = [], []
        for _ in range(rounds):
            here += Run(data, batch, *sizes).steps
            there += Run(data, batch, *sizes, client).steps
        least_and_median = [1e3 * measure(steps) for steps in (here, there) for measure in (min, statistics.median)]
        print(f"{batch:>8,}{least_and_median[0]:>18.2f}{''.join(f'{x:>10.2f}' for x in least_and_median[1:])}")


def deaths(data: Data, client: Any, rounds: int) -> None:
    """Print the time that a run of 560 steps is longer for when a worker is killed in the middle of it."""
    longer, longest = [], []
    for _ in range(rounds):
        whole = Run(data, 32, 56, 10, client)
        workers = client.run(os.getpid)
        killed = Run(data, 32, 56, 10, client, kill=next(iter(workers.values())))
        if killed.parameters != whole.parameters:
            raise SystemExit("a worker was killed, and the parameters are others")
        longer.append(killed.total - whole.total)
        longest.append(max(killed.steps))
        client.wait_for_workers(len(workers))
    print(f"a kill: {statistics.median(longer):+.2f} s, longest step {statistics.median(longest):.2f} s, the same bits")


def main() -> None:
    """Start a cluster on this machine, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    dask: Any = importlib.import_module("distributed")
    data = digits()
    with dask.LocalCluster(n_workers=options.workers, threads_per_worker=1, dashboard_address=":0") as cluster:
        client = cluster.get_client()
        overhead(data, client, options.rounds)
        deaths(data, client, options.rounds)


if __name__ == "__main__":
    main()
