"""A script that says how it was called, and exits with a status."""

import os
import sys

from autograd import Value

(Value(2.0, label="x") * 3.0).backward()
print(sys.argv[1:], os.getcwd(), os.environ.get("COLOUR"), __name__)
sys.exit(7)
