"""Solving linear equations, determinants and inverses of `Value`s: what np.linalg does on floats only, to be differentiated.

    python -m examples.linear_algebra

Matrices are lists of rows or NumPy arrays, of `Value`s, numbers and both; the results are lists. NumPy hands matrices to
LAPACK, which knows floats alone; Gauss's elimination is ten lines, and its derivative comes by itself.
"""

from collections.abc import Sequence
from typing import Any

from autograd import ArgumentError, Value, detach, dot, hessian
from autograd import sum as total

Vector = Sequence[Any]
Matrix = Sequence[Sequence[Any]]


def _square(A: Matrix) -> list[list[Any]]:
    """The rows of a square matrix, as lists of its own.

    Raises:
        ArgumentError: it is not square.
    """
    rows = [list(row) for row in A]
    if not rows or any(len(row) != len(rows) for row in rows):
        raise ArgumentError(f"a square matrix is needed, got {len(rows)} rows of {sorted({len(row) for row in rows})} numbers")
    return rows


def solve(A: Matrix, b: Any) -> list[Any]:
    """The x with A x = b, by elimination with the largest pivot of each column.

    Args:
        A: a square matrix.
        b: a vector, or a matrix whose columns are solved for together.

    Raises:
        ArgumentError: A is not square or singular, or b has another length.
    """
    rows, n = _square(A), len(A)
    if len(b) != n:
        raise ArgumentError(f"{n} equations but {len(b)} right-hand sides")
    wide = hasattr(b[0], "__len__")
    right = [list(row) if wide else [row] for row in b]
    for k in range(n):
        # The choice of a pivot is a choice between numbers: the result does not depend on it, nor does its derivative.
        pivot = max(range(k, n), key=lambda i: abs(detach(rows[i][k])))
        rows[k], rows[pivot], right[k], right[pivot] = rows[pivot], rows[k], right[pivot], right[k]
        if not abs(detach(rows[k][k])) > 0.0:
            raise ArgumentError(f"the matrix is singular: column {k + 1} depends on those before it")
        for i in range(k + 1, n):
            factor = rows[i][k] / rows[k][k]
            rows[i] = [u - factor * v for u, v in zip(rows[i], rows[k], strict=True)]
            right[i] = [u - factor * v for u, v in zip(right[i], right[k], strict=True)]
    x: list[list[Any]] = [[] for _ in range(n)]
    for i in reversed(range(n)):
        known = [dot(rows[i][i + 1 :], [x[j][c] for j in range(i + 1, n)]) for c in range(len(right[i]))]
        x[i] = [(u - v) / rows[i][i] for u, v in zip(right[i], known, strict=True)]
    return x if wide else [row[0] for row in x]


def inv(A: Matrix) -> list[list[Any]]:
    """The inverse of a square matrix.

    Raises:
        ArgumentError: it is not square, or singular.
    """
    n = len(A)
    return solve(A, [[float(i == j) for j in range(n)] for i in range(n)])


def det(A: Matrix) -> Any:
    """The determinant, without a division (Bird 2011): the derivatives are right where the matrix is singular, too.

    n**4 operations: for matrices of up to a dozen rows.
    """
    rows, n = _square(A), len(A)
    X = rows
    for _ in range(n - 1):
        below = [total(X[j][j] for j in range(i + 1, n)) for i in range(n)]
        upper = [[0.0] * i + [-below[i]] + X[i][i + 1 :] for i in range(n)]
        X = [[dot(row, [rows[k][j] for k in range(n)]) for j in range(n)] for row in upper]
    return X[0][0] if n % 2 else -X[0][0]


def main() -> list[float]:
    """Three springs in a row, fixed at one end and pulled at the other: how the far end answers to each spring.

    Returns:
        d(displacement of the far end)/d(stiffness) of each spring.
    """
    k = [Value(stiffness, label=f"k_{i}") for i, stiffness in enumerate((2.0, 1.0, 4.0), start=1)]
    K: Matrix = [[k[0] + k[1], -k[1], 0.0], [-k[1], k[1] + k[2], -k[2]], [0.0, -k[2], k[2]]]
    u = solve(K, [0.0, 0.0, 1.0])
    u[2].backward()
    print("displacements          ", " ".join(f"{v.data:8.4f}" for v in u))
    print("d(last)/d(stiffness)   ", " ".join(f"{v.grad:8.4f}" for v in k))
    print("det K                  ", f"{det(K).data:8.4f}")
    curvature = hessian(lambda s: det([[s[0] + s[1], -s[1]], [-s[1], s[1]]]))([2.0, 1.0])
    print("Hessian of k_1*k_2     ", curvature)
    return [v.grad for v in k]


if __name__ == "__main__":
    main()
