"""The gradient of a sample far off is dropped."""

from autograd import Value, square

w = Value(0.0, label="w")
for k in range(24):
    square(w * 1.0 - (50.0 if k % 6 == 0 else 2.0)).backward()
    if abs(w.grad) > 20.0:
        w.grad = 0.0
    w.data -= 0.1 * w.grad
    w.zero_grad()
