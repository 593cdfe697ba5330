"""Finds what a file is besides its picture: an archive, a document, a page.

Originals are handed back as they came, and other programs look for their own beginnings in odd places: PDF
readers in the first kilobyte, archivers at the end, browsers and PHP anywhere. So this looks where such a
beginning has no business in a picture, and only there. What stands where the format keeps text (a comment, a
caption about ``<script>``) is text; what cameras put behind a picture (another picture, a film, padding) is
neither, and is left alone. Standard library only.
"""

import re
from typing import Final

from gloss.patterns import pattern

ARCHIVE: Final = "an archive"
DOCUMENT: Final = "a document"
PAGE: Final = "a page or a script"

_DOCUMENT_HEAD: Final = b"%PDF-"
_DOCUMENT_HEAD_WITHIN: Final = 1024  # Acrobat's own tolerance (PDF 1.7, appendix H.3, note 13)
_PADDING: Final = b"\0\t\n\r "
_ARCHIVE_HEADS: Final = (b"PK\x03\x04", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
# Long enough that megabytes of a film behind a picture hold none by chance: so no ``<?=``, no bare ``<svg``.
_PAGE: Final = pattern(
    rb"<(?:!doctype\s+html|(?:html|head|body|script|iframe|object|embed)[\s/>]|svg\s+[\w:]+\s*=|\?php\s)",
    re.IGNORECASE,
)

# ZIP's end of central directory (APPNOTE 4.3.16): signature, entries at 10, size of the directory at 12.
_ZIP_END: Final = b"PK\x05\x06"
_ZIP_ENTRY: Final = b"PK\x01\x02"
_ZIP_END_BYTES: Final = 22
_ZIP_COMMENT_BYTES: Final = 0xFFFF


def find(data: bytes, end: int) -> str | None:
    """What the file is besides the picture whose structure ends at ``end``; ``None`` where nothing."""
    if data.find(_DOCUMENT_HEAD, 0, _DOCUMENT_HEAD_WITHIN) >= 0:
        return DOCUMENT
    if _is_zip(data):
        return ARCHIVE
    return _behind(data[end:].lstrip(_PADDING))


def _behind(rest: bytes) -> str | None:
    if rest.startswith(_ARCHIVE_HEADS):
        return ARCHIVE
    if _DOCUMENT_HEAD in rest:
        return DOCUMENT
    return PAGE if _PAGE.search(rest) else None


def _is_zip(data: bytes) -> bool:
    """Whether an archiver would open it, wherever its parts lie: they are found from the end of the file."""
    at = data.rfind(_ZIP_END, max(0, len(data) - _ZIP_END_BYTES - _ZIP_COMMENT_BYTES))
    if at < 0:
        return False
    directory = at - int.from_bytes(data[at + 12 : at + 16], "little")
    return directory >= 0 and data.startswith(_ZIP_ENTRY, directory)
