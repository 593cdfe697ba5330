"""One engine filled from the other, on moto."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from gloss.search.corpora import Corpora
from gloss.search.exact import ExactIndex
from gloss.search.manifest import S3Objects
from gloss.search.pack import Pack
from gloss.search.s3vectors import S3VectorsIndex
from gloss.search.store import ChangeLog
from tests.fakes.product import tables
from tests.fakes.s3vectors import FakeS3Vectors
from tests.unit.search.contract import EAST, A, B, at
from tools.fill_index import engines, main, to_dynamodb, to_s3vectors

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
def both(client: "DynamoDBClient", index: str) -> tuple[ExactIndex, S3VectorsIndex]:
    return engines(client, TABLE, "search", index, dimensions=4)


def run(to: str, index: str, *more: str) -> int:
    places = ["--table", TABLE, "--bucket", "search", "--index", index, "--dimensions", "4"]
    return main(["--to", to, *places, *more])


def test_s3_vectors_from_the_table_and_back(
    client: "DynamoDBClient",
    index: str,
    both: tuple[ExactIndex, S3VectorsIndex],
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows, vectors = both
    kept = [at(A, *EAST, tags=("harbor",)), at(B, 0, 1, 0, 0)]
    rows.put("ann", kept)
    rows.put("bob", [at(A, *EAST)])
    assert run("s3vectors", index) == 0
    assert (
        capsys.readouterr().out
        == "ann: 2 images, 0 left over and removed\nbob: 1 images, 0 left over and removed\n"
    )
    assert sorted(vectors.entries("ann"), key=lambda entry: entry.image) == kept
    for image in (A, B):
        client.delete_item(TableName=TABLE, Key={"user": {"S": "ann"}, "image": {"S": image}})
    assert run("dynamodb", index, "--user", "ann") == 0
    assert capsys.readouterr().out == "ann: 2 images brought back\n"
    back = list(rows.entries("ann"))
    assert [replace(entry, changed_at=kept[0].changed_at) for entry in back] == kept
    assert min(entry.changed_at for entry in back) > kept[0].changed_at


def test_rows_that_are_there_are_not_overwritten_nor_deletions_undone(
    client: "DynamoDBClient", index: str, both: tuple[ExactIndex, S3VectorsIndex]
) -> None:
    rows, vectors = both
    vectors.put("ann", [at(A, *EAST, title="old"), at(B, *EAST)])
    edited = at(A, *EAST, title="new", at=1)
    rows.put("ann", [edited, at(B, *EAST)])
    rows.remove("ann", [B])
    assert run("dynamodb", index) == 0
    assert list(rows.entries("ann")) == [edited]


def test_what_is_brought_back_is_seen_by_those_who_know_the_library(
    client: "DynamoDBClient", index: str, both: tuple[ExactIndex, S3VectorsIndex]
) -> None:
    """A packed library asks for what changed since; a row with its old time would never be among that."""
    vectors = both[1]
    vectors.put("ann", [at(A, *EAST)])
    corpora = Corpora(ChangeLog(client, TABLE), Pack(client, TABLE, S3Objects(boto3.client("s3"), "search")))
    assert len(corpora.refresh("ann")) == 0
    assert run("dynamodb", index) == 0
    assert len(corpora.refresh("ann")) == 1


def test_vectors_of_images_that_have_gone_are_removed(
    index: str, both: tuple[ExactIndex, S3VectorsIndex], capsys: pytest.CaptureFixture[str]
) -> None:
    rows, vectors = both
    rows.put("ann", [at(A, *EAST)])
    vectors.put("ann", [at(A, *EAST), at(B, *EAST)])
    vectors.put("bob", [at(A, *EAST)])
    assert run("s3vectors", index, "--user", "ann") == 0
    assert capsys.readouterr().out == "ann: 1 images, 1 left over and removed\n"
    assert sorted(vectors.images()) == [("ann", A), ("bob", A)]
    assert run("s3vectors", index) == 0
    assert list(vectors.images()) == [("ann", A)]


def test_the_index_is_listed_once_for_all_users(
    both: tuple[ExactIndex, S3VectorsIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = both[0]
    fake = FakeS3Vectors()
    listed = S3VectorsIndex(fake.client, "arn", 4)
    for user in ("ann", "bob", "cid"):
        listed.put(user, [at(A, *EAST)])
    calls = 0
    list_vectors = fake.list_vectors

    def counted(**asked: Any) -> Any:
        nonlocal calls
        calls += 1
        return list_vectors(**asked)

    monkeypatch.setattr(fake, "list_vectors", counted)
    to_dynamodb(listed, rows, frozenset())
    to_s3vectors(rows, listed, frozenset({"ann", "bob", "cid"}), all_users=True)
    assert calls == 2
    assert {user for user in ("ann", "bob", "cid") if list(rows.entries(user))} == {"ann", "bob", "cid"}


def test_a_refusal_ends_it_with_a_sentence(
    client: "DynamoDBClient", capsys: pytest.CaptureFixture[str]
) -> None:
    client.delete_table(TableName=TABLE)
    assert run("s3vectors", "arn:aws:s3vectors:us-east-1:123456789012:bucket/gloss/index/images") == 1
    assert "was not filled" in capsys.readouterr().err
