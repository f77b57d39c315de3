"""The problems that every engine is given, one module for each kind. Pure Python: whatever they compute with is an engine's."""

from . import expressions, footprint, networks, transformer, transforms
from .problem import Problem as Problem

PROBLEMS: dict[str, Problem] = {
    problem.name: problem
    for module in (expressions, networks, transformer, footprint, transforms)
    for problem in module.PROBLEMS
}
