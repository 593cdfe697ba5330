"""Libraries of described images, written straight into the tables of a running stack.

A bulk job is about images that have been there for long; to send each through the pipeline first would
measure the pipeline.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from gloss.clock import iso, utc_now
from gloss.describe.model import Metadata, Provenance
from gloss.dynamodb import to_attributes
from gloss.ids import new_id
from gloss.images.model import Image, Status, Version

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BATCH: Final = 12
"""Images whose two rows go into one BatchWriteItem call (25 rows are the service's limit)."""

INSPECTION: Final[dict[str, Any]] = {
    "format": "JPEG",
    "mime": "image/jpeg",
    "width": 1600,
    "height": 1200,
    "bytes": 412_318,
    "sha256": "5a" * 32,
    "frames": 1,
    "has_alpha": False,
    "camera": {"make": "Nikon", "model": "Z 6"},
    "embedded": {"keywords": [], "sources": {}},
    "palette": [
        {"hex": "#4682b4", "share": 0.6, "name": "steel blue"},
        {"hex": "#f5deb3", "share": 0.4, "name": "wheat"},
    ],
}
"""What InspectImage found out about each picture."""


def described(user: str, number: int) -> Image:
    """An image whose text is its file name's, as a library has it that nobody has looked after."""
    now = iso(utc_now())
    origin = Provenance("heuristic", provider="heuristic")
    return Image(
        user=user,
        image=new_id(),
        status=Status.COMPLETE,
        file_name=f"harbour-at-dusk-{number:05d}.jpg",
        content_type="image/jpeg",
        size=412_318,
        created_at=now,
        updated_at=now,
        version=1,
        metadata=Metadata(title=f"Picture {number}"),
        provenance={"title": origin},
        inspection=INSPECTION,
    )


def _version(image: Image) -> dict[str, Any]:
    """The version row that the image's text stands in."""
    version = Version(
        number=image.version,
        at=image.created_at,
        cause="run",
        actor="import",
        metadata=image.metadata,
        provenance=image.provenance,
    )
    return version.to_item(image.user, image.image)


def fill(client: "DynamoDBClient", table: str, user: str, count: int) -> Sequence[str]:
    """Put so many images into a user's library; their ids, oldest first."""
    images = [described(user, number) for number in range(count)]
    for start in range(0, count, _BATCH):
        rows = [row for image in images[start : start + _BATCH] for row in (image.to_item(), _version(image))]
        requests: Any = [{"PutRequest": {"Item": to_attributes(row)}} for row in rows]
        while requests:
            answer = client.batch_write_item(RequestItems={table: requests})
            requests = answer["UnprocessedItems"].get(table, [])
    return [image.image for image in images]
