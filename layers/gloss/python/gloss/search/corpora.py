"""Libraries in the memory of a warm function: loaded once, then kept up to date by what changed.

A library is first read from its packed segments, or, where there are none, row by row; what was read is
packed as it comes, so that a reading which breaks off goes on where it stopped. From then on each refresh
asks the table for the changes since the last one.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

from gloss.clock import Clock, iso, utc_now
from gloss.dynamodb import ConditionFailed
from gloss.records import dataclass
from gloss.search.corpus import Corpus
from gloss.search.manifest import MANIFEST, Manifest
from gloss.search.model import Entry, micros
from gloss.search.pack import Pack
from gloss.search.segment import Segment
from gloss.search.store import FIRST_IMAGE, TOMBSTONE_LIFE, ChangeLog

_BEHIND_ALL: Final = "~"
"""Sorts behind every id."""

_LOG: Final = logging.getLogger(__name__)

OVERLAP: Final = timedelta(seconds=60)
"""How far behind the clock changes usually appear: clocks differ, and the index of the table lags."""

LOOK_BACK: Final = timedelta(minutes=15)
"""How late they may be, where a clock is wrong or the index throttled; asking costs keys alone."""

LOOK_BACK_EVERY: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Limits:
    """``batch``: rows that are read and packed at once. ``seal``: loose changes that are worth a segment.

    ``seconds``: how long one request may go on reading a library that is not packed. ``nbytes``: memory for
    libraries; the one asked for is always kept.
    """

    batch: int = 8192
    seal: int = 2048
    seconds: float = 15.0
    nbytes: int = 800 * 2**20


DEFAULT_LIMITS: Final = Limits()


class Corpora:
    def __init__(
        self,
        log: ChangeLog,
        pack: Pack,
        *,
        clock: Clock = utc_now,
        limits: Limits = DEFAULT_LIMITS,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._pack = pack
        self._clock = clock
        self._limits = limits
        self._timer = timer
        self._kept: OrderedDict[str, tuple[Corpus, Manifest]] = OrderedDict()

    def loaded(self, user: str) -> Corpus:
        """The library as it was last refreshed."""
        return self._kept[user][0] if user in self._kept else self.refresh(user)

    def refresh(self, user: str) -> Corpus:
        """The library as it stands now; its beginning only, where there was no time to read it all."""
        corpus, manifest = self._kept.pop(user) if user in self._kept else self._load(user)
        try:
            if corpus.scan_after is not None:
                manifest = self._scan(corpus, corpus.scan_after, manifest)
            if not self._catch_up(corpus, manifest):
                return self.refresh(user)
            if corpus.scan_after is None:
                corpus, manifest = self._tidy(corpus, manifest)
        except ConditionFailed:
            # Another function has packed meanwhile. What we know is right; the next request takes theirs.
            _LOG.info("another function packed this library")
            self._catch_up(corpus, manifest)
            return corpus
        self._kept[user] = corpus, manifest
        self._evict()
        return corpus

    def _load(self, user: str) -> tuple[Corpus, Manifest]:
        manifest = self._pack.manifest(user)
        segments = self._believed(user, manifest)
        if segments is None:
            return self._begin(user, manifest)
        corpus = Corpus(user, manifest.sealed_to, manifest.scan_after)
        for segment in segments:
            corpus.append(segment)
        return corpus, manifest

    def _begin(self, user: str, manifest: Manifest) -> tuple[Corpus, Manifest]:
        """A library of which nothing is known yet; what was packed of it is forgotten."""
        begin = _micros(self._clock() - OVERLAP)
        fresh = replace(manifest, segments=(), sealed_to=begin, scan_after=None)
        if manifest.segments:
            try:
                fresh = self._pack.write(user, manifest, (), fresh)
            except ConditionFailed:
                return self._load(user)
        return Corpus(user, begin, FIRST_IMAGE), fresh

    def _believed(self, user: str, manifest: Manifest) -> list[Segment] | None:
        """The packed segments, unless one is lost or they are so old that deletions may be missing."""
        oldest = _micros(self._clock() - TOMBSTONE_LIFE + OVERLAP)
        if not manifest.segments or manifest.sealed_to < oldest:
            return None
        segments = [segment for segment in self._pack.load(user, manifest.segments) if segment]
        if len(segments) < len(manifest.segments):
            _LOG.warning("a packed segment is not there")
            return None
        return segments

    def _scan(self, corpus: Corpus, after: str, manifest: Manifest) -> Manifest:
        """Read rows where reading stopped, until the end or until there is no more time.

        A library that fits into one batch is not worth packing here.
        """
        deadline = self._timer() + self._limits.seconds
        for batch in _batches(self._log.rows(corpus.user, after), self._limits.batch):
            corpus.apply(batch)
            corpus.scan_after = batch[-1].image
            if len(batch) < self._limits.batch:
                break
            manifest = self._seal(corpus, manifest, manifest.sealed_to)
            if self._timer() > deadline:
                return manifest
        corpus.scan_after = None
        return self._seal(corpus, manifest, manifest.sealed_to) if manifest.segments else manifest

    def _catch_up(self, corpus: Corpus, manifest: Manifest) -> bool:
        """Take in what changed; False where somebody wishes that all be read anew."""
        now = self._clock()
        looks_back = _micros(now - LOOK_BACK_EVERY) >= corpus.looked_back_at
        since = corpus.refreshed_at - looks_back * (LOOK_BACK // timedelta(microseconds=1))
        changed = self._log.keys_since(corpus.user, _iso(since))
        if changed.pop(MANIFEST, "") > manifest.forgotten_at:
            return False
        # What lies behind the place where reading stopped will be read from there.
        end = corpus.scan_after or _BEHIND_ALL
        news = [image for image, at in changed.items() if image <= end and corpus.is_news(image, at)]
        corpus.apply(list(self._log.read(corpus.user, news)))
        corpus.refreshed_at = max(corpus.refreshed_at, _micros(now - OVERLAP))
        corpus.looked_back_at = _micros(now) if looks_back else corpus.looked_back_at
        return True

    def _tidy(self, corpus: Corpus, manifest: Manifest) -> tuple[Corpus, Manifest]:
        """Pack what is loose when it has become much; write all anew when most of it is outdated."""
        if len(corpus.loose) < self._limits.seal:
            return corpus, manifest
        manifest = self._seal(corpus, manifest, corpus.refreshed_at)
        if corpus.rows <= 2 * len(corpus) + self._limits.batch:
            return corpus, manifest
        fresh = Corpus(corpus.user, corpus.refreshed_at)
        for segment in corpus.compacted(self._limits.batch):
            fresh.append(segment)
        return fresh, self._pack.write(corpus.user, manifest, fresh.segments, replace(manifest, segments=()))

    def _seal(self, corpus: Corpus, manifest: Manifest, sealed_to: int) -> Manifest:
        segment = corpus.seal()
        after = replace(manifest, sealed_to=sealed_to, scan_after=corpus.scan_after)
        return self._pack.write(corpus.user, manifest, [segment] if segment else [], after)

    def _evict(self) -> None:
        while len(self._kept) > 1 and self._used() > self._limits.nbytes:
            self._kept.popitem(last=False)

    def _used(self) -> int:
        return sum(corpus.nbytes for corpus, _ in self._kept.values())


def _batches(rows: Iterator[Entry], size: int) -> Iterator[list[Entry]]:
    while batch := list(islice(rows, size)):
        yield batch


def _micros(moment: datetime) -> int:
    return micros(iso(moment))


def _iso(moment: int) -> str:
    return iso(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment))
