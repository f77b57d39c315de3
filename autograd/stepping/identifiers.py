"""Labels as Python identifiers: the names of nodes in emitted code.

A label may be any text - w^1_12, θ, 'learning rate', a keyword, twice the same - and an emitted pass needs one variable for
each node, told apart from those of its adjoint and of its local derivatives. The mathematical name stays as near as an
identifier allows.
"""

import keyword
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

# Names that emitted code uses for itself.
_RESERVED = frozenset({"inf", "nan", "backward", "hooks", "by_hand", "unwritten", "locals"})
_LONGEST = 40


def identifier(label: str) -> str:
    """A label as an identifier; '' if nothing of it can be kept.

    >>> identifier("w^1_12"), identifier("learning rate"), identifier("x₁"), identifier("lambda"), identifier("+")
    ('w1_12', 'learning_rate', 'x1', 'lambda_', '')
    """
    # Python itself reads identifiers in this normal form: two labels that it would take for one have to look alike here.
    text = unicodedata.normalize("NFKC", label[: 4 * _LONGEST]).replace("^", "")
    text = "".join(c if f"a{c}".isidentifier() else "_" for c in text)
    text = re.sub("__+", "_", text)[:_LONGEST].rstrip("_")
    if not text.strip("_"):
        return ""
    if not text.isidentifier():
        text = "_" + text
    return f"{text}_" if keyword.iskeyword(text) or text in _RESERVED else text


class Namespace:
    """The names given so far in a piece of code: every further one is new.

    >>> names = Namespace()
    >>> names.new("w_bar"), names.new("w_bar"), names.pair("w"), names.pair("w")
    ('w_bar', 'w_bar_2', 'w_2', 'w_3')
    """

    def __init__(self) -> None:
        self._taken = set(_RESERVED)

    def new(self, wanted: str) -> str:
        """The name itself if it is free, else with the first number that makes it so."""
        name, n = wanted, 1
        while name in self._taken:
            n += 1
            name = f"{wanted}_{n}"
        self._taken.add(name)
        return name

    def pair(self, wanted: str) -> str:
        """A name that is free together with that of its adjoint, name_bar."""
        name, n = wanted, 1
        while name in self._taken or f"{name}_bar" in self._taken:
            n += 1
            name = f"{wanted}_{n}"
        self._taken |= {name, f"{name}_bar"}
        return name


def names_of(labels: Iterable[str], namespace: Namespace) -> list[str]:
    """A name for each node: its label if no other has it, else the label and the node's number; v7 without a label.

    The numbers are those that a recording of the same pass gives.

    >>> names_of(["w", "z^1_1", "", "z^1_1"], Namespace())
    ['w', 'z1_1_v1', 'v2', 'z1_1_v3']
    """
    wanted = [identifier(label) for label in labels]
    count = Counter(wanted)
    return [
        namespace.pair(f"v{i}" if not name else name if count[name] == 1 else f"{name}_v{i}") for i, name in enumerate(wanted)
    ]
