"""Step EmbedImage of process_image."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss.embed.local import LocalEmbedder
from gloss.embed.model import Embedder
from gloss.observability import step
from gloss.pipeline.words import embed


@cache
def embedder() -> Embedder:
    return LocalEmbedder()


@step
def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    return embed(event, embedder())
