"""Warnings about rows: which lie far from the line or move it, and which beyond it."""

import numpy as np
from scipy.special import fdtr

from linreg.checks import Array
from linreg.design_matrix import Design
from linreg.single_rows import cooks_distance, outlier_test
from linreg.table_warnings import Finding, Fit
from linreg.uncertainty import leverage

CHANCE = 0.01  # of any row so far from the line in a table where nothing is wrong
EDGE = 0.8  # level of the confidence region whose edge a single row may move W and b to


def find_outlier(fit: Fit) -> Finding | None:
    """A row that lies farther from the line of all others than noise would put any."""
    design = fit.design
    t, p = outlier_test(design.X, design.y, fit.W, fit.b)
    far = abs(t)
    row = int(np.argmax(far >= 0.999999 * far.max()))  # of equal ones the first
    if p[row] >= CHANCE:
        return None
    sentence = (
        f"Line {design.table.lines[design.rows[row]]} of the file lies far from the line: "
        f"{far[row]:.3g} standard deviations of the others' noise (p = {p[row]:.2g} after "
        f"Bonferroni's correction, if noise is normal and of one size). Is it right?"
    )
    return Finding("outlier", sentence, float(t[row]), "how-sure.md#one-wild-point")


def find_influence(fit: Fit) -> Finding | None:
    """A row that decides the result alone, by Cook's distance.

    Without it the coefficients move to the edge of the confidence region of level
    P(F distribution with D + 1 and N - D - 1 degrees of freedom ≤ distance).
    """
    design = fit.design
    distance = cooks_distance(design.X, design.y, fit.W, fit.b)
    row = int(np.argmax(distance >= 0.999999 * distance.max()))  # as above
    num_fitted = len(fit.W) + 1
    edge = float(fdtr(num_fitted, len(distance) - num_fitted, distance[row]))
    if edge <= EDGE:
        return None
    sentence = (
        f"Line {design.table.lines[design.rows[row]]} of the file decides much alone: "
        f"without it the coefficients move to the edge of their {100 * edge:.3g}% "
        f"confidence region (Cook's distance {distance[row]:.2g}). Is it right?"
    )
    number = float(distance[row])
    return Finding("influence", sentence, number, "how-sure.md#one-wild-point")


def find_extrapolation(design: Design, X_new: Array) -> Finding | None:
    """A new row outside of what was seen: in one feature, or in their combination."""
    low, high = design.X.min(axis=0), design.X.max(axis=0)
    outside = np.flatnonzero((X_new[0] < low) | (X_new[0] > high))
    ratio = float(leverage(X_new, design.X)[0] / leverage(design.X, design.X).max())
    if not outside.size and ratio <= 1:
        return None
    where = [
        f"{design.names[k]!r} was between {low[k]:.6g} and {high[k]:.6g}"
        for k in outside
    ]
    sentence = (
        f"This is extrapolation, with {ratio:.2g} times the largest leverage among the "
        f"rows: {', '.join(where) or 'no row combines such values'}. Is the line still one?"
    )
    return Finding("extrapolation", sentence, ratio, "how-sure.md#a-new-reading")
