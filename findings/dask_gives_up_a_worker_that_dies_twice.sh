#!/usr/bin/env bash
# A local Dask cluster gives up a worker that dies a second time some fifteen seconds after the first: nobody starts it again.
#
# Guess, written down first: a worker of a LocalCluster has a nanny, which starts it anew however often it dies, and it makes no
# difference when it dies. So a cluster of n workers has n workers again a second after any death.
# Seen with distributed 2026.8.0: the nanny does that, in half a second. But the cluster sets a clock at each death
# (distributed.deploy.lost-worker-timeout, 15 s), and when the clock strikes it asks if a worker of that name is there now, not if
# the one that it waits for came back. A worker that came back at once, worked for fourteen seconds, and was killed again is away
# at that moment: the cluster closes its nanny and forgets the worker. It stays away, although `cluster.worker_spec` still holds
# it, and a cluster of one ends with none. Killed a second earlier or later it is replaced, as the second run shows.
# What holds: raise the timeout above the time of the run, or call cluster.scale(n) again, which counts what is there.
# The clock is eight seconds here, so that nobody waits long.
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

import dask
import distributed

logging.disable(logging.CRITICAL)
CLOCK = 8.0


def kill(client):
    """Kill the worker, and say when."""
    (pid,) = client.run(os.getpid).values()
    os.kill(pid, signal.SIGKILL)
    return time.monotonic()


def replaced(client, seconds):
    """True if there is a worker again in that time."""
    end = time.monotonic() + seconds
    time.sleep(0.2)  # the death has to be noticed
    while not client.nthreads() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(client.nthreads())


def after(client, pause):
    """Kill the worker twice, the second time so long after the first; True if it is replaced."""
    first = kill(client)
    assert replaced(client, 7.0), "the first death"
    time.sleep(first + pause - time.monotonic())
    kill(client)
    return replaced(client, 15.0)


if __name__ == "__main__":
    dask.config.set({"distributed.deploy.lost-worker-timeout": f"{CLOCK}s"})
    found = {}
    for pause in (CLOCK - 0.15, CLOCK + 2.0):
        with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster:
            with distributed.Client(cluster) as client:
                found[pause] = after(client, pause)
                print(f"killed twice, {pause} s apart: replaced {found[pause]}, promised {len(cluster.worker_spec)}")
                cluster.scale(1)
                print("    after cluster.scale(1):", "replaced" if replaced(client, 15.0) else "still none")
    assert list(found.values()) == [False, True]
    print("distributed", distributed.__version__)
PYTHON
timeout 150 "$folder/venv/bin/python" "$folder/show.py"
