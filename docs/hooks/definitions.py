"""Shared. How a module binds its names: the statements, and their texts.

Goes in: the source of a module. Comes out: its definitions by name, or one with all that it uses.
"""

import ast
import functools
from dataclasses import dataclass

from names import global_names, origin_of, top_level_names, tree


@dataclass
class Definition:
    """How a module binds a name: the statement, its exact text, and what the name then is."""

    statement: ast.stmt
    code: str
    origin: str
    times: int = 1  # how many statements bind it

    @property
    def is_import(self) -> bool:
        """Tell whether the module has the name from another."""
        return isinstance(self.statement, (ast.Import, ast.ImportFrom))


@functools.cache
def module_definitions(source: str, module: str = "") -> dict[str, Definition]:
    """Map each name that a module binds to how it does that."""
    lines = source.splitlines()
    found: dict[str, Definition] = {}
    for node in tree(source).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                name, origin = origin_of(node, alias, module)
                only = ast.parse(ast.unparse(node)).body[0]
                assert isinstance(only, (ast.Import, ast.ImportFrom))
                only.names = [alias]
                code = ast.unparse(only)
                # `import a.b` and `import a.c` both bind a, and both are needed.
                if name in found and found[name].origin == origin == name:
                    code = f"{found[name].code}\n{code}"
                found[name] = Definition(node, code, origin)
            continue
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(d.lineno for d in decorators)])
        text = "\n".join(lines[first - 1 : node.end_lineno])
        for name in top_level_names(text):
            times = found[name].times + 1 if name in found else 1
            found[name] = Definition(node, text, f"{module}.{name}", times)
    return found


def source_of(name: str, module: str) -> str:
    """Take a definition out of a module's text, with whatever of the module it uses."""
    definitions = module_definitions(module)
    needed, waiting = {name}, [name]
    while waiting:
        code = definitions[waiting.pop()].code
        more = (global_names(code) & definitions.keys()) - needed
        needed |= more
        waiting += more
    return "\n".join(d.code for key, d in definitions.items() if key in needed)
