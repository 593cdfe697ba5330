"""From the environment of whoever starts the local stack to a stack that works with that AI service."""

from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from tools.ai_access import SECRET, AiAccess
from tools.sam import Sam
from tools.stack_access import StackAccess

KEY = "sk-test-0123456789"


class FakeAccess(StackAccess):
    """Keeps secrets in memory."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}

    def keep_secret(self, name: str, text: str) -> str:
        self.secrets[name] = text
        return f"arn:{name}"


@pytest.mark.parametrize(
    "environment", [{}, {"OPENAI_API_KEY": ""}, {"OPENAI_BASE_URL": "http://127.0.0.1/v1"}]
)
def test_without_a_key_there_is_no_access(environment: dict[str, str]) -> None:
    assert AiAccess.of(environment) is None


def test_a_key_alone_means_openai_for_words_and_vectors() -> None:
    ai = AiAccess.of({"OPENAI_API_KEY": KEY})
    access = FakeAccess()

    assert ai
    assert ai.parameters(access) == {
        "DescribeProvider": "openai",
        "EmbedProvider": "openai",
        "OpenAiSecretArn": f"arn:{SECRET}",
    }
    assert access.secrets == {SECRET: KEY}


def test_a_server_of_ones_own_makes_vectors_only_with_a_model_that_is_named() -> None:
    own = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "http://127.0.0.1:11434/v1", "OPENAI_MODEL": "llava"}
    plain, embedding = AiAccess.of(own), AiAccess.of({**own, "OPENAI_EMBED_MODEL": "nomic"})

    assert plain
    assert embedding
    assert plain.parameters(FakeAccess())["EmbedProvider"] == "local"
    parameters = embedding.parameters(FakeAccess())
    assert (parameters["EmbedProvider"], parameters["EmbedModel"]) == ("openai", "nomic")
    assert (parameters["DescribeModel"], parameters["OpenAiBaseUrl"]) == ("llava", own["OPENAI_BASE_URL"])


def test_the_key_is_not_shown() -> None:
    assert KEY not in repr(AiAccess(KEY))


def test_a_secret_is_made_once_and_renewed_then(monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_aws():
        access = StackAccess("http://127.0.0.1:1", "gloss")
        client = boto3.client(
            "secretsmanager", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
        )
        access._clients["secretsmanager"] = client

        assert access.keep_secret(SECRET, "first") == access.keep_secret(SECRET, "second")
        assert client.get_secret_value(SecretId=SECRET)["SecretString"] == "second"


def test_parameters_reach_the_deployment_and_the_key_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    program = tmp_path / "bin" / "sam"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$@"\nenv\n')
    program.chmod(0o755)
    log = tmp_path / "log"

    Sam(tmp_path, tmp_path, tmp_path / "uv").deploy(
        "http://127.0.0.1:4999", log, {"DescribeProvider": "openai"}
    )

    told = log.read_text()
    assert (
        "ParameterKey=Stage,ParameterValue=local ParameterKey=DescribeProvider,ParameterValue=openai" in told
    )
    assert KEY not in told
