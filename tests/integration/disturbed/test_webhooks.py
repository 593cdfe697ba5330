"""Webhooks on the deployed stack, IAM enforced: from the end of a job to a scripted server."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.integration.person import Person, Picture, data, error
from tests.integration.studio import an_image, cancel, create, start
from tests.servers.webhook_receiver import Received, WebhookReceiver, failing, redirecting, slow
from tools.local_engine import wait_for
from tools.local_stack import LocalStack

KEY: Final = b"a key of thirty-two plain bytes."
SECRET: Final = "whsec_" + base64.b64encode(KEY).decode()
BENS_SECRET: Final = "correct horse battery staple"

DEADLINE_S: Final = 40.0


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    scripts = {"/flaky": failing(1), "/slow": slow(10.5), "/moved": redirecting("/elsewhere")}
    with WebhookReceiver(scripts) as receiver:
        yield receiver


def set_webhook(person: Person, url: str, secret: str = SECRET) -> None:
    shown = data(person.http.put("/settings/webhook", json={"url": url, "secret": secret}))
    assert (shown["url"], shown["lastDelivery"]) == (url, None)
    assert secret not in json.dumps(shown)


def send_test(person: Person) -> str:
    sent: str = data(person.http.post("/settings/webhook/test"), 202)["id"]
    return sent


def last(person: Person) -> dict[str, Any]:
    return data(person.http.get("/settings"))["webhook"]["lastDelivery"] or {}


def signed_by(key: bytes, received: Received) -> bool:
    """By the words of the specification, with none of the product's code."""
    content = f"{received.headers['webhook-id']}.{received.headers['webhook-timestamp']}.{received.body}"
    digest = hmac.new(key, content.encode(), hashlib.sha256).digest()
    assert abs(int(received.headers["webhook-timestamp"]) - received.at) < 10
    return received.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


def test_the_end_of_a_job_is_told_to_its_owner_alone_and_again_where_it_was_not_taken(
    ann: Person, ben: Person, receiver: WebhookReceiver
) -> None:
    set_webhook(ann, f"{receiver.url}/flaky")
    set_webhook(ben, f"{receiver.url}/ben", BENS_SECRET)
    ann.settled(ann.upload(Picture.drawn()))
    job = data(ann.http.post("/jobs", json={"regenerate": {"force": True}}), 202)["id"]

    assert wait_for(lambda: last(ann).get("delivered", False), DEADLINE_S), last(ann)

    refused, taken = receiver.at("/flaky")
    assert refused.headers["webhook-id"] == taken.headers["webhook-id"]
    assert refused.body == taken.body
    assert signed_by(KEY, refused)
    assert signed_by(KEY, taken)
    event = json.loads(taken.body)
    assert event["type"] == "job.complete"
    assert (event["data"]["id"], event["data"]["counters"]["done"]) == (job, 1)
    assert event["data"] == data(ann.http.get(f"/jobs/{job}"))
    assert last(ann) | {"at": ""} == {
        "id": taken.headers["webhook-id"],
        "type": "job.complete",
        "at": "",
        "attempts": 2,
        "delivered": True,
        "status": 204,
        "error": None,
    }
    assert receiver.at("/ben") == []
    assert last(ben) == {}


def test_the_end_of_a_generation_is_told_too(ann: Person, receiver: WebhookReceiver) -> None:
    image = an_image(ann)
    set_webhook(ann, f"{receiver.url}/ann")
    made, called_off = create(ann, image), create(ann, image)
    data(start(ann, made), 202)
    assert cancel(ann, called_off) == ("cancelled", False)
    assert wait_for(lambda: len(receiver.at("/ann")) > 1, DEADLINE_S)
    events = [json.loads(received.body) for received in receiver.at("/ann")]
    assert {event["type"]: event["data"] for event in events} == {
        "generation.completed": {"id": made, "status": "completed"},
        "generation.cancelled": {"id": called_off, "status": "cancelled"},
    }
    assert all(signed_by(KEY, received) for received in receiver.at("/ann"))
    assert len({received.headers["webhook-id"] for received in receiver.at("/ann")}) == 2
    assert wait_for(lambda: last(ann).get("delivered", False), DEADLINE_S), last(ann)


def test_a_test_event_says_at_once_whether_the_address_works(ben: Person, receiver: WebhookReceiver) -> None:
    assert error(ben.http.post("/settings/webhook/test"), 404)["code"] == "WEBHOOK_NOT_FOUND"
    set_webhook(ben, f"{receiver.url}/ben", BENS_SECRET)
    id_ = send_test(ben)
    assert error(ben.http.post("/settings/webhook/test"), 429)["code"] == "RATE_LIMITED"
    assert wait_for(lambda: last(ben).get("id") == id_, DEADLINE_S)
    (received,) = receiver.at("/ben")
    assert signed_by(BENS_SECRET.encode(), received)
    assert (received.headers["webhook-id"], json.loads(received.body)["type"]) == (id_, "webhook.test")
    assert data(ben.http.delete("/settings/webhook")) == {"removed": True}
    assert data(ben.http.get("/settings"))["webhook"] is None


def test_a_redirect_is_not_followed(ann: Person, receiver: WebhookReceiver) -> None:
    set_webhook(ann, f"{receiver.url}/moved")
    send_test(ann)
    assert wait_for(lambda: last(ann).get("status") == 302, DEADLINE_S)
    assert not last(ann)["delivered"]
    assert data(ann.http.delete("/settings/webhook")) == {"removed": True}
    assert receiver.at("/elsewhere") == []


@pytest.mark.heavy
def test_a_slow_server_is_not_waited_for_but_asked_again(ann: Person, receiver: WebhookReceiver) -> None:
    set_webhook(ann, f"{receiver.url}/slow")
    id_ = send_test(ann)
    assert wait_for(lambda: last(ann).get("delivered", False), DEADLINE_S), last(ann)
    assert last(ann)["attempts"] == 2
    first, second = receiver.at("/slow")
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == id_
    assert 10 < second.at - first.at < DEADLINE_S


def test_an_address_that_is_none_is_refused(ann: Person) -> None:
    for url in ("ftp://example.com/", "https://user:pass@example.com/", "hooks"):
        refusal = error(ann.http.put("/settings/webhook", json={"url": url, "secret": SECRET}), 400)
        assert refusal["code"] == "ADDRESS_REFUSED"
    assert data(ann.http.get("/settings"))["webhook"] is None


def test_outside_the_local_stage_addresses_of_its_own_network_are_refused(
    stack: LocalStack, ann: Person, receiver: WebhookReceiver
) -> None:
    """The stage says what is private; here one function is told that it runs elsewhere."""
    functions: Any = stack.access.client("lambda")
    name = stack.access.functions()["SettingsApi"]
    before = functions.get_function_configuration(FunctionName=name)["Environment"]
    elsewhere = {"Variables": {**before["Variables"], "PRIVATE_ADDRESSES": "refused"}}
    functions.update_function_configuration(FunctionName=name, Environment=elsewhere)
    try:
        for url in (receiver.url, "https://127.0.0.1/", "https://169.254.169.254/latest/", "https://[::1]/"):
            refusal = error(ann.http.put("/settings/webhook", json={"url": url, "secret": SECRET}), 400)
            assert refusal["code"] == "ADDRESS_REFUSED"
    finally:
        functions.update_function_configuration(FunctionName=name, Environment=before)
    assert receiver.received == []
