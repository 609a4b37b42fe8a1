"""Beside the stages. What stands around a lesson: how long it takes, what it needs, where one can go.

Goes in: pages as HTML, and finished notebooks. Comes out: pages whose headings skip no level, a line
below the title, minutes in every list of pages, and what the template says about running the page.
"""

import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import nbformat
from cells import requirements
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink
from obstacles import LIBRARIES, STANDARD
from state import build_of

WORDS_A_MINUTE = 200
LINES_A_MINUTE = 20
WORD = re.compile(r"[A-Za-z0-9][\w'’%.,-]*")
PRACTICE = {"practice", "check-yourself"}
EMPTY = {"br", "hr", "img", "input", "link", "meta", "source", "wbr"}
# What runs nowhere but here, and what is told apart from its package's name.
CHARTS = {"altair"}
NAMES = {"torch": "PyTorch"}
HEADING = re.compile(r"<(?P<end>/?)h(?P<level>[1-6])(?P<rest>[^>]*)>")
MODULE = re.compile(r'<div class="doc doc-object doc-module">\s*<h\d[^>]* id="([^"]+)"')
SOLUTION = re.compile(
    r"<h[23]\b[^>]*>(?P<title>.*?)(?=<a [^>]*headerlink)"
    r'|<details class="cell-fold solution"'
)
PATH = re.compile(r'<div class="path">.*?</div>', re.DOTALL)
# It keeps colours from fading when a reader changes them.
SWITCHING = re.compile(r"\[data-md-color-switching\][^{}]*\{[^{}]*\}")
STOP = re.compile(
    r'<h3\b.*?(?=<a [^>]*headerlink)|<a href="([^"]+)">.*?</a>', re.DOTALL
)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Mend the headings, and say below the title what a reader wants to know before beginning."""
    refuse_formula_as_title(page, build_of(config).notebooks[page.file.src_uri])
    html = with_named_solutions(without_skipped_levels(html))
    html = html.replace('class="headerlink"', 'class="headerlink" tabindex="-1"')
    typeset(page.toc.items, html)
    leave_out_members(page.toc.items, set(MODULE.findall(html)))
    if page.is_homepage and config.repo_url:
        html = with_repository(html, config.repo_url)
    if page.is_homepage or "minutes" in page.meta.get("hide", []):
        return html
    minutes, has_practice = build_of(config).memory.recall(
        ["reading time", html], lambda: reading_time(html)
    )
    page.meta["minutes"] = minutes
    page.meta["subtitle"] = f"{minutes} min"  # which Material shows beside the title
    line = f"{minutes} min" + " + practice" * has_practice
    if foreign := foreign_packages(page, config):
        links = [f'<a href="{to}">{way}</a>' for way, to in ways_to_run(page, config)]
        ways = " or ".join(
            links if len(links) < 3 else [", ".join(links[:-1]), links[-1]]
        )
        line += (
            f". What needs {' and '.join(foreign)}, which browsers don't have, runs in the {ways}"
            ' (<a href="#run-it">how</a>).'
        )
    return html.replace("</h1>", f'</h1>\n<p class="reading-time">{line}</p>', 1)


def on_page_context(
    context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """Put minutes beside the links of a path, and hand the template what it takes to run a page."""
    pages = {other.url: other for other in nav.pages}
    page.content = PATH.sub(
        lambda path: with_minutes(path[0], page.url, pages), page.content or ""
    )
    return {
        **context,
        "packages": requirements(build_of(config).notebooks[page.file.src_uri]),
        "ways": dict(ways_to_run(page, config)),
    }


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Name the dialog that Material searches in."""
    return output.replace('role="dialog"', 'role="dialog" aria-label="Search"', 1)


def on_post_build(config: MkDocsConfig) -> None:
    """Take a rule about all elements out of Material's style: for its sake a page is styled three times."""
    for path in Path(config.site_dir, "assets/stylesheets").glob("palette.*.css"):
        path.write_text(SWITCHING.sub("", path.read_text("utf-8")), "utf-8")


def refuse_formula_as_title(page: Page, notebook: nbformat.NotebookNode) -> None:
    """Refuse a title of which tabs, navigation and search would show the TeX."""
    if "\\(" not in str(page.title):
        return
    heading = re.compile(r"^# .*(?:\$|\\\()", re.MULTILINE)
    lines = (
        int(cell.metadata.lesson.line) + cell.source.count("\n", 0, match.start())
        for cell in notebook.cells
        if cell.cell_type == "markdown" and (match := heading.search(cell.source))
    )
    raise PluginError(
        f"{page.file.src_uri}:{next(lines, 1)}: a tab of the browser shows no formula: say "
        "`title: ...` in words, in the front matter"
    )


def with_repository(html: str, address: str) -> str:
    """Say where "the repository" is to be had, at its first mention."""
    where = escape(address.rstrip("/"))
    link = f'<a href="{where}">the repository</a> (<code>git clone {where}</code>)'
    return re.sub(r"\bthe\s+repository\b", lambda _: link, html, count=1)


