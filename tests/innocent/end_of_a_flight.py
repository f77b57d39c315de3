"""A loop over the steps of a flight assigns the cost in each: the last one is meant, where it comes down."""

from autograd import Value, square

push = [Value(0.0, label=f"push_{k}") for k in range(6)]
for _ in range(60):
    at, speed = Value(0.0), Value(0.0)
    for p in push:
        speed = speed + 0.5 * p
        at = at + 0.5 * speed
        miss = square(at - 3.0) + square(speed)
    miss.backward()
    for p in push:
        p.data -= 0.05 * p.grad
        p.zero_grad()
