from collections.abc import Iterator
from typing import Any

import pytest

from gloss import aws


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that has no client yet, and none left behind."""
    for name, value in {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }.items():
        monkeypatch.setenv(name, value)
    makers = (aws.session, aws.dynamodb, aws.s3, aws.sqs, aws.stepfunctions)
    for maker in makers:
        maker.cache_clear()
    yield
    for maker in makers:
        maker.cache_clear()


def test_each_client_is_made_once_and_for_its_service() -> None:
    clients = {
        "dynamodb": aws.dynamodb(),
        "s3": aws.s3(),
        "sqs": aws.sqs(),
        "states": aws.stepfunctions(),
    }
    assert {client.meta.service_model.endpoint_prefix for client in clients.values()} == set(clients)
    assert aws.dynamodb() is clients["dynamodb"]
    assert aws.session() is aws.session()


def test_no_call_waits_for_ever() -> None:
    for client in (aws.dynamodb(), aws.s3(), aws.sqs()):
        config: Any = client.meta.config
        assert (config.connect_timeout, config.read_timeout) == (2, 10)


def test_an_execution_is_waited_for_and_never_started_twice() -> None:
    config: Any = aws.stepfunctions().meta.config
    assert config.read_timeout > 300
    assert config.retries["total_max_attempts"] == 1


def test_forms_and_links_are_signed_with_the_signature_that_every_region_takes() -> None:
    link = aws.s3().generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"}, ExpiresIn=900)
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in link
