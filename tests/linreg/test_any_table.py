"""Whatever is in a table, it is answered from end to end, or refused in a sentence."""

import csv
import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from linreg.answers import coefficient_sentences, prediction_sentence
from linreg.comparison import compare_errors, error_sentences
from linreg.descriptions import describe_columns, summary
from linreg.design_matrix import design_matrix
from linreg.diagnosis import diagnose
from linreg.new_rows import new_row
from linreg.questions import ask_row, questions
from linreg.row_warnings import find_extrapolation
from linreg.splits import blocks_of, split_rows
from linreg.tables import read_table

CELLS = [
    st.integers(0, 5).map(str),
    st.integers(-(10**6), 10**6).map(str),
    st.floats(-1e3, 1e3).map("{:.2f}".format),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["yes", "no"]),
    st.sampled_from(["1", "NA", ""]),
    st.sampled_from(["1,5", "2,25", "1.000,5"]),
    st.dates().map(str),
    st.just("3"),
    st.text(max_size=3),
]


@st.composite
def tables(draw):
    """Draw the rows of a table whose columns may be of any kind, and the last a copy."""
    rows = draw(st.integers(1, 25))
    kinds = draw(st.lists(st.sampled_from(CELLS), min_size=2, max_size=5))
    columns = [draw(st.lists(kind, min_size=rows, max_size=rows)) for kind in kinds]
    columns += [columns[0]] * draw(st.booleans())
    names = [f"c{k}" for k in range(len(columns))]
    return [names, *zip(*columns, strict=True)]


@settings(max_examples=40)
@given(
    rows=tables(),
    target=st.integers(0, 5),
    split=st.sampled_from(["rows", "groups", "time"]),
    takes_all=st.booleans(),
)
def test_any_table_is_answered_or_refused(
    tmp_path_factory, rows, target, split, takes_all
):
    path = tmp_path_factory.mktemp("any") / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    said = []
    try:
        table = read_table(path, delimiter=";", header=True)
        said += [
            summary(table),
            *(column["type"] for column in describe_columns(table)),
        ]
        names = questions(table)["target"]["options"]
        asked = questions(table, {"target": names[target % len(names)]})
        chosen = {name: question["chosen"] for name, question in asked.items()}
        chosen["split"] = split if split in asked["split"]["options"] else "rows"
        features = asked["features"]["options" if takes_all else "chosen"]
        design = design_matrix(table, chosen["target"], features)
        said += [finding.sentence for finding in diagnose(design)]
        said += coefficient_sentences(design)
        row = ask_row(design)["chosen"]
        said += [prediction_sentence(design, row)]
        assert np.isfinite(new_row(design, row)).all()
        assert find_extrapolation(design, design.X[:1]) is None
        parts = split_rows(design, chosen)
        blocks = blocks_of(design, parts[-1], chosen)
        errors = compare_errors(design, *parts, blocks)
        said += error_sentences(errors, chosen["target"])
    except ValueError as error:
        assert re.search(r"\w{2,}.* .*\w{2,}.*: [a-z]", str(error), re.DOTALL)
    assert not re.search(r"\b(nan|inf|None)\b", " ".join(said))
