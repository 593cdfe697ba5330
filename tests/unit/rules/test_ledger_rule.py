"""The ledger is append-only: nobody may delete from it, and no row of the journal is written twice."""

import ast
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from gloss.dynamodb import ConditionFailed, transact
from gloss.quota.store import LedgerStore
from tests.fakes.ledger import TABLE, LedgerKit
from tests.unit.rules.policies import statements
from tests.unit.rules.sources import LIBRARY
from tools.template import read_template

TEMPLATE: Final = read_template()
DELETING: Final = frozenset(
    {"dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "dynamodb:PartiQLDelete", "dynamodb:DeleteTable"}
)
"""A batch writes without conditions, and deletes."""


def deletes_from(template: Mapping[str, Any], table: str) -> set[str]:
    """The resources with a right to delete rows of a table, or to overwrite them unseen."""
    return {
        name
        for name, resource in template["Resources"].items()
        for statement in statements(resource.get("Properties", {}))
        if table in str(statement.get("Resource")) and may_delete(statement.get("Action", ()))
    }


def may_delete(actions: Any) -> bool:
    named = [actions] if isinstance(actions, str) else list(actions)
    return any(action in DELETING or "*" in action for action in named)


def test_nobody_may_delete_from_the_ledger() -> None:
    assert deletes_from(TEMPLATE, "LedgerTable") == set()


def test_who_may_delete_elsewhere_is_seen() -> None:
    assert "ImagesApi" in deletes_from(TEMPLATE, "ImagesTable")


def test_the_ledger_forgets_nothing_by_itself() -> None:
    """No time to live, and the table outlasts its stack."""
    table = TEMPLATE["Resources"]["LedgerTable"]
    assert "TimeToLiveSpecification" not in table["Properties"]
    assert table["DeletionPolicy"] == "Retain"


def test_the_package_describes_no_deletion() -> None:
    for module in sorted((LIBRARY / "gloss" / "quota").glob("*.py")):
        tree = ast.walk(ast.parse(module.read_text()))
        called = {node.attr for node in tree if isinstance(node, ast.Attribute)}
        assert not called & {"delete", "delete_item", "batch_write_item", "put_item", "update_item"}, module


def test_a_row_of_the_journal_is_written_once() -> None:
    kit = LedgerKit()
    store = LedgerStore(kit.fake.client, TABLE)
    kit.reserve("a")
    (entry, *_) = kit.ledger.journal("ann", limit=1).entries
    with pytest.raises(ConditionFailed):
        transact(kit.fake.client, [store.put_journal(replace(entry, amount=99))])
    assert kit.ledger.journal("ann", limit=1).entries[0] == entry
    assert kit.drifts() == []
