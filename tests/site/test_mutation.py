"""Nothing goes stale: change the package, and see what moves on the built pages.

What depends on what is found by following names through the cells of each lesson, which shares
nothing with the pipeline's own way of running them.
"""

import asyncio
import re
import runpy
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from execution import imported_by
from kernels import Limits, kernel_environment, run_cells
from names import global_names, top_level_names
from notebooks import lesson_to_notebook
from project import PROJECT, built_before, run_mkdocs
from readers import python_of
from reading import read_text
from refusals import LessonError
from subjects import subjects

# Values for which every claim of the lessons stays true.
MUTATIONS = {
    "another seed": [("data.py", "SEED", "1234", "35")],
    "another slope, more samples, another noise, another training": [
        ("data.py", "SLOPE", "3.5", "4.5"),
        ("data.py", "NUM_SAMPLES", "50", "56"),
        ("data.py", "NOISE_LOW", "-10.0", "-9.0"),
        ("data.py", "NOISE_HIGH", "20.0", "18.0"),
        ("scratch.py", "LEARNING_RATE", "1e-1", "9e-2"),
        ("scratch.py", "NUM_EPOCHS", "100", "120"),
        ("regularization.py", "L2_LAMBDA", "1e-2", "2e-2"),
    ],
}

# What is named by code that depends on the package, and is still the same whatever it does.
STEADY = {
    "from-scratch": {
        "W: (1, 1)\nb: (1,)\n": "there is one feature",
        "1": "there is one feature",
        "higher": "a word; the numbers beside it move",
        "less": "a word; the numbers beside it move",
        "0": "the masses begin there",
        "0.00": "the best bias of standardized data",
        "230": "follows from a learning rate of 1e-8 alone",
        "2,000": "how often to repeat is up to the lesson",
    },
    "pytorch": {
        "torch.Size([1, 1]) torch.Size([1]) torch.Size([3, 1])\nTrue\n": "one feature",
        "loss: 0.75\n": "a worked example of its own",
        "0.0": "standardized",
        "1.0": "standardized",
        "0.1000000015": "what float32 makes of 0.1",
        "0.7": "rounded; the numbers beside it move",
    },
    "regularization": {
        "9": "how many powers is up to the lesson",
        "1e-06": "which λ are tried is up to the lesson",
        **dict.fromkeys(
            ["0.80", "0.66"], "what a decay of 1 leaves of a weight, in long training"
        ),
    },
    "solve-at-once": {
        **dict.fromkeys(
            ["2", "3", "5", "6", "24", "30"], "the three readings stay the same"
        ),
        "12": "counting digits stops there",
        "25": "how often to repeat is up to the lesson",
        **dict.fromkeys(
            ["2e+08", "8", "1"], "orders of magnitude: the numbers behind them move"
        ),
        "36": "NIST's data sets stay the same",
        "condition  descent": "NIST's data sets stay the same",
        "Norris     float32": "NIST's data sets stay the same",
        "Right.\n1000 to 1049 g": "an example of the exercise's own",
        '<svg xmlns="http://www.w3.org/2000/svg" version': "computed from its sliders",
    },
    "how-sure": {
        "1.96": "a quantile of the normal distribution",
        **dict.fromkeys(["68.3%", "0.27%"], "shares of the normal distribution"),
        **dict.fromkeys(["95%", "1,000", "20"], "a setting of the lesson's own"),
        "100.0%": "no uniform noise is that wide",
        "0.92": "R² of the curve, whose noise hardly moves it",
        "3.1": "rounded; the widths beside it move",
    },
    "coefficients": {
        **dict.fromkeys(
            ["60", "3", "2", "300", "20", "0.98"], "a setting of the lesson's own"
        ),
        "0.5": "what 1% more mass makes of the period, rounded",
        "0.018": "the best of few strengths",
        "row 1 of values is 'titanium'": "an error's words",
        "column 1 of X is collinear with the others and the constant, so its weight could "
        "be anything: drop it, or use ridge": "an error's words",
    },
    "learning-rate": {
        **dict.fromkeys(
            ["6", "90%", "12", "2000", "80", "40", "60", "800", "20"],
            "a setting of the lesson's own",
        ),
        "2,955": "follows from the shares of the limit alone",
        "0.0003": "follows from the shares of the limit alone",
        "distance:": "follows from the shares of the limit alone",
        "    r   curvatures": "standardized features with these correlations",
        "shift   epochs": "standardized features with these shifts",
        '<svg xmlns="http://www.w3.org/2000/svg" version': "computed from its sliders",
    },
    "real-data": {
        **dict.fromkeys(
            ["442", "10", "166", "331", "111", "25", "346", "19", "79", "42", "60"],
            "the patients stay the same",
        ),
        "25%": "how the data are split is up to the lesson",
        "5": "how the data are split is up to the lesson",
        "80": "how often to repeat is up to the lesson",
        "1.1": "rounded; the patients stay the same",
        "500": "how often to repeat is up to the lesson",
        **dict.fromkeys(
            ["0.50", "4.6%"], "the patients, and the normal, stay the same"
        ),
        "0.1": "the best of few settings",
        "7": "rounded; the numbers beside it move",
        "1": "which λ are tried is up to the lesson",
        "glucose": "a name; the numbers beside it move",
        "no difference can be told": "words; the numbers beside them move",
    },
    "more-data": {
        **dict.fromkeys(["2,000", "30", "3", "5"], "a setting of the lesson's own"),
        **dict.fromkeys(
            ["1", "10", "16", "1e+09", "100,000"], "a setting of the lesson's own"
        ),
        "   rows file MB": "sizes of files, and digits that are all right",
        "went on at row": "where an interruption was staged",
    },
}
# Another subject states its own, beside its tests.
for others in sorted((PROJECT / "tests").glob("*/mutations.py")):
    tables = runpy.run_path(str(others))
    MUTATIONS |= tables["MUTATIONS"]
    STEADY |= tables["STEADY"]
