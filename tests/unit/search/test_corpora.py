"""Libraries in memory: loading, catching up, packing, and what happens when any of it goes wrong."""

from datetime import timedelta
from typing import Any

import pytest

from gloss.clock import iso
from gloss.dynamodb import ConditionFailed, write_one
from gloss.search.corpora import LOOK_BACK_EVERY, Corpora, Limits
from gloss.search.corpus import ABSENT, Corpus
from gloss.search.manifest import Manifest
from gloss.search.model import EVERYTHING, Entry, Filters, Selection
from gloss.search.store import TOMBSTONE_LIFE
from tests.fakes.dynamodb import Fault, throttled
from tests.unit.search.samples import MODEL, TABLE, Bench, entry, image_id, vector_of

SMALL = Limits(batch=4, seal=3, seconds=100.0, nbytes=10**9)


@pytest.fixture
def bench() -> Bench:
    return Bench(limits=SMALL)


def put(bench: Bench, *numbers: int, title: str = "sea", user: str = "ann") -> None:
    """Images that change one microsecond after the other, now."""
    for number in numbers:
        bench.clock.forward(timedelta(microseconds=1))
        one = entry(image_id(number), title)
        moved = Entry(**{name: getattr(one, name) for name in Entry.__slots__} | {"changed_at": bench.now()})
        write_one(bench.client, bench.store.put(user, moved))


def remove(bench: Bench, *numbers: int) -> None:
    for number in numbers:
        bench.clock.forward(timedelta(microseconds=1))
        write_one(bench.client, bench.store.remove("ann", image_id(number)))


def images(corpus: Corpus, selection: Selection = EVERYTHING) -> set[str]:
    mask = corpus.mask(selection)
    return {image.decode() for image in corpus.images[mask].tolist()}


def numbers(*those: int) -> set[str]:
    return {image_id(number) for number in those}


def cold(bench: Bench) -> Corpus:
    return bench.cold().refresh("ann")


def test_an_empty_library(bench: Bench) -> None:
    assert images(cold(bench)) == set()
    assert bench.objects.kept == {}


def test_a_small_library_is_read_and_not_packed(bench: Bench) -> None:
    put(bench, 1, 2)
    corpus = cold(bench)
    assert images(corpus) == numbers(1, 2)
    assert len(corpus) == 2
    assert bench.objects.kept == {}


def test_a_warm_function_hears_of_every_change(bench: Bench) -> None:
    put(bench, 1, 2)
    bench.warm.refresh("ann")
    put(bench, 3)
    put(bench, 2, title="forest")
    remove(bench, 1)
    corpus = bench.warm.refresh("ann")
    assert images(corpus) == numbers(2, 3)
    assert corpus.has(image_id(2))
    assert not corpus.has(image_id(1))
    assert not corpus.has(image_id(9))
    put(bench, 1)
    assert images(bench.warm.refresh("ann")) == numbers(1, 2, 3)


def test_what_is_known_is_not_read_again(bench: Bench) -> None:
    put(bench, 1, 2)
    bench.warm.refresh("ann")
    bench.dynamodb.calls.clear()
    bench.warm.refresh("ann")
    assert bench.dynamodb.calls == {"query": 1}


def test_a_change_that_appears_late_is_heard_of(bench: Bench) -> None:
    """The writer's clock is behind, or the index of the table is."""
    put(bench, 1)
    late = bench.now()
    bench.clock.forward(timedelta(seconds=40))
    bench.warm.refresh("ann")
    write_one(bench.client, bench.store.put("ann", _at(2, late)))
    assert images(bench.warm.refresh("ann")) == numbers(1, 2)


@pytest.mark.parametrize("packed", [False, True])
def test_a_change_that_appears_very_late_is_heard_of_a_little_later(bench: Bench, *, packed: bool) -> None:
    put(bench, *range(10 if packed else 2))
    late = bench.now()
    bench.clock.forward(timedelta(minutes=10))
    put(bench, 20, 21, 22)
    there = images(bench.warm.refresh("ann"))
    write_one(bench.client, bench.store.put("ann", _at(30, late)))
    assert images(cold(bench)) == there | numbers(30)
    assert images(bench.warm.refresh("ann")) == there
    bench.clock.forward(LOOK_BACK_EVERY)
    assert images(bench.warm.refresh("ann")) == there | numbers(30)


