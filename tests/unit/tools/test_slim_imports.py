"""What libraries import is put off in the layers, and is there for whoever asks."""

import ast
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest

from tests.unit.rules.sources import ROOT

SLIM = ROOT / "layers/dependencies/slim_imports.py"
SITE = Path(pytest.__file__).parents[1]
LAZY = "from .heavy import Thing, Other\n"


@pytest.fixture
def slim() -> ModuleType:
    spec = importlib.util.spec_from_file_location("slim_imports", SLIM)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def told(tmp_path: Path, slim: ModuleType) -> Callable[[str, str], str]:
    """What a program prints beside the package ``pack``, whose ``__init__`` was made slim."""

    def run(init: str, program: str) -> str:
        pack = tmp_path / "pack"
        pack.mkdir()
        (pack / "__init__.py").write_text(slim.deferred(init))
        (pack / "heavy.py").write_text("class Thing:\n    size = 3\nclass Other: pass")
        (pack / "tool.py").write_text("def tool(): return 1")
        command = [sys.executable, "-c", f"import sys, pack\n{program}"]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, check=True, text=True
        ).stdout.strip()

    return run


def test_a_name_is_imported_when_somebody_asks(told: Callable[[str, str], str]) -> None:
    program = (
        "print('pack.heavy' in sys.modules); from pack import Thing; print(Thing.size, pack.Thing is Thing)"
    )
    assert told(LAZY, program) == "False\n3 True"


def test_a_function_that_uses_a_name_imports_it_itself(told: Callable[[str, str], str]) -> None:
    init = LAZY + "def size():\n    'Text.'\n    return Thing.size\n"
    program = "print('pack.heavy' in sys.modules, pack.size.__doc__, pack.size())"
    assert told(init, program) == "False Text. 3"


def test_a_method_that_uses_a_name_imports_it_itself(told: Callable[[str, str], str]) -> None:
    init = LAZY + "class Box:\n    def size(self):\n        return Thing.size\n"
    assert told(init, "print('pack.heavy' in sys.modules, pack.Box().size())") == "False 3"


def test_what_the_module_itself_uses_stays(told: Callable[[str, str], str]) -> None:
    init = "from .heavy import Thing\nfrom .heavy import Other\nclass More(Thing): pass\n"
    assert told(init, "print(pack.More.size, 'Other' in vars(pack), pack.Other.__name__)") == "3 False Other"


def test_a_function_of_its_modules_name_is_not_hidden_by_it(told: Callable[[str, str], str]) -> None:
    init = LAZY + "from .tool import tool\n"
    assert told(init, "import pack.tool; from pack import tool; print(tool())") == "1"


def test_an_unknown_name_is_an_attribute_error(told: Callable[[str, str], str]) -> None:
    assert told(LAZY, "print(hasattr(pack, 'nothing'))") == "False"


def test_of_the_standard_library_one_module_is_put_off(told: Callable[[str, str], str]) -> None:
    init = "from json import loads\nfrom importlib.metadata import version\ndef size():\n    return version\n"
    program = "print('json' in sys.modules, 'importlib.metadata' in sys.modules, pack.size().__name__)"
    assert told(init, program) == "True False version"


def test_a_library_of_another_form_fails_the_build(slim: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing to defer"):
        slim.deferred("import os\nfrom json import loads\n")
    with pytest.raises(ValueError, match="not there once"):
        slim.replaced("a a", "a", "b")
    (tmp_path / "numpy").mkdir()
    with pytest.raises(FileNotFoundError):
        slim.slim(tmp_path)


def test_every_name_that_a_library_defers_is_where_it_says(slim: ModuleType) -> None:
    for name in slim.DEFERRED:
        found: dict[str, object] = {}
        slimmed = slim.deferred((SITE / name).read_text())
        table = next(line for line in slimmed.splitlines() if line.startswith("_DEFERRED = "))
        exec(table, found)  # noqa: S102 - a literal that was just written
        package = ".".join(Path(name).parent.parts)
        for what, module in cast("dict[str, str]", found["_DEFERRED"]).items():
            assert hasattr(importlib.import_module(module, package), what)


def test_what_is_replaced_and_left_out_is_as_expected(slim: ModuleType) -> None:
    for name, (old, new) in slim.REPLACED.items():
        compile(slim.replaced((SITE / name).read_text(), old, new), name, "exec")
    for name in slim.DOCUMENTATION:
        tree = ast.parse((SITE / name).read_text())
        loops = (ast.For, ast.Import, ast.ImportFrom, ast.Expr, ast.FunctionDef, ast.Assign)
        assert all(isinstance(node, loops) for node in tree.body)
        assert "add_newdoc(" in ast.unparse(tree)
