"""Searching a library: by words and meaning, by likeness, by colour."""

from collections.abc import Callable, Iterator
from dataclasses import field, replace
from typing import Final

from gloss.embed.model import Embedder
from gloss.images.model import Image, Status
from gloss.images.objects import ObjectStore
from gloss.images.store import ImageStore
from gloss.images.views import ImageView
from gloss.records import dataclass
from gloss.search.corpora import Corpora
from gloss.search.corpus import ABSENT, Corpus
from gloss.search.cursors import Place, position
from gloss.search.hybrid import Ranking, Reason
from gloss.search.meaning import Meaning
from gloss.search.model import Entry, Filters, NearColour, Selection, VectorIndex
from gloss.search.statuses import StatusSnapshots
from gloss.search.store import ChangeLog
from gloss.search.views import ALIASES, Hit, HitPage

_OPEN: Final = tuple(status for status in Status if status is not Status.COMPLETE)
_DECIMALS: Final = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """What hits have to be, and which part of them to show; ``cursor`` as an earlier page gave it."""

    filters: Filters = field(default_factory=Filters)
    status: Status | None = None
    cursor: str | None = None
    limit: int = 25


class Search:
    """``vectors`` finds likeness; words, colours and facts are those of ``corpora``.

    ``embedder`` says which vectors are compared, ``embedder_of`` who makes a user's query into one of them.
    ``on_unembedded`` is told of a user some of whose images have no vector of the embedder's model.
    """

    def __init__(
        self,
        *,
        images: ImageStore,
        objects: ObjectStore,
        corpora: Corpora,
        log: ChangeLog,
        vectors: VectorIndex,
        embedder: Embedder,
        embedder_of: Callable[[str], Embedder],
        on_unembedded: Callable[[str], None],
    ) -> None:
        self._images = images
        self._statuses = StatusSnapshots(images)
        self._objects = objects
        self._corpora = corpora
        self._log = log
        self._meaning = Meaning(vectors, log, embedder, embedder_of)
        self._on_unembedded = on_unembedded

    def by_query(self, user: str, query: str, wanted: Wanted) -> HitPage:
        """Images by words and by meaning, in one order.

        Where the embedder does not answer, words alone decide, and the page says so.

        Raises:
            InvalidCursor: the cursor is none of this search.
        """
        vector = self._meaning.vector(user, query)

        def rank(corpus: Corpus, selection: Selection, count: int) -> Ranking:
            return self._meaning.rank(corpus, query, vector, selection, count)

        page = self._page(user, ("query", query), wanted, rank)
        return page.model_copy(update={"by_meaning": vector is not None})

    def similar(self, user: str, image_id: str, wanted: Wanted) -> HitPage:
        """Images like this one; none, while it has no vector.

        Raises:
            ImageNotFound: there is no such image of this user.
            InvalidCursor: the cursor is none of this search.
        """
        self._images.existing(user, image_id)
        entry = next(self._log.read(user, [image_id]), None)
        stored = entry.vector if isinstance(entry, Entry) and entry.vector and entry.vector.data else None

        def rank(corpus: Corpus, selection: Selection, count: int) -> Ranking:
            if stored is None:
                return {}
            others = replace(selection, never=selection.never | {image_id})
            matches = self._meaning.nearest(corpus, stored.numbers(), stored.model, others, count)
            return {match.image: Reason(match.similarity, similarity=match.similarity) for match in matches}

        page = self._page(user, ("similar", image_id), wanted, rank)
        return page.model_copy(update={"by_meaning": stored is not None})

    def by_colour(self, user: str, near: NearColour, wanted: Wanted) -> HitPage:
        """Images by how much of them has the colour.

        Raises:
            InvalidCursor: the cursor is none of this search.
        """

        def rank(corpus: Corpus, selection: Selection, count: int) -> Ranking:
            shares = corpus.colour_shares(near)
            shares[~corpus.mask(selection) | (shares <= 0)] = ABSENT
            rows = corpus.best(shares, count)
            return {
                image: Reason(share, color_share=share)
                for image, share in zip(corpus.names(rows), shares[rows].tolist(), strict=True)
            }

        page = self._page(user, ("colour", near), wanted, rank)
        return page.model_copy(update={"by_meaning": False})

    # One page of any search

    def _page(
        self,
        user: str,
        subject: object,
        wanted: Wanted,
        rank: Callable[[Corpus, Selection, int], Ranking],
    ) -> HitPage:
        """The hits behind the cursor, in the order of the moment at which the search began.

        Images that were deleted since are passed over.
        """
        corpus = self._corpora.refresh(user)
        search = (user, subject, wanted.filters, wanted.status)
        place = position(wanted.cursor, search) or self._beginning(corpus, wanted)
        selection = replace(
            self._selection(user, wanted, place.snapshot), as_of=place.as_of if wanted.cursor else None
        )
        end = place.offset + wanted.limit
        ranking = rank(corpus, selection, end + 1)
        part = list(ranking)[place.offset : end]
        more = len(ranking) > end
        unembedded = corpus.without_vector(self._meaning.model)
        if unembedded:
            self._on_unembedded(user)
        return HitPage(
            hits=list(self._hits(user, {image: ranking[image] for image in part if corpus.has(image)})),
            next=replace(place, offset=end).cursor(search) if more else None,
            partial=corpus.scan_after is not None,
            unembedded=unembedded,
        )

    def _beginning(self, corpus: Corpus, wanted: Wanted) -> Place:
        return Place(corpus.stamp, 0, self._statuses.begin() if wanted.status else "")

    def _selection(self, user: str, wanted: Wanted, snapshot: str) -> Selection:
        """Only finished metadata is in the index; an image in it may be in work again."""
        if wanted.status is None:
            return Selection(wanted.filters)
        if wanted.status is Status.COMPLETE:
            return Selection(wanted.filters, never=self._statuses.images(user, snapshot, *_OPEN))
        return Selection(wanted.filters, only=self._statuses.images(user, snapshot, wanted.status))

    def _hits(self, user: str, ranking: Ranking) -> Iterator[Hit]:
        records = self._images.many(user, ranking)
        for image, reason in ranking.items():
            if image in records:
                yield Hit(
                    image=self._view(records[image]),
                    score=round(reason.score, _DECIMALS),
                    matched=tuple(ALIASES[name] for name in reason.matched),
                    keyword=_rounded(reason.keyword),
                    similarity=_rounded(reason.similarity),
                    color_share=_rounded(reason.color_share),
                )

    def _view(self, image: Image) -> ImageView:
        return ImageView.of(image, self._objects.links(image))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)
