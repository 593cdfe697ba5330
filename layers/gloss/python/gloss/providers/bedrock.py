"""Amazon Bedrock: the errors of its runtime as outcomes."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError

from gloss.clock import utc_now
from gloss.describe.model import Failure, RateLimited
from gloss.providers import model
from gloss.providers.model import permanent, transient
from gloss.providers.retry_after import retry_after

_LIMITED: Final = frozenset(
    {"ServiceQuotaExceededException", "ThrottlingException", "TooManyRequestsException"}
)
_TIMEOUTS: Final = frozenset({"ModelTimeoutException", "RequestTimeout", "RequestTimeoutException"})
_PERMANENT: Final = {
    "AccessDeniedException": model.ACCESS_DENIED,
    "ResourceNotFoundException": model.MODEL_NOT_FOUND,
    "ValidationException": model.REQUEST_REFUSED,
}
"""Everything else, such as ServiceUnavailableException and ModelNotReadyException, may pass."""


def failure_of(error: ClientError | BotoCoreError, now: Callable[[], datetime] = utc_now) -> Failure:
    """What an error of the SDK means for the work; nothing that the service said gets through."""
    match error:
        case ClientError():
            return _refusal(error, now())
        case ReadTimeoutError() | ConnectTimeoutError():
            return transient(model.PROVIDER_TIMEOUT)
        case _:
            return transient(model.PROVIDER_UNREACHABLE)


def _refusal(error: ClientError, now: datetime) -> Failure:
    code = error.response["Error"]["Code"]
    if code in _LIMITED:
        headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        return RateLimited(retry_after(headers, now))
    if code in _PERMANENT:
        return permanent(_PERMANENT[code])
    return transient(model.PROVIDER_TIMEOUT if code in _TIMEOUTS else model.PROVIDER_ERROR)
