"""A script that never ends, and passes backward over and over."""

import time

from autograd import Value

x = Value(2.0, label="x")
while True:
    (x * x).backward()
    time.sleep(0.01)
