"""The makers of vectors by name. A provider's SDK is imported when the provider is first chosen."""

from functools import partial

from gloss.embed.local import LocalEmbedder
from gloss.embed.model import ANSWER_S, Embedder
from gloss.providers.model import ProviderChoice, Registry
from gloss.providers.stack import StackAccess

# ruff: noqa: PLC0415 - an SDK takes hundreds of milliseconds to import, and most functions need none


def embedders(stack: StackAccess, dimensions: int) -> Registry[Embedder]:
    """``dimensions`` holds for all vectors of a library, for only such can be compared."""
    return Registry(
        {
            "local": partial(_local, dimensions=dimensions),
            "openai": partial(_openai, stack=stack, dimensions=dimensions),
            "bedrock": partial(_bedrock, dimensions=dimensions),
        }
    )


def _local(_choice: ProviderChoice, *, dimensions: int) -> Embedder:
    return LocalEmbedder(dimensions)


def _openai(choice: ProviderChoice, *, stack: StackAccess, dimensions: int) -> Embedder:
    from gloss.embed.openai import embedder

    return embedder(choice.with_stack_access(stack.openai_key, stack.openai_base_url), dimensions)


def _bedrock(choice: ProviderChoice, *, dimensions: int) -> Embedder:
    from gloss import aws
    from gloss.embed.bedrock import BedrockEmbedder

    return BedrockEmbedder(aws.bedrock(ANSWER_S - aws.BEDROCK_CONNECT_S), choice.model, dimensions)
