"""Three moves are planned anew from a state that moves on, so that each pass has a cost of its own: predictive control."""

from autograd import Value, square

moves = [Value(0.0, label=f"u_{i}") for i in range(3)]
state = 5.0
for _ in range(12):
    for _ in range(8):
        position, cost = state, 0.0
        for u in moves:
            position = position + u
            cost = cost + square(position) + 0.5 * square(u)
        cost.backward()
        for u in moves:
            u.data -= 0.08 * u.grad
            u.zero_grad()
    state += moves[0].data
    moves[0].data, moves[1].data, moves[2].data = moves[1].data, moves[2].data, 0.0
