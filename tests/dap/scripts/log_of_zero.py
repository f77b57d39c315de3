"""The logarithm of 0: the gradient of p is nan, and the value it comes from is -inf."""

from autograd import Value, log

p = Value(0.0, label="p")
q = log(p)
q.label = "q"
C = q * 0.0
C.label = "C"
C.backward()
