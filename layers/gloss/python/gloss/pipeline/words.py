"""The steps DescribeImage and EmbedImage: facts in, merged metadata and its vector out.

What was paid for is kept on the record before anything else can fail, the usage log included, and looked up
before it is paid for.
"""

import base64
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from gloss.describe.fallback import is_unusable
from gloss.describe.model import (
    FIELDS,
    Context,
    Describer,
    DescribeRequest,
    Description,
    EmbeddedText,
    Facts,
    Fallback,
    Ok,
    Outcome,
    Provenances,
    Swatch,
    provenances_to_dict,
)
from gloss.describe.policy import DEFAULT_POLICY, Merged, merge
from gloss.describe.quality import Standard
from gloss.describe.service import describe as describe_with
from gloss.embed import codec
from gloss.embed.local import LocalEmbedder
from gloss.embed.model import Embedded, Embedder, document_text, text_hash
from gloss.embed.service import embed as embed_with
from gloss.errors import LeaseLost, ProviderUnavailable
from gloss.images.model import Image
from gloss.pipeline.model import (
    State,
    failure,
    known_description,
    owed_rows,
    owing,
    record,
    refused,
    request_hash,
    settled,
)

if TYPE_CHECKING:
    from gloss.metering.model import Receipts
    from gloss.pipeline.paid import PaidWork


class DescribeStep:
    """``paid`` is only asked for where a provider costs money: it brings the AWS SDK with it."""

    def __init__(
        self, assign: "Callable[[Image, Receipts], Describer]", paid: "Callable[[], PaidWork]"
    ) -> None:
        self._assign = assign
        self._paid = paid

    def run(self, state: State) -> dict[str, Any]:
        """``description``: what the provider says, and which request it was the answer to."""
        image = record(state)
        known = known_description(image)
        if known and any(owed_rows(known)):
            return {"description": self._paid().settle(known)}
        receipts: Receipts = []
        try:
            describer = self._assign(image, receipts)
            if describer.sees_pixels:
                return self._with_pixels(describer, state, image, receipts)
        except (ProviderUnavailable, LeaseLost) as refusal:
            return _unable(refusal)
        return _described(image, describe_with(describer, _request(state, image)))

    def _with_pixels(
        self, describer: Describer, state: State, image: Image, receipts: "Receipts"
    ) -> dict[str, Any]:
        paid = self._paid()
        if known := paid.kept(image):
            return {"description": paid.settle(known)}
        preview = paid.preview(image)
        if preview is None:
            return failure("permanent", "PREVIEW_MISSING", "The preview of the image is not there any more.")
        outcome = describe_with(describer, _request(state, image, preview))
        answer = _described(image, outcome)
        if isinstance(outcome, Ok) and outcome.description.usage:
            paid.keep(image, owing(answer["description"], receipts), receipts)
        return answer


