"""The pictures of a generation, in the bucket of what Gloss made.

``inputs/<user>/<id>/<position>.jpg``            what a model is shown; expires
``made/<user>/<id>/<number>``                    a picture as its maker gave it; the tokens it took, and
                                                 its rows for the usage log; expires
``generations/<user>/<id>/<number>``             a picture that was found whole, in the shape asked for
``generations/<user>/<id>/<number>/thumbnail.jpg``
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from gloss.generate.model import Generation, Picture
from gloss.images.objects import head, link, read
from gloss.metering.model import CallRecord
from gloss.records import dataclass

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_JPEG: Final = "image/jpeg"
_CACHE: Final = "private, max-age=86400"
_TOKENS: Final = "tokens"
_ROWS: Final = "usage"
"""S3 takes two kilobytes of notes with an object; a row has half of one."""


@dataclass(frozen=True, slots=True)
class Paid:
    """What a picture took, and the calls that the usage log may not have yet."""

    tokens: int
    receipts: tuple[CallRecord, ...]


class PictureStore:
    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put_input(self, generation: Generation, position: int, jpeg: bytes) -> None:
        key = _input(generation, position)
        self._client.put_object(Bucket=self._bucket, Key=key, Body=jpeg, ContentType=_JPEG)

    def input(self, generation: Generation, position: int) -> bytes | None:
        return read(self._client, self._bucket, _input(generation, position))

    def put_made(
        self,
        generation: Generation,
        number: int,
        data: bytes,
        tokens: int,
        receipts: Sequence[CallRecord] = (),
    ) -> None:
        """Keep what a maker gave and what it took, so that nobody pays for it a second time."""
        rows = [row.to_item() for row in receipts]
        self._client.put_object(
            Bucket=self._bucket,
            Key=_made(generation, number),
            Body=data,
            Metadata={_TOKENS: str(tokens), _ROWS: json.dumps(rows, separators=(",", ":"))},
        )

    def paid(self, generation: Generation, number: int) -> Paid | None:
        """What a picture took that was made already; ``None`` where it was not."""
        noted = head(self._client, self._bucket, _made(generation, number))
        if noted is None:
            return None
        rows = json.loads(noted.get(_ROWS, "[]"))
        return Paid(int(noted[_TOKENS]), tuple(map(CallRecord.from_item, rows)))

    def made(self, generation: Generation, number: int) -> bytes | None:
        return read(self._client, self._bucket, _made(generation, number))

    def discard(self, generation: Generation, number: int) -> None:
        """Remove what turned out to be no picture, so that it is made anew."""
        self._client.delete_object(Bucket=self._bucket, Key=_made(generation, number))

    def put(self, generation: Generation, number: int, data: bytes, content_type: str) -> None:
        """Keep a picture for its owner."""
        self._client.put_object(
            Bucket=self._bucket,
            Key=_picture(generation, number),
            Body=data,
            ContentType=content_type,
            CacheControl=_CACHE,
        )

    def picture(self, generation: Generation, number: int) -> bytes | None:
        return read(self._client, self._bucket, _picture(generation, number))

    def put_thumbnail(self, generation: Generation, number: int, jpeg: bytes) -> None:
        self._client.put_object(
            Bucket=self._bucket,
            Key=_thumbnail(generation, number),
            Body=jpeg,
            ContentType=_JPEG,
            CacheControl=_CACHE,
        )

    def links(self, generation: Generation) -> dict[int, dict[str, str]]:
        """Time-limited links to each picture and its thumbnail, by number."""
        return {picture.number: self._links(generation, picture) for picture in generation.pictures}

    def _links(self, generation: Generation, picture: Picture) -> dict[str, str]:
        keys = {
            "picture": _picture(generation, picture.number),
            "thumbnail": _thumbnail(generation, picture.number),
        }
        return {kind: link(self._client, self._bucket, key) for kind, key in keys.items()}


def _input(generation: Generation, position: int) -> str:
    return f"inputs/{generation.user}/{generation.generation}/{position}.jpg"


def _made(generation: Generation, number: int) -> str:
    return f"made/{generation.user}/{generation.generation}/{number}"


def _picture(generation: Generation, number: int) -> str:
    return f"generations/{generation.user}/{generation.generation}/{number}"


def _thumbnail(generation: Generation, number: int) -> str:
    return f"{_picture(generation, number)}/thumbnail.jpg"
