"""Cleans text that a stranger wrote into a file, before anybody prints it or gives it to a model."""

import re
import unicodedata

TITLE_CHARS = 300
TEXT_CHARS = 4000
KEYWORD_CHARS = 80
MAX_KEYWORDS = 100

_DECODED_CHARS = 100_000  # what comes in, before cleaning; cleaning costs time per character
_JOINERS = "\u200c\u200d"  # of format characters only these carry meaning: Persian, Indic scripts, emoji
_UNWANTED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_PLAIN = re.compile(r"[\x20-\x7e]*")
_BREAKS = re.compile(r"\s*[\n\r\u2028\u2029]\s*")
_BLANKS = re.compile(r"[^\S\n]+")


def clean(text: str, limit: int, *, lines: bool = False) -> str | None:
    """Normalise to NFC on one line (or, with ``lines``, several), without control, bidirectional-override,
    tag and private characters; None when nothing is left. ``limit`` counts characters.
    """
    text = text[:_DECODED_CHARS]
    if not _PLAIN.fullmatch(text):
        text = unicodedata.normalize("NFC", text)
        text = _BREAKS.sub("\n" if lines else " ", text)
        text = "".join(character for character in text if _wanted(character))
    return _BLANKS.sub(" ", text).strip()[:limit].strip() or None


def _wanted(character: str) -> bool:
    return (
        character in "\n\t"
        or character in _JOINERS
        or unicodedata.category(character) not in _UNWANTED_CATEGORIES
    )


def clean_keywords(words: list[str]) -> tuple[str, ...]:
    """Clean each, drop empty and repeated ones (whatever their case), keep the order."""
    kept: dict[str, str] = {}
    for word in words[: 10 * MAX_KEYWORDS]:
        cleaned = clean(word, KEYWORD_CHARS)
        if cleaned and len(kept) < MAX_KEYWORDS:
            kept.setdefault(cleaned.casefold(), cleaned)
    return tuple(kept.values())


def decode(data: bytes) -> str:
    """UTF-8 where the bytes are that, else Windows-1252, the superset of Latin-1 that old software wrote."""
    data = data.rstrip(b"\0")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
