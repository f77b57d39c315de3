"""The exponent of a peak is divided by 2 and multiplied by the square of its width: the parentheses are missing."""
# diagnose: missing parentheses

from autograd import Value, exp, mean, square

centre, width = Value(0.8, label="centre"), Value(0.7, label="width")
places = [0.2 * k for k in range(11)]


def peak(x):
    return exp(-((x - centre) ** 2) / 2 * width**2)  # <- here


for _ in range(120):
    cost = mean([square(peak(x) - exp(-((x - 1.0) ** 2) / 0.5)) for x in places])
    cost.backward()
    for p in (centre, width):
        p.data -= 0.3 * p.grad
        p.zero_grad()