def without_skipped_levels(html: str) -> str:
    """Put each heading right below the one it belongs to; what moves up is marked as minor."""
    above: list[
        tuple[int, int]
    ] = []  # each heading's level as written, and as it will be

    def place(match: re.Match[str]) -> str:
        if match["end"]:
            return f"</h{above[-1][1]}>"
        written = int(match["level"])
        while above and above[-1][0] >= written:
            above.pop()
        level = above[-1][1] + 1 if above else written
        above.append((written, level))
        rest = match["rest"]
        if level != written:
            has_class = 'class="' in rest
            rest = (
                rest.replace('class="', 'class="minor ')
                if has_class
                else f'{rest} class="minor"'
            )
        return f"<h{level}{rest}>"

    return HEADING.sub(place, html)


def with_named_solutions(html: str) -> str:
    """Say of each solution to which heading it belongs: on paper the solutions come last."""
    heading = ""

    def name(match: re.Match[str]) -> str:
        nonlocal heading
        if match["title"]:
            heading = re.sub(r"<[^>]*>", "", match["title"])
            return match[0]
        return f'{match[0]} data-of="{heading}"'

    return SOLUTION.sub(name, html)


def typeset(links: list[AnchorLink], html: str) -> None:
    """Let the table of contents show the formulas of headings as the headings do."""
    for link in links:
        if "\\(" in link.title:
            found = re.search(
                rf'id="{re.escape(link.id)}"[^>]*>(.*?)<a [^>]*headerlink',
                html,
                re.DOTALL,
            )
            link.title = found[1] if found else link.title
        typeset(link.children, html)


def leave_out_members(links: list[AnchorLink], modules: set[str]) -> None:
    """List in the table of contents a package's modules: each begins with what it holds."""
    for link in links:
        leave_out_members(link.children, modules)
        if link.id in modules:
            link.children = []


class Reader(HTMLParser):
    """Count what a reader reads up to the practice: words of prose, and lines of code in sight."""

    def __init__(self) -> None:
        super().__init__()
        self.words = 0
        self.code = ""
        self.open: list[
            tuple[str, str]
        ] = []  # each open element, and what is done with its text
        self.has_practice = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Decide what is done with the text of an element."""
        if tag in EMPTY:
            return
        values = dict(attrs)
        classes = (values.get("class") or "").split()
        self.has_practice |= values.get("id") in PRACTICE
        doing = self.open[-1][1] if self.open else "read"
        is_folded = tag == "details" and "answer" not in classes
        is_aside = {"headerlink", "cell-output", "reading-time"} & set(classes)
        if is_folded or is_aside or tag in ("script", "style", "math", "svg"):
            doing = "skip"
        elif "cell-input" in classes and doing == "read":
            doing = "count lines"
        self.open.append((tag, doing))

    def handle_endtag(self, tag: str) -> None:
        """Go back to what is done outside, also past elements that nobody closed."""
        tags = [name for name, _ in self.open]
        if tag in tags:
            del self.open[len(tags) - 1 - tags[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        """Count a text."""
        doing = self.open[-1][1] if self.open else "read"
        if self.has_practice or doing == "skip":
            return
        if doing == "read":
            self.words += len(WORD.findall(data))
        else:
            self.code += data


def reading_time(html: str) -> tuple[int, bool]:
    """Estimate the minutes for a page without its practice, and say if it has any."""
    reader = Reader()
    reader.feed(html)
    lines = sum(bool(line.strip()) for line in reader.code.splitlines())
    minutes = reader.words / WORDS_A_MINUTE + lines / LINES_A_MINUTE
    return max(1, round(minutes)), reader.has_practice


def with_minutes(path: str, url: str, pages: dict[str, Page]) -> str:
    """Write beside each link of a path how long its page takes, and beside each heading the sum."""
    stops = list(STOP.finditer(path))
    times = [
        pages[address].meta.get("minutes", 0)
        if stop[1] and (address := urljoin(url, stop[1]).partition("#")[0]) in pages
        else 0
        for stop in stops
    ]
    for index in reversed(range(len(stops))):
        stop, minutes = stops[index], times[index]
        if not stop[1]:  # a heading: the links up to the next one are its own
            rest = range(index + 1, len(stops))
            end = next((n for n in rest if not stops[n][1]), len(stops))
            minutes = sum(times[index + 1 : end])
        if minutes:
            beside = f'<span class="minutes">{minutes} min</span>'
            path = path[: stop.end()] + beside + path[stop.end() :]
    return path


def foreign_packages(page: Page, config: MkDocsConfig) -> list[str]:
    """List the packages of a page that a browser does not have, as people call them."""
    here = LIBRARIES | STANDARD | CHARTS | {"subprocess"}
    imports = build_of(config).notebooks[page.file.src_uri].metadata.imports
    found = {*imports} - here
    return sorted((NAMES.get(name, name) for name in found), key=str.lower)


def ways_to_run(page: Page, config: MkDocsConfig) -> list[tuple[str, str]]:
    """List the ways to run a page outside the browser, with their addresses."""
    name = page.file.src_uri.rpartition("/")[2].removesuffix(".md")
    ways = [("notebook", f"{name}.ipynb"), ("script", f"{name}.py")]
    project = re.match(
        r"https://github\.com/([^/]+/[^/]+?)(?:\.git)?/?$", config.repo_url or ""
    )
    if project and (branch := config.extra.get("notebooks")):
        host = "https://colab.research.google.com/github"
        where = f"{host}/{project[1]}/blob/{branch}/{page.url}{name}.ipynb"
        ways.append(("Colab", where))
    return ways
