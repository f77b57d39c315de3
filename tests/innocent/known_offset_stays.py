"""An offset that is known from a data sheet: its gradient is zeroed with the others, and no step changes it."""

from autograd import Value, mean, square

offset, gain = Value(0.12, label="offset of the data sheet"), Value(1.0, label="gain")
raw = [0.05 * k for k in range(30)]
for _ in range(60):
    mean([square(offset + gain * x - (0.12 + 1.08 * x)) for x in raw]).backward()
    gain.data -= 0.5 * gain.grad
    for p in (offset, gain):
        p.zero_grad()
