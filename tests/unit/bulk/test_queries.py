"""Jobs about what a search finds: the query is asked once, and what it found is worked through in order."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from gloss.bulk import store
from gloss.bulk.model import LEASE, JobStatus
from gloss.bulk.requests import JobRequest
from gloss.bulk.selection import Selection
from gloss.bulk.steps import FIND
from gloss.dynamodb import from_attributes
from gloss.errors import JobNotFound
from gloss.ids import new_id, pack_ids, unpack_ids
from gloss.images.model import epoch
from gloss.search.colours import near_hex
from gloss.search.model import Filters
from tests.fakes.bulk import BulkKit
from tests.fakes.product import USER

FORCE: dict[str, Any] = {"force": True}


@pytest.fixture
def kit() -> BulkKit:
    kit = BulkKit()
    kit.credits(100)
    return kit


def worked_on(kit: BulkKit, job: str) -> set[str]:
    return {item.image for item in kit.items(job)}


def test_a_job_is_about_what_the_query_finds(kit: BulkKit) -> None:
    ids = kit.library(5)
    kit.hits = [ids[1], ids[4], ids[0]]
    view = kit.jobs.create(USER, JobRequest.model_validate({"selection": {"query": " old bridge "}}))
    assert (view.status, view.estimate.complete) == (JobStatus.ESTIMATING, False)
    ended = kit.run(view.id)
    assert (ended.status, ended.counters.done, ended.counters.total) == (JobStatus.COMPLETE, 3, 3)
    assert worked_on(kit, view.id) == set(kit.hits)
    assert kit.asked == [("old bridge", Filters())]
    assert ended.selection == {"query": "old bridge", "limit": 100}
    kit.check(view.id)


def test_a_dry_run_estimates_it(kit: BulkKit) -> None:
    ids = kit.library(3)
    unsent = kit.product.upload(sent=False)
    kit.hits = [ids[0], unsent, new_id()]
    view = kit.run(kit.start(dry_run=True, selection={"query": "bridge"}))
    assert view.status is JobStatus.ESTIMATED
    assert (view.estimate.matched, view.estimate.to_process) == (3, 1)
    assert view.estimate.skipped == {"no_file": 1, "not_found": 1}


def test_offset_and_limit_count_from_the_most_relevant(kit: BulkKit) -> None:
    ids = kit.library(5)
    kit.hits = [ids[2], ids[0], ids[4], ids[1]]
    view = kit.run(kit.start(selection={"query": "bridge", "offset": 1, "limit": 2}, regenerate=FORCE))
    assert worked_on(kit, view.id) == {ids[0], ids[4]}


def test_without_a_limit_it_is_about_the_best_of_what_is_found(
    kit: BulkKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meaning finds hardly an image that has nothing in common with a query."""
    monkeypatch.setattr("gloss.bulk.conditions.QUERY_LIMIT", 2)
    ids = kit.library(5)
    kit.hits = [ids[2], ids[0], ids[4], ids[1]]
    view = kit.run(kit.start(selection={"query": "bridge"}, dryRun=True))
    assert (view.estimate.matched, view.selection) == (2, {"query": "bridge", "limit": 2})
    job = kit.start(selection={"query": "bridge", "offset": 1}, regenerate=FORCE)
    kit.run(job)
    assert worked_on(kit, job) == {ids[0], ids[4]}
    hits = kit.record(job).hits
    assert hits is not None
    assert hits.count == 3
    everything = kit.start(selection={"query": "bridge", "limit": 10}, regenerate=FORCE)
    assert kit.run(everything).counters.done == 4
    narrowed = kit.start(selection={"query": "bridge", "prefix": "picture-1"}, regenerate=FORCE)
    kit.run(narrowed)
    assert worked_on(kit, narrowed) == {ids[1]}


@pytest.mark.parametrize(("dry_run", "days"), [(True, 7), (False, 400)])
def test_a_list_is_not_kept_for_good(kit: BulkKit, dry_run: bool, days: int) -> None:
    kit.hits = kit.library(2)
    kit.run(kit.start(selection={"query": "bridge"}, regenerate=FORCE, dryRun=dry_run))
    rows = map(from_attributes, kit.product.dynamodb.scan(TableName="JobsTable")["Items"])
    (row,) = [row for row in rows if str(row["job"]).startswith("H#")]
    assert row["expires_at"] == epoch(kit.product.clock() + timedelta(days=days))


