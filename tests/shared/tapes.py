"""Tapes for tests: evaluated node by node with whatever numbers, and drawn at random."""

from collections.abc import Callable, Sequence
from typing import Any

from naive import Program

from autograd.replay.tape import Draft, Tape


def evaluated(tape: Tape, inputs: Sequence[Any], apply: Callable[..., Any]) -> list[Any]:
    """All nodes of a tape, made of these inputs by `apply(name, *operands)`."""
    nodes = list(inputs)
    for i in range(tape.inputs, len(tape)):
        operands = [nodes[o] if isinstance(o, int) else o for o in tape.operands_of(i)]
        nodes.append(picked(*operands) if tape.name(i) == "pick" else apply(tape.name(i), *operands))
    return nodes


def picked(*operands: Any) -> Any:
    """The operand that the last one names."""
    return operands[int(operands[-1])]


def write(draft: Draft, program: Program, leaves: Sequence[int]) -> int:
    """A random program as nodes of a tape: the node of its root."""

    def apply(name: str, *operands: Any) -> int:
        if name == "clamp":
            operands = (*operands, -1.0, 1.0)
        elif name == "where":
            u, v = operands
            operands = (draft.node("step", [draft.node("sub", [v, 0.5])]) if isinstance(v, int) else float(v > 0.5), u, v)
        return draft.node(name, operands)

    nodes = program.nodes(
        [("leaf", leaf) for leaf in leaves], lambda name, *operands: ("made", apply(name, *map(_node, operands)))
    )
    root: int = _node(nodes[-1])
    return root


def _node(thing: Any) -> Any:
    return thing[1] if isinstance(thing, tuple) else thing


def tape_of_terms(program: Program, lanes: int, own: bool) -> Tape:
    """A sum of copies of a random program, on the same inputs or on inputs of their own."""
    n = len(program.leaves)
    draft = Draft(n * lanes if own else n)
    terms = [write(draft, program, range(n * t, n * t + n) if own else range(n)) for t in range(lanes)]
    total = terms[0]
    for term in terms[1:]:
        total = draft.node("add", [total, term])
    return draft.tape([total])
