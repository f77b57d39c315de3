"""The line for y has y everywhere."""

from autograd import Value, mean, sqrt, square


class Post:
    def __init__(self, x, y, distance):
        self.x, self.y, self.distance = x, y, distance


posts = [Post(0.0, 0.0, 2.75), Post(4.0, 0.5, 1.46), Post(3.5, 3.0, 2.28), Post(0.2, 2.8, 3.06)]
x, y = Value(1.5, label="x"), Value(1.5, label="y")
for _ in range(30):
    errors = []
    for post in posts:
        dx = x - post.x
        dy = y - post.y
        errors.append(square(sqrt(dx * dx + dy * dy) - post.distance))
    cost = mean(errors)
    cost.backward()
    for p in (x, y):
        p.data -= 0.1 * p.grad
        p.zero_grad()
