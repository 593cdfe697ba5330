"""From what a model said to metadata: tolerant of the wrapping, strict about the content. Pure.

Not every server enforces the schema that it is given. What can be understood without guessing is; an answer
without one of the texts is none.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, get_args

from pydantic import ValidationError

from gloss.describe.language import mismatch, tag_of
from gloss.describe.limits import permitted_tags
from gloss.describe.model import UNDETERMINED, Context, Description, Provenance, SafetyFlag, Usage
from gloss.describe.schema import ModelOutput

_FLAGS: Final = frozenset[str](get_args(SafetyFlag))


def parse(text: str, context: Context) -> ModelOutput | None:
    """The answer in the text, or ``None`` where there is none of the right form."""
    found = _first_object(text)
    return None if found is None else parse_object(found, context)


def parse_object(found: dict[str, Any], context: Context) -> ModelOutput | None:
    """The answer in an object that was parsed already, or ``None`` where it has another form."""
    try:
        return ModelOutput.model_validate(_understood(found, context))
    except ValidationError:
        return None


def to_description(
    output: ModelOutput, context: Context, provenance: Provenance, usage: Usage
) -> Description:
    """The answer within all limits, its tags among those that the user permits."""
    description = output.to_description(provenance, usage)
    tags = permitted_tags(description.metadata.tags, context)
    return replace(description, metadata=replace(description.metadata, tags=tags))


def _language(known: Mapping[str, Any], context: Context) -> str:
    """A tag, whatever small models call the language; the one asked for where the text looks like it."""
    said = known.get("language")
    if isinstance(said, str) and (tag := tag_of(said)):
        return tag
    asked, text = context.language, str(known.get("description", ""))
    return asked if asked and not mismatch(text, asked) else UNDETERMINED


def _first_object(text: str) -> dict[str, Any] | None:
    """The first JSON object in the text, whatever fences or sentences stand around it."""
    start = text.find("{")
    if start < 0:
        return None
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _understood(found: dict[str, Any], context: Context) -> dict[str, Any]:
    """What the schema knows of it; what may be left out has its usual value."""
    known = {name: value for name, value in found.items() if name in ModelOutput.model_fields}
    known.setdefault("decorative", False)
    known["language"] = _language(known, context)
    if isinstance(known.get("tags"), str):
        known["tags"] = known["tags"].split(",")
    flags = known.get("safety") or []
    known["safety"] = (
        [flag for flag in flags if isinstance(flag, str) and flag in _FLAGS]
        if isinstance(flags, list)
        else flags
    )
    return known
