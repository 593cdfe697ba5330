"""Where segments lie, the rows of the pipeline, and the engine that a function's settings ask for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gloss import aws
from gloss.config import SearchApiSettings
from gloss.errors import ConfigurationError
from gloss.search.configured import configured_engine
from gloss.search.exact import ExactIndex
from gloss.search.manifest import S3Objects
from gloss.search.model import micros, pack_palette
from gloss.search.s3vectors import S3VectorsIndex
from gloss.search.store import ChangeLog
from tests.fakes.aws import FakeS3
from tests.fakes.dynamodb import Fault, client_error, denied
from tests.fakes.product import Product
from tests.fakes.s3vectors import FakeS3Vectors
from tests.unit.search.samples import Bench, entry, image_id


def settings(**changes: str) -> SearchApiSettings:
    known: dict[str, Any] = {
        "images_table": "ImagesTable",
        "vectors_table": "VectorsTable",
        "search_bucket": "search",
        "search_engine": "dynamodb",
        "originals_bucket": "originals",
        "derived_bucket": "derived",
        "embed_provider": "local",
        "reindex_function": "Reindex",
        "rates_table": "RatesTable",
        "usage_table": "UsageTable",
        "settings_table": "SettingsTable",
        "settings_key": "key-1",
    }
    return SearchApiSettings(**known | changes)


class TestS3Objects:
    def test_what_is_put_can_be_read_until_it_is_deleted(self) -> None:
        s3 = FakeS3()
        objects = S3Objects(s3.client, "search")
        assert objects.get("ann/1.rows.npz") is None
        objects.put("ann/1.rows.npz", b"rows")
        assert objects.get("ann/1.rows.npz") == b"rows"
        assert s3.objects == {("search", "ann/1.rows.npz"): b"rows"}
        objects.delete("ann/1.rows.npz")
        assert objects.get("ann/1.rows.npz") is None

    def test_a_refusal_is_not_taken_for_an_absence(self) -> None:
        s3 = FakeS3()
        s3.inject(Fault("get_object", denied()))
        with pytest.raises(ClientError):
            S3Objects(s3.client, "search").get("ann/1.rows.npz")


class TestRows:
    def test_text_that_keeps_its_vector_takes_the_new_facts(self) -> None:
        product = Product()
        image = product.complete("beach.jpg")
        before = product.vector(image)
        record = product.record(image)
        changed = replace(record, metadata=replace(record.metadata, language="de"))
        product.clock.forward(timedelta(seconds=1))
        product.images.apply(product.vectors.refresh(changed))
        after = product.vector(image)
        assert before is not None
        assert after is not None
        assert after["language"] == "de"
        assert after["vector"] == before["vector"]
        assert after["changed_at"] > before["changed_at"]

    def test_a_row_comes_back_as_it_was(self) -> None:
        bench = Bench()
        whole = entry(image_id(1), "Harbor", tags=("a", "b"), palette=b"\x01\x02\x03\x04", alt_text="x")
        bench.index().put("ann", [whole, replace(whole, image=image_id(2), vector=None, tags=())])
        assert list(bench.log.rows("ann")) == [whole, replace(whole, image=image_id(2), vector=None, tags=())]

    def test_a_row_holds_what_the_pipeline_published(self) -> None:
        product = Product()
        image = product.complete("old-harbor.jpg")
        (row,) = ChangeLog(product.dynamodb.client, "VectorsTable").rows("ann")
        assert (row.image, row.file_name, row.source) == (image, "old-harbor.jpg", "upload")
        assert row.palette == b"\x46\x82\xb4\x99"


def test_a_palette_is_packed_into_few_bytes() -> None:
    swatches = [{"hex": f"#{number:06x}", "share": 0.1} for number in range(9)]
    assert len(pack_palette(swatches)) == 20
    assert pack_palette([]) == b""


def test_times_without_an_offset_are_utc() -> None:
    assert micros("1970-01-01T00:00:01") == micros("1970-01-01T01:00:01+01:00") == 1_000_000


class TestConfigured:
    @pytest.fixture(autouse=True)
    def clients(self, monkeypatch: pytest.MonkeyPatch) -> None:
        product = Product()
        monkeypatch.setattr(aws, "dynamodb", lambda: product.dynamodb)
        monkeypatch.setattr(aws, "s3", lambda: product.s3)
        monkeypatch.setattr(aws, "s3vectors", lambda: FakeS3Vectors(512))

    def test_the_exact_engine(self) -> None:
        engine = configured_engine(settings())
        assert isinstance(engine.vectors, ExactIndex)
        assert engine.corpora.refresh("ann").rows == 0

    def test_s3_vectors(self) -> None:
        asked = settings(search_engine="s3vectors", vectors_index_arn="arn")
        assert isinstance(configured_engine(asked).vectors, S3VectorsIndex)

    def test_any_other_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="SEARCH_ENGINE"):
            configured_engine(settings(search_engine="faiss"))


def test_a_refusal_of_the_manifest_table_is_passed_on() -> None:
    bench = Bench()
    bench.dynamodb.inject(Fault("get_item", client_error("AccessDeniedException")))
    with pytest.raises(ClientError):
        bench.cold().refresh("ann")
