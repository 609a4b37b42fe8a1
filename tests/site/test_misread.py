"""Lessons that Markdown, TeX or a browser would read otherwise than their writer, each refused with its line."""

import re
from pathlib import Path

import pytest
from notebooks import lesson_to_notebook
from project import fence
from refusals import LessonError

TEX = {
    "a comment in a formula": ("a\n\nis $50 % of n$", r":5: in a formula % hides"),
    "a displayed formula in a line": ("so $$x + 1$$ is", r":3: \$\$ begins a formula"),
    "a displayed formula in a table": (
        "a | b\n--- | ---\n1 | $$x$$",
        r":5: \$\$ begins a formula with blank lines around it",
    ),
    "a displayed formula with a point": ("$$x$$.", r":3: \$\$ begins a formula with"),
    "a displayed formula below words": ("a\n$$\nx\n$$", r":4: \$\$ begins a formula"),
    "a displayed formula above words": ("$$\nx\n$$\na", r":3: \$\$ begins a formula"),
    "blanks in dollars": ("a $ x $ b", r":3: \$ x \$ stays as it is: no blank"),
    "a blank in dollars": ("a\nb $x = 1 $ c", r":4: \$x = 1 \$ stays as it is"),
    "a formula with a blank line": (
        "$$\na\n\nb\n$$",
        ":3: a blank line ends a formula",
    ),
    "square brackets within a line": (
        r"a \[x^2\] b",
        r":3: \\\[ begins a formula with blank lines",
    ),
    "words in brackets": (
        r"a \(see below\) b",
        r":3: \\\(see below\\\) becomes a formula",
    ),
    "an index of two digits": ("is $x_10$", r":3: in x_10 TeX takes .*write _\{10\}"),
    "a negative power": ("$$\n10^-3\n$$", r":3: in 0\^-3 TeX takes only one sign"),
    "a power of two digits": ("$x^12$", r":3: in x\^12 TeX takes .* write \^\{12\}"),
    "a power with a point": ("$x^1.5$", r":3: in x\^1\.5 TeX takes"),
    "a word for an index": ("$x_max$", r":3: in x_max TeX takes"),
    "two letters for an index": ("$x_ij$", r":3: in x_ij TeX takes"),
    "a letter and a digit for an index": ("$x_i2$", r":3: in x_i2 TeX takes"),
    "a value behind a digit": ("is $2{{ 3 }}$", ":3: a value right beside a digit"),
    "a value before a digit": ("$$\nx = {{ 3 }}2\n$$", ":3: a value right beside"),
    "a power of two digits in a caption": (
        fence("x = 1", caption="a $x^12$", alt="b"),
        r":3: in x\^12 TeX takes",
    ),
}
FINE_TEX = {
    "formulas": r"$50\,\%$, $x^{12} y_{10}$, $x^2y_i x_iy_i$, $w_jx_j^2$, $A^+b$, $x^*$, \(x\)"
    r", $\text{loss_train} x_\text{max}$, $x^\top y$, $x^{{ 1 + 22 }}$, $y_{{ 'x_10' }}$, $x'$, $2^n$",
    "values": r"$\frac{{ 1 }}{{ 2 }}$, $\frac1{{ 2 }}$, $x_2 {{ 1 }}$, $2 \cdot {{ {1: 2}[1] }}$, 2{{ 1 }}",
    "displayed formulas": "# B\n$$x$$\n\n- $$x$$\n- b\n\n!!! note\n    $$\n    x\n    $$\n\n> $$\n> x\n> $$\n\n"
    "<div markdown>\n$$x$$\n</div>\n\n$$\na \\\\\nb\n$$\n\n1. c\n\n    $$x$$\n\n"
    "t\n:   $$x$$\n\n\\[\nx^2\n\\]\n\n<!-- c -->\n$$x$$\n<!-- c -->",
    "dollars": "From $ 5 to $ 6, US$ 5 and US$ 6, `$ x $`, 5 $ or 6 $, \\$ x \\$ <!-- $ x $ -->",
    "brackets": r"\[a\](b.md), \[1, 2\], `\[x^2\]`",
    "code": "a\n\n    $ x $ $x_10$ $$x$$ b\n\n```text\n$x_10$ a $$x$$\n```\n\n`$x^12$`",
}

