"""A script that raises after its pass, having written to standard error."""

import sys

from autograd import Value

x = Value(2.0, label="x")
(x * x).backward()
print("to stderr", file=sys.stderr)
raise ValueError("the script's own")
