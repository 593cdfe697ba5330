"""Which AI service a call goes to, and the codes of what may go wrong there. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Final, Generic, TypeVar

from gloss.describe.model import Permanent, Transient, Usage
from gloss.errors import ProviderUnavailable
from gloss.records import dataclass

FREE: Final = frozenset({"heuristic", "local"})
"""What works on this machine: no key, no cost, no limit."""

BAD_KEY: Final = "BAD_KEY"
"""The key is unknown or revoked."""
KEY_EXHAUSTED: Final = "KEY_EXHAUSTED"
"""The key's account has no money or allowance left."""
USELESS_KEY: Final = frozenset({BAD_KEY, KEY_EXHAUSTED})
"""What every call with the same key would meet."""
ACCESS_DENIED: Final = "ACCESS_DENIED"
"""The key is good, but not for this model or from this place."""
MODEL_NOT_FOUND: Final = "MODEL_NOT_FOUND"
CONTENT_REFUSED: Final = "CONTENT_REFUSED"
"""The service, its filter or the model itself does not want to speak about this picture."""
UNSUPPORTED_IMAGE: Final = "UNSUPPORTED_IMAGE"
REQUEST_REFUSED: Final = "REQUEST_REFUSED"
"""The service does not accept the form of the request."""
INVALID_ANSWER: Final = "INVALID_ANSWER"
"""The service answered and was paid, but not in the form that was asked for."""
VECTORS_TOO_SHORT: Final = "VECTORS_TOO_SHORT"
REPHRASED: Final = "REPHRASED"
"""The service refused the form of the request, unpaid; the next call puts it more plainly."""
PROVIDER_ERROR: Final = "PROVIDER_ERROR"
PROVIDER_TIMEOUT: Final = "PROVIDER_TIMEOUT"
PROVIDER_UNREACHABLE: Final = "PROVIDER_UNREACHABLE"

MESSAGES: Final[Mapping[str, str]] = {
    BAD_KEY: "The AI provider does not accept the key.",
    KEY_EXHAUSTED: "The key's account at the AI provider has no allowance left.",
    ACCESS_DENIED: "The AI provider does not let this key use this model.",
    MODEL_NOT_FOUND: "The AI provider does not know the model.",
    CONTENT_REFUSED: "The AI provider declined to describe this picture.",
    UNSUPPORTED_IMAGE: "The AI provider cannot read this picture.",
    REQUEST_REFUSED: "The AI provider does not accept the request.",
    INVALID_ANSWER: "The AI provider gave an answer of another form than asked for.",
    VECTORS_TOO_SHORT: "The embedding model gives shorter vectors than this installation's library has.",
    REPHRASED: "The AI provider does not accept this form of the request; it is put more plainly.",
    PROVIDER_ERROR: "The AI provider had an error of its own.",
    PROVIDER_TIMEOUT: "The AI provider did not answer in time.",
    PROVIDER_UNREACHABLE: "The AI provider could not be reached.",
}
"""Said in our own words, always: what a service says may quote the key, the prompt or the picture."""


ANSWER_S: Final = 38.0
"""How long a model may take to describe a picture, connecting included."""
LATEST_S: Final = 5.0
"""A further request for the same picture, and the first of a stand-in, begins within so many seconds: there
must be time for its answer before the function's 60 s are over."""


def transient(code: str, usage: Usage | None = None) -> Transient:
    return Transient(code, MESSAGES[code], usage)


def permanent(code: str, usage: Usage | None = None) -> Permanent:
    return Permanent(code, MESSAGES[code], usage)


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    """One way to have work done. ``model`` may be empty for the provider's default.

    Without a ``key`` the stack's own is used, and then always at the stack's own address: a ``base_url``
    that somebody names never sees a key that is not theirs. ``guarded``: the address is a user's, and only
    called where it leads to the public internet.
    """

    provider: str
    model: str = ""
    key: str = field(default="", repr=False)
    base_url: str = ""
    guarded: bool = False

    def with_stack_access(self, key: Callable[[], str], base_url: str) -> "ProviderChoice":
        """The choice as it is where it has a key, or else with the key and address of the stack."""
        return self if self.key else replace(self, key=key(), base_url=base_url)


Made_co = TypeVar("Made_co", covariant=True)


class Registry(Generic[Made_co]):
    """Providers by name; what a factory makes is cheap, its clients are kept elsewhere."""

    def __init__(self, factories: Mapping[str, Callable[[ProviderChoice], Made_co]]) -> None:
        self._factories = factories

    def get(self, choice: ProviderChoice) -> Made_co:
        """The provider, ready to be called.

        Raises:
            ProviderUnavailable: there is no such provider, or this stack has no access to it.
        """
        factory = self._factories.get(choice.provider)
        if factory is None:
            raise ProviderUnavailable("There is no AI provider of this name.", provider=choice.provider)
        return factory(choice)
