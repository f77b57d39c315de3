"""A character-level transformer of one layer on plain `Value`s: it reads names and invents new ones.

    python -m examples.transformer [--steps N]

There is no class for attention, none for an embedding: a matrix is a list of rows, a layer a list comprehension over
`dot`, attention a softmax over dots. Everything is differentiated by the engine, one scalar at a time.
"""

import argparse
import math
import pathlib
import random
from collections.abc import Sequence
from typing import Any

from rich.progress import track

from autograd import Value, dot, mean, no_grad, relu, softmax, sqrt
from nn import Adam, cross_entropy

Vector = list[Any]
Matrix = list[list[Any]]

WIDTH, HEADS, CONTEXT = 16, 2, 10  # numbers per character, attention heads, characters looked back upon
TEXT = pathlib.Path(__file__).with_name("names.txt")


class Letters:
    """Characters as numbers; 0 stands for the beginning and the end of a name."""

    def __init__(self, names: Sequence[str]) -> None:
        self.alphabet = sorted(set("".join(names)))

    def encode(self, name: str) -> list[int]:
        """A name as numbers, with the sign for begin and end around it."""
        return [0, *(self.alphabet.index(c) + 1 for c in name), 0]

    def decode(self, numbers: Sequence[int]) -> str:
        """Numbers as text."""
        return "".join(self.alphabet[n - 1] for n in numbers if n)


def matrix(rows: int, columns: int, name: str, rng: random.Random) -> Matrix:
    """A matrix of parameters, called name_ij."""
    spread = 0.5 / math.sqrt(columns)
    return [[Value(rng.gauss(0.0, spread), label=f"{name}_{i},{j}") for j in range(columns)] for i in range(rows)]


def parameters_for(letters: int, rng: random.Random) -> dict[str, Matrix]:
    """All matrices of the transformer."""
    return {
        "letter": matrix(letters, WIDTH, "letter", rng),
        "place": matrix(CONTEXT, WIDTH, "place", rng),
        **{name: matrix(WIDTH, WIDTH, name, rng) for name in ("query", "key", "value", "join")},
        "up": matrix(4 * WIDTH, WIDTH, "up", rng),
        "down": matrix(WIDTH, 4 * WIDTH, "down", rng),
        "read": matrix(letters, WIDTH, "read", rng),
    }


def times(W: Matrix, x: Vector) -> Vector:
    """The product W x, one node per row."""
    return [dot(row, x) for row in W]


def plus(x: Vector, y: Vector) -> Vector:
    """The sum of two vectors: what makes a residual connection."""
    return [u + v for u, v in zip(x, y, strict=True)]


def normalised(x: Vector) -> Vector:
    """The vector with mean square 1."""
    scale = 1.0 / sqrt(mean([u * u for u in x]) + 1e-5)
    return [u * scale for u in x]


def attention(query: Vector, keys: Matrix, values: Matrix) -> Vector:
    """Per head: look at every earlier character, weighted by how well its key answers the query."""
    size = WIDTH // HEADS
    out: Vector = []
    for h in range(HEADS):
        part = slice(h * size, (h + 1) * size)
        weights = softmax([dot(query[part], key[part]) / math.sqrt(size) for key in keys])
        out += [dot(weights, column) for column in zip(*(value[part] for value in values), strict=True)]
    return out


def logits_along(theta: dict[str, Matrix], numbers: Sequence[int]) -> list[Vector]:
    """For every prefix of the text, the logits of the next character."""
    keys: Matrix = []
    values: Matrix = []
    out = []
    for place, number in enumerate(numbers):
        x = normalised(plus(theta["letter"][number], theta["place"][place]))
        keys.append(times(theta["key"], x))
        values.append(times(theta["value"], x))
        x = plus(x, times(theta["join"], attention(times(theta["query"], x), keys, values)))
        x = plus(x, times(theta["down"], [relu(u) for u in times(theta["up"], normalised(x))]))
        out.append(times(theta["read"], normalised(x)))
    return out


def cost_of(theta: dict[str, Matrix], numbers: Sequence[int]) -> Any:
    """The mean cross-entropy of each next character, given those before it."""
    numbers = numbers[: CONTEXT + 1]
    return mean(
        [cross_entropy(z, following) for z, following in zip(logits_along(theta, numbers[:-1]), numbers[1:], strict=True)]
    )


def invent(theta: dict[str, Matrix], letters: Letters, rng: random.Random, temperature: float = 0.7) -> str:
    """A new name, character by character."""
    numbers = [0]
    with no_grad():
        while len(numbers) < CONTEXT:
            ps = softmax([z / temperature for z in logits_along(theta, numbers)[-1]])
            numbers.append(rng.choices(range(len(ps)), [p.data for p in ps])[0])
            if not numbers[-1]:
                break
    return letters.decode(numbers)


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Train, print the cost now and then, and print invented names; returns costs and names."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.transformer",
        description="A character-level transformer of one layer, written on plain `Value`s: reads names, and invents new ones.",
    )
    parser.add_argument("--steps", type=int, default=600, help="names to learn from (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of parameters, order and samples (default: %(default)s)")
    options = parser.parse_args(arguments)
    rng = random.Random(options.seed)
    names = TEXT.read_text(encoding="utf-8").split()
    rng.shuffle(names)
    letters = Letters(names)
    theta = parameters_for(len(letters.alphabet) + 1, rng)
    everything = [p for W in theta.values() for row in W for p in row]
    print(f"{len(names)} names, {len(letters.alphabet)} letters, {len(everything)} parameters")
    descent = Adam(everything, rate=0.01, beta1=0.85, beta2=0.99)
    costs: list[float] = []
    for step in track(range(options.steps), description="reading names"):
        descent.rate = 0.01 * (1.0 - step / options.steps)
        cost = cost_of(theta, letters.encode(names[step % len(names)]))
        descent.zero_grad()
        cost.backward()
        descent.step()
        costs.append(cost.data)
    window = min(50, len(costs))
    first, last = sum(costs[:window]) / window, sum(costs[-window:]) / window
    guessing = math.log(len(letters.alphabet) + 1)
    print(f"cost per character: {first:.3f} at first, {last:.3f} at last; guessing costs {guessing:.3f}")
    invented = [invent(theta, letters, rng) for _ in range(12)]
    print("invented:", ", ".join(invented))
    return {"first": first, "last": last, "invented": invented}


if __name__ == "__main__":
    main()
