"""The tape of one result alone, in the engine's order for that result.

The nodes of a tape stand in the engine's order for its first result. A pass that begins at another one adds contributions in an
order of its own, so the bits of a Jacobian need a tape for each row. Its guards are left out: the first row has asked them.
"""

from .exact import order_of
from .tape import Draft, Tape


def ordered(tape: Tape, output: int) -> Tape:
    """The tape that computes one output of another tape.

    Example:
        >>> tape = Tape.parse("in 2; v2 = mul v0 v1; v3 = exp v2; v4 = add v0 v2; out v3 v4".replace("; ", chr(10)))
        >>> print(ordered(tape, 1))
        in 2
        v2 = mul v0 v1
        v3 = add v0 v2
        out v3
    """
    root = tape.operand(tape.outputs[output])
    draft = Draft(tape.inputs)
    entry: dict[int, int] = {i: i for i in range(tape.inputs)}
    early: dict[int, int] = {}  # nodes whose number alone is needed, before their place or without one

    def number(i: int) -> int:
        stack = [i]
        while stack:
            j = stack[-1]
            missing = [p for p in tape.parents(j) if p not in entry and p not in early]
            if j in entry or j in early:
                stack.pop()
            elif missing:
                stack += missing
            else:
                operands = [o if isinstance(o, float) else entry.get(o, early.get(o, 0)) for o in tape.operands_of(j)]
                early[j] = draft.node(tape.name(j), operands)
        return entry[i] if i in entry else early[i]

    for i in order_of(tape, root) if isinstance(root, int) else ():
        operands = [o if isinstance(o, float) else entry[o] if o in entry else number(o) for o in tape.operands_of(i)]
        entry[i] = draft.node(tape.name(i), operands)
    if isinstance(root, int) and root not in entry:  # the number of a detached node
        entry[root] = number(root)
    return draft.tape([root if isinstance(root, float) else entry[root]])
