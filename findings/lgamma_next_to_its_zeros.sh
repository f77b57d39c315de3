#!/usr/bin/env bash
# math.lgamma has no correct digit next to its zeros at 1 and 2, and SciPy's gammaln has none just above 1 and below 2.
#
# Guess, written down first: `math.lgamma` is right to a few units in the last place of its result, like the other functions of
# `math`, also near 1 and 2, where it passes through 0; and SciPy's `gammaln`, made for statistics, certainly is.
# Seen with CPython 3.11.7 and mpmath 1.3.0, SciPy 1.16.3: lgamma(1 + 2**-52) is -3.3e-16, the true value -1.28e-16, so it is
# wrong by more than itself. SciPy gives -2.2e-16 there, is right just above 2, and at 2 - 2**-52 gives +1.1e-16 where -9.4e-17 is
# true: the sign is wrong. CPython has a Lanczos sum of its own (Modules/mathmodule.c, m_lgamma) and bounds the absolute error, not the
# relative one. A gradient or a root search that passes a zero of lgamma sees the difference.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mpmath==1.3.0 scipy==1.16.3 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import math
import sys

import mpmath
from scipy.special import gammaln

mpmath.mp.dps = 50
off = {}
for x in (1.0 + 2.0**-52, 2.0 - 2.0**-52, 2.0 + 2.0**-51):
    true = mpmath.loggamma(mpmath.mpf(x))
    by_math, by_scipy = (abs((mpmath.mpf(float(f(x))) - true) / true) for f in (math.lgamma, gammaln))
    off[x] = float(by_math), float(by_scipy)
    print(f"{x!r}: true {float(true):.6e}, math.lgamma {math.lgamma(x):.6e}, scipy {float(gammaln(x)):.6e};"
          f" relative errors {off[x][0]:.1e}, {off[x][1]:.1e}")
print("Python", sys.version.split()[0])
assert min(m for m, _ in off.values()) > 0.5, "math.lgamma has digits next to its zeros now"
assert min(s for _, s in off.values()) < 1e-14
assert off[2.0 - 2.0**-52][1] > 1.0, "gammaln has the right sign just below 2 now"
PYTHON
"$folder/venv/bin/python" "$folder/show.py"
