"""The equations in the figures of networks: for a layer in symbols, for a neuron in symbols and in numbers.

docs/backpropagation.md derives them: z^l = W^l a^(l-1) + b^l and a^l = sigma(z^l) forward, delta^l = sigma'(z^l) *
(W^(l+1))^T delta^(l+1) backward. Names count from 1; the arguments of the functions here count neurons from 0, as lists do.
"""

import math
from collections.abc import Sequence

from .. import style
from .neurons import Network, collected, rest, total

MOST = 6  # products of a sum that are written out; the other products are added up
WIDTH = 100  # characters of a line
Term = tuple[str, float, str, float]  # two factors, each its name and its number


def decimal(x: float, digits: int = 4) -> str:
    """A number as the figures show it, without the sign of a zero: the sign of a product that is 0 tells nothing.

    >>> decimal(-0.0), decimal(-0.25)
    ('0', '−0.25')
    """
    return style.number(x + 0.0, digits)


def indices(i: int, j: int) -> str:
    """Two indices as mathematics writes them, from those of lists.

    >>> indices(0, 2), indices(0, 12)
    ('13', '1,13')
    """
    return f"{i + 1}{'' if max(i, j) < 9 else ','}{j + 1}"


def weight_name(number: int, i: int, j: int) -> str:
    """The name of the weight from neuron j of the layer before to neuron i of layer `number`.

    >>> weight_name(2, 0, 2)
    'w²₁₃'
    """
    return style.name(f"w^{number}_{indices(i, j)}")


def neuron_name(letter: str, number: int, i: int) -> str:
    """The name of z, a or delta of a neuron; the activations of layer 0 are the inputs.

    >>> neuron_name("delta", 1, 1), neuron_name("a", 0, 1)
    ('δ¹₂', 'x₂')
    """
    return style.name(f"{letter}^{number}_{i + 1}" if number else f"x_{i + 1}")


def forward_layer(number: int, activation: str) -> list[str]:
    """The equations by which a layer computes its activations.

    >>> forward_layer(1, "tanh"), forward_layer(2, "linear")
    (['z¹ = W¹x + b¹', 'a¹ = tanh(z¹)'], ['z² = W²a¹ + b²', 'a² = z²'])
    """
    W, b, z, a = (style.name(f"{letter}^{number}") for letter in "Wbza")
    before = style.name(f"a^{number - 1}") if number > 1 else "x"
    return [f"{z} = {W}{before} + {b}", f"{a} = {_applied(activation, z)}"]


def backward_layer(number: int, last: int, activation: str) -> str:
    """The equation for the error of a layer, from the error of the next layer or from the cost.

    >>> backward_layer(1, 2, "tanh"), backward_layer(2, 2, "linear")
    ('δ¹ = σ′(z¹) ⊙ (W²)ᵀδ²', 'δ² = ∂C/∂a²')
    """
    delta, z, a = style.name(f"delta^{number}"), style.name(f"z^{number}"), style.name(f"a^{number}")
    W, after = style.name(f"W^{number + 1}"), style.name(f"delta^{number + 1}")
    carried = f"∂C/∂{a}" if number == last else f"({W})ᵀ{after}"
    slope = {"linear": "", "softmax": f"(∂{a}/∂{z})ᵀ "}.get(activation, f"σ′({z}) ⊙ ")
    return f"{delta} = {slope}{carried}"


def _applied(activation: str, z: str) -> str:
    return z if activation == "linear" else f"{activation or 'σ'}({z})"


def forward_neuron(net: Network, number: int, i: int) -> list[str]:
    """The equations of z and a of one neuron, in symbols and, after a forward pass, in numbers."""
    layer, before = net.layers[number - 1], net.activations(number - 1)
    z, a, b = (neuron_name(letter, number, i) for letter in "zab")
    terms: list[Term] = [
        (weight_name(number, i, j), w, neuron_name("a", number - 1, j), before[j] if before else math.nan)
        for j, w in enumerate(layer.W[i])
    ]
    symbols, numbers = _sum(terms)
    lines = [*_wrapped(f"{z} = ", [*symbols, f"+ {b}"])]
    if layer.z is not None and before is not None:
        now = total([*(w * x for _, w, _, x in terms), layer.b[i]])
        lines += _wrapped(_indent(z), [*numbers, _signed(layer.b[i])], f" = {decimal(now)}")
    elif layer.z is not None:
        lines[-1] += f" = {decimal(layer.z[i])}"
    applied = _applied(layer.activation, z)
    if layer.coupled:
        applied = f"exp({z}) / Σₖ exp({style.name(f'z^{number}')}ₖ)"
    if layer.z is None or layer.a is None:
        return [*lines, f"{a} = {applied}"]
    between = "" if layer.coupled or layer.activation == "linear" else f" = {_applied(layer.activation, decimal(layer.z[i]))}"
    return [*lines, f"{a} = {applied}{between} = {decimal(layer.a[i])}"]


