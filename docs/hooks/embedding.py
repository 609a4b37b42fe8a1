"""Shared. Embeds: cells that import from our packages, and become the source of what they import.

Goes in: a cell's source, what its page knows, the project's folder. Comes out: the source that
stands for it, and where each name is from; or a refusal.
"""

import ast
import builtins
import functools
import sys
from pathlib import Path

from bindings import Known, bind_cell
from definitions import module_definitions
from names import (
    changed_by,
    global_names,
    imports,
    imports_by_call,
    names_called_for,
    nodes,
    top_level_names,
    tree,
)
from reading import read_text
from refusals import LessonError, refusals_of
from subjects import is_ours, subjects

# What comes with the kernel, and not with a plain Python.
NOTEBOOK_ONLY = {"IPython", "ipykernel", "ipywidgets", "matplotlib_inline"}


def check_imports(source: str, line: int, root: Path) -> None:
    """Refuse an import that a reader could not follow: of what only we have, or of no one knows what."""
    for module, row in (*imports(source), *imports_by_call(source)):
        top = module.split(".")[0]
        if is_ours(top, root) or top in NOTEBOOK_ONLY or not top:
            raise LessonError(
                line + row - 1,
                f"readers don't have {module}: import from it in a cell tagged embed",
            )
    for node in nodes(source):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            raise LessonError(
                line + node.lineno - 1,
                "a script of this page could not begin with it, nor do the cells above: do without",
            )
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            raise LessonError(
                line + node.lineno - 1, "a star hides what is imported: name it"
            )


def expand_embed(
    source: str, line: int, known: Known, root: Path
) -> tuple[str, dict[str, list[str]]]:
    """Replace imports from our packages by what they import: text as the package has it.

    The import lines that it needs and the page has not run yet come first. A name of ours that it
    needs must stand on the page already. Returns the source, and the names from each module.
    """
    wanted: dict[str, None] = {}
    parts: list[tuple[bool, str]] = []
    origins: dict[str, list[str]] = {}
    for node in ast.parse(source).body:
        where = line + node.lineno - 1
        if (
            not isinstance(node, ast.ImportFrom)
            or node.level
            or any(a.asname for a in node.names)
        ):
            raise LessonError(
                where, "an embed holds only `from package.module import name, ...`"
            )
        module = str(node.module)
        for name in (alias.name for alias in node.names):
            if (root / Path(*module.split("."))).is_dir():
                code, is_block = program_cell(module, name, where, root), True
                bind_cell(code, where, known)
            else:
                code, is_block, lines = definition_of(module, name, where, known, root)
                wanted |= dict.fromkeys(lines)
            if name in origins.get(module, []):
                raise LessonError(where, f"{name} is embedded twice: once is enough")
            parts.append((is_block, code))
            origins.setdefault(module, []).append(name)
    if not parts:
        raise LessonError(line, "this embed is empty: import from our package in it")
    text = sorted_imports("\n".join(wanted))
    for index, (is_block, code) in enumerate(parts):
        near = index > 0 and not is_block and not parts[index - 1][0]
        text += ("\n" if near else "\n\n\n" if is_block else "\n\n") + code
    return text.lstrip("\n"), origins


def sorted_imports(lines: str) -> str:
    """Write imports as a module has them: the standard library's first, a line for each module."""
    whole: set[tuple[bool, str]] = set()
    names: dict[tuple[bool, str, str], list[str]] = {}
    for node in ast.parse(lines).body:
        match node:
            case ast.Import(names=[alias]):
                whole.add((is_foreign(alias.name), ast.unparse(node)))
            case ast.ImportFrom(module=str(module), names=[alias]):
                key = is_foreign(module), module, alias.asname or ""
                names.setdefault(key, []).append(ast.unparse(alias))
    parts = []
    for foreign in (False, True):
        part = sorted(line for other, line in whole if other == foreign)
        for key in sorted(key for key in names if key[0] == foreign):
            # Constants, then classes, then functions.
            own = sorted(names[key], key=lambda n: (not n.isupper(), n.lower() == n, n))
            begin = f"from {key[1]} import "
            line = begin + ", ".join(own)
            listed = "".join(f"    {name},\n" for name in own)
            part.append(line if len(line) <= 88 else f"{begin}(\n{listed})")
        parts.append("\n".join(part))
    return "\n\n".join(filter(None, parts))


def is_foreign(module: str) -> bool:
    """Tell what has to be installed from what Python brings along."""
    return module.split(".")[0] not in sys.stdlib_module_names


