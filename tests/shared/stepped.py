"""The script that debuggers step through in tests, and what it prints when nobody does."""

from typing import Any

EMITTED = "backward_from_y.py"
SCRIPT = """\
from autograd import Value, tanh
x, w, b = Value(2.0, label="x"), Value(-3.0, label="w"), Value(6.5, label="b")
for step in range(3):
    z = w * x + b
    z.label = "z"
    y = tanh(z)
    y.label = "y"
    y.backward()
print("gradients", w.grad.hex(), x.grad.hex(), b.grad.hex())
"""
PLAIN: dict[str, str] = {}


def expected() -> str:
    """What the script prints without a debugger."""
    if not PLAIN:
        names: dict[str, Any] = {"print": lambda *words: PLAIN.update(line=" ".join(words))}
        exec(compile(SCRIPT, "script", "exec"), names)
    return PLAIN["line"]
