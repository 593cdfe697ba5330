"""A vision model that takes its time, for the benchmarks that wait for one: OpenAI's protocol on loopback."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from tests.servers.openai_script import CHAT, EMBEDDINGS, Call, Reply, embeddings, said
from tools.ai_access import AiAccess

DESCRIBE_S: Final = 2.5
"""What a description takes."""

EMBED_S: Final = 0.2
EMBED_MODEL: Final = "text-embedding-3-small"
NO_LIMIT: Final = json.dumps({"openai": {"describe": 1_000_000, "embed": 1_000_000}})

WORDS: Final[dict[str, Any]] = {
    "title": "Fishing boats at the old harbour wall before sunrise",
    "alt_text": "Three wooden fishing boats lie at a stone harbour wall in the first light, their nets hung"
    " up to dry; behind them a row of narrow houses and a white lighthouse.",
    "caption": "Nets dry on the boats of the harbour while the first light reaches the houses on the quay.",
    "description": "Three fishing boats with blue and red hulls lie side by side at a weathered harbour wall."
    " Nets and orange buoys hang over their rails, and ropes lead to iron rings in the stone. The water is"
    " calm and mirrors the masts. On the quay behind stands a row of narrow houses in pale colours, and at"
    " the end of the mole a white lighthouse with a red lantern. The sky is violet above and orange at the"
    " horizon.",
    "tags": [
        "harbour",
        "fishing boats",
        "sunrise",
        "nets",
        "quay",
        "lighthouse",
        "reflection",
        "morning light",
        "stone wall",
        "calm water",
        "houses",
        "coast",
    ],
    "decorative": False,
    "language": "en",
    "safety": [],
}
"""An answer of the usual length."""


def patient(describe_s: float = DESCRIBE_S, embed_s: float = EMBED_S) -> Callable[[Call], Reply | None]:
    """The script of a service that takes so long."""

    def script(call: Call) -> Reply | None:
        if call.path == CHAT:
            return replace(said(json.dumps(WORDS)), delay_s=describe_s)
        if call.path == EMBEDDINGS:
            return replace(embeddings(call), delay_s=embed_s)
        return None

    return script


def access(base_url: str) -> AiAccess:
    """The local stack's access to it, for words and vectors."""
    return AiAccess("sk-bench", base_url, embed_model=EMBED_MODEL, rate_limits=NO_LIMIT)
