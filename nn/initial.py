"""Initial weights: the random numbers of a layer before it has learned anything.

Each initialisation is a function (rng, nin, nout) -> float, called once per weight, row by row. `uniform` draws the same
numbers as micrograd, from the same generator in the same order, so that micrograd's notebooks reproduce. The others scale
with the width of the layer, so that activations neither die out nor blow up as layers follow each other.
"""

import math
from collections.abc import Callable
from typing import Any

Initialisation = Callable[[Any, int, int], float]  # the first is a random.Random, or an object with its methods

INITIALISATIONS: dict[str, Initialisation] = {
    "uniform": lambda rng, *_: rng.uniform(-1, 1),
    "zeros": lambda *_: 0.0,
    # Glorot & Bengio 2010: variance 2 / (nin + nout), for sigmoid, tanh and linear layers
    "xavier_uniform": lambda rng, nin, nout: rng.uniform(-1, 1) * math.sqrt(6.0 / (nin + nout)),
    "xavier_normal": lambda rng, nin, nout: rng.gauss(0, 1) * math.sqrt(2.0 / (nin + nout)),
    # He et al. 2015: variance 2 / nin, for relu and its kin
    "he_uniform": lambda rng, nin, _: rng.uniform(-1, 1) * math.sqrt(6.0 / nin),
    "he_normal": lambda rng, nin, _: rng.gauss(0, 1) * math.sqrt(2.0 / nin),
}
