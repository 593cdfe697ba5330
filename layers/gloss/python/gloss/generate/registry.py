"""The makers of pictures by provider. A provider's SDK is imported when the provider is first chosen."""

from functools import partial
from typing import Final

from gloss.generate.making import Maker
from gloss.providers.model import ProviderChoice, Registry
from gloss.providers.stack import StackAccess

# ruff: noqa: PLC0415 - SDKs and Pillow take hundreds of milliseconds to import, and each maker needs one

ANSWER_S: Final = 120.0
"""How long a model may take for a picture; with connecting less than the 150 s of the function."""


def makers(stack: StackAccess) -> Registry[Maker]:
    return Registry({"local": _local, "openai": partial(_openai, stack=stack), "bedrock": _bedrock})


def _local(_choice: ProviderChoice) -> Maker:
    from gloss.generate.local import Compositor

    return Compositor()


def _openai(choice: ProviderChoice, *, stack: StackAccess) -> Maker:
    from gloss.generate.openai import maker

    return maker(choice.with_stack_access(stack.openai_key, stack.openai_base_url))


def _bedrock(choice: ProviderChoice) -> Maker:
    from gloss import aws
    from gloss.generate.bedrock import NovaCanvas

    return NovaCanvas(aws.bedrock(ANSWER_S), choice.model)
