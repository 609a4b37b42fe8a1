"""Shared. Charts are drawn, as they are before anybody touches them, and say in words what they show.

Goes in: the specification that a cell has left. Comes out: its figures, one for a wide page and one for a
phone, and its words, beside it; or a refusal. Also what draws charts in a browser.
"""

import copy
import hashlib
import json
import math
import re
from html import unescape
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

import nbformat
from chart_controls import check_controls, is_slider, texts_in
from chart_data import check_data, check_fields
from kept import keep
from mkdocs.exceptions import PluginError

CHART = "application/vnd.vegalite.v6+json"
# Layouts of the static figure, by the type under which a notebook holds them.
LAYOUTS = {"wide": "image/svg+xml", "narrow": "image/svg+xml;layout=narrow"}
# What the static figure is measured with, whatever the machine has: as wide as any reader's font.
FONTS = "matplotlib/mpl-data/fonts/ttf"
WIDEST = "DejaVu Sans"
PHONE = 262  # pixels for the plot; axis labels and their title take the rest of a phone's width
METER = 60  # pixels: what is lower than that is a bar that keeps its height
# In Vega's language: the label of a tick that is a power of ten, and none at the others.
POWER_OF_TEN = (
    "pow(10, round(log(datum.value) / LN10)) / datum.value > 0.99999"
    " && pow(10, round(log(datum.value) / LN10)) / datum.value < 1.00001"
    " ? '10' + (datum.value < 0.99 ? '⁻' : '')"
    " + replace(replace(format(abs(round(log(datum.value) / LN10)), 'd'),"
    " /[0-9]$/, ''), /[0-9]/, '¹')"
    " + slice('⁰¹²³⁴⁵⁶⁷⁸⁹', abs(round(log(datum.value) / LN10)) % 10,"
    " abs(round(log(datum.value) / LN10)) % 10 + 1) : ''"
)
# What JavaScript writes for what is missing or no number, unless an expression has the word in quotes.
NOTHING = re.compile(r"\b(?:NaN|undefined|null|Infinity)\b|\[object Object\]")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
# Figures and charts share a palette; all else has the colour of the text around it.
TEXT = {f"{part}Color": "currentColor" for part in ("label", "title")}
SIZES = {"labelFontSize": 13, "titleFontSize": 14, "titleFontWeight": "normal"}
LINES = {f"{part}Color": "currentColor" for part in ("domain", "tick", "grid")}
READERS = "system-ui, sans-serif"
STYLE: dict[str, Any] = {
    "aria": False,
    "background": None,
    "font": READERS,
    "axis": {**TEXT, **SIZES, **LINES, "gridOpacity": 0.15, "labelOverlap": True},
    "legend": {**TEXT, **SIZES, "orient": "top", "titleLimit": 0},
    "range": {"category": ["#0072B2", "#D55E00", "#009E73"]},
    "text": {"color": "currentColor", "fontSize": 14},
    "title": {
        "color": "currentColor",
        "fontSize": 14,
        "anchor": "start",
        "frame": "group",
    },
    "view": {"stroke": None},
}


def charts_of(
    notebook: nbformat.NotebookNode,
) -> list[tuple[nbformat.NotebookNode, nbformat.NotebookNode]]:
    """List the charts of a notebook, each output with its cell."""
    return [
        (cell, output)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if CHART in output.get("data", {})
    ]


def draw_charts(name: str, notebook: nbformat.NotebookNode, cache: Path) -> None:
    """Draw each chart of a lesson, and let it say in words what it shows; refuse what can't be used."""
    for cell, output in charts_of(notebook):
        spec = output.data[CHART]
        where = f"{name}:{cell.metadata.lesson.line}"
        check_data({**spec, "usermeta": {}}, where)
        check_fields(spec, where)
        check_controls(spec, where)
        try:
            for layout, dressed in layouts(spec).items():
                output.data[LAYOUTS[layout]] = draw(dressed, cache)
            output.metadata["words"] = words_of(spec["params"], cache)
        except ValueError as error:
            said = str(error).split("\n    at ")[0]
            raise PluginError(f"{where}: {said}") from error
        output.data.pop("text/plain", None)


