"""Stage 5. Matplotlib's figures become part of the page: inline SVG with a text alternative.

Black turns into the colour of the text around it, so that one figure serves light and dark.
"""

import functools
import itertools
import re
import xml.etree.ElementTree as ET

import nbformat
from kept import Memory
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from state import build_of

MIME = "image/svg+xml"
SVG = "{http://www.w3.org/2000/svg}"
LETTERS = "10.5px"  # font.size of figures.mplstyle, in a figure's own units
# How Matplotlib's releases say it, from the oldest on.
FONT = re.compile(
    r"font: (?P<short>[\d.]+px)[^;]*;? ?"
    r"|font-size: (?P<long>[\d.]+px); font-family: [^;]*;? ?"
)
SUPERSCRIPTS = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
EDGES = re.compile(r"^ +| +$")
XLINK = "{http://www.w3.org/1999/xlink}"


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Prepare the figures of every executed notebook for the page."""
    build = build_of(config)
    for name, notebook in build.notebooks.items():
        for cell in notebook.cells:
            where = f"{name}:{cell.metadata.lesson.line}"
            prepare_figures(cell, where, build.memory)


def prepare_figures(cell: nbformat.NotebookNode, where: str, memory: Memory) -> None:
    """Rewrite a cell's figures; refuse one that lacks a caption or a text alternative."""
    figures = [o for o in cell.get("outputs", []) if MIME in o.get("data", {})]
    caption, *alts = cell.metadata.lesson.get("texts", [""])
    if not figures and "".join([caption, *alts]).strip():
        raise PluginError(
            f"{where}: the cell draws nothing: end it with the chart (and no ;) or with "
            "plt.show(), or delete its caption and alt"
        )
    if len(figures) != len(alts) or not all(alt.strip() for alt in alts):
        raise PluginError(
            f"{where}: {len(figures)} figures but {len(alts)} text alternatives: give the cell "
            f'alt="what the figure shows", or a list of one for each figure'
        )
    if figures and not caption.strip():
        raise PluginError(
            f'{where}: the figure has no caption: give the cell caption="..."'
        )
    for number, (figure, alt) in enumerate(zip(figures, alts, strict=True), 1):
        figure.data.pop("text/plain", None)
        for variant, kind in enumerate(k for k in figure.data if k.startswith(MIME)):
            prefix = f"{cell.id}-{number}-" + variant * "narrow-"
            try:
                drawn = [figure.data[kind], alt, prefix]
                figure.data[kind] = memory.recall(
                    ["figure", *drawn], functools.partial(inline_svg, *drawn)
                )
            except ValueError as error:
                raise PluginError(f"{where}: {error}") from error
        figure.metadata.pop(MIME, None)


def inline_svg(svg: str, alt: str, prefix: str) -> str:
    """Make an SVG fit to stand in a page: named, in the page's colour and font, ids its own."""
    ET.register_namespace("", SVG.strip("{}"))
    ET.register_namespace("xlink", XLINK.strip("{}"))
    root = ET.fromstring(svg)
    for parent in root.iter():
        for child in list(parent):
            if child.tag in (f"{SVG}metadata", f"{SVG}style"):
                parent.remove(child)
    join_marks(root)
    used = set(re.findall(r"#(\w+)[\")]", ET.tostring(root, encoding="unicode")))
    for element in root.iter():
        if element.tag == f"{SVG}text":
            raise_exponents(element)
            if element.text:  # a browser drops spaces that begin or end a text
                element.text = EDGES.sub(
                    lambda edge: "\u00a0" * len(edge[0]), element.text
                )
        # The figure as a whole is what is named, and nothing in it is pointed at.
        for name in (
            "role",
            "aria-label",
            "aria-roledescription",
            "class",
            "pointer-events",
        ):
            element.attrib.pop(name, None)
        if element.get("transform", "").startswith("rotate(-0 "):
            del element.attrib["transform"]  # upright text, turned by nothing
        identity = element.attrib.pop("id", "")
        if identity in used:
            element.set("id", prefix + identity)
        # Not a plain href: Material's instant navigation would take it for a link.
        if (target := element.get(f"{XLINK}href", "")).startswith("#"):
            element.set(f"{XLINK}href", f"#{prefix}{target[1:]}")
        for name, value in element.attrib.items():
            value = value.replace("url(#", f"url(#{prefix}").replace(
                "#000000", "currentColor"
            )
            value = FONT.sub(font_size, value)
            # A tenth of a point is less than can be seen of where a dot or a line lies.
            element.set(name, shortened(value, 1 if name in ("x", "y", "d") else 2))
    if "viewBox" not in root.attrib:
        raise ValueError(
            "the figure has no viewBox, so that it has no size: draw it anew"
        )
    width, height = (str(round(float(n))) for n in root.attrib["viewBox"].split()[2:])
    unit = "pt" if root.get("width", "").endswith("pt") else "px"
    size = {"width": f"{width}{unit}", "height": f"{height}{unit}"}
    look = {"fill": "currentColor", "stroke-linejoin": "round"}
    if unit == "pt":  # it fills the column, but may not grow much more
        look |= {"font-size": LETTERS, "style": f"--width: {width}pt"}
    root.attrib.update(size | look | {"role": "img", "aria-label": alt})
    without_bare_groups(root)
    ET.indent(root, "")
    return ET.tostring(root, encoding="unicode")


