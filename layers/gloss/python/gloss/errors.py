"""The whole exception tree of Gloss.

GlossError
├── ValidationFailed
│   ├── InvalidCursor
│   ├── EmptySelection
│   ├── KeyRefused
│   ├── KeyRests
│   └── AddressRefused
│       └── HostUnknown
├── Unauthenticated
├── Unauthorized
├── NotFound
│   ├── ImageNotFound
│   ├── UploadNotFound
│   ├── VersionNotFound
│   ├── ReservationNotFound
│   ├── JobNotFound
│   ├── GenerationNotFound
│   ├── PictureNotFound
│   ├── TemplateNotFound
│   ├── ImportNotFound
│   └── WebhookNotFound
├── PayloadTooLarge
├── UnsupportedMediaType
├── Conflict
│   ├── AlreadyProcessing
│   ├── VersionConflict
│   ├── IdempotencyConflict
│   ├── IdempotencyInProgress
│   ├── LeaseLost
│   ├── InvalidGenerationStatus
│   └── ReservationConflict
│       ├── ReservationReused
│       ├── AlreadyCommitted
│       ├── AlreadyReleased
│       └── ReservationExpired
├── QuotaExceeded
├── RateLimited
├── ProviderUnavailable
├── SourceUnavailable
│   └── SourceDisconnected
├── SourceRefused
├── Busy
├── ImageRejected
│   ├── EmptyFile
│   ├── UnsupportedFormat
│   ├── ContentTypeMismatch
│   ├── ForeignContent
│   ├── FileTooLarge
│   ├── TooManyPixels
│   ├── TruncatedImage
│   └── CorruptImage
└── ConfigurationError

``code`` is what a client branches on and never changes; the text of a message may.
Each class is mapped to an HTTP status in ``gloss.web.problems``.
"""

from collections.abc import Mapping
from typing import ClassVar


class GlossError(Exception):
    """Anything that Gloss itself refuses or reports."""

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str = "", /, **details: object) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])
        self.details: Mapping[str, object] = details

    @property
    def message(self) -> str:
        return str(self.args[0])


class ValidationFailed(GlossError):
    """The request does not have the form that the operation asks for."""

    code = "VALIDATION_FAILED"


class InvalidCursor(ValidationFailed):
    """The cursor was not issued by this endpoint for this user."""


class EmptySelection(ValidationFailed):
    """The selection names nothing to work on."""


class KeyRefused(ValidationFailed):
    """The provider does not accept this key."""

    code = "KEY_REFUSED"


class KeyRests(ValidationFailed):
    """The account of the user's provider key has no allowance left; in a while the key is tried again."""


class AddressRefused(ValidationFailed):
    """The address is not one that this installation calls."""

    code = "ADDRESS_REFUSED"


class HostUnknown(AddressRefused):
    """No such host is known: the address may be misspelt."""

    code = "HOST_UNKNOWN"


class Unauthenticated(GlossError):
    """There is no valid token in the request."""

    code = "UNAUTHENTICATED"


class Unauthorized(GlossError):
    """The caller is known but may not do this."""

    code = "UNAUTHORIZED"


class NotFound(GlossError):
    """There is no such thing, or it belongs to somebody else."""

    code = "NOT_FOUND"


class ImageNotFound(NotFound):
    """There is no such image."""

    code = "IMAGE_NOT_FOUND"


class UploadNotFound(NotFound):
    """There is no such upload."""

    code = "UPLOAD_NOT_FOUND"


class VersionNotFound(NotFound):
    """The image has no such version."""

    code = "VERSION_NOT_FOUND"


class ReservationNotFound(NotFound):
    """There is no such reservation."""

    code = "RESERVATION_NOT_FOUND"


class JobNotFound(NotFound):
    """There is no such job."""

    code = "JOB_NOT_FOUND"


class GenerationNotFound(NotFound):
    """There is no such generation."""

    code = "GENERATION_NOT_FOUND"


class PictureNotFound(NotFound):
    """The generation has no such picture."""

    code = "PICTURE_NOT_FOUND"


class TemplateNotFound(NotFound):
    """There is no such template."""

    code = "TEMPLATE_NOT_FOUND"


class ImportNotFound(NotFound):
    """There is no such import."""

    code = "IMPORT_NOT_FOUND"


