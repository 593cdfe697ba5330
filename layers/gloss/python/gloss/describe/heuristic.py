"""The provider ``heuristic``: the best honest text without AI.

It repeats what the file says about itself (embedded captions and keywords, then the file name) and what was
measured (shape, colors, date, camera). It never claims to see what the picture shows.

A field is marked ``embedded`` where the file carries that very field. What is only derived from it, such as
an alt text made of the caption, is ``heuristic``: nobody wrote it for that purpose, so better may replace it.
"""

import re
from collections.abc import Iterator
from typing import Final

from gloss.describe.filename import FileName, looks_like_file_name, parse
from gloss.describe.language import STOP_WORDS, guess
from gloss.describe.limits import (
    MAX_CHARACTERS,
    MIN_TAGS,
    limited_tags,
    permitted_tags,
    within_limits,
    without_words,
)
from gloss.describe.model import (
    FIELDS,
    UNDETERMINED,
    DescribeRequest,
    Description,
    EmbeddedText,
    Facts,
    Field,
    Metadata,
    Ok,
    Provenance,
)
from gloss.describe.phrases import Kind, Phrases, phrases_for
from gloss.describe.text import clean, cut
from gloss.patterns import pattern
from gloss.records import dataclass

NAME: Final = "heuristic"

_CAMERA_CAPTION: Final = pattern(
    r"(?:(?:olympus|minolta|konica|kodak|sony|nikon|pentax|samsung|sanyo|casio|vivitar|ricoh|polaroid) )?"
    r"(?:digital (?:still )?camera|dsc|camera pictures|exif[ _]jpeg[ _]picture)|<.*>|default|none|null|ascii"
    r"|charset=.*|created with .*|processed with .*"
    r"|dav|hdr|hdrpl|ptr|mde|btf|rbf|sdr|oznor(?:co)?|cof|edf|nor|fbt|bty"
    r"|(?:untitled|unnamed|title|caption|description|image|photo|picture|screenshot)[ \d]*",
    re.IGNORECASE,
)
"""What cameras, phones and programs write where a person's title or caption belongs."""

_FIRST_PHOTOGRAPH: Final = 1826
_YEAR_MONTH: Final = pattern(r"(\d{4})[-:](0[1-9]|1[0-2])")
_MIN_SHARE: Final = 0.05
"""A color that covers less of the image is not named."""
_COLORS_IN_TITLE: Final = 2
_GREY_SPREAD: Final = 16
_DARK: Final = 64
_BRIGHT: Final = 192
_MAX_CAMERA_CHARACTERS: Final = 40
_MEGAPIXEL: Final = 1_000_000
_ASPECT_RATIOS: Final = ((1, 1), (5, 4), (4, 3), (3, 2), (16, 10), (16, 9), (2, 1), (21, 9), (3, 1))
_ASPECT_TOLERANCE: Final = 0.02


class HeuristicDescriber:
    """Never fails, costs nothing, and says in the provenance what it is."""

    name: Final = NAME
    model: Final = None
    sees_pixels: Final = False

    def describe(self, request: DescribeRequest) -> Ok:
        return Ok(describe(request))


@dataclass(frozen=True, slots=True)
class _Known:
    """What can be said about one image, and the words to say it."""

    facts: Facts
    said: EmbeddedText
    name: FileName
    words: str
    phrases: Phrases

    @property
    def kind(self) -> Kind:
        if self.name.origin == "screenshot":
            return "screenshot"
        return "photo" if self.facts.camera or self.name.origin == "camera" else "image"

    @property
    def date(self) -> str:
        """Year and month in words, from the file or else from its name; empty where neither knows."""
        taken = _year_and_month(self.facts.taken_at) or self.name.taken
        return self.phrases.date(taken) if taken else ""

    @property
    def colors(self) -> dict[str, float]:
        """Names of the colors that cover the most of the image, the largest first, with their shares."""
        shares: dict[str, float] = {}
        for swatch in self.facts.palette:
            if name := clean(swatch.name):
                shares[name] = shares.get(name, 0) + swatch.share
        ranked = sorted(shares.items(), key=lambda color: -color[1])
        return {name: share for name, share in ranked if share >= _MIN_SHARE}

    @property
    def shape_and_kind(self) -> str:
        kind = self.phrases.kinds[self.kind]
        if not (orientation := self.facts.orientation):
            return kind
        return self.phrases.shape_and_kind.format(shape=self.phrases.shapes[orientation], kind=kind)

    @property
    def subject(self) -> str:
        """Such as "landscape photo in steel blue and white"."""
        colors = list(self.colors)[:_COLORS_IN_TITLE]
        if not colors:
            return self.shape_and_kind
        joined = colors[0]
        if len(colors) > 1:
            joined = self.phrases.two_colors.format(first=colors[0], second=colors[1])
        return self.phrases.in_colors.format(subject=self.shape_and_kind, colors=joined)


