"""Categories and interactions as columns of numbers."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from linreg.checks import Array, Inputs, checked


def refuse_bad_levels(levels: list[str]) -> None:
    """Refuse levels that leave nothing to compare, or that are listed twice.

    Raises TypeError for what is no list of strings, ValueError for the rest.
    """
    if not isinstance(levels, list):
        kind = type(levels).__name__
        raise TypeError(
            f"levels is a {kind}, not a list: try sorted(set(values.tolist()))"
        )
    for level in levels:
        if not isinstance(level, str):
            raise TypeError(f"levels holds {level!r}, not a string: try str({level!r})")
        if levels.count(level) > 1:
            raise ValueError(f"levels lists {level!r} twice: list each level once")
    if len(levels) < 2:
        raise ValueError(
            f"levels is {levels}: a category needs at least two levels to compare"
        )


def refuse_unknown(values: NDArray[np.str_], levels: list[str]) -> None:
    """Refuse a value that is not among the levels.

    Raises TypeError for values that are not strings, ValueError for the rest.
    """
    if type(values) is not np.ndarray or values.dtype.kind != "U":
        is_array = type(values) is np.ndarray
        kind = values.dtype if is_array else type(values).__name__
        raise TypeError(
            f"values holds {kind}, not strings: try np.array(values, dtype=str)"
        )
    if values.ndim != 1:
        raise ValueError(
            f"values has shape {values.shape}, but must be flat: try values.ravel()"
        )
    if values.size == 0:
        raise ValueError("values is empty: it needs at least one value")
    unknown = np.flatnonzero(~np.isin(values, levels))
    if unknown.size:
        raise ValueError(
            f"row {unknown[0]} of values is {str(values[unknown[0]])!r}, which is none "
            f"of the levels {levels}: the model has no coefficient for it"
        )


def indicators(values: NDArray[np.str_], levels: list[str]) -> Array:
    """Code a category as indicator columns, one for each level but the first.

    A column is 1 where the value is its level, and 0 elsewhere. The first level is the reference: a coefficient is the difference from it. A value
    that is none of the levels is refused. Shapes: values (N,); result (N, levels - 1).
    """
    refuse_bad_levels(levels)
    refuse_unknown(values, levels)
    columns: Array = (values.reshape(-1, 1) == np.array(levels[1:])).astype(float)
    return columns


@checked("products")
def interactions(X: Inputs, Z: Annotated[Array, "N K"]) -> Array:
    """Interactions: each column of X times each column of Z, x_j · z_k.

    The coefficient of a product says by how much the slope of one column changes for
    one unit of the other. Shapes: Z (N, K), result (N, D K), in the order x₁z₁, x₁z₂,
    ..., x₂z₁, ...
    """
    products: Array = (X[:, :, None] * Z[:, None, :]).reshape(len(X), -1)
    return products
