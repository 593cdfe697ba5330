"""The bounds of every text, enforced after whichever provider wrote it.

``within_limits`` cuts, cleans and drops; it never invents, so too few tags stay too few: a text that is right
is not thrown away, and paid for again, for two tags that it lacks.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from gloss.describe.model import Context, Description, Field, Metadata
from gloss.describe.text import clean, cut, without_dangling
from gloss.patterns import pattern

MAX_CHARACTERS: Final[Mapping[Field, int]] = {
    "title": 60,
    "alt_text": 125,
    "caption": 300,
    "description": 2000,
}
"""60: what search results show of a title. 125: where common screen readers break an alt text.
2000: the size of the IPTC caption field, which the description is written back to."""

MIN_TAGS: Final = 5
MAX_TAGS: Final = 15
MAX_TAG_CHARACTERS: Final = 40

_IMAGE_OF: Final = pattern(
    "^(?:"
    # English
    r"(?:this is )?(?:(?:an?|the|this) )?(?:(?:close-?up|stock|color|colour) )?"
    r"(?:image|picture|photo|photograph|graphic) (?:of|shows|showing|depicts|depicting|features|featuring) "
    # German
    r"|(?:(?:ein|eine|das|dieses) )?(?:bild|foto|fotografie|aufnahme) (?:von|zeigt|mit) "
    # French
    r"|(?:(?:une|la|cette) |l['’])?(?:image|photo|photographie) (?:d['’]|du |des |de |montrant |montre )"
    # Spanish, Portuguese
    r"|(?:(?:una|la|uma|a) )?(?:imagen|imagem|foto|fotograf[ií]a) (?:de|del|do|da|que muestra|mostrando) "
    # Italian
    r"|(?:un['’]|una |la |l['’])?(?:immagine|foto|fotografia) (?:d['’]|di |del |della |dello )"
    # Dutch
    r"|(?:(?:een|de) )?(?:afbeelding|foto) (?:van|met) "
    # Swedish, Danish, Norwegian
    r"|(?:(?:en|ett|et) )?(?:bild|bilde|billede|foto) (?:av|af|på) "
    # Polish
    r"|(?:zdjęcie|obraz) (?:przedstawia|przedstawiające|przedstawiający) "
    ")",
    re.IGNORECASE,
)


def within_limits(metadata: Metadata) -> Metadata:
    """The metadata with every text cleaned and at most as long as allowed; doing it twice changes nothing."""
    return replace(
        metadata,
        title=_limited("title", metadata.title),
        alt_text=""
        if metadata.decorative
        else _limited("alt_text", without_image_of(clean(metadata.alt_text))),
        caption=_limited("caption", metadata.caption),
        description=_limited("description", metadata.description),
        tags=limited_tags(metadata.tags),
    )


def description_within_limits(description: Description) -> Description:
    return replace(description, metadata=within_limits(description.metadata))


def limited_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """At most 15 tags in the order given, without ``#``, empty ones, or repeats in another case."""
    kept: dict[str, str] = {}
    for tag in tags:
        text = cut(clean(tag).lstrip("# "), MAX_TAG_CHARACTERS)
        if text:
            kept.setdefault(text.casefold(), text)
    return tuple(kept.values())[:MAX_TAGS]


def permitted_tags(tags: Iterable[str], context: Context) -> tuple[str, ...]:
    """The tags that the user's context permits: of the vocabulary, where there is one, and none to avoid."""
    vocabulary = {term.casefold(): term for term in context.vocabulary}
    chosen = (vocabulary.get(tag.casefold(), "") if vocabulary else tag for tag in tags)
    return limited_tags(without_words(chosen, context.avoid))


def without_words(tags: Iterable[str], avoid: Iterable[str]) -> tuple[str, ...]:
    """The tags that neither are nor hold one of the words to avoid."""
    unwanted = {term.casefold() for term in avoid}
    return tuple(tag for tag in tags if unwanted.isdisjoint({tag.casefold(), *tag.casefold().split()}))


def without_image_of(text: str) -> str:
    """An alt text without "image of" and its like, for a screen reader says that much by itself."""
    shorter = text
    while match := _IMAGE_OF.match(shorter):
        shorter = shorter[match.end() :]
    if shorter == text:
        return text
    first = shorter[:1].upper()
    return clean(first + shorter[1:]) if len(first) == 1 else shorter


def _limited(name: Field, text: str) -> str:
    whole = clean(text)
    kept = cut(whole, MAX_CHARACTERS[name])
    return kept if kept == whole else without_dangling(kept)
