"""Files to upload: which of those named are pictures, and what is in them."""

import hashlib
import mimetypes
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from gloss_cli.errors import UsageError

TYPES: Final[Mapping[str, str]] = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".hif": "image/heic",
    ".jfif": "image/jpeg",
    ".jpe": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".webp": "image/webp",
}
"""Media types by ending of what the API accepts. ``mimetypes`` does not know all of them on every machine."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file with its content's SHA-256; ``size`` in bytes."""

    path: Path
    content_type: str
    size: int
    sha256: str

    @classmethod
    def at(cls, path: Path) -> "Picture":
        """
        Raises:
            OSError: it cannot be read.
        """
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            size = os.fstat(file.fileno()).st_size
        return cls(path, content_type(path.name), size, sha256)

    def announcement(self) -> dict[str, object]:
        return {"name": self.path.name, "contentType": self.content_type, "size": self.size}


def content_type(name: str) -> str:
    """What a file is by its ending. Of one that was named, the API judges the rest."""
    suffix = PurePath(name).suffix.lower()
    return TYPES.get(suffix) or mimetypes.guess_type(f"x{suffix}")[0] or "application/octet-stream"


def find(paths: Iterable[Path], *, recursive: bool) -> Iterator[Path]:
    """The files named, and the pictures in the folders named; what is hidden is left out, each comes once.

    Raises:
        UsageError: a path leads nowhere, or to a folder and ``recursive`` was not asked for.
    """
    seen: set[Path] = set()
    for path in paths:
        for found in _below(path, recursive=recursive):
            if (real := found.resolve()) not in seen:
                seen.add(real)
                yield found


def _below(path: Path, *, recursive: bool) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif not path.is_dir():
        raise UsageError(f"There is no file {path}.")
    elif not recursive:
        raise UsageError(f"{path} is a folder: add --recursive to upload what is in it.")
    else:
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            yield from (Path(folder, name) for name in sorted(names) if _is_picture(name))


def _is_picture(name: str) -> bool:
    return not name.startswith(".") and PurePath(name).suffix.lower() in TYPES
