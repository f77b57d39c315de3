"""Screenshots of the page for README and docs: `python -m examples.page_pictures [--out FOLDER]`, with Chromium.

They show what a person sees at 1280x720, light and dark. They are not compared bit by bit: fonts differ between machines.
"""

import argparse
import pathlib
import random
import shutil
import tempfile
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import viz
from autograd import Value, mean, record_sources
from nn import MLP, cross_entropy, mean_squared_error
from viz.debugger import watching

FOLDER = pathlib.Path(__file__).parent.parent / "docs" / "pictures"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def digit() -> Any:
    """The cost of one digit in a network of 64-32-10 neurons."""
    rng = random.Random(0)
    with record_sources():
        model = MLP(64, [32, 10], activation="tanh", rng=rng)
        cost = cross_entropy(model([Value(rng.random(), label=f"x_{j}") for j in range(1, 65)]), 3)
    cost.label = "C"
    return cost


def small() -> Any:
    """The cost of a network of 2-3-1 neurons."""
    model = MLP(2, [3, 1], activation="tanh", rng=random.Random(3))
    x = [Value(0.5, label="x_1"), Value(-1.0, label="x_2")]
    with record_sources():
        cost = mean_squared_error(model(x), 1.0)
    cost.label = "C"
    return cost


def line() -> Any:
    """A training whose gradients are never zeroed, watched."""
    w, b = Value(0.5, label="w"), Value(0.0, label="b")
    points = [(1.0, 2.9), (2.0, 5.2), (3.0, 7.1)]
    with watching() as watch, record_sources():
        for _ in range(12):
            cost = mean([(w * x + b - y) ** 2 for x, y in points])
            cost.label = "C"
            cost.backward()
            for p in (w, b):
                p.data -= 0.02 * p.grad
    return watch


class Shot(NamedTuple):
    """A screenshot: light or dark, of which value or training, after how many contributions, and what is clicked on."""

    scheme: Literal["light", "dark"]
    make: Callable[[], Any]
    steps: int = 0
    title: str = ""
    click: str = ""


PICTURES = {
    "page-light": Shot("light", digit, 9, "The cost of one digit"),
    "page-dark": Shot("dark", small, 9),
    "page-findings": Shot("light", line, title="Fitting a line", click="button.finding"),
}


def main(arguments: Sequence[str] | None = None) -> list[pathlib.Path]:
    """Take every screenshot; returns the files."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(
        prog="python -m examples.page_pictures", description="Screenshots of the page for README and docs, with Chromium."
    )
    parser.add_argument("--out", type=pathlib.Path, default=FOLDER, help="folder for the pictures (default: docs/pictures)")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="stepgrad-"))
    written: list[pathlib.Path] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, shot in PICTURES.items():
            path = viz.page(shot.make(), folder / f"{name}.html", title=shot.title)
            page = browser.new_page(viewport={"width": 1280, "height": 720}, color_scheme=shot.scheme)
            page.goto(pathlib.Path(path).as_uri())
            page.wait_for_timeout(500)
            for _ in range(shot.steps):
                page.keyboard.press("ArrowRight")
            if shot.click:
                page.click(shot.click)
            page.wait_for_timeout(500)
            written.append(options.out / f"{name}.png")
            page.screenshot(path=written[-1])
            print(written[-1])
        browser.close()
    shutil.rmtree(folder)
    return written


if __name__ == "__main__":
    main()
