"""Which language a text is in, as far as script and commonest words tell: cheap, and silent in doubt."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import Final

from gloss.describe.text import clean
from gloss.patterns import pattern

_TAG: Final = pattern(
    r"[a-z]{2,3}(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[a-wyz\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?",
    re.IGNORECASE,
)
"""The ``langtag`` rule of RFC 5646, section 2.1, without the longer primary subtags: none is registered."""

_MAX_TAG_LENGTH: Final = 35
"""What RFC 5646, section 4.4.1, advises to make room for."""

_SCRIPTS: Final[Mapping[str, frozenset[str]]] = {
    language: frozenset(scripts.split("+"))
    for language, scripts in {
        "ja": "CJK+HIRAGANA+KATAKANA",
        "zh": "CJK",
        "ko": "HANGUL+CJK",
        "ru": "CYRILLIC",
        "uk": "CYRILLIC",
        "bg": "CYRILLIC",
        "el": "GREEK",
        "ar": "ARABIC",
        "fa": "ARABIC",
        "ur": "ARABIC",
        "he": "HEBREW",
        "hi": "DEVANAGARI",
        "mr": "DEVANAGARI",
        "bn": "BENGALI",
        "ta": "TAMIL",
        "te": "TELUGU",
        "th": "THAI",
        "ka": "GEORGIAN",
        "hy": "ARMENIAN",
    }.items()
}
"""The Unicode names of letters begin with these words; languages that are not here use Latin letters."""

_EITHER_SCRIPT: Final = frozenset({"sr", "kk", "uz", "az", "mn", "tg", "bs", "und", "mul", "zxx"})

_NAMES: Final[Mapping[str, str]] = {
    name: tag
    for tag, names in {
        "ar": "arabic",
        "bg": "bulgarian",
        "cs": "czech",
        "da": "danish dansk",
        "de": "german deutsch",
        "el": "greek",
        "en": "english",
        "es": "spanish español castellano",
        "et": "estonian",
        "fi": "finnish suomi",
        "fr": "french français",
        "he": "hebrew",
        "hi": "hindi",
        "hr": "croatian",
        "hu": "hungarian magyar",
        "id": "indonesian",
        "it": "italian italiano",
        "ja": "japanese 日本語",
        "ko": "korean 한국어",
        "lt": "lithuanian",
        "lv": "latvian",
        "nl": "dutch nederlands",
        "no": "norwegian norsk",
        "pl": "polish polski",
        "pt": "portuguese português",
        "ro": "romanian",
        "ru": "russian русский",
        "sk": "slovak",
        "sl": "slovenian slovene",
        "sr": "serbian",
        "sv": "swedish svenska",
        "th": "thai",
        "tr": "turkish türkçe",
        "uk": "ukrainian",
        "vi": "vietnamese",
        "zh": "chinese mandarin 中文",
    }.items()
    for name in names.split()
}
"""Names that models write where a tag is asked for. They go first: ``thai`` is well-formed, and no tag."""

STOP_WORDS: Final[Mapping[str, frozenset[str]]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the and of with is are a an at on in by for from to this that its his her",
        "de": "der die das und ist mit ein eine einer einem einen im am auf von vor für den dem des bei",
        "fr": "le la les et est avec une des du dans sur au aux pour par devant sous cette qui un de",
        "es": "el la los las y es con una del en por para sobre junto frente que un de al",
        "it": "il lo la gli e è con una del della di nel nella su per che un dei davanti",
        "pt": "o a os as e é com uma do da no na em por para sobre que um de dos",
        "nl": "de het een en is met van op in voor bij aan door naar zijn deze",
        "sv": "och är med en ett på i av för till som den det vid",
        "pl": "i na w z jest do przez dla pod nad się przy oraz",
    }.items()
}

_OWN_SHARE: Final = 0.2
"""Brand names in Latin letters are common in any script, and longer than a word in Han or Kana."""
_MIN_WORDS: Final = 4
_MIN_HITS: Final = 2


def is_language_tag(text: str) -> bool:
    """Whether the text is a well-formed BCP 47 language tag."""
    return len(text) <= _MAX_TAG_LENGTH and bool(_TAG.fullmatch(text))


def tag_of(text: str) -> str | None:
    """The tag that is meant: as it is, with the underscores of locales, or by the language's name."""
    said = text.strip()
    if tag := _NAMES.get(said.casefold()):
        return tag
    tag = said.replace("_", "-")
    return tag if is_language_tag(tag) else None


def primary(language: str) -> str:
    """``de`` of ``de-CH``."""
    return language.split("-", 1)[0].lower()


def mismatch(text: str, language: str) -> bool:
    """Whether the text is clearly not in the language; doubt, and a language unknown here, is no mismatch."""
    wanted = primary(language)
    if wanted in _EITHER_SCRIPT or not text:
        return False
    if not _in_script(text, _SCRIPTS.get(wanted, frozenset({"LATIN"}))):
        return True
    return wanted in STOP_WORDS and guess(text) is not None and _hits(text)[wanted] < _MIN_HITS


def guess(text: str) -> str | None:
    """The language whose commonest words stand out in a text of some length, or ``None``."""
    ranked = _hits(text).most_common(2)
    if not ranked or ranked[0][1] < _MIN_HITS or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


def _in_script(text: str, scripts: frozenset[str]) -> bool:
    letters = [char for char in text if char.isalpha()]
    own = sum(_script(char) in scripts for char in letters)
    return own >= _OWN_SHARE * len(letters)


def _script(char: str) -> str:
    return re.split("[ -]", unicodedata.name(char, "UNKNOWN"), maxsplit=1)[0]


def _hits(text: str) -> Counter[str]:
    words = re.findall(r"[^\W\d_]+", clean(text).casefold())
    if len(words) < _MIN_WORDS:
        return Counter()
    hits = {language: sum(word in stops for word in words) for language, stops in STOP_WORDS.items()}
    return Counter({language: count for language, count in hits.items() if count})
