"""Two of the weights belong to words that are in none of the texts."""

from autograd import Value, mean, softplus

w = {word: Value(0.0, label=f"w_{word}") for word in ("good", "bad", "fine", "awful", "odd", "rare")}
b = Value(0.0, label="b")
texts = [("good fine", 1), ("bad", 0), ("awful bad", 0), ("good", 1), ("fine", 1), ("awful", 0)]
for _ in range(40):
    costs = []
    for text, label in texts:
        z = b
        for word in text.split():
            z = z + w[word]
        costs.append(softplus(z) - label * z)
    cost = mean(costs)
    cost.backward()
    for p in (*w.values(), b):
        p.data -= 0.5 * p.grad
        p.zero_grad()
