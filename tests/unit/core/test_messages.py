"""A batch of queue messages: one that fails comes again, the others do not."""

from collections.abc import Callable
from threading import Barrier
from typing import Any

import pytest

from gloss.messages import take_batch


def batch(*bodies: str) -> dict[str, Any]:
    return {"Records": [{"messageId": f"m{number}", "body": body} for number, body in enumerate(bodies)]}


def test_results_come_in_order_and_nothing_comes_again() -> None:
    taken = take_batch(batch("a", "b"), str.upper)
    assert taken.results == ["A", "B"]
    assert taken.answer == {"batchItemFailures": []}


def test_a_message_that_fails_comes_again_alone() -> None:
    taken = take_batch(batch("1", "x", "3"), int)
    assert taken.results == [1, 3]
    assert taken.answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}


def test_messages_do_not_wait_for_each_other() -> None:
    both = Barrier(2, timeout=5)
    assert sorted(take_batch(batch("a", "b"), lambda _: both.wait()).results) == [0, 1]


def test_what_ends_the_process_is_not_swallowed() -> None:
    stop: Callable[[str], object] = lambda _: (_ for _ in ()).throw(KeyboardInterrupt)  # noqa: E731
    with pytest.raises(KeyboardInterrupt):
        take_batch(batch("a"), stop)
