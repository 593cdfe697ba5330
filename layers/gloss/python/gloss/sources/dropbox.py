"""Dropbox, through its SDK.

A file is named by Dropbox's id, which renaming and moving leave alone; its fingerprint is Dropbox's content
hash (https://www.dropbox.com/developers/reference/content-hash), which a download is checked against.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from dropbox import Dropbox, create_session
from dropbox.exceptions import ApiError, AuthError, BadInputError, HttpError, RateLimitError
from dropbox.files import FileMetadata
from requests.adapters import HTTPAdapter
from stone.backends.python_rsrc.stone_validators import ValidationError
from urllib3.exceptions import HTTPError as TransferError

from gloss.errors import (
    EmptyFile,
    FileTooLarge,
    GlossError,
    SourceDisconnected,
    SourceRefused,
    SourceUnavailable,
)
from gloss.providers.retry_after import DEFAULT_S
from gloss.settings.model import SourceAccess
from gloss.sources.model import Entry, Fetched, Folder, Page, SourceName

PER_PAGE: Final = 100
_CHUNK: Final = 64 * 1024
_BLOCK: Final = 4 * 2**20
"""Of the content hash."""


class DropboxSource:
    """``timeout``: seconds for one answer, and for a file as a whole. ``address`` stands for all of Dropbox's
    hosts where it is given: the host is the first part of the path there."""

    def __init__(self, access: SourceAccess, *, address: str = "", timeout: float = 25) -> None:
        session = create_session()
        # Images are compressed already; what is unpacked here could be a bomb.
        session.headers["Accept-Encoding"] = "identity"
        if address:
            session.mount("https://", _Elsewhere(address))
        self._timeout = timeout
        # The SDK's own repeats would sleep while the clock of the function runs: the queue repeats instead.
        self._client = Dropbox(
            oauth2_refresh_token=access.refresh_token,
            app_key=access.app_key,
            app_secret=access.app_secret or None,
            session=session,
            timeout=timeout,
            user_agent="gloss-import/1",
            max_retries_on_error=0,
            max_retries_on_rate_limit=0,
        )

    @property
    def name(self) -> SourceName:
        return "dropbox"

    def account(self) -> str:
        """What Dropbox calls the user.

        Raises:
            SourceDisconnected: Dropbox does not accept the access.
            SourceUnavailable: not now.
        """
        with self._entered():
            return str(self._client.users_get_current_account().name.display_name)

    def page(self, folder: Folder, cursor: str | None) -> Page:
        with self._entered():
            found = self._listed(folder, cursor)
            entries = [_entry(one) for one in found.entries if isinstance(one, FileMetadata)]
            return Page(entries, found.cursor if found.has_more else None)

    def fetch(self, external_id: str, limit: int) -> Fetched:
        deadline = time.monotonic() + self._timeout
        with self._entered():
            metadata, response = self._client.files_download(external_id)
            with response:
                if metadata.size > limit:
                    raise FileTooLarge(limit=limit)
                data = _body(response, limit, deadline)
        if content_hash(data) != metadata.content_hash:
            raise SourceUnavailable("What came is not what Dropbox holds.")
        return Fetched(data, metadata.content_hash)

    def _listed(self, folder: Folder, cursor: str | None) -> Any:  # noqa: ANN401 - the SDK is untyped
        if cursor is not None:
            try:
                return self._client.files_list_folder_continue(cursor)
            except ApiError as error:
                if not error.error.is_reset():
                    raise
        # From the beginning, also where Dropbox has given the cursor up: what is known is passed over.
        return self._client.files_list_folder(
            folder.path, recursive=folder.recursive, limit=PER_PAGE, include_non_downloadable_files=False
        )

    @contextmanager
    def _entered(self) -> Iterator[None]:
        """What is done with a fresh access token; the SDK's errors are translated."""
        try:
            self._refresh()
            yield
        except GlossError:
            raise
        except AuthError as refusal:
            raise SourceDisconnected from refusal
        except RateLimitError as refusal:
            asked = DEFAULT_S if refusal.backoff is None else refusal.backoff
            raise SourceUnavailable("Dropbox asks for patience.", retry_after=asked) from refusal
        except ApiError as refusal:
            raise SourceRefused(f"Dropbox does not give this: {_reason(refusal.error)}.") from refusal
        except BadInputError as refusal:
            raise SourceRefused("Dropbox does not take this path.") from refusal
        except (HttpError, requests.RequestException, TransferError) as fault:
            raise SourceUnavailable("Dropbox does not answer.") from fault
        except (ValidationError, ValueError, KeyError, AssertionError) as fault:
            raise SourceUnavailable("Dropbox answered in another form than agreed.") from fault

    def _refresh(self) -> None:
        try:
            self._client.check_and_refresh_access_token()
        except BadInputError as refusal:
            # The app is unknown, or its secret is wrong.
            raise SourceDisconnected from refusal


class _Elsewhere(HTTPAdapter):
    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address.rstrip("/")

    def send(self, request: requests.PreparedRequest, *how: Any, **more: Any) -> requests.Response:  # noqa: ANN401
        parts = urlsplit(request.url or "")
        request.url = f"{self._address}/{parts.netloc}{parts.path}"
        return super().send(request, *how, **more)


def content_hash(data: bytes) -> str:
    """Dropbox's hash of a file: SHA-256 over the SHA-256 of each of its blocks."""
    blocks = (data[start : start + _BLOCK] for start in range(0, len(data), _BLOCK))
    return hashlib.sha256(b"".join(hashlib.sha256(block).digest() for block in blocks)).hexdigest()


def _entry(file: Any) -> Entry:  # noqa: ANN401 - the SDK is untyped
    return Entry(file.id, file.name, file.size, file.content_hash, file.path_display or file.name)


def _body(response: requests.Response, limit: int, deadline: float) -> bytes:
    data = bytearray()
    # Whatever has come, for iter_content would wait for a whole chunk, however long that takes.
    while chunk := response.raw.read1(_CHUNK):
        data += chunk
        if len(data) > limit:
            raise FileTooLarge(limit=limit)
        if time.monotonic() > deadline:
            raise SourceUnavailable("The file came too slowly.")
    if not data:
        raise EmptyFile
    return bytes(data)


def _reason(error: Any) -> str:  # noqa: ANN401 - the SDK is untyped
    """The innermost tag of a union, such as ``not_found``."""
    tag = str(error._tag)  # noqa: SLF001 - the SDK gives the tag of a union no other way
    value = error._value  # noqa: SLF001
    return _reason(value) if hasattr(value, "_tag") else tag.replace("_", " ")
