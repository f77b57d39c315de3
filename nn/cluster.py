"""`fit` on a cluster: the gradient of a batch is a sum over shards, which the workers of Dask compute by replays.

A batch is cut into shards, and the gradients of the shards are added up here in their order. The number of shards is fixed, and
the interpreter of tapes has the same bits on every machine, so it does not matter which worker computes a shard. Workers may
come, go and die: the shards of a lost one are given to another, and as long as there is none they are computed here.

On each worker an actor holds the program and all samples. In a step only the parameters and the numbers of the samples go out,
and gradients, costs and outputs come back. Actors belong to the client: when the run or its process ends, nothing of them is
left on the cluster.
"""

import contextlib
import math
import pickle
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, OperandError, ReplayError, __version__
from autograd.errors import ReplayWarning
from autograd.words import counted

from .data import Data
from .layers import MLP
from .replayed import WORTH, Replayed
from .settings import Cost

if TYPE_CHECKING:
    from .batched import Batches, Computed, Recorded

_START = 20.0  # seconds in which the first worker has to be there
_LOOK = 0.25  # seconds after which it is asked again which workers there are
_TICK = 0.05  # seconds of waiting for an answer, before it is asked whether the worker lives
_ALONE = 5.0  # seconds without a worker, after which the user is told
_DEATHS = 3  # workers that one shard may cost before any has computed it


