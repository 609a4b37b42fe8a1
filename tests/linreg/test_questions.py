"""What is suggested is what a careful analyst would choose, and any choice is kept."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.columns import KINDS
from linreg.design_matrix import design_matrix
from linreg.new_rows import new_row
from linreg.questions import ask_row, questions
from linreg.row_warnings import find_extrapolation
from linreg.splits import split_rows
from linreg.suggestions import correlation
from linreg.tables import read_table

ROWS = 60


@pytest.fixture
def written(tmp_path):
    """Return a function that writes columns into a file and reads it as a table."""

    def write(delimiter=",", **columns):
        lines = [
            delimiter.join(columns),
            *map(delimiter.join, zip(*columns.values(), strict=True)),
        ]
        path = tmp_path / "data.csv"
        path.write_text("\n".join(lines) + "\n")
        return read_table(path)

    return write


def numbers(seed, count=ROWS):
    return [
        f"{value:.3f}" for value in np.random.RandomState(seed).standard_normal(count)
    ]


def levels(seed, names, count=ROWS):
    return list(np.random.RandomState(seed).choice(names, count))


def days(count=ROWS):
    return [str(np.datetime64("2021-03-01") + k) for k in range(count)]


def chosen(asked):
    return {name: question["chosen"] for name, question in asked.items()}


def test_a_dash_that_is_a_level_can_be_asked_for(written):
    x = numbers(1)
    table = written(sign=levels(2, ["+", "-"]), x=x, y=numbers(3))
    design = design_matrix(table, "y", ["sign", "x"])
    plus, minus = (new_row(design, {"sign": s, "x": "0"}) for s in "+-")
    assert (plus != minus).any()


# Suggestions


def test_what_says_nothing_is_left_out_and_the_reason_said(written):
    x = numbers(1)
    table = written(
        row=[str(k + 1) for k in range(ROWS)],
        order=[str(k) for k in range(ROWS)],
        patient_id=levels(2, ["11", "12", "17", "19"]),
        name=[f"no {k}" for k in range(ROWS)],
        street=levels(3, [f"street {k}" for k in range(9)]),
        one=["1"] * ROWS,
        gap=[value if k % 2 else "NA" for k, value in enumerate(numbers(4))],
        when=days(),
        x=x,
        x_in_cm=[str(100 * float(value)) for value in x],
        kind=levels(5, ["a", "b"]),
        twice=[str(-2 * float(value)) for value in numbers(6)],
        y=numbers(6),
    )
    asked = questions(table)
    assert asked["target"]["chosen"] == "y"
    assert asked["features"]["chosen"] == ["x", "kind"]
    reasons = {
        "row": "is called an identifier, which says nothing of new rows",
        "order": "counts the rows",
        "patient_id": "is called an identifier, which says nothing of new rows",
        "name": "differs in every row, as a name of the row would",
        "street": "has 9 levels, many for 60 rows",
        "one": "is the same in every row, so it can't explain a difference",
        "gap": "misses 50% of its values, and every one would cost a row",
        "when": "says when: as a feature it would stand for a steady trend",
        "x_in_cm": "says what 'x' says: their correlation is 1.000",
        "twice": "gives 'y' away: their correlation is 1.000",
    }
    for name, reason in reasons.items():
        assert asked["features"]["why"][name] == f"Left out: it {reason}."
    assert asked["features"]["why"]["x"] == asked["features"]["why"]["kind"] == ""


@pytest.mark.parametrize(
    ("columns", "target", "why"),
    [
        ({"a": 1, "target": 2, "b": 3}, "target", "It is called so."),
        ({"a": 1, "y": 2, "b": 3}, "y", "It is called so."),
        ({"a": 1, "b": 2}, "b", "Most tables have it last, among the numbers."),
    ],
)
def test_the_target_is_called_so_or_last(written, columns, target, why):
    table = written(**{name: numbers(seed) for name, seed in columns.items()})
    asked = questions(table)["target"]
    assert (asked["chosen"], asked["why"]) == (target, why)


def test_the_target_holds_many_numbers_where_it_can(written):
    table = written(
        b=numbers(1),
        coin=levels(2, ["0", "1"]),
        kind=levels(3, ["a", "b"]),
        ok=levels(4, ["yes", "no"]),
        row=[str(k) for k in range(ROWS)],
    )
    asked = questions(table)["target"]
    assert asked["chosen"] == "b" and asked["options"] == ["b", "coin", "ok", "row"]
    late = written(b=numbers(1), day=[str(k % 9) for k in range(ROWS)],
                   gap=["NA" if k % 2 else v for k, v in enumerate(numbers(5))])  # fmt: skip
    assert questions(late)["target"]["chosen"] == "b"
    coins = written(ok=levels(4, ["yes", "no"]), coin=levels(2, ["0", "1"]))
    assert questions(coins)["target"]["chosen"] == "coin"


def test_whoever_chooses_groups_is_offered_a_category_first(written):
    table = written(
        a=numbers(1),
        half=levels(2, list("12345678")),
        kind=levels(3, list("pqrs")),
        y=numbers(4),
    )
    group = questions(table)["group"]
    assert group["chosen"] == "kind" and group["options"][:1] != ["kind"]
    plain = written(half=levels(2, list("12345678")), y=numbers(4))
    assert questions(plain)["group"]["chosen"] == "half"


def test_a_table_without_a_possible_target_gets_a_sentence(written):
    for values in (levels(1, ["a", "b"]), ["3"] * ROWS):
        table = written(kind=levels(2, ["c", "d"]), constant=values)
        with pytest.raises(
            ValueError, match="no column holds numbers that vary, so none"
        ):
            questions(table)


def test_whole_numbers_are_no_row_numbers_unless_they_count_the_rows(written):
    ages = [str(18 + k) for k in np.random.RandomState(1).permutation(40)]
    table = written(age=ages, kind=levels(2, ["a", "b"], 40), income=numbers(3, 40))
    asked = questions(table)["features"]
    assert asked["chosen"] == ["age", "kind"] and set(asked["why"].values()) == {""}
    from_18 = written(
        age=sorted(ages), kind=levels(2, ["a", "b"], 40), y=numbers(3, 40)
    )
    assert questions(from_18)["features"]["chosen"] == ["age", "kind"]
    dose = written(x=[str(k) for k in range(1, 9)], y=numbers(4, 8))
    asked = questions(dose)["features"]
    assert (asked["chosen"], asked["why"]) == (["x"], {"x": ""})


@pytest.mark.parametrize("name", ["id", "ID", "row", "Row no", "nr", "patientID", "#"])
def test_what_is_called_a_row_number_is_one(written, name):
    order = [str(7 + k) for k in np.random.RandomState(1).permutation(ROWS)]
    asked = questions(written(**{name: order}, x=numbers(2), y=numbers(3)))["features"]
    assert asked["chosen"] == ["x"]
    assert (
        asked["why"][name]
        == "Left out: it is called an identifier, which says nothing of new rows."
    )
    assert asked["why"]["x"] == ""


def test_few_rows_have_room_for_few_coefficients(written):
    table = written(**{f"x{k}": numbers(k, 12) for k in range(6)})
    asked = questions(table)["features"]
    assert asked["chosen"] == ["x0", "x1", "x2", "x3"]
    reason = "Left out: it would need more coefficients than 12 rows allow."
    assert asked["why"]["x4"] == reason


def test_where_all_features_are_left_out_one_is_chosen_all_the_same(written):
    table = written(row=[str(k) for k in range(ROWS)], y=numbers(1))
    asked = questions(table)["features"]
    assert asked["chosen"] == ["row"]
    told = "Taken, as no other is left, although it is called an identifier, which says nothing of new rows."
    assert asked["why"]["row"] == told
    named = written(word=[f"no {k}" for k in range(ROWS)],
                    x=[str(k) for k in range(ROWS)], y=numbers(1))  # fmt: skip
    asked = questions(named)["features"]
    assert asked["chosen"] == ["x"] and asked["why"]["word"].startswith("Left out")
    assert asked["why"]["x"].endswith("although it counts the rows.")
    table = written(name=[f"no {k}" for k in range(ROWS)], y=numbers(1))
    assert questions(table)["features"]["chosen"] == ["name"]  # refused if it is fitted


# Splits


def test_rows_in_no_order_are_split_at_random(written):
    asked = questions(written(x=numbers(1), y=numbers(2)))
    assert asked["split"]["chosen"] == "rows"
    assert asked["split"]["options"] == ["rows", "time"]  # no value comes twice
    assert asked["split"]["why"] == "No column of dates or groups was recognized."
    assert asked["group"] == {
        "options": [""],
        "chosen": "",
        "why": "Its rows stay together.",
    }


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("subject_id", levels(1, [str(7 * k) for k in range(9)])),
        ("school", levels(1, [f"school {k}" for k in range(25)])),
        ("town", levels(1, [f"place {k}" for k in range(25)])),
        ("subject", levels(1, [f"s{k}" for k in range(9)])),
        ("subject", levels(1, [str(k) for k in range(9)])),
        ("patientID", levels(1, [str(k) for k in range(9)])),
        ("Patient no.", levels(1, [str(k) for k in range(9)])),
        ("customerid", levels(1, [str(k) for k in range(9)])),
        ("zip", levels(1, [str(10115 + k) for k in range(9)])),
        ("PLZ", levels(1, [str(10115 + k) for k in range(9)])),
        ("region", levels(1, [str(k) for k in range(9)])),
        ("region_code", levels(1, [str(k) for k in range(9)])),
    ],
)
def test_rows_of_a_group_stay_together(written, name, values):
    asked = questions(written(**{name: values}, x=numbers(2), y=numbers(3)))
    assert (asked["split"]["chosen"], asked["group"]["chosen"]) == ("groups", name)
    assert (
        asked["split"]["why"] == f"Rows of one {name!r} are alike: keep them together."
    )


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("when", days()),
        ("year", [str(1900 + k) for k in range(ROWS)]),
        ("month", [f"{2010 + k // 12}-{k % 12 + 1:02}" for k in range(ROWS)]),
        ("day", [f"{k % 28 + 1:02}.{k // 28 + 1:02}.20" for k in range(ROWS)]),
        ("time (s)", [str(k / 10) for k in range(ROWS)]),
        ("time (s)", [str(k) for k in range(ROWS)]),
        ("t [min]", [str(k) for k in range(ROWS)]),
        ("time_ms", [str(k) for k in range(ROWS)]),
        ("Jahr", [str(1900 + k) for k in range(ROWS)]),
    ],
)
def test_later_rows_are_tested_on(written, name, values):
    asked = questions(written(x=numbers(2), **{name: values}, y=numbers(3)))
    assert (asked["split"]["chosen"], asked["time"]["chosen"]) == ("time", name)
    assert asked["features"]["chosen"] == ["x"]


def test_rows_of_a_year_may_be_alike_and_it_is_a_number_like_any_other(written):
    years = levels(1, [str(1990 + k) for k in range(30)])
    asked = questions(written(x=numbers(2), year=years, y=numbers(3)))
    assert (asked["split"]["chosen"], asked["group"]["chosen"]) == ("groups", "year")
    assert asked["features"]["chosen"] == ["x", "year"]


def test_a_code_has_no_size(written):
    codes = levels(1, [str(10115 + k) for k in range(9)])
    asked = questions(written(zip=codes, x=numbers(2), y=numbers(3)))["features"]
    assert asked["chosen"] == ["x"]
    told = "Left out: it is called a code, whose size means nothing: its type may be category."
    assert asked["why"]["zip"] == told
    few = written(
        region=levels(1, ["north", "south", "west"]), x=numbers(2), y=numbers(3)
    )
    assert questions(few)["features"]["chosen"] == ["region", "x"]
    assert questions(few)["split"]["chosen"] == "rows"


def test_texts_that_hardly_repeat_make_no_groups(written):
    comment = [f"text {k}" for k in range(ROWS - 2)] + ["ok", "ok"]
    asked = questions(written(comment=comment, x=numbers(2), y=numbers(3)))
    assert asked["split"]["chosen"] == "rows"


def test_names_that_only_sound_like_time_or_groups_are_none(written):
    for name in (
        "paid",
        "timeout",
        "reaction time",
        "family size",
        "candid",
        "zip speed",
    ):
        asked = questions(written(x=numbers(2), **{name: sorted(numbers(3))}))
        assert asked["split"]["chosen"] == "rows" and asked["target"]["chosen"] == name


# The contract with what draws the questions


def test_questions_are_plain_and_each_choice_is_an_option(written):
    table = written(x=numbers(1), kind=levels(2, ["a", "b"]), when=days(), y=numbers(3))
    asked = questions(table)
    assert json.loads(json.dumps(asked)) == asked
    for name, question in asked.items():
        options, choice = question["options"], question["chosen"]
        if isinstance(options, dict):
            assert options.keys() == choice.keys() == question["why"].keys()
            assert all(choice[key] in options[key] for key in options)
        elif isinstance(choice, list):
            assert set(choice) <= set(options) and question["why"].keys() == set(
                options
            )
        else:
            assert choice in options and question["why"].endswith("."), name
        assert len(question.get("shown", options)) == len(options)
    assert asked["types"]["options"]["kind"] == list(KINDS)


def test_what_a_reader_chose_is_kept_and_the_rest_fits_it(written):
    table = written(a=numbers(1), b=numbers(2), kind=levels(3, ["u", "v"]))
    choices = {"target": "a", "test_size": 0.3, "delimiter": ";", "unknown": 1}
    asked = questions(table, choices)
    assert asked["features"]["options"] == ["b", "kind"]
    assert asked["test_size"]["chosen"] == 0.3
    assert asked["delimiter"]["chosen"] == ","  # as the table was read
    assert chosen(questions(table, chosen(asked))) == chosen(asked)


@pytest.mark.parametrize(
    ("choices", "match"),
    [
        ({"target": "kind"}, r"^target can't be 'kind': choose from \['a', 'b'\]"),
        ({"features": ["a", "b"]}, r"^features can't be 'b': choose from"),
        ({"split": "luck"}, r"^split can't be 'luck': choose from \['rows', 'groups',"),
    ],
)
def test_a_choice_that_is_none_gets_a_sentence(written, choices, match):
    table = written(a=numbers(1), kind=levels(3, ["u", "v", "w"]), b=numbers(2))
    with pytest.raises(ValueError, match=match):
        questions(table, choices)


def test_a_delimiter_of_the_readers_own_is_an_option_too(tmp_path):
    path = tmp_path / "data.txt"
    path.write_text("a/b\n1/2\n3/5\n")
    asked = questions(read_table(path, delimiter="/"))["delimiter"]
    assert (asked["chosen"], asked["options"][-1]) == ("/", "/")
    assert asked["shown"] == ["tab", "semicolon", "pipe", "comma", "another"]


def test_what_is_suggested_can_be_fitted_split_and_predicted(written):
    table = written(
        delimiter=";",
        x=[value.replace(".", ",") for value in numbers(1)],
        kind=levels(2, ["a", "b", "b"]),
        ok=levels(3, ["yes", "no", "yes"]),
        when=days(),
        y=numbers(4),
    )
    choices = chosen(questions(table))
    design = design_matrix(table, choices["target"], [*choices["features"], "when"])
    parts = split_rows(design, choices)
    assert [len(part) for part in parts] == [38, 10, 12]  # a fifth of 60, and of 48
    asked = ask_row(design)
    assert asked["options"] == {
        "x": "number",
        "kind": ["b", "a"],
        "ok": ["no", "yes"],
        "when": "text",
    }
    values = asked["chosen"]
    assert json.loads(json.dumps(asked)) == asked
    assert (values["kind"], values["ok"], values["when"]) == ("b", "yes", "2021-03-30")
    middle = np.median(design.X[:, 0])
    assert values["x"] == pytest.approx(middle, abs=1e-3)
    np.testing.assert_array_equal(new_row(design, values)[0, 1:3], [0, 1])


@pytest.mark.parametrize(
    "x",
    [
        1000120 + 10 * np.arange(71),  # four digits of the median would be 1000000
        np.append(np.full(20, 0.123456), [1, 2, 3]),  # the median is the smallest
        1e-7 * np.arange(9) - 5,
        1e90 * np.arange(9),
    ],
)
def test_the_suggested_row_is_among_the_data(written, x):
    y = np.random.RandomState(1).standard_normal(len(x))
    table = written(x=[repr(float(v)) for v in x], y=[repr(float(v)) for v in y])
    design = design_matrix(table, "y", ["x"])
    asked = ask_row(design)["chosen"]
    assert x.min() <= asked["x"] <= x.max()
    assert asked["x"] == pytest.approx(np.median(x), abs=np.ptp(x) / 1000)
    assert find_extrapolation(design, new_row(design, asked)) is None


def test_a_row_can_be_suggested_where_a_feature_was_left_out(written):
    table = written(one=["3"] * ROWS, x=numbers(1), y=numbers(2))
    assert ask_row(design_matrix(table, "y", ["one", "x"]))["chosen"]["one"] == 3


@given(
    seed=st.integers(0, 2**32 - 1), missing=st.integers(0, 5), scale=st.floats(0.1, 10)
)
def test_correlation_is_that_of_numpy(seed, missing, scale):
    x, y = np.random.RandomState(seed).standard_normal((2, 20))
    x[:missing] = np.nan
    expected = np.corrcoef(x[missing:], y[missing:])[0, 1]
    assert correlation(scale * x + 3, y) == pytest.approx(expected)
    assert correlation(1e200 * x, -1e-200 * y) == pytest.approx(-expected)
    assert correlation(np.ones(20), y) == correlation(np.full(20, np.nan), y) == 0


def test_of_several_wrong_choices_the_first_that_is_asked_is_told(written):
    table = written(x=numbers(0), y=numbers(1))
    asked = [*questions(table)]
    wrong = dict.fromkeys(asked[asked.index("target") :], "?")
    told = []
    while wrong:
        with pytest.raises(ValueError) as refused:
            questions(table, dict(reversed(wrong.items())))
        told.append(
            next(
                name
                for name in wrong
                if str(refused.value).startswith(f"{name} can't be")
            )
        )
        del wrong[told[-1]]
    assert told == asked[asked.index("target") :]
