"""Every command of the README runs in CI, and what it installs is there."""

import ast
import re
import sys
import tomllib
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

import pytest
import yaml

from tests.unit.rules.sources import ROOT

README: Final = (ROOT / "README.md").read_text()
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())

ELSEWHERE: Final[Mapping[str, str]] = {
    "make deploy ENV=dev": "takes an AWS account",
    "make help": "prints the Makefile's own lines; tested by whoever reads them",
    "GLOSS_PORT=4711 make demo": "`make demo` on another port",
}
"""Commands that CI does not run, each with its reason."""


def commands(text: str) -> list[str]:
    """The lines of its shell blocks without their comments, and what calls make within its sentences."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.partition(" #")[0].strip() for block in blocks for line in block.splitlines()]
    spans = re.findall(r"`((?:\w+=\S+ )?make [^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [line for line in (*lines, *spans) if line]


def steps() -> list[str]:
    """What CI runs, line by line."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    runs = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    return [line.strip() for run in runs for line in run.splitlines()]


@pytest.mark.parametrize("command", [it for it in commands(README) if it not in ELSEWHERE])
def test_every_command_of_the_readme_runs_in_ci(command: str) -> None:
    assert [step for step in steps() if step == command or step.startswith(f"{command} ")]


def test_every_exception_is_still_needed() -> None:
    assert set(ELSEWHERE) <= set(commands(README))
    assert not set(ELSEWHERE) & set(steps())


def test_commands_are_found_in_blocks_and_sentences() -> None:
    text = "Do `make this`.\n```sh\nmake that   # why\n\nother thing\n```\n```json\nmake no\n```\n`no make`"
    assert commands(text) == ["make that", "other thing", "make this"]


def test_ci_calls_no_target_that_the_makefile_does_not_have() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = {step.split()[1] for step in steps() if step.startswith("make ")}
    assert targets
    assert not {it for it in targets if not re.search(rf"^(?:{it}|bench-%):", makefile, re.MULTILINE)}


def test_the_command_that_pip_installs_is_there() -> None:
    module, _, attribute = PROJECT["project"]["scripts"]["gloss"].partition(":")
    assert callable(getattr(import_module(module), attribute))
    assert not [path for path in (ROOT / "cli/gloss_cli").iterdir() if (path / "__init__.py").exists()]


def test_the_command_needs_nothing_that_pip_does_not_install() -> None:
    listed = {re.split(r"[^\w-]", it)[0] for it in PROJECT["project"]["dependencies"]}
    imported = {
        name.partition(".")[0]
        for path in (ROOT / "cli/gloss_cli").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    }
    assert imported - set(sys.stdlib_module_names) - {"gloss_cli"} == listed