ELEMENTS = {
    "a type with a parameter": (
        "a\n\na vector<float> b",
        ":5: a browser takes <float>",
    ),
    "a lone parameter": ("Let <T> be", ":3: a browser takes <T> for HTML and shows"),
    "a place to fill in": ("Hello <your name>", ":3: a browser takes <your name>"),
    "another place to fill in": ("cd <your-name>", ":3: a browser takes <your-name>"),
    "a name with colons": ("a <std::string>", ":3: a browser takes <std::string>"),
    "comparisons": ("if a<b and c>d", ":3: a browser takes <b and c> for HTML"),
    "a parameter in a table": ("a | b\n--- | ---\n1 | <T>", ":5: a browser takes <T>"),
    "a parameter in a caption": (
        fence("x = 1", caption="a <T> b", alt="c"),
        ":3: a browser takes <T>",
    ),
    "bold that never ends": ("a\nb <b>c\n\nd", ":4: <b> has no </b> in the same"),
    "bold that ends in another paragraph": ("a <b>c\n\nd</b>", ":3: <b> has no </b>"),
    "a span that never ends": (
        'a <span class="data">b',
        ':3: <span class="data"> has no </span>',
    ),
    "the second of two spans": (
        'a <span class="data">b</span>\n<span class="model">c',
        ':4: <span class="model"> has no',
    ),
    "a class that no style knows": (
        'a\n\nb <span class="modell">c</span>',
        ":5: no style knows the class modell: did you mean model",
    ),
}
FINE_ELEMENTS = {
    "comparisons with blanks": "a < b and c > d, 3 <4, x <- y -> z, `a<b and c>d`, $a<b$ and $c>d$",
    "code and comments": "`vector<float>`, ``<T>`` <!-- <T> and <b> -->\n\n    <your name>\n\n"
    "```text\n<your name> <b>\n```\n\n{{ 1<2 and 3>2 }}",
    "links": "<iframe src='b' allowfullscreen></iframe> <https://example.org/a>, <mailto@example.org>",
    "escaped signs": "vector&lt;float> and &lt;T&gt;",
    "HTML": 'a<br>b<br/>c <b>d</b> <kbd>e</kbd> <span class="data">f</span> <img src=\'x\' alt="a > b"> H<sub>2</sub>O'
    ' <a href="b.md" download>c</a> <i\nid="x">y\nz</i>\n\n<details open markdown="1"><summary>a</summary>\n\n'
    "b\n\n</details>\n\n<svg viewBox='0 0 1 1'><foreignObject/><linearGradient></svg>\n\n<script>if (a<b && c>d) e();</script>",
    "HTML of several paragraphs": '<div>\n<a href="b.md">\n\n<img src="x">\n\n</a>\n</div>',
    "elements of one's own": "<x-y data-a='1'>b</x-y>",
}

HEAD = "a | b\n--- | ---\n"
TABLES = {
    "a row with a cell too many": (HEAD + "1 | 2 | 3", ":5: this row has 3 cells, and"),
    "a row with a cell too few": (
        "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 |",
        ":6: this row has 1 cells, and its header 2",
    ),
    "words below a table": (HEAD + "1 | 2\nwords", ":6: below a table stands a blank"),
    "an attribute list below a table": (HEAD + "1 | 2\n{ .x }", ":6: below a table"),
    "a table without a rule": (
        "w\n\n| a | b |\n| 1 | 2 |",
        ":5: this is no table: below",
    ),
    "rows without a rule": ("a | b\n1 | 2\n3 | 4", ":3: this is no table"),
    "a rule of other strokes": ("a | b\n=== | ===\n1 | 2", ":4: this is no rule"),
    "a rule of dashes": ("| a | b |\n| — | — |\n| 1 | 2 |", ":4: this is no rule"),
    "a rule with a plus": ("a | b\n--- + ---\n1 | 2", ":4: this is no rule"),
    "a rule with a column too many": (
        "a | b\n---|---|---\n1 | 2",
        ":4: this is no rule",
    ),
    "a table in a quote": ("> a | b\n> --- | ---\n> 1", ":5: below a table stands"),
}
FINE_TABLES = {
    "tables": HEAD
    + "1 | `x|y`\n2 | x \\| y\n {{ 1 | 2 }} | <!-- | -->\n | 3\n\nw\n\n| a |\n|:-:|\n| 1 |\n\n"
    "| a | b |\n| --- | --: |\n| 1 | |\n| | 2 |\n\n!!! note\n\n    a | b\n    --- | ---\n    1 | 2",
    "bars in sentences": "p(y | x) is\np(x | y)\n\na | b\n\n`a | b`\n---\n\n$|x|$\nand $|y|$ are",
    "bars in code": "a\n\n    | a | b |\n    | 1 | 2 |\n\n```text\n| a | b |\n| 1 | 2 |\n```\n\n<!--\n| a | b |\n| 1 | 2 |\n-->",
}

