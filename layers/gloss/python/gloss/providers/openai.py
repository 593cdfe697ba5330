"""The OpenAI protocol: clients that are kept, time that is bounded, and errors as outcomes.

A call is sent once. A repeat by the SDK could be paid twice, and would hide a rate limit from those who can
put the work off.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final, cast

import httpx2
import openai

from gloss.clock import utc_now
from gloss.describe.model import Failure, RateLimited
from gloss.providers import model
from gloss.providers.guarded import GuardedTransport
from gloss.providers.model import ProviderChoice, permanent, transient
from gloss.providers.retry_after import retry_after
from gloss.sources.guard import AddressGuard

OPENAI_URL: Final = "https://api.openai.com/v1"

CONNECT_S: Final = 5.0
SILENCE_S: Final = 4.0
"""How long an answer that has begun may pause."""
_MOMENT_S: Final = 0.001
MAX_ANSWER_BYTES: Final = 64 * 2**20

_NO_ALLOWANCE: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
_REFUSED_CONTENT: Final = frozenset(
    {
        "content_filter",
        "content_policy_violation",
        "image_content_policy_violation",
        "invalid_prompt",
        "moderation_blocked",
        "safety_violation",
    }
)
_BAD_IMAGE: Final = frozenset(
    {
        "empty_image_file",
        "failed_to_download_image",
        "image_file_too_large",
        "image_parse_error",
        "image_too_large",
        "image_too_small",
        "invalid_base64_image",
        "invalid_image",
        "invalid_image_format",
        "invalid_image_mode",
        "unsupported_image_media_type",
    }
)
_BY_STATUS: Final = {
    401: model.BAD_KEY,
    402: model.KEY_EXHAUSTED,
    403: model.ACCESS_DENIED,
    404: model.MODEL_NOT_FOUND,
}
_MAY_PASS: Final = frozenset({408, 409, 425})
_RATE_LIMITED: Final = 429
_SERVER_ERRORS: Final = 500


def is_own(base_url: str) -> bool:
    """Whether the address is OpenAI's own, named or not."""
    return not base_url or httpx2.URL(base_url).host == httpx2.URL(OPENAI_URL).host


class _Deadline(dict[str, float]):
    """The time limits of a request, of which each is cut to what is left of the whole when it is read.

    The transport reads them anew at the beginning of each phase (httpx2 documents the ``timeout`` extension).
    """

    def __init__(self, limits: Mapping[str, float | None], end: float) -> None:
        super().__init__({name: limit for name, limit in limits.items() if limit is not None})
        self._end = end

    def get(self, name: str, default: float | None = None) -> float:  # type: ignore[override]  # one form of it
        left = max(self._end - time.monotonic(), _MOMENT_S)
        limit = super().get(name, default)
        return left if limit is None else min(limit, left)


class BoundedTransport(httpx2.BaseTransport):
    """Ends an answer that takes too long altogether or is too big; the SDK's own limit is per read."""

    def __init__(
        self, inner: httpx2.BaseTransport, *, answer_s: float, silence_s: float, max_bytes: int
    ) -> None:
        self._inner = inner
        self._answer_s = answer_s
        self._silence_s = silence_s
        self._max_bytes = max_bytes

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        end = time.monotonic() + self._answer_s
        deadline = _Deadline(request.extensions.get("timeout", {}), end)
        request.extensions["timeout"] = deadline
        response = self._inner.handle_request(request)
        deadline["read"] = self._silence_s
        body = cast("httpx2.SyncByteStream", response.stream)  # as in every synchronous transport
        response.stream = _BoundedStream(body, request, end, self._max_bytes)
        return response

    def close(self) -> None:
        self._inner.close()


class _BoundedStream(httpx2.SyncByteStream):
    def __init__(
        self, inner: httpx2.SyncByteStream, request: httpx2.Request, end: float, max_bytes: int
    ) -> None:
        self._inner = inner
        self._request = request
        self._end = end
        self._left = max_bytes

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._inner:
            self._left -= len(chunk)
            if self._left < 0:
                raise httpx2.ReadError("The answer is too big.", request=self._request)
            if time.monotonic() > self._end:
                raise httpx2.ReadTimeout("The answer takes too long.", request=self._request)
            yield chunk

    def close(self) -> None:
        self._inner.close()


@lru_cache(maxsize=32)
def client(choice: ProviderChoice, answer_s: float) -> openai.OpenAI:
    """The client of this key at this address (empty: OpenAI's own), connections and all."""
    transport: httpx2.BaseTransport = httpx2.HTTPTransport()
    if choice.guarded:
        transport = GuardedTransport(transport, AddressGuard())
    return make_client(choice.key, choice.base_url, transport, answer_s=answer_s)


def make_client(
    key: str,
    base_url: str,
    transport: httpx2.BaseTransport,
    *,
    answer_s: float,
    silence_s: float = SILENCE_S,
) -> openai.OpenAI:
    """A client that never repeats, never follows a redirect with the key, and reads no proxy settings.

    An answer may take ``answer_s`` seconds from the question to its last byte, plus one pause.
    """
    bounded = BoundedTransport(transport, answer_s=answer_s, silence_s=silence_s, max_bytes=MAX_ANSWER_BYTES)
    return openai.OpenAI(
        api_key=key,
        base_url=base_url or OPENAI_URL,
        max_retries=0,
        timeout=openai.Timeout(answer_s, connect=CONNECT_S),
        http_client=httpx2.Client(transport=bounded, follow_redirects=False, trust_env=False),
    )


def is_about_form(error: openai.APIStatusError) -> bool:
    """Whether a refusal names an argument, or does not say what it is about."""
    return error.param is not None or error.code is None or str(error.code).isdigit()


def failure_of(error: openai.OpenAIError, now: Callable[[], datetime] = utc_now) -> Failure:
    """What an error of the SDK means for the work; nothing that the service said gets through."""
    match error:
        case openai.RateLimitError():
            return _limited(error, now())
        case openai.APIStatusError():
            return _refusal(error)
        case openai.APITimeoutError():
            return transient(model.PROVIDER_TIMEOUT)
        case openai.APIConnectionError():
            return transient(model.PROVIDER_UNREACHABLE)
        case _:
            return transient(model.INVALID_ANSWER)


def _limited(error: openai.RateLimitError, now: datetime) -> Failure:
    if {error.code, error.type} & _NO_ALLOWANCE:
        return permanent(model.KEY_EXHAUSTED)
    return RateLimited(retry_after(error.response.headers, now))


def _refusal(error: openai.APIStatusError) -> Failure:
    status = error.status_code
    if status >= _SERVER_ERRORS or status in _MAY_PASS:
        return transient(model.PROVIDER_ERROR)
    if {error.code, error.type} & _NO_ALLOWANCE:
        return permanent(model.KEY_EXHAUSTED)
    if {error.code, error.type} & _REFUSED_CONTENT:
        return permanent(model.CONTENT_REFUSED)
    if error.code in _BAD_IMAGE:
        return permanent(model.UNSUPPORTED_IMAGE)
    return permanent(_BY_STATUS.get(status, model.REQUEST_REFUSED))
