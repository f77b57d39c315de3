"""Programs in NumPy beside what an expert writes by hand: arrays in NumPy, PyTorch, JAX, and CasADi where it can.

    python benchmarks/replay_arrays.py [--rounds N] [--only WORD]

Every problem is plain scalar code, recorded once (replay_problems.py). All ways run by turns in one process, on one thread; the
figures are medians and the least of the rounds, in time of the processor. A way whose library is not installed is left out.
"""

import argparse
import importlib
import itertools
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from replay_problems import DIGITS, MOONS, apply, count, layers, mixed, mixed_plan, moons, moons_step, tape_of

from autograd.replay.arrays.export import to_jax, to_torch
from autograd.replay.arrays.reader import ArrayProgram, prepared
from autograd.replay.passes.batch import batched

ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}  # fmt: skip
Ways = dict[str, Callable[[], Any]]


def library(name: str) -> Any:
    """A library, or None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def compare(title: str, ways: Ways, rounds: int, unit: float = 1e6, suffix: str = "us") -> None:
    """Run all ways by turns, and print a line for each."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    calls: dict[str, int] = {}
    for name, run in ways.items():
        run()
        start = time.process_time()
        run()
        calls[name] = max(1, int(0.002 / max(1e-6, time.process_time() - start)))  # two milliseconds at a time
    for _ in range(rounds):
        for name, run in ways.items():
            start = time.process_time()
            for _ in range(calls[name]):
                run()
            times[name].append((time.process_time() - start) / calls[name])
    ours = statistics.median(next(iter(times.values())))
    print(title)
    for name, seconds in times.items():
        median, least = statistics.median(seconds), min(seconds)
        print(f"    {name:34}{median * unit:>10.1f} {suffix}   least {least * unit:>9.1f}   x {median / ours:.2f}")


def digits(rng: Any, samples: int) -> tuple[Any, Any, Any]:
    """Parameters, pictures and labels."""
    return rng.normal(size=count(DIGITS)) * 0.2, rng.random((samples, DIGITS[0])), rng.integers(0, DIGITS[-1], (samples, 1))


def digits_program(plain: bool, fast: bool = False) -> ArrayProgram:
    """The cost of one picture, with the label as an input, over a batch."""
    n, pixels = count(DIGITS), DIGITS[0]

    def cost(v: list[Any]) -> Any:
        hidden, outer = layers(v[:n], DIGITS)
        x, label = v[n : n + pixels], v[n + pixels]
        if plain:
            h = [sum((wi * xi for wi, xi in zip(w, x, strict=True)), b).tanh() for w, b in hidden]
            z = [sum((wi * hi for wi, hi in zip(w, h, strict=True)), b) for w, b in outer]
        else:
            h = [apply("dot", [*w, *x, b]).tanh() for w, b in hidden]
            z = [apply("dot", [*w, *h, b]) for w, b in outer]
        return apply("logsumexp", z) - apply("pick", [*z, label])

    tape = tape_of(cost, n + pixels + 1)
    return ArrayProgram(batched(prepared(tape), [*["uniform"] * n, *["sample"] * pixels, "label"]), fast=fast)  # type: ignore[list-item]


def digits_by_hand(theta: Any, X: Any, y: Any) -> tuple[Any, Any]:
    """Cost and gradient of the digits network, as an expert writes it."""
    n, m, k = DIGITS
    first, second = theta[: m * (n + 1)].reshape(m, n + 1), theta[m * (n + 1) :].reshape(k, m + 1)
    h = np.tanh(X @ first[:, :-1].T + first[:, -1])
    z = h @ second[:, :-1].T + second[:, -1]
    z -= z.max(1, keepdims=True)
    e = np.exp(z)
    total = e.sum(1, keepdims=True)
    rows = np.arange(len(y))
    cost = (np.log(total[:, 0]) - z[rows, y]).sum()
    dz = e / total
    dz[rows, y] -= 1.0
    dh = dz @ second[:, :-1] * (1.0 - h * h)
    gradient = np.empty_like(theta)
    first_bar, second_bar = gradient[: m * (n + 1)].reshape(m, n + 1), gradient[m * (n + 1) :].reshape(k, m + 1)
    first_bar[:, :-1], first_bar[:, -1] = dh.T @ X, dh.sum(0)
    second_bar[:, :-1], second_bar[:, -1] = dz.T @ h, dz.sum(0)
    return cost, gradient