def layouts(spec: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Dress a chart for the site, once as it is and once for the width of a phone."""
    wide = with_powers_of_ten({**copy.deepcopy(spec), "config": STYLE})
    return {"wide": wide, "narrow": stacked(wide)}


def stacked(spec: Any) -> Any:
    """Put charts that stand side by side below each other, each as wide as a phone."""
    if isinstance(spec, list):
        return [stacked(part) for part in spec]
    if not isinstance(spec, dict):
        return spec
    names = {"hconcat": "vconcat"}
    narrow = {names.get(name, name): stacked(part) for name, part in spec.items()}
    width, height = spec.get("width"), spec.get("height")
    if isinstance(width, int):
        narrow["width"] = PHONE
        if isinstance(height, int) and height > METER:
            narrow["height"] = round(height * PHONE / width)
    return narrow


def with_powers_of_ten(spec: Any) -> Any:
    """Label each logarithmic axis with powers of ten, as 10⁻², unless it has labels of its own."""
    if isinstance(spec, list):
        return [with_powers_of_ten(part) for part in spec]
    if not isinstance(spec, dict):
        return spec
    dressed = {name: with_powers_of_ten(part) for name, part in spec.items()}
    for channel in {"x", "y"} & dressed.keys():
        field = dressed[channel]
        if isinstance(field, dict) and (field.get("scale") or {}).get("type") == "log":
            axis = field.get("axis", {})
            if axis is not None and not axis.keys() & {"format", "labelExpr"}:
                field["axis"] = {"labelExpr": POWER_OF_TEN, **ticks(field), **axis}
    return dressed


def ticks(field: dict[str, Any]) -> dict[str, list[float]]:
    """Put ticks at the powers of ten within a scale's ends alone, where it holds two or more."""
    ends = field["scale"].get("domain")
    if not isinstance(ends, list) or not all(
        isinstance(end, int | float) for end in ends
    ):
        return {}
    low, high = (math.log10(end) for end in ends)
    powers = range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
    return {"values": [float(f"1e{n}") for n in powers]} if len(powers) > 1 else {}


def draw(spec: dict[str, Any], cache: Path) -> str:
    """Draw a chart as it is before anybody touches it."""
    measured = {**spec, "config": {**spec["config"], "font": WIDEST}}
    tools = map(version, ("vl-convert-python", "matplotlib"))
    drawn = [*tools, "numbered anew", json.dumps(measured)]
    kept = cache / f"{hashlib.sha256(json.dumps(drawn).encode()).hexdigest()}.svg"

    def make() -> bytes:
        import vl_convert  # slow to import, needed only to draw

        fonts = distribution("matplotlib").locate_file(FONTS)
        vl_convert.register_font_directory(str(fonts))
        return numbered_anew(vl_convert.vegalite_to_svg(measured)).encode()

    return keep(kept, make).decode().replace(WIDEST, READERS)


def words_of(params: list[dict[str, Any]], cache: Path) -> dict[str, str]:
    """Let Vega say what it computes in words: the state, and what the sliders are set to.

    Raises ValueError for words that say nothing.
    """
    texts_of_sliders = {f"{param['name']}_text" for param in params if is_slider(param)}
    names = [
        param["name"]
        for param in params
        if param["name"] in {"state", *texts_of_sliders}
    ]
    # Of an empty text Vega draws nothing: each has a sign in front.
    texts = [
        {"mark": "text", "encoding": {"text": {"value": {"expr": f"'=' + {name}"}}}}
        for name in names
    ]
    spec = {"params": params, "data": {"values": [{}]}, "layer": texts}
    drawn = draw({**spec, "config": {"aria": False}}, cache)
    said = re.findall(r"<text[^>]*>=(.*?)</text>", drawn, re.DOTALL)
    words = dict(zip(names, map(unescape, said), strict=True))
    exprs = "\n".join(param.get("expr", "") for param in params)
    values = texts_in([param.get("value") for param in params])
    written = "\n".join([*QUOTED.findall(exprs), *values])
    for name, text in words.items():
        if not text.strip():
            raise ValueError(f"{name} says nothing: give it an expression for a text")
        if (match := NOTHING.search(text)) and match[0] not in written:
            raise ValueError(
                f"{name} says {text!r}, and {match[0]} says nothing to a reader: "
                "mend its expression"
            )
    return words


def numbered_anew(svg: str) -> str:
    """Number what clips a chart's marks from 1 on: Vega counts on from chart to chart."""
    names: dict[str, str] = {}
    return re.sub(
        r"\bclip\d+\b",
        lambda match: names.setdefault(match[0], f"clip{len(names) + 1}"),
        svg,
    )


def bundled(cache: Path) -> Path:
    """Say where the bundle is kept."""
    return cache / f"vega-{version('vl-convert-python')}.js"


def bundle(cache: Path) -> bytes:
    """Join Vega, Vega-Lite and Vega-Embed, as vl-convert carries them."""

    def make() -> bytes:
        import vl_convert

        return str(
            vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
        ).encode()

    return keep(bundled(cache), make)
