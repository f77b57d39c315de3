"""A neuron and its cost: three lines make values, the fourth walks back."""

from autograd import Value, tanh

w, x, b = Value(-3.0, label="w"), Value(2.0, label="x"), Value(6.5, label="b")
z = w * x + b
z.label = "z"
a = tanh(z)
a.label = "a"
C = (a - 1.0) ** 2
C.label = "C"
C.backward()
print("dC/dw =", round(w.grad, 6))
