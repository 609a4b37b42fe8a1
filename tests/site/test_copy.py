"""Copy a page as a reader does, button by button, and run what the clipboard got."""

import ast
import inspect
import json
import re
from importlib import import_module
from pathlib import Path

import pytest
from drawing import layouts
from figures import inline_svg
from fresh import run_in
from playwright.sync_api import Browser, Page
from project import COMPUTED, PROJECT, read_page, with_deeper, without_times
from subjects import subjects

OURS = "|".join(subjects(PROJECT))
MARK = "\x1e"  # printed between cells
# What stands in front of the reader's code: no package of ours, and figures kept instead of shown.
PRELUDE = f"""
import sys
sys.modules.update(dict.fromkeys({subjects(PROJECT)}))
import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as _plt

def _keep():
    for number in _plt.get_fignums():
        _plt.figure(number).savefig(f"{{_keep.cell:03}}-{{_keep.count:03}}.svg")
        _keep.count += 1
    _plt.close("all")

_keep.cell, _keep.count = 0, 0
_plt.show = _keep

def _keep_chart(chart):
    if not hasattr(chart, "to_json"):
        return
    with open(f"{{_keep.cell:03}}.json", "w") as file:
        file.write(chart.to_json())

def _next_cell():
    print({MARK!r}, end="")
    _keep.cell += 1
"""

# Come to each block, press its copy button where that can be reached, and read the clipboard.
COPY = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const copied = [];
    for (const block of document.querySelectorAll(".md-content pre:has(> code)")) {
        block.scrollIntoView({ behavior: "instant", block: "center" });
        let button;  // which a block gets when it is reached
        while (!(button = block.querySelector("[data-clipboard-target]"))) await frame();
        button.scrollIntoView({ behavior: "instant", block: "center" });
        const { x, y, width, height } = button.getBoundingClientRect();
        const reached = document.elementFromPoint(x + width / 2, y + height / 2);
        if (!button.contains(reached)) throw `${block.textContent}: its button is covered`;
        await navigator.clipboard.writeText("");
        button.click();
        let text;
        while (!(text = await navigator.clipboard.readText())) await frame();
        copied.push(text);
    }
    return copied;
}"""


def copy_page(page: Page) -> list[str]:
    """Open all that is folded, press every copy button in order, and read the clipboard."""
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    return page.evaluate(COPY)


def keeping_its_chart(cell: str) -> str:
    """Let a cell that ends with a value write it down, if it is a chart."""
    last = ast.parse(cell).body[-1]
    if not isinstance(last, ast.Expr):
        return cell
    above = "\n".join(cell.splitlines()[: last.lineno - 1])
    return f"{above}\n_keep_chart({ast.unparse(last)})"


def run_cells(
    cells: list[str], folder: Path, python: Path
) -> tuple[list[str], list[list[str]]]:
    """Run cells in a fresh interpreter; return what each printed and drew."""
    script = folder / "copied.py"
    kept = map(keeping_its_chart, cells)
    script.write_text(PRELUDE + "\n_next_cell()\n".join(["", *kept]), "utf-8")
    style = str(PROJECT / "docs/hooks/figures.mplstyle")
    run = run_in(python, script.name, cwd=folder, MATPLOTLIBRC=style)
    assert run.returncode == 0, run.stderr
    assert not run.stderr, run.stderr
    printed = run.stdout.split(MARK)[1:]
    drawn: list[list[str]] = [[] for _ in cells]
    for path in sorted(folder.glob("*.svg")):
        drawn[int(path.name[:3]) - 1].append(path.read_text("utf-8"))
    return printed, drawn


def without_names(svg: str) -> str:
    """Take out of a figure what names it: its ids and its text alternative."""
    return re.sub(r'aria-label="[^"]*"', "", re.sub(r"cell-\d+-\d+-", "", svg))


@pytest.mark.parametrize("path", with_deeper(COMPUTED))
def test_what_the_copy_buttons_give_runs_and_prints_what_the_page_shows(
    path, browser: Browser, address, site, tmp_path, fresh_python
):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(address + path)
    copied = copy_page(page)
    context.close()

    html = (site / path / "index.html").read_text("utf-8")
    content = read_page(site, path).select_one(".md-content")
    blocks = content.select("pre > code")
    commands = [block for block in blocks if not block.find_parent(class_="cell")]
    for command in commands:  # whatever else can be copied is for the command line
        shell = r"([A-Z_]+=1 (\\\n)?)?(python3|torchrun) -|pip install "
        assert re.match(shell, command.get_text())
    assert len(copied) == len(blocks), "a code block has no copy button"
    cells = content.select(".cell:has(.cell-input)")
    inputs = [cell.select_one(".cell-input code").get_text() for cell in cells]
    assert len(blocks) == len(cells) + len(commands)
    copied = [
        text
        for text, block in zip(copied, blocks, strict=True)
        if block.find_parent(class_="cell")
    ]
    assert [text.rstrip() for text in copied] == [text.rstrip() for text in inputs]

    printed, drawn = run_cells(copied, tmp_path, fresh_python)
    for number, cell in enumerate(cells):
        shown = "".join(pre.get_text() for pre in cell.select(".cell-output pre"))
        again = printed[number].rstrip()
        if "measured" in cell["class"]:  # times are others in every run
            again, shown = without_times(again), without_times(shown)
        assert again == shown, inputs[number]
    figures = [svg for cell in drawn for svg in cell]
    still = re.sub(
        r'<div class="explorable".*?</script></div>', "", html, flags=re.DOTALL
    )
    on_page = re.findall(r'<svg xmlns[^>]*role="img".*?</svg>', still, re.DOTALL)
    assert [len(cell.select(".cell-output > svg")) for cell in cells] == [
        len(cell) for cell in drawn
    ]
    for again, before in zip(figures, on_page, strict=True):
        assert without_names(inline_svg(again, "", "")) == without_names(before)
    for number, cell in enumerate(cells, 1):
        if script := cell.select_one(".explorable script"):
            again = json.loads((tmp_path / f"{number:03}.json").read_text("utf-8"))
            dressed = {**layouts(again)["wide"], "config": {}}
            on_page = chart_on_page(script.get_text())
            assert on_page == without_controls(dressed)


def chart_on_page(text: str) -> dict:
    """Put the parts of a chart's specification, as a page holds them, together again."""
    parts = json.loads(text[1:-1])
    return {**parts["layouts"]["wide"], **parts["shared"], "config": {}}


