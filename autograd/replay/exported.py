"""A tape as text for NumPy, JAX and PyTorch.

The text is a module with `value` and `value_and_grad`, functions of the inputs in one list: those of the arguments, in order,
and then the captured ones. It needs its library and nothing of this package, so it can be kept, read, and changed. Alike terms
are lanes in it, and layers are matrix products, as in `arrays/`, whose promise about rounding it has.
"""

from typing import Literal

from ..errors import PrimitiveError
from .tape import Tape

Library = Literal["numpy", "jax", "torch"]


def exported(tape: Tape, library: Library) -> str:
    """The text of a tape; its first lines say where it holds.

    Raises:
        ImportError: NumPy is not installed, which writes it.
        ArgumentError: the library lacks a function.
        PrimitiveError: a row of the table is no formula of arrays.
    """
    try:
        from .arrays import export, reader
    except ImportError as error:
        raise ImportError("programs for other libraries are written with NumPy: pip install 'stepgrad[arrays]'") from error
    for name in tape.names:
        if name in reader.WITHOUT:
            raise PrimitiveError(
                f"{name} is no formula of arrays, so this program cannot be written with them; to_c() writes it"
            )
    decisions = [line.removeprefix("guard ") for line in str(tape).splitlines() if line.startswith("guard ")]
    head = "".join(
        f"# holds where this is {decision.rpartition(' ')[2]}: {decision.rpartition(' ')[0]}\n" for decision in decisions
    )
    if decisions:  # the names are those of the tape
        head = "\n".join(["# recorded as:", *(f"#     {line}" for line in str(tape).splitlines()), head])
    if library == "numpy":
        return head + reader.ArrayProgram(tape).source() + _ENTRY
    rolled = reader.rolled_of(tape)
    return head + (export.to_jax(rolled) if library == "jax" else export.to_torch(rolled))


_ENTRY = "value, value_and_grad = value_for(), value_and_grad_for()\n"
