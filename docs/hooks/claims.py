"""Shared. Claims that claim nothing: they would pass whatever a page says.

Goes in: a notebook, before it runs. Comes out: nothing, or a refusal.
"""

import ast

import nbformat
from cells import code_cells, tags_of
from names import nodes, tree
from refusals import LessonError

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
# What only answers, and to nobody.
ANSWERS = {"all", "allclose", "any", "array_equal", "isclose", "isinstance", "print"}
ALWAYS = (ast.GeneratorExp, ast.Lambda, ast.JoinedStr)
CATCHES_ALL = {"AssertionError", "BaseException", "Exception"}


def refuse_idle_claims(notebook: nbformat.NotebookNode) -> None:
    """Refuse claims without an assertion, and assertions that can't fail or are never reached."""
    claims = [cell for cell in code_cells(notebook) if "claim" in tags_of(cell)]
    read = {
        node.id
        for cell in claims
        for node in nodes(cell.source)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    checks: set[str] = (
        set()
    )  # functions that assert something, so that a call is a claim
    for cell in claims:
        line, source = int(cell.metadata.lesson.line), cell.source
        if not asserts(tree(source)) and not checks & {*map(called_by, nodes(source))}:
            raise LessonError(line, "this claim claims nothing: assert something in it")
        for statement in tree(source).body:
            where, begin = (
                line + statement.lineno - 1,
                ast.unparse(statement).split("\n")[0],
            )
            if isinstance(statement, FUNCTION) and asserts(statement):
                checks.add(statement.name)
                if statement.name not in read:
                    raise LessonError(
                        where, f"{begin} is never called: call it in a claim"
                    )
            if isinstance(statement, ast.Expr) and only_answers(statement.value):
                raise LessonError(
                    where, f"{begin} checks nothing: write assert before it"
                )
        for node in nodes(source):
            if problem := cannot_fail(node):
                row = getattr(node, "lineno", 1) - 1
                raise LessonError(line + row, f"this assertion can't fail: {problem}")


def asserts(code: ast.AST) -> bool:
    """Tell whether some code asserts something; `np.testing.assert_allclose` does, too."""
    return any(
        isinstance(node, (ast.Assert, ast.Raise))
        or called_by(node).startswith("assert")
        for node in ast.walk(code)
    )


def called_by(node: ast.AST) -> str:
    """Name the function that an expression calls, or nothing."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name
    return ""


def only_answers(value: ast.expr) -> bool:
    """Tell whether an expression does nothing but say whether something is so."""
    match value:
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()) | ast.Name():
            return True
    return called_by(value) in ANSWERS


def cannot_fail(node: ast.AST) -> str:
    """Say why an assertion can't fail, if a part of some code is one that can't."""
    match node:
        case ast.Assert(test=test):
            if isinstance(test, ALWAYS) or (
                isinstance(test, ast.Constant) and test.value
            ):
                return f"{ast.unparse(test)} is always true"
        case ast.Try(body=body, handlers=handlers) if any(map(asserts, body)):
            for handler in handlers:
                kinds = ast.unparse(handler.type) if handler.type else "BaseException"
                is_passed_on = any(map(asserts, handler.body))
                if CATCHES_ALL & {*kinds.strip("()").split(", ")} and not is_passed_on:
                    return "what it raises is caught"
    return ""