class EmbedStep:
    def __init__(
        self, assign: "Callable[[Image, Receipts], Embedder]", paid: "Callable[[], PaidWork]"
    ) -> None:
        self._assign = assign
        self._paid = paid

    def run(self, state: State) -> dict[str, Any]:
        """``merged``: the metadata as it will be published, with its vector where the text is new."""
        image = record(state)
        described = Description.from_dict(state["description"])
        merged = _merged(image, described)
        if described.fallback and _is_for_nothing(image, described, merged):
            return _stand_in_failure(described.fallback)
        result: dict[str, Any] = {
            "metadata": merged.metadata.to_dict(),
            "provenance": provenances_to_dict(merged.provenance),
            "reasons": {name: decision.to_dict() for name, decision in merged.decisions.items()},
        }
        receipts: Receipts = []
        try:
            embedder = self._assign(image, receipts)
            text = document_text(merged.metadata, image.file_name)
            if _is_of(image.embedding, embedder, text):
                return {"merged": result}
            return self._embedded(state, image, result, embedder, text, receipts=receipts)
        except (ProviderUnavailable, LeaseLost) as refusal:
            return _unable(refusal)

    def _embedded(
        self,
        state: State,
        image: Image,
        result: dict[str, Any],
        embedder: Embedder,
        text: str,
        *,
        receipts: "Receipts",
    ) -> dict[str, Any]:
        description = state["description"]
        if embedder.costs:
            description = self._paid().kept(image) or description
        if _is_of(description.get("embedding"), embedder, text):
            if any(owed_rows(description)):
                description = self._paid().settle(description)
            return {"merged": {**result, "embedding": description["embedding"]}}
        outcome = embed_with(embedder, [text])
        if description.get("fallback") and is_unusable(outcome):
            # Words and vectors come of one service: what stood in for the first does not wait for the other.
            # As for words that people write, the index counts it as not embedded and has it made up for.
            embedding = _embedding(LocalEmbedder().embed([text]))
            return {"merged": {**result, "embedding": embedding}}
        if not isinstance(outcome, Embedded):
            return refused(outcome)
        embedding = _embedding(outcome)
        # The rows of the words are in the log: the step before this one saw to that.
        description = settled(description)
        if embedder.costs:
            self._paid().keep(image, {**description, "embedding": owing(embedding, receipts)}, receipts)
            description["embedding"] = embedding
        return {"merged": {**result, "embedding": embedding}, "description": description}


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


def _request(state: State, image: Image, preview: bytes | None = None) -> DescribeRequest:
    asked = image.work.request if image.work else {}
    return DescribeRequest(
        file_name=image.file_name,
        facts=facts(state["inspection"]),
        context=Context.from_dict(asked.get("context", {})),
        detail=asked.get("detail", "low"),
        preview=preview,
    )


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
        standard=_standard(asked, description.provenance),
    )


def _standard(asked: Mapping[str, Any], proposed: Provenances) -> Standard:
    """What ``if_better`` judges by: the language asked for, and the models and prompts in use today, which
    are those of the new text.
    """
    made = [origin for origin in proposed.values() if origin.source == "ai" and origin.provider]
    return Standard(
        language=asked.get("context", {}).get("language"),
        models={str(origin.provider): origin.model for origin in made if origin.model},
        prompt_versions={
            str(origin.provider): origin.prompt_version
            for origin in made
            if origin.prompt_version is not None
        },
    )


def _is_for_nothing(image: Image, described: Description, merged: Merged) -> bool:
    """Whether a stand-in that cost nothing changed nothing: no work that anybody should pay for."""
    return bool(image.version and described.is_free_stand_in and not merged.changed)


def _stand_in_failure(fallback: Fallback) -> dict[str, Any]:
    return failure(
        "permanent",
        fallback.code,
        f"The provider {fallback.instead_of} could not be used, and what stood in for it improves nothing.",
    )


def _embedding(outcome: Embedded) -> dict[str, Any]:
    (embedding,) = outcome.embeddings
    return {
        "vector": base64.b64encode(codec.encode(embedding.vector)).decode(),
        "model": embedding.model,
        "dimensions": embedding.dimensions,
        "text_hash": embedding.text_hash,
        **({"bill": outcome.bill.to_dict()} if outcome.bill else {}),
    }


def _is_of(stored: Mapping[str, Any] | None, embedder: Embedder, text: str) -> bool:
    """Whether the stored embedding is the one that this embedder would make of the text."""
    wanted = {"model": embedder.model, "dimensions": embedder.dimensions, "text_hash": text_hash(text)}
    return stored is not None and wanted.items() <= stored.items()


def _described(image: Image, outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Ok):
        return {"description": {**outcome.description.to_dict(), "request": request_hash(image)}}
    return refused(outcome)


def _unable(refusal: ProviderUnavailable | LeaseLost) -> dict[str, Any]:
    kind = "permanent" if isinstance(refusal, ProviderUnavailable) else "transient"
    return failure(kind, refusal.code, refusal.message)
