"""Stage 6. An Altair chart with controls becomes a static figure that comes alive when reached.

The figure is drawn when the site is built, side by side and, for phones, one below the other, and
what it says in words is computed. The page holds the specification; `assets/explorables.js` swaps
one for the other.
"""

import json
from html import escape
from pathlib import Path

import nbformat
from chart_controls import controls_to_html, is_control
from drawing import CHART, LAYOUTS, bundle, bundled, charts_of, draw_charts, layouts
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url
from state import build_of

SHARED = {"config", "datasets", "params", "usermeta"}
LOADER = "assets/explorables.js"
VEGA = "assets/javascripts/vega.js"


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Draw every chart of the executed notebooks, and have the bundle made while pages are."""
    build = build_of(config)
    cache = build.cache("explorables")
    for name, notebook in build.notebooks.items():
        draw_charts(name, notebook, cache)
    if any(map(charts_of, build.notebooks.values())) and not bundled(cache).exists():
        build.helpers.call("drawing.bundle", cache)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let a page that has charts load what brings them to life, and no other page."""
    if not charts_of(build_of(config).notebooks[page.file.src_uri]):
        return html
    loader, vega = (get_relative_url(path, page.url) for path in (LOADER, VEGA))
    return f'{html}\n<script src="{loader}" data-vega="{vega}" async></script>\n'


def on_post_build(config: MkDocsConfig) -> None:
    """Write the one bundle that draws live charts."""
    pages = Path(config.site_dir).rglob("*.html")
    if any(VEGA in page.read_text("utf-8") for page in pages):
        target = Path(config.site_dir, VEGA)
        target.parent.mkdir(parents=True, exist_ok=True)
        build = build_of(config)
        build.helpers.wait()
        target.write_bytes(bundle(build.cache("explorables")))


def chart_to_html(output: nbformat.NotebookNode) -> str:
    """Write a chart: its static figures, its controls, its state, and its specification."""
    data, words = output.data, output.metadata["words"]
    specs = layouts(data[CHART])
    figures = "".join(
        f'<div class="explorable-figure {layout}">{data[LAYOUTS[layout]]}</div>'
        for layout in specs
    )
    # What the layouts share, which is nearly all of the data, stands on the page once.
    shared = {
        name: specs["wide"].pop(name) for name in sorted(SHARED & specs["wide"].keys())
    }
    for spec in specs.values():
        for name in shared:
            spec.pop(name, None)
    controls = controls_to_html(shared["params"], words)
    for param in filter(is_control, shared["params"]):
        del param["bind"]
    text = json.dumps({"layouts": specs, "shared": shared}, separators=(",", ":"))
    text = text.replace("</", "<\\/")
    return (
        f'<div class="explorable">{figures}{controls}'
        f'<p class="explorable-state" role="status">{escape(words["state"])}</p>'
        # In brackets, since Material runs it as a program whenever it puts a page in place.
        f'<script type="text/plain">({text})</script></div>'
    )
