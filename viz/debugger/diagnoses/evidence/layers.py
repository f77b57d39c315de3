"""The line that makes a layer of nn: its activation and its initialisation are chosen there, and not where it is called.

One instruction of the program, `model(x)`, makes the weighted sums of all layers and their activations. What somebody mends is
the line that made the weights of these sums: MLP(2, [8, 3], output="softmax").
"""

import os
import re

from autograd import Source

from .passes import Pass

_MAKES = re.compile(r"\b(MLP|Layer|Neuron)\(")  # they have a default


def line_of_layer(p: Pass, i: int) -> tuple[Source | None, str]:
    """The line that chooses an activation, or the weights of a sum, and words for where that is used, if it is elsewhere.

    Args:
        p: the pass.
        i: the node of the activation, or of the weighted sum.
    """
    source = p.source(i)
    sums = [q for q in (i, *p.parents[i]) if p.rows[q].weighted and p.source(q) == source]
    weight = next((q for q in p.parents[sums[0]] if q in p.leaves), None) if sums else None
    made = p.source(weight) if weight is not None else None
    if source is None or made is None or (made.file, made.line) == (source.file, source.line):
        return source, ""
    if not _MAKES.search(made.text) and not re.search(rf"\b({p.ops[i]}|activation|output)\b", made.text):
        return source, ""
    where = f"line {source.line}" if source.file == made.file else f"{os.path.basename(source.file)}:{source.line}"
    return made, f" (used in {where})"
