"""Tables in files of all kinds are read as they were written, or refused in a sentence."""

import csv
import io
import re
import zipfile
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import linreg.delimited
import linreg.text_files
from linreg.cell_values import decimal_mark, missing_among, plain_numbers, read_as
from linreg.columns import KINDS, parse_column
from linreg.descriptions import describe_columns, summary
from linreg.tables import read_table, retype
from linreg.words import counted

SPRING = "mass;wire;length\n1,5;steel;40,25\n2,5;brass;44\n10;steel;70,5\n"


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a text or bytes into a file and reads it as a table."""

    def write_and_read(content, **choices):
        path = tmp_path / "data.csv"
        data = content if isinstance(content, bytes) else content.encode()
        path.write_bytes(data)
        return read_table(path, **choices)

    return write_and_read


def column(texts, kind=None, decimal="."):
    return parse_column("a", texts, decimal, kind)


def values(table, name):
    return table.columns[name].values.tolist()


# What is in a file


def test_a_table_by_hand(read):
    table = read(SPRING)
    assert list(table.columns) == ["mass", "wire", "length"]
    assert values(table, "mass") == [1.5, 2.5, 10.0]
    assert values(table, "wire") == ["steel", "brass", "steel"]
    assert (table.delimiter, table.decimal, table.header) == (";", ",", True)
    assert (table.num_rows, table.lines.tolist(), table.notes) == (3, [2, 3, 4], [])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_any_delimiter_in_any_encoding(read, delimiter, encoding, newline):
    text = SPRING.replace(",", ".").replace("steel", "Stähl").replace(";", delimiter)
    table = read(text.replace("\n", newline).encode(encoding))
    assert table.delimiter == delimiter
    assert values(table, "wire") == ["Stähl", "brass", "Stähl"]
    assert values(table, "length") == [40.25, 44.0, 70.5]


@pytest.mark.parametrize(
    ("encoding", "words"),
    [("utf-16", "UTF-16"), ("latin-1", "Latin-1"), ("utf-8", "UTF-8")],
)
def test_the_encoding_is_said(read, encoding, words):
    table = read(SPRING.replace("steel", "Stähl").encode(encoding))
    assert summary(table) == (
        "3 rows and 3 columns, named in the first line, separated by semicolon, with a "
        f"decimal comma, in {words}."
    )


def test_bytes_that_only_latin_1_knows_are_read_all_the_same(read):
    table = read(b"a,b\n\x81x,1\n\xe4,2\n")
    assert values(table, "a") == ["\x81x", "ä"]
    assert summary(table).endswith("in latin-1.")
    assert "without names" in summary(read("1,2\n3,4\n"))
    assert summary(read("a,b\n3,4\n")).startswith("1 row and 2 columns, named in ")


def test_the_euro_sign_of_windows_is_one(read):
    assert read("price,b\n5 €,1\n7 €,2\n".encode("cp1252")).columns["price"].unit == "€"


CELLS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]),
    min_size=1,
)


@given(
    rows=st.lists(st.tuples(CELLS, st.integers()), min_size=2, max_size=9),
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_what_csv_writes_is_read_as_it_was(
    tmp_path_factory, rows, delimiter, quoting, newline
):
    path = tmp_path_factory.mktemp("round") / "trip.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(
            file, delimiter=delimiter, quoting=quoting, lineterminator=newline
        )
        writer.writerows([["text", "number"], *rows])
    types = {"text": "category", "number": "category"}
    table = read_table(path, delimiter=delimiter, header=True, types=types)
    expected = [text for text, _ in rows]
    missing = missing_among(set(expected))
    assert values(table, "text") == ["" if t in missing else t for t in expected]
    assert values(table, "number") == [str(number) for _, number in rows]


@given(
    X=st.lists(
        st.tuples(*3 * [st.floats(-1e100, 1e100)]),
        min_size=3,
        max_size=20,
    )
)
def test_numbers_keep_every_bit(tmp_path_factory, X):
    path = tmp_path_factory.mktemp("bits") / "numbers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["x", "y", "z"], *X])
    table = read_table(path)
    found = np.column_stack([c.values for c in table.columns.values()])
    np.testing.assert_array_equal(found, np.array(X))


def test_quotes_hold_delimiters_quotes_and_lines(read):
    table = read('a,b\n"x, ""y""\nz",1\nplain,2\n')
    assert values(table, "a") == ['x, "y"\nz', "plain"]
    assert table.lines.tolist() == [3, 4]


def test_spaces_after_a_delimiter_and_empty_lines_do_not_count(read):
    table = read('a, b\n\n1, "x"\n,\n2,  y \n')
    assert values(table, "a") == [1, 2]
    assert values(table, "b") == ["x", "y"]


@pytest.mark.parametrize(
    "before", [0, 3000]
)  # so that it is beyond what is tried first
def test_a_cell_may_be_as_long_as_a_book(read, before):
    book = "word " * 100_000 + "end"
    rows = "x,1\n" * before
    table = read(f'text,number\n{rows}"{book}",2\n')
    assert values(table, "text")[-1] == book
    assert values(table, "number")[-1] == 2
    assert csv.field_size_limit() == 131_072  # as it was
    with pytest.raises(
        ValueError, match=r"^line 2 can't be split into cells .*: close"
    ):
        read(f'text,number\n"{book},2\n')
    assert csv.field_size_limit() == 131_072


def test_a_hint_for_excel_is_no_row(read):
    assert list(read("sep=;\na;b\n1;2\n").columns) == ["a", "b"]


# Names


def test_without_names_columns_are_counted(read):
    table = read("1,a\n2,b\n3,a\n")
    assert (table.header, list(table.columns)) == (False, ["column 1", "column 2"])
    assert table.num_rows == 3


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("a,b\nx,y\nz,w\n", True),  # texts only: most tables have names
        ("1,2\n3,4\n", False),
        ("1,x\n3,y\n", False),
        ("day,wage\n2021-03-01,3\n2021-03-02,4\n", True),
        ("2021-03-01,3\n2021-03-02,4\n", False),
        (",b\n1,2\n2,3\n", True),
        ("NA,2\n1,3\n", False),
        ("yes,a\nno,b\n", False),
        ("x,y\n1,2\n3,4\n", True),  # a name that may mean yes
        ("t,n\na,b\n", True),
        ("land,1960,1961,1962\nA,1.5,2,3\nB,4,5,6\n", True),  # years
        ("A,1960,1961,1963\nA,1.5,2,3\nB,4,5,6\n", False),
        ("kind,3\na,1\na,2\nb,1\nb,2\na,5\n", False),  # one sign for, one against
        ("kind,town,3\na,x,1\na,y,2\nb,x,1\nb,y,2\n", True),
        ("a,3\na,1\na,2\nb,1\nb,2\na,5\n", False),
        ("a,b\na,c\na,c\nb,b\nb,b\n", False),
        ("smoker,a\nno,b\nyes,b\n", True),
        ("depth,500\n1,2.5\n2,3.5\n", True),  # a word above nothing but numbers
        ("depth,500,1000,1500\n1,2.5,3,4\n2,3.5,5,6\n", True),
        ("id,10,kind,20\n1,2.5,a,7\n2,3.5,b,8\n", True),
        ("<3,500\n1,2.5\n2,3.5\n", False),  # no word
        ("region,2019,2020\nr0,0,7\nr1,1,5\nr2,2,9\n", True),  # two years
        ("region,2019,2020\nr0,0,2019\nr1,1,5\n", True),  # above few others
        ("Ann,1990,1991\nBob,1985,1992\nCat,1970,1999\n", False),
        ("r0,2018,2020\nr1,1,5\nr2,2,9\n", False),  # one is not after the other
        ("5 kg,5\n4,6\n7,8\n", False),  # other units do not make a name
        ("0,0,1\n0,1.5,2\n1,4,5\n", False),
    ],
)
def test_names_are_told_from_values(read, text, header):
    assert read(text).header is header


def test_the_reader_has_the_last_word_on_names(read):
    assert list(read("1990,1991\n3,4\n", header=True).columns) == ["1990", "1991"]
    assert read("a,b\n3,4\n", header=False).num_rows == 2


def test_columns_get_names_of_their_own(read):
    table = read("a,a, ,a\n1,2,3,4\n5,6,7,9\n")
    assert list(table.columns) == ["a", "a_2", "column 3", "a_3"]
    told = "'a' names 3 columns: they are called 'a', 'a_2', 'a_3' here."
    assert table.notes == [told]
    assert {column.unit for column in table.columns.values()} == {""}
    taken = read("a,a,a_2\n1,2,3\n4,5,7\n")
    assert list(taken.columns) == ["a", "a_3", "a_2"]
    empty = read("column 2,,x\n1,2,3\n4,5,7\n")
    assert list(empty.columns) == ["column 2", "column 2_2", "x"] and not empty.notes
    assert list(read(",column 1\n1,2\n3,5\n").columns) == ["column 1_2", "column 1"]


def test_rows_may_have_names_as_in_r(read):
    table = read('"x" "y"\n'.replace(" ", ",") + '"r1",1,2\n"r2",3,4\n')
    assert list(table.columns) == ["column 1", "x", "y"]
    told = "The first line has a cell less than the others: they begin with names"
    assert table.notes == [f"{told}, or have decimal commas without quotes."]


def test_commas_that_may_be_decimal_are_named(read):
    (told,) = read("x,y\n1,2,5\n3,4,5\n5,6,75\n").notes  # 2.5, 4.5 and 6.75?
    assert told.endswith(
        "they begin with names, or have decimal commas without quotes."
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,b,y\n1,2,3,\n4,5,7,\n", ["a", "b", "y"]),
        ("a,y\n1,3,\n4,7, \n", ["a", "y"]),
        ("kind;y\nx;3;\nz;7;\n", ["kind", "y"]),
    ],
)
def test_a_delimiter_at_the_end_of_each_row_shifts_no_name(read, text, names, tmp_path):
    table = read(text)
    assert list(table.columns) == names
    assert values(table, "y") == [3, 7]
    assert table.notes == [
        "Each row ends in a delimiter: the empty cells after it are left out."
    ]
    again = retype(tmp_path / "data.csv", table, {"y": "category"})
    assert values(again, "y") == ["3", "7"]


# Numbers


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        ({"1,5"}, ","),
        ({"1.5"}, "."),
        ({"1.234,5"}, ","),
        ({"1,234.5"}, "."),
        ({"0,125"}, ","),
        ({"1,234,567"}, "."),
        ({"1 234,5"}, ","),
        ({"1,234"}, ""),
        ({"1.234"}, ""),
        ({"12", "x"}, ""),
        ({"1,5", "1.5"}, ""),
        (set(), ""),
    ],
)
def test_a_decimal_mark_is_found_where_there_is_no_doubt(texts, mark):
    assert decimal_mark(texts) == mark


@pytest.mark.parametrize(
    ("texts", "decimal", "expected", "unit"),
    [
        (["1,234.5", "-7"], ".", [1234.5, -7], ""),
        (["1.234,5", "−7"], ",", [1234.5, -7], ""),
        (["1.234", "2.345.678"], ",", [1234, 2345678], ""),
        (["1 234 567,5", "1\u202f000"], ",", [1234567.5, 1000], ""),
        (["1’234.5", "+3e2"], ".", [1234.5, 300], ""),
        (["$1,200", "$ 3.50"], ".", [1200, 3.5], "$"),
        (["-$10", "$-10", "$10", "+$ 1.5"], ".", [-10, -10, 10, 1.5], "$"),
        (["−€1.000,5", "-€\u00a05", "€6"], ",", [-1000.5, -5, 6], "€"),
        (["3,50 €", "4€"], ",", [3.5, 4], "€"),
        (["12 %", "NA", "7%"], ".", [12, np.nan, 7], "%"),
        (["5,00\u00a0€", "1\u202f000,5\u202f€"], ",", [5, 1000.5], "€"),
        (["12\u00a0%", "7\u202f%"], ".", [12, 7], "%"),
        (["5\u00a0kg", "6\u202fkg", "7 kg"], ".", [5, 6, 7], "kg"),
        (["-3\u00a0°C", "4\u202f°C"], ".", [-3, 4], "°C"),
        (["$\u00a01.50", "$\u202f2"], ".", [1.5, 2], "$"),
        (["5 kg", "6.5kg"], ".", [5, 6.5], "kg"),
        (["3 m²", "4 m²"], ".", [3, 4], "m²"),
        (["-3 °C", "4°C"], ".", [-3, 4], "°C"),
        ([".5", "5.", " 6 "], ".", [0.5, 5, 6], ""),
        ([",5", "5,"], ",", [0.5, 5], ""),
    ],
)
def test_numbers_by_hand(texts, decimal, expected, unit):
    found = column(texts, decimal=decimal)
    assert (found.kind, found.unit) == ("number", unit)
    np.testing.assert_array_equal(found.values, expected)


@pytest.mark.parametrize(
    "text",
    [
        *["1_000", "inf", "1e999", "-2e100", "12A", "1.2.3", "1,23,456", "0x1F"],
        *["12:30", "-$-10", "-$+1", "--5", "-$", "$$5"],
        *["1e-400", "-2.5E-999", f"0.{'0' * 400}1"],  # 0.0 to Python
    ],
)
def test_what_python_or_others_might_take_for_a_number_is_none(text):
    assert column([text, "3"]).kind == "category"
    assert plain_numbers([text]) is None


def test_codes_that_start_with_a_zero_stay_as_they_are():
    found = column(["01067", "99084", "00001"])
    assert (found.kind, found.values[0]) == ("category", "01067")
    assert "start with a zero" in found.how
    assert column(["01067", "NA"]).kind == "category"
    assert column(["0.5", "0", "07.5"]).kind == "number"
    assert column(["01067", "2"], kind="number").values.tolist() == [1067, 2]


@pytest.mark.parametrize("padded", ["01067 ", "\t01067", "01067\u00a0", "\n01067"])
def test_spaces_around_a_code_cost_it_no_zero(padded):
    for texts in ([padded, "99084"], ["99084", padded], [padded, "NA"]):
        found = column(texts)
        assert (found.kind, "01067" in found.values) == ("category", True)
        assert "start with a zero" in found.how


IDS = ["9007199254740992", "9007199254740993", "9007199254740994"]  # from 2**53 up


@pytest.mark.parametrize("sign", ["", "+", "-", "−"])
def test_whole_numbers_that_would_be_rounded_are_codes(sign):
    texts = [sign + digits for digits in IDS]
    found = column([*texts, "NA", f" {sign}5"])
    assert found.kind == "category"
    assert found.values.tolist() == [*texts, "", f"{sign}5"]
    assert found.how == "codes, as some have more digits than a number keeps"
    assert column(["9" * 400, "1"]).how == found.how


def test_whole_numbers_that_are_kept_are_numbers():
    texts = [IDS[0], IDS[2], "100000000000000000000"]
    assert column(texts).values.tolist() == [2.0**53, 2.0**53 + 2, 1e20]
    assert column(texts).how == ""
    assert column(["0", "0.00", "0e-999"]).values.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("texts", "kind"),
    [(IDS, "number"), ([*IDS, "0.5"], None)],
)
def test_numbers_that_are_rounded_are_named(texts, kind):
    found = column(texts, kind)
    assert found.kind == "number" and 2.0**53 in found.values
    assert found.how == (
        f"{IDS[1]!r} and other such numbers are rounded: as category, they are kept"
    )


def test_digits_without_end_are_codes():
    found = column(["1" * 5000, "22"])
    assert found.kind == "category" and found.how.startswith("codes, as some have more")


def test_what_is_missing_is_named_before_what_is_rounded():
    found = column([*IDS, "1e-400"], "number")
    np.testing.assert_array_equal(found.values, [2.0**53, 2.0**53, 2.0**53 + 2, np.nan])
    assert found.how == ("'1e-400' and other such texts count as missing")


def test_other_units_are_not_mixed():
    found = column(["5 kg", "6 kg", "600 g"])
    assert found.kind == "category"
    forced = column(["5 kg", "6 kg", "600 g"], kind="number")
    np.testing.assert_array_equal(forced.values, [5, 6, np.nan])
    assert forced.how == "'600 g' and other such texts count as missing"


def test_the_unit_is_that_of_most_rows():
    texts = ["5 kg"] * 20 + ["600 g", "700 g", "800 g"]
    found = column(texts, "number")
    assert found.unit == "kg"
    np.testing.assert_array_equal(found.values, [5.0] * 20 + [np.nan] * 3)
    assert column(texts).how == (
        "mostly numbers, but not '600 g': as number, it is missing"
    )
    assert column(["5 kg"] + ["x", "y"] * 2).how == ""


def test_a_few_odd_cells_are_named():
    texts = ["1", "2", "<3", "4"]
    assert column(texts).how == "mostly numbers, but not '<3': as number, it is missing"
    np.testing.assert_array_equal(column(texts, "number").values, [1, 2, np.nan, 4])
    assert column(["1", "b", "c"]).how == ""


def test_decimal_marks_may_differ_by_column(read):
    table = read("a;b;c\n1,5;2.25;1.234\n2,5;3.25;2.345\n1,25;4.5;3.456\n")
    assert values(table, "a") == [1.5, 2.5, 1.25]
    assert values(table, "b") == [2.25, 3.25, 4.5]


def test_doubtful_groups_are_said_and_can_be_corrected(read):
    text = "a;b\n1,234;x\n2,345;y\n"
    table = read(text)
    assert values(table, "a") == [1234, 2345]
    assert table.notes == ["1,234 was read as 1234: if it has a decimal comma, say so."]
    corrected = read(text, decimal=",")
    assert values(corrected, "a") == [1.234, 2.345]
    assert (corrected.decimal, corrected.notes) == (",", [])
    dots = "a;b;c\n1.234;x;1,5\n2.345;y;2\n"
    assert values(read(dots), "a") == [1234, 2345]  # the file has decimal commas
    assert values(read(dots, decimal="."), "a") == [1.234, 2.345]
    (note,) = read(dots).notes
    told = "1.234 was read as 1234: if it has a decimal point, write it as in the "
    assert note == told + "other columns."
    (note,) = read("a;b\n1,234;0.5\n2,345;2.31\n").notes
    assert note.startswith(
        "1,234 was read as 1234: if it has a decimal comma, write it "
    )


def test_thousands_as_germans_write_them_are_said(read):
    text = "Einwohner;Preis\n1.250;3\n2.340;5\n"
    table = read(text)
    assert values(table, "Einwohner") == [1.25, 2.34]
    assert table.notes == [
        "1.250 was read as 1.25: if it is 1250, say that the file has a decimal comma."
    ]
    corrected = read(text, decimal=",")
    assert (values(corrected, "Einwohner"), corrected.notes) == ([1250, 2340], [])
    assert read("a;b\n1.250;3\n0.125;5\n").notes == []  # no doubt here
    assert read("a,b\n1.250,3\n2.125,5\n").notes == []  # nor between commas
    assert read("a;b\n1.250;0.5\n2.125;5\n").notes == []  # nor beside decimal points
    assert read("a;b\n1,250;0,5\n2,125;5\n").notes == []


@pytest.mark.parametrize(
    ("name", "noun", "unit"),
    [
        ("mass (g)", "mass", "g"),
        ("mass [kg]", "mass", "kg"),
        ("mass", "mass", ""),
        ("(g)", "(g)", ""),
        ("f(x)", "f", "x"),
        ("v (km/h)", "v", "km/h"),
        ("a (m/s²)", "a", "m/s²"),
        ("area [m^2]", "area", "m^2"),
        ("t (°C)", "t", "°C"),
        ("share (%)", "share", "%"),
        ("wage (USD)", "wage", "USD"),
        ("wage (k€)", "wage", "k€"),
        ("price (€/kg)", "price", "€/kg"),
        ("age (years)", "age", "years"),
        ("wait (min)", "wait", "min"),
        ("energy (kWh)", "energy", "kWh"),
        ("p (hPa)", "p", "hPa"),
        ("angle [°]", "angle", "°"),
        ("x (2)", "x (2)", ""),
        ("score (0-100)", "score (0-100)", ""),
        ("y (old)", "y (old)", ""),
        ("y (new)", "y (new)", ""),
        ("Y (OLD)", "Y (OLD)", ""),
        ("size (estimated)", "size (estimated)", ""),
        ("size [max]", "size [max]", ""),
        ("q (/)", "q (/)", ""),
    ],
)
def test_units_may_be_in_the_name(name, noun, unit):
    found = parse_column(name, ["1", "2"], ".")
    assert (found.noun, found.unit, found.label) == (noun, unit, name)
    assert parse_column("mass", ["1 g"], ".").label == "mass (g)"
    assert parse_column("mass (g)", ["1 %"], ".").label == "mass (%)"
    assert parse_column("mass (g)", ["1", "<2"], ".", "number").unit == "g"


# Dates, yes and no, missing values


@given(days=st.lists(st.dates(), min_size=2, max_size=9))
def test_dates_are_days_as_numpy_counts_them(days):
    expected = np.array(days, dtype="M8[D]").astype(float)
    for kind, order in (
        ("year-month-day", "{0:04}-{1:02}-{2:02}"),
        ("day.month.year", "{2:02}.{1}.{0:04}"),
        ("month/day/year", "{1}/{2:02}/{0:04}"),
    ):
        texts = [order.format(day.year, day.month, day.day) for day in days]
        found = column(texts, kind)
        np.testing.assert_array_equal(found.values, expected)
        assert found.unit == "day"


@given(moment=st.datetimes(datetime(1700, 1, 1), datetime(2300, 1, 1)))
def test_a_time_of_day_is_a_part_of_one(moment):
    moment = moment.replace(microsecond=0)
    found = column([moment.isoformat(), moment.isoformat(" ") + ".25Z"])
    expected = (moment - datetime(1970, 1, 1)) / timedelta(days=1)
    np.testing.assert_array_equal(found.values, [expected, expected])


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["2021-03-04", "2021/3/5"], "year-month-day"),
        (["2021-03-04 12:30", "NA"], "year-month-day"),
        (["3.4.2021", "5.4.2021"], "day.month.year"),
        (["13/4/2021", "3/4/2021"], "day.month.year"),
        (["4/13/2021", "3/4/2021"], "month/day/year"),
        (["3/4/2021", "5/6/2021"], "category"),
        (["31.2.2021", "1.2.2021"], "category"),
        (["01.01.20", "28.02.99"], "day.month.year"),
        (["2/28/20", "3/1/20"], "month/day/year"),
        (["1/2/20", "3/1/20"], "category"),
        (["10-20-30", "11-20-30"], "category"),
        (["2010-01", "2010-02"], "year-month-day"),
        (["2010-13", "2010-02"], "category"),
        (["2010.01", "2010.02"], "number"),
        (["2021-03-04 25:30", "2021-03-04"], "category"),
        (["yes", "No", "?"], "yes/no"),
        (["TRUE", "false"], "yes/no"),
        (["y", "n", "maybe"], "category"),
        (["Y", "n"], "yes/no"),
        (["T", "f"], "yes/no"),
        (["yes", "YES"], "yes/no"),
        (["N", "F"], "category"),  # each no, but of another question
        (["T", "Y"], "category"),
        (["yes", "n"], "category"),
        (["true", "no"], "category"),
        (["true", "F"], "category"),
        (["NA", ""], "category"),
        (["2021", "2022"], "number"),
    ],
)
def test_kinds_by_hand(texts, kind):
    assert column(texts).kind == kind


def test_words_of_several_pairs_are_yes_or_no_to_who_says_so():
    found = column(["N", "F", "T", "yes"], "yes/no")
    assert (found.values.tolist(), found.how) == ([0, 0, 1, 1], "")


def test_years_of_two_digits_are_those_of_our_time():
    found = column(["01.02.68", "01.02.69", "1.2.0050"])
    expected = np.array(["2068-02-01", "1969-02-01", "0050-02-01"], dtype="M8[D]")
    np.testing.assert_array_equal(found.values, expected.astype(float))


def test_a_month_is_its_first_day():
    expected = np.array(["2010-01-01", "2010-11-01"], dtype="M8[D]").astype(float)
    np.testing.assert_array_equal(column(["2010-01", "2010/11"]).values, expected)


def test_dates_that_may_be_read_in_two_ways_are_not_guessed():
    texts = ["3/4/2021", "5/6/2021"]
    assert "choose which" in column(texts).how
    first = date(1970, 1, 1)
    for kind, day in (
        ("month/day/year", date(2021, 3, 4)),
        ("day.month.year", date(2021, 4, 3)),
    ):
        assert column(texts, kind).values[0] == (day - first).days


@pytest.mark.parametrize(
    "text", ["", "NA", "n/a", "NaN", "null", "?", "-", "–", ".", " na ", "#N/A"]
)
def test_missing_values_are_known_by_many_names(text):
    np.testing.assert_array_equal(column([text, "1"]).values, [np.nan, 1])
    assert column([text, "1", "1", "2"]).num_distinct == 2
    words = column([text, "b", "c"])
    assert words.values.tolist() == ["", "b", "c"]
    assert words.is_missing.tolist() == [True, False, False]


@pytest.mark.parametrize(
    "texts",
    [
        ["+", "-", "+"],
        ["+ ", " -", "+"],
        ["+", "–", "++", "--", "+"],
        ["+/-", "-", "+"],
        ["±", "-"],
    ],
)
def test_a_dash_among_plus_signs_is_a_level(texts):
    found = column([*texts, "", "NA"])
    assert found.values.tolist() == [*(text.strip() for text in texts), "", ""]
    assert (found.kind, found.how) == ("category", "")


def test_a_dash_among_anything_else_is_missing():
    assert column(["+", "-", "x"]).values.tolist() == ["+", "", "x"]
    assert column(["+", "?", "."]).values.tolist() == ["+", "", ""]
    assert column(["-", "--"]).is_missing.all()


def test_none_is_a_level_like_any_other():
    assert column(["None", "beer"]).values.tolist() == ["None", "beer"]


@given(
    texts=st.lists(st.text(max_size=6), min_size=1, max_size=5),
    kind=st.sampled_from(KINDS),
)
def test_any_cells_can_be_read_as_any_kind(texts, kind):
    found = column(texts, kind)
    assert len(found.values) == len(texts)
    if kind != "category":
        known = read_as(kind, set(texts), ".")[0]
        assert np.isfinite(found.values).sum() <= len(texts)
        assert all(np.isfinite(value) for value in known.values())


def test_numbers_in_words():
    assert [counted(n, "row") for n in (0, 1, 1200)] == [
        "0 rows",
        "1 row",
        "1,200 rows",
    ]


# What the reader corrects


def test_types_can_be_given(read, tmp_path):
    text = "year,zone,day\n2020,1,3/4/2021\n2021,2,5/6/2021\n"
    types = {"zone": "category", "day": "month/day/year"}
    table = read(text, types=types)
    assert values(table, "zone") == ["1", "2"]
    assert table.columns["day"].kind == "month/day/year"
    plain = read(text)
    again = retype(tmp_path / "data.csv", plain, types)
    assert {name: values(again, name) for name in again.columns} == {
        name: values(table, name) for name in table.columns
    }
    assert retype(tmp_path / "data.csv", plain, {"zone": "number"}) is plain
    with pytest.raises(ValueError, match="types names 'size', but the columns are"):
        read(text, types={"size": "number"})
    with pytest.raises(ValueError, match="types says 'zone' is 'digit': try one of"):
        retype(tmp_path / "data.csv", plain, {"zone": "digit"})
    with pytest.raises(TypeError, match=r"types is a list, not a dict: try {'year': "):
        retype(tmp_path / "data.csv", plain, ["number"])


@pytest.mark.parametrize(
    "now", [f"{SPRING}12;brass;80\n", SPRING.rpartition("\n")[0].rpartition("\n")[0]]
)
def test_a_file_that_has_changed_meanwhile_is_not_read_in_part(read, tmp_path, now):
    table, path = read(SPRING), tmp_path / "data.csv"
    path.write_text(now)
    with pytest.raises(ValueError, match=r"^data\.csv has changed: read it again$"):
        retype(path, table, {"length": "category"})
    path.write_text(SPRING)
    assert values(retype(path, table, {"length": "category"}), "length")[0] == "40,25"


def test_an_encoding_can_be_given(read):
    data = "a,b\nä,1\nö,2\n".encode("cp1250")
    assert values(read(data, encoding="cp1250"), "a") == ["ä", "ö"]
    for encoding in ("utf-8", "utf-99"):
        with pytest.raises(
            ValueError, match=f"no text in the encoding '{encoding}': try"
        ):
            read(data, encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-be", "utf-32"])
def test_a_wide_encoding_can_be_given(read, encoding):
    table = read(SPRING.encode(encoding), encoding=encoding)
    assert values(table, "wire") == ["steel", "brass", "steel"]
    assert table.encoding == encoding


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-32-be", "gb18030"])
def test_a_byte_order_mark_is_no_part_of_a_name(read, encoding):
    table = read('\ufeff"mass",x\n1,2\n'.encode(encoding), encoding=encoding)
    assert list(table.columns) == ["mass", "x"]


def test_utf_32_is_told_from_utf_16_by_its_mark(read):
    for order in ("le", "be"):
        table = read(f"\ufeff{SPRING}".encode(f"utf-32-{order}"))
        assert list(table.columns) == ["mass", "wire", "length"]
        assert summary(table).endswith(", in UTF-32.")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
@pytest.mark.parametrize("more", ["", "x"])
def test_text_without_a_mark_is_not_taken_for_what_needs_one(read, encoding, more):
    told = f"is no text in the encoding '{encoding}': try utf-8-sig"
    with pytest.raises(ValueError, match=told):
        read(SPRING + more, encoding=encoding)


def test_a_zero_is_no_text_in_any_encoding(read):
    for encoding in ("utf-8", "utf-16", "utf-16-le"):
        for choice in (encoding, None):
            with pytest.raises(ValueError, match=r"is not text, it has a zero in "):
                read("a,b\n1,\0\n".encode(encoding), encoding=choice)


@pytest.mark.parametrize("delimiter", [";;", "", "\n", '"'])
def test_marks_that_mean_nothing_get_a_sentence(read, delimiter):
    with pytest.raises(
        ValueError, match=r"^delimiter is .*: try a single mark, such as"
    ):
        read(SPRING, delimiter=delimiter)
    with pytest.raises(ValueError, match=r"^decimal is ';': try '\.' or ','"):
        read(SPRING, decimal=";")


@pytest.mark.parametrize(
    ("choices", "error", "match"),
    [
        ({"header": 2}, TypeError, r"^header is 2, not a bool: try True$"),
        ({"header": 0}, TypeError, r"^header is 0, not a bool: try True$"),
        ({"header": "no"}, TypeError, r"^header is 'no', not a bool: try True$"),
        ({"delimiter": 5}, TypeError, r"^delimiter is 5, not a str: try ';'$"),
        ({"encoding": 5}, TypeError, r"^encoding is 5, not a str: try 'utf-8'$"),
        ({"encoding": ""}, ValueError, r"is no text in the encoding '': try utf-8"),
        (
            {"encoding": "hex"},
            ValueError,
            r"is no text in the encoding 'hex': try utf-8",
        ),
        ({"decimal": 5}, ValueError, r"^decimal is 5: try '\.' or ','$"),
        (
            {"types": ["number"]},
            TypeError,
            r"^types is a list, not a dict: try \{'mass': ",
        ),
        (
            {"types": "number"},
            TypeError,
            r"^types is a str, not a dict: try \{'mass': ",
        ),
        ({"types": {"mass": 5}}, ValueError, r"^types says 'mass' is 5: try one of"),
        ({"types": {5: "number"}}, ValueError, r"^types names 5, but the columns are"),
    ],
)
def test_a_choice_that_is_none_gets_a_sentence(read, choices, error, match):
    with pytest.raises(error, match=match):
        read(SPRING, **choices)


def test_what_was_understood_is_described(read):
    table = read(
        "size (g),kind,day,ok,none\n"
        + "".join(f"{k},{'abcde'[k]},2021-03-0{k + 1},yes,\n" for k in range(5))
        + "NA,a,2021-03-09,no,\n"
    )
    assert describe_columns(table) == [
        {
            "column": "size (g)",
            "type": "number",
            "values": "0 to 4",
            "missing": "1",
            "doubtful": "",
        },
        {
            "column": "kind",
            "type": "category",
            "values": "a (2), b (1), c (1), and 2 more",
            "missing": "0",
            "doubtful": "",
        },
        {
            "column": "day",
            "type": "year-month-day",
            "values": "2021-03-01 to 2021-03-09",
            "missing": "0",
            "doubtful": "",
        },
        {
            "column": "ok",
            "type": "yes/no",
            "values": "5 yes, 1 no",
            "missing": "0",
            "doubtful": "",
        },
        {
            "column": "none",
            "type": "category",
            "values": "none",
            "missing": "6",
            "doubtful": "no values",
        },
    ]
    few = describe_columns(read("kind,x\na,1\nb,2\n"))[0]
    assert few["values"] == "a (1), b (1)"


# Files that are refused


def zipped():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return buffer.getvalue()


BAD_FILES = {
    "empty": (b"", "data.csv is empty: choose a file with a table"),
    "xlsx": (
        zipped(),
        "data.csv is a zip archive, as Excel's .xlsx is, not text: save",
    ),
    "xls": (
        b"\xd0\xcf\x11\xe0\xa1\xb1",
        "is an old Excel workbook, not text: save the",
    ),
    "pdf": (b"%PDF-1.7 ...", "is a PDF, not text: save the table as CSV"),
    "gzip": (b"\x1f\x8b\x08rest", "is compressed, not text: save the table as CSV"),
    "binary": (
        b"a,b\n1,\x00\n",
        "is not text, it has a zero in line 2: save the table",
    ),
    "half UTF-16": (b"\xff\xfea", "has only one column"),
    "one column": (
        "a\n1\n2\n",
        "data.csv has only one column, but a target needs a",
    ),
    "a long word": ("x" * 200_000, "data.csv has only one column, but a target"),
    "only spaces": (" \n\n", "has only one column, but a target"),
    "names only": (
        "a,b\n",
        "has the names of columns, but no rows: choose one with data",
    ),
    "ragged": (
        "a,b\n1,2\n3,4,5\n6,7\n",
        "^line 3 has 3 cells, but most have 2: put quo",
    ),
    "short": ("a,b,c\n1,2,3\n3,4\n6,7,8\n", "^line 3 has 2 cells, but most have 3"),
    "title": (
        "My table\na,b,c\n1,2,3\n4,5,6\n",
        "^line 1 has 1 cell, .*: delete what is",
    ),
    "title above two columns": (
        "# made by lab\na,b\n1,2\n3,4\n",
        "^line 1 has 1 cell, but most have 2: delete what is above the names",
    ),
    "padded title above two columns": (
        "My table,\na,b\n1,2\n3,4\n",
        "^line 1 has 1 cell, but most have 2: delete what is above the names",
    ),
    "title with a comma": (
        "made by us, at home\na,b,c\n1,2,3\n4,5,7\n",
        "^line 1 has 2 cells, but most have 3: delete what is above the names",
    ),
    "names without columns": (
        "a,b,c\n1,2\n3,4\n",
        "^line 1 has 3 cells, but most have 2: delete names and delimiters that have",
    ),
    "a delimiter behind the names": (
        "a,b,\n1,2\n3,4\n",
        "^line 1 has 3 cells, but most have 2: delete names and delimiters that have",
    ),
    "a long title": (
        "made, at home, by us\na,b\n1,2\n3,4\n",
        "^line 1 has 3 cells, .* below, or what is above the names$",
    ),
    "decimal commas without quotes": (
        "x,y\n1,5,2,5\n3,5,4,75\n",
        "delete what is above the names, or put quotes around decimal commas$",
    ),
    "two titles": (
        "# made\n# by us\na,b\n1,2\n3,4\n",
        "^line 2 has 1 cell, but most have 2: delete what is above the names",
    ),
    "years below a title": (
        "of the bank\nland,1960,1961,1962\nA,1,2,3\nB,4,5,6\n",
        "^line 1 has 1 cell, but most have 4: delete",
    ),
    "a cell alone": ("a,b\n1,2\n3\n4,5\n", "^line 3 has 1 cell, but most have 2: put"),
    "padded title": (
        "My table,,\na,b,c\n1,2,3\n",
        "^line 1 has 1 cell, .*: delete what",
    ),
    "open quote": (
        'a,b\n"1,2\n3,4\n',
        "^line 3 can't be split into cells .*: close each",
    ),
    "quote and more": ('a,b\n1,2\n"5" pipe,4\n', "^line 3 can't be split into cells"),
    "wide": (
        ",".join(map(str, range(1_000_000))),
        "has 1,000,000 columns, more than the",
    ),
}


@pytest.mark.parametrize(("content", "match"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_gets_a_sentence(read, content, match):
    with pytest.raises(ValueError, match=match):
        read(content)


def test_a_missing_file_gets_a_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no file .*: is its folder"):
        read_table(tmp_path / "none.csv")


def test_what_is_too_large_is_refused_before_it_is_read(read, tmp_path, monkeypatch):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(linreg.text_files.MAX_BYTES + 2**20)  # takes no space
    monkeypatch.setattr(type(path), "read_bytes", None)  # would fail if it were called
    with pytest.raises(ValueError, match=r"has 129 MB, more than the 128 MB that fit"):
        read_table(path)
    monkeypatch.undo()
    monkeypatch.setattr(linreg.delimited, "MAX_CELLS", 5)
    monkeypatch.setattr(linreg.delimited, "split_rows_of", None)
    with pytest.raises(
        ValueError, match=r"has about 4 rows of 3 columns, more than the"
    ):
        read(SPRING)


@given(data=st.binary(max_size=60), header=st.sampled_from([None, True, False]))
def test_any_bytes_are_a_table_or_get_a_sentence(tmp_path_factory, data, header):
    path = tmp_path_factory.mktemp("bytes") / "data.csv"
    path.write_bytes(data)
    try:
        table = read_table(path, header=header)
    except ValueError as error:
        assert re.search(r": [a-z]", str(error))  # what to do
    else:
        assert table.num_rows > 0 and len(table.columns) > 1
        assert len(describe_columns(table)) == len(table.columns)
