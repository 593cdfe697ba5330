"""A real AI service for the local stack, from the environment of whoever starts it.

The key goes into the local engine's secret store and nowhere else: not onto a command line, into a log or a
file of the project.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from tools.stack_access import StackAccess

SECRET: Final = "gloss/openai-key"  # noqa: S105 - the secret's name


@dataclass(frozen=True, slots=True)
class AiAccess:
    """A key for the OpenAI protocol, and whatever of the rest is not the default.

    A server of one's own rarely has OpenAI's embedding models, so vectors stay local there unless a model
    is named. ``rate_limits`` is JSON in the form of the stack's parameter.
    """

    key: str = field(repr=False)
    base_url: str = ""
    model: str = ""
    embed_model: str = ""
    embed_dimensions: str = ""
    rate_limits: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self | None:
        """OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL, OPENAI_EMBED_MODEL and OPENAI_EMBED_DIMENSIONS;
        ``None`` without a key."""
        if not environment.get("OPENAI_API_KEY"):
            return None
        return cls(
            environment["OPENAI_API_KEY"],
            environment.get("OPENAI_BASE_URL", ""),
            environment.get("OPENAI_MODEL", ""),
            environment.get("OPENAI_EMBED_MODEL", ""),
            environment.get("OPENAI_EMBED_DIMENSIONS", ""),
        )

    def parameters(self, access: StackAccess) -> dict[str, str]:
        """The stack's parameters that make it work with this service; the key is put where they point."""
        parameters = {
            "DescribeProvider": "openai",
            "DescribeModel": self.model,
            "EmbedProvider": "openai" if self.embed_model or not self.base_url else "local",
            "EmbedModel": self.embed_model,
            "EmbedDimensions": self.embed_dimensions,
            "OpenAiBaseUrl": self.base_url,
            "RateLimitsOverride": self.rate_limits,
            "OpenAiSecretArn": access.keep_secret(SECRET, self.key),
        }
        return {name: value for name, value in parameters.items() if value}
