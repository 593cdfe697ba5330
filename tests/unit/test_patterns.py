"""Patterns are compiled at their first use and say what ``re`` would."""

import ast
import importlib
import re

import pytest

from gloss.patterns import pattern
from tests.unit.rules.sources import LIBRARY, MODULES, at_import, imported, name_of

LAZY = type(pattern(""))


def test_it_finds_what_the_expression_finds() -> None:
    word = pattern(r"[a-z]+", re.IGNORECASE)
    found = word.search("12 Ab")
    assert found
    assert found[0] == "Ab"
    assert word.sub("-", "a1b") == "-1-"
    assert word.pattern == r"[a-z]+"
    assert pattern(rb"\xff\xd9").search(b"\xff\xd9")


def test_it_is_compiled_when_it_is_first_used_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    compile_ = re.compile

    def count(text: str, flags: int = 0) -> re.Pattern[str]:
        compiled.append(text)
        return compile_(text, flags)

    monkeypatch.setattr(re, "compile", count)
    digit = pattern(r"\d")
    assert compiled == []
    assert digit.match("1")
    assert digit.match("2")
    assert not digit.match("x")
    assert compiled == [r"\d"]


def test_a_wrong_expression_is_told_at_its_first_use() -> None:
    wrong = pattern("(")
    with pytest.raises(re.error):
        wrong.match("")


def test_no_module_compiles_an_expression_while_it_is_imported() -> None:
    compiling = {
        module.relative_to(LIBRARY).as_posix()
        for module in MODULES
        for node in at_import(ast.parse(module.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile"
    }
    assert compiling == set()


def test_every_expression_of_the_library_can_be_compiled() -> None:
    """A mistake must not wait for the first user who needs the expression."""
    found = [
        value
        for module in MODULES
        if "gloss.patterns.pattern" in imported(module.read_text())
        for value in vars(importlib.import_module(name_of(module))).values()
    ]
    expressions = [
        its
        for value in found
        for its in (value if isinstance(value, tuple) else (value,))
        if isinstance(its, LAZY)
    ]
    assert len(expressions) > 30
    assert all(its.pattern is not None for its in expressions)
