"""The steps DescribeImage and EmbedImage: facts in, merged metadata and its vector out."""

import base64
from collections.abc import Mapping
from typing import Any

from gloss.describe.model import (
    FIELDS,
    Context,
    Describer,
    DescribeRequest,
    Description,
    EmbeddedText,
    Facts,
    Ok,
    RateLimited,
    Swatch,
    provenances_to_dict,
)
from gloss.describe.model import Failure as Refusal
from gloss.describe.policy import DEFAULT_POLICY, Merged, merge
from gloss.describe.service import describe as describe_with
from gloss.embed import codec
from gloss.embed.model import Embedded, Embedder, document_text, text_hash
from gloss.images.model import Image
from gloss.pipeline.model import State, failure, record


def describe(state: State, describers: Mapping[str, Describer], default: str) -> dict[str, Any]:
    """``description``: what the provider that the work asks for, or else the default one, says."""
    image = record(state)
    asked = dict(image.work.request) if image.work else {}
    request = DescribeRequest(
        file_name=image.file_name,
        facts=facts(state["inspection"]),
        context=Context.from_dict(asked.get("context", {})),
    )
    outcome = describe_with(describers[asked.get("provider", default)], request)
    return {"description": outcome.description.to_dict()} if isinstance(outcome, Ok) else _refused(outcome)


def embed(state: State, embedder: Embedder) -> dict[str, Any]:
    """``merged``: the metadata as it will be published, with its vector where the text is new."""
    image = record(state)
    merged = _merged(image, Description.from_dict(state["description"]))
    text = document_text(merged.metadata, image.file_name)
    result: dict[str, Any] = {
        "metadata": merged.metadata.to_dict(),
        "provenance": provenances_to_dict(merged.provenance),
        "changed": list(merged.changed),
        "reasons": {name: decision.to_dict() for name, decision in merged.decisions.items()},
    }
    if _is_embedded(image, embedder, text):
        return {"merged": result}
    outcome = embedder.embed([text])
    if not isinstance(outcome, Embedded):
        return _refused(outcome)
    (embedding,) = outcome.embeddings
    result["embedding"] = {
        "vector": base64.b64encode(codec.encode(embedding.vector)).decode(),
        "model": embedding.model,
        "text_hash": embedding.text_hash,
    }
    return {"merged": result}


def _merged(image: Image, description: Description) -> Merged:
    asked = dict(image.work.request) if image.work else {}
    return merge(
        image.metadata,
        image.provenance,
        description.metadata,
        description.provenance,
        policy=asked.get("policy", DEFAULT_POLICY),
        per_field=asked.get("policies"),
        fields=asked.get("fields", FIELDS),
        force=bool(asked.get("force")),
    )


def facts(inspection: Mapping[str, Any]) -> Facts:
    """What a describer may know of the file."""
    camera = inspection.get("camera", {})
    embedded = inspection.get("embedded", {})
    return Facts(
        width=inspection["width"],
        height=inspection["height"],
        taken_at=inspection.get("taken_at"),
        camera=" ".join(filter(None, (camera.get("make"), camera.get("model")))) or None,
        palette=tuple(Swatch(**swatch) for swatch in inspection["palette"]),
        embedded=EmbeddedText(
            title=embedded.get("title"),
            caption=embedded.get("caption"),
            alt_text=embedded.get("alt_text"),
            description=embedded.get("extended_description"),
            keywords=tuple(embedded.get("keywords", ())),
        ),
    )


def _is_embedded(image: Image, embedder: Embedder, text: str) -> bool:
    stored = image.embedding or {}
    return stored.get("model") == embedder.model and stored.get("text_hash") == text_hash(text)


def _refused(outcome: Refusal) -> dict[str, Any]:
    if isinstance(outcome, RateLimited):
        answer = failure("rate_limited", "RATE_LIMITED", "The provider takes no more calls for now.")
        answer["failure"]["retry_after_s"] = outcome.retry_after_s
        return answer
    return failure(outcome.kind, outcome.code, outcome.message)
