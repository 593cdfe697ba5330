"""Merges what EXIF, IPTC-IIM and XMP say into one answer per field.

XMP is asked first, then IPTC, then EXIF: from the most to the least expressive, the order in which the
Metadata Working Group's guidelines (2.0, section 5) reconcile them.
"""

from typing import Final

from gloss.imaging import exif, iptc, text, xmp
from gloss.imaging.model import Embedded
from gloss.imaging.tiff import Tiff

_XMP_FIELDS: Final = {
    "title": (xmp.TITLE, xmp.HEADLINE),
    "caption": (xmp.DESCRIPTION,),
    "alt_text": (xmp.ALT_TEXT,),
    "extended_description": (xmp.EXTENDED_DESCRIPTION,),
    "creator": (xmp.CREATOR,),
    "copyright": (xmp.RIGHTS,),
    "keywords": (xmp.SUBJECT,),
}
_IPTC_FIELDS: Final = {
    "title": (iptc.TITLE, iptc.HEADLINE),
    "caption": (iptc.CAPTION,),
    "creator": (iptc.BYLINE,),
    "copyright": (iptc.COPYRIGHT,),
    "keywords": (iptc.KEYWORDS,),
}

_MAKER_DEFAULTS: Final = frozenset(
    {
        *("default", "digital camera", "exif_jpeg_picture", "jpeg", "minolta dsc", "olympus digital camera"),
        *("kodak digital still camera", "photo", "picture", "samsung", "sony dsc", "untitled"),
    }
)
"""What cameras write by themselves. It says nothing about the picture."""

_Texts = dict[str, list[str]]
"""Candidate texts by field, the preferred first."""


def read(packet: bytes | None, records: bytes | None, facts: Tiff | None) -> Embedded:
    """Read the descriptive fields from an XMP packet, an IPTC-IIM block and an EXIF structure, if any."""
    merger = _Merger(
        {
            "xmp": _from_xmp(xmp.read(packet)) if packet else {},
            "iptc": _from_iptc(iptc.read(records)) if records else {},
            "exif": exif.descriptive(facts) if facts else {},
        }
    )
    return Embedded(
        title=merger.line("title"),
        caption=merger.prose("caption"),
        alt_text=merger.prose("alt_text"),
        extended_description=merger.prose("extended_description"),
        creator=merger.line("creator"),
        copyright=merger.line("copyright"),
        keywords=merger.keywords(),
        sources=merger.sources,
    )


def _from_xmp(properties: xmp.Properties) -> _Texts:
    texts = {field: [properties.get(name, []) for name in names] for field, names in _XMP_FIELDS.items()}
    return _preferred(texts)


def _from_iptc(records: iptc.Records) -> _Texts:
    texts = {
        field: [records.get(number, []) for number in numbers] for field, numbers in _IPTC_FIELDS.items()
    }
    return _preferred(texts)


def _preferred(texts: dict[str, list[list[str]]]) -> _Texts:
    """All keywords; of everything else the first value (the default language) of each property."""
    return {
        field: [value for values in properties for value in (values if field == "keywords" else values[:1])]
        for field, properties in texts.items()
    }


class _Merger:
    """Picks the first usable text of a field and remembers in ``sources`` which standard it came from."""

    def __init__(self, standards: dict[str, _Texts]) -> None:
        self._standards = standards
        self.sources: dict[str, str] = {}

    def line(self, field: str) -> str | None:
        return self._pick(field, text.TITLE_CHARS, lines=False)

    def prose(self, field: str) -> str | None:
        return self._pick(field, text.TEXT_CHARS, lines=True)

    def keywords(self) -> tuple[str, ...]:
        for standard, texts in self._standards.items():
            if words := text.clean_keywords(texts.get("keywords", [])):
                self.sources["keywords"] = standard
                return words
        return ()

    def _pick(self, field: str, limit: int, *, lines: bool) -> str | None:
        for standard, texts in self._standards.items():
            for candidate in texts.get(field, []):
                cleaned = text.clean(candidate, limit, lines=lines)
                if cleaned and cleaned.casefold() not in _MAKER_DEFAULTS:
                    self.sources[field] = standard
                    return cleaned
        return None
