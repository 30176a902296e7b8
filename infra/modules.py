"""Which modules of chalicelib a function can come to import: what the package needs, and no more.

Found in the source, from the application on, imports within functions included; nothing is run.
"""

import ast
from collections.abc import Collection, Iterator
from pathlib import Path


def modules_behind(entry: Path, root: Path, without: Collection[Path] = ()) -> list[Path]:
    """Return the files below ``root`` that ``entry`` imports, directly or not, without itself.

    ``without`` are left out, and so is what nothing but they import.
    """
    found: set[Path] = set()
    waiting = [entry]
    while waiting:
        for file in _imported(waiting.pop(), root):
            if file not in found and file not in without:
                found.add(file)
                waiting.append(file)
    return sorted(found - {entry})


def _imported(file: Path, root: Path) -> Iterator[Path]:
    tree = ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
    for node in _at_run_time(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files(alias.name, root)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from _files(node.module, root)
            for alias in node.names:
                yield from _files(f"{node.module}.{alias.name}", root)


def _at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    """Yield every node but those that only a type checker looks at."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and _names_type_checking(child.test)):
            yield child
            yield from _at_run_time(child)


def _names_type_checking(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def _files(module: str, root: Path) -> Iterator[Path]:
    """Yield the module's file and those of the packages around it, if they are below root."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        stem = root.joinpath(*parts[:end])
        yield from (
            file for file in (stem / "__init__.py", stem.with_suffix(".py")) if file.is_file()
        )
