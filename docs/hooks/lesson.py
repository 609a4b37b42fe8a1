"""Stage 1. A lesson, which is Markdown, becomes a notebook that runs without our packages.

- A cell tagged `embed` is replaced by the source of the names that it imports. A module imported
  whole is a program: the cell writes it into a file, from which processes can be started.
- A `{{ expression:format }}` in prose, or in a figure's caption or text alternative, is gathered
  in a hidden cell that evaluates it where it stands.
- What would mislead a reader is refused: code that would not run in plain Python, a Python fence
  that is not executed, another language's fence that would be.
"""

import ast
import re
import symtable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jupytext
import nbformat
from mkdocs.config.config_options import Hooks
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

CODE_OR_VALUE = re.compile(
    r"(?P<code>(?P<ticks>`+).+?(?P=ticks))|\{\{(?P<value>.+?)\}\}", re.DOTALL
)
IDLE_PYTHON = re.compile(
    r"^[ \t]*(`{3,}|~{3,})[ \t]*\{?[ \t]*\.?(py|python|python3|pycon|ipython)\b",
    re.MULTILINE,
)

NOTEBOOKS = TemporaryDirectory(prefix="notebooks-")  # of this build alone
# The code that computes a value, and the line of the lesson that the value stands in.
Call = tuple[str, int]


