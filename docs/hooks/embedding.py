"""Shared. Embeds: cells that import from our packages, and become the source of what they import.

Goes in: a cell's source, the names that its page knows, the project's folder. Comes out: the source
that stands for it, and where each name is from; or a refusal.
"""

import ast
from pathlib import Path

from names import global_names, imports, module_definitions
from refusals import LessonError


def check_imports(source: str, line: int, root: Path) -> None:
    """Refuse an import that a reader could not follow: of a package that only we have."""
    for module, row in imports(source):
        if (root / module.split(".")[0]).is_dir():
            raise LessonError(
                line + row - 1,
                f"readers don't have {module}: import from it in a cell tagged embed",
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
