"""Entries of the index, and the parts of a search on in-memory services."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gloss.clock import iso
from gloss.embed import codec, local
from gloss.embed.model import text_hash
from gloss.search.corpora import DEFAULT_LIMITS, Corpora, Limits
from gloss.search.exact import ExactIndex
from gloss.search.model import Entry, Vector
from gloss.search.pack import Pack
from gloss.search.store import ChangeLog, VectorStore
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.ledger import HandClock
from tests.fakes.product import tables

START: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
MODEL: Final = local.MODEL
TABLE: Final = "VectorsTable"


def image_id(number: int) -> str:
    return f"019bc1f7-5a00-7000-8000-{number:012x}"


def vector_of(numbers: Sequence[float], model: str = MODEL) -> Vector:
    return Vector(codec.encode(numbers), model, "hash")


def entry(image: str, title: str = "", *, at: int = 0, **facts: Any) -> Entry:
    """An entry of the second ``at`` whose vector is that of its title, unless another is given."""
    if "vector" not in facts:
        facts["vector"] = Vector(codec.encode(local.vector(title)), MODEL, text_hash(title))
    moment = iso(START + timedelta(seconds=at))
    return Entry(
        **{
            "image": image,
            "changed_at": moment,
            "created_at": moment,
            "file_name": "IMG_0001.jpg",
            "title": title,
            "language": "en",
            "source": "upload",
            **facts,
        }
    )


class MemoryObjects:
    """Packed segments in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.read: list[str] = []

    def get(self, key: str) -> bytes | None:
        self.read.append(key)
        return self.kept.get(key)

    def put(self, key: str, data: bytes) -> None:
        self.kept[key] = data

    def delete(self, key: str) -> None:
        self.kept.pop(key, None)


@dataclass
class Bench:
    """The Vectors table and what stands on it; ``warm`` is one function, ``cold`` starts another."""

    clock: HandClock = field(default_factory=lambda: HandClock(START))
    limits: Limits = DEFAULT_LIMITS
    dynamodb: FakeDynamoDB = field(default_factory=FakeDynamoDB)
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    seconds: float = 0.0
    tables: bool = True

    def __post_init__(self) -> None:
        if self.tables:
            self.dynamodb.create_table(**tables()[TABLE])
        self.client = self.dynamodb.client
        self.log = ChangeLog(self.client, TABLE)
        self.store = VectorStore(TABLE, self.clock)
        self.pack = Pack(self.client, TABLE, self.objects)
        self.warm = self.cold()

    def cold(self) -> Corpora:
        return Corpora(self.log, self.pack, clock=self.clock, limits=self.limits, timer=self._tick)

    def _tick(self) -> float:
        self.seconds += 1
        return self.seconds

    def index(self, corpora: Corpora | None = None) -> ExactIndex:
        return ExactIndex(self.client, TABLE, corpora or self.warm, self.log, self.clock)

    def now(self) -> str:
        return iso(self.clock())
