#!/usr/bin/env bash
# A Dask cluster that was asked to wait for workers while one of them leaves may not be closed any more: close() raises a KeyError.
#
# Guess, written down first: client.wait_for_workers(n) only waits. To call it after cluster.scale(1), which lets a worker go, changes
# nothing of the cluster, and cluster.close() ends without an error.
# Seen with distributed 2026.8.0: a client that was made from a cluster passes the call on to the cluster, which replaces its own list of
# workers (`Cluster.scheduler_info`) by the one that the scheduler has at that moment. If the scheduler has let the worker go
# already, and its message "remove" is still on its way (it is held back by some milliseconds), then the message names a worker that the
# list has no more: SpecCluster._update_worker_status raises KeyError. That ends the task that watches the workers, so the cluster
# notices none that comes or goes from then on, and close(), which waits for the task, raises the error: the cluster stays open.
# It depends on milliseconds: about every second cluster here.
# What holds: wait with client.nthreads() (or client.scheduler_info()), which ask the scheduler and leave the cluster alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check distributed==2026.8.0 dask==2026.8.0 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import logging
import time
import traceback

import distributed

logging.disable(logging.CRITICAL)


def by_client(client):
    client.wait_for_workers(1)


def by_threads(client):
    while len(client.nthreads()) < 1:
        time.sleep(0.01)


def closed(wait):
    """Let three of four workers go while it is waited for one; the error of closing the cluster, or None."""
    cluster = distributed.LocalCluster(n_workers=4, threads_per_worker=1, dashboard_address=":0")
    client = distributed.Client(cluster)
    cluster.scale(1)
    while len(client.nthreads()) > 1:
        wait(client)
    wait(client)
    client.close()
    time.sleep(0.1)
    try:
        cluster.close()
    except KeyError as error:
        function = traceback.extract_tb(error.__traceback__)[-1].name
        return f"{type(error).__name__} in {function}: {str(error).rsplit(':', 1)[0]}:...'"
    return None


if __name__ == "__main__":
    for wait, tries in (by_threads, 1), (by_client, 8):
        error, tried = None, 0
        while tried < tries and not error:
            error, tried = closed(wait), tried + 1
        print(f"{wait.__name__}: {tried} clusters were tried, the last gave {error}")
        assert bool(error) == (wait is by_client)
    print("distributed", distributed.__version__)
PYTHON
timeout 150 "$folder/venv/bin/python" "$folder/show.py"
