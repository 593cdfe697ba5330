"""How good a description is, from 0 to 100, by rules that can be read here and always give the same answer.

Each field starts with 100 points, loses those of every finding (``DEDUCTIONS``), and never falls under 0.
The whole is the mean of the fields weighted by ``WEIGHTS``. A field is judged by itself, its provenance and
the standard, never by its neighbors, so that fields can be replaced one by one.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Final, Literal

from gloss.describe.filename import looks_like_file_name
from gloss.describe.language import mismatch
from gloss.describe.limits import MAX_CHARACTERS, MAX_TAGS, MIN_TAGS, without_image_of
from gloss.describe.model import FIELDS, Field, Metadata, Provenance, Provenances
from gloss.patterns import pattern
from gloss.records import dataclass

Code = Literal[
    "missing",
    "file_name",
    "generic",
    "wrong_language",
    "too_short",
    "measured_only",
    "too_long",
    "image_of",
    "older_model",
    "older_prompt",
]

DEDUCTIONS: Final[Mapping[Code, int]] = {
    "missing": 100,
    "file_name": 60,
    "generic": 50,
    "wrong_language": 40,
    "too_short": 30,
    "measured_only": 25,
    "too_long": 20,
    "image_of": 20,
    "older_model": 10,
    "older_prompt": 10,
}
"""``measured_only``: written by the heuristic provider, which cannot see what the picture shows."""

WEIGHTS: Final[Mapping[Field, int]] = {
    "alt_text": 30,
    "title": 25,
    "tags": 20,
    "description": 15,
    "caption": 10,
}

MIN_CHARACTERS: Final[Mapping[Field, int]] = {"title": 8, "alt_text": 15, "caption": 15, "description": 50}
"""East Asian wide characters count twice, for they say about twice as much."""

_GENERIC: Final = pattern(
    r"(?:this is )?(?:(?:an?|the|my|some) )?"
    r"(?:(?:beautiful|nice|stunning|amazing|great|lovely|stock|sample|test|new|generic|default) )*"
    r"(?:images?|photos?|pictures?|photographs?|graphics?|pics?|illustration|screenshot|view|scene|things?"
    r"|objects?|untitled|unnamed|bild|foto|imagen|immagine|imagem)"
    r"(?: (?:of|with|showing) (?:something|someone|things?|objects?|people|a person|a scene|an image))?[.!]?",
    re.IGNORECASE,
)
_BOILERPLATE: Final = pattern(
    r"\b(?:lorem ipsum|image description|alt text here|no description|description unavailable"
    r"|image may contain|(?:i am|i'm) (?:unable|not able) to|i cannot|as an ai)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Standard:
    """What text is held against: the language wanted, and by provider the model and prompt used today.

    What is not given is not judged.
    """

    language: str | None = None
    models: Mapping[str, str] = field(default_factory=dict)
    prompt_versions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    field: Field
    code: Code

    @property
    def points(self) -> int:
        """Points lost."""
        return DEDUCTIONS[self.code]


@dataclass(frozen=True, slots=True)
class Quality:
    """Points of 100 for the whole and for each field, and every reason for a loss."""

    score: int
    fields: Mapping[Field, int]
    findings: tuple[Finding, ...]


def assess(metadata: Metadata, provenance: Provenances, standard: Standard | None = None) -> Quality:
    held_against = standard or Standard()
    found = {name: field_findings(name, metadata, provenance.get(name), held_against) for name in FIELDS}
    scores = {name: field_score(findings) for name, findings in found.items()}
    total = sum(WEIGHTS[name] * score for name, score in scores.items())
    return Quality(
        score=round(total / sum(WEIGHTS.values())),
        fields=scores,
        findings=tuple(finding for name in FIELDS for finding in found[name]),
    )


def field_score(findings: tuple[Finding, ...]) -> int:
    return max(0, 100 - sum(finding.points for finding in findings))


def field_findings(
    name: Field, metadata: Metadata, origin: Provenance | None, standard: Standard
) -> tuple[Finding, ...]:
    """What is wrong with one field; the empty alt text of a decorative image is right."""
    if not metadata.has(name):
        return (Finding(name, "missing"),)
    codes = [*_origin_codes(origin, standard)]
    if name == "tags":
        codes += _tags_codes(metadata.tags, standard)
    elif text := str(metadata.value(name)):
        codes += _text_codes(name, text, standard)
    return tuple(Finding(name, code) for code in codes)


def _origin_codes(origin: Provenance | None, standard: Standard) -> Iterator[Code]:
    if origin is None:
        return
    if origin.source == "heuristic":
        yield "measured_only"
    provider = origin.provider or ""
    if origin.model and origin.model != standard.models.get(provider, origin.model):
        yield "older_model"
    if origin.prompt_version is not None and origin.prompt_version < standard.prompt_versions.get(
        provider, 0
    ):
        yield "older_prompt"


def _tags_codes(tags: tuple[str, ...], standard: Standard) -> Iterator[Code]:
    if all(_GENERIC.fullmatch(tag) for tag in tags):
        yield "generic"
    if len(tags) < MIN_TAGS:
        yield "too_short"
    if len(tags) > MAX_TAGS:
        yield "too_long"
    if standard.language and mismatch(", ".join(tags), standard.language):
        yield "wrong_language"


def _text_codes(name: Field, text: str, standard: Standard) -> Iterator[Code]:
    if _GENERIC.fullmatch(text) or _BOILERPLATE.search(text):
        yield "generic"
    elif looks_like_file_name(text):
        yield "file_name"
    if standard.language and mismatch(text, standard.language):
        yield "wrong_language"
    if _width(text) < MIN_CHARACTERS[name]:
        yield "too_short"
    if len(text) > MAX_CHARACTERS[name]:
        yield "too_long"
    if name == "alt_text" and without_image_of(text) != text:
        yield "image_of"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