MARKS = {
    "a conflict": (
        "a\n\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> d",
        ":5: this is left of a conflict in git",
    ),
    "the end of a conflict": ("a\n\n>>>>>>> d", ":5: this is left of a conflict"),
    "words struck out": ("a ~~old~~ b", ":3: ~~ strikes nothing out"),
    "marked words": ("a\nb ==c d== e", ":4: == marks nothing"),
    "a sign by name": ("good :smile: or", ":3: there are no signs by name"),
    "a power without a formula": ("is x^2^", r":3: \^ raises nothing"),
    "an index without a formula": ("H~2~O", ":3: ~ lowers nothing"),
    "a note within a line": ("a^[b c] d", ":3: there are no notes within a line"),
    "a box of GitHub": ("> [!NOTE]\n> a", ":3: this is no box: write !!! note"),
    "a link of a wiki": ("see [[index]]", r":3: \[\[ \]\] is no link"),
    "a link the other way round": ("(a)[b.md]", ":3: words of a link stand in"),
    "a link with a blank": ("see [a] (b.md)", ":3: no blank stands between"),
    "a link without an address": ("see [a]()", ":3: this link has no address"),
    "a link without an end": (
        "see [a](b.md and\nmore\n\nc)",
        ":3: this link has no end",
    ),
    "a comment of a template": ("a {# b #}", ":3: {# #} is no comment"),
    "a sign of HTML that is none": ("a &foo; b", ":3: &foo; is no sign of HTML"),
    "a sign of HTML without an end": ("a &nbsp b", ":3: &nbsp has no ; at its end"),
    "bold without an end": ("a\nb **c\n\nd** e", ":4: this bold has no end"),
    "a list of attributes behind words": (
        "a b {.lead}",
        r":3: {\.lead} stays as it is",
    ),
    "a list of attributes behind an item": ("- a { #x }\n- b", ":3: { #x } stays"),
    "a list of attributes, apart": ("a **b** { .c }", r":3: { \.c } stays as it is"),
    "a fence of quotes": ("'''python\nx = 1\n'''", ":3: this is no fence: write ```"),
    "a heading without words": ("## \n\na", ":3: this heading is empty"),
    "a heading with an anchor alone": ("a\n\n## { #b }", ":5: this heading is empty"),
    "one brace": ("a {n} b", ":3: a value stands between two braces"),
    "one brace with a format": ("a {x.y:.2f} b", ":3: a value stands between two"),
    "three braces": ("a {{{ n }}} b", ":3: a value stands between two braces, not"),
    "one brace in a caption": (
        fence("x = 1", caption="a {n}", alt="b"),
        ":3: a value stands between two braces",
    ),
}
CODED = "~~old~~ ==x== :smile: x^2^ ^[a] [[index]] (a)[b.md] [a]() {# c #} &foo; &nbsp b **c {n} {n:.2f}"
FINE_MARKS = {
    "marks in code": f"`{CODED}` <!-- {CODED} --> <code>{{n}}</code>\n\n    {CODED}\n\n```text\n{CODED}\n```",
    "signs that are no marks": "a ~ b ~ c, ~5~ish, x == y and y == z, a:b:c, 3 ^ 2, at 10:30:00, f(**kwargs), 2**3, a ** b, "
    "{1, 2}, {}, AT&T, R&D, a & b, &lt; &#65; &nbsp;c, \\{n\\}, \\~~a~~, [[1, 2]], x[[a]], see [1] (2), (a) [b]",
    "marks": '**a** b **c\nd**, *e*{.lead} `f`{.lead} [g](h.md){ .md-button } [i](j.md#k "l (m)") [n](o.md).\n\n'
    "p\n{ .lead }\n\n## Q { #q }\n\nterm { #r }\n:   s\n\n> t\n\n- **u:** v\n- [^1]\n\n[^1]: w :x\n\n"
    "| a {.b} | c |\n| :-: | --- |\n| 1 | 2 |",
    "values": "{{ {1: 2}[1] }}, {{ {'a'} }}, $x_{n}$, ${n}$, $\\{n\\}$",
    "headings": "## $x$\n\n## `y`\n\n## #\\#\n\n```text\n##\n```\n\n    ##\n\n<!--\n##\n-->\n\n## {{ 1 }}",
    "style and script": "<style>\na {b} c {d:e}\n</style>\n\n<script>x = {n}; y = a && b</script>",
}