def join_marks(root: ET.Element) -> None:
    """Draw marks that are alike as one path with a marker at each point: a page has hundreds of those."""
    symbols = {path.get("id"): path for path in root.iter(f"{SVG}path")}
    numbers = itertools.count(1)
    for parent in list(root.iter()):
        children: list[ET.Element] = []
        for kind, group in itertools.groupby(parent, mark_kind):
            marks = list(group)
            if kind and len(marks) > 2 and (symbol := symbols.get(kind[0])) is not None:
                name = f"{kind[0]}_{next(numbers)}"
                drawn = {"overflow": "visible", "markerUnits": "userSpaceOnUse"}
                marker = ET.Element(f"{SVG}marker", {"id": name, **drawn})
                if kind[1]:
                    marker.set("style", kind[1])
                look = {"d": symbol.get("d", ""), "style": symbol.get("style", "")}
                ET.SubElement(marker, f"{SVG}path", look)
                points = " ".join(
                    f"{place(mark, 'x')} {place(mark, 'y')}" for mark in marks
                )
                style = f"fill: none; marker: url(#{name})"
                line = {"d": f"M{points}", "style": style}
                marks = [marker, ET.Element(f"{SVG}path", line)]
            children += marks
        parent[:] = children
    used = {use.get(f"{XLINK}href", "")[1:] for use in root.iter(f"{SVG}use")}
    for defs in root.iter(f"{SVG}defs"):
        defs[:] = [
            part
            for part in defs
            if part.tag != f"{SVG}path" or part.get("id", "") in used
        ]


def place(mark: ET.Element, axis: str) -> str:
    """Say where a mark is, to half a point, which is less than a mark is wide."""
    return f"{round(2 * float(mark.get(axis, '0'))) / 2:g}"


def mark_kind(element: ET.Element) -> tuple[str, str] | None:
    """Say which symbol a mark shows, and how; what is no such mark has no kind."""
    plain = {f"{XLINK}href", "style", "x", "y"}
    if element.tag != f"{SVG}use" or not {"x", "y"} <= element.attrib.keys() <= plain:
        return None
    return element.get(f"{XLINK}href", "")[1:], element.get("style", "")


def without_bare_groups(element: ET.Element) -> None:
    """Let what stands in groups that say nothing stand without them: a page has hundreds of those."""
    children: list[ET.Element] = []
    for child in element:
        without_bare_groups(child)
        if child.tag == f"{SVG}g" and not child.attrib:
            children.extend(child)
        elif len(child) or child.tag != f"{SVG}defs":
            children.append(child)
    element[:] = children


def font_size(font: re.Match[str]) -> str:
    """Leave letters of the usual size to the figure as a whole, which may enlarge them."""
    size = font["short"] or font["long"]
    return "" if size == LETTERS else f"font-size: {size}; "


def raise_exponents(text: ET.Element) -> None:
    """Write a number with an exponent, as 10⁻², in letters of one size: small ones can't be read."""
    letters = sorted(text, key=lambda part: first_number(part.get("x", "0")))
    heights = [first_number(part.get("y", "0")) for part in letters]
    raised = [height < heights[0] - 1 for height in heights]
    word = "".join(part.text or "" for part in letters)
    if any(raised) and re.fullmatch(r"[\d×−.]+", word) and raised == sorted(raised):
        base = "".join(part.text or "" for part in letters[: raised.index(True)])
        exponent = word.removeprefix(base).translate(SUPERSCRIPTS)
        letters[0].text = base + exponent
        if "x" in letters[0].attrib:  # the other letters follow by themselves
            letters[0].set("x", letters[0].attrib["x"].split()[0])
        for part in letters[1:]:
            text.remove(part)


def first_number(places: str) -> float:
    """Read where a text begins; older Matplotlib says so for each of its letters."""
    return float(places.split()[0])


def shortened(text: str, digits: int) -> str:
    """Round the numbers in a text to some digits after the point."""
    return re.sub(r"\d+\.\d{2,}", lambda number: f"{float(number[0]):.{digits}f}", text)
