"""Files at https addresses."""

import hashlib
import http.client
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import urldefrag, urljoin

from gloss.clock import utc_now
from gloss.errors import EmptyFile, FileTooLarge, SourceRefused, SourceUnavailable, UnsupportedFormat
from gloss.imaging.formats import ACCEPTED, SNIFF_BYTES, sniff
from gloss.providers.retry_after import retry_after
from gloss.sources.guard import AddressGuard
from gloss.sources.http import asked
from gloss.sources.model import Fetched, Folder, Page, SourceName

MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = {301, 302, 303, 307, 308}
_LATER: Final = {408, 425}
_CHUNK: Final = 64 * 1024
_HEADERS: Final[Mapping[str, str]] = {
    "User-Agent": "gloss-import/1",
    "Accept": ", ".join(sorted(ACCEPTED)),
}
_UNSAID: Final = {"", "application/octet-stream", "binary/octet-stream"}
"""Media types that say nothing about a file; its first bytes do."""


class UrlSource:
    """``timeout``: seconds for a file with all its redirects."""

    def __init__(self, guard: AddressGuard, *, timeout: float = 30) -> None:
        self._guard = guard
        self._timeout = timeout

    @property
    def name(self) -> SourceName:
        return "url"

    def page(self, folder: Folder, cursor: str | None) -> Page:
        """The web has no folders."""
        raise SourceRefused("Addresses cannot be listed.", path=folder.path, cursor=cursor)

    def fetch(self, external_id: str, limit: int) -> Fetched:
        deadline = time.monotonic() + self._timeout
        url: str | None = external_id
        try:
            for _ in range(MAX_REDIRECTS + 1):
                if url is None:
                    break
                url, data = self._hop(url, limit, deadline)
                if data is not None:
                    return Fetched(data, hashlib.sha256(data).hexdigest())
        except (OSError, http.client.HTTPException, ValueError) as fault:
            raise SourceUnavailable("The file could not be read from its address.") from fault
        raise SourceRefused("The address leads to too many others.")

    def _hop(self, url: str, limit: int, deadline: float) -> tuple[str | None, bytes | None]:
        """The next address, or the file."""
        left = max(deadline - time.monotonic(), 0.001)
        with asked(self._guard, urldefrag(url).url, _HEADERS, timeout=left) as response:
            if response.status in _REDIRECTS:
                return urljoin(url, _location(response)), None
            _check(response, limit)
            return None, _body(response, limit)


def _location(response: http.client.HTTPResponse) -> str:
    location = response.getheader("Location")
    if not location:
        raise SourceRefused("The address leads on, but does not say where to.")
    return location


def _check(response: http.client.HTTPResponse, limit: int) -> None:
    """Whether the answer promises an image of ours, before its body is read."""
    status = response.status
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        headers = {name.lower(): value for name, value in response.getheaders()}
        raise SourceUnavailable("The address asks for patience.", retry_after=retry_after(headers, utc_now()))
    if status in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise SourceUnavailable(f"The address answered {status}.", status=status)
    if status != HTTPStatus.OK:
        raise SourceRefused(f"The address answered {status}.", status=status)
    if response.getheader("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        # Asked for it as it is: whoever compresses all the same may send a bomb.
        raise SourceRefused("The address sends the file compressed.")
    kind = response.getheader("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in ACCEPTED and kind not in _UNSAID:
        raise UnsupportedFormat("The address does not lead to an image of an accepted type.")
    if response.length is not None and response.length > limit:
        raise FileTooLarge(limit=limit)


def _body(response: http.client.HTTPResponse, limit: int) -> bytes:
    promised = response.length
    data = bytearray()
    while chunk := response.read1(min(_CHUNK, limit + 1 - len(data))):
        is_begun = len(data) < SNIFF_BYTES
        data += chunk
        if is_begun and len(data) >= SNIFF_BYTES and sniff(bytes(data[:SNIFF_BYTES])) is None:
            # Whatever its type says: no more of it is wanted.
            raise UnsupportedFormat("The address does not lead to an image of an accepted type.")
        if len(data) > limit:
            raise FileTooLarge(limit=limit)
    if promised is not None and len(data) < promised:
        raise SourceUnavailable("The file broke off.")
    if not data:
        raise EmptyFile
    return bytes(data)
