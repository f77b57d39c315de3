"""How long an interactive page takes to be written, to open in Chromium, and to unfold a neuron.

    python benchmarks/page.py [--rounds N]

Opening is the time from the navigation until everything is drawn; unfolding from the click until the next frame is on the
screen. Three graphs: a thousand values; some 20,000 values of a wide network for one sample; as many of a batch; and a dense
one with a million operands. The figures are medians over the rounds, each in a fresh page.
"""

import argparse
import pathlib
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

from autograd import Value, dot
from nn import MLP, mean_squared_error
from viz.pages.page import page

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

# A click on the first folded scope, and the milliseconds until two frames later: by then the first one has been painted.
UNFOLD = """() => new Promise(done => {
  const find = () => stepgrad.boxes().find(box => box.kind === 'scope') || stepgrad.boxes().find(box => box.kind === 'siblings');
  const click = id => document.querySelector(`[data-id=${id}]`).dispatchEvent(new MouseEvent('click', { bubbles: true }));
  for (let n = 0; n < 3 && find() && find().kind === 'siblings' && stepgrad.boxes().length < 300; n++) click(find().id);
  const box = find(), before = stepgrad.boxes().length, start = performance.now();
  if (box) click(box.id);
  if (stepgrad.boxes().length === before) return done(NaN); // there is nothing to unfold, or too much
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
})"""
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"
STEP = "() => { const start = performance.now(); stepgrad.goTo(stepgrad.length); stepgrad.goTo(1); return (performance.now() - start) / 2 }"


def network(inputs: int, sizes: list[int], samples: int) -> Any:
    """The cost of a network of random weights on a random batch."""
    rng = random.Random(1)
    model = MLP(inputs, sizes, activation="tanh", rng=rng)
    batch = [[rng.uniform(-1.0, 1.0) for _ in range(inputs)] for _ in range(samples)]
    return mean_squared_error([model(x) for x in batch], [[0.0] * sizes[-1]] * samples)


def dense(width: int, terms: int) -> Any:
    """A layer of many dot products over the same leaves, to have a given number of operands."""
    rng = random.Random(2)
    leaves = [Value(rng.uniform(-1.0, 1.0), label=f"p_{i}") for i in range(terms)]
    return dot([dot(leaves, [rng.uniform(-1.0, 1.0) for _ in leaves]) for _ in range(width)], [1.0] * width)


GRAPHS: dict[str, Callable[[], Value]] = {
    "thousand values": lambda: network(16, [30, 10], 3),
    "wide network": lambda: network(128, [128, 16], 1),
    "batch": lambda: network(8, [24, 24, 4], 180),
    "million operands": lambda: dense(1000, 1000),
}


def measure(browser: Any, path: pathlib.Path) -> tuple[float, float, float]:
    """Milliseconds to open, to unfold and to jump over the whole pass."""
    tab = browser.new_page(viewport={"width": 1280, "height": 720})
    tab.goto(path.as_uri())
    opened = tab.evaluate(DRAWN)
    unfolded = tab.evaluate(UNFOLD)
    jumped = tab.evaluate(STEP)
    tab.close()
    return opened, unfolded, jumped


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line per graph."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="fresh pages per graph (default: %(default)s)")
    options = parser.parse_args(arguments)
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is not installed: apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=ARGUMENTS)
        for name, make in GRAPHS.items():
            root, path = make(), pathlib.Path(folder, "page.html")
            start = time.perf_counter()
            page(root, path)
            written = time.perf_counter() - start
            rounds = [measure(browser, path) for _ in range(options.rounds)]
            opened, unfolded, jumped = (statistics.median(column) for column in zip(*rounds, strict=True))
            print(
                f"{name:18} {path.stat().st_size / 1e6:5.1f} MB   written in {written:5.2f} s   opened in {opened:5.0f} ms   "
                f"{f'unfolded in {unfolded:4.0f} ms' if unfolded == unfolded else 'refused to unfold'}   jump {jumped:4.0f} ms",
                flush=True,
            )
        browser.close()


if __name__ == "__main__":
    main()
