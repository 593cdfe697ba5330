"""The two buckets: originals as users sent them, and what Gloss made from them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from gloss.errors import GlossError
from gloss.images.model import UPLOAD_WINDOW, Image, copy_key, derived_key, object_key
from gloss.records import dataclass

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LINK_SECONDS: Final = 900
"""How long a link to an original or a thumbnail is good for."""

_DELETE_BATCH: Final = 1000
"""Objects in one DeleteObjects call (service limit)."""

_ABSENT: Final = {"404", "NoSuchKey", "NotFound"}


class ObjectsLeft(GlossError):
    """The storage could not delete all of the objects that it was told to."""


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A presigned POST: send ``fields`` and then the file, as multipart form data, to ``url``."""

    url: str
    fields: Mapping[str, str]


class ObjectStore:
    def __init__(self, client: "S3Client", *, originals: str, derived: str = "") -> None:
        self._client = client
        self._originals = originals
        self._derived = derived

    def upload_form(self, user: str, image: str, *, content_type: str, size: int) -> UploadForm:
        """A form that takes exactly this key and content type and at most ``size`` bytes."""
        presigned = self._client.generate_presigned_post(
            Bucket=self._originals,
            Key=object_key(user, image),
            Fields={"Content-Type": content_type},
            Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, size]],
            ExpiresIn=int(UPLOAD_WINDOW.total_seconds()),
        )
        return UploadForm(url=presigned["url"], fields=presigned["fields"])

    def original(self, user: str, image: str) -> bytes | None:
        """The bytes as they were uploaded; ``None`` where there is no object."""
        return read(self._client, self._originals, object_key(user, image))

    def preview(self, user: str, image: str) -> bytes | None:
        """The JPEG that is shown to models; ``None`` where there is no object."""
        return read(self._client, self._derived, derived_key(user, image, "preview"))

    def has_original(self, user: str, image: str) -> bool:
        return head(self._client, self._originals, object_key(user, image)) is not None

    def has_copy(self, key: str) -> bool:
        return head(self._client, self._derived, key) is not None

    def put_original(self, user: str, image: str, data: bytes, *, content_type: str) -> None:
        """A file that was fetched; its event starts the pipeline as that of an upload does."""
        key = object_key(user, image)
        self._client.put_object(Bucket=self._originals, Key=key, Body=data, ContentType=content_type)

    def put_derived(self, user: str, image: str, *, thumbnail: bytes, preview: bytes) -> None:
        """Both derivatives; they are JPEGs and never change for the same original."""
        options: dict[str, Any] = {"ContentType": "image/jpeg", "CacheControl": "private, max-age=86400"}
        bucket = self._derived
        self._client.put_object(
            Bucket=bucket, Key=derived_key(user, image, "thumbnail"), Body=thumbnail, **options
        )
        self._client.put_object(
            Bucket=bucket, Key=derived_key(user, image, "preview"), Body=preview, **options
        )

    def put_copy(self, key: str, data: bytes, content_type: str) -> None:
        self._client.put_object(Bucket=self._derived, Key=key, Body=data, ContentType=content_type)

    def original_link(self, user: str, image: str, disposition: str) -> str:
        return link(
            self._client, self._originals, object_key(user, image), ResponseContentDisposition=disposition
        )

    def copy_link(self, key: str, disposition: str) -> str:
        return link(self._client, self._derived, key, ResponseContentDisposition=disposition)

    def delete_original(self, user: str, image: str) -> None:
        self._client.delete_object(Bucket=self._originals, Key=object_key(user, image))

    def delete_all(self, user: str, image: str, *, versions: int) -> None:
        """Original, derivatives and the copies of all versions; deleting what is not there is no error.

        Raises:
            ObjectsLeft: the service could not delete some; repeating it does the rest.
        """
        self.delete_original(user, image)
        keys = [derived_key(user, image, "thumbnail"), derived_key(user, image, "preview")]
        keys += [copy_key(user, image, version) for version in range(1, versions + 1)]
        for start in range(0, len(keys), _DELETE_BATCH):
            objects: Any = [{"Key": key} for key in keys[start : start + _DELETE_BATCH]]
            answer = self._client.delete_objects(
                Bucket=self._derived, Delete={"Objects": objects, "Quiet": True}
            )
            if answer.get("Errors"):
                raise ObjectsLeft(count=len(answer["Errors"]), first=answer["Errors"][0].get("Code"))

    def links(self, image: Image) -> dict[str, str]:
        """Time-limited links by kind: ``original``, ``thumbnail`` and ``preview``.

        There are none before the file was looked at and found to be the picture that it says it is.
        """
        if not image.inspection:
            return {}
        user, name = image.user, image.image
        places = {
            "original": (self._originals, object_key(user, name)),
            "thumbnail": (self._derived, derived_key(user, name, "thumbnail")),
            "preview": (self._derived, derived_key(user, name, "preview")),
        }
        return {kind: link(self._client, bucket, key) for kind, (bucket, key) in places.items()}


def read(client: "S3Client", bucket: str, key: str) -> bytes | None:
    """The bytes of an object; ``None`` where there is none."""
    try:
        return client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return None
        raise


def head(client: "S3Client", bucket: str, key: str) -> Mapping[str, str] | None:
    """What was noted with an object (its user metadata); ``None`` where there is none."""
    try:
        return client.head_object(Bucket=bucket, Key=key).get("Metadata", {})
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return None
        raise


def link(client: "S3Client", bucket: str, key: str, **headers: str) -> str:
    """A link that is good for :data:`LINK_SECONDS`."""
    return client.generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": key, **headers}, ExpiresIn=LINK_SECONDS
    )
