"""A table becomes the X and y that patsy makes of it, and rows stay on one side of a split."""

import re

import numpy as np
import pandas as pd
import pytest
from designs import design_of, table_of
from hypothesis import example, given
from hypothesis import strategies as st
from patsy import dmatrix

import linreg.feature_coding
from linreg.design_matrix import design_matrix
from linreg.feature_coding import given_by_others
from linreg.new_rows import new_row
from linreg.splits import (
    blocks_of,
    split_by_groups,
    split_by_rows,
    split_by_time,
    split_rows,
)
from linreg.tables import read_table

SPRINGS = """mass (g),wire,day,ok,length
1,steel,2021-03-01,yes,41
2,brass,2021-03-02,no,46
3,steel,2021-03-03,no,48
4,steel,2021-03-04,yes,52
5,NA,2021-03-05,yes,57
6,copper,2021-03-06,no,61
7,brass,2021-03-07,yes,66
8,steel,2021-03-08,no,
9,copper,2021-03-09,no,70
10,steel,2021-03-10,yes,76
"""


@pytest.fixture
def springs(tmp_path):
    path = tmp_path / "springs.csv"
    path.write_text(SPRINGS)
    return read_table(path)


def test_the_design_by_hand(springs):
    design = design_matrix(springs, "length", ["mass (g)", "wire", "ok"])
    # Rows 4 and 7 miss a value; of the others steel is the most frequent, then brass.
    expected = [
        [1, 0, 0, 1],
        [2, 1, 0, 0],
        [3, 0, 0, 0],
        [4, 0, 0, 1],
        [6, 0, 1, 0],
        [7, 1, 0, 1],
        [9, 0, 1, 0],
        [10, 0, 0, 1],
    ]
    np.testing.assert_array_equal(design.X, expected)
    assert design.y.ravel().tolist() == [41, 46, 48, 52, 61, 66, 70, 76]
    assert design.names == ["mass (g)", "wire = brass", "wire = copper", "ok = yes"]
    assert design.levels == {"wire": ["steel", "brass", "copper"]}
    assert design.rows.tolist() == [0, 1, 2, 3, 5, 6, 8, 9]
    assert design.notes == [
        "2 of 10 rows miss a value and are left out; 'length' misses 1.",
        "'wire' has levels of which few rows tell: 'brass' (2), 'copper' (2), 'steel' (4).",
    ]


@pytest.mark.parametrize("seed", range(5))
def test_the_design_is_that_of_patsy(seed):
    rng = np.random.RandomState(seed)
    data = {
        "x": rng.standard_normal(60).tolist(),
        "kind": rng.choice(["a", "b", "c"], 60, p=[0.2, 0.5, 0.3]).tolist(),
        "place": rng.choice(["north", "south"], 60).tolist(),
        "y": rng.standard_normal(60).tolist(),
    }
    design = design_matrix(table_of(**data), "y", ["x", "kind", "place"])
    first = {name: pd.Series(data[name]).mode()[0] for name in ("kind", "place")}
    formula = " + ".join(
        ["x", *(f"C({n}, Treatment('{level}'))" for n, level in first.items())]
    )
    expected = np.asarray(dmatrix(formula, data))
    both = [np.hstack([A, np.ones((60, 1))]) for A in (design.X, expected[:, 1:])]
    assert design.X.shape[1] == expected.shape[1] - 1
    # The columns come in another order, so it is the spans that are compared.
    hats = [A @ np.linalg.pinv(A) for A in both]
    np.testing.assert_allclose(hats[0], hats[1], atol=1e-12)
    for name, levels in design.levels.items():
        counts = pd.Series(data[name]).value_counts()
        assert counts[levels].is_monotonic_decreasing and levels[0] == first[name]


# Columns that say nothing new, rows that tell nothing


def test_columns_that_others_give_are_left_out_and_named():
    rng = np.random.RandomState(1)
    a, b, y = rng.uniform(0, 10, (3, 30)).round(2)
    city = rng.choice(["Bonn", "Lyon", "Nice"], 30)
    land = np.where(city == "Bonn", "DE", "FR")
    table = table_of(a=a, b=b, sum=a + b, one=np.ones(30), city=list(city),
                     land=list(land), y=y)  # fmt: skip
    design = design_matrix(table, "y", ["a", "b", "sum", "one", "city", "land"])
    assert design.names[:2] == ["a", "b"] and design.X.shape == (30, 4)
    given_away = [note.split("'")[1] for note in design.notes]
    assert given_away[:2] == ["sum", "one"] and given_away[2].startswith("land = ")
    assert all(
        note.endswith("the columns before it: left out.") for note in design.notes
    )


