"""A step of a small character transformer, recorded once for each length of a name, beside PyTorch with arrays.

    python benchmarks/replay_transformer.py [--rounds N]

The network is that of speed/problems/transformer.py, in scalars: embeddings, root-mean-square norms, attention of four heads
over the letters so far, two matrices with relu between them, the mean cost of each next letter. Letters come as lists of 27
numbers, so that names of one length share a recording. The rules are those of replay_arrays.py.
"""

import argparse
import itertools
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from replay_arrays import ONE_THREAD, Ways, compare, library
from speed.problems.transformer import HEADS, LETTERS, WIDTH, _matrices, _normed, _plus, _times

import autograd
from autograd import Value, many

SIZE = WIDTH // HEADS


def _shifted(zs: list[Any]) -> tuple[list[Any], Any]:
    """Exponentials of what is above the largest, which is no decision and gets no gradient; and that."""
    top = autograd.maximum(*zs, zs[0]).detach()
    return [(z - top).exp() for z in zs], top


def name_cost(m: dict[str, Any], name: Sequence[Sequence[float]]) -> Any:
    """The cost of a name, whose letters are lists with a 1 at their place."""
    keys: list[Any] = []
    values: list[Any] = []
    costs = []
    for place, (letter, following) in enumerate(itertools.pairwise(name)):
        embedded = [sum(h * row[j] for h, row in zip(letter, m["letter"], strict=True)) for j in range(WIDTH)]
        x = _normed(_plus(embedded, m["place"][place]))
        y = _normed(x)
        query = _times(m["query"], y)
        keys.append(_times(m["key"], y))
        values.append(_times(m["value"], y))
        heads: list[Any] = []
        for start in range(0, WIDTH, SIZE):
            part = slice(start, start + SIZE)
            exps, _ = _shifted([sum(q * k for q, k in zip(query[part], key[part], strict=True)) / SIZE**0.5 for key in keys])
            total = sum(exps)
            weights = [e / total for e in exps]
            heads += [sum(w * v[j] for w, v in zip(weights, values, strict=True)) for j in range(start, start + SIZE)]
        x = _plus(x, _times(m["join"], heads))
        x = _plus(x, _times(m["down"], [u.relu() for u in _times(m["up"], _normed(x))]))
        z = _times(m["read"], x)
        exps, top = _shifted(z)
        costs.append(sum(exps).log() + top - sum(h * q for h, q in zip(following, z, strict=True)))
    return sum(costs) / len(costs)


def in_torch(torch: Any, m: dict[str, Any], letters: Sequence[int]) -> tuple[float, list[Any]]:
    """Cost and gradients, all letters of the name at once."""
    at, following = torch.tensor(letters[:-1]), torch.tensor(letters[1:])
    n = len(at)

    def normed(x: Any) -> Any:
        return x * ((x * x).mean(1, keepdim=True) + 1e-5) ** -0.5

    x = normed(m["letter"][at] + m["place"][:n])
    y = normed(x)
    q, k, v = ((y @ m[name].T).view(n, HEADS, SIZE).transpose(0, 1) for name in ("query", "key", "value"))
    scores = q @ k.transpose(1, 2) / SIZE**0.5
    seen = torch.ones(n, n, dtype=torch.bool).tril()
    weights = torch.softmax(scores.masked_fill(~seen, -torch.inf), -1)
    x = x + (weights @ v).transpose(0, 1).reshape(n, WIDTH) @ m["join"].T
    x = x + torch.relu(normed(x) @ m["up"].T) @ m["down"].T
    cost = torch.nn.functional.cross_entropy(x @ m["read"].T, following)
    return float(cost.detach()), list(torch.autograd.grad(cost, list(m.values())))


def _of_turn(step: Callable[[Any], Any], names: Sequence[Any], turn: Iterator[int]) -> Any:
    """A step on the name whose turn it is."""
    return step(names[next(turn) % len(names)])


def run(rounds: int) -> None:
    """Names of several lengths, one after the other."""
    matrices = _matrices(Value)
    parameters = [p for matrix in matrices.values() for row in matrix for p in row]
    draw = random.Random(4)

    @autograd.compile
    def cost(name: list[list[float]]) -> Any:
        return name_cost(matrices, name)

    torch = library("torch")
    arrays: dict[str, Any] = {}
    if torch:
        torch.set_num_threads(1)
        arrays = {
            name: torch.tensor([[p.data for p in row] for row in matrix], dtype=torch.float64, requires_grad=True)
            for name, matrix in matrices.items()
        }
    for length in (3, 6, 9):
        letters = [[draw.randrange(LETTERS) for _ in range(length + 1)] for _ in range(16)]
        names = [np.eye(LETTERS)[chosen].tolist() for chosen in letters]
        start = time.process_time()
        cost.backward(names[0])
        first = time.process_time() - start
        for name in names * 3:  # the calls that are looked at are past then
            cost.backward(name)
        eager = []
        for name in names[:5]:
            many.zero(parameters)
            start = time.process_time()
            by_nodes = name_cost(matrices, name)
            by_nodes.backward()
            eager.append(time.process_time() - start)
        many.zero(parameters)
        value = cost.backward(names[4])
        assert value == by_nodes.data
        if torch:
            found, slopes = in_torch(torch, arrays, letters[4])
            gradient = np.concatenate([slope.numpy().ravel() for slope in slopes])
            assert abs(found - value) < 1e-12
            assert np.abs(gradient - np.array([p.grad for p in parameters])).max() < 1e-12
        turn = itertools.count()
        ways: Ways = {"recorded": partial(_of_turn, cost.backward, names, turn)}
        if torch:
            ways["PyTorch, arrays"] = partial(_of_turn, partial(in_torch, torch, arrays), letters, turn)
        operations = len(cost.tape) - cost.tape.inputs
        compare(f"transformer, {length} letters: {operations:,} operations, value and gradient", ways, rounds, 1e3, "ms")
        node = statistics.median(eager)
        print(
            f"    by nodes {node * 1e3:.1f} ms; recording it took {first * 1e3:.0f} ms, which is {first / node:.0f} evaluations"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table for each length."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="rounds of each way, alternating (default: %(default)s)")
    run(parser.parse_args(arguments).rounds)


if __name__ == "__main__":
    if not ONE_THREAD.items() <= os.environ.items():  # libraries read it when they are imported
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ONE_THREAD)
    main()
