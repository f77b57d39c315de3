#!/usr/bin/env bash
# autograd (HIPS): chi2.pdf and chi2.logpdf have gradient 0 in x wherever the degrees of freedom are no whole number.
#
# Guess, written down first: the degrees of freedom of a chi-squared distribution may be any number above 0 (they are fractions after a
# Satterthwaite correction), and the value of chi2.logpdf takes any; so its slope in x, (df - 2 - x)/(2*x), is there for all of them. What
# autograd cannot differentiate, the degrees of freedom themselves, is an error.
# Seen with autograd 1.9.1: right at df = 3 and 4, and exactly 0 at df = 3.2, for every x, without a warning. grad_chi2_logpdf
# asks df % 1 == 0 and gives 0 otherwise, as the rule of the Poisson distribution asks of k, which counts. chi2.cdf asks no such thing and is
# right, so the slope of the cdf and the pdf agree while the pdf claims to be flat; and the gamma distribution of shape df/2, of
# which this is a case, has the right slope. A descent on x stops where it begins, and in a sum the term is missing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check autograd==1.9.1 scipy==1.17.1 numpy==2.4.6 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
from importlib.metadata import version

import autograd.numpy as np
from autograd import grad
from autograd.scipy.stats import chi2, gamma

for df in (3.0, 3.2, 3.999, 4.0):
    for x in (0.5, 6.0):
        right = (df - 2 - x) / (2 * x)
        h = 1e-5
        quotient = (chi2.logpdf(x + h, df) - chi2.logpdf(x - h, df)) / (2 * h)
        found = grad(chi2.logpdf)(x, df)
        density = grad(chi2.pdf)(x, df)
        print(f"df {df}, x {x}: slope of logpdf {found:.6f}, of pdf {density:.6f}, right {right:.6f} and {right * chi2.pdf(x, df):.6f}")
        assert abs(quotient - right) < 1e-7, "the value has changed"
        if df % 1:
            assert found == density == 0.0, f"the slope for {df} degrees has changed"
        else:
            assert abs(found - right) < 1e-12 and abs(density - right * chi2.pdf(x, df)) < 1e-12
        assert abs(grad(chi2.cdf)(x, df) - chi2.pdf(x, df)) < 1e-12, "the slope of the cdf has changed"
        as_gamma = grad(lambda x: gamma.logpdf(x / 2, df / 2))(x)
        assert abs(as_gamma - right) < 1e-12, "the gamma distribution has changed"

both = grad(lambda x: np.sum(chi2.logpdf(x, np.array([4.0, 3.2]))))(1.0)
print(f"a sum over 4 and 3.2 degrees at 1: {both}, right {0.5 + 0.1}")
assert abs(both - 0.5) < 1e-12
try:
    grad(chi2.logpdf, 1)(1.0, 3.2)
except NotImplementedError as error:
    print("in the degrees:", error)
else:
    raise SystemExit("there is a slope in the degrees now")
print("autograd", version("autograd"))
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/show.py"
