"""The lesson's data scatter around their line, and a split deals out every row once."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linreg.data import (
    NUM_SAMPLES,
    SEED,
    TEST_SIZE,
    TRAIN_SIZE,
    VAL_SIZE,
    generate_data,
    train_val_test_split,
)

SEEDS = st.integers(0, 2**32 - 1)
X10 = np.arange(20.0).reshape(10, 2)
Y10 = np.arange(10.0).reshape(10, 1)


def split(X=X10, y=Y10, train_size=0.6, val_size=0.2, test_size=0.2, seed=0):
    return train_val_test_split(
        X, y, train_size, val_size, test_size, np.random.RandomState(seed)
    )


def test_the_seed_lesson_is_reproduced():
    # Printed by the original: "Linear regression - Made With ML", Goku Mohandas, 2021.
    rng = np.random.RandomState(SEED)
    X, y = generate_data(NUM_SAMPLES, rng)
    printed = [[0, -4.25441649], [1, 12.16326313], [2, 10.13183217], [3, 24.06075751]]
    printed += [[4, 27.39927424]]
    np.testing.assert_array_equal(np.round(np.hstack([X, y])[:5], 8), printed)
    parts = train_val_test_split(X, y, TRAIN_SIZE, VAL_SIZE, TEST_SIZE, rng)
    assert [len(part) for part in parts] == [35, 7, 8] * 2


@given(seed=SEEDS, num_samples=st.integers(1, 200))
def test_every_point_lies_within_the_noise_around_the_line(seed, num_samples):
    X, y = generate_data(num_samples, np.random.RandomState(seed))
    assert X.shape == y.shape == (num_samples, 1)
    assert X.dtype == y.dtype == np.float64
    assert X.ravel().tolist() == list(range(num_samples))
    noise = y - 3.5 * X
    assert -10 - 1e-9 <= noise.min() <= noise.max() <= 20 + 1e-9


@given(seed=SEEDS)
def test_the_noise_is_uniform_around_five(seed):
    # Uniform between -10 and 20: mean 5, standard deviation 30 / sqrt(12) = 8.66.
    # Of 20 000 draws the mean strays by 0.06, the standard deviation by less; never 0.5.
    X, y = generate_data(20_000, np.random.RandomState(seed))
    noise = y - 3.5 * X
    assert abs(noise.mean() - 5) < 0.5
    assert abs(noise.std() - 8.66) < 0.5


@given(seed=SEEDS)
def test_the_generator_alone_decides_what_is_drawn(seed):
    global_state = np.random.get_state()[1].copy()
    first, second = (generate_data(10, np.random.RandomState(seed)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    for first, second in zip(split(seed=seed), split(seed=seed), strict=True):
        np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(np.random.get_state()[1], global_state)


def test_bad_numbers_of_samples_are_refused(bad_count):
    with pytest.raises(bad_count.error, match=f"^num_samples {bad_count.match}"):
        generate_data(bad_count.value, np.random.RandomState(0))


@given(
    seed=SEEDS,
    num_samples=st.integers(1, 120),
    cuts=st.lists(st.integers(1, 99), min_size=2, max_size=2, unique=True).map(sorted),
)
# 0.29 * 100 is 28.999999999999996 and (0.01 + 0.06) * 100 is 6.999999999999999.
@example(seed=0, num_samples=100, cuts=[29, 59])
@example(seed=0, num_samples=100, cuts=[1, 7])
def test_a_split_deals_out_every_row_once(seed, num_samples, cuts):
    X = np.arange(2.0 * num_samples).reshape(-1, 2)
    y = 10 * X[:, :1]
    first, second = cuts  # in percent
    sizes = first / 100, (second - first) / 100, (100 - second) / 100
    train_end, val_end = num_samples * first // 100, num_samples * second // 100
    lengths = [train_end, val_end - train_end, num_samples - val_end]
    if 0 in lengths:
        name = ("train", "val", "test")[lengths.index(0)]
        match = rf"^the {name} set is empty: {num_samples} rows are too few"
        with pytest.raises(ValueError, match=match):
            split(X, y, *sizes, seed)
        return
    parts = split(X, y, *sizes, seed)
    assert [len(part) for part in parts] == lengths * 2
    for X_part, y_part in zip(parts[:3], parts[3:], strict=True):
        np.testing.assert_array_equal(y_part, 10 * X_part[:, :1])  # still paired
    dealt = np.vstack(parts[:3])
    np.testing.assert_array_equal(dealt[dealt[:, 0].argsort()], X)


def test_every_row_can_land_in_every_set():
    # In 200 shuffles a row misses a set with probability 0.8 ** 200, about 1e-20.
    parts = [split(seed=seed) for seed in range(200)]
    for k in range(3, 6):
        assert {row for part in parts for row in part[k].ravel()} == set(range(10))


@given(seed=SEEDS)
def test_a_split_copies_and_leaves_its_input_alone(seed):
    X, y = X10.copy(), Y10.copy()
    for part in split(X, y, seed=seed):
        part[:] = -1
    np.testing.assert_array_equal(X, X10)
    np.testing.assert_array_equal(y, Y10)


@pytest.mark.parametrize("argument", ["X", "y"])
def test_bad_arrays_are_not_split(argument, bad_array):
    arrays = {"X": X10, "y": Y10}
    arrays[argument] = bad_array.spoil(arrays[argument])
    with pytest.raises(bad_array.error, match=f"^{argument} {bad_array.match}"):
        split(**arrays)


def test_a_split_needs_as_many_rows_in_X_as_in_y():
    with pytest.raises(
        ValueError, match=r"^X has 10 rows but y has 9: each sample needs one row"
    ):
        split(y=Y10[:9])


@pytest.mark.parametrize("size", ["train_size", "val_size", "test_size"])
def test_bad_fractions_are_refused(size, bad_number):
    with pytest.raises(bad_number.error, match=f"^{size} {bad_number.match}"):
        split(**{size: bad_number.value})


@pytest.mark.parametrize(
    ("sizes", "total"),
    [
        ((0.7, 0.2, 0.2), "1.1"),
        ((0.7, 0.1, 0.1), "0.9"),
        ((70, 15, 15), "100"),
        ((1, 1, 1), "3"),
    ],
    ids=str,
)
def test_fractions_must_sum_to_one(sizes, total):
    match = rf"^train_size, val_size and test_size sum to {total}, but must sum to 1$"
    with pytest.raises(ValueError, match=match):
        split(X10, Y10, *sizes)


@pytest.mark.parametrize(
    ("rows", "sizes", "name"),
    [
        (1, (0.70, 0.15, 0.15), "train"),
        (2, (0.70, 0.15, 0.15), "val"),
        (3, (0.70, 0.15, 0.15), "val"),
        (3, (0.15, 0.70, 0.15), "train"),
        (10, (0.05, 0.90, 0.05), "train"),
        (10, (0.90, 0.05, 0.05), "val"),
        (10, (0.50, 0.50, 1e-12), "test"),
    ],
    ids=str,
)
def test_a_set_without_rows_is_refused(rows, sizes, name):
    match = rf"^the {name} set is empty: {rows} rows are too few for {name}_size, so"
    with pytest.raises(ValueError, match=match):
        split(X10[:rows], Y10[:rows], *sizes)


def test_three_rows_can_be_split_in_three():
    assert [len(part) for part in split(X10[:3], Y10[:3], 1 / 3, 1 / 3, 1 / 3)] == [
        1
    ] * 6
