from collections.abc import Iterator

import boto3
import pytest
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.stub import Stubber

from gloss import aws
from gloss.config import AccessSettings, ProviderSettings
from gloss.errors import ProviderUnavailable
from gloss.providers import secrets
from gloss.providers.stack import may_call, stack_access, stack_providers

ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:openai-AbCdEf"


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client(
        "secretsmanager", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    monkeypatch.setattr(aws, "secretsmanager", lambda: client)
    secrets._secrets.cache_clear()
    with Stubber(client) as stub:
        yield stub
    secrets._secrets.cache_clear()


def settings(arn: str) -> ProviderSettings:
    return ProviderSettings(
        openai_secret_arn=arn,
        openai_base_url="https://stack.example/v1",
    )


def test_the_key_is_fetched_once_and_only_when_it_is_needed(stub: Stubber) -> None:
    access = stack_access(settings(ARN))
    stub.add_response("get_secret_value", {"SecretString": "sk-stack\n"}, {"SecretId": ARN})

    assert access.openai_key() == access.openai_key() == "sk-stack"
    assert access.openai_base_url == "https://stack.example/v1"
    stub.assert_no_pending_responses()


def test_without_a_secret_the_provider_is_unavailable() -> None:
    with pytest.raises(ProviderUnavailable):
        stack_access(settings("")).openai_key()


def test_a_secret_that_cannot_be_read_is_a_fault(stub: Stubber) -> None:
    stub.add_client_error("get_secret_value", "AccessDeniedException")

    with pytest.raises(GetParameterError):
        stack_access(settings(ARN)).openai_key()


CANVAS = "amazon.nova-canvas-v1:0"
FOUNDATION = "arn:aws:bedrock:us-east-1::foundation-model"


@pytest.mark.parametrize(
    ("arns", "found", "callable_"),
    [
        ("", False, False),
        (f"{FOUNDATION}/amazon.nova-lite-v1:0", True, False),
        (f"{FOUNDATION}/amazon.nova-lite-v1:0,{FOUNDATION}/{CANVAS}", True, True),
        (f"{FOUNDATION}/amazon.nova-*", True, True),
        (f"arn:aws:bedrock:us-east-1:1:inference-profile/us.{CANVAS}", True, False),
    ],
)
def test_a_model_of_bedrock_is_there_where_its_own_arn_is_named(
    arns: str, found: bool, callable_: bool
) -> None:
    access = AccessSettings(bedrock_model_arns=arns)
    assert ("bedrock" in stack_providers(access)) is found
    assert may_call(access, "bedrock", CANVAS) is callable_
    assert not may_call(access, "openai", "gpt-image-1")


def test_a_model_of_bedrock_may_be_named_by_its_arn() -> None:
    access = AccessSettings(bedrock_model_arns=f"{FOUNDATION}/{CANVAS}")
    assert may_call(access, "bedrock", f"{FOUNDATION}/{CANVAS}")


def test_the_models_of_openai_come_with_its_key() -> None:
    access = AccessSettings(openai_secret_arn=ARN)
    assert stack_providers(access) == {"openai"}
    assert may_call(access, "openai", "gpt-image-1")
    assert not may_call(access, "bedrock", CANVAS)