def test_looking_far_back_costs_keys_now_and_then(bench: Bench) -> None:
    put(bench, 1)
    bench.warm.refresh("ann")
    asked: list[str] = []
    keys_since = bench.log.keys_since
    bench.log.keys_since = lambda user, moment: asked.append(moment) or keys_since(user, moment)  # type: ignore[func-returns-value, method-assign]
    for _ in range(6):
        bench.clock.forward(timedelta(minutes=1))
        bench.warm.refresh("ann")
    far = [moment for moment in asked if moment < iso(bench.clock() - timedelta(minutes=10))]
    assert (len(asked), len(far)) == (6, 1)
    assert bench.dynamodb.calls.get("batch_get_item", 0) == 0


def _at(number: int, moment: str) -> Entry:
    one = entry(image_id(number))
    return Entry(**{name: getattr(one, name) for name in Entry.__slots__} | {"changed_at": moment})


def test_a_large_library_is_packed_as_it_is_read_and_then_loaded_from_there(bench: Bench) -> None:
    put(bench, *range(10))
    cold(bench)
    packed = bench.pack.manifest("ann")
    assert len(packed.segments) == 3
    assert packed.scan_after is None
    bench.dynamodb.calls.clear()
    corpus = cold(bench)
    assert images(corpus) == numbers(*range(10))
    assert bench.dynamodb.calls == {"get_item": 1, "query": 1}
    assert corpus.without_vector(MODEL) == 0
    assert corpus.without_vector("other") == 10


def test_the_packed_library_and_the_changes_since_make_the_whole(bench: Bench) -> None:
    put(bench, *range(10))
    cold(bench)
    bench.clock.forward(timedelta(hours=1))
    put(bench, 10)
    put(bench, 3, title="forest")
    remove(bench, 0)
    corpus = cold(bench)
    assert images(corpus) == numbers(*range(1, 11))
    assert len(corpus) == 10


def test_reading_that_runs_out_of_time_goes_on_where_it_stopped(bench: Bench) -> None:
    bench.limits = Limits(batch=4, seal=3, seconds=0.5)
    put(bench, *range(10))
    first = cold(bench)
    assert images(first) == numbers(*range(4))
    assert first.scan_after == image_id(3)
    remove(bench, 0)
    put(bench, 9, title="forest")
    second = cold(bench)
    assert images(second) == numbers(*range(1, 8))
    third = cold(bench)
    assert images(third) == numbers(*range(1, 10))
    assert third.scan_after is None
    assert images(cold(bench)) == numbers(*range(1, 10))


def test_a_warm_function_goes_on_reading_too(bench: Bench) -> None:
    bench.limits = Limits(batch=4, seal=3, seconds=0.5)
    put(bench, *range(10))
    warm = bench.cold()
    assert [len(warm.refresh("ann")) for _ in range(3)] == [4, 8, 10]


def test_many_changes_are_packed(bench: Bench) -> None:
    put(bench, 1)
    bench.warm.refresh("ann")
    for number in range(2, 4):
        put(bench, number)
        bench.warm.refresh("ann")
    assert len(bench.pack.manifest("ann").segments) == 1
    put(bench, 4)
    assert images(bench.warm.refresh("ann")) == numbers(1, 2, 3, 4)
    assert images(cold(bench)) == numbers(1, 2, 3, 4)


def test_young_segments_are_joined(bench: Bench) -> None:
    bench.limits = Limits(seal=100)
    warm = bench.cold()
    for number in range(20):
        put(bench, number)
        corpus = warm.refresh("ann")
    assert images(corpus) == numbers(*range(20))
    assert len(corpus.segments) <= 9


def test_what_is_outdated_is_left_out_when_most_of_it_is(bench: Bench) -> None:
    for turn in range(9):
        put(bench, 1, 2, 3, title=f"turn{turn}")
        remove(bench, 4)
        corpus = bench.warm.refresh("ann")
    assert corpus.rows <= 2 * 3 + SMALL.batch + SMALL.seal + 1
    packed = bench.pack.manifest("ann")
    assert len(bench.objects.kept) == 2 * len(packed.segments)
    for each in (corpus, cold(bench)):
        assert images(each) == numbers(1, 2, 3)


