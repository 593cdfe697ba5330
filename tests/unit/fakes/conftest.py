"""The fake, and moto to hold against it."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.fakes.dynamodb import FakeDynamoDB
from tests.unit.fakes.samples import TABLE


@pytest.fixture(scope="module")
def moto() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client(
            "dynamodb", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test"
        )


@pytest.fixture
def fake() -> FakeDynamoDB:
    made = FakeDynamoDB()
    made.create_table(**TABLE)
    return made


@pytest.fixture(params=["fake", "moto"])
def client(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "fake":
        yield request.getfixturevalue("fake")
        return
    real = request.getfixturevalue("moto")
    real.create_table(**TABLE)
    yield real
    real.delete_table(TableName="T")
