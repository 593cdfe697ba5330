"""The providers of descriptions by name. A provider's SDK is imported when the provider is first chosen."""

from functools import partial

from gloss.describe.heuristic import HeuristicDescriber
from gloss.describe.model import Describer
from gloss.providers.model import ANSWER_S, ProviderChoice, Registry
from gloss.providers.stack import StackAccess

# ruff: noqa: PLC0415 - an SDK takes hundreds of milliseconds to import, and most functions need none


def describers(stack: StackAccess) -> Registry[Describer]:
    return Registry({"heuristic": _heuristic, "openai": partial(_openai, stack=stack), "bedrock": _bedrock})


def _heuristic(_choice: ProviderChoice) -> Describer:
    return HeuristicDescriber()


def _openai(choice: ProviderChoice, *, stack: StackAccess) -> Describer:
    from gloss.describe.openai import describer

    return describer(choice.with_stack_access(stack.openai_key, stack.openai_base_url))


def _bedrock(choice: ProviderChoice) -> Describer:
    from gloss import aws
    from gloss.describe.bedrock import BedrockDescriber

    return BedrockDescriber(aws.bedrock(ANSWER_S - aws.BEDROCK_CONNECT_S), choice.model)
