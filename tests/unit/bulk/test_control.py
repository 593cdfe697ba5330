"""What an owner may do with a job, and what is left of it then."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gloss.bulk.model import JobStatus
from gloss.embed import codec
from gloss.embed.local import LocalEmbedder
from gloss.embed.model import document_text
from gloss.errors import Busy, Conflict, JobNotFound
from gloss.ids import new_id
from gloss.search.model import Entry, Vector
from gloss.search.store import change_of
from tests.fakes.bulk import BulkKit
from tests.fakes.product import USER
from tests.unit.bulk.samples import FORCE, left


def follows(kit: BulkKit, image: str) -> None:
    """The image's row in the index has the words that it has now, and the vector of these very words."""
    record, row = kit.product.record(image), kit.product.vector(image)
    assert row
    text = document_text(record.metadata, record.file_name)
    (made,) = LocalEmbedder().embed([text]).embeddings
    assert change_of(row) == Entry.of(
        record, Vector(codec.encode(made.vector), made.model, made.text_hash), row["changed_at"]
    )


class TestControl:
    def test_pause_ends_the_feeding_and_resume_goes_on_at_the_cursor(self, kit: BulkKit) -> None:
        kit.library(4)
        job = kit.start(window=2, regenerate=FORCE)
        kit.step_all()
        assert kit.jobs.pause(USER, job).status is JobStatus.PAUSED
        assert kit.jobs.pause(USER, job).status is JobStatus.PAUSED
        view = kit.run(job)
        kit.deliver_all()
        assert (view.status, kit.check(job).done, kit.check(job).waiting) == ("paused", 2, 2)
        assert kit.jobs.resume(USER, job).status is JobStatus.RUNNING
        assert kit.jobs.resume(USER, job).status is JobStatus.RUNNING
        assert len(kit.executions) == 2
        assert kit.run(job).counters.done == 4

    def test_a_job_without_credits_can_be_paused_so_that_it_does_not_go_on(self, kit: BulkKit) -> None:
        kit.library(2)
        kit.credits(2)
        job = kit.start(regenerate=FORCE, autoResume=True)
        kit.run(job)
        kit.jobs.pause(USER, job)
        kit.credits(10)
        kit.forward(timedelta(minutes=10))
        assert kit.show(job).status is JobStatus.PAUSED
        kit.jobs.resume(USER, job)
        assert kit.run(job).counters.done == 2

    def test_cancel_gives_back_what_nobody_works_on(self, kit: BulkKit) -> None:
        kit.library(5)
        before = left(kit)
        job = kit.start(regenerate=FORCE)
        kit.step_all()
        state = kit.take(*kit.messages()[0])
        assert state
        kit.jobs.cancel(USER, job)
        kit.jobs.cancel(USER, job)
        kit.step_all()
        assert kit.check(job).in_flight == 1
        assert kit.show(job).status is JobStatus.CANCELLING
        kit.finish(state)
        view = kit.run(job)
        assert (view.status, view.counters.done, view.counters.cancelled) == ("cancelled", 1, 4)
        assert left(kit) == before - 1
        assert kit.jobs.cancel(USER, job).status is JobStatus.CANCELLED

    def test_what_a_cancelled_job_did_not_come_to_waits_no_more(self, kit: BulkKit) -> None:
        kit.library(5)
        job = kit.start(window=2, regenerate=FORCE)
        kit.step_all()
        assert (kit.check(job).waiting, kit.check(job).unreached) == (3, 0)
        kit.jobs.cancel(USER, job)
        assert (kit.check(job).waiting, kit.check(job).unreached) == (0, 3)
        counters = kit.run(job).counters
        assert (counters.total, counters.cancelled, counters.unreached) == (5, 2, 3)
        kit.jobs.retry_failed(USER, job)
        assert kit.run(job).counters.waiting == kit.check(job).waiting == 0

    def test_retry_takes_what_failed_and_nothing_else(self, kit: BulkKit) -> None:
        ids = kit.library(3)
        job = kit.start(regenerate=FORCE)
        kit.step_all()
        kit.deliver(refuse="permanent")
        view = kit.run(job)
        assert (view.counters.done, view.counters.failed) == (2, 1)
        kit.jobs.retry_failed(USER, job)
        view = kit.run(job)
        assert (view.status, view.counters.done, view.counters.failed) == ("complete", 3, 0)
        assert [kit.runs(job, image) for image in ids] == [1, 1, 1]
        kit.check(job)

    def test_a_retry_says_what_is_still_to_be_tried_again(self, kit: BulkKit) -> None:
        ids = kit.library(5)
        job = kit.start(regenerate=FORCE)
        kit.step_all()
        for _ in range(4):
            kit.deliver(refuse="permanent")
        assert kit.run(job).counters.failed == 4
        kit.credits(100 - left(kit) + 2)
        view = kit.jobs.retry_failed(USER, job)
        assert (view.counters.waiting, view.counters.failed, view.counters.total) == (4, 0, 5)
        assert (view.progress.done, view.progress.total) == (0, 4)
        view = kit.run(job)
        assert (view.status, view.counters.waiting, view.counters.failed) == ("quota_exhausted", 2, 0)
        assert (view.counters.done, view.progress.done, view.progress.total) == (3, 2, 4)
        assert kit.check(job).waiting == 2
        kit.credits(100)
        view = kit.jobs.resume(USER, job)
        assert (view.counters.waiting, view.eta_seconds) == (2, 0)
        kit.step_all()
        # The messages of the page before come a second time, and nobody claims anything with those.
        while not kit.counters(job).failed:
            kit.deliver(refuse="permanent")
        view = kit.run(job)
        assert (view.counters.done, view.counters.failed, view.counters.waiting) == (4, 1, 0)
        assert (view.progress.done, view.progress.total) == (4, 4)
        assert [kit.runs(job, image) for image in ids].count(1) == 4
        kit.check(job)

    def test_a_retry_that_is_cancelled_leaves_the_rest_failed(self, kit: BulkKit) -> None:
        kit.library(3)
        job = kit.start(window=1, regenerate=FORCE)
        kit.run(job, refuse="permanent")
        kit.jobs.retry_failed(USER, job)
        kit.step_all()
        assert (kit.check(job).waiting, kit.check(job).in_flight) == (2, 1)
        kit.jobs.cancel(USER, job)
        counters = kit.run(job).counters
        assert (counters.failed, counters.cancelled, counters.waiting) == (2, 1, 0)
        kit.check(job)

    def test_undo_brings_back_the_text_but_where_somebody_edited(self, kit: BulkKit) -> None:
        ids = kit.library(4)
        before = {image: kit.product.record(image).metadata for image in ids}
        kit.edit(ids[0], "From a person")
        written = kit.product.record(ids[0]).metadata
        job = kit.start(regenerate={**FORCE, "language": "en"})
        kit.run(job)
        kit.edit(ids[1], "Later")
        kit.product.library.delete(USER, ids[2])
        kit.jobs.undo(USER, job)
        view = kit.run(job)
        assert (view.status, view.undone, view.kept) == (JobStatus.UNDONE, 2, 2)
        assert kit.product.record(ids[0]).metadata == written
        assert kit.product.record(ids[1]).metadata.title == "Later"
        assert kit.product.record(ids[3]).metadata == before[ids[3]]
        undo = {item.image: item.undo for item in kit.items(job)}
        assert (undo[ids[1]], undo[ids[2]]) == ("changed_since", "image_deleted")
        assert kit.jobs.undo(USER, job).undone == 2
        for image in (ids[0], ids[1], ids[3]):
            follows(kit, image)
        assert (kit.product.vector(ids[2]) or {})["gone"]

    def test_undo_of_the_first_description_leaves_none(self, kit: BulkKit) -> None:
        image = kit.product.upload()
        kit.attempt(USER, image, "permanent")
        kit.product.sqs.messages.clear()
        job = kit.start()
        kit.run(job)
        kit.jobs.undo(USER, job)
        assert kit.run(job).undone == 1
        assert kit.product.record(image).metadata.title == ""
        follows(kit, image)

    def test_undo_of_a_version_that_is_not_kept_any_more(self, kit: BulkKit) -> None:
        (image,) = kit.library(1)
        job = kit.start(regenerate=FORCE)
        kit.run(job)
        kit.product.images.remove_versions(USER, image)
        kit.jobs.undo(USER, job)
        assert (kit.run(job).kept, kit.items(job)[0].undo) == (1, "version_expired")

    def test_an_edit_in_the_moment_of_the_undo_wins(
        self, kit: BulkKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (image,) = kit.library(1)
        job = kit.start(regenerate=FORCE)
        kit.run(job)
        kit.jobs.undo(USER, job)
        get_many = kit.product.images.get_many

        def edited_after(user: str, ids: Any) -> Any:
            found = list(get_many(user, ids))
            kit.edit(image, "Just now")
            return iter(found)

        monkeypatch.setattr(kit.product.images, "get_many", edited_after)
        assert kit.run(job).kept == 1
        assert kit.product.record(image).metadata.title == "Just now"
        follows(kit, image)

    @pytest.mark.parametrize("wish", ["pause", "resume", "cancel", "retry_failed", "undo"])
    def test_what_a_status_does_not_allow_is_a_conflict(self, kit: BulkKit, wish: str) -> None:
        kit.library(1)
        job = kit.start(dryRun=True)
        with pytest.raises(Conflict, match="estimated"):
            getattr(kit.jobs, wish)(USER, job)

    @pytest.mark.parametrize("wish", ["show", "pause", "resume", "cancel", "retry_failed", "undo"])
    def test_somebody_elses_job_does_not_exist(self, kit: BulkKit, wish: str) -> None:
        kit.library(1)
        job = kit.start()
        for user, name in (("eve", job), (USER, "C#x"), (USER, new_id())):
            with pytest.raises(JobNotFound):
                getattr(kit.jobs, wish)(user, name)

    def test_a_wish_gets_a_word_in_while_the_feeder_writes(
        self, kit: BulkKit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kit.library(1)
        job = kit.start()
        with_tally = kit.store.with_tally
        writes = iter(range(3))

        def overtaken(user: str, name: str) -> Any:
            read = with_tally(user, name)
            if next(writes, None) is not None:
                kit.store.apply(kit.store.replace(read[0], read[0].changed(kit.product.clock())))
            return read

        monkeypatch.setattr(kit.store, "with_tally", overtaken)
        assert kit.jobs.pause(USER, job).status is JobStatus.PAUSED

    def test_a_wish_that_never_gets_a_word_in(self, kit: BulkKit, monkeypatch: pytest.MonkeyPatch) -> None:
        kit.library(1)
        job = kit.start()
        stale = (replace(kit.record(job), revision=0), kit.store.tally(USER, job))
        monkeypatch.setattr(kit.store, "with_tally", lambda *_: stale)
        with pytest.raises(Busy):
            kit.jobs.pause(USER, job)