@given(
    seed=st.integers(0, 2**32 - 1),
    rank=st.integers(1, 4),
    columns=st.integers(1, 7),
    scale=st.sampled_from([1e-5, 1.0, 1e5]),
)
@example(
    268435455, 4, 6, 1e-5
)  # the first columns lose digits, the fourth is nearly given
def test_as_many_columns_stay_as_the_rank_says(seed, rank, columns, scale):
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((20, rank)) @ rng.standard_normal((rank, columns))
    X = X * scale ** rng.uniform(-1, 1, columns) + rng.standard_normal(columns)
    given = given_by_others(X)
    assert (~given).sum() == min(rank, columns)
    assert not given[: min(rank, columns)].any()


def test_a_copy_goes_and_what_follows_it_stays():
    rng = np.random.RandomState(2)
    a, b = rng.standard_normal((2, 9, 1))
    X = np.hstack([a, a, np.ones((9, 1)), b, a - b, b])
    assert given_by_others(X).tolist() == [False, True, True, False, True, True]
    assert given_by_others(np.ones((3, 2))).all()


def test_a_row_that_fixes_a_coefficient_is_left_out_and_changes_no_other():
    rng = np.random.RandomState(3)
    x, y = rng.standard_normal((2, 12))
    wire = ["steel"] * 6 + ["brass"] * 5 + ["tin"]
    design = design_matrix(table_of(x=x, wire=wire, y=y), "y", ["x", "wire"])
    assert design.names == ["x", "wire = brass"] and len(design.X) == 11
    assert (
        "Line 13 lies so far out that it alone decides a coefficient; it is left out. Is it right?"
        in design.notes
    )
    A = np.column_stack([np.ones(12), x, np.array(wire)[:, None] == ["brass", "tin"]])
    with_tin = np.linalg.lstsq(A, y, rcond=None)[0]
    without = np.linalg.lstsq(np.column_stack([np.ones(11), design.X]), design.y[:, 0],
                              rcond=None)[0]  # fmt: skip
    np.testing.assert_allclose(without, with_tin[:3])
    tiny = np.array([0, 0, 0, 1.0, 1e-200, *np.zeros(7)])  # another once 1 is gone
    design = design_matrix(table_of(x=x, tiny=tiny, y=y), "y", ["x", "tiny"])
    assert design.names == ["x"] and len(design.X) == 10
    assert (
        "Lines 5, 6 lie so far out that each alone decides a coefficient; they are left out. Are they right?"
        in design.notes
    )
    many = [f"tin {k}" if k > 3 else "steel" for k in range(12)]
    notes = design_matrix(table_of(x=x, wire=many, y=y), "y", ["x", "wire"]).notes
    assert "Lines 6, 7, 8, 9, 10 and more lie so far out that each" in notes[0]


# What can't be fitted


@pytest.mark.parametrize(
    ("target", "features", "match"),
    [
        (
            "wages",
            ["ok"],
            r"^there is no column 'wages': the columns are \['mass \(g\)',",
        ),
        ("length", ["size"], "^there is no column 'size'"),
        ("wire", ["ok"], "^'wire' is a category, but a target needs numbers: choose"),
        ("length", ["length"], "^'length' is the target: it can't be a feature, too"),
        ("length", [], "^no feature is chosen: a line needs at least one"),
    ],
)
def test_a_choice_that_cannot_be_fitted_gets_a_sentence(
    springs, target, features, match
):
    with pytest.raises(ValueError, match=match):
        design_matrix(springs, target, features)


