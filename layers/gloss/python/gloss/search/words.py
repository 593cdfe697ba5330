"""From text to the terms that the keyword index holds; one rule for documents and queries, any script.

Text is folded (NFKC, no case, no accents on letters that can do without) and cut into words. Scripts without
spaces give every character and every pair of neighbors, so that a word of any length can be found in them.
"""

import unicodedata
from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import Final

from gloss.describe.filename import parse
from gloss.describe.language import STOP_WORDS
from gloss.describe.text import is_unspaced, words_of
from gloss.patterns import pattern
from gloss.search.model import Entry, TextField

_ACCENTS: Final = pattern("[\u0300-\u036f]")
"""Combining marks of Latin, Greek and Cyrillic; those of other scripts are vowels and stay."""

_PLAIN_WORD: Final = pattern(r"[a-z0-9]+(?:'[a-z]+)*")
_STOP_WORDS: Final = frozenset[str]().union(*STOP_WORDS.values())


def fold(text: str) -> str:
    """The form in which texts are compared."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", folded)))


def fold_value(text: str) -> str:
    """The form in which a whole value (a tag, a language, a source) is compared with another."""
    return fold(" ".join(text.split()))


def terms(text: str) -> list[str]:
    """Every term of a document's text, in order."""
    return [term for word in _words(text) for term in _document_terms(word)]


def query_terms(text: str) -> list[str]:
    """The terms to look for, each once; words that say nothing only where there are no others."""
    found = list(dict.fromkeys(term for word in _words(text) for term in _query_terms(word)))
    return [term for term in found if term not in _STOP_WORDS] or found


def field_terms(entry: Entry, name: TextField) -> list[str]:
    """The terms of one field; what a camera called the file is none."""
    text = " ".join(parse(entry.file_name).words) if name == "file_name" else entry.text_of(name)
    return terms(text)


def _words(text: str) -> list[str]:
    folded = fold(text)
    return _PLAIN_WORD.findall(folded) if folded.isascii() else words_of(folded)


def _document_terms(word: str) -> Iterator[str]:
    for unspaced, run in _runs(word):
        if not unspaced:
            yield run
            continue
        yield from run
        yield from map("".join, pairwise(run))


def _query_terms(word: str) -> Iterator[str]:
    for unspaced, run in _runs(word):
        if unspaced and len(run) > 1:
            yield from map("".join, pairwise(run))
        else:
            yield run


def _runs(word: str) -> Iterator[tuple[bool, str]]:
    if word.isascii():
        yield False, word
        return
    for unspaced, group in groupby(word, key=is_unspaced):
        yield unspaced, "".join(group)
