"""Tables of ``template.yaml`` in the in-memory DynamoDB: a test runs against the keys that are deployed."""

from tests.fakes.dynamodb import FakeDynamoDB
from tools.template import read_template


def with_tables(*names: str) -> FakeDynamoDB:
    """A database with these tables; a table is named like its resource."""
    fake, resources = FakeDynamoDB(), read_template()["Resources"]
    for name in names:
        fake.create_table(TableName=name, **resources[name]["Properties"])
    return fake
