#!/usr/bin/env bash
# On arrays of objects some NumPy ufuncs ask the objects, some only the first operand, and some cannot.
#
# Guess, written down first: a ufunc on an array of dtype object calls the method of its own name on each element, so a class with
# `degrees`, `isnan`, `hypot` and `logaddexp` works with np.degrees, np.isnan, np.hypot and np.logaddexp alike.
# Seen with NumPy 2.3.5: np.degrees does. np.isnan, np.logaddexp and np.copysign have no loop for objects and raise TypeError without
# asking. np.hypot asks its first operand only, so a float there is asked for a method that no float has.
# The loops are listed in numpy/_core/code_generators/generate_umath.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.3.5 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import numpy as np


class Number:
    """A float that says which of its methods NumPy has called."""

    asked: list[str] = []

    def __init__(self, x: float) -> None:
        self.x = x

    def __getattr__(self, name):
        if name not in ("degrees", "isnan", "hypot", "logaddexp", "copysign"):
            raise AttributeError(name)
        return lambda *others: (Number.asked.append(name), Number(0.5))[1]


array = np.array([Number(0.0), Number(2.0)], dtype=object)
np.degrees(array)
assert Number.asked == ["degrees", "degrees"]
for f, others in ((np.isnan, ()), (np.logaddexp, (array,)), (np.copysign, (array,))):
    try:
        f(array, *others)
        raise SystemExit(f"{f.__name__} asks its elements now")
    except TypeError as error:
        print(f"{f.__name__}: {error}"[:110])
np.hypot(array, 2.0)
try:
    np.hypot(2.0, array)
    raise SystemExit("hypot asks its second operand now")
except (TypeError, AttributeError) as error:
    print(f"hypot: {error}"[:110])
print("NumPy", np.__version__)
PYTHON
"$folder/venv/bin/python" "$folder/show.py"
