"""The step InspectImage: pixels in, facts and derivatives out. The only step that needs the imaging layer."""

from dataclasses import asdict, replace
from typing import Any

from gloss import imaging
from gloss.errors import ImageRejected
from gloss.images.objects import ObjectStore
from gloss.pipeline.model import State, failure, record


def inspect(state: State, objects: ObjectStore) -> dict[str, Any]:
    """``inspection``: the facts of the file as plain JSON; its derivatives lie in the bucket."""
    image = record(state)
    data = objects.original(image.user, image.image)
    if data is None:
        return failure("permanent", "ORIGINAL_MISSING", "The uploaded file is not there any more.")
    try:
        inspection = imaging.inspect(data, declared_type=image.content_type)
    except ImageRejected as rejection:
        return failure("permanent", rejection.code, rejection.message)
    objects.put_derived(
        image.user, image.image, thumbnail=inspection.thumbnail.data, preview=inspection.preview.data
    )
    return {"inspection": _plain(inspection)}


def _plain(inspection: imaging.Inspection) -> dict[str, Any]:
    """Without pixels and without what the file does not say."""
    embedded = replace(inspection.embedded, sources=dict(inspection.embedded.sources))
    known = replace(
        inspection,
        embedded=embedded,
        thumbnail=replace(inspection.thumbnail, data=b""),
        preview=replace(inspection.preview, data=b""),
    )
    return asdict(known, dict_factory=lambda pairs: {k: v for k, v in pairs if v is not None and v != b""})
