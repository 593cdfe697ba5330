"""The table that the tests make is the one that is deployed."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.fakes.ledger import DEFINITION

TEMPLATE = Path(__file__).parents[3] / "template.yaml"


def pairs(part: Any) -> Iterator[tuple[str, str]]:
    """Every attribute with its type or its part in a key, in the order of the template."""
    for attribute in part:
        yield attribute["AttributeName"], attribute.get("AttributeType") or attribute["KeyType"]


def test_keys_and_index() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    (block,) = re.findall(r"^  LedgerTable:\n(.*?)\n\n", text, flags=re.MULTILINE | re.DOTALL)
    (index,) = DEFINITION["GlobalSecondaryIndexes"]
    assert re.findall(r"AttributeName: (\w+), \w+: (\w+)", block) == [
        *pairs(DEFINITION["AttributeDefinitions"]),
        *pairs(DEFINITION["KeySchema"]),
        *pairs(index["KeySchema"]),
    ]
    assert re.findall(r"IndexName: (\S+)", block) == [index["IndexName"]]
    assert re.findall(r"ProjectionType: (\w+)", block) == [index["Projection"]["ProjectionType"]]
