"""What a file name says: its words, a date, and whether a camera or a screenshot tool made it up."""

import re
import unicodedata
from typing import Final, Literal
from urllib.parse import unquote

from gloss.describe.text import without_dangling, words_of
from gloss.patterns import pattern
from gloss.records import dataclass

MAX_WORDS: Final = 12
MAX_NAME_CHARACTERS: Final = 400
"""More than any file system allows; what follows is not looked at."""

Origin = Literal["camera", "screenshot"]

_EXTENSION: Final = pattern(
    r"(?:\.(?:jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|hei[cf]|bmp|svg|psd|raw|dng|cr[23w]|nef|arw|orf|rw2|raf))+$",
    re.IGNORECASE,
)
_SCREENSHOT: Final = pattern(
    r"^(?:screen[ _-]?shot|screen[ _-]?capture|bildschirmfoto|capture[ _-]d.?[ée]cran"
    r"|captura[ _-]de[ _-](?:pantalla|ecrã|tela)|schermafbeelding|schermata|skärmavbild"
    r"|скриншот|снимок экрана|スクリーンショット|截屏|截图|屏幕截图|스크린샷)",
    re.IGNORECASE,
)
_CAMERA: Final = pattern(
    r"^_?(?:"
    r"(?:img|dsc|dscn|dscf|dscx|cimg|kimg|himg|hpim|sam|sdc|pano|mvimg|burst|gopr|gh|gx|gp|dji|wp|ssp|sany|stp"
    r"|imgp|kif|pana|crw|rimg|r0|p[0-9a-c])[ _-]?e?\d{2,}[\d_]*"
    r"|pxl[ _]\d{8}[ _]\d+|\d{3}_\d{4}$"
    r")",
    re.IGNORECASE,
)
_MADE_UP: Final = pattern(
    r"^(?:img-\d{8}-wa\d+|fb_img_\d+|whatsapp[ _-]image|signal[ _-]\d{4}|snapchat[ _-]\d+|received[ _]\d+"
    r"|(?:image|imag|photo|pict|picture|scan)[ _-]?\d+)",
    re.IGNORECASE,
)
"""What messengers and web sites call a picture; it need not come from a camera."""

_CAMERA_TAIL: Final = pattern(
    r"(?:(?:^|[ ._~-]+)(?:mp|night|portrait|cover|bokeh|hdr|pano|raw-\d+|at|um|à|e\d+|wa\d+)(?=[ ._~-]|$))",
    re.IGNORECASE,
)
_NOISE: Final = (
    pattern(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE),
    pattern(r"(?<![^\W_])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}(?![^\W_])", re.IGNORECASE),
    pattern(r"(?<![^\W_])[0-9a-f]{16,}(?![^\W_])", re.IGNORECASE),
    pattern(r"(?<!\d)\d{2,5} ?[x×] ?\d{2,5}(?:px)?(?![^\W_])", re.IGNORECASE),
    pattern(r"\(\d+\)|\[\d+\]"),
)
_DATE: Final = pattern(r"(?<!\d)((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d{3})")
_TIME: Final = pattern(
    r"(?<![^\W_])\d{1,2}[.:h-]\d{2}(?:[.:m-]\d{2})?(?:[  ]?[ap]m)?(?![^\W_])", re.IGNORECASE
)

_NO_WORD: Final = pattern(
    r"img|dsc|dscn|dscf|pict|pics?|pxl|images?|photos?|fotos?|bild|picture|untitled|unnamed|unbenannt|downloads?"
    r"|copy|kopie|copia|copie|final|finale|edit|edited|bearbeitet|original|orig|draft|export|exported"
    r"|scaled|resized|cropped|compressed|optimized|thumb|thumbnail|web|hires|lowres|fullsize"
    r"|jpe?g|png|webp|gif|tiff?|hei[cf]|avif"
    r"|unsplash|pexels|pixabay|shutterstock|istock|istockphoto|gettyimages|adobestock|depositphotos|dreamstime"
    r"|rev|tmp|temp|null|undefined",
    re.IGNORECASE,
)
_SCREENSHOT_PREPOSITION_LENGTH: Final = 2
"""Screenshot tools write "at", "um", "à", "в" before the time."""

