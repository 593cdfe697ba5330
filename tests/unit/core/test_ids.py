import time
import uuid
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gloss.ids import id_of, is_id, new_id

moments = st.integers(0, 2**48 - 1)


def at(milliseconds: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("gloss.ids.time.time_ns", lambda: milliseconds * 1_000_000 + 999_999)
    return new_id()


@given(st.sets(moments, min_size=2, max_size=20))
def test_ids_sort_by_the_time_they_were_made(milliseconds: set[int]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        made = [at(moment, monkeypatch) for moment in sorted(milliseconds)]
    assert sorted(made) == made


@given(moments)
def test_an_id_is_a_uuid_of_version_7_that_tells_its_time(milliseconds: int) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        made = uuid.UUID(at(milliseconds, monkeypatch))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == milliseconds


def test_ids_of_one_moment_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns() // 1_000_000
    assert len({at(now, monkeypatch) for _ in range(1000)}) == 1000


@pytest.mark.parametrize("entropy", [b"\xff" * 10, b"\x00" * 10])
def test_ids_of_one_moment_sort_as_they_were_made(monkeypatch: pytest.MonkeyPatch, entropy: bytes) -> None:
    monkeypatch.setattr("gloss.ids.os.urandom", lambda _: entropy)
    now = time.time_ns() // 1_000_000
    made = [at(now, monkeypatch) for _ in range(1000)]
    assert sorted(set(made)) == made
    assert all(is_id(one) for one in made)


def test_ids_of_one_moment_are_no_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns() // 1_000_000
    numbers = [uuid.UUID(at(now, monkeypatch)).int for _ in range(100)]
    assert len({after - before for before, after in pairwise(numbers)}) > 90


@given(moments.filter(lambda moment: moment < 2**45), st.text())
def test_an_id_by_name_is_always_the_same(milliseconds: int, name: str) -> None:
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    made = id_of(moment, name)
    assert made == id_of(moment, name) != id_of(moment, name + "x")
    assert is_id(made)
    assert uuid.UUID(made).int >> 80 == milliseconds // 1000 * 1000


@given(st.text())
def test_hardly_any_text_is_an_id(text: str) -> None:
    assert not is_id(text)


def test_what_is_an_id() -> None:
    made = new_id()
    assert is_id(made)
    for other in (made.upper(), made + "\n", made[:-1], f" {made}", str(uuid.uuid4()), made.replace("-", "")):
        assert not is_id(other), other
