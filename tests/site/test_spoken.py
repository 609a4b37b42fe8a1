"""What a formula is called aloud, and which cells a value in the text comes from."""

import pytest
from math_core import LatexToMathML
from origins import Origins, mark
from spoken import spoken


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        (r"x_i^2", "x sub i squared"),
        (r"(X^\top X)^{-1}", "open parenthesis X transpose X close parenthesis inverse"),
        (r"\frac{a}{b}", "the fraction a over b, end fraction,"),
        (r"\sqrt{\sigma}", "the square root of sigma, end root,"),
        (r"\sum_{i=1}^{N} y_i", "the sum from i equals 1 to N of y sub i"),
        (r"\sum_j \lambda W_j", "the sum over j of lambda W sub j"),
        (r"10^{-3} \le \alpha < 1", "10 to the power of minus 3 is at most alpha is less than 1"),
        (r"\text{two words}", "two words"),
        (r"\begin{aligned} a &= 1\\ b &\leftarrow 2\end{aligned}", "a equals 1; b becomes 2"),
    ],
)  # fmt: skip
def test_a_formula_is_said_as_a_teacher_would(tex, words):
    mathml = LatexToMathML().convert_with_local_state(tex, displaystyle=True)
    assert spoken(mathml) == words


def test_a_value_comes_from_the_cells_that_made_its_names_directly_or_not():
    origins = Origins()
    origins.run(1, "a = 1\nb = 2")
    origins.run(2, "def double(x):\n    return a * x")
    origins.run(3, "c = double(5)")
    origins.run(4, "a = 7")  # double reads the name a anew, c was made before
    calls = "[format(b, ''), format(c + b, ''), format(a, ''), format(1 + 1, '')]"
    assert origins.of_values(calls) == [[1], [1, 2, 3], [4], []]


@pytest.mark.parametrize(
    ("text", "is_marked"),
    [
        ("It is 5 mm.", True),
        ("| 5 | mm |", True),
        ("a **5** and [more than 5](page.md)", True),
        ("## Head 5", False),
        ('??? question "Is it 5?"', False),
        ("$x = {5}$", False),
        ("![of 5](image.svg)", False),
        ("[link](page-5.md)", False),
        ('<span title="5">x</span>', False),
        ("<svg><text>5</text></svg>", False),
        ("<svg></svg> 5", True),
        ("<select><option>5</option></select>", False),
    ],
)
def test_only_values_in_prose_are_marked(text, is_marked):
    at = text.index("5")
    whole = f"First line.\n{text}"
    marked = mark(whole, [(12 + at, 13 + at, [1, 3])])
    span = '<span class="value" data-from="1 3">5</span>'
    assert marked == (
        whole[: 12 + at] + span + whole[13 + at :] if is_marked else whole
    )
    assert mark(whole, [(12 + at, 13 + at, [])]) == whole