def definition_of(
    module: str, name: str, line: int, known: Known, root: Path
) -> tuple[str, bool, list[str]]:
    """Take a definition out of a module: its text, whether it is a block, the imports it needs."""
    path = root / Path(*module.split(".")).with_suffix(".py")
    if not path.is_file():
        raise LessonError(line, f"there is no module {module} to embed from")
    if path not in known.texts:
        known.texts[path] = parsed(path, line, root)
    source = known.texts[path]
    definitions = module_definitions(source, module)
    if name not in definitions or definitions[name].is_import:
        raise LessonError(line, f"{module} does not define {name}")
    found = definitions[name]
    if others := sorted(top_level_names(found.code) - {name}):
        raise LessonError(
            line,
            f"{module} binds {name} together with {others[0]}: give each a line of its own",
        )
    if found.times > 1:
        raise LessonError(
            line, f"{module} defines {name} {found.times} times: give each its own name"
        )
    if later := changes_in(source).get(name):
        raise LessonError(
            line,
            f"line {later} of {module} changes {name}, which an embed would leave out: let the "
            "module bind it as a whole",
        )
    if doing := acts_in(source):
        raise LessonError(
            line,
            f"line {doing} of {module} does something when it is loaded, which an embed would leave "
            "out: let a function do it",
        )
    for inner, _ in imports(found.code):
        if inner.startswith(".") or is_ours(inner.split(".")[0], root):
            raise LessonError(
                line,
                f"{name} imports {inner} inside: let its module do that at its top",
            )
    lines: list[str] = []
    wanted: dict[str, str] = {}
    for needed in sorted(global_names(found.code)):
        if needed not in definitions:
            if hasattr(builtins, needed):
                known.need(name, needed, f"builtins.{needed}", line)
                wanted[needed] = f"builtins.{needed}"
            continue
        other = definitions[needed]
        top, _, own = other.origin.rpartition(".")
        ours = not other.is_import or is_ours(other.origin.split(".")[0], root)
        if ours and needed != name and needed not in known.origins:
            if other.is_import and own != needed:
                raise LessonError(
                    line,
                    f"{name} needs {own} of {top} under the name {needed}, which no embed "
                    "can give it: let its module import it by its own name",
                )
            raise LessonError(
                line, f"{name} needs {needed} of {top}: embed it earlier on this page"
            )
        known.need(name, needed, other.origin, line)
        wanted[needed] = other.origin
        if not ours:
            # `import a.b` is needed even where the page has a; whatever else it has, it has.
            is_whole = other.origin == needed
            lines += [
                text
                for text in other.code.splitlines()
                if needed not in known.origins
                or (is_whole and text not in known.imported)
            ]
            known.imported |= set(lines)
            known.bind(needed, other.origin, line)
    known.bind(name, found.origin, line)
    known.embedded[name] = found.origin
    # What is looked up at each call must stay what it is; the rest has been looked up by now.
    for needed in names_called_for(found.code) & wanted.keys():
        known.needed[needed] = name, wanted[needed]
    is_block = isinstance(found.statement, (ast.FunctionDef, ast.ClassDef))
    return found.code, is_block, lines


@functools.cache
def changes_in(source: str) -> dict[str, int]:
    """Map the names of which a module changes a part when it is loaded to the line where it does."""
    found: dict[str, int] = {}
    for statement in tree(source).body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)) or is_main(statement):
            continue  # what they do they do when they are called
        for node in ast.walk(statement):
            found |= dict.fromkeys(changed_by(node), statement.lineno)
    return found


def acts_in(source: str) -> int:
    """Find the line in which a module does something when it is loaded beside binding names, or 0."""
    return next(
        (
            statement.lineno
            for statement in tree(source).body
            if isinstance(statement, ast.Expr)
            and not isinstance(statement.value, ast.Constant)
        ),
        0,
    )


def is_main(statement: ast.stmt) -> bool:
    """Tell whether a statement is for a module that is run as a program."""
    return isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)


def parsed(path: Path, line: int, root: Path) -> str:
    """Read a module of ours, if it is Python."""
    where = path.relative_to(root).as_posix()
    try:
        text = read_text(path)
        module_definitions(text, ".".join(path.relative_to(root).with_suffix("").parts))
    except LessonError as error:
        raise LessonError(line, f"{where}:{error.line}: {error}") from error
    except SyntaxError as error:
        raise LessonError(line, f"{where}:{error.lineno}: {error.msg}") from error
    return text


def checked_packages(root: Path) -> list[str]:
    """List our packages; refuse one that is not Python, before the reference stumbles over it."""
    for package in subjects(root):
        for path in sorted((root / package).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            with refusals_of(name):
                try:
                    tree(read_text(path))
                except SyntaxError as error:
                    line = error.lineno or 1
                    raise LessonError(line, f"not Python: {error.msg}") from error
    return subjects(root)


def program_cell(package: str, name: str, line: int, root: Path) -> str:
    """Write the code that writes a module of a package into a file, text as the package has it."""
    path = root / Path(*package.split("."), name).with_suffix(".py")
    if not path.is_file():
        raise LessonError(line, f"there is no module {package}.{name} to embed")
    text = parsed(path, line, root)
    if not text.endswith("\n"):
        raise LessonError(line, f"{path.name} ends within a line: end it with a break")
    if "'''" in text:
        raise LessonError(
            line, f"{path.name} holds ''', so it can't stand between them"
        )
    opened = f'with open("{path.name}", "w", encoding="utf-8") as file:'
    return f"{opened}\n    file.write(r'''{text}''')"