CHECKED = "what a check says to its own solution"

FALSE_FORMULAS = {
    "the gradient without its 2": (
        "scratch.py",
        "dW = 2 / len(X)",
        "dW = 1 / len(X)",
        r"lessons/from-scratch\.md:\d+: AssertionError",
    ),
    "the loss as a sum": (
        "scratch.py",
        "np.mean((y_pred - y) ** 2)",
        "np.sum((y_pred - y) ** 2)",
        r"lessons/from-scratch\.md:\d+: \w+Error",
    ),
    "the weights scaled back the wrong way round": (
        "scaling.py",
        "W * y_std / X_std",
        "W * X_std / y_std",
        r"lessons/from-scratch\.md:\d+: AssertionError",
    ),
    "the bias decayed too": (
        "regularization.py",
        "return dW + l2_lambda * W, db",
        "return dW + 2 * l2_lambda * W, db",
        r"lessons/regularization\.md:\d+: AssertionError",
    ),
}


def mutated_copy(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """Copy the project with some changes to the package: file, old text, new text."""
    for part in (
        "docs",
        *subjects(PROJECT),
        ".cache",
    ):  # what is kept must not outlive a change
        shutil.copytree(PROJECT / part, folder / part)
    for part in ("mkdocs.yml", "README.md", "CITATION.bib"):
        shutil.copy(PROJECT / part, folder / part)
    for file, old, new in changes:
        path = folder / file if "/" in file else folder / "linreg" / file
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), "utf-8")
    return folder


def computed_items(site: Path) -> dict[tuple[str, int, str, int], str]:
    """Collect all that a built site computed: printed text, figures, values in prose."""
    items = {}
    for path in sorted(site.rglob("*.ipynb")):
        for index, cell in enumerate(nbformat.read(path, as_version=4).cells):
            if "measured" in cell.metadata.lesson.get("tags", []):
                continue  # times are others at every build
            for number, value in enumerate(cell.metadata.lesson.get("values", [])):
                items[path.stem, index, "value", number] = value
            for number, output in enumerate(cell.get("outputs", [])):
                text = output.get("text") or output.data["image/svg+xml"]
                kind = "printed" if "text" in output else "figure"
                items[path.stem, index, kind, number] = text
    return items