class LessonError(Exception):
    """What is wrong with a lesson, and in which line of it."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


def on_config(config: MkDocsConfig) -> None:
    """Let `mkdocs serve` load the hooks afresh at its next build; MkDocs would keep the first."""
    Hooks._load_hook.cache_clear()


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Write each page's notebook, which stands for the page from here on."""
    root = Path(config.config_file_path).parent
    for file in files.documentation_pages():
        lesson = Path(config.docs_dir, file.src_uri)
        try:
            notebook, packages = lesson_to_notebook(lesson.read_text("utf-8"), root)
        except LessonError as error:
            raise PluginError(f"{file.src_uri}:{error.line}: {error}") from error
        notebook.metadata.lesson = file.src_uri
        path = Path(NOTEBOOKS.name, file.src_uri).with_suffix(".ipynb")
        file.abs_src_path = str(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        config.watch += [str(root / package) for package in packages]


def on_page_read_source(page: Page, config: MkDocsConfig) -> str:
    """Give MkDocs the lesson's own text, for its title and description."""
    return Path(config.docs_dir, page.file.src_uri).read_text("utf-8")


def lesson_to_notebook(text: str, root: Path) -> tuple[nbformat.NotebookNode, set[str]]:
    """Turn a lesson into its notebook; also name the packages of `root` that it embeds."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata.kernelspec = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    packages: set[str] = set()
    known: set[str] = set()
    position = 0
    for cell in jupytext.reads(text, fmt="md:markdown").cells:
        if cell.cell_type == "raw":  # the front matter, which MkDocs reads
            continue
        # Of another language's fence jupytext makes a cell that begins with a magic.
        source = re.sub(r"\A%%\w+\n", "", cell.source)
        position = text.index(source, position)
        line = text.count("\n", 0, position) + 1
        fence = text[:position].splitlines()[-1:]
        position += len(source)
        options = dict(cell.metadata)
        cell.metadata = nbformat.from_dict({"lesson": {"line": line, **options}})
        parts = [cell]
        if cell.cell_type == "markdown":
            refuse_idle_python(cell.source, line)
            cell.source, calls = take_values(cell.source, line)
            if calls:
                parts.insert(0, values_cell(calls, "below"))
        else:
            check_plain_python(cell.source, line, fence)
            if "embed" not in options.get("tags", []):
                check_imports(cell.source, line, root)
            else:
                cell.source, origins = expand_embed(cell.source, line, known, root)
                cell.metadata.lesson.origins = origins
                packages |= {origin.split(".")[0] for origin in origins}
            known |= top_level_names(cell.source)
            cell.metadata.lesson.texts, calls = take_figure_texts(options, line - 1)
            if calls:
                parts.append(values_cell(calls, "above"))
        for part in parts:
            part.id = f"cell-{len(notebook.cells)}"
            notebook.cells.append(part)
    return notebook, packages


def take_figure_texts(
    options: dict[str, Any], line: int
) -> tuple[list[str], list[Call]]:
    """Read a cell's caption and the text alternatives of its figures, in this order."""
    alt = options.get("alt", [])
    texts, calls = [], []
    for text in [options.get("caption", ""), *([alt] if isinstance(alt, str) else alt)]:
        text, more = take_values(text, line)
        texts.append(text)
        calls += more
    return texts, calls


def take_values(text: str, line: int) -> tuple[str, list[Call]]:
    """Leave `{{}}` where a text has a value, and list the calls that compute them, with lines."""
    calls: list[Call] = []

    def take(match: re.Match[str]) -> str:
        if match["code"]:
            return match["code"]
        where = line + text.count("\n", 0, match.start())
        calls.append((format_call(match["value"].strip(), where), where))
        return "{{}}"

    return CODE_OR_VALUE.sub(take, text), calls


def values_cell(calls: list[Call], fills: str) -> nbformat.NotebookNode:
    """Make the hidden cell that computes the values for the cell above or below it."""
    cell: nbformat.NotebookNode = nbformat.v4.new_code_cell(
        "[" + ",\n ".join(call for call, _ in calls) + "]"
    )
    lines = [line for _, line in calls]
    cell.metadata.lesson = {
        "line": lines[0],
        "lines": lines,
        "tags": ["values"],
        "fills": fills,
    }
    return cell


def format_call(value: str, line: int) -> str:
    """Turn `expression:format` into a call of format; a colon may be part of the expression."""
    colons = [match.start() for match in re.finditer(":", value)]
    for cut in [len(value), *reversed(colons)]:
        try:
            ast.parse(value[:cut].strip(), mode="eval")
        except SyntaxError:
            continue
        return f"format({value[:cut].strip()}, {value[cut + 1 :].strip()!r})"
    raise LessonError(line, f"the value {{{{ {value} }}}} is not a Python expression")


def refuse_idle_python(prose: str, line: int) -> None:
    """Refuse Python that a reader would see but that is never run."""
    if match := IDLE_PYTHON.search(prose):
        line += prose.count("\n", 0, match.start())
        raise LessonError(
            line,
            "this Python fence would not be run: start it in the first column, or mark it text",
        )


def check_plain_python(source: str, line: int, fence: list[str]) -> None:
    """Refuse a cell that is not Python, or not Python that runs outside a notebook."""
    language = fence[0].strip("`~ ").split(" ")[0]
    if language != "python":
        raise LessonError(
            line - 1, f"this {language} fence would be run: mark it text or console"
        )
    try:
        ast.parse(source)
    except SyntaxError as error:
        raise LessonError(
            line + (error.lineno or 1) - 1, f"not plain Python: {error.msg}"
        ) from error


def check_imports(source: str, line: int, root: Path) -> None:
    """Refuse an import that a reader could not follow: of a package that only we have."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for name in [getattr(node, "module", None) or node.names[0].name]:
                if (root / name.split(".")[0]).is_dir():
                    raise LessonError(
                        line + node.lineno - 1,
                        f"readers don't have {name}: import from it in a cell tagged embed",
                    )


def expand_embed(
    source: str, line: int, known: set[str], root: Path
) -> tuple[str, dict[str, list[str]]]:
    """Replace imports from our packages by what they import: text as the package has it.

    The import lines that it needs and the page has not run yet come first. A name of ours that it
    needs must stand on the page already. Returns the source, and the names from each module.
    """
    imports: dict[str, None] = {}
    parts: list[tuple[bool, str]] = []
    origins: dict[str, list[str]] = {}
    known = set(known)
    for node in ast.parse(source).body:
        if (
            not isinstance(node, ast.ImportFrom)
            or node.level
            or any(a.asname for a in node.names)
        ):
            raise LessonError(
                line + node.lineno - 1,
                "an embed holds only `from package.module import name, ...`",
            )
        module = str(node.module)
        if (root / Path(*module.split("."))).is_dir():
            for name in (alias.name for alias in node.names):
                parts.append((True, program_cell(module, name, line, root)))
                origins.setdefault(module, []).append(name)
            continue
        path = root / Path(*module.split(".")).with_suffix(".py")
        if not path.is_file():
            raise LessonError(
                line + node.lineno - 1, f"there is no module {module} to embed from"
            )
        definitions = module_definitions(path.read_text("utf-8"))
        for name in (alias.name for alias in node.names):
            where = line + node.lineno - 1
            if name not in definitions or isinstance(
                definitions[name][0], (ast.Import, ast.ImportFrom)
            ):
                raise LessonError(where, f"{module} does not define {name}")
            definition, code = definitions[name]
            for needed in sorted(
                global_names(code) & definitions.keys() - known - {name}
            ):
                statement, text = definitions[needed]
                top = (getattr(statement, "module", None) or needed).split(".")[0]
                third_party = isinstance(statement, (ast.Import, ast.ImportFrom))
                if not third_party or (root / top).is_dir():
                    raise LessonError(
                        where, f"{name} needs {needed}: embed it earlier on this page"
                    )
                imports[text] = None
                known.add(needed)
            known.add(name)
            parts.append(
                (isinstance(definition, (ast.FunctionDef, ast.ClassDef)), code)
            )
            origins.setdefault(module, []).append(name)
    text = "\n".join(imports)
    for index, (is_block, code) in enumerate(parts):
        near = index > 0 and not is_block and not parts[index - 1][0]
        text += ("\n" if near else "\n\n\n" if is_block else "\n\n") + code
    return text.lstrip("\n"), origins


def program_cell(package: str, name: str, line: int, root: Path) -> str:
    """Write the code that writes a module of a package into a file, text as the package has it."""
    path = root / Path(*package.split("."), name).with_suffix(".py")
    if not path.is_file():
        raise LessonError(line, f"there is no module {package}.{name} to embed")
    text = path.read_text("utf-8")
    if "'''" in text:
        raise LessonError(
            line, f"{path.name} holds ''', so it can't stand between them"
        )
    opened = f'with open("{path.name}", "w", encoding="utf-8") as file:'
    return f"{opened}\n    file.write(r'''{text}''')"


def module_definitions(source: str) -> dict[str, tuple[ast.stmt, str]]:
    """Map each name that a module binds to the statement that binds it and to its exact text."""
    lines = source.splitlines()
    found: dict[str, tuple[ast.stmt, str]] = {}
    for node in ast.parse(source).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                only = ast.parse(ast.unparse(node)).body[0]
                assert isinstance(only, (ast.Import, ast.ImportFrom))
                only.names = [alias]
                found[alias.asname or alias.name.split(".")[0]] = (
                    node,
                    ast.unparse(only),
                )
            continue
        first = min(
            [node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]
        )
        text = "\n".join(lines[first - 1 : node.end_lineno])
        for name in top_level_names(text):
            found[name] = (node, text)
    return found


def top_level_names(source: str) -> set[str]:
    """List the names that running a piece of code would bind."""
    table = symtable.symtable(source, "cell", "exec")
    return {
        s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()
    }


def global_names(source: str) -> set[str]:
    """List the names that a piece of code takes from its module."""
    names = set()
    tables = [symtable.symtable(source, "embed", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        is_module = table.get_type() == "module"
        names |= {
            s.get_name()
            for s in table.get_symbols()
            if s.is_referenced() and (is_module or s.is_global())
        }
    return names