_INNER_LETTERS: Final = frozenset("aàeioouy")
"""One-letter Latin words that may stand between two others."""

_CAMEL: Final = pattern(r"(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])|(?<=[A-ZÀ-ÖØ-Þ])(?=[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ])")
_NUMBER: Final = pattern(r"[1-9][0-9]{0,3}")
"""Not more digits than a year has, and no leading zero, as counters have."""

_COUNTED: Final = pattern(r"^\d*([^\W\d_]{3,})\d*$")
_RANDOM_PIECES: Final = 3


@dataclass(frozen=True, slots=True)
class FileName:
    """``words`` in their own spelling; ``taken`` as year and month where the name holds a date."""

    words: tuple[str, ...] = ()
    taken: tuple[int, int] | None = None
    origin: Origin | None = None


def parse(name: str) -> FileName:
    """The words of a file name, without what cameras, phones, web sites and copies put there.

    Camera counters, screenshot and messenger patterns, UUIDs, hashes, dates, times, sizes, and such words as
    "copy", "final" or "v2" are no words; a number is one between two others ("Apollo 11 landing"). Any script
    is kept.
    """
    stem = _stem(name)
    dated = _DATE.search(stem)
    taken = (int(dated[1]), int(dated[3])) if dated else None
    stem, origin = _without_origin(stem)
    for noise in (*_NOISE, _DATE, _TIME):
        stem = noise.sub(" ", stem)
    words = [word for token in words_of(stem) for word in _words(token)]
    if origin == "screenshot":
        words = [word for word in words if len(word) > _SCREENSHOT_PREPOSITION_LENGTH]
    return FileName(tuple(_first(_settle(words))), taken, origin)


def looks_like_file_name(text: str) -> bool:
    """Whether a text is no words but a file name: an extension, underscores for spaces, a counter."""
    if not text.strip():
        return False
    if _EXTENSION.search(text) or (("_" in text or "\\" in text) and " " not in text.strip()):
        return True
    return not parse(text).words


def _stem(name: str) -> str:
    base = re.split(r"[/\\]", unquote(name[:MAX_NAME_CHARACTERS]))[-1]
    return _EXTENSION.sub("", unicodedata.normalize("NFC", base)).strip()


def _without_origin(stem: str) -> tuple[str, Origin | None]:
    if match := _SCREENSHOT.match(stem):
        return stem[match.end() :], "screenshot"
    made_up = _MADE_UP.match(stem)
    if match := made_up or _CAMERA.match(stem):
        dateless = _DATE.sub(" ", stem[match.end() :])
        return _CAMERA_TAIL.sub(" ", dateless), None if made_up else "camera"
    return stem, None


def _words(token: str) -> list[str]:
    """The words of one token, split at camelCase; none where it is a code or noise."""
    if _NUMBER.fullmatch(token):
        return [token]
    if any(char.isdigit() for char in token):
        counted = _COUNTED.match(token)
        if not counted:
            return []
        token = counted[1]
    pieces = _CAMEL.split(token)
    if len(pieces) >= _RANDOM_PIECES and len(token) < _RANDOM_PIECES * len(pieces):
        return []
    return [piece for piece in pieces if not _NO_WORD.fullmatch(piece)]


def _first(words: list[str]) -> list[str]:
    if len(words) <= MAX_WORDS:
        return words
    return without_dangling(" ".join(words[:MAX_WORDS])).split(" ")


def _settle(words: list[str]) -> list[str]:
    """Drop numbers and single letters that no words enclose, and lower a name that shouts."""
    kept = _enclosed(words)
    if kept and kept[0].casefold() == "of":  # what is left of "photo of"
        kept = kept[1:]
    loud = len(kept) > 1 and all(word.isupper() for word in kept)
    return [word.lower() for word in kept] if loud else kept


def _enclosed(words: list[str]) -> list[str]:
    whole = [position for position, word in enumerate(words) if not _is_stray(word)]
    if not whole:
        return []
    inner = words[whole[0] : whole[-1] + 1]
    return [
        word for word in inner if not _is_stray(word) or word.isdigit() or word.casefold() in _INNER_LETTERS
    ]


def _is_stray(word: str) -> bool:
    return word.isdigit() or (
        len(word) == 1 and unicodedata.name(word, "").startswith(("LATIN", "COMBINING"))
    )
