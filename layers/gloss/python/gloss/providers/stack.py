"""What the stack itself has: access to AI providers, and where its key for the OpenAI protocol is good."""

from collections.abc import Callable
from fnmatch import fnmatchcase

from gloss.config import AccessSettings, ProviderSettings
from gloss.records import dataclass


@dataclass(frozen=True, slots=True)
class StackAccess:
    openai_key: Callable[[], str]
    openai_base_url: str = ""


def stack_access(settings: ProviderSettings) -> StackAccess:
    """The access that the stack's parameters give; the key is fetched when it is first needed."""

    def key() -> str:
        from gloss.providers.secrets import stack_key  # noqa: PLC0415 - only AI providers need the AWS SDK

        return stack_key(settings.openai_secret_arn)

    return StackAccess(key, settings.openai_base_url)


def stack_providers(settings: AccessSettings) -> frozenset[str]:
    """The AI providers that the stack itself has access to."""
    access = {"openai": settings.openai_secret_arn, "bedrock": settings.bedrock_model_arns}
    return frozenset(name for name, found in access.items() if found)


def may_call(settings: AccessSettings, provider: str, model: str) -> bool:
    """Whether the stack itself has access to this very model, named or by its ARN, as far as its parameters
    say."""
    if provider != "bedrock":
        return provider in stack_providers(settings)
    allowed = [arn.rpartition("/")[2] for arn in settings.bedrock_model_arns.split(",")]
    return any(fnmatchcase(model.rpartition("/")[2], pattern) for pattern in allowed)
