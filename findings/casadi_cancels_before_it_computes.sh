#!/usr/bin/env bash
# CasADi's SX gives numbers where floating point has nan: sqrt(x)**2 at -1 is -1, x/x at 0 is 1, x*0 and x - x at inf are 0.
#
# Guess, written down first: a Function of CasADi computes the expression that was written, operation by operation, in IEEE 754
# arithmetic, so it is nan where the same line of Python is nan; simplifying is something one asks for (ca.simplify).
# Seen with CasADi 3.8.2: expressions are rewritten while they are built. sqrt(x)**2 becomes x and sqrt(x**2) becomes fabs(x),
# x/x becomes 1, x - x and x*0 become 0; the function has one operation or none, and the domain of the original is gone. Two engines
# that are compared bit for bit have to be compared where no such pair occurs, and a nan that Python's floats show is not seen.
# With GlobalOptions.setSimplificationOnTheFly(False) the operations stay, and so does the nan.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check casadi==3.8.2 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import math

import casadi as ca

EXPRESSIONS = {
    "sqrt(x)**2": (lambda x: ca.sqrt(x) ** 2, -1.0, -1.0),
    "x/x": (lambda x: x / x, 0.0, 1.0),
    "x*0": (lambda x: x * 0, math.inf, 0.0),
    "x - x": (lambda x: x - x, math.inf, 0.0),
}


def value(f, at):
    x = ca.SX.sym("x")
    made = ca.Function("f", [x], [f(x)])
    return float(made(at)), str(f(x))


for name, (f, at, seen) in EXPRESSIONS.items():
    number, written = value(f, at)
    print(f"{name} at {at}: {number}, kept as {written!r}")
    assert number == seen, f"{name} has changed"
ca.GlobalOptions.setSimplificationOnTheFly(False)
for name, (f, at, _) in EXPRESSIONS.items():
    number, written = value(f, at)
    print(f"{name} at {at}, without simplification: {number}, kept as {written!r}")
    assert math.isnan(number), f"{name} without simplification has changed"
print("CasADi", ca.__version__)
PYTHON
"$folder/venv/bin/python" "$folder/show.py"