LISTS = {
    "an item within an item, by two": ("- a\n  - b\n- c", ":4: an item within an item"),
    "an item within an item, by three": (
        "1. a\n   - b",
        ":4: an item within an item is",
    ),
    "an item deeper within items": ("- a\n    - b\n      - c", ":5: an item within"),
    "a numbered list that goes on below a cell": (
        "1. a\n\n" + fence("x = 1") + "2. b",
        ":9: this list would begin with 1: number it so, or write 2",
    ),
    "a numbered list that goes on below code": (
        "1. a\n\n```text\nx\n```\n\n2. b",
        ":9: this list would begin with 1",
    ),
    "a list from zero": ("a\n\n0. b\n1. c", ":5: this list would begin with 1"),
    "a list with brackets": ("1) a\n2) b", r":3: 1\) begins no list: write 1\."),
    "a paragraph of an item, by two": ("- a\n\n  b\n- c", ":5: a further paragraph of"),
    "a paragraph of an item, by three": ("1. a\n\n   b", ":5: a further paragraph of"),
    "a paragraph of a note": ("a[^1]\n\n[^1]: b\n\n  c", ":7: a further paragraph of"),
    "a paragraph of a box": ("!!! note\n    a\n\n  b", ":6: a further paragraph of"),
    "a box with its text far below": (
        "!!! note\n\na",
        ":3: there is nothing in this box",
    ),
    "a box with its text indented by two": (
        "!!! note\n\n  a",
        ":5: a further paragraph of an item, a note or a box",
    ),
    "a fold with its text outside, below": (
        '??? fold "a"\n\nb',
        ":3: there is nothing",
    ),
    "a box with a colon": ("!!! note: words", ":3: behind the kind of a box stands"),
}
FINE_LISTS = {
    "lists": "- a\n    - b\n        - c\n\n    d\n- e\n  goes on\n\n    ```text\n    f\n    ```\n\n1. g\n2. h\n3. i\n\n"
    "    j\n\n4. k\n\n## N\n\n  o\n\n* p\n * q\n\nr\n\n  - s\n\n  - s\n\n- - -\n\nt\n2. u, in 2020\n3) v",
    "notes and definitions": "a[^1]\n\n[^1]: b\n\n    c\n\nd\n:   e\n\n    f",
    "boxes": '!!! note\n\n    ```text\n    a\n    ```\n\n!!! note "Only a title"\n\n??? fold "a: b"\n\n    c\n\n    - d\n\n'
    '        e\n\nf\n\n!!! note "g"\n    h',
    "lists in code": "```text\n- a\n  - b\n3. c\n1) d\n!!! note: e\n```\n\n    2. f\n\n<!--\n- a\n  - b\n-->",
    "lists of a path": '<div class="path" markdown>\n\n1. a\n\n### B\n\n2. c\n\n</div>',
    "a number that begins a paragraph": "2020\\. The",
}

FAULTS = TEX | ELEMENTS | TABLES | MARKS | LISTS
FINE = FINE_TEX | FINE_ELEMENTS | FINE_TABLES | FINE_MARKS | FINE_LISTS


HEADS = {
    "a word for a truth": ("title: yes", ":2: title would be True: put the words into"),
    "a list": ("title: [a, b]", r":2: title would be \['a', 'b'\]"),
    "nothing": ("title: A\ndescription:", ":3: description would be None"),
    "a number with digits lost": ("title: 1.10", ":2: title would be 1.1"),
    "a setting made twice": (
        "title: A\nhide: [toc]\ntitle: B",
        ":4: title is also in line 2",
    ),
    "quotes": (
        'title: A\ndescription: a "b" c',
        ':3: description stands in the head of the page, where "',
    ),
    "a tag": ("title: A <b>", ":2: title stands in the head of the page, where <"),
}
FINE_HEADS = {
    "texts": "title: \"yes\"\ndescription: 'a: “b”, it''s & c'\nhide: [toc]",
    "lines": "title: Words of 1990\ndescription: >\n  a\n  title: b\nsearch:\n  boost: 2",
    "a year": "title: 1990",
}


@pytest.mark.parametrize(("head", "message"), HEADS.values(), ids=HEADS)
def test_front_matter_is_refused_for(head, message):
    with pytest.raises(LessonError) as refused:
        lesson_to_notebook(f"---\n{head}\n---\n\n# A\n", Path())
    said = f":{refused.value.line}: {refused.value}"
    assert re.search(message, said), said


@pytest.mark.parametrize("head", FINE_HEADS.values(), ids=FINE_HEADS)
def test_nothing_is_said_against_front_matter(head):
    lesson_to_notebook(f"---\n{head}\n---\n\n# A\n", Path())


@pytest.mark.parametrize(("lesson", "message"), FAULTS.values(), ids=FAULTS)
def test_a_lesson_is_refused_for(lesson, message):
    with pytest.raises(LessonError) as refused:
        lesson_to_notebook(f"# A\n\n{lesson}\n", Path())
    said = f":{refused.value.line}: {refused.value}"
    assert re.search(message, said), said


@pytest.mark.parametrize("lesson", FINE.values(), ids=FINE)
def test_nothing_is_said_against(lesson):
    lesson_to_notebook(f"# A\n\n{lesson}\n", Path())