def test_of_two_that_pack_at_once_one_wins(bench: Bench) -> None:
    put(bench, 1, 2)
    other = bench.cold()
    for corpora in (bench.warm, other):
        corpora.refresh("ann")
    put(bench, 3)
    assert images(bench.warm.refresh("ann")) == numbers(1, 2, 3)
    assert images(other.refresh("ann")) == numbers(1, 2, 3)
    assert len(bench.pack.manifest("ann").segments) == 1
    assert len(bench.objects.kept) == 2
    bench.clock.forward(timedelta(hours=1))
    put(bench, 4)
    for corpora in (bench.warm, other, bench.cold()):
        assert images(corpora.refresh("ann")) == numbers(1, 2, 3, 4)


def test_a_lost_segment_only_costs_reading_all_rows(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    put(bench, *range(10))
    cold(bench)
    del bench.objects.kept[next(iter(bench.objects.kept))]
    assert images(cold(bench)) == numbers(*range(10))
    assert "a packed segment is not there" in caplog.text
    assert len(bench.objects.kept) == 6
    assert images(cold(bench)) == numbers(*range(10))


def test_a_manifest_that_moved_on_meanwhile_is_read_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(bench, *range(10))
    cold(bench)
    current = bench.pack.manifest("ann")
    read = bench.pack.manifest
    answers = iter([Manifest(current.revision - 1, ("gone",), current.sealed_to)])
    monkeypatch.setattr(bench.pack, "manifest", lambda user: next(answers, None) or read(user))
    bench.dynamodb.calls.clear()
    assert images(cold(bench)) == numbers(*range(10))
    assert bench.dynamodb.calls["query"] == 1
    assert len(bench.objects.kept) == 6


def test_a_pack_older_than_the_tombstones_is_not_believed(bench: Bench) -> None:
    put(bench, *range(10))
    cold(bench)
    bench.clock.forward(TOMBSTONE_LIFE)
    key = {"user": {"S": "ann"}, "image": {"S": image_id(0)}}
    bench.dynamodb.delete_item(TableName=TABLE, Key=key)  # its tombstone expired
    assert images(cold(bench)) == numbers(*range(1, 10))


def test_a_pack_of_another_form_is_not_believed(bench: Bench) -> None:
    put(bench, *range(10))
    cold(bench)
    bench.dynamodb.update_item(
        TableName=TABLE,
        Key={"user": {"S": "ann"}, "image": {"S": "#index"}},
        UpdateExpression="SET #format = :other",
        ExpressionAttributeNames={"#format": "format"},
        ExpressionAttributeValues={":other": {"N": "0"}},
    )
    assert images(cold(bench)) == numbers(*range(10))
    assert len(bench.objects.kept) == 6


def test_forgetting_has_everybody_read_anew(bench: Bench) -> None:
    put(bench, *range(10))
    bench.warm.refresh("ann")
    bench.dynamodb.delete_item(TableName=TABLE, Key={"user": {"S": "ann"}, "image": {"S": image_id(3)}})
    for corpora in (bench.warm, bench.cold()):
        assert images(corpora.refresh("ann")) == numbers(*range(10))  # nothing tells of a lost row
    bench.clock.forward(timedelta(seconds=1))
    bench.pack.forget("ann", bench.clock)
    assert bench.objects.kept == {}
    left = numbers(0, 1, 2, *range(4, 10))
    assert images(bench.warm.refresh("ann")) == left
    assert len(bench.objects.kept) == 6
    bench.dynamodb.calls.clear()
    assert images(bench.warm.refresh("ann")) == images(cold(bench)) == left
    assert bench.dynamodb.calls == {"query": 2, "get_item": 1}  # once is enough


def test_a_small_library_is_forgotten_too(bench: Bench) -> None:
    put(bench, 1, 2)
    bench.warm.refresh("ann")
    bench.dynamodb.delete_item(TableName=TABLE, Key={"user": {"S": "ann"}, "image": {"S": image_id(1)}})
    bench.clock.forward(timedelta(seconds=1))
    bench.pack.forget("ann", bench.clock)
    assert images(bench.warm.refresh("ann")) == numbers(2)


def test_forgetting_waits_for_whoever_packs_in_that_moment(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(bench, *range(10))
    cold(bench)
    current = bench.pack.manifest("ann")
    read = bench.pack.manifest
    answers = iter([Manifest(current.revision - 1)])
    monkeypatch.setattr(bench.pack, "manifest", lambda user: next(answers, None) or read(user))
    bench.pack.forget("ann", bench.clock)
    assert bench.pack.manifest("ann").segments == ()
    monkeypatch.setattr(bench.pack, "manifest", lambda _user: Manifest())
    with pytest.raises(ConditionFailed):
        bench.pack.forget("ann", bench.clock)


def test_a_library_that_is_forgotten_while_it_is_packed_is_read_anew(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(bench, *range(10))
    bench.warm.refresh("ann")
    put(bench, *range(10, 14))
    write = bench.pack.write

    def overtaken(*arguments: Any) -> Manifest:
        monkeypatch.setattr(bench.pack, "write", write)
        bench.pack.forget("ann", bench.clock)
        return write(*arguments)

    monkeypatch.setattr(bench.pack, "write", overtaken)
    for corpora in (bench.warm, bench.warm, bench.cold()):
        assert images(corpora.refresh("ann")) == numbers(*range(14))


def test_a_refresh_that_failed_is_made_up_for(bench: Bench) -> None:
    put(bench, 1)
    bench.warm.refresh("ann")
    put(bench, 2)
    bench.dynamodb.inject(Fault("query", throttled()))
    with pytest.raises(type(throttled())):
        bench.warm.refresh("ann")
    assert images(bench.warm.refresh("ann")) == numbers(1, 2)


def test_libraries_that_were_not_asked_for_leave_the_memory_first(bench: Bench) -> None:
    users = ("ann", "bob", "cid")
    for user in users:
        put(bench, 1, user=user)
    size = cold(bench).nbytes
    corpora = Corpora(bench.log, bench.pack, clock=bench.clock, limits=Limits(nbytes=int(2.5 * size)))
    for user in users:
        corpora.refresh(user)
    bench.dynamodb.calls.clear()
    for user in ("cid", "bob"):
        corpora.refresh(user)
    assert bench.dynamodb.calls == {"query": 2}
    corpora.refresh("ann")
    assert bench.dynamodb.calls["get_item"] == 1


def test_without_vectors_only_the_rest_is_read(bench: Bench) -> None:
    put(bench, *range(10))
    cold(bench)
    bench.objects.read.clear()
    bench.pack._vectors = False
    corpus = cold(bench)
    assert images(corpus) == numbers(*range(10))
    assert {key.split(".")[1] for key in bench.objects.read} == {"rows"}
    assert corpus.without_vector(MODEL) == 0
    assert (corpus.similarities([1.0] * 512, MODEL) == ABSENT).all()


def test_the_past_is_kept_in_memory_and_in_the_pack(bench: Bench) -> None:
    put(bench, 1, 2)
    then = bench.warm.refresh("ann").stamp
    put(bench, 3)
    put(bench, 2, title="forest")
    remove(bench, 1)
    selection = Selection(as_of=then)
    assert images(bench.warm.refresh("ann"), selection) == numbers(1, 2)
    assert images(bench.warm.refresh("ann")) == numbers(2, 3)
    assert images(cold(bench), selection) <= numbers(1, 2)


def test_everything_survives_being_packed_and_joined(bench: Bench) -> None:
    """A library that was packed, loaded, changed and packed again answers like one that was just read."""
    facts = [
        entry(image_id(1), "old harbor", tags=("night", "sea"), palette=b"\x46\x82\xb4\x80"),
        entry(image_id(2), "東京タワー", language="ja", vector=vector_of((1, 0), "other")),
        entry(image_id(3), "no vector", vector=None, source="dropbox"),
        entry(image_id(4), "", file_name="red-boat.jpg"),
    ]
    for one in facts:
        write_one(bench.client, bench.store.put("ann", one))
    fresh = bench.cold().refresh("ann")
    for _ in range(6):
        put(bench, 5, 6, 7)
        bench.warm.refresh("ann")
    remove(bench, 5, 6, 7)
    bench.warm.refresh("ann")
    joined = cold(bench)
    for filters in (
        Filters(),
        Filters(tags=("night",)),
        Filters(language="ja"),
        Filters(source="dropbox"),
    ):
        assert images(joined, Selection(filters)) == images(fresh, Selection(filters))
    assert joined.without_vector(MODEL) == fresh.without_vector(MODEL) == 2
    assert joined.without_vector("other") == 3
    assert iso(bench.clock()) > facts[0].changed_at
