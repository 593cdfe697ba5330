"""The metadata fields by the names that the API has for them."""

from typing import Literal

from gloss.describe.model import Field

FieldAlias = Literal["title", "altText", "caption", "description", "tags"]


def alias_of(name: Field) -> FieldAlias:
    return "altText" if name == "alt_text" else name


def field_of(alias: FieldAlias) -> Field:
    return "alt_text" if alias == "altText" else alias
