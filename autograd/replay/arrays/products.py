"""Products: which dots are products of matrices, and what a factor of 1 saves."""

from typing import Any

from ..passes.groups import NUMBER, SAMPLE, SLOT, Group, Grouped, Part
from .lines import Array


def product(a: Any, b: Any) -> Any:
    """The product of two arrays or numbers; 1 times something is the thing itself, which is exact."""
    if not isinstance(a, Array) and a == 1.0:
        return b
    if not isinstance(b, Array) and b == 1.0:
        return a
    if not isinstance(a, Array) and a == -1.0 and isinstance(b, Array):
        return -b
    if not isinstance(b, Array) and b == -1.0 and isinstance(a, Array):
        return -a
    return a * b


def is_matrix_product(weights: Part, inputs: Part) -> bool:
    """True if weights that are the same in all lanes meet inputs that are the same for all members."""
    same = bool((inputs.rows == inputs.rows[:1]).all())
    return weights.kind in (SLOT, NUMBER) and inputs.kind != NUMBER and weights.rows.shape[1] > 1 and same


def reads_matrices_alone(groups: Grouped) -> bool:
    """True if the components of samples are read by matrix products, and by nothing else."""
    for group in groups.groups:
        if group.name == "dot":
            rest = [group.parts[-1], *(part for pair in pairs(group) if not is_matrix_product(*pair) for part in pair)]
        else:
            rest = list(group.parts)
        if any(part.kind == SAMPLE for part in rest):
            return False
    return True


def pairs(group: Group) -> list[tuple[Part, Part]]:
    """The weights and inputs of a group of dots, part by part."""
    return list(zip(group.parts[:-1:2], group.parts[1:-1:2], strict=True))
