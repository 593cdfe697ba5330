"""What the stack itself has: a key for the OpenAI protocol, and where that key is good."""

from collections.abc import Callable
from dataclasses import dataclass

from gloss.config import ProviderSettings


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