def describe(request: DescribeRequest) -> Description:
    """Every field within its limits; ``language`` is the one of the description really used."""
    known = _gather(request)
    told = _told(known.said)
    keywords = without_words(known.said.keywords, request.context.avoid)
    metadata = within_limits(
        Metadata(
            title=told.get("title") or _title(known),
            alt_text=told.get("alt_text") or _alt_text(known),
            caption=told.get("caption") or _caption(known),
            description=told.get("description") or _description(known),
            tags=_tags(known, keywords, request),
            language=_language(known, told),
        )
    )
    embedded = {*told, "tags"} if keywords else {*told}
    provenance: dict[Field, Provenance] = {
        name: Provenance("embedded" if name in embedded else "heuristic", provider=NAME) for name in FIELDS
    }
    return Description(metadata, provenance)


def _gather(request: DescribeRequest) -> _Known:
    name = parse(request.file_name)
    return _Known(
        facts=request.facts,
        said=_said(request.facts.embedded),
        name=name,
        words=_telling(name, _camera(request.facts)),
        phrases=phrases_for(request.context.language),
    )


def _said(embedded: EmbeddedText) -> EmbeddedText:
    """The embedded text that a person may have written."""
    return EmbeddedText(
        title=_meant(embedded.title),
        caption=_meant(embedded.caption),
        alt_text=_meant(embedded.alt_text),
        description=_meant(embedded.description),
        keywords=limited_tags(embedded.keywords),
    )


def _meant(text: str | None) -> str | None:
    cleaned = clean(text or "")
    if _CAMERA_CAPTION.fullmatch(cleaned) or looks_like_file_name(cleaned):
        return None
    return cleaned or None


def _told(said: EmbeddedText) -> dict[Field, str]:
    """The fields that the file itself fills; the description tells a caption that is too long for one."""
    told: dict[Field, str | None] = {
        "title": said.title,
        "alt_text": said.alt_text,
        "caption": said.caption,
        "description": said.description,
    }
    if said.caption and not said.description and len(said.caption) > MAX_CHARACTERS["caption"]:
        told["description"] = said.caption
    return {name: text for name, text in told.items() if text}


def _title(known: _Known) -> str:
    return known.said.caption or known.words or _sentence(known.subject)


def _alt_text(known: _Known) -> str:
    if told := known.said.caption or known.said.title:
        return told
    return f"{known.words}: {known.subject}" if known.words else _sentence(known.subject)


def _caption(known: _Known) -> str:
    beginning = known.said.title or known.words or _sentence(known.subject)
    return f"{beginning}, {known.date}" if known.date else beginning


def _description(known: _Known) -> str:
    """Sentences that each state one fact."""
    return " ".join(_sentences(known))


def _sentences(known: _Known) -> Iterator[str]:
    facts, phrases = known.facts, known.phrases
    subject = _sentence(known.shape_and_kind)
    yield (
        phrases.size.format(subject=subject, width=facts.width, height=facts.height)
        if facts.orientation
        else f"{subject}."
    )
    if known.date:
        yield phrases.taken.format(date=known.date)
    if camera := _camera(facts):
        yield phrases.camera.format(camera=camera)
    if shares := _color_shares(known):
        yield phrases.colors.format(colors=shares)
    if known.words:
        yield phrases.named.format(words=known.words)


