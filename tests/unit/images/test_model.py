"""Records as items and back; the pure rules of the states."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gloss.dynamodb import from_attributes, to_attributes
from gloss.ids import new_id
from gloss.images.model import (
    Failure,
    Image,
    Status,
    Version,
    Work,
    called_off_status,
    epoch,
    found_as,
    settled_status,
    version_key,
)
from gloss.shards import SHARDS, due_shard
from tests.unit.describe import samples

IMAGE = Image(
    user="ann",
    image=new_id(),
    status=Status.PENDING,
    file_name="a.jpg",
    content_type="image/jpeg",
    size=1,
    created_at="2026-11-20T12:00:00.000000Z",
    updated_at="2026-11-20T12:00:00.000000Z",
)

works = st.none() | st.builds(
    Work,
    reservation=st.text(min_size=1),
    credits=st.integers(0, 5),
    queue=st.sampled_from(["interactive", "bulk"]),
    kind=st.sampled_from(["upload", "regenerate"]),
    request=st.dictionaries(st.text(min_size=1), st.text() | st.lists(st.text()), max_size=3),
    job=st.none() | st.text(min_size=1),
)
images = st.builds(
    Image,
    user=st.text(min_size=1),
    image=st.builds(new_id),
    status=st.sampled_from(Status),
    file_name=st.text(min_size=1),
    content_type=st.just("image/jpeg"),
    size=st.integers(1, 2**40),
    created_at=st.just("2026-11-20T12:00:00.000000Z"),
    updated_at=st.just("2026-11-20T12:00:00.000000Z"),
    attempt=st.integers(0, 3),
    version=st.integers(0, 9),
    metadata=samples.metadata,
    provenance=samples.provenances,
    inspection=st.none() | st.just({"width": 1, "share": 0.25, "camera": {}}),
    work=works,
    failure=st.none() | st.builds(Failure, st.text(), st.text(), st.text(), st.integers(0, 3)),
    lease=st.none() | st.text(min_size=1),
    due_at=st.none() | st.integers(0, 2**33),
)


@given(images)
def test_a_record_comes_back_from_the_table_as_it_was(image: Image) -> None:
    assert Image.from_item(from_attributes(to_attributes(image.to_item()))) == image


def test_index_keys_are_there_only_while_something_is_due() -> None:
    assert "due_shard" not in IMAGE.to_item()
    assert "due_at" not in IMAGE.to_item()
    assert replace(IMAGE, due_at=7).to_item()["due_shard"] == due_shard(IMAGE.image)
    assert IMAGE.to_item()["status_image"] == f"pending#{IMAGE.image}"


def test_a_version_comes_back_from_the_table_as_it_was() -> None:
    version = Version(
        7,
        "2026-11-20T12:00:00.000000Z",
        "run",
        "pipeline",
        samples.METADATA,
        samples.every(samples.AI),
        changed=("title",),
        reasons={"title": {"replaced": True, "reason": "was_empty", "detail": ""}},
        details={"kind": "upload"},
    )
    item = from_attributes(to_attributes(version.to_item("ann", IMAGE.image)))
    assert (item["user"], item["image"]) == ("ann", f"V#{IMAGE.image}#000007")
    assert Version.from_item(item) == version


def test_versions_sort_behind_all_records_and_by_number() -> None:
    keys = [new_id(), version_key(IMAGE.image, 2), version_key(IMAGE.image, 10)]
    assert sorted(keys) == keys


@given(st.builds(new_id))
def test_every_image_is_in_one_shard(image: str) -> None:
    assert due_shard(image) in SHARDS


@pytest.mark.parametrize("version", [0, 3])
@pytest.mark.parametrize(
    ("work", "failed", "called_off"),
    [
        (Work("r"), Status.FAILED, Status.CANCELLED),
        (Work("r", kind="regenerate", found="complete"), Status.COMPLETE, Status.COMPLETE),
        (Work("r", kind="regenerate", found="failed"), Status.FAILED, Status.FAILED),
        (Work("r", kind="regenerate"), Status.COMPLETE, Status.COMPLETE),
    ],
)
def test_an_image_goes_back_to_where_its_work_found_it(
    version: int, work: Work, failed: Status, called_off: Status
) -> None:
    """Whatever number its metadata has: a person may write before the first run."""
    image = replace(IMAGE, status=Status.QUEUED, work=work, version=version)
    assert (settled_status(image), called_off_status(image)) == (failed, called_off)


@pytest.mark.parametrize("status", Status)
def test_an_image_is_described_once_a_run_was_completed(status: Status) -> None:
    image = replace(IMAGE, status=status, work=None, version=1)
    assert image.is_described == (status is Status.COMPLETE)
    again = replace(image, work=Work("r", kind="regenerate", found=found_as(image)))
    assert again.is_described == image.is_described


def test_seconds_are_whole() -> None:
    assert epoch(datetime(2026, 11, 20, 12, 0, 0, 999_999, tzinfo=UTC)) == 1_795_176_000
