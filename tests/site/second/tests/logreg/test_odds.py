"""Odds and chances."""

import numpy as np
import pytest
from logreg.odds import chance, odds


def test_even_log_odds_are_an_even_chance():
    assert chance(np.zeros(2)).tolist() == [0.5, 0.5]


def test_three_to_one():
    assert odds(0.75) == 3.0


def test_certainty_has_no_odds():
    with pytest.raises(ValueError, match="p is 1"):
        odds(1.0)
