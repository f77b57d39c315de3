"""The angles are degrees, and a sine takes radians."""

import math

from autograd import Value, mean, sin, square

angles = [15.0 * k for k in range(24)]
heights = [2 * math.sin(math.radians(a) + 0.3) for a in angles]
size, speed, shift = Value(0.5, label="w_1"), Value(1.0, label="w_2"), Value(0.0, label="w_3")
for _ in range(80):
    waves = [size * sin(speed * math.radians(a) + shift) for a in angles]
    cost = mean([square(f - y) for f, y in zip(waves, heights, strict=True)])
    cost.backward()
    for p in (size, speed, shift):
        p.data -= 0.03 * p.grad
        p.zero_grad()
