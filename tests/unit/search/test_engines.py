"""Every engine keeps the contract; what is special about each stands here too."""

from datetime import timedelta

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from gloss.search.memory import MemoryIndex
from gloss.search.model import EVERYTHING, Entry, Selection, VectorIndex
from gloss.search.s3vectors import MAX_FILTERABLE_BYTES, S3VectorsIndex, filterable
from tests.fakes.ledger import HandClock
from tests.fakes.s3vectors import FakeS3Vectors, metadata_size
from tests.unit.search.contract import EAST, A, B, C, VectorIndexContract, at
from tests.unit.search.samples import MODEL, START, Bench, entry, image_id, vector_of

INDEX = "arn:aws:s3vectors:us-east-1:123456789012:bucket/gloss/index/images"


class TestMemory(VectorIndexContract):
    @pytest.fixture
    def index(self) -> VectorIndex:
        return MemoryIndex()

    def test_single_images_are_chosen(self, index: VectorIndex) -> None:
        check_single_images(index)


class TestExact(VectorIndexContract):
    @pytest.fixture
    def index(self) -> VectorIndex:
        return Bench(clock=HandClock(START + timedelta(seconds=30))).index()

    def test_single_images_are_chosen(self, index: VectorIndex) -> None:
        check_single_images(index)

    def test_the_past_can_be_looked_at(self) -> None:
        bench = Bench()
        index = bench.index()
        index.put("ann", [at(A, *EAST, at=1)])
        index.put("ann", [at(A, 0, 1, 0, 0, at=2), at(B, *EAST, at=2)])
        then = Selection(as_of=bench.warm.loaded("ann").stamp - 1)
        assert self.query(index, selection=then) == [A]
        assert self.query(index, selection=EVERYTHING) == [B, A]


def check_single_images(index: VectorIndex) -> None:
    index.put("ann", [at(image, *EAST) for image in (A, B, C)])

    def query(selection: Selection) -> list[str]:
        return [one.image for one in index.query("ann", EAST, model=MODEL, limit=9, selection=selection)]

    assert query(Selection(only=frozenset([A, C]))) == [C, A]
    assert query(Selection(never=frozenset([C]))) == [B, A]
    assert query(Selection(only=frozenset())) == []


class TestS3Vectors(VectorIndexContract):
    @pytest.fixture
    def fake(self) -> FakeS3Vectors:
        return FakeS3Vectors(page=2)

    @pytest.fixture
    def index(self, fake: FakeS3Vectors) -> VectorIndex:
        return S3VectorsIndex(fake.client, INDEX, 4)

    def test_puts_and_deletes_go_in_batches(self, fake: FakeS3Vectors, index: VectorIndex) -> None:
        entries = [at(image_id(number), *EAST) for number in range(1001)]
        index.put("ann", entries)
        assert fake.batches == [500, 500, 1]
        index.remove("ann", [one.image for one in entries])
        assert fake.batches[3:] == [500, 500, 1]
        assert fake.vectors == {}

    def test_no_more_than_a_hundred_are_asked_for(self, fake: FakeS3Vectors, index: VectorIndex) -> None:
        index.put("ann", [at(image_id(number), *EAST) for number in range(120)])
        assert len(index.query("ann", EAST, model=MODEL, limit=1000)) == 100

    def test_zeros_are_neither_stored_nor_asked_for(self, fake: FakeS3Vectors, index: VectorIndex) -> None:
        index.put("ann", [at(A, 0, 0, 0, 0), at(B, 1, 0)])
        assert fake.vectors == {}
        assert index.query("ann", (0.0, 0.0, 0.0, 0.0), model=MODEL, limit=5) == []

    def test_an_answer_of_somebody_else_is_not_passed_on(self, fake: FakeS3Vectors) -> None:
        index = S3VectorsIndex(fake.client, INDEX, 4)
        index.put("bob", [at(A, *EAST)])
        fake.ignores_filters = True
        assert index.query("ann", EAST, model=MODEL, limit=5) == []

    @given(
        tags=st.lists(st.text(min_size=1, max_size=64), max_size=60),
        language=st.text(max_size=35),
        source=st.text(max_size=64),
    )
    def test_filterable_metadata_stays_within_the_limit(
        self, tags: list[str], language: str, source: str
    ) -> None:
        facts = entry(A, tags=tuple(tags), language=language, source=source)
        assert metadata_size(filterable("u" * 36, facts, "m" * 40)) <= MAX_FILTERABLE_BYTES


def test_moto_takes_the_writes() -> None:
    with mock_aws():
        client = boto3.client(
            "s3vectors", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        bucket = "gloss-vectors"
        client.create_vector_bucket(vectorBucketName=bucket)
        client.create_index(
            vectorBucketName=bucket,
            indexName="images",
            dataType="float32",
            dimension=4,
            distanceMetric="cosine",
            metadataConfiguration={"nonFilterableMetadataKeys": ["entry"]},
        )
        index_arn = client.get_index(vectorBucketName=bucket, indexName="images")["index"]["indexArn"]
        index = S3VectorsIndex(client, index_arn, 4)
        index.put("ann", [at(A, *EAST), at(B, 0, 1, 0, 0, tags=("harbor",))])
        index.put("bob", [at(C, *EAST)])
        index.remove("ann", [A])
        stored: list[Entry] = list(index.entries("ann"))
    assert stored == [at(B, 0, 1, 0, 0, tags=("harbor",))]
    assert vector_of((0, 1, 0, 0)) == stored[0].vector
