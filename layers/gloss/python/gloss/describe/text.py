"""Text as people see it: cleaned of what cannot be seen, cut where a reader would cut.

Lengths are code points, as DynamoDB, JSON Schema and Python count them.
"""

import unicodedata
from typing import Final

from gloss.patterns import pattern

_INVISIBLE: Final = pattern("[\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")
"""Zero-width fillers, what turns the reading direction, noncharacters, and halves of surrogate pairs, which
no UTF-8 can hold."""

_CONTROL: Final = pattern(r"[\x00-\x1f\x7f-\x9f]")
_UNFINISHED: Final = "\u200d ,;:-–—/&+([{<«„“‘、，；：（「『"
"""Characters that must not be the last before a cut."""

_LEADING_ON: Final = frozenset(
    {
        *("a", "an", "the", "this", "that", "these", "those"),
        *("my", "your", "his", "her", "its", "our", "their"),
        *("and", "or", "but", "nor", "as", "than", "while", "when", "where", "who", "which", "whose"),
        *("of", "in", "on", "at", "by", "for", "from", "to", "with", "without", "into", "onto"),
        *("over", "under", "near", "between", "behind", "beside", "through", "across", "along", "around"),
        *("above", "below", "against", "during", "before", "after", "until"),
        *("is", "are", "was", "were", "has", "have"),
    }
)
"""English words that lead on to what follows, so that no text ends with them."""

_APOSTROPHES: Final = "'’"

_ZERO_WIDTH_JOINER: Final = "\u200d"
_REGIONAL_INDICATORS: Final = ("\U0001f1e6", "\U0001f1ff")
_SKIN_TONES: Final = ("\U0001f3fb", "\U0001f3ff")
_TAG_CHARACTERS: Final = ("\U000e0020", "\U000e007f")
_HANGUL_VOWELS_AND_FINALS: Final = ("\u1160", "\u11ff")
_EXTENDING: Final = (_SKIN_TONES, _TAG_CHARACTERS, _HANGUL_VOWELS_AND_FINALS)

_UNSPACED: Final = pattern(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Kana and Han put no space between words."""


def clean(text: str) -> str:
    """NFC, without control and invisible characters, every run of white space one space."""
    visible = _INVISIBLE.sub("", _CONTROL.sub(" ", text))
    return " ".join(unicodedata.normalize("NFC", visible).split())


def cut(text: str, limit: int) -> str:
    """The longest beginning of a cleaned text that has at most ``limit`` characters and ends with a word.

    Only a first word longer than the limit is cut inside, between two graphemes; should its first grapheme be
    longer than that, nothing is left.
    """
    if len(text) <= limit:
        return text
    ends = [end for end in range(1, limit + 1) if _is_grapheme_boundary(text, end)]
    at_words = [end for end in ends if _is_word_boundary(text, end)]
    for candidates in (at_words, ends):
        if candidates and (beginning := text[: candidates[-1]].rstrip(_UNFINISHED)):
            return beginning
    return ""


def without_dangling(beginning: str) -> str:
    """The beginning of a text that was cut, without words at its end that lead on to what is not there."""
    words = beginning.split(" ")
    while len(words) > 1 and words[-1].casefold() in _LEADING_ON:
        words.pop()
    return " ".join(words).rstrip(_UNFINISHED)


def words_of(text: str) -> list[str]:
    """Runs of letters, marks and digits; an apostrophe between two letters belongs to the word."""
    kept = (
        char if char.isalnum() or unicodedata.category(char)[0] in "LMN" or _joins(text, position) else " "
        for position, char in enumerate(text)
    )
    return "".join(kept).split()


def _joins(text: str, position: int) -> bool:
    between = text[max(0, position - 1) : position + 2]
    return (
        text[position] in _APOSTROPHES and len(between) == len("a'b") and (between[0] + between[2]).isalpha()
    )


def is_unspaced(char: str) -> bool:
    """Whether the character belongs to a script that writes words without spaces between them."""
    return bool(_UNSPACED.match(char))


def _is_word_boundary(text: str, end: int) -> bool:
    before, after = text[end - 1], text[end]
    return before == " " or after == " " or is_unspaced(before) or is_unspaced(after)


def _is_grapheme_boundary(text: str, end: int) -> bool:
    """The rules of UAX #29 for marks, joiners, emoji modifiers, Hangul jamo and flags."""
    before, after = text[end - 1], text[end]
    if _ZERO_WIDTH_JOINER in (before, after) or _extends(after):
        return False
    if _within(after, _REGIONAL_INDICATORS):
        return _regional_indicators_before(text, end) % 2 == 0
    return True


def _extends(char: str) -> bool:
    return unicodedata.category(char)[0] == "M" or any(_within(char, span) for span in _EXTENDING)


def _within(char: str, span: tuple[str, str]) -> bool:
    return span[0] <= char <= span[1]


def _regional_indicators_before(text: str, end: int) -> int:
    count = 0
    while count < end and _within(text[end - 1 - count], _REGIONAL_INDICATORS):
        count += 1
    return count
