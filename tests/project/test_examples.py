"""The programs a reader runs do what they say: the digits demonstration, whole and interrupted.

They run as a reader runs them, with small settings: their output, exit codes and files are looked at, and what the picture
of a neuron shows is held to the chain rule.
"""

import contextlib
import io
import os
import pathlib
import random
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import NamedTuple

import pytest
from layout_programs import shown
from places import ROOT

from examples import digits
from nn import MLP, cross_entropy

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = ("small-graph", "small-forward", "small-backward", "cost", "neuron", "network")
PICTURES = {f"{name}.{suffix}" for name in DRAWN for suffix in ("svg", "png")} | {"steps.html"}


class Run(NamedTuple):
    """A finished run of the demonstration."""

    code: int
    output: str
    out: pathlib.Path

    @property
    def read_right(self) -> float:
        """The share of held-out digits that it reports, in percent."""
        (share,) = re.findall(r"held-out digits read right: ([\d.]+)%", self.output)
        return float(share)

    def check_explanation(self) -> None:
        """Whatever was learned, in whatever time, ends in an exit code, a walk, pictures and a page."""
        assert self.code == (0 if self.read_right >= 95.0 else 1)
        assert {path.name for path in self.out.iterdir()} == PICTURES
        for path in self.out.iterdir():
            start = {".svg": b"<?xml", ".png": b"\x89PNG\r\n\x1a\n", ".html": b"<!doctype html>"}[path.suffix]
            assert path.read_bytes().startswith(start)
            assert path.name in self.output
        said = r"cost C of a \d, through ([\d,]+) values, to the weight\s+(w\^1_[\d,]+)"
        values, weight = re.findall(said, self.output)[0]
        assert int(values.replace(",", "")) > 300
        (chain,) = re.findall(r"\(1\)  (C ← .*)", self.output)
        assert chain.endswith(f" ← {viz_name(weight)}"), "the chain arrives at the weight it names"
        assert self.output.index("(1)  C") < self.output.index(f"{viz_name(weight)}.grad is ")
        self.check_what_can_be_followed()

    def check_what_can_be_followed(self) -> None:
        """The walk of the small network: short, with source lines, each number the product before it, and a step that helps."""
        walk = [line for line in self.output.splitlines() if "    " in line and (" += " in line or "    grad " in line)]
        assert walk[0].startswith("C = mean(")
        assert "examples/digits.py:" in walk[0], "the walk names the source lines"
        assert walk[-1].startswith("  w¹₂₁ += "), "the walk arrives at the weight it names"
        assert len(walk) <= 20, "a person follows it with a finger"
        for line in walk[1::2]:
            local, upstream, product = (number(x) for x in re.findall(r"(\S+) × (\S+) = (\S+)", line)[0])
            assert product == pytest.approx(local * upstream, rel=2e-3)
        before, after = map(float, re.findall(r"C falls from ([\d.]+) to ([\d.]+)\.", self.output)[0])
        assert after < before


