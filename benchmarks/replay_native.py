"""The compiled interpreter beside C by hand, NumPy by hand, PyTorch, JAX and CasADi, for small steps and single calls.

    python benchmarks/replay_native.py [--rounds N] [--only WORD]

Every problem is plain scalar code, recorded once; "fast" is `bits="fast"`. C by hand is replay_by_hand.c, compiled here with
-O3 -march=native, which no wheel may use. The rules are those of replay_arrays.py: one process, one thread, by turns, time of
the processor.
"""

import argparse
import ctypes
import itertools
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from replay_arrays import (
    ONE_THREAD,
    Ways,
    compare,
    digits,
    digits_by_hand,
    digits_in_jax,
    digits_in_torch,
    library,
    moons_by_hand,
    moons_in_jax,
    moons_in_torch,
)
from replay_problems import DIGITS, MOONS, apply, count, layers, moons, moons_step, tape_of

import autograd
from autograd.replay.arrays.reader import prepared
from autograd.replay.laned import Laned
from autograd.replay.passes.batch import batched
from autograd.replay.passes.cut import rolled
from autograd.replay.passes.hoist import hoisted


def in_c() -> ctypes.CDLL | None:
    """replay_by_hand.c, compiled for this machine; None where there is no compiler."""
    source = Path(__file__).with_name("replay_by_hand.c")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "by_hand.so"
        try:
            command = [os.environ.get("CC", "cc"), "-O3", "-march=native", "-shared", "-fPIC"]
            subprocess.run([*command, str(source), "-o", str(made), "-lm"], check=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        found = ctypes.CDLL(str(made))
    found.digits.restype = found.moons.restype = ctypes.c_double
    return found


def pointer(array: Any) -> ctypes.c_void_p:
    """The address of an array, for C."""
    return ctypes.c_void_p(array.ctypes.data)


def turned(theta: Any, sizes: Sequence[int]) -> Any:
    """Parameters as the C by hand has them: weights input by input, then the biases."""
    at, parts = 0, []
    for n, m in itertools.pairwise(sizes):
        layer = theta[at : at + m * (n + 1)].reshape(m, n + 1)
        parts += [layer[:, :-1].T.ravel(), layer[:, -1]]
        at += m * (n + 1)
    return np.concatenate(parts)


# --- digits ---------------------------------------------------------------------------------------------------------------


def digits_laned(fast: bool) -> Laned:
    """The cost of one picture in loops of + and *, its label an input, over a batch."""
    n, pixels = count(DIGITS), DIGITS[0]

    def cost(v: list[Any]) -> Any:
        hidden, outer = layers(v[:n], DIGITS)
        x, label = v[n : n + pixels], v[n + pixels]
        h = [sum((wi * xi for wi, xi in zip(w, x, strict=True)), b).tanh() for w, b in hidden]
        z = [sum((wi * hi for wi, hi in zip(w, h, strict=True)), b) for w, b in outer]
        return apply("logsumexp", z) - apply("pick", [*z, label])

    kinds = [*["uniform"] * n, *["sample"] * pixels, "label"]
    program = batched(prepared(tape_of(cost, n + pixels + 1)), kinds, summed=True)  # type: ignore[arg-type]
    return Laned(program, samples=pixels, labels=1, fast=fast)


def run_digits(rounds: int) -> None:
    """An epoch in minibatches of 32, and the full batch."""
    rng, rate = np.random.default_rng(0), 0.1
    theta, X, y = digits(rng, 1792)
    data = np.concatenate([X, y], axis=1)
    order = rng.permutation(len(X)).astype(np.int32)
    rows = [order[i : i + 32] for i in range(0, len(X), 32)]
    labels = y[:, 0].astype(np.int32)
    hand = in_c()

    def epoch(step: Callable[[Any, Any], Any], start: Any) -> Callable[[], Any]:
        def run() -> Any:
            p = start.copy()
            for chosen in rows:
                p -= rate / 32 * step(p, chosen)
            return p

        return run

    def of(program: Laned) -> Callable[[Any, Any], Any]:
        return lambda p, chosen: program.over(p, data, chosen)[1]

    slopes = np.empty_like(theta)

    def step_in_c(p: Any, chosen: Any) -> Any:
        hand.digits(pointer(p), pointer(X), pointer(labels), pointer(chosen), len(chosen), pointer(slopes))  # type: ignore[union-attr]
        return slopes

    close, fast = digits_laned(fast=False), digits_laned(fast=True)
    ways: Ways = {"recorded": epoch(of(close), theta), "recorded, fast": epoch(of(fast), theta)}
    if hand is not None:
        ways["C by hand"] = epoch(step_in_c, turned(theta, DIGITS))
    ways["NumPy by hand"] = epoch(lambda p, chosen: digits_by_hand(p, X[chosen], labels[chosen])[1], theta)
    wanted = ways["NumPy by hand"]()
    assert np.abs(ways["recorded"]() - wanted).max() < 1e-12
    assert hand is None or np.abs(ways["C by hand"]() - turned(wanted, DIGITS)).max() < 1e-12
    batches = [(X[chosen], y[chosen]) for chosen in rows]
    if library("jax"):
        ways["JAX jit"] = digits_in_jax(theta, batches, rate)
    if library("torch"):
        ways["PyTorch eager"] = digits_in_torch(batches, rate)
    compare("digits 64-32-10, an epoch of 56 minibatches of 32", ways, rounds, 1e3, "ms")
    whole: Ways = {"recorded": lambda: close.over(theta, data), "recorded, fast": lambda: fast.over(theta, data)}
    if hand is not None:
        start = turned(theta, DIGITS)
        whole["C by hand"] = lambda: step_in_c(start, order)
    whole["NumPy by hand"] = lambda: digits_by_hand(theta, X, labels)
    compare("digits 64-32-10, value and gradient of 1,792 samples", whole, rounds, 1e3, "ms")


# --- moons ----------------------------------------------------------------------------------------------------------------


def run_moons(rounds: int) -> None:
    """A step of micrograd's demonstration."""
    program = hoisted(rolled(prepared(tape_of(moons_step(), count(MOONS)))))
    close, fast = Laned(program), Laned(program, fast=True)
    theta: Any = np.random.default_rng(0).uniform(-1, 1, count(MOONS))
    X, y = map(np.array, moons())
    y = y.astype(float)
    by_hand, hand = moons_by_hand(X, y), in_c()
    value, gradient = by_hand(theta)
    for laned in (close, fast):
        found, slopes = laned.value_and_grad(theta)
        assert abs(found - value) < 1e-13
        assert np.abs(slopes - gradient).max() < 1e-13
    ways: Ways = {"recorded": lambda: close.value_and_grad(theta), "recorded, fast": lambda: fast.value_and_grad(theta)}
    if hand is not None:
        start, there = turned(theta, MOONS), np.empty_like(theta)

        def in_c_step() -> float:
            return float(hand.moons(pointer(start), pointer(X), pointer(y), len(y), pointer(there)))

        assert abs(in_c_step() - value) < 1e-13
        assert np.abs(there - turned(gradient, MOONS)).max() < 1e-13
        ways["C by hand"] = in_c_step
    ways["NumPy by hand"] = lambda: by_hand(theta)
    if library("jax"):
        ways["JAX jit"] = moons_in_jax(theta, X, y)
    if library("torch"):
        ways["PyTorch eager"] = moons_in_torch(theta, X, y)
    compare("moons, 100 points, a step", ways, 5 * rounds)


# --- single calls ---------------------------------------------------------------------------------------------------------


def rosenbrock(x: Sequence[Any]) -> Any:
    """Rosenbrock's function, term by term."""
    total: Any = 0.0
    for a, b in itertools.pairwise(x):
        total = total + (100.0 * (b - a**2) ** 2 + (1.0 - a) ** 2)
    return total


def black_scholes(m: Any) -> Callable[[Sequence[Any]], Any]:
    """The price of a call, with the functions of a library."""

    def price(p: Sequence[Any]) -> Any:
        s, k, t, r, v = p
        d1 = (m.log(s / k) + (r + v * v / 2) * t) / (v * m.sqrt(t))
        d2 = d1 - v * m.sqrt(t)

        def below(d: Any) -> Any:
            return 0.5 * (1.0 + m.erf(d * math.sqrt(0.5)))

        return s * below(d1) - k * m.exp(-r * t) * below(d2)

    return price


class _Jax:
    """The functions of JAX under the names of the others."""

    def __init__(self, jax: Any) -> None:
        self.log, self.sqrt, self.exp, self.erf = jax.numpy.log, jax.numpy.sqrt, jax.numpy.exp, jax.scipy.special.erf


def call_ways(f: Any, in_casadi: Any, in_jax: Any, x: list[float]) -> Ways:
    """Value and gradient with Python's floats in and out; buffers and arrays beside."""
    program = autograd.compile(f, x)
    for _ in range(40):
        program.value_and_grad(x)
    call = program.value_and_grad
    ways: Ways = {"recorded": lambda: call(x)}
    casadi, jax = library("casadi"), library("jax")
    if casadi:
        symbols = casadi.SX.sym("x", len(x))
        result = in_casadi(casadi.vertsplit(symbols))
        function = casadi.Function("f", [symbols], [result, casadi.gradient(result, symbols)])
        buffer, run = function.buffer()
        numbers, value, slopes = np.array(x), np.zeros(1), np.zeros(len(x))
        buffer.set_arg(0, memoryview(numbers.data))
        buffer.set_res(0, memoryview(value.data))
        buffer.set_res(1, memoryview(slopes.data))
        kept = function, buffer, numbers, value, slopes  # CasADi holds no references to them
        run()
        found, gradient = call(x)
        assert abs(found - value[0]) <= 1e-12 * abs(found)
        assert np.allclose(gradient, slopes, rtol=1e-12)
        ways["CasADi"] = lambda: function(x)
        ways["CasADi, raw buffers"] = lambda: (run(), kept)
    if jax:
        jax.config.update("jax_enable_x64", True)
        both, p = jax.jit(jax.value_and_grad(in_jax)), jax.numpy.array(x)
        ways["JAX jit"] = lambda: both(p)[1].block_until_ready()
    return ways


def run_calls(rounds: int) -> None:
    """Rosenbrock and Black-Scholes, one call at a time."""
    for n in (10, 100):
        x = [1.1 + 0.5 / n * i for i in range(n)]
        compare(f"Rosenbrock, {n} variables, one call", call_ways(rosenbrock, rosenbrock, rosenbrock, x), 2 * rounds)
    casadi, jax = library("casadi"), library("jax")
    price = black_scholes(autograd), casadi and black_scholes(casadi), jax and black_scholes(_Jax(jax))
    compare("Black-Scholes, 5 variables, one call", call_ways(*price, [100.0, 105.0, 1.0, 0.02, 0.3]), 2 * rounds)


# --- what a recording costs -----------------------------------------------------------------------------------------------


def run_payback(_: int) -> None:
    """How many evaluations pay for a recording, which is everything that the first call does besides."""
    draw = random.Random(0)
    network = [draw.uniform(-1.0, 1.0) for _ in range(count(MOONS))]
    cases = {
        "Rosenbrock, 10": (rosenbrock, [1.1 + 0.05 * i for i in range(10)]),
        "Rosenbrock, 1,000": (rosenbrock, [1.1 + 0.0005 * i for i in range(1000)]),
        "Black-Scholes": (black_scholes(autograd), [100.0, 105.0, 1.0, 0.02, 0.3]),
        "moons, a step": (moons_step(), network),
    }
    for title, (f, x) in cases.items():
        by_nodes = autograd.value_and_grad(f)
        by_nodes(x)
        eager, first, later = [], [], []
        for _ in range(7):
            start = time.process_time()
            by_nodes(x)
            eager.append(time.process_time() - start)
            start = time.process_time()
            program = autograd.compile(f)
            program.value_and_grad(x)
            first.append(time.process_time() - start)
            for _ in range(33):  # the calls that are looked at are past then
                program.value_and_grad(x)
            start = time.process_time()
            for _ in range(20):
                program.value_and_grad(x)
            later.append((time.process_time() - start) / 20)
        node, recorded, replay = map(statistics.median, (eager, first, later))
        print(
            f"{title}: by nodes {node * 1e3:.3f} ms, the first call {recorded * 1e3:.3f} ms, a replay {replay * 1e3:.4f} ms: "
            f"paid back after {(recorded - replay) / (node - replay):.1f} evaluations"
        )


PROBLEMS = {"digits": run_digits, "moons": run_moons, "calls": run_calls, "payback": run_payback}


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
