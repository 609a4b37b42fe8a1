"""The best line at once, without any steps: least squares."""

import numpy as np

from linreg.checks import check_matrices, check_results, check_shape


def normal_equations(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Solve the condition that the gradient is zero, as it stands.

        AᵀA θ = Aᵀy, A = [X, 1], θ = [W; b]

    Short, but AᵀA doubles the digits that nearly equal columns cost: see least_squares.
    Shapes: X (N, D), y (N, 1); W (D, 1), b (1,).
    Raises ValueError if the data leave a weight undetermined, or AᵀA has no inverse.
    """
    check_matrices(X=X, y=y)
    check_shape((len(X), 1), y=y)
    triangle(X, X.shape[1])  # sees columns that follow from others; AᵀA may not
    A = np.hstack([X, np.ones((len(X), 1))])  # (N, D + 1)
    gram, moments = A.T @ A, A.T @ y
    check_results(gram=gram, moments=moments)
    try:
        solution = np.linalg.solve(gram, moments)  # (D + 1, 1)
    except np.linalg.LinAlgError as error:
        raise ValueError(
            "AᵀA has no inverse once it is rounded: "
            "use least_squares, or rescale the data"
        ) from error
    check_results(solution=solution)
    return solution[:-1], solution[-1]


def least_squares(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn the columns until a triangle is left, and solve that.

        R W = Qᵀy
        b = ȳ - x̄W

    X and y are centred, and X = QR with QᵀQ = I, so XᵀX is never formed.
    Shapes: X (N, D), y (N, 1); W (D, 1), b (1,).
    Raises ValueError if the data leave a weight undetermined.
    Source: Golub and Van Loan, Matrix Computations, section 5.3.
    """
    check_matrices(X=X, y=y)
    check_shape((len(X), 1), y=y)
    R = triangle(np.hstack([X, y]), X.shape[1])  # (D + 1, D + 1)
    W = np.linalg.solve(R[:-1, :-1], R[:-1, -1:])  # the last column of R holds Qᵀy
    b = column_means(y) - column_means(X) @ W
    check_results(W=W, b=b)
    return W, b


def column_means(X: np.ndarray) -> np.ndarray:
    """Average each column, several times as fast as X.mean(axis=0) if X is narrow.

        x̄ = Σx / N

    The sum is a product with a row of ones. Shapes: X (N, D); result (D,).
    """
    means: np.ndarray = np.ones(len(X)) @ X / len(X)
    return means


def triangle(X: np.ndarray, num_features: int) -> np.ndarray:
    """Centre columns and reduce them to the triangle R of X = QR: all their products.

    Block by block: what is left of X is the triangle of the blocks' triangles.
    Shapes: X (N, D or more), of which the first D are features; R (columns, columns).
    Raises ValueError if a feature follows from others, or there are too few rows.
    """
    if len(X) <= num_features:
        raise ValueError(
            f"{len(X)} rows are too few for {num_features} weights and a bias: "
            f"add rows, drop columns, or use ridge"
        )
    mean = column_means(X)
    blocks = np.array_split(X, len(X) // 4000 + 1)  # each fits in the processor's cache
    triangles = [np.linalg.qr(block - mean, mode="r") for block in blocks]
    R = np.asarray(np.linalg.qr(np.vstack(triangles), mode="r"))
    check_results(R=R)
    # The lengths that the columns had before they were centred.
    sizes = np.hypot.reduce(np.vstack([len(X) ** 0.5 * mean, R]))[:num_features]
    sizes[sizes == 0] = 1
    features = R[:num_features, :num_features] / sizes
    _, spreads, mixtures = np.linalg.svd(features)  # the last mixture varies least
    if spreads[-1] <= len(X) * np.finfo(float).eps:  # by rounding only
        raise ValueError(
            f"column {abs(mixtures[-1]).argmax()} of X follows from the others and a "
            f"constant, so its weight could be anything: drop it, or use ridge"
        )
    return R