def without_controls(chart: dict) -> dict:
    """Leave out what binds a chart to its controls: the page has those as a form."""
    params = [
        {name: part for name, part in param.items() if name != "bind"}
        for param in chart["params"]
    ]
    return {**chart, "params": params}


def embedded_names() -> list[tuple[str, str]]:
    """List what lessons embed, by module and name, from their sources."""
    found = set()
    for path in [PROJECT / "docs/index.md", *(PROJECT / "docs/lessons").glob("*.md")]:
        for module, names in re.findall(
            rf"^from ((?:{OURS})\.\w+) import (\([^)]*\)|.*)$",
            path.read_text("utf-8"),
            re.MULTILINE,
        ):
            found |= {(module, name) for name in re.findall(r"\w+", names)}
        for package, program in re.findall(
            rf"^from ({OURS}) import (\w+)$", path.read_text("utf-8"), re.MULTILINE
        ):
            found |= set(public_names_of(f"{package}.{program}"))
    return sorted(found)


def public_names() -> list[tuple[str, str]]:
    """List everything public in the package: functions, classes and constants."""
    return [
        name
        for package in subjects(PROJECT)
        for path in sorted((PROJECT / package).glob("[!_]*.py"))
        for name in public_names_of(f"{package}.{path.stem}")
    ]


def public_names_of(module_name: str) -> list[tuple[str, str]]:
    """List everything public in a module of the package."""
    found = []
    module = import_module(module_name)
    for name, thing in vars(module).items():
        own = getattr(thing, "__module__", "") == module.__name__
        constant = f"\n{name} = " in inspect.getsource(module)
        if not name.startswith("_") and (own or constant):
            found.append((module.__name__, name))
    return found


def source_of(module: str, name: str) -> str:
    """Read the source of a name of the package, as Python finds it."""
    loaded = import_module(module)
    thing = getattr(loaded, name)
    if inspect.isfunction(thing) or inspect.isclass(thing):
        return inspect.getsource(thing).rstrip()
    (line,) = re.findall(rf"^{name} = .*$", inspect.getsource(loaded), re.MULTILINE)
    return line


def test_what_pages_show_from_the_package_is_the_packages_text(site):
    shown = {}
    for path in COMPUTED:
        html = read_page(site, path)
        for origin in html.select(".cell-origin"):
            code = (
                origin.find_parent(class_="cell")
                .select_one(".cell-input code")
                .get_text()
            )
            for part in origin.get_text().partition(": ")[2].split("; "):
                names, module = part.split(" from ")
                if "." not in module:  # a program, as a whole
                    program = f"{module}.{names}"
                    assert inspect.getsource(import_module(program)) in code
                    shown.update(dict.fromkeys(public_names_of(program), path))
                    continue
                for name in names.split(", "):
                    assert source_of(module, name) in code, f"{path}: {module}.{name}"
                    shown[module, name] = path
    assert sorted(shown) == embedded_names(), "a page does not say what it embeds"


def test_everything_public_is_shown_on_some_page():
    assert sorted(set(public_names()) - set(embedded_names())) == []
