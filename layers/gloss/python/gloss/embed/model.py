"""The words of embedding: a vector with what it was made from, and the protocol of those who make it."""

import hashlib
from collections.abc import Sequence
from dataclasses import field
from typing import Final, Literal, Protocol

from gloss.describe.filename import parse
from gloss.describe.model import Bill, Failure, Metadata
from gloss.records import dataclass

MAX_DOCUMENT_CHARACTERS: Final = 8_000
"""Far above what the limits of a description allow and far under the 8192 tokens of the OpenAI models."""


ANSWER_S: Final = 12.0
"""How long a service may take for the vectors of one request, connecting included."""
LATEST_S: Final = 4.0
"""A further request for the same texts begins within so many seconds: the function that answers searches has
29 s."""


@dataclass(frozen=True, slots=True)
class Embedding:
    """A vector of unit length (all zeros for a text without a word) and the text that it stands for."""

    vector: tuple[float, ...]
    model: str
    text_hash: str

    @property
    def dimensions(self) -> int:
        return len(self.vector)


@dataclass(frozen=True, slots=True)
class Embedded:
    """One embedding per text, in the order asked; ``input_tokens`` where the provider counts them, ``bill``
    once somebody measured it.

    Of several requests a later one may fail: then the first texts have their embeddings, and ``failure`` says
    why the others have none.
    """

    embeddings: tuple[Embedding, ...]
    input_tokens: int | None = None
    bill: Bill | None = None
    failure: Failure | None = None
    kind: Literal["ok"] = field(default="ok", init=False)


EmbedOutcome = Embedded | Failure


class Embedder(Protocol):
    """A maker of vectors; only vectors of the same ``model`` and ``dimensions`` can be compared.

    One that ``costs`` is paid per call, so that what it made is kept. One call takes ``batch`` texts at most.
    """

    @property
    def name(self) -> str: ...

    @property
    def model(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    @property
    def costs(self) -> bool: ...

    @property
    def batch(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> EmbedOutcome:
        """Expected failures are returned, never raised."""
        ...


def document_text(metadata: Metadata, file_name: str) -> str:
    """The canonical text of an image for search: one line per field, none twice.

    Camera file names say nothing and are left out.
    """
    lines = (
        metadata.title,
        metadata.alt_text,
        metadata.caption,
        metadata.description,
        ", ".join(metadata.tags),
        " ".join(parse(file_name).words),
    )
    cleaned = (" ".join(line.split()) for line in lines)
    return "\n".join(dict.fromkeys(line for line in cleaned if line))[:MAX_DOCUMENT_CHARACTERS]


def text_hash(text: str) -> str:
    """SHA-256 in hex: equal where the text need not be embedded again."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
