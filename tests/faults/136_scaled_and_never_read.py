"""The year is scaled, and the model is given the year itself."""
# diagnose: never read

from autograd import Value, mean, square

years, rents = [1950.0, 1960.0, 1970.0, 1980.0, 1990.0, 2000.0], [5.1, 5.9, 7.2, 8.1, 8.8, 10.1]
w, b = Value(0.5, label="w"), Value(0.0, label="b")
for _ in range(30):
    errors = []
    for year, rent in zip(years, rents, strict=True):
        age = (year - 1975.0) / 25.0  # <- here
        errors.append(square(w * year + b - rent))
    cost = mean(errors)
    cost.backward()
    for p in (w, b):
        p.data -= 0.3 * p.grad
        p.zero_grad()
