import pytest
from botocore.exceptions import ClientError

from gloss.metering.breaker import OPEN_S, PROBE_S, THRESHOLD, WINDOW_S
from gloss.metering.model import Call
from tests.fakes.dynamodb import Fault, throttled
from tests.fakes.metering import MeteringKit, call


def _fail(kit: MeteringKit, times: int, which: Call | None = None) -> None:
    for _ in range(times):
        kit.breaker.failed(which or call(), kit.breaker.look(which or call()))


def test_it_opens_at_the_threshold_and_not_before() -> None:
    kit = MeteringKit()
    _fail(kit, THRESHOLD - 1)
    assert kit.breaker.look(call()).state == "closed"
    _fail(kit, 1)
    assert kit.breaker.look(call()).state == "open"


def test_an_answer_in_between_starts_the_count_anew() -> None:
    kit = MeteringKit()
    _fail(kit, THRESHOLD - 1)
    kit.breaker.answered(call(), kit.breaker.look(call()))
    _fail(kit, THRESHOLD - 1)
    assert kit.breaker.look(call()).state == "closed"


def test_failures_far_apart_do_not_add_up() -> None:
    kit = MeteringKit()
    for _ in range(3 * THRESHOLD):
        _fail(kit, 1)
        kit.forward(WINDOW_S / 2)
    assert kit.breaker.look(call()).state == "closed"


def test_a_healthy_provider_costs_no_write() -> None:
    kit = MeteringKit()
    kit.breaker.answered(call(), kit.breaker.look(call()))
    assert kit.database.calls == {"get_item": 1}


def test_when_the_time_is_over_one_caller_may_try() -> None:
    kit = MeteringKit()
    _fail(kit, THRESHOLD)
    kit.forward(OPEN_S - 0.1)
    assert kit.breaker.look(call()).state == "open"
    kit.forward(0.1)
    assert [kit.breaker.look(call()).state for _ in range(3)] == ["probing", "open", "open"]


def test_a_probe_that_succeeds_closes_the_circuit() -> None:
    kit = MeteringKit()
    _fail(kit, THRESHOLD)
    kit.forward(OPEN_S)
    kit.breaker.answered(call(), kit.breaker.look(call()))
    assert kit.breaker.look(call()).state == "closed"
    _fail(kit, THRESHOLD - 1)
    assert kit.breaker.look(call()).state == "closed"


def test_a_probe_that_fails_opens_it_again_at_once() -> None:
    kit = MeteringKit()
    _fail(kit, THRESHOLD)
    kit.forward(OPEN_S)
    _fail(kit, 1)
    kit.forward(OPEN_S - 0.1)
    assert kit.breaker.look(call()).state == "open"
    kit.forward(0.1)
    assert kit.breaker.look(call()).state == "probing"


def test_a_probe_whose_worker_died_is_followed_by_another() -> None:
    kit = MeteringKit()
    _fail(kit, THRESHOLD)
    kit.forward(OPEN_S)
    assert kit.breaker.look(call()).state == "probing"
    kit.forward(PROBE_S)
    assert kit.breaker.look(call()).state == "probing"


def test_one_users_broken_server_is_nobody_elses_problem() -> None:
    kit = MeteringKit()
    _fail(kit, THRESHOLD, call(payer="user"))
    assert kit.breaker.look(call(payer="user")).state == "open"
    assert kit.breaker.look(call(payer="user", user="bob")).state == "closed"
    assert kit.breaker.look(call()).state == "closed"


def test_what_fails_for_describing_is_down_for_embedding_too() -> None:
    kit = MeteringKit()
    _fail(kit, THRESHOLD)
    assert kit.breaker.look(call(purpose="embed")).state == "open"


def test_a_fault_of_the_table_is_raised() -> None:
    kit = MeteringKit()
    kit.database.inject(Fault("update_item", throttled()))
    with pytest.raises(ClientError):
        _fail(kit, 1)
