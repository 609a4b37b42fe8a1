"""Shared. Which names some code binds, reads and imports, found without running it.

Goes in: Python source. Comes out: names, and the statements that bind them.
"""

import ast
import symtable
from collections.abc import Iterator


def imports(source: str) -> Iterator[tuple[str, int]]:
    """Give each module that some code imports, wherever in it, with the line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or ""), node.lineno


def packages_imported(source: str) -> set[str]:
    """List the packages that some code imports."""
    return {module.split(".")[0] for module, _ in imports(source)}


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


def names_needed(statements: list[ast.stmt], bound: set[str]) -> set[str]:
    """List the names that some code reads before it binds them, adding to those bound."""
    needed: set[str] = set()

    def read(*nodes: ast.AST | None) -> None:
        for node in filter(None, nodes):
            needed.update(global_names(ast.unparse(node)) - bound)

    def bind(*targets: ast.AST | None) -> None:
        for target in filter(None, targets):
            nodes = ast.walk(target)
            bound.update(node.id for node in nodes if isinstance(node, ast.Name))

    for node in statements:
        match node:
            case ast.For():
                read(node.iter)
                bind(node.target)
            case ast.While() | ast.If():
                read(node.test)
            case ast.With():
                read(*(item.context_expr for item in node.items))
                bind(*(item.optional_vars for item in node.items))
            case ast.Try():
                pass
            case _:
                read(node, node.target if isinstance(node, ast.AugAssign) else None)
                bound |= top_level_names(ast.unparse(node))
                continue
        for part in ("body", "handlers", "orelse", "finalbody"):
            for inner in getattr(node, part, []):
                if isinstance(inner, ast.ExceptHandler):
                    read(inner.type)
                    bound.add(inner.name or "")
                    needed |= names_needed(inner.body, bound)
                else:
                    needed |= names_needed([inner], bound)
    return needed


def source_of(name: str, module: str) -> str:
    """Take a definition out of a module's text, with whatever of the module it uses."""
    definitions = module_definitions(module)
    needed, waiting = {name}, [name]
    while waiting:
        _, code = definitions[waiting.pop()]
        more = (global_names(code) & definitions.keys()) - needed
        needed |= more
        waiting += more
    return "\n".join(code for key, (_, code) in definitions.items() if key in needed)