def digits_in_torch(batches: Sequence[Any], rate: float) -> Callable[[], Any]:
    """An epoch of PyTorch, eager."""
    torch = library("torch")
    torch.set_num_threads(1)
    n, m, k = DIGITS
    model = torch.nn.Sequential(torch.nn.Linear(n, m), torch.nn.Tanh(), torch.nn.Linear(m, k)).double()
    cost = torch.nn.CrossEntropyLoss()
    optimiser = torch.optim.SGD(model.parameters(), lr=rate)
    data = [(torch.tensor(X), torch.tensor(y[:, 0])) for X, y in batches]

    def epoch() -> None:
        for X, y in data:
            optimiser.zero_grad()
            cost(model(X), y).backward()
            optimiser.step()

    return epoch


def digits_in_jax(theta: Any, batches: Sequence[Any], rate: float) -> Callable[[], Any]:
    """An epoch of JAX, a jitted step."""
    jax = library("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    n, m, k = DIGITS

    def cost(p: Any, X: Any, y: Any) -> Any:
        first, second = p[: m * (n + 1)].reshape(m, n + 1), p[m * (n + 1) :].reshape(k, m + 1)
        h = jnp.tanh(X @ first[:, :-1].T + first[:, -1])
        z = h @ second[:, :-1].T + second[:, -1]
        return (jax.scipy.special.logsumexp(z, axis=1) - z[jnp.arange(len(y)), y]).mean()

    step = jax.jit(lambda p, X, y: p - rate * jax.grad(cost)(p, X, y))
    data = [(jnp.array(X), jnp.array(y[:, 0])) for X, y in batches]

    def epoch() -> None:
        p = jnp.array(theta)
        for X, y in data:
            p = step(p, X, y)
        p.block_until_ready()

    return epoch


def run_digits(rounds: int) -> None:
    """W3: an epoch in minibatches of 32, the full batch, and the network as loops of + and *."""
    rng, rate = np.random.default_rng(0), 0.1
    theta, X, y = digits(rng, 1792)
    batches = [(X[i : i + 32], y[i : i + 32]) for i in range(0, len(X), 32)]
    flat = [(a, b, b[:, 0]) for a, b in batches]
    dots, loops = digits_program(plain=False), digits_program(plain=True)
    assert dots.source(32) == loops.source(32), "loops of + and * end in another program"

    def epoch(program: ArrayProgram) -> Callable[[], None]:
        def run() -> None:
            p = theta.copy()
            for a, b, _ in flat:
                _, slopes = program.value_and_grad(p, a, b)
                p -= rate / 32 * slopes

        return run

    def by_hand() -> None:
        p = theta.copy()
        for a, _, b in flat:
            _, slopes = digits_by_hand(p, a, b)
            p -= rate / 32 * slopes

    ways: Ways = {
        "recorded, + and * in loops": epoch(loops),
        "recorded, dots": epoch(dots),
        "recorded, fast": epoch(digits_program(plain=True, fast=True)),
        "NumPy by hand": by_hand,
    }
    if library("jax"):
        ways["JAX jit"] = digits_in_jax(theta, batches, rate)
    if library("torch"):
        ways["PyTorch eager"] = digits_in_torch(batches, rate)
    compare("digits 64-32-10, an epoch of 56 minibatches of 32", ways, rounds, 1e3, "ms")
    compare(
        "digits 64-32-10, value and gradient of 1,792 samples",
        {"recorded": lambda: dots.value_and_grad(theta, X, y), "NumPy by hand": lambda: digits_by_hand(theta, X, y[:, 0])},
        rounds,
        1e3,
        "ms",
    )


def moons_by_hand(X: Any, y: Any) -> Callable[[Any], Any]:
    """Cost and gradient of micrograd's demonstration in NumPy."""

    def run(theta: Any) -> Any:
        at, net, slopes = 0, [], np.empty_like(theta)
        for n, m in itertools.pairwise(MOONS):
            size = m * (n + 1)
            net.append((theta[at : at + size].reshape(m, n + 1), slopes[at : at + size].reshape(m, n + 1)))
            at += size
        seen = [X]
        for k, (W, _) in enumerate(net):
            z = seen[-1] @ W[:, :-1].T + W[:, -1]
            seen.append(np.maximum(z, 0.0) if k < len(net) - 1 else z)
        margin = 1.0 - y * seen[-1][:, 0]
        cost = np.maximum(margin, 0.0).mean() + 1e-4 * (theta @ theta)
        bar = (-y * (margin > 0) / len(y))[:, None]
        for k in range(len(net) - 1, -1, -1):
            W, slope = net[k]
            slope[:, :-1], slope[:, -1] = bar.T @ seen[k], bar.sum(0)
            if k:
                bar = bar @ W[:, :-1] * (seen[k] > 0)
        return cost, slopes + 2e-4 * theta

    return run


def moons_loss(p: Any, X: Any, y: Any, relu: Callable[[Any], Any]) -> Any:
    """The cost of the demonstration with arrays of any library."""
    at, h = 0, X
    for k, (n, w) in enumerate(itertools.pairwise(MOONS)):
        W = p[at : at + w * (n + 1)].reshape(w, n + 1)
        h = h @ W[:, :-1].T + W[:, -1]
        h = relu(h) if k < len(MOONS) - 2 else h
        at += w * (n + 1)
    return relu(1.0 - y * h[:, 0]).mean() + 1e-4 * (p * p).sum()


def moons_in_jax(theta: Any, X: Any, y: Any) -> Callable[[], Any]:
    """A step of JAX, jitted."""
    jax = library("jax")
    jax.config.update("jax_enable_x64", True)
    both = jax.jit(jax.value_and_grad(lambda p, X, y: moons_loss(p, X, y, lambda h: jax.numpy.maximum(h, 0.0))))
    p, A, b = jax.numpy.array(theta), jax.numpy.array(X), jax.numpy.array(y)
    return lambda: both(p, A, b)[1].block_until_ready()


def moons_in_torch(theta: Any, X: Any, y: Any) -> Callable[[], Any]:
    """A step of PyTorch, eager."""
    torch = library("torch")
    torch.set_num_threads(1)
    A, b = torch.tensor(X), torch.tensor(y)

    def step() -> None:
        moons_loss(q := torch.tensor(theta, requires_grad=True), A, b, torch.relu).backward()
        assert q.grad is not None

    return step


def run_moons(rounds: int) -> None:
    """W2: a step of micrograd's demonstration."""
    tape = tape_of(moons_step(), count(MOONS))
    program = ArrayProgram(tape)
    theta = np.random.default_rng(0).uniform(-1, 1, count(MOONS))
    xs, ys = moons()
    X, y = np.array(xs), np.array(ys, dtype=float)
    by_hand = moons_by_hand(X, y)
    value, gradient = program.value_and_grad(theta)
    wanted, slopes = by_hand(theta)
    assert abs(value - wanted) < 1e-13
    assert np.abs(gradient - slopes).max() < 1e-13
    ways: Ways = {"recorded": lambda: program.value_and_grad(theta), "NumPy by hand": lambda: by_hand(theta)}
    if library("jax"):
        ways["JAX jit"] = moons_in_jax(theta, X, y)
    if library("torch"):
        ways["PyTorch eager"] = moons_in_torch(theta, X, y)
    compare(f"moons, 100 points, {len(tape) - tape.inputs:,} scalar operations", ways, 5 * rounds)


def mixed_by_hand(m: Any, x: Any, i: Any, j: Any, k: Any, factor: Any) -> Any:
    """W1 with arrays."""
    a, b, c = x[i], x[j], x[k]
    t = a * b
    v = m.tanh(t + c)
    s = a - c
    r = s * s + 1.0
    h = ((m.exp(b * 0.1) + m.log(r)) * (v * factor) / r + a) * c - v
    q = h * 0.5 + b
    return (q * q + t).sum()


def run_mixed(rounds: int) -> None:
    """W1: one input, and 1,000 of them."""
    inputs, n = 1000, 5000
    f = mixed(n, inputs)
    tape = tape_of(f, inputs)
    operations = len(tape) - inputs
    program = ArrayProgram(tape)
    x = np.random.default_rng(0).normal(size=inputs) * 0.3
    i, j, k, factor = map(np.array, zip(*mixed_plan(n, inputs), strict=True))
    ways: Ways = {"recorded": lambda: program.value_and_grad(x)}
    jax, casadi = library("jax"), library("casadi")
    if jax:
        jax.config.update("jax_enable_x64", True)
        both = jax.jit(jax.value_and_grad(lambda x: mixed_by_hand(jax.numpy, x, i, j, k, factor)))
        p = jax.numpy.array(x)
        ways["JAX jit, arrays by hand"] = lambda: both(p)[1].block_until_ready()
        value, slopes = both(p)
        got, gradient = program.value_and_grad(x)
        assert abs(value - got) < 1e-9
        assert np.abs(gradient - np.array(slopes)).max() < 1e-11
    if casadi:
        ways["CasADi, operation by operation"] = mixed_in_casadi(casadi, f, inputs, x)
    compare(f"mixed expression of {operations:,} operations, one input; ns an operation", ways, rounds, 1e9 / operations, "ns")
    many = np.random.default_rng(1).normal(size=(100, inputs)) * 0.3
    compare(
        "the same over 100 inputs; ns an operation and input",
        {"recorded": lambda: [program.value_and_grad(row) for row in many]},
        max(3, rounds // 5),
        1e9 / operations / len(many),
        "ns",
    )


def mixed_in_casadi(casadi: Any, f: Any, inputs: int, x: Any) -> Callable[[], Any]:
    """W1 as a graph of CasADi, value and gradient, called by its buffers."""
    symbols = casadi.SX.sym("x", inputs)
    result = f([symbols[i] for i in range(inputs)])
    function = casadi.Function("f", [symbols], [result, casadi.gradient(result, symbols)])
    buffer, run = function.buffer()
    numbers, value, slopes = np.array(x), np.zeros(1), np.zeros(inputs)
    buffer.set_arg(0, memoryview(numbers.data))
    buffer.set_res(0, memoryview(value.data))
    buffer.set_res(1, memoryview(slopes.data))
    kept = function, buffer, numbers, value, slopes  # CasADi holds no references to them

    def call() -> Any:
        run()
        return kept

    return call


def run_analysis(_: int) -> None:
    """Passes and source of a tape of a million operations."""
    tape = tape_of(mixed(50_000, 1000), 1000)
    start = time.process_time()
    ready = prepared(tape)
    middle = time.process_time()
    program = ArrayProgram(ready)
    program.value_and_grad(np.ones(1000))
    end = time.process_time()
    parts = f"sums and dots {middle - start:.2f} s, lanes, groups, source and a first run {end - middle:.2f} s"
    print(f"analysis of {len(tape) - 1000:,} operations: {parts}, together {end - start:.2f} s")


def run_exports(_: int) -> None:
    """The texts for JAX and PyTorch give the values and gradients of the program."""
    rng = np.random.default_rng(0)
    for title, f, n in (("mixed", mixed(200, 50), 50), ("moons", moons_step(20), count(MOONS))):
        program = ArrayProgram(tape_of(f, n))
        x = rng.normal(size=n) * 0.3
        value, gradient = program.value_and_grad(x)
        for name, to in (("jax", to_jax), ("torch", to_torch)):
            if library(name):
                names: dict[str, Any] = {}
                exec(to(program.rolled), names)
                got, slopes = names["value_and_grad"](names["constant"](x.tolist()))
                worst = max(abs(float(got) - value), float(np.abs(np.array(slopes.tolist()) - gradient).max()))
                assert worst < 1e-12, (title, name, worst)
                print(f"{title} as text for {name}: the largest difference of value and gradient is {worst:.1e}")


PROBLEMS = {"exports": run_exports, "digits": run_digits, "moons": run_moons, "mixed": run_mixed, "analysis": run_analysis}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table for each problem."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="rounds of each way, alternating (default: %(default)s)")
    parser.add_argument("--only", choices=sorted(PROBLEMS), help="one problem")
    options = parser.parse_args(arguments)
    for name, run in PROBLEMS.items():
        if options.only in (None, name):
            run(options.rounds)


if __name__ == "__main__":
    if not ONE_THREAD.items() <= os.environ.items():  # libraries read it when they are imported
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ONE_THREAD)
    main()
