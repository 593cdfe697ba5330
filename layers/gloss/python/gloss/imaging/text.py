"""Cleans text that a stranger wrote into a file, before anybody prints it or gives it to a model."""

import unicodedata
from collections.abc import Iterable, Iterator

from gloss.patterns import pattern

TITLE_CHARS = 300
TEXT_CHARS = 4000
KEYWORD_CHARS = 80
MAX_KEYWORDS = 100

_DECODED_CHARS = 100_000  # what comes in, before cleaning; cleaning costs time per character
_MAX_MARKS = 30
_JOINERS = "\u200c\u200d"  # of format characters only these carry meaning: Persian, Indic scripts, emoji
_UNWANTED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_PLAIN = pattern(r"[\x20-\x7e]*")
_BREAKS = pattern(r"\s*[\n\r\u2028\u2029]\s*")
_BLANKS = pattern(r"[^\S\n]+")


def clean(text: str, limit: int, *, lines: bool = False) -> str | None:
    """Normalise to NFC on one line (or, with ``lines``, several), without control, bidirectional-override,
    tag and private characters; None when nothing is left. ``limit`` counts characters.
    """
    text = text[:_DECODED_CHARS]
    if not _PLAIN.fullmatch(text):
        text = _BREAKS.sub("\n" if lines else " ", text)
        text = unicodedata.normalize("NFC", "".join(_bounded_marks(filter(_wanted, text))))
    return _BLANKS.sub(" ", text).strip()[:limit].strip() or None


def _bounded_marks(text: Iterable[str]) -> Iterator[str]:
    """No more than 30 combining marks in a row, as in Unicode's stream-safe form (UAX #15, 13): bringing a
    hundred thousand of them into their canonical order would take twelve seconds."""
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _MAX_MARKS:
            yield character


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