def dependents(mutation: str) -> set[tuple[str, int]]:
    """Find the cells, by page and number, that depend on what a mutation changes."""
    found = set()
    for path in [PROJECT / "docs/index.md", *(PROJECT / "docs/lessons").glob("*.md")]:
        touched = {constant for _, constant, _, _ in MUTATIONS[mutation]}
        shown = -1
        for cell in lesson_to_notebook(path.read_text("utf-8"), PROJECT)[0].cells:
            tags = cell.metadata.lesson.get("tags", [])
            is_shown = not {"values", "claim"} & set(tags)
            shown += is_shown
            if cell.cell_type == "markdown" or not touched & names_used(cell.source):
                continue
            touched |= top_level_names(cell.source)
            # A generator that was drawn from goes on differently.
            touched |= names_used(cell.source) & {"rng"}
            if is_shown:
                found.add((path.stem, shown))
            elif "values" in tags:
                found.add((path.stem, shown + (cell.metadata.lesson.fills == "below")))
    return found


def names_used(source: str) -> set[str]:
    """List the names that a cell reads, a definition's own among them."""
    return global_names(source) | top_level_names(source)


def reason(item: tuple[str, int, str, int], text: str) -> str:
    """Say why a value stays the same whatever the package does, if it may."""
    if text == "Right.\n":
        return CHECKED
    for begin, why in STEADY.get(item[0], {}).items():
        if text == begin or ("\n" in text and text.startswith(begin)):
            return why
    return ""


@pytest.mark.first
@pytest.mark.thorough
def test_everything_that_depends_on_a_change_moves_and_nothing_else(
    site, tmp_path, capsys
):
    items = computed_items(site)
    ever, must = set(), set()
    for mutation, constants in MUTATIONS.items():
        changes = [(f, f"{c} = {old}", f"{c} = {new}") for f, c, old, new in constants]
        project = mutated_copy(tmp_path / mutation, *changes)
        build = run_mkdocs(project, "build", "--strict")
        assert build.returncode == 0, f"{mutation}: {build.stdout}"
        after = computed_items(project / "site")
        assert after.keys() == items.keys(), mutation
        moved = {item for item in items if items[item] != after[item]}
        assert moved, f"nothing moved with {mutation}"
        allowed = dependents(mutation)
        strays = sorted(item for item in moved if item[:2] not in allowed)
        assert not strays, f"{mutation} moved what doesn't depend on it: {strays}"
        ever |= moved
        must |= allowed

    still = sorted(set(items) - ever)
    with capsys.disabled():
        print(
            f"\n{len(ever)} of {len(items)} computed values were seen to move; never moved:"
        )
        for item in still:
            why = STEADY.get(item[0], {}).get(items[item], "its cell needs no package")
            print("   ", *item, repr(items[item][:50]), f"({why})")
    stuck = [
        item for item in still if item[:2] in must and not reason(item, items[item])
    ]
    assert not stuck, stuck


@pytest.mark.parametrize(
    ("file", "old", "new", "message"), FALSE_FORMULAS.values(), ids=FALSE_FORMULAS
)
def test_a_claim_that_a_change_makes_false_stops_the_build(
    file, old, new, message, tmp_path
):
    (name,) = re.findall(r"lessons/([\w-]+)", message)
    for package in subjects(PROJECT):
        shutil.copytree(PROJECT / package, tmp_path / package)
    path = tmp_path / "linreg" / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), "utf-8")
    lesson = read_text(PROJECT / f"docs/lessons/{name}.md")
    notebook, _ = lesson_to_notebook(lesson, tmp_path)
    settings = kernel_environment(Path(built_before().name, ".cache/kernel"))
    # In a thread of its own: a browser of another test may keep this one's event loop busy.
    with (
        ThreadPoolExecutor(1) as thread,
        pytest.raises(LessonError) as stopped,  # as the build does, with the file
    ):
        python = python_of(imported_by(notebook))
        limits, turn = Limits(600, 10**7), asyncio.Semaphore()
        run = run_cells(notebook, "python3", limits, settings, python, turn)
        thread.submit(asyncio.run, run).result()
    said = f"lessons/{name}.md:{stopped.value.line}: {stopped.value}"
    assert re.search(message, said), said
