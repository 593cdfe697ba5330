"""From a request to the words that a model is told. Pure; the texts are data: ``prompts/describe.toml``."""

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from gloss.describe.model import MAX_VOCABULARY, Context, DescribeRequest
from gloss.describe.schema import json_schema
from gloss.records import dataclass

_TEXTS: Final = Path(__file__).with_name("prompts") / "describe.toml"
_MAX_CHARACTERS: Final = 500
_MAX_TERM_CHARACTERS: Final = 100
_MAX_KEYWORDS: Final = 200
"""Of a file, which may hold any number of them."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is told: ``system`` by us, ``user`` what others said, beside the picture."""

    system: str
    user: str


def build(request: DescribeRequest, *, with_form: bool) -> Prompt:
    """The prompt for a picture; ``with_form`` spells out the schema for servers that do not enforce it."""
    texts = _texts()
    system: str = texts["instructions"].strip()
    if with_form:
        system += "\n\n" + texts["form"].strip() + "\n" + json.dumps(json_schema(), separators=(",", ":"))
    user = f"<wishes>{_quoted(_wishes(request.context))}</wishes>\n<file>{_quoted(_file(request))}</file>"
    return Prompt(system, user)


def version() -> int:
    """Of the texts; stored with everything that comes of them."""
    number: int = _texts()["version"]
    return number


@cache
def _texts() -> Mapping[str, Any]:
    return tomllib.loads(_TEXTS.read_text(encoding="utf-8"))


def _wishes(context: Context) -> dict[str, Any]:
    return {
        "language": context.language,
        "brand": context.brand,
        "audience": context.audience,
        "tone": context.tone,
        "keywords": context.keywords,
        "avoid": context.avoid,
        "vocabulary": context.vocabulary,
    }


def _file(request: DescribeRequest) -> dict[str, Any]:
    embedded = request.facts.embedded
    return {
        "name": request.file_name,
        "taken_at": request.facts.taken_at,
        "title": embedded.title,
        "caption": embedded.caption,
        "alt_text": embedded.alt_text,
        "description": embedded.description,
        "keywords": embedded.keywords[:_MAX_KEYWORDS],
    }


def _quoted(values: Mapping[str, Any]) -> str:
    """JSON that cannot end the element around it, of bounded length, without what is empty."""
    bounded = {name: _bounded(value) for name, value in values.items() if value}
    text = json.dumps(bounded, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


def _bounded(value: str | tuple[str, ...]) -> str | list[str]:
    if isinstance(value, str):
        return value[:_MAX_CHARACTERS]
    return [entry[:_MAX_TERM_CHARACTERS] for entry in value[:MAX_VOCABULARY]]
