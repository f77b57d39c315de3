"""A factor of a likelihood that should be a divisor: its logarithm falls with it, the product too, and nothing holds it.

The cost is evaluated again with the quotient in the place of the product: it has to rise on the way on which it has fallen.
"""

import functools
from collections.abc import Iterator

from ..evidence.experiment import Edit
from ..evidence.outputs import LOG
from ..evidence.passes import Pass, is_product
from .progress import Change
from .rays import Ray

Place = tuple[str, int] | None  # file and line


def multiplied(p: Pass, i: int, change: Change, ray: Ray) -> int | None:
    """A product of which the quotient would hold the logarithm that falls along a ray; None if there is none."""
    for j, _, _ in {p.line(product[0]): product for product in _products(p, p.line(i))}.values():
        edit = functools.partial(_divided, p.line(i), p.line(j))
        here, further = change.objective.costs(change.objective.groups[1], [ray.at(0.0), ray.at(1.0)], edit)
        if change.sense * further > change.sense * here:
            return j
    return None


def _divided(of: Place, at: Place, p: Pass) -> Edit:
    """The quotients in the place of the products of a line, with what another line takes the logarithm of."""
    found = [product for product in _products(p, of) if p.line(product[0]) == at]
    turned = [(j, other, factor) for j, other, factor in found if p.parents[j][0] == factor]
    swapped = {(j, factor): other for j, other, factor in turned} | {(j, other): factor for j, other, factor in turned}
    return Edit(replaced={j: "div" for j, _, _ in found}, swapped=swapped)


def _products(p: Pass, line: Place) -> Iterator[tuple[int, int, int]]:
    """The products with what a line takes the logarithm of, each with the other factor and this one."""
    for i in p.interior:
        if p.rows[i] is not LOG or p.line(i) != line:
            continue
        x = p.parents[i][0]
        while is_product(p.rows[x]) and len(p.parents[x]) == 1:
            (x,) = p.parents[x]
        same = {x, *(j for j in p.users[x] if is_product(p.rows[j]) and len(p.parents[j]) == 1)}
        for j in (j for factor in same for j in p.users[factor] if is_product(p.rows[j]) and len(set(p.parents[j])) == 2):
            a, b = p.parents[j]
            if (a in same) != (b in same):
                yield (j, a, b) if b in same else (j, b, a)
