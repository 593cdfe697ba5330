"""Defers what libraries import and a cold start does not use: `slim_imports.py LAYER_FOLDER`.

The modules in `DEFERRED` import each name when a function of theirs first needs it, or when somebody asks the
module for it. Tables of documentation that NumPy attaches to its functions are left out. Whoever asks gets
what there was; a library that no longer has the form that is expected here fails the build.
"""

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

DEFERRED = (
    "aws_lambda_powertools/event_handler/__init__.py",
    "aws_lambda_powertools/utilities/data_classes/__init__.py",
    "boto3/__init__.py",
    "botocore/docs/__init__.py",
    "botocore/docs/docstring.py",
    "pydantic/plugin/_loader.py",
    "urllib3/http2/__init__.py",
)
LOADED_BY_NOBODY_ELSE = "importlib.metadata"
"""All other modules of the standard library are loaded by somebody anyway."""

REPLACED = {
    # An alias of the standard library, for which boto3.compat would load s3transfer and multiprocessing.
    "boto3/dynamodb/types.py": (
        "from boto3.compat import collections_abc\n",
        "import collections.abc as collections_abc\n",
    ),
}
DOCUMENTATION = ("numpy/_core/_add_newdocs.py", "numpy/_core/_add_newdocs_scalars.py")

_ON_DEMAND = """

def __getattr__(name):
    if name not in _DEFERRED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = globals()[name] = getattr(importlib.import_module(_DEFERRED[name], __package__), name)
    return value
"""


def deferred(source: str) -> str:
    """The module with its imports from modules put off until they are needed.

    What is used while the module is imported stays, and so does a name that is a module's too: importing the
    module would put itself in its place.

    Raises:
        ValueError: there is nothing to defer.
    """
    tree = ast.parse(source)
    functions = list(_functions(tree))
    at_once = _used([tree], but=[part for function in functions for part in function.body])
    origins: dict[str, str] = {}
    for statement in [node for node in tree.body if isinstance(node, ast.ImportFrom)]:
        names = {alias.name for alias in statement.names}
        module = "." * statement.level + (statement.module or "")
        renamed = any(alias.asname for alias in statement.names)
        if renamed or names & at_once or module.rpartition(".")[2] in names or _is_cheap(statement):
            continue
        origins |= dict.fromkeys(names, module)
        tree.body.remove(statement)
        for function in functions:
            if names & _used(function.body):
                function.body.insert(_is_text(function.body[0]), statement)
    if not origins:
        raise ValueError("there is nothing to defer")
    return f"{ast.unparse(ast.fix_missing_locations(tree))}\n_DEFERRED = {origins!r}\n{_ON_DEMAND}"


def _used(nodes: Sequence[ast.AST], but: Sequence[ast.AST] = ()) -> set[str]:
    """The names that stand in some parts of a module, without those within other parts."""
    left_out = {id(node) for part in but for node in ast.walk(part)}
    inside = (node for part in nodes for node in ast.walk(part) if id(node) not in left_out)
    return {node.id for node in inside if isinstance(node, ast.Name)}


def _is_cheap(statement: ast.ImportFrom) -> bool:
    module = statement.module or ""
    of_python = not statement.level and module.partition(".")[0] in sys.stdlib_module_names
    return of_python and module != LOADED_BY_NOBODY_ELSE


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """The functions of the module and the methods of its classes, not those within them."""
    for node in tree.body:
        for inner in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(inner, ast.FunctionDef):
                yield inner


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def replaced(source: str, old: str, new: str) -> str:
    """Raises: ValueError: the old text is not there once."""
    if source.count(old) != 1:
        raise ValueError(f"{old!r} is not there once")
    return source.replace(old, new)


def slim(layer: Path) -> None:
    """Rewrite what lies in this layer; a file of a library that it does not have belongs to another layer."""
    for name in (*DEFERRED, *REPLACED, *DOCUMENTATION):
        if not (layer / Path(name).parts[0]).is_dir():
            continue
        source = (layer / name).read_text(encoding="utf-8")
        if name in DEFERRED:
            slimmed = deferred(source)
        else:
            slimmed = replaced(source, *REPLACED[name]) if name in REPLACED else ""
        (layer / name).write_text(slimmed, encoding="utf-8")


if __name__ == "__main__":
    slim(Path(sys.argv[1]))