def subscript(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def viz_name(weight: str) -> str:
    """w^1_44 as the walk writes it; written again here rather than asked of viz."""
    letter, layer, indices = re.split(r"[\^_]", weight)
    return letter + {"1": "¹", "2": "²"}[layer] + indices.translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def run(out: pathlib.Path, *options: str) -> Run:
    printed, progress = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(progress), contextlib.chdir(ROOT):
        code = digits.main([*options, "--out", str(out)])
    assert re.fullmatch(r"(epoch \d+/\d+ .*)?\s*", progress.getvalue())
    return Run(code, printed.getvalue(), out)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One pass over the digits with eight hidden neurons: a second or two."""
    return run(tmp_path_factory.mktemp("short") / "new" / "folder", "--epochs", "1", "--hidden", "8")


def test_a_short_run_learns_something_and_explains_itself(short: Run) -> None:
    assert short.output.startswith("A network of 2-3-1 neurons:")
    assert "\n1438 digits to learn from, 359 held out; 64-8-10 neurons, 610 parameters\n" in short.output
    assert 70.0 < short.read_right < 95.0  # chance is 10 %; in one pass eight neurons do not get to 95
    assert short.code == 1
    short.check_explanation()


def boxes(svg: pathlib.Path) -> dict[str, list[str]]:
    nodes = (group for group in ET.parse(svg).getroot().iter(f"{SVG}g") if group.get("class") == "node")
    return {
        group.findtext(f"{SVG}title") or "": ["".join(text.itertext()).strip() for text in group.iter(f"{SVG}text")]
        for group in nodes
    }


def number(text: str) -> float:
    """The number at the end of a line such as 'grad −0.2'."""
    return float(text.replace("−", "-").rpartition(" ")[2])


def test_the_picture_of_a_neuron_obeys_the_chain_rule(short: Run) -> None:
    drawn = shown((short.out / "neuron.svg").read_bytes())
    (z,) = (lines for lines in drawn.boxes.values() if re.fullmatch("z²[₀-₉]+ = dot", lines[0]))
    delta = number(z[2])
    checked = 0
    for tail, _, label in drawn.arrows:
        if label and label[0].startswith("×") and drawn.boxes[tail][0][0] in "wb":
            # A weight has this one way to the cost: dC/dw = dz/dw * dC/dz. Of each, four digits are shown.
            assert number(drawn.boxes[tail][2]) == pytest.approx(number(label[0].lstrip("×")) * delta, rel=2e-3)
            checked += 1
    assert checked == 9  # the eight weights and the bias


def test_explaining_leaves_the_gradients_of_one_pass(tmp_path: pathlib.Path) -> None:
    model = MLP(64, [4, 10], activation="tanh", init="xavier_uniform", rng=random.Random(0))
    learn, _ = digits.samples()
    x, label = learn.x[0], learn.y[0]
    cross_entropy(model(x), label).backward()
    expected = [p.grad for p in model.parameters()]
    with contextlib.redirect_stdout(io.StringIO()):
        digits.explain(model, (x, label), tmp_path)
    assert [p.grad for p in model.parameters()] == pytest.approx(expected, rel=1e-12)


def test_the_picture_of_the_network_shows_its_layers(short: Run) -> None:
    titles = {lines[0] for lines in boxes(short.out / "network.svg").values()}
    assert "x: 64 inputs" in titles
    assert {f"a¹{subscript(i)}" for i in range(1, 9)} | {f"a²{subscript(i)}" for i in range(1, 11)} <= titles


def test_enough_training_ends_with_exit_code_0(tmp_path: pathlib.Path) -> None:
    finished = run(tmp_path / "out", "--epochs", "4", "--hidden", "16", "--rate", "0.5", "--seed", "0")
    assert finished.read_right >= 95.0
    finished.check_explanation()


def test_the_digits_are_split_without_overlap_and_reproducibly() -> None:
    learn, held_out = digits.samples()
    assert (len(learn), len(held_out)) == (1438, 359)
    assert digits.samples() == (learn, held_out)
    assert digits.samples(seed=1) != (learn, held_out)
    assert set(held_out.y) == set(range(10))
    assert {len(x) for x in learn.x} == {64}
    assert all(0.0 <= pixel <= 1.0 for x in learn.x for pixel in x)
    assert not {tuple(x) for x in learn.x} & {tuple(x) for x in held_out.x}


def test_training_with_a_seed_is_reproducible() -> None:
    def weights(seed: int) -> list[float]:
        model = MLP(64, [2, 10], activation="tanh", init="xavier_uniform", rng=random.Random(0))
        with contextlib.redirect_stdout(io.StringIO()):
            digits.train(model, digits.samples()[0].take(range(40)), 2, 8, 0.2, seed)
        return [p.data for p in model.parameters()]

    assert weights(0) == weights(0)
    assert weights(0) != weights(1)


def test_help_names_every_option_and_its_default(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        digits.main(["--help"])
    assert caught.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for option, default in (("epochs", 12), ("hidden", 32), ("batch", 8), ("rate", 0.2), ("seed", 0), ("out", None)):
        assert re.search(rf"--{option} \w+", text)
        assert default is None or re.search(rf"--{option} \w+ [^-]*\(default: {re.escape(str(default))}\)", text)
    assert "handwritten digits" in text


def test_an_unknown_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        digits.main(["--epoch-count", "3"])
    assert caught.value.code == 2
    assert "--epoch-count" in capsys.readouterr().err


# The program with a Ctrl-C after a second of training, which begins when `fit` listens to the key. Shells start background jobs
# with SIGINT ignored, and children inherit that: the program has to be given its own back.
_INTERRUPTED = """
import os, runpy, signal, threading, time

def press():
    while signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        time.sleep(0.01)
    begun = time.process_time()
    while time.process_time() < begun + 1.0:
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Thread(target=press, daemon=True).start()
runpy.run_module("examples.digits", run_name="__main__", alter_sys=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="os.kill sends no SIGINT on Windows")
def test_ctrl_c_during_training_keeps_the_network_and_explains_it(tmp_path: pathlib.Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-u", "-c", _INTERRUPTED, "--epochs", "100000", "--hidden", "6", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    finished = Run(done.returncode, done.stdout, out)
    assert re.fullmatch(r"epoch \d+/100000 .*\n", done.stderr), "the progress bar, and nothing else"
    assert "stopped; the network keeps what it has learned so far" in finished.output
    assert finished.read_right > 20.0, "a second of training is kept: chance is 10 %"
    finished.check_explanation()