def test_columns_that_cannot_be_fitted_get_a_sentence(monkeypatch):
    x, y = [1.0, 2, 3, 4, 5, 6], [2.0, 1, 4, 3, 6, 5]
    table = table_of(x=x, y=y, one=6 * [1.0], word=6 * ["a"], gone=6 * [np.nan],
                     few=[1.0, 2, *4 * [np.nan]], kind=list("aabbcc"))  # fmt: skip
    for target, features, match in (
        ("one", ["x"], "^'one' is 1 in every row, so there is nothing to explain"),
        ("y", ["one"], "^no feature varies: choose one that differs"),
        ("y", ["word"], "^no feature varies: choose one that differs"),
        (
            "y",
            ["x", "gone"],
            r"^0 rows have all values \(6 do not\), too few for 2 coef",
        ),
        ("y", ["x", "few"], r"^2 rows have all values \(4 do not\), too few"),
        ("gone", ["kind"], r"no feature varies|^0 rows have all values"),
    ):
        with pytest.raises(ValueError, match=match):
            design_matrix(table, target, features)
    monkeypatch.setattr(linreg.feature_coding, "MAX_LEVELS", 2)
    with pytest.raises(
        ValueError, match=r"^'kind' has 3 levels, each of which would be"
    ):
        design_matrix(table, "y", ["kind"])


@pytest.mark.parametrize(("of_x", "of_y"), [(1e-200, 1), (1, 1e-200), (1e-310, 1e-310)])
def test_what_hardly_varies_at_all_gets_a_sentence(of_x, of_y):
    x, y = np.random.RandomState(1).standard_normal((2, 30))
    table = table_of(x=of_x * x, y=of_y * y)
    name = "x" if of_x < 1 else "y"
    with pytest.raises(
        ValueError,
        match=rf"^'{name}' varies by less than 1e-100: write it in a smaller",
    ):
        design_matrix(table, "y", ["x"])


# New rows


def test_a_new_row_is_coded_as_the_others_are(springs):
    design = design_matrix(springs, "length", ["mass (g)", "wire", "day", "ok"])
    table = springs.columns
    for row in design.rows:
        values = {
            "mass (g)": str(table["mass (g)"].values[row]),
            "wire": table["wire"].values[row],
            "day": str(np.datetime64(int(table["day"].values[row]), "D")),
            "ok": "yes" if table["ok"].values[row] else "no",
        }
        (expected,) = design.X[design.rows == row]
        np.testing.assert_array_equal(new_row(design, values)[0], expected)
        numbers = {
            "mass (g)": table["mass (g)"].values[row],
            "ok": table["ok"].values[row],
        }
        np.testing.assert_array_equal(new_row(design, values | numbers)[0], expected)


def test_a_new_row_is_read_as_the_file_is(tmp_path):
    path = tmp_path / "de.csv"
    path.write_text(
        "m;day;y\n" + "".join(f"{k},5;{k + 1}.2.2021;{k**2}\n" for k in range(9))
    )
    design = design_matrix(read_table(path), "y", ["m", "day"])
    assert design.names == ["m"]  # the days follow from it
    table = read_table(path)
    design = design_matrix(table, "m", ["day"])
    for text in ("5.2.2021", "2021-02-05"):
        assert new_row(design, {"day": text}).item() == 18663
    design = design_matrix(table, "y", ["m"])
    assert new_row(design, {"m": "1.000,5"}).item() == 1000.5


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({}, r"^'mass \(g\)' needs a value of type number"),
        ({"mass (g)": "heavy"}, r"^'mass \(g\)' needs a value of type number"),
        ({"mass (g)": np.inf}, r"^'mass \(g\)' needs a value of type number"),
        ({"mass (g)": None}, r"^'mass \(g\)' needs a value of type number, not None$"),
        ({"mass (g)": [1]}, r"^'mass \(g\)' needs a value of type number, not \[1\]$"),
        (
            {"mass (g)": 1, "wire": "tin"},
            "^'tin' is no level of 'wire' that was fitted",
        ),
        ({"mass (g)": 1}, "^'' is no level of 'wire' that was fitted: choose one of"),
    ],
)
def test_a_new_row_without_a_meaning_gets_a_sentence(springs, values, match):
    design = design_matrix(springs, "length", ["mass (g)", "wire"])
    with pytest.raises(ValueError, match=match):
        new_row(design, values)


