"""Tables of ``template.yaml`` in the in-memory DynamoDB: a test runs against the keys that are deployed."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from tests.fakes.dynamodb import FakeDynamoDB

_TEMPLATE: Final = Path(__file__).parents[2] / "template.yaml"
_ASKED: Final = ("BillingMode", "KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes")


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (``!Ref``, ``!Sub`` …) as their plain arguments."""


def _argument(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return node.value


_Loader.add_multi_constructor("!", _argument)


@cache
def resources() -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(_TEMPLATE.read_text(), _Loader)["Resources"]  # noqa: S506 - a safe loader
    return found


def with_tables(*names: str) -> FakeDynamoDB:
    """A database with these tables; a table is named like its resource."""
    fake = FakeDynamoDB()
    for name in names:
        properties = resources()[name]["Properties"]
        fake.create_table(TableName=name, **{key: properties[key] for key in _ASKED if key in properties})
    return fake
