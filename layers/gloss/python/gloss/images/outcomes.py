"""How the work on an image ended, for the job that it belongs to.

Whoever ends open work adds these writes to the transaction that does it, so that a job counts every image
exactly once, whichever message, worker or sweep came first.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

from gloss.dynamodb import Write
from gloss.errors import ConfigurationError
from gloss.images.model import Image

Ending = Literal["done", "failed", "cancelled"]


class Outcomes(Protocol):
    def writes(
        self, image: Image, ending: Ending, *, reason: str = "", version: int | None = None
    ) -> Sequence[Write]:
        """What ``image``, whose work ends, means to its job; nothing where it belongs to none.

        ``version`` is the one that was published.
        """
        ...


class NoJobs:
    """For whoever cannot meet an image of a job; losing count of one would be worse than a fault."""

    def writes(
        self, image: Image, ending: Ending, *, reason: str = "", version: int | None = None
    ) -> Sequence[Write]:
        """Raises ``ConfigurationError`` where the image does belong to a job."""
        if image.work and image.work.job:
            raise ConfigurationError(
                "This function cannot end the work of a job.",
                job=image.work.job,
                ending=ending,
                reason=reason,
                version=version,
            )
        return ()