def test_a_new_value_in_another_unit_is_refused(tmp_path):
    path = tmp_path / "units.csv"
    rows = [f"{k} kg,{7 * k % 5},{k * k % 7}" for k in range(12)]
    path.write_text("\n".join(["m,length (mm),y", *rows]) + "\n")
    design = design_matrix(read_table(path), "y", ["m", "length (mm)"])
    asked = {"m": 5, "length (mm)": 3}
    for m in ("5 kg", "5kg", "5"):
        assert new_row(design, asked | {"m": m}).tolist() == [[5, 3]]
    assert new_row(design, asked | {"length (mm)": "3 mm"}).tolist() == [[5, 3]]
    for m in ("5 g", "5 lb", "5%", "$5"):
        unit = m.replace("5", "").strip()
        told = rf"^'m' is in kg, but '{re.escape(m)}' is in {re.escape(unit)}: give the"
        with pytest.raises(ValueError, match=told):
            new_row(design, asked | {"m": m})
    with pytest.raises(
        ValueError, match=r"^'length \(mm\)' is in mm, but '3 cm' is in"
    ):
        new_row(design, asked | {"length (mm)": "3 cm"})
    plain = design_matrix(read_table(path), "m", ["y"])
    with pytest.raises(
        ValueError, match=r"^'y' has no unit, but '3 kg' is in kg: give"
    ):
        new_row(plain, {"y": "3 kg"})


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"mass (g)": True}, r"^'mass \(g\)' needs a value of type number, not True$"),
        ({"ok": 5}, r"^'ok' needs a value of type yes/no, not 5$"),
        ({"ok": 0.5}, r"^'ok' needs a value of type yes/no, not 0.5$"),
        ({"day": 2020.0}, r"^'day' needs a date, as 2021-03-01 is, not 2020.0$"),
    ],
)
def test_a_new_value_is_of_its_columns_kind(springs, values, match):
    design = design_matrix(springs, "length", ["mass (g)", "day", "ok"])
    good = {"mass (g)": 3, "day": "2021-03-05", "ok": "yes"}
    for ok in (1, True, np.float64(1), "y"):
        np.testing.assert_array_equal(new_row(design, good | {"ok": ok})[0, -1], 1)
    with pytest.raises(ValueError, match=match):
        new_row(design, good | values)


def test_the_form_of_a_date_is_shown(springs, tmp_path):
    design = design_matrix(springs, "length", ["day"])
    told = r"^'day' needs a date, as 2021-03-01 is, not '1 March'$"
    with pytest.raises(ValueError, match=told):
        new_row(design, {"day": "1 March"})
    path = tmp_path / "de.csv"
    path.write_text("day;y\n" + "".join(f"{k + 1}.2.2021;{k**2}\n" for k in range(9)))
    design = design_matrix(read_table(path), "y", ["day"])
    for bad in ("2/3/21 noon", None):
        with pytest.raises(ValueError, match="needs a date, as 2021-02-01 is, not"):
            new_row(design, {"day": bad})


# Splits

SEEDS = st.integers(0, 2**32 - 1)
SHARES = st.floats(0.1, 0.5)


@given(num_rows=st.integers(6, 200), share=SHARES, seed=SEEDS)
def test_rows_are_on_one_side_each(num_rows, share, seed):
    train, test = split_by_rows(num_rows, share, np.random.RandomState(seed))
    np.testing.assert_array_equal(np.sort([*train, *test]), np.arange(num_rows))
    assert abs(len(test) - share * num_rows) <= 1
    again = split_by_rows(num_rows, share, np.random.RandomState(seed))
    np.testing.assert_array_equal(again[1], test)


@given(
    groups=st.lists(st.sampled_from("abcdefg"), min_size=9), share=SHARES, seed=SEEDS
)
def test_groups_are_on_one_side_each(groups, share, seed):
    groups, rng = np.array(groups), np.random.RandomState(seed)
    largest = np.unique(groups, return_counts=True)[1].max()
    if len(set(groups)) < 2:
        with pytest.raises(ValueError, match=r"^the split leaves 0 rows to train on"):
            split_by_groups(groups, share, rng)
        return
    try:
        train, test = split_by_groups(groups, share, rng)
    except ValueError:  # the first group was large, and the second all the rest
        assert largest > (1 - share) * len(groups)
        return
    assert not set(groups[train]) & set(groups[test])
    assert share * len(groups) - 1e-9 <= len(test) < share * len(groups) + largest
    np.testing.assert_array_equal(np.sort([*train, *test]), np.arange(len(groups)))