def test_the_other_conditions_hold_too(kit: BulkKit) -> None:
    ids = kit.library(3)
    kit.hits = ids
    selection = {
        "query": "bridge",
        "prefix": "picture-1",
        "tags": ["Sea"],
        "color": "#4682b4",
        "tolerance": 20,
    }
    view = kit.run(kit.start(selection=selection, regenerate=FORCE))
    assert worked_on(kit, view.id) == {ids[1]}
    assert kit.asked == [("bridge", Filters(tags=("Sea",), colour=near_hex("4682b4", 20)))]


def test_without_a_hit_the_job_ends_with_nothing_done(kit: BulkKit) -> None:
    kit.library(2)
    view = kit.run(kit.start(selection={"query": "unicorn"}))
    assert (view.status, view.counters.total) == (JobStatus.COMPLETE, 0)


@pytest.mark.parametrize("row", [1, 2, 3, 100])
def test_results_that_change_change_nothing_and_no_image_is_met_twice(
    kit: BulkKit, monkeypatch: pytest.MonkeyPatch, row: int
) -> None:
    """Each text that is written moves in the ranking; executions die and others go on."""
    monkeypatch.setattr(store, "HITS_IN_A_ROW", row)
    ids = kit.library(7)
    kit.hits = [*ids]
    job = kit.start(selection={"query": "bridge"}, regenerate=FORCE, window=2)
    for _ in range(60):
        kit.hits = [*kit.hits[1:], kit.hits[0]]
        kit.step_all()
        kit.deliver_all()
        kit.forward(LEASE * 2)
    view = kit.show(job)
    assert (view.status, view.counters.done) == (JobStatus.COMPLETE, 7)
    assert len(kit.asked) == 1
    assert [kit.runs(job, image) for image in ids] == [1] * 7
    kit.check(job)


def test_a_library_that_is_still_read_in_is_asked_again(kit: BulkKit) -> None:
    ids = kit.library(1)
    kit.hits = None
    job = kit.start(selection={"query": "bridge"}, regenerate=FORCE)
    (name,) = kit.running()
    assert kit.step(name) == kit.step(name) == FIND
    kit.hits = ids
    assert kit.run(job).counters.done == 1
    assert len(kit.asked) == 3


def test_who_pauses_a_search_finds_it_where_it_was(kit: BulkKit) -> None:
    ids = kit.library(2)
    job = kit.start(selection={"query": "bridge"}, regenerate=FORCE)
    kit.jobs.pause(USER, job)
    kit.step_all()
    assert kit.asked == []
    kit.jobs.resume(USER, job)
    kit.hits = ids
    assert kit.run(job).counters.done == 2


def test_a_list_that_came_too_late_does_not_count(kit: BulkKit) -> None:
    """The job is cancelled while the query is asked."""
    ids = kit.library(1)
    kit.hits = ids
    job = kit.start(selection={"query": "bridge"})
    before = kit.record(job)

    def search(user: str, query: str, filters: Filters) -> list[str]:
        kit.jobs.cancel(USER, job)
        return ids

    kit.finder._search = search
    kit.finder.find(USER, job, before.epoch)
    assert kit.record(job).hits is None
    kit.finder.find(USER, job, before.epoch)
    with pytest.raises(JobNotFound):
        kit.finder.find("ben", job, before.epoch)


@pytest.mark.parametrize(
    "selection",
    [
        {"query": ""},
        {"query": "x" * 501},
        {"query": "x", "ids": [new_id()]},
        {"tags": ["sea"]},
        {"color": "4682b4"},
        {"query": "x", "tolerance": 5},
        {"query": "x", "color": "blue"},
        {"query": "x", "tags": []},
    ],
)
def test_what_is_no_selection(selection: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Selection.model_validate(selection)


def test_ids_are_packed_without_loss() -> None:
    ids = [new_id() for _ in range(5)]
    assert unpack_ids(pack_ids(ids)) == ids
    assert len(pack_ids(ids)) == 80
