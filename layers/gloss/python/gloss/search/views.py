"""What the search API takes and shows."""

from collections.abc import Mapping
from typing import Final, Literal

from gloss.images.views import ImageView
from gloss.schema import ApiModel
from gloss.search.model import TextField

FieldAlias = Literal["title", "altText", "tags", "fileName"]
ALIASES: Final[Mapping[TextField, FieldAlias]] = {
    "title": "title",
    "alt_text": "altText",
    "tags": "tags",
    "file_name": "fileName",
}


class Hit(ApiModel):
    """An image and why it was found.

    ``score`` orders the hits of one search, at most 1. ``matched`` names the fields that hold a word of the
    query and ``keyword`` is their BM25 score; ``similarity`` is the cosine of the vectors (-1 to 1);
    ``color_share`` is how much of the image has the colour. What did not play a part is left out.
    """

    image: ImageView
    score: float
    matched: tuple[FieldAlias, ...] = ()
    keyword: float | None = None
    similarity: float | None = None
    color_share: float | None = None


class HitPage(ApiModel):
    """Hits, best first; ``next`` is the cursor of the following ones.

    ``partial``: the library is still being read in, so that hits may be missing; ask again. ``by_meaning``:
    whether the vectors had a say. ``unembedded``: images that have no vector of the present model yet.
    """

    hits: list[Hit]
    next: str | None = None
    partial: bool = False
    by_meaning: bool = True
    unembedded: int = 0
