"""Arrows point downward, handlers are thin, nothing reads the environment while it is imported."""

import ast
from pathlib import Path

import pytest

from tests.unit.rules.sources import HANDLERS, MODULES, at_import, imported, name_of

MAX_HANDLER_LINES = 60
"""Of code; imports and blank lines between are not counted."""

MAX_FILE_LINES = 400

_CONFIGURING = {"os.environ", "os.getenv"}


def wrong_arrows(module: str, source: str) -> list[str]:
    """Imports that point upward: to functions, from a model or a store to what stands on it."""
    above = {"model": ("service", "store"), "store": ("service",)}
    package, _, room = module.rpartition(".")
    upward = {f"{package}.{name}" for name in above.get(room, ())}
    return sorted(
        name
        for name in imported(source)
        if name in upward or name.split(".")[0] in {"functions", "tests", "tools"}
    )


def environment_reads(source: str) -> list[str]:
    """Expressions that read the environment when the module is imported."""
    return [
        ast.unparse(node)
        for node in at_import(ast.parse(source))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in _CONFIGURING
    ]


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_arrows_point_downward(module: Path) -> None:
    assert wrong_arrows(name_of(module), module.read_text()) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("gloss.images.model", "from gloss.images.store import ImageStore"),
        ("gloss.images.model", "from gloss.images import service"),
        ("gloss.quota.store", "def late():\n    import gloss.quota.service"),
        ("gloss.web.app", "from functions.intake import handler"),
        ("gloss.web.app", "from tests.fakes import dynamodb"),
    ],
)
def test_an_arrow_that_points_upward_is_seen(module: str, source: str) -> None:
    assert wrong_arrows(module, source)


def test_what_only_type_checkers_see_is_no_arrow() -> None:
    source = "if TYPE_CHECKING:\n    from gloss.images.store import ImageStore"
    assert wrong_arrows("gloss.images.model", source) == []


@pytest.mark.parametrize("module", [*MODULES, *HANDLERS], ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_nothing_reads_the_environment_while_it_is_imported(module: Path) -> None:
    assert environment_reads(module.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "import os\nTABLE = os.environ['TABLE']",
        "import os\nclass Store:\n    table = os.environ.get('TABLE')",
        "import os\ndef load(table=os.getenv('TABLE')): ...",
    ],
)
def test_a_module_that_does_is_seen(source: str) -> None:
    assert environment_reads(source)


def test_a_function_may() -> None:
    assert environment_reads("import os\ndef load():\n    return os.environ['TABLE']") == []


def code_lines(source: str) -> int:
    """Lines of statements, imports and blank lines not counted."""
    return sum(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.parse(source).body
        if not isinstance(node, ast.Import | ast.ImportFrom)
    )


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda path: path.parent.name)
def test_handlers_are_thin(handler: Path) -> None:
    assert code_lines(handler.read_text()) < MAX_HANDLER_LINES


def test_a_handler_that_does_the_work_itself_is_seen() -> None:
    assert code_lines("import os\n\ndef handle(event, context):\n" + "    pass\n" * 60) >= MAX_HANDLER_LINES


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_file_is_about_one_thing(module: Path) -> None:
    assert len(module.read_text().splitlines()) < MAX_FILE_LINES
