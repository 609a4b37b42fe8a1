"""The best weights at once, without any steps: least squares."""

import numpy as np

from linreg.checks import (
    Array,
    Bias,
    Inputs,
    Targets,
    Weights,
    check_result,
    checked,
    refuse_too_few_rows,
)
from linreg.scaling import EPSILON, binary_unit, centre, column_means


def refuse_lost_digits(gram: Array) -> None:
    """Raise ValueError unless AᵀA keeps at least four digits of the weights."""
    check_result("AᵀA", gram)
    sizes = np.sqrt(np.diag(gram)).clip(min=1e-140)  # smaller squares lose digits
    spreads, mixtures = np.linalg.eigh(gram / np.outer(sizes, sizes))
    if spreads[0] < 1e4 * len(gram) * EPSILON:
        raise ValueError(
            f"AᵀA keeps fewer than four digits of the weight of column "
            f"{abs(mixtures[:-1, 0]).round(6).argmax()} of X, which is nearly "
            f"collinear with the others and the constant, or tiny: "
            f"use least_squares, or drop it"
        )


@checked("W", "b")
def normal_equations(X: Inputs, y: Targets) -> tuple[Weights, Bias]:
    """Solve least squares by the normal equations: the gradient is zero.

        AᵀA θ = Aᵀy, A = [X, 1], θ = [W; b]

    Short, but AᵀA doubles the digits that collinearity costs: see least_squares.
    Raises ValueError where fewer than four digits of the weights would be right.
    """
    refuse_too_few_rows(*X.shape)
    A = np.hstack([X, np.ones((len(X), 1))])  # (N, D + 1)
    refuse_lost_digits(A.T @ A)
    solution: Array = np.linalg.solve(A.T @ A, A.T @ y)  # (D + 1, 1)
    return solution[:-1], solution[-1]


def triangle(X: Array) -> Array:
    """Triangle R of the QR decomposition, X = QR with QᵀQ = I, so that RᵀR = XᵀX.

    By Cholesky decomposition of XᵀX, which is faster, where the columns are far from
    collinear. Otherwise block by block: R is that of the blocks' triangles.
    Shapes: X (N, D), centred; R (D, D).
    Source: Golub and Van Loan, Matrix Computations, sections 4.2 and 5.2.
    """
    gram = X.T @ X
    sizes = np.sqrt(np.diag(gram))
    if 1e-140 < sizes.min() and sizes.max() < 1e140:  # squares within float64
        correlations = gram / np.outer(sizes, sizes)
        if np.linalg.eigvalsh(correlations)[0] > 1e-4:
            return np.asarray(np.linalg.cholesky(correlations).T * sizes)
    blocks = np.array_split(X, len(X) // 4000 + 1)  # each fits in the processor's cache
    triangles = [np.linalg.qr(block, mode="r") for block in blocks]
    return np.asarray(np.linalg.qr(np.vstack(triangles), mode="r"))


def refuse_collinear(X: Array, R: Array, constant: str = " and the constant") -> None:
    """Raise ValueError if a mixture of X's columns varies by nothing but rounding.

    R is the triangle of X, centred; what rounding there is comes from X as it is.
    """
    sizes = np.hypot.reduce(np.vstack([len(X) ** 0.5 * column_means(X), R]))
    check_result("a column of X", sizes)
    spreads = np.hypot.reduce(R)
    for lengths, rounding in ((sizes, 16), (spreads, 16 + len(X) ** 0.5)):
        _, shares, mixtures = np.linalg.svd(R / np.where(lengths > 0, lengths, 1))
        if shares[-1] <= rounding * EPSILON:
            # Rounded, or else rounding would choose between equal ones.
            raise ValueError(
                f"column {abs(mixtures[-1]).round(6).argmax()} of X is collinear "
                f"with the others{constant}, so its weight could be anything: "
                f"drop it, or use ridge"
            )


@checked("W", "b")
def least_squares(X: Inputs, y: Targets) -> tuple[Weights, Bias]:
    """Solve least squares by QR decomposition, with iterative refinement.

        RᵀR W = Xᵀy
        b = ȳ - x̄W

    X and y are centred. What rounding leaves in the residual is solved for again.
    Raises ValueError if columns of X are collinear, or there are too few rows.
    Source: Björck, Linear Algebra and its Applications 88/89 (1987).
    """
    refuse_too_few_rows(*X.shape)
    X_centred, y_centred = centre(X), centre(y)
    R = triangle(X_centred)  # (D, D)
    refuse_collinear(X, R)
    W = refine(X_centred, y_centred, R)
    b = column_means(y) - column_means(X) @ W
    return W, b


def refine(X: Array, y: Array, R: Array) -> Array:
    """Solve RᵀR W = Xᵀy, and again for the residual that is left.

    Shapes: X (N, D), y (N, 1), R (D, D); W (D, 1).
    """
    unit = binary_unit(y)
    residual = y / unit
    inverse = np.linalg.inv(R)
    W = np.zeros((X.shape[1], 1))
    for _ in range(3):
        step = inverse @ (inverse.T @ (X.T @ residual))
        W += step
        if np.linalg.norm(R @ step) <= 1e-8 * np.linalg.norm(R @ W):
            break  # the next step would be as small against this one: rounding
        residual = y / unit - X @ W
    return W * unit