@given(times=st.lists(st.integers(0, 40), min_size=9), share=SHARES)
def test_what_is_tested_on_comes_later(times, share):
    times = np.array(times, dtype=float)
    if len(set(times)) < 2 or (times == times.min()).mean() > 1 - share - 0.1:
        return
    train, test = split_by_time(times, share)
    assert times[train].max() < times[test].min()
    assert len(test) >= share * len(times) - 1
    np.testing.assert_array_equal(np.sort([*train, *test]), np.arange(len(times)))


def test_a_split_without_two_sides_gets_a_sentence():
    with pytest.raises(
        ValueError, match=r"^the split leaves 0 rows to train on and 9 to"
    ):
        split_by_time(np.zeros(9), 0.2)
    with pytest.raises(
        ValueError, match=r"^the split leaves 2 rows to train on and 0 to"
    ):
        split_by_rows(2, 0.1, np.random.RandomState(0))


def test_three_parts_need_three_groups_or_times():
    rng = np.random.RandomState(1)
    x, y = rng.standard_normal((2, 30))
    two = table_of(x=x, y=y, wire=list("ab" * 15), day=np.arange(30) % 2)
    design = design_matrix(two, "y", ["x"])
    chosen = {"group": "wire", "time": "day", "test_size": 0.2, "seed": 1}
    for split, match in (
        (
            "groups",
            r"^'wire' has 2 groups, but three parts \(train, validation, test\) need",
        ),
        (
            "time",
            r"^'day' has 2 times, but three parts .* need .* three: split by rows",
        ),
    ):
        with pytest.raises(ValueError, match=match):
            split_rows(design, chosen | {"split": split})


def test_rows_are_split_as_was_chosen(springs):
    design = design_matrix(springs, "length", ["mass (g)"])
    springs.columns["wire"].values[4] = "brass"
    chosen = {
        "split": "time",
        "time": "day",
        "test_size": 0.2,
        "seed": 1,
        "group": "wire",
    }
    train, val, test = split_rows(design, chosen)
    # 9 rows have a length: the last 2 are tested on, 1 of the 7 before is tuned on.
    assert [part.tolist() for part in (train, val, test)] == [[*range(6)], [6], [7, 8]]
    for split in ("rows", "groups"):
        parts = split_rows(design, chosen | {"split": split, "test_size": 0.3})
        np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(9))
        wires = [set(springs.columns["wire"].values[design.rows[p]]) for p in parts]
        assert (sum(map(len, wires)) == len(set.union(*wires))) == (split == "groups")
    springs.columns["day"].values[3] = np.nan
    with pytest.raises(ValueError, match=r"^'day' misses 1 value: split by another"):
        split_rows(design, chosen)
    springs.columns["wire"].values[[4, 5]] = ""
    with pytest.raises(ValueError, match=r"^'wire' misses 2 values: split by another"):
        split_rows(design, chosen | {"split": "groups"})
    with pytest.raises(
        ValueError, match=r"^split is 'random': choose one of \('rows', "
    ):
        split_rows(design, chosen | {"split": "random"})


def test_groups_are_a_label_for_each_row():
    groups = np.array([["a", "x"], ["b", "y"], ["c", "z"]])
    with pytest.raises(
        ValueError, match=r"^groups has shape \(3, 2\), but needs a label"
    ):
        split_by_groups(groups, 0.5, np.random.RandomState(0))


def test_errors_that_may_be_alike_are_in_one_block(springs):
    design = design_matrix(springs, "length", ["mass (g)"])
    rows = np.array([8, 0, 5, 2])
    chosen = {"split": "rows", "group": "wire", "time": "day"}
    assert len(set(blocks_of(design, rows, chosen))) == 4
    wires = springs.columns["wire"].values[design.rows[rows]]
    blocks = blocks_of(design, rows, chosen | {"split": "groups"})
    for one in range(4):
        for other in range(4):
            assert (blocks[one] == blocks[other]) == (wires[one] == wires[other])


def test_of_a_time_ten_stretches_are_blocks():
    rng = np.random.RandomState(2)
    when = rng.permutation(60).astype(float)
    design = design_of(rng.standard_normal(60), x=rng.standard_normal(60), when=when)
    rows = np.flatnonzero(when >= 20)
    blocks = blocks_of(design, rows, {"split": "time", "time": "when"})
    np.testing.assert_array_equal(np.bincount(blocks), [4] * 10)
    for k in range(10):  # four that follow each other
        assert set(when[rows][blocks == k]) == set(range(20 + 4 * k, 24 + 4 * k))
