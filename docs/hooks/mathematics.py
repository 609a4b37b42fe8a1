"""Stage 4. TeX becomes MathML when the site is built, and brings its font along.

In the reference so do the formulas of docstrings, which are indented lines of plain text.
The font, STIX Two Math, is cut down to the characters that the site's formulas use.
"""

import hashlib
import io
import re
import unicodedata
from collections.abc import Callable
from html import escape, unescape
from importlib.metadata import distribution
from pathlib import Path

import nbformat
from jinja2 import Environment
from kept import keep
from math_core import LatexError, LatexToMathML
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from spoken import spoken
from state import build_of, pages_of

FONT = "assets/fonts/stix-two-math.woff2"
# They may scroll. A search result would show a displayed formula as a heap of letters.
WIDE = '<div class="formula" data-search-exclude>'
LONG = '<span class="long-formula">'
FORMULA = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\[(\[](?P<tex>.*?)\\[)\]]</(?P=tag)>',
    re.DOTALL,
)
# Browsers would break the line between a formula and the comma that follows.
WITH_POINT = re.compile(
    rf"(?:{LONG})?<math(?:(?!</math>).)*</math>(?:</span>)?[.,;:?!)]+",
    re.DOTALL,
)
DOCSTRING = '<div class="doc doc-contents'
PLAIN_FORMULA = re.compile(
    r'<div class="highlight"><pre><span></span><code>(?P<lines>[^<]*)</code></pre></div>'
)
# Accents as math-core writes them float in WebKit and touch the letter in Chromium. These signs, told to
# stretch, are close above it in every engine.
ACCENT = re.compile(r'<mo(?: stretchy="\w+")?>([ˆ¯˜˙¨ˇ˘´`˚⃗\u0302\u0332])</mo></mover>')
CLOSE = {"ˆ": "\u0302", "¯": "‾", "\u0332": "‾", "˜": "~", "⃗": "→"}
# An inline formula of more signs than this may be wider than a phone.
SHORT = 24
# What is written otherwise in TeX; all other signs are the same. Parentheses nest in a root.
INSIDE = r"(?:[^()]|\((?:[^()]|\([^()]*\))*\))*"
WORD = r"(?:[A-Z]{3,}|[A-Za-z][a-z]{2,}(?:'s)?|else|if|of|or|to)(?![A-Za-z])"
PLAIN_TO_TEX = {
    # Words keep the space beside a letter or a number.
    rf"((?<=[\w)|²₎]) )?(?<![A-Za-z])({WORD}(?: {WORD})*)( (?=[\w(|√Σχ]))?": r"{\\text{\1\2\3}}",
    r", (?=\S+ (?:[=←≤]|{\\text{ of))|, (?={\\text)": r",\\quad ",  # one statement after another
    "·": r"\\cdot ",
    rf"√\(({INSIDE})\)": r"\\sqrt{\1}",
    "([xyŷ])\u0304": r"\\bar{\1}",
    "ȳ": r"\\bar{y}",
    "ŷ": r"\\hat{y}",
    "²": "^2",
    "⁻¹": "^{-1}",
    "ᵀ": r"^\\top ",
}


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn each formula of a page into MathML; refuse one that does not parse."""
    if DOCSTRING in html:
        html = PLAIN_FORMULA.sub(lambda match: plain_formula(match["lines"]), html)
    memory = build_of(config).memory

    def remembered(tex: str, display: bool) -> str:
        made_of = ["formula", tex, display]
        return str(memory.recall(made_of, lambda: formula(tex, display)))

    try:
        html = tex_to_mathml(html, remembered)
    except LatexError as error:
        tex = error.__notes__[0]
        line = line_of(tex, build_of(config).notebooks[page.file.src_uri])
        said = f"{' '.join(tex.split())}: {reason_of(error)}"
        raise PluginError(f"{page.file.src_uri}:{line}: {said}") from error
    return html


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> None:
    """Have the font cut while the pages are put into their frames, which need no other signs."""
    build = build_of(config)
    cache = build.cache("fonts")
    pages = [file.page.content or "" for file in pages_of(files, config) if file.page]
    characters = characters_of("".join(pages))
    if characters and not subset_of(characters, cache).exists():
        build.helpers.call("mathematics.font_subset", characters, cache)


def on_post_build(config: MkDocsConfig) -> None:
    """Write the part of the font that the built pages need."""
    pages = Path(config.site_dir).rglob("*.html")
    characters = characters_of("".join(page.read_text("utf-8") for page in pages))
    if characters:
        build = build_of(config)
        build.helpers.wait()
        target = Path(config.site_dir, FONT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(font_subset(characters, build.cache("fonts")))


def formula(tex: str, display: bool) -> str:
    """Write a formula as MathML, with its words, in a box that scrolls if it is long."""
    try:
        mathml = LatexToMathML().convert_with_local_state(tex, displaystyle=display)
    except LatexError as error:
        error.add_note(tex)
        raise
    mathml = ACCENT.sub(
        lambda accent: (
            f'<mo stretchy="true">{CLOSE.get(accent[1], accent[1])}</mo></mover>'
        ),
        mathml,
    )
    words = escape(spoken(mathml))
    mathml = mathml.replace("<math", f'<math alttext="{words}"', 1)
    if display:
        return f"{WIDE}{mathml}</div>"
    is_long = len(re.sub(r"<[^>]*>|&\w+;", "", mathml)) > SHORT
    return f"{LONG}{mathml}</span>" if is_long else mathml


def reason_of(error: LatexError) -> str:
    """Take out of an error, which comes as a picture for a terminal, the sentence that says what is wrong."""
    lines = re.sub(r"\x1b\[[\d;]*m", "", str(error)).split("\n")
    said = next(filter(str.strip, lines), "TeX that can't be read")
    return said.strip().removeprefix("Error:").strip()


def tex_to_mathml(html: str, convert: Callable[[str, bool], str] = formula) -> str:
    """Replace the TeX in a page by MathML."""
    html = FORMULA.sub(
        lambda match: convert(unescape(match["tex"]), match["tag"] == "div"), html
    )
    return WITH_POINT.sub(r'<span class="together">\g<0></span>', html)


def plain_formula(lines: str) -> str:
    """Write the formula of a docstring as TeX, as arithmatex leaves it in a page."""
    tex = unescape(lines).strip()
    for plain, instead in PLAIN_TO_TEX.items():
        tex = re.sub(plain, instead, tex)
    first, *others = tex.splitlines()
    rows = [aligned_at_relation(first)]
    for row in others:  # one that begins with a sign goes on with the row above
        goes_on = re.match(" *[+-] ", row) and not re.search("[=←]", row)
        rows.append(rf"&\qquad {row}" if goes_on else aligned_at_relation(row))
    aligned = r"\begin{aligned}" + r"\\".join(rows) + r"\end{aligned}"
    return rf'<div class="arithmatex">\[{escape(aligned)}\]</div>'


def aligned_at_relation(row: str) -> str:
    """Align a row of a formula at its first relation."""
    return re.sub("[=←]", r"&\g<0>", row, count=1)


def line_of(text: str, notebook: nbformat.NotebookNode) -> int:
    """Find the line of the lesson in which a piece of prose, caption or title stands."""
    for cell in notebook.cells:
        line: int = cell.metadata.lesson.line
        if cell.cell_type == "markdown" and text in cell.source:
            return line + int(cell.source.count("\n", 0, cell.source.index(text)))
        lesson = cell.metadata.lesson
        shown = (lesson.get("fold", ""), lesson.get("beside", ""))
        if any(text in told for told in (*lesson.get("texts", []), *shown)):
            return line - 1
    return 1


def characters_of(html: str) -> str:
    """List the characters of all formulas, and the italics that a browser shows for letters."""
    formulas = "".join(re.findall(r"<math.*?</math>", html, re.DOTALL))
    plain = set(unescape(re.sub(r"<[^>]*>", "", formulas)))
    plain |= {"√"} if "<msqrt" in formulas else set()  # drawn, and nowhere written
    italics = (
        c
        for c in map(chr, range(0x1D400, 0x1D800))
        if "ITALIC" in unicodedata.name(c, "")
    )
    italic = {c for c in (*italics, "ℎ") if unicodedata.normalize("NFKC", c) in plain}
    return "".join(sorted((plain | italic) - set(" \n"))) if plain else ""


def whole_font() -> Path:
    """Find the font as ziamath brings it along."""
    font = "ziamath/fonts/STIXTwoMath-Regular.ttf"
    return Path(str(distribution("ziamath").locate_file(font)))


def subset_of(characters: str, cache: Path) -> Path:
    """Say where the part of the font with some characters is kept."""
    key = hashlib.sha256(whole_font().read_bytes() + characters.encode()).hexdigest()
    return cache / f"{key}.woff2"


def font_subset(characters: str, cache: Path) -> bytes:
    """Cut the font down to some characters and what they are built from, as woff2."""

    def cut() -> bytes:
        from fontTools import subset  # slow to import, needed only to cut

        for stale in cache.glob("*.woff2"):
            stale.unlink()
        options = subset.Options(flavor="woff2", layout_features=["*"], name_IDs=["*"])
        with (
            subset.load_font(str(whole_font()), options) as whole,
            io.BytesIO() as file,
        ):
            subsetter = subset.Subsetter(options)
            subsetter.populate(text=characters)
            subsetter.subset(whole)
            subset.save_font(whole, file, options)
            return file.getvalue()

    return keep(subset_of(characters, cache), cut)
