"""How every AI provider fails, whichever it is; subclassed by the tests of each."""

from abc import ABC, abstractmethod
from typing import Final, Literal

import pytest

from gloss.describe.model import Ok, Permanent, RateLimited, Transient
from gloss.embed.model import Embedded

Fault = Literal[
    "busy", "broken", "silent", "gone", "not for you", "unknown model", "cannot be read", "nonsense"
]
Work = Literal["describe", "embed"]
Answer = Ok | Embedded | RateLimited | Transient | Permanent

SECRET: Final = "sk-proj-secret-of-the-account"
"""Stands in what the service says of its fault."""

OUTCOMES: Final[dict[Fault, tuple[str, str | None]]] = {
    "busy": ("rate_limited", None),
    "broken": ("transient", "PROVIDER_ERROR"),
    "silent": ("transient", "PROVIDER_TIMEOUT"),
    "gone": ("transient", "PROVIDER_UNREACHABLE"),
    "nonsense": ("transient", "INVALID_ANSWER"),
    "not for you": ("permanent", "ACCESS_DENIED"),
    "unknown model": ("permanent", "MODEL_NOT_FOUND"),
    "cannot be read": ("permanent", "REQUEST_REFUSED"),
}


class FaultContract(ABC):
    @abstractmethod
    def ask(self, work: Work, fault: Fault) -> tuple[Answer, int]:
        """What the provider makes of a service with this fault, and how many requests it sent."""

    @pytest.mark.parametrize("work", ["describe", "embed"])
    @pytest.mark.parametrize("fault", OUTCOMES)
    def test_a_fault_is_an_outcome_after_one_request_and_tells_nothing(
        self, work: Work, fault: Fault
    ) -> None:
        outcome, requests = self.ask(work, fault)

        assert (outcome.kind, getattr(outcome, "code", None)) == OUTCOMES[fault]
        assert requests == 1
        assert SECRET not in repr(outcome)

    def test_a_picture_that_it_will_not_describe_is_final(self) -> None:
        outcome, requests = self.ask_for_the_indescribable()

        assert isinstance(outcome, Permanent)
        assert (outcome.code, requests) == ("CONTENT_REFUSED", 1)
        assert outcome.usage, "it was paid all the same"
        assert SECRET not in repr(outcome)

    @abstractmethod
    def ask_for_the_indescribable(self) -> tuple[Answer, int]:
        """As :meth:`ask`, of a model that declines to describe the picture."""
