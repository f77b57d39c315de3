"""A script that forgets to call backward()."""

from autograd import Value

C = Value(2.0, label="C") ** 2
