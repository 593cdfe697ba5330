import subprocess
import sys

import pytest

from gloss import aws
from gloss.describe.model import Describer
from gloss.describe.registry import describers
from gloss.embed.model import Embedder
from gloss.embed.registry import embedders
from gloss.errors import ProviderUnavailable
from gloss.providers.model import ProviderChoice
from gloss.providers.stack import StackAccess

STACK = StackAccess(lambda: "sk-stack", "http://127.0.0.1:9/v1")


def describer(provider: str, model: str = "") -> Describer:
    return describers(STACK).get(ProviderChoice(provider, model))


def embedder(provider: str, model: str = "") -> Embedder:
    return embedders(STACK, 256).get(ProviderChoice(provider, model))


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    aws.session.cache_clear()
    aws.bedrock.cache_clear()


@pytest.mark.parametrize(
    ("provider", "model", "sees_pixels"),
    [
        ("heuristic", None, False),
        ("openai", "gpt-5.4-mini", True),
        ("bedrock", "amazon.nova-lite-v1:0", True),
    ],
)
def test_describers_by_name(provider: str, model: str | None, sees_pixels: bool) -> None:
    made = describer(provider)

    assert (made.name, made.model, made.sees_pixels) == (provider, model, sees_pixels)


@pytest.mark.parametrize(
    ("provider", "model", "costs"),
    [
        ("local", "hashing-1", False),
        ("openai", "text-embedding-3-small", True),
        ("bedrock", "amazon.titan-embed-text-v2:0", True),
    ],
)
def test_embedders_by_name(provider: str, model: str, costs: bool) -> None:
    made = embedder(provider)

    assert (made.name, made.model, made.dimensions, made.costs) == (provider, model, 256, costs)


def test_the_model_can_be_chosen() -> None:
    assert describer("openai", "gpt-6-luna").model == "gpt-6-luna"
    assert embedder("openai", "text-embedding-3-large").model == "text-embedding-3-large"


def test_what_was_learned_of_a_server_is_kept() -> None:
    assert describer("openai") is describer("openai")
    assert describer("openai") is not describer("openai", "other")


def test_a_stack_without_a_key_has_no_openai() -> None:
    def none() -> str:
        raise ProviderUnavailable

    registry = describers(StackAccess(none))

    with pytest.raises(ProviderUnavailable):
        registry.get(ProviderChoice("openai"))
    assert registry.get(ProviderChoice("openai", key="sk-own")).name == "openai"


def test_no_sdk_is_imported_before_it_is_chosen() -> None:
    program = (
        "import sys; import gloss.describe.registry, gloss.embed.registry, gloss.pipeline.words;"
        "sys.exit(bool({'openai', 'boto3', 'botocore', 'httpx2'} & set(sys.modules)))"
    )

    assert (
        subprocess.run(
            [sys.executable, "-c", program], check=False, env={"PYTHONPATH": ":".join(sys.path)}
        ).returncode
        == 0
    )
