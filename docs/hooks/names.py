"""Shared. Which names some code binds, reads and imports, found without running it.

Goes in: Python source. Comes out: names.
"""

import ast
import functools
import re
import symtable

# Methods of Python's own containers that change them.
CHANGES = {"add", "append", "clear", "discard", "extend", "insert", "pop", "popitem"}
CHANGES |= {"remove", "reverse", "setdefault", "sort", "update", "__setitem__"}
# What code that looks something up by a name in quotes holds.
LOOKS_UP = re.compile("getattr|attrgetter|methodcaller|vars|__dict__")


@functools.cache
def tree(source: str) -> ast.Module:
    """Parse some code; whoever reads it leaves it as it is."""
    return ast.parse(source)


class Direct(ast.NodeTransformer):
    """Writes what is looked up by a name in quotes as what it is: `getattr(a, "b")` as `a.b`."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Read `getattr`, and what `operator` makes to be called with what has the name."""
        self.generic_visit(node)
        match node:
            case ast.Call(
                func=ast.Name(id="getattr"),
                args=[value, ast.Constant(value=str(name)), *_],
            ):
                return ast.copy_location(ast.Attribute(value, name, ast.Load()), node)
            case ast.Call(
                func=ast.Call(func=made, args=[ast.Constant(value=str(name)), *_]),
                args=[value],
            ):
                kind = getattr(made, "attr", getattr(made, "id", ""))
                found = ast.copy_location(ast.Attribute(value, name, ast.Load()), node)
                if kind == "attrgetter":
                    return found
                if kind == "methodcaller":
                    return ast.copy_location(ast.Call(found, [], []), node)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """Read `vars(a)["b"]` and `a.__dict__["b"]`."""
        self.generic_visit(node)
        match node:
            case ast.Subscript(
                value=ast.Call(func=ast.Name(id="vars"), args=[value])
                | ast.Attribute(value=value, attr="__dict__"),
                slice=ast.Constant(value=str(name)),
            ):
                return ast.copy_location(ast.Attribute(value, name, node.ctx), node)
        return node


@functools.cache
def nodes_meant(source: str) -> tuple[ast.AST, ...]:
    """List all parts of some code, those looked up by names in quotes as what they are."""
    if not LOOKS_UP.search(source):
        return nodes(source)
    return tuple(ast.walk(Direct().visit(ast.parse(source))))


@functools.cache
def scope(source: str) -> symtable.SymbolTable:
    """List the names of some code by where they are bound."""
    return symtable.symtable(source, "code", "exec")


@functools.cache
def nodes(source: str) -> tuple[ast.AST, ...]:
    """List all parts of some code."""
    return tuple(ast.walk(tree(source)))


@functools.cache
def imports(source: str) -> tuple[tuple[str, int], ...]:
    """List each module that some code imports, wherever in it, with the line."""
    found = []
    for node in nodes(source):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(("." * node.level + (node.module or ""), node.lineno))
    return tuple(found)


@functools.cache
def imports_by_call(source: str) -> tuple[tuple[str, int], ...]:
    """List each module that some code imports by calling a function with its name."""
    found = []
    for node in nodes(source):
        match node:
            case ast.Call(
                func=ast.Name(id="__import__" | "import_module")
                | ast.Attribute(attr="import_module" | "run_module" | "find_spec"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                found.append((module, node.lineno))
    return tuple(found)


def changed_by(node: ast.AST) -> set[str]:
    """List the names of which some code changes a part: by binding it, or by a method or function."""
    match node:
        case (
            ast.Attribute(ctx=ast.Store() | ast.Del())
            | ast.Subscript(ctx=ast.Store() | ast.Del())
        ):
            return root_of(node)
        case ast.Call(func=ast.Attribute(attr=name, value=part)) if name in CHANGES:
            return root_of(part)
        case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[part, *_]):
            return root_of(part)
    return set()


def root_of(part: ast.expr) -> set[str]:
    """Name what something is a part of."""
    while isinstance(part, (ast.Attribute, ast.Subscript)):
        part = part.value
    return {part.id} if isinstance(part, ast.Name) else set()


def packages_imported(source: str) -> set[str]:
    """List the packages that some code imports."""
    return {module.split(".")[0] for module, _ in imports(source)}


def bound_names(source: str) -> set[str]:
    """List the names that some code binds, those that its functions declare global among them."""
    names = {*top_level_names(source)}
    tables = scope(source).get_children()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        names |= {
            s.get_name()
            for s in table.get_symbols()
            if s.is_declared_global() and (s.is_assigned() or s.is_imported())
        }
    return names


@functools.cache
def imported_names(source: str, module: str = "") -> dict[str, str]:
    """Map each name that some code binds by importing, and by that alone, to what it is.

    Whoever reads the map leaves it as it is.
    """
    table = scope(source)
    only = {
        s.get_name()
        for s in table.get_symbols()
        if s.is_imported() and not s.is_assigned()
    }
    found: dict[str, str] = {}
    waiting: list[ast.AST] = [tree(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                name, origin = origin_of(node, alias, module)
                if name in only:
                    found[name] = origin
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.expr)):
            waiting += ast.iter_child_nodes(node)
    return found


def origin_of(
    node: ast.Import | ast.ImportFrom, alias: ast.alias, module: str = ""
) -> tuple[str, str]:
    """Say which name an import binds, and to what: `np` to `numpy`, `path` to `os.path`."""
    if isinstance(node, ast.ImportFrom):
        above = module.split(".")[: -node.level] if node.level else []
        origin = ".".join([*above, *filter(None, [node.module]), alias.name])
        return alias.asname or alias.name, origin
    top = alias.name.split(".")[0]
    return (alias.asname, alias.name) if alias.asname else (top, top)


@functools.cache
def top_level_names(source: str) -> frozenset[str]:
    """List the names that running a piece of code would bind."""
    table = scope(source)
    return frozenset(
        s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()
    )


@functools.cache
def global_names(source: str) -> frozenset[str]:
    """List the names that a piece of code takes from its module."""
    names: set[str] = set()
    tables = [scope(source)]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        is_module = table.get_type() == "module"
        names |= {
            s.get_name()
            for s in table.get_symbols()
            if s.is_referenced() and (is_module or s.is_global())
        }
    return frozenset(names)


class WithoutAnnotations(ast.NodeTransformer):
    """Takes annotations out of code: what they name changes nothing that it computes."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Take a function's own, and those inside it."""
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Take a parameter's."""
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Take a variable's."""
        node.annotation = ast.Constant(0)
        return self.generic_visit(node)


@functools.cache
def names_called_for(source: str) -> frozenset[str]:
    """List the names that code takes from its module when it is called, not when it is defined."""
    names = set()
    bare = ast.unparse(WithoutAnnotations().visit(ast.parse(source)))
    tables = scope(bare).get_children()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        if table.get_type() == "function":
            names |= {
                s.get_name()
                for s in table.get_symbols()
                if s.is_referenced() and s.is_global()
            }
    return frozenset(names)


@functools.cache
def names_read(source: str) -> frozenset[str]:
    """List the names that some code needs from above: those that it reads before it binds them."""
    read, bound = global_names(source), top_level_names(source)
    adds = any(isinstance(node, ast.AugAssign) for node in nodes(source))
    if read & bound or adds:  # only then it matters which comes first
        return frozenset(names_needed(tree(source).body, set()))
    return read


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
                text = ast.unparse(node)
                needed |= global_names(text) - bound
                read(node.target if isinstance(node, ast.AugAssign) else None)
                bound |= top_level_names(text)
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
