#!/usr/bin/env bash
# Data that Dask scattered with broadcast=True is lost after each worker has been restarted once, although never two were away at a time.
#
# Guess, written down first: `client.scatter(data, broadcast=True)` means that every worker has a copy, a worker that a nanny starts
# anew included; so training data survives any number of deaths that do not coincide.
# Seen with distributed 2026.8.0 (two local workers with nannies): broadcast copies to the workers of that moment. After one worker
# is killed and replaced, one copy is left, although two workers run; after the other is, none is, the future is `cancelled`,
# and a task on it fails with FutureCancelledError, `retries` or not: scattered data has no task that could make it again.
# What holds: a WorkerPlugin that carries the data, registered with client.register_plugin: workers that come later run it, too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check distributed==2026.8.0 dask==2026.8.0 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import logging
import os
import signal
import time

import distributed

logging.disable(logging.CRITICAL)


class Carrier(distributed.WorkerPlugin):
    def setup(self, worker):
        worker.carried = 1.0


def kill(client, address):
    """Kill a worker, and wait until its nanny has replaced it."""
    os.kill(client.run(os.getpid)[address], signal.SIGKILL)
    while address in (now := set(client.scheduler_info()["workers"])) or len(now) < 2:
        time.sleep(0.1)


def carried(dask_worker):
    return getattr(dask_worker, "carried", None)


if __name__ == "__main__":
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with distributed.Client(cluster) as client:
            client.register_plugin(Carrier())
            future = client.scatter([1.0], broadcast=True)[0]
            copies = [len(client.who_has()[future.key])]
            for address in list(client.scheduler_info()["workers"]):
                kill(client, address)
                copies.append(len(client.who_has().get(future.key, ())))
            print(f"copies at first, after one restart, after two: {copies}; the future is {future.status!r}")
            try:
                client.submit(lambda x: x + 1.0, future, retries=5).result(timeout=20)
            except distributed.client.FutureCancelledError as error:
                print(type(error).__name__, error.reason)
            else:
                raise SystemExit("the data has survived")
            print("the plugin's data on the new workers:", list(client.run(carried).values()))
            assert copies == [2, 1, 0] and set(client.run(carried).values()) == {1.0}
    print("distributed", distributed.__version__)
PYTHON
timeout 150 "$folder/venv/bin/python" "$folder/show.py"