def backward_neuron(net: Network, number: int, j: int) -> list[str]:
    """The equation of delta of one neuron, in symbols and numbers; it needs a backward pass that reached the neuron."""
    layer, last = net.layers[number - 1], number == len(net.layers)
    name, z = neuron_name("delta", number, j), neuron_name("z", number, j)
    delta, slope, other = layer.delta[j], layer.slope[j], rest(net, number, j)
    if delta is None:
        return [f"{name}: no backward pass has reached this neuron"]
    if layer.coupled:
        return _softmax_neuron(net, number, j, delta, other)
    end = f"{f' {_signed(other)}' if other else ''} = {decimal(delta)}"
    more = " + what it gets elsewhere" if other else ""
    gathered = collected(net, number, j)
    factor = "" if slope is None else f"{decimal(slope)} × {_bracket(gathered)}"
    if last:
        lines = [f"{name} = σ′({z}) ∂C/∂{neuron_name('a', number, j)}{more}"]
        return [*lines, f"{_indent(name)}{factor}{end}"] if factor else [*lines, f"{name}{end}"]
    terms = [
        (weight_name(number + 1, i, j), row[j], neuron_name("delta", number + 1, i), d)
        for i, (row, d) in enumerate(zip(net.layers[number].used, net.layers[number].delta, strict=True))
        if d is not None
    ]
    symbols, numbers = _sum(terms)
    lines = _wrapped(f"{name} = σ′({z}) (", symbols, f"){more}")
    if slope is None:
        return [*lines, f"{name}{end}"]
    lines += _wrapped(f"{_indent(name)}{decimal(slope)} × (", numbers, ")")
    return [*lines, f"{_indent(name)}{factor}{end}"]


def _softmax_neuron(net: Network, number: int, j: int, delta: float, other: float) -> list[str]:
    """The equation of delta in a softmax layer, where da_k/dz_j = a_k (1 - a_j) for k = j, and -a_k a_j for other k."""
    layer, last = net.layers[number - 1], number == len(net.layers)
    name, a, all_a = neuron_name("delta", number, j), neuron_name("a", number, j), style.name(f"a^{number}")
    own, each = (f"∂C/∂{a}", f"∂C/∂{all_a}ₖ") if last else (style.name(f"e_{j + 1}"), "eₖ")
    where = "" if last else f",   e = ({style.name(f'W^{number + 1}')})ᵀ{style.name(f'delta^{number + 1}')}"
    lines = [f"{name} = {a} ({own} − Σₖ {all_a}ₖ {each}){' + what it gets elsewhere' if other else ''}{where}"]
    if layer.a is None:
        return [*lines, f"{name} = {decimal(delta)}"]
    carried = [g or 0.0 for g in layer.carried]
    mean = total(x * g for x, g in zip(layer.a, carried, strict=True))
    numbers = f"{decimal(layer.a[j])} × ({decimal(carried[j])} {_signed(-mean)})"
    return [*lines, f"{_indent(name)}{numbers}{f' {_signed(other)}' if other else ''} = {decimal(delta)}"]


def _sum(terms: Sequence[Term]) -> tuple[list[str], list[str]]:
    """A sum of products in symbols and in numbers, each with its sign in front; all but the largest are added up."""
    order = sorted(range(len(terms)), key=lambda k: -_size(terms[k]))
    kept = sorted(order[: MOST if len(terms) > MOST + 1 else len(terms)])
    symbols = [f"+ {terms[k][0]} {terms[k][2]}" for k in kept]
    numbers = [f"{_signed(terms[k][1])} × {_bracket(terms[k][3])}" for k in kept]
    if len(kept) < len(terms):
        left = [terms[k] for k in order[MOST:]]
        symbols.append(f"+ … {len(left)} more")
        numbers.append(f"{_signed(total(u * v for _, u, _, v in left))} ({len(left)} more)")
    return symbols, numbers


def _size(term: Term) -> float:
    product = abs(term[1] * term[3])
    return math.inf if math.isnan(product) else product


def _signed(x: float) -> str:
    """A number as a further term of a sum.

    >>> _signed(0.5), _signed(-0.5), _signed(math.nan)
    ('+ 0.5', '− 0.5', '+ nan')
    """
    return f"− {decimal(-x)}" if x < 0.0 else f"+ {decimal(abs(x))}"


def _bracket(x: float | None) -> str:
    """A number as a factor.

    >>> _bracket(0.5), _bracket(-0.5)
    ('0.5', '(−0.5)')
    """
    return "?" if x is None else f"({decimal(x)})" if x < 0.0 else decimal(x)


def _indent(name: str) -> str:
    """The beginning of a further row: spaces as wide as `name`, then the sign of equality."""
    return " " * (len(name) + 1) + "= "


def _wrapped(head: str, parts: Sequence[str], tail: str = "") -> list[str]:
    """A sum as lines: the first term without its plus, a new line before a line would become too long.

    >>> _wrapped("y = ", ["+ a", "− b"], " = 3")
    ['y = a − b = 3']
    """
    first, *others = parts or ["+ 0"]
    first = first.removeprefix("+ ") if first.startswith("+") else first.replace("− ", "−", 1)
    lines = [head + first]
    for part in others:
        if len(lines[-1]) + len(part) > WIDTH:
            lines.append(" " * len(head) + part)
        else:
            lines[-1] += f" {part}"
    lines[-1] += tail
    return lines
