"""Signatures, by the vector of the specification's own libraries and by the sample of the documents."""

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gloss.webhooks.model import MAX_ATTEMPTS, Delivery, delay_s, headers, key_of, message_id, signature

API_PAGE = Path(__file__).resolve().parents[3] / "docs/api.md"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
DELIVERY = Delivery("ann", "msg_p5jXN8AQM9LWM0D4loKWxJek", "test", '{"test": 2432232314}')
SENT_AT = 1614265330


def test_the_known_vector() -> None:
    """From the tests of the reference implementations of Standard Webhooks."""
    assert (
        signature(SECRET, DELIVERY.id, SENT_AT, DELIVERY.body)
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_a_secret_is_base64_behind_its_prefix_or_any_text() -> None:
    assert key_of("whsec_" + base64.b64encode(b"\x00\xff" * 16).decode()) == b"\x00\xff" * 16
    assert key_of("correct horse battery") == b"correct horse battery"
    with pytest.raises(ValueError, match="base64"):
        key_of("whsec_not base64!")


def test_an_id_names_the_same_thing_for_good() -> None:
    assert message_id("job", "ann", 1) == message_id("job", "ann", 1)
    assert len({message_id("job", "ann", 1), message_id("job", "ann", 2), message_id("job", "ann1", "")}) == 3


def test_attempts_come_further_and_further_apart_for_about_two_hours() -> None:
    delays = [delay_s(attempt) for attempt in range(1, MAX_ATTEMPTS)]
    assert delays[:4] == sorted(delays[:4])
    assert 3 <= delays[0] <= 5
    assert all(675 <= delay <= 900 for delay in delays[4:])
    assert 1.3 * 3600 < sum(delays) < 2 * 3600


def test_a_message_comes_out_of_the_queue_as_it_went_in() -> None:
    assert Delivery.from_message(DELIVERY.again().to_message()) == DELIVERY.again()
    assert DELIVERY.again().attempt == 2


@pytest.fixture
def verify() -> Callable[..., Any]:
    """The function that docs/api.md gives to receivers."""
    (sample,) = re.findall(r"```python\n(.*?)```", API_PAGE.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(sample, names)  # noqa: S102 - the sample is ours, and has to run
    found: Callable[..., Any] = names["verify"]
    return found


class TestTheSampleOfTheDocuments:
    def sent(self, secret: str = SECRET) -> dict[str, str]:
        return headers(DELIVERY, secret, SENT_AT)

    @pytest.mark.parametrize("secret", [SECRET, "correct horse battery"])
    def test_accepts_what_was_sent(self, verify: Callable[..., Any], secret: str) -> None:
        body = DELIVERY.body.encode()
        assert verify(secret, self.sent(secret), body, now=SENT_AT + 60) == {"test": 2432232314}

    def test_accepts_one_of_several_signatures(self, verify: Callable[..., Any]) -> None:
        sent = self.sent()
        sent["webhook-signature"] = "v1,bm90IHRoaXM= " + sent["webhook-signature"]
        assert verify(SECRET, sent, DELIVERY.body.encode(), now=SENT_AT)

    @pytest.mark.parametrize(
        "change",
        [
            {"webhook-id": "msg_other"},
            {"webhook-timestamp": str(SENT_AT + 1)},
            {"webhook-signature": "v1,AAAA"},
        ],
    )
    def test_refuses_what_was_changed(self, verify: Callable[..., Any], change: dict[str, str]) -> None:
        with pytest.raises(ValueError, match="signature"):
            verify(SECRET, self.sent() | change, DELIVERY.body.encode(), now=SENT_AT)

    def test_refuses_another_body(self, verify: Callable[..., Any]) -> None:
        with pytest.raises(ValueError, match="signature"):
            verify(SECRET, self.sent(), b'{"test": 1}', now=SENT_AT)

    @pytest.mark.parametrize("late", [301, -301])
    def test_refuses_what_is_too_old_or_of_the_future(self, verify: Callable[..., Any], late: int) -> None:
        with pytest.raises(ValueError, match="timestamp"):
            verify(SECRET, self.sent(), DELIVERY.body.encode(), now=SENT_AT + late)