class WebhookNotFound(NotFound):
    """There is no webhook."""

    code = "WEBHOOK_NOT_FOUND"


class PayloadTooLarge(GlossError):
    """The request body or a file in it is over the limit."""

    code = "PAYLOAD_TOO_LARGE"


class UnsupportedMediaType(GlossError):
    """The file type is not one that Gloss accepts."""

    code = "UNSUPPORTED_MEDIA_TYPE"


class Conflict(GlossError):
    """The state of the thing does not allow this now."""

    code = "CONFLICT"


class AlreadyProcessing(Conflict):
    """Work on this image is already under way."""

    code = "ALREADY_PROCESSING"


class VersionConflict(Conflict):
    """Somebody changed the image since the version that the caller read."""

    code = "VERSION_CONFLICT"


class IdempotencyConflict(Conflict):
    """The idempotency key was used before with another request."""

    code = "IDEMPOTENCY_CONFLICT"


class IdempotencyInProgress(Conflict):
    """The first request with this idempotency key has not finished yet."""

    code = "IDEMPOTENCY_IN_PROGRESS"


class LeaseLost(Conflict):
    """Another worker has taken over this image."""

    code = "LEASE_LOST"


class InvalidGenerationStatus(Conflict):
    """The generation is not in a status that allows this."""

    code = "INVALID_GENERATION_STATUS"


class ReservationConflict(Conflict):
    """The reservation is not in a state that allows this."""

    code = "RESERVATION_CONFLICT"


class ReservationReused(ReservationConflict):
    """The reservation id is taken by a reservation with other content."""

    code = "RESERVATION_REUSED"


class AlreadyCommitted(ReservationConflict):
    """The reservation was committed before."""

    code = "RESERVATION_COMMITTED"


class AlreadyReleased(ReservationConflict):
    """The reservation was released before."""

    code = "RESERVATION_RELEASED"


class ReservationExpired(ReservationConflict):
    """The reservation ran out before it was committed."""

    code = "RESERVATION_EXPIRED"


class QuotaExceeded(GlossError):
    """The account has fewer credits left than this costs."""

    code = "QUOTA_EXCEEDED"


class RateLimited(GlossError):
    """Too many requests for now: come back a little later."""

    code = "RATE_LIMITED"


class ProviderUnavailable(GlossError):
    """The AI provider cannot be reached or refuses to work."""

    code = "PROVIDER_UNAVAILABLE"


class SourceUnavailable(GlossError):
    """The place that files come from does not answer for now, or broke off."""

    code = "SOURCE_UNAVAILABLE"


class SourceDisconnected(SourceUnavailable):
    """The source is not connected, or does not accept its connection any more: connect it anew."""

    code = "SOURCE_DISCONNECTED"


class SourceRefused(GlossError):
    """The place that files come from does not give this file, now or later."""

    code = "SOURCE_REFUSED"


class Busy(GlossError):
    """Too many writers met on one row; nothing was changed, the call may be repeated."""

    code = "BUSY"


class ImageRejected(GlossError):
    """The file cannot be processed, now or later."""

    code = "IMAGE_REJECTED"


class EmptyFile(ImageRejected):
    """The file has no bytes."""

    code = "EMPTY_FILE"


class UnsupportedFormat(ImageRejected):
    """The bytes are not an image of an accepted format."""

    code = "UNSUPPORTED_FORMAT"


class ContentTypeMismatch(ImageRejected):
    """The bytes are an image of another format than the content type says."""

    code = "CONTENT_TYPE_MISMATCH"


class ForeignContent(ImageRejected):
    """The file is an image and something else at once."""

    code = "FOREIGN_CONTENT"


class FileTooLarge(ImageRejected):
    """The file has more bytes than the limit."""

    code = "FILE_TOO_LARGE"


class TooManyPixels(ImageRejected):
    """The image has more pixels than the limit."""

    code = "TOO_MANY_PIXELS"


class TruncatedImage(ImageRejected):
    """The file ends before the image does."""

    code = "TRUNCATED_IMAGE"


class CorruptImage(ImageRejected):
    """The file starts like an image but cannot be decoded."""

    code = "CORRUPT_IMAGE"


class ConfigurationError(GlossError):
    """A setting of the deployment is missing or wrong."""

    code = "CONFIGURATION_ERROR"
