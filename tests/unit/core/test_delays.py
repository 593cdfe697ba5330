"""How long a message waits in a queue."""

import pytest

from gloss.delays import MAX_DELAY_S, queue_delay, spread


@pytest.mark.parametrize(
    ("seconds", "waited"),
    [(0, 0), (-3, 0), (0.2, 1), (5, 5), (899.5, 900), (900, 900), (86_400, MAX_DELAY_S)],
)
def test_a_queue_waits_whole_seconds_and_a_quarter_of_an_hour_at_most(seconds: float, waited: int) -> None:
    assert queue_delay(seconds) == waited


@pytest.mark.parametrize(("seconds", "most"), [(0.0, 0.0), (3.0, 4.0), (30.0, 40.0), (900.0, 910.0)])
def test_nobody_comes_before_the_time_that_was_told_nor_all_at_once(seconds: float, most: float) -> None:
    waits = {spread(seconds) for _ in range(50)}
    assert seconds <= min(waits)
    assert max(waits) <= most
    assert len(waits) > 1 or not seconds
