"""Odds and chances."""

import numpy as np

STEEPNESS = 2.0


def chance(x: np.ndarray) -> np.ndarray:
    """Logistic function: the chance that belongs to some log-odds.

        p = 1/(1 + exp(-kx))

    k is STEEPNESS.
    """
    result: np.ndarray = 1 / (1 + np.exp(-STEEPNESS * x))
    return result


def odds(p: float) -> float:
    """Odds that belong to a chance.

    Raises ValueError if p is no chance.
    """
    if not 0 <= p < 1:
        raise ValueError(
            f"p is {p}: a chance lies from 0 to 1, and certainty has no odds"
        )
    return p / (1 - p)