class OnCluster(Replayed):
    """The steps of a run on a cluster.

    Args:
        client: the `distributed.Client`.
        shards: the number of parts that a batch is cut into.

    Raises:
        ImportError: Dask is not installed.
        OperandError, ArgumentError: the client cannot be used, or batches are too small for so many shards.
        ReplayError: the network or the cost cannot be replayed.
    """

    def __init__(self, model: MLP, data: Data, cost: Cost, asked: Any, batch: int, client: Any, shards: int) -> None:
        _check_client(client)
        size = min(batch, len(data.x))
        if size < shards:
            raise ArgumentError(
                f"fit: a batch of {counted(size, 'sample')} cannot be cut into {shards} shards; ask for shards={size} or "
                "fewer, or for larger batches. A cluster pays from some 10 ms of work a step on (docs/scaling.md)"
            )
        super().__init__(model, data, cost, asked, batch)
        self._refuse()
        self.how = f"by replays on a cluster, in {counted(shards, 'shard')}"
        self._shards, self._team = shards, _Team(client)

    def _refusal(self, function: Any, work: int) -> str:
        return super()._refusal(function, max(work, WORTH))  # the user has decided that it pays

    def _refuse(self) -> None:
        if self.why_not:
            raise ReplayError(
                f"fit: a cluster computes steps by replays, and here they have to be taken by nodes: {self.why_not}. Leave "
                "client out to train on this machine"
            )

    def begin(self, anew: bool) -> None:
        """Begin an epoch; see `Replayed.begin`.

        Raises:
            ReplayError: the network cannot be replayed, or no worker can compute.
            ConnectionError: the scheduler cannot be reached.
        """
        super().begin(anew)
        self._refuse()
        if self._recorded is not None:
            self._team.give(self._recorded, self._samples)

    def _computed(self, batches: "Batches", parameters: Any, indices: Sequence[int], share: float) -> "Computed | None":
        from .batched import joined

        n, cuts = len(indices), self._shards
        shards = [indices[n * k // cuts : n * (k + 1) // cuts] for k in range(cuts)]
        return joined(self._team.gradients(parameters, [shard for shard in shards if shard], share, batches))

    def close(self) -> None:
        """End the actors."""
        self._team.close()


def _check_client(client: Any) -> None:
    try:
        from distributed import Client
    except ImportError as error:
        raise ImportError("fit: training on a cluster needs Dask: pip install 'stepgrad[dask]'") from error
    if not isinstance(client, Client):
        get = " A cluster gives one: cluster.get_client()" if hasattr(client, "get_client") else ""
        raise OperandError(
            f"fit: client is a {type(client).__name__}, {client!r}; it has to be a distributed.Client, which is made with the "
            f"address of a scheduler or with a cluster.{get}"
        )
    if client.asynchronous:
        raise ArgumentError("fit: the client is asynchronous, and fit waits for its results: make it with asynchronous=False")
    if client.status != "running":
        raise ArgumentError(f"fit: the client is {client.status}; make another, and give it to fit before it is closed")


class Evaluator:
    """The actor on a worker: a program and its samples. Messages are pickled here, so that none fails unnoticed."""

    def __init__(self) -> None:
        self._batches: Batches | None = None

    def gradients(self, message: bytes) -> bytes:
        """The results for shards: (True, a list of them), or (False, the reason for which there are none).

        Args:
            message: pickled: what it is to hold from now on, or None for what it has; the parameters; the samples of each
                shard; the share of a sample.
        """
        try:
            from .batched import Batches

            given, parameters, shards, share = pickle.loads(message)
            if given is not None:
                version, recorded, samples = given
                if version != __version__:
                    return pickle.dumps((False, f"stepgrad is {__version__} there and {version} here"))
                self._batches = Batches(recorded, samples)
            assert self._batches is not None
            return pickle.dumps((True, [self._batches.gradient(parameters, shard, share) for shard in shards]))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client has to hear of it
            return pickle.dumps((False, f"{type(error).__name__}: {error}"))


class _Member:
    """A worker, and the actor on it.

    Attributes:
        made: the future of the actor. Its status says whether the worker lives.
        holds: the program and the samples that it was given.
    """

    def __init__(self, client: Any, address: str) -> None:
        self.address = address
        self.made = client.submit(Evaluator, actor=True, pure=False, workers=[address], allow_other_workers=False)
        self.holds: Any = None
        self._actor: Any = None

    @property
    def ready(self) -> bool:
        """True if the actor has been made, and nothing is known against its life."""
        if self.made.status != "finished":
            return False
        if self._actor is None:
            try:
                self._actor = self.made.result()
            except Exception:  # noqa: BLE001 - it has died since: its status will say so
                return False
        return True

    @property
    def failed(self) -> str:
        """The reason for which the actor could not be made; '' if it could, or may be yet."""
        return repr(self.made.exception()) if self._actor is None and self.made.status == "error" else ""

    @property
    def lost(self) -> bool:
        """True if the actor has been made, and is no more."""
        return self._actor is not None and self.made.status != "finished"

    def ask(self, message: bytes) -> Any:
        """Send a message; None if the worker is known to be lost."""
        try:
            return self._actor.gradients(message)
        except RuntimeError:
            return None

    def answer(self, reply: Any) -> bytes | None:
        """Wait for the answer; None if the worker was lost. An answer may never come then, so its life is asked for, too."""
        while reply is not None:
            try:
                return reply.result(timeout=_TICK)  # type: ignore[no-any-return]
            except TimeoutError:
                if self.lost:
                    return None
            except (OSError, RuntimeError):
                return None
        return None


class _Team:
    """The workers of a cluster, as they come and go."""

    def __init__(self, client: Any) -> None:
        self._client, self._address = client, client.scheduler.address
        self._members: dict[str, _Member] = {}
        self._unfit: dict[str, str] = {}  # the reason for which a worker cannot compute, by its address
        self._given: tuple[str, Recorded, Any] | None = None
        self._looked = 0.0
        self._alone: float | None = None  # since when there is no worker
        self._deaths: Counter[int] = Counter()  # by shard: workers that were lost with it since one has computed it

    def give(self, recorded: "Recorded", samples: Any) -> None:
        """Say which program is to be run over which samples. The first time it waits for workers."""
        first = self._given is None
        if first or self._given is None or self._given[1] is not recorded:
            self._given = (__version__, recorded, samples)
        if first:
            self._wait()

    def _wait(self) -> None:
        """Wait until there is a worker, and until those that are there can be asked.

        The scheduler is asked, not `Client.wait_for_workers`: that would replace what the cluster of the client knows about its
        workers, and one that is just leaving would be an error when the cluster is closed.
        """
        import distributed

        wait: Any = distributed.wait
        end = time.monotonic() + _START
        self._look()
        while time.monotonic() < end:
            pending = [member.made for member in self._members.values() if member.made.status == "pending"]
            if self._members and not pending:
                break
            if pending:
                with contextlib.suppress(TimeoutError):
                    wait(pending, timeout=_TICK)
            else:
                time.sleep(_TICK)
            self._look()  # one that has left since is not waited for: its actor would never be made
        if not self._present():
            raise ReplayError(
                f"fit: no worker of {self._address} was ready within {_START:g} seconds, of "
                f"{counted(len(self._members), 'worker')} there; start some, with 'dask worker' or cluster.scale(2)"
            )

    def _look(self) -> None:
        """See which workers there are: actors are made on new ones."""
        self._looked = time.monotonic()
        try:
            there = self._client.nthreads()
        except (OSError, RuntimeError) as error:
            raise self._cut_off(error) from error
        self._members = {a: member for a, member in self._members.items() if a in there and not member.lost}
        for address in there:
            if address not in self._members and address not in self._unfit:
                self._members[address] = _Member(self._client, address)

    def _cut_off(self, why: object) -> ConnectionError:
        return ConnectionError(
            f"fit: the scheduler {self._address} cannot be reached any more (the client is {self._client.status}): {why}. The "
            "parameters are those after the last whole step"
        )

    def _present(self) -> list[_Member]:
        """The workers that can be asked.

        Raises:
            ReplayError: there are workers, and none of them can compute.
            ConnectionError: the scheduler cannot be reached.
        """
        if self._client.status != "running":
            raise self._cut_off("it was closed, or the scheduler has ended")
        if time.monotonic() > self._looked + _LOOK:
            self._look()
        for member in list(self._members.values()):
            if member.failed:
                self._dismiss(member, member.failed)
        return [member for member in self._members.values() if member.ready]

    def _dismiss(self, member: _Member, reason: str) -> None:
        """Leave a worker out from now on."""
        del self._members[member.address]
        if member.address not in self._client.nthreads():
            return
        self._unfit[member.address] = reason
        if not self._members:
            raise ReplayError(f"fit: no worker can compute; {member.address}: {reason}")
        warnings.warn(f"fit: the worker {member.address} is left out: {reason}", ReplayWarning, stacklevel=2)

    def gradients(
        self, parameters: Any, shards: Sequence[Sequence[int]], share: float, here: "Batches"
    ) -> list["Computed | None"]:
        """The results of shards, in their order.

        Args:
            here: computes them while there is no worker.

        Raises:
            ReplayError: several workers died of the same shard, or none can compute.
            ConnectionError: the scheduler cannot be reached.
        """
        found: dict[int, Computed | None] = {}
        while missing := [k for k in range(len(shards)) if k not in found]:
            team = self._present()
            if not team:
                self._say_that_nobody_is_there()
                found |= {k: here.gradient(parameters, shards[k], share) for k in missing}
                break
            self._alone = None
            asked = []
            for n, member in enumerate(team[: len(missing)]):
                part = missing[n :: len(team)]
                given = None if member.holds is self._given else self._given
                message = pickle.dumps((given, parameters, [shards[k] for k in part], share))
                asked.append((member, part, member.ask(message)))
            for member, part, reply in asked:
                answer = member.answer(reply)
                if answer is None:
                    self._lost(member, part, shards)
                    continue
                computed, results = pickle.loads(answer)
                if computed:
                    member.holds = self._given
                    found |= zip(part, results, strict=True)
                    for k in part:
                        del self._deaths[k]
                else:
                    self._dismiss(member, results)
        return [found[k] for k in range(len(shards))]

    def _say_that_nobody_is_there(self) -> None:
        now = time.monotonic()
        if self._alone is None:
            self._alone = now
        elif now >= self._alone + _ALONE:
            self._alone = math.inf  # once
            warnings.warn(
                f"fit: {self._address} has had no worker for {_ALONE:g} seconds; steps are computed here until one comes",
                ReplayWarning,
                stacklevel=2,
            )

    def _lost(self, member: _Member, part: list[int], shards: Sequence[Sequence[int]]) -> None:
        self._members.pop(member.address, None)
        self._deaths.update(part)
        k, times = self._deaths.most_common(1)[0]
        if times >= _DEATHS:
            raise ReplayError(
                f"fit: {times} workers were lost one after another while they computed shard {k + 1} of {len(shards)}, "
                f"{counted(len(shards[k]), 'sample')}; the last was {member.address}. Perhaps they have too little memory: "
                "smaller batches need less, and so do more shards. The parameters are those before the step"
            )

    def close(self) -> None:
        """End the actors; the cluster does that by itself if it can no longer be asked."""
        if self._client.status == "running":
            self._client.cancel([member.made for member in self._members.values()])
        self._members.clear()
