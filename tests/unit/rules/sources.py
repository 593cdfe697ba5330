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
    return _named(_running(ast.parse(source)))


def loaded(source: str) -> set[str]:
    """Every module that is loaded when a source is imported, through ours to the first of others."""
    found: set[str] = set()
    new = _named(at_import(ast.parse(source)))
    while new:
        found |= new
        ours = {LIBRARY.joinpath(*name.split(".")) for name in new if name.startswith("gloss.")}
        files = {file for path in ours for file in (path.with_suffix(".py"), path / "__init__.py")}
        sources = [file.read_text() for file in files if file.exists()]
        new = {name for text in sources for name in _named(at_import(ast.parse(text)))} - found
    return found


def _named(nodes: Iterator[ast.AST]) -> set[str]:
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if not _is_for_type_checkers(node):
            yield node
            yield from _running(node)


def _is_for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run while the module is imported: all but the bodies of functions."""
    for node in ast.iter_child_nodes(tree):
        if _is_for_type_checkers(node):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in (*node.decorator_list, *node.args.defaults):
                yield part
                yield from at_import(part)
        elif not isinstance(node, ast.Lambda):
            yield node
            yield from at_import(node)