def _color_shares(known: _Known) -> str:
    return ", ".join(
        known.phrases.color_share.format(name=name, percent=round(100 * share))
        for name, share in known.colors.items()
    )


def _tags(known: _Known, keywords: tuple[str, ...], request: DescribeRequest) -> tuple[str, ...]:
    """Embedded keywords, measured ones added only while there are too few; else all measured ones."""
    plain = permitted_tags(_measured_tags(known), request.context)
    filling = permitted_tags(_filling_tags(known), request.context)
    tags = keywords or plain
    for tag in (*plain, *filling):
        if len(tags) >= MIN_TAGS:
            break
        tags = limited_tags((*tags, tag))
    return tags


def _measured_tags(known: _Known) -> Iterator[str]:
    facts, phrases = known.facts, known.phrases
    yield from (word.lower() for word in known.words.split() if not _is_stop_word(word))
    yield from known.colors
    if facts.orientation:
        yield phrases.shapes[facts.orientation]
    yield phrases.kinds[known.kind]
    yield known.date
    yield _camera(facts)
    yield from _tone(known)


def _filling_tags(known: _Known) -> Iterator[str]:
    facts = known.facts
    if facts.orientation:
        yield _aspect_ratio(facts)
        megapixels = facts.width * facts.height / _MEGAPIXEL
        yield known.phrases.megapixels.format(
            count=f"{megapixels:.2g}" if megapixels < 1 else round(megapixels)
        )


def _tone(known: _Known) -> Iterator[str]:
    """Brightness, and the lack of color, of the palette as a whole."""
    colors = [(rgb, swatch.share) for swatch in known.facts.palette if (rgb := _rgb(swatch.hex))]
    weight = sum(share for _, share in colors)
    if weight <= 0:
        return
    level = (
        sum(share * (red * 0.2126 + green * 0.7152 + blue * 0.0722) for (red, green, blue), share in colors)
        / weight
    )
    if level < _DARK:
        yield known.phrases.dark
    if level > _BRIGHT:
        yield known.phrases.bright
    if all(max(rgb) - min(rgb) <= _GREY_SPREAD for rgb, _ in colors):
        yield known.phrases.colorless


def _rgb(code: str) -> tuple[int, int, int] | None:
    match = re.fullmatch(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", code, re.IGNORECASE)
    return (int(match[1], 16), int(match[2], 16), int(match[3], 16)) if match else None


def _aspect_ratio(facts: Facts) -> str:
    """Such as ``3:2``; empty where no common one is near."""
    long, short = max(facts.width, facts.height), min(facts.width, facts.height)
    for across, down in _ASPECT_RATIOS:
        if abs(long / short * down / across - 1) <= _ASPECT_TOLERANCE:
            return f"{across}:{down}" if facts.width >= facts.height else f"{down}:{across}"
    return ""


def _is_stop_word(word: str) -> bool:
    return word.isdigit() or any(word.casefold() in words for words in STOP_WORDS.values())


def _language(known: _Known, told: dict[Field, str]) -> str:
    if "description" in told:
        return guess(told["description"]) or UNDETERMINED
    return known.phrases.language


def _camera(facts: Facts) -> str:
    """Make and model; the make is left out where the model begins with it ("Canon" and "Canon EOS R5")."""
    words = clean(facts.camera or "").split()
    brands = [position for position, word in enumerate(words) if word.casefold() == words[0].casefold()]
    return cut(" ".join(words[brands[-1] :] if brands else []), _MAX_CAMERA_CHARACTERS)


def _telling(name: FileName, camera: str) -> str:
    """The words of the file name, unless they are but the camera's name."""
    if {word.casefold() for word in name.words} <= set(camera.casefold().split()):
        return ""
    return _sentence(" ".join(name.words))


def _year_and_month(taken_at: str | None) -> tuple[int, int] | None:
    match = _YEAR_MONTH.match(taken_at or "")
    if not match or int(match[1]) < _FIRST_PHOTOGRAPH:
        return None
    return int(match[1]), int(match[2])


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
