"""examples/linear_algebra.py against NumPy's LAPACK on numbers, its gradients against the closed forms of matrix calculus."""

import itertools
from typing import Any

import numpy as np
import pytest

from autograd import ArgumentError, Value, check_gradients, derivative, grad, jacobian
from autograd import sum as total
from examples import linear_algebra
from examples.linear_algebra import det, inv, solve

RNG = np.random.default_rng(3)
SIZES = [1, 2, 3, 5, 8]


def matrix(n: int) -> Any:
    return RNG.normal(size=(n, n))


def of_values(numbers: Any) -> Any:
    return np.frompyfunc(Value, 1, 1)(numbers)


def numbers(values: Any) -> Any:
    return np.array([[v.data for v in row] if isinstance(row, list) else row.data for row in values])


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("listed", [True, False], ids=["lists", "arrays"])
def test_values_are_lapacks(n: int, listed: bool) -> None:
    A, b, B = matrix(n), RNG.normal(size=n), RNG.normal(size=(n, 2))
    V = of_values(A).tolist() if listed else of_values(A)
    assert numbers(solve(V, b)) == pytest.approx(np.linalg.solve(A, b), rel=1e-9)
    assert numbers(solve(V, B)) == pytest.approx(np.linalg.solve(A, B), rel=1e-9)
    assert numbers(inv(V)) == pytest.approx(np.linalg.inv(A), rel=1e-9)
    assert det(V).data == pytest.approx(np.linalg.det(A), rel=1e-9)
    assert solve(A, b) == pytest.approx(np.linalg.solve(A, b).tolist(), rel=1e-9)


@pytest.mark.parametrize("n", SIZES)
def test_gradients_are_the_closed_forms(n: int) -> None:
    A, b, g = matrix(n), RNG.normal(size=n), RNG.normal(size=n)
    inverse = np.linalg.inv(A)
    x = inverse @ b
    by_matrix, by_side = grad(lambda A, b: np.dot(g, solve(A, b)), argnums=(0, 1))(A, b)
    assert by_side == pytest.approx(inverse.T @ g, rel=1e-8)
    assert by_matrix == pytest.approx(-np.outer(inverse.T @ g, x), rel=1e-8)
    assert grad(det)(A) == pytest.approx(np.linalg.det(A) * inverse.T, rel=1e-8)
    trace = grad(lambda A: total(row[i] for i, row in enumerate(inv(A))))(A)
    assert trace == pytest.approx(-(inverse @ inverse).T, rel=1e-8)


def test_a_pivot_that_is_zero_needs_another_row() -> None:
    A = [[0.0, 2.0], [3.0, 1.0]]
    assert solve(A, [4.0, 5.0]) == [1.0, 2.0]
    assert det(A) == -6.0
    check_gradients(lambda A: solve(A, [4.0, 5.0]), A)


def test_the_gradient_of_a_singular_determinant_is_the_adjugate() -> None:
    A = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]
    cofactors = [
        [
            (-1) ** (i + j) * np.linalg.det(np.delete(np.delete(np.array(A), i, 0), j, 1))
            for j in range(3)
        ]
        for i in range(3)
    ]  # fmt: skip
    assert det(A) == 0.0
    assert np.array(grad(det)(A)) == pytest.approx(np.array(cofactors), rel=1e-12)


def test_forward_mode_goes_through_an_elimination() -> None:
    slope = derivative(lambda t: det([[t, 1.0, t], [2.0, t, 1.0], [1.0, 1.0, t * t]]))(1.5)
    assert slope == pytest.approx(4 * 1.5**3 - 6 * 1.5 + 1.0, rel=1e-13)  # t**4 - 3*t**2 + t + 1
    reverse = jacobian(lambda t: solve([[t[0], 1.0], [2.0, t[0]]], [1.0, 0.0]))([1.5])
    t, d = 1.5, 1.5**2 - 2.0
    assert np.array(reverse) == pytest.approx(np.array([[1 / d - 2 * t * t / d**2], [4 * t / d**2]]), rel=1e-12)


def test_what_cannot_be_solved_is_refused() -> None:
    with pytest.raises(ArgumentError, match="column 2 depends"):
        solve([[1.0, 2.0], [2.0, 4.0]], [1.0, 1.0])
    for A in ([[1.0, 2.0]], [], [[1.0], [2.0, 3.0]]):
        with pytest.raises(ArgumentError, match="square"):
            det(A)
    with pytest.raises(ArgumentError, match="2 equations but 1"):
        solve([[1.0, 2.0], [3.0, 4.0]], [1.0])


def test_the_example_prints_the_compliance_of_springs(capsys: pytest.CaptureFixture[str]) -> None:
    # In a row their compliances add up: u = 1/k_1 + 1/k_2 + 1/k_3, so du/dk_i = -1/k_i**2.
    assert linear_algebra.main() == pytest.approx([-1 / 4, -1.0, -1 / 16], rel=1e-14)
    printed = capsys.readouterr().out
    assert "0.5000   1.5000   1.7500" in printed
    assert "[[0.0, 1.0], [1.0, 0.0]]" in printed


def test_the_table_of_signs_of_permutations() -> None:
    """The determinant of a permutation is its sign: the definition, on all permutations of four."""
    for order in itertools.permutations(range(4)):
        inversions = sum(order[i] > order[j] for i, j in itertools.combinations(range(4), 2))
        assert det([[float(order[i] == j) for j in range(4)] for i in range(4)]) == (-1) ** inversions
