"""Times and bytes agree with counting by hand."""

import numpy as np
import pytest

from linreg.costs import epoch_bytes, epoch_seconds, message_bytes, moments_seconds

RATES = {"memory_bandwidth": 1e9, "latency": 1e-3, "network_bandwidth": 1e6}


def test_an_epoch_reads_each_row_and_its_target_twice():
    # Three rows of two features and a target are nine numbers of eight bytes.
    assert epoch_bytes(3, 2) == 2 * 9 * 8


def test_what_is_sent_has_nothing_to_do_with_the_rows():
    # Two workers add up four numbers for D = 2: each sends half of them, twice.
    assert message_bytes(2, 2) == 2 * (4 / 2) * 8
    assert message_bytes(2, 1) == 0
    # Around a ring of four, 2 · 3 messages of a fourth of the numbers each.
    assert message_bytes(2, 4) == 2 * 3 * (4 / 4) * 8


def test_one_worker_only_reads():
    assert epoch_seconds(3, 2, 1, **RATES) == pytest.approx(144 / 1e9)


def test_workers_share_the_reading_and_pay_for_the_messages():
    # Four workers: a fourth of the reading, 2 · 3 messages, and their bytes.
    expected = 144 / 4 / 1e9 + 6 * 1e-3 + 48 / 1e6
    assert epoch_seconds(3, 2, 4, **RATES) == pytest.approx(expected)


def test_the_sums_multiply_each_feature_with_all_features_and_the_target():
    # For each of five rows: three features times (three features and a target).
    assert moments_seconds(5, 3, 60.0) == 5 * 3 * 4 / 60


@pytest.mark.parametrize("argument", ["num_rows", "num_features", "num_workers"])
def test_bad_counts_are_refused(argument, bad_count):
    counts = {"num_rows": 3, "num_features": 2, "num_workers": 1}
    with pytest.raises(bad_count.error, match=f"^{argument} {bad_count.match}"):
        epoch_seconds(**counts | {argument: bad_count.value}, **RATES)


@pytest.mark.parametrize("argument", RATES)
def test_bad_rates_are_refused(argument, bad_number):
    with pytest.raises(bad_number.error, match=f"^{argument} {bad_number.match}"):
        epoch_seconds(3, 2, 1, **RATES | {argument: bad_number.value})


def test_bad_multiplications_are_refused(bad_number):
    with pytest.raises(bad_number.error, match=f"^multiplications {bad_number.match}"):
        moments_seconds(3, 2, bad_number.value)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int32, np.int64])
def test_counts_of_numpy_do_not_overflow(kind):
    most = int(min(np.iinfo(kind).max, 2e9))
    assert epoch_bytes(kind(most), kind(100)) == 2 * 8 * most * 101 > 0
    assert message_bytes(kind(most), kind(2)) == 8 * (most + 2)
    rows = kind(most), kind(100)
    assert moments_seconds(*rows, np.float16(2)) == most * 100 * 101 / 2
    told = epoch_seconds(*rows, kind(2), np.float16(1e3), np.float32(1), np.int8(100))
    expected = most * 101 * 16 / 2e3 + 2 + 8 * 102 / 100
    assert told == pytest.approx(expected, rel=1e-12)


def test_times_too_large_for_float64_are_reported():
    with pytest.raises(FloatingPointError, match=r"^epoch_seconds is too large for fl"):
        epoch_seconds(3, 2, 2, 1e9, 1e-3, 1e-310)
