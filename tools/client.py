"""The public API as any client sees it: sign-in aside, nothing here knows that the stack is local."""

import mimetypes
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any, Final, Self

import httpx

UPLOADS_PER_REQUEST: Final = 25
PAGE: Final = 100
_TIMEOUT_S: Final = 60.0

_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {".heic": "image/heic", ".hif": "image/heic", ".heif": "image/heif"}
    | {".avif": "image/avif", ".webp": "image/webp", ".jfif": "image/jpeg"}
)
"""What ``mimetypes`` does not know on every machine."""


class Refused(Exception):
    """The API said no. ``code`` is what it calls the reason."""

    def __init__(self, status: int, error: Mapping[str, Any]) -> None:
        super().__init__(str(error.get("message", f"HTTP {status}")))
        self.status = status
        self.code = str(error.get("code", f"HTTP_{status}"))
        self.details: Mapping[str, Any] = error.get("details", {})


@dataclass(frozen=True, slots=True)
class File:
    """A picture to send; ``size`` in bytes. The bytes are read when they are sent."""

    name: str
    content_type: str
    size: int
    read: Callable[[], bytes]

    @classmethod
    def at(cls, path: Path) -> Self:
        return cls(path.name, content_type(path.name), path.stat().st_size, path.read_bytes)

    @classmethod
    def of(cls, name: str, data: bytes) -> Self:
        return cls(name, content_type(name), len(data), lambda: data)

    def announcement(self) -> dict[str, object]:
        return {"name": self.name, "contentType": self.content_type, "size": self.size}


def content_type(name: str) -> str:
    """The media type that the ending of a file name stands for; ``application/octet-stream`` for none."""
    suffix = PurePath(name).suffix.lower()
    return _TYPES.get(suffix) or mimetypes.guess_type(f"x{suffix}")[0] or "application/octet-stream"


class GlossClient:
    """Calls of one signed-in user. Safe to share between threads."""

    def __init__(self, url: str, token: str) -> None:
        self._api = httpx.Client(base_url=url, headers={"Authorization": token}, timeout=_TIMEOUT_S)
        self._storage = httpx.Client(timeout=_TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._api.close()
        self._storage.close()

    def quota(self) -> dict[str, Any]:
        return self._call("GET", "/quota")

    def grant(self, account: str, amount: int, *, reason: str) -> None:
        """Bonus credits for images, which an operator may give."""
        given = {"account": account, "id": str(uuid.uuid4()), "meter": "images", "amount": amount}
        self._call("POST", "/quota/grants", json={**given, "reason": reason})

    def start_uploads(self, files: Sequence[File]) -> list[dict[str, Any]]:
        """A form for each of up to 25 files, in their order."""
        announced = [file.announcement() for file in files]
        uploads: list[dict[str, Any]] = self._call("POST", "/uploads", json={"files": announced})["uploads"]
        return uploads

    def send(self, upload: Mapping[str, Any], file: File) -> None:
        """Send a file with its form, straight to the storage.

        Raises:
            Refused: the storage did not take it.
        """
        answer = self._storage.post(
            upload["url"],
            data=upload["fields"],
            files={"file": (file.name, file.read(), file.content_type)},
        )
        if answer.is_error:
            raise Refused(answer.status_code, {"message": "The storage did not take the file."})

    def image(self, image_id: str) -> dict[str, Any]:
        return self._call("GET", f"/images/{image_id}")

    def images(self, **filters: str) -> Iterator[dict[str, Any]]:
        """All images of the user, newest first."""
        query: dict[str, str | int] = {"limit": PAGE, **filters}
        while True:
            page = self._call("GET", "/images", params=query)
            yield from page["images"]
            if page.get("next") is None:
                return
            query["cursor"] = page["next"]

    def download(self, link: str) -> bytes:
        """What a time-limited link leads to."""
        return self._storage.get(link).raise_for_status().content

    def _call(self, method: str, path: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - httpx's own
        answer = self._api.request(method, path, **request)
        body: dict[str, Any] = answer.json()
        if not body.get("success"):
            raise Refused(answer.status_code, body.get("error", {}))
        data: dict[str, Any] = body["data"]
        return data
