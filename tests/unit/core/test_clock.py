from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from gloss.clock import iso, iso_of_epoch, utc_now


def test_times_are_told_in_utc_to_the_microsecond() -> None:
    moment = datetime(2026, 11, 20, 13, 0, 0, 7, tzinfo=timezone(timedelta(hours=1)))
    assert iso(moment) == "2026-11-20T12:00:00.000007Z"
    assert iso_of_epoch(1_795_176_000) == "2026-11-20T12:00:00.000000Z"
    assert utc_now().tzinfo is UTC


@given(st.lists(st.datetimes(timezones=st.just(UTC)), min_size=2, max_size=9))
def test_times_sort_as_text(moments: list[datetime]) -> None:
    assert sorted(map(iso, moments)) == [iso(moment) for moment in sorted(moments)]
