"""One engine filled from the other, on moto."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from gloss.search.model import VectorIndex
from tests.fakes.product import tables
from tests.unit.search.contract import EAST, A, B, at
from tools.fill_index import engines, main

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "VectorsTable"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator["DynamoDBClient"]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("dynamodb")
        wanted = ("TableName", "BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
        client.create_table(**{name: tables()[TABLE][name] for name in wanted})
        boto3.client("s3").create_bucket(Bucket="search")
        vectors = boto3.client("s3vectors")
        vectors.create_vector_bucket(vectorBucketName="gloss")
        vectors.create_index(
            vectorBucketName="gloss",
            indexName="images",
            dataType="float32",
            dimension=4,
            distanceMetric="cosine",
            metadataConfiguration={"nonFilterableMetadataKeys": ["entry"]},
        )
        yield client


@pytest.fixture
def index(client: "DynamoDBClient") -> str:
    arn: str = boto3.client("s3vectors").get_index(vectorBucketName="gloss", indexName="images")["index"][
        "indexArn"
    ]
    return arn


@pytest.fixture
def both(client: "DynamoDBClient", index: str) -> tuple[VectorIndex, VectorIndex]:
    return engines(client, TABLE, "search", index, dimensions=4)


def run(to: str, index: str, *more: str) -> int:
    places = ["--table", TABLE, "--bucket", "search", "--index", index, "--dimensions", "4"]
    return main(["--to", to, *places, *more])


def test_s3_vectors_from_the_table_and_back(
    client: "DynamoDBClient",
    index: str,
    both: tuple[VectorIndex, VectorIndex],
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows, vectors = both
    kept = [at(A, *EAST, tags=("harbor",)), at(B, 0, 1, 0, 0)]
    rows.put("ann", kept)
    rows.put("bob", [at(A, *EAST)])
    assert run("s3vectors", index) == 0
    assert capsys.readouterr().out == "ann: 2 images\nbob: 1 images\n"
    assert sorted(vectors.entries("ann"), key=lambda entry: entry.image) == kept
    for image in (A, B):
        client.delete_item(TableName=TABLE, Key={"user": {"S": "ann"}, "image": {"S": image}})
    assert run("dynamodb", index, "--user", "ann") == 0
    assert list(rows.entries("ann")) == kept


def test_a_refusal_ends_it_with_a_sentence(
    client: "DynamoDBClient", capsys: pytest.CaptureFixture[str]
) -> None:
    client.delete_table(TableName=TABLE)
    assert run("s3vectors", "arn:aws:s3vectors:us-east-1:123456789012:bucket/gloss/index/images") == 1
    assert "was not filled" in capsys.readouterr().err
