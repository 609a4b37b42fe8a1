"""Stage 4. TeX becomes MathML when the site is built, and brings its font along.

The font, STIX Two Math, is cut down to the characters that the site's formulas use.
"""

import hashlib
import re
import unicodedata
from html import unescape
from importlib.metadata import distribution
from pathlib import Path

import nbformat
from math_core import LatexError, LatexToMathML
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

FONT = "assets/fonts/stix-two-math.woff2"
FORMULA = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\[(\[](?P<tex>.*?)\\[)\]]</(?P=tag)>',
    re.DOTALL,
)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn each formula of a page into MathML; refuse one that does not parse."""
    try:
        return tex_to_mathml(html)
    except LatexError as error:
        tex = error.__notes__[0]
        notebook = nbformat.read(str(page.file.abs_src_path), as_version=4)
        line = line_of(tex, notebook)
        raise PluginError(
            f"{page.file.src_uri}:{line}: {tex.strip()}: {error}"
        ) from error


def on_post_build(config: MkDocsConfig) -> None:
    """Write the part of the font that the built pages need."""
    pages = Path(config.site_dir).rglob("*.html")
    formulas = "".join(
        "".join(re.findall(r"<math.*?</math>", p.read_text("utf-8"), re.DOTALL))
        for p in pages
    )
    characters = characters_of(formulas)
    if characters:
        cache = Path(config.config_file_path).parent / ".cache" / "fonts"
        target = Path(config.site_dir, FONT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(font_subset(characters, cache))


def tex_to_mathml(html: str) -> str:
    """Replace the TeX in a page by MathML."""

    def convert(match: re.Match[str]) -> str:
        tex = unescape(match["tex"])
        display = match["tag"] == "div"
        try:
            mathml = LatexToMathML().convert_with_local_state(tex, displaystyle=display)
        except LatexError as error:
            error.add_note(tex)
            raise
        return (
            f'<div class="formula" tabindex="0">{mathml}</div>' if display else mathml
        )

    return FORMULA.sub(convert, html)


def line_of(text: str, notebook: nbformat.NotebookNode) -> int:
    """Find the line of the lesson in which a piece of prose or caption stands."""
    for cell in notebook.cells:
        line: int = cell.metadata.lesson.line
        if cell.cell_type == "markdown" and text in cell.source:
            return line + int(cell.source.count("\n", 0, cell.source.index(text)))
        if any(text in caption for caption in cell.metadata.lesson.get("texts", [])):
            return line - 1
    return 1


def characters_of(formulas: str) -> str:
    """List the characters of some MathML, and the italics that a browser shows for letters."""
    plain = set(unescape(re.sub(r"<[^>]*>", "", formulas)))
    italics = (
        c
        for c in map(chr, range(0x1D400, 0x1D800))
        if "ITALIC" in unicodedata.name(c, "")
    )
    italic = {c for c in (*italics, "ℎ") if unicodedata.normalize("NFKC", c) in plain}
    return "".join(sorted((plain | italic) - set(" \n"))) if plain else ""


def font_subset(characters: str, cache: Path) -> bytes:
    """Cut the font down to some characters and what they are built from, as woff2."""
    font = Path(
        str(
            distribution("ziamath").locate_file("ziamath/fonts/STIXTwoMath-Regular.ttf")
        )
    )
    key = hashlib.sha256(font.read_bytes() + characters.encode()).hexdigest()
    kept = cache / f"{key}.woff2"
    if not kept.exists():
        from fontTools import subset  # slow to import, needed only to cut

        options = subset.Options(flavor="woff2", layout_features=["*"], name_IDs=["*"])
        with subset.load_font(str(font), options) as whole:
            subsetter = subset.Subsetter(options)
            subsetter.populate(text=characters)
            subsetter.subset(whole)
            cache.mkdir(parents=True, exist_ok=True)
            for stale in cache.glob("*.woff2"):
                stale.unlink()
            subset.save_font(whole, str(kept), options)
    return kept.read_bytes()
