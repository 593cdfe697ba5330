"""The sources under the rules: modules, what they import, what they do while they are imported."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
LIBRARY: Final = ROOT / "layers/gloss/python"
HANDLERS: Final = sorted(ROOT.glob("functions/*/handler.py"))
MODULES: Final = sorted(LIBRARY.glob("gloss/**/*.py"))


def name_of(module: Path) -> str:
    """The dotted name of a library module."""
    parts = module.relative_to(LIBRARY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(source: str) -> set[str]:
    """Every module that a source imports when it runs; what only type checkers see does not count."""
    found: set[str] = set()
    for node in _running(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _running(node)


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run while the module is imported: all but the bodies of functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in (*node.decorator_list, *node.args.defaults):
                yield part
                yield from at_import(part)
        elif not isinstance(node, ast.Lambda):
            yield node
            yield from at_import(node)
