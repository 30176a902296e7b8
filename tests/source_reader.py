"""What the structure's rules read of a module's source: imports, names in full, functions.

Nothing is run or imported; a name's meaning is what the module's own import statements give it.
"""

import ast
from collections.abc import Iterator
from functools import cache


@cache
def parse(source: str) -> ast.Module:
    return ast.parse(source)


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the full dotted name of everything imported, wherever that is done."""
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            stem = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{stem}.{alias.name}") for alias in node.names)


def functions(source: str) -> Iterator[tuple[int, str, int]]:
    """Yield line, name and length of each function, from ``def`` to the last line of its body."""
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def names_used(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the full dotted name of each use of something imported."""
    bound = _bindings(source)
    for line, dotted in _chains(parse(source)):
        first, _, rest = dotted.partition(".")
        if first in bound:
            yield line, f"{bound[first]}.{rest}".rstrip(".")


def _chains(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield each ``a.b.c`` below the node as a whole, and not its parts."""
    if isinstance(node, ast.expr) and (dotted := dotted_name(node)):
        yield node.lineno, dotted
    else:
        for child in ast.iter_child_nodes(node):
            yield from _chains(child)


def _bindings(source: str) -> dict[str, str]:
    """Map each name that an import binds to what it stands for."""
    bound = {}
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                bound[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                bound[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
    return bound


def dotted_name(node: ast.AST) -> str:
    """Return ``a.b.c`` for that expression, "" for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted_name(node.value)):
        return f"{before}.{node.attr}"
    return ""
