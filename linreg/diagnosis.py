"""Warnings about a fit: what its residuals make doubtful, in words, and all of them."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from linreg.answers import effects
from linreg.design_matrix import Design
from linreg.residual_tests import (
    breusch_godfrey_test,
    durbin_watson,
    koenker_test,
    reset_test,
)
from linreg.row_warnings import find_influence, find_outlier
from linreg.table_warnings import (
    Finding,
    Fit,
    find_collinearity,
    find_duplicates,
    find_few_rows,
    find_leak,
    find_two_values,
    fit_line,
)

RARE = 0.01  # p-value below which chance is no explanation
LITTLE = 0.01  # share that must be explained, too, for it to matter


def find_curvature(fit: Fit) -> Finding | None:
    """A bend that the line leaves in the residuals, by RESET."""
    X, y = fit.design.X, fit.design.y
    F, p = reset_test(X, y)
    freedom = max(len(X) - X.shape[1] - 3, 1)
    share = 2 * F / (2 * F + freedom)  # of the squared residuals
    if p > RARE or share < LITTLE:
        return None
    sentence = (
        f"The relation may bend: squares and cubes of the prediction explain "
        f"{100 * share:.0f}% of what the line leaves (RESET, p = {p:.2g}). Try a power or "
        f"a logarithm. Unequal spread or a single wild row does this, too."
    )
    return Finding("curvature", sentence, p, "coefficients.md#powers-and-logarithms")


def find_unequal_spread(fit: Fit) -> Finding | None:
    """Noise whose size depends on the features, by Koenker's test."""
    X, y = fit.design.X, fit.design.y
    LM, p = koenker_test(X, y, fit.W, fit.b)
    if p > RARE or LM / len(X) < LITTLE:
        return None
    widths = {
        e.name: (e.robust_high - e.robust_low) / (e.high - e.low)
        for e in effects(fit.design)
    }
    name = max(widths, key=lambda name: abs(np.log(widths[name])))
    sentence = (
        f"Squared residuals go with the features (Koenker's test, p = {p:.2g}): unequal "
        f"noise, or a wrong shape. If the shape is right, trust the robust intervals (HC3). "
        f"That of {name!r} is {widths[name]:.2g} times as wide."
    )
    return Finding("unequal spread", sentence, p, "how-sure.md#noise-of-unequal-size")


def find_memory(fit: Fit, order: NDArray[np.int64]) -> Finding | None:
    """Residuals that follow from those before them in some order, by Breusch and Godfrey.

    In an order of the target itself neighbours are alike anyway, and nothing is said.
    """
    X, y = fit.design.X[order], fit.design.y[order]
    steps = np.diff(y[:, 0])
    LM, p = breusch_godfrey_test(X, y, fit.W, fit.b)
    is_sorted = (steps >= 0).all() or (steps <= 0).all()
    if p > RARE or LM / len(X) < LITTLE or is_sorted:
        return None
    d = durbin_watson(fit.residual[order])
    how, so = "resembles", "the intervals may be too narrow"
    if d > 2:
        how, so = "opposes", "the intervals can't be trusted"
    sentence = (
        f"A residual {how} the one before it (Durbin-Watson {d:.2f}, 2 without memory; "
        f"p = {p:.2g}): {so}. Are rows in order of time? In sorted rows a bend does this."
    )
    return Finding("memory", sentence, d, "how-sure.md#look-at-the-residuals")


def diagnose(design: Design, order: NDArray[np.int64] | None = None) -> list[Finding]:
    """All warnings on a design, with its rows in an order, by default that of the file.

    Where the target is given away, the others would be about rounding.
    """
    fit = fit_line(design)
    leak = find_leak(fit)
    if leak:
        return [leak]
    rows = np.arange(len(design.X)) if order is None else order
    searches: list[Callable[[Fit], Finding | None]] = [
        find_two_values,
        find_few_rows,
        find_duplicates,
        find_outlier,
        find_influence,
        find_curvature,
        find_unequal_spread,
        find_collinearity,
        partial(find_memory, order=rows),
    ]
    return [finding for search in searches if (finding := search(fit))]
