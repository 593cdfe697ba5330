"""Libraries as the pipeline writes them, and searches in them."""

from dataclasses import replace
from datetime import timedelta

from gloss.describe.model import Metadata, Transient
from gloss.embed import codec
from gloss.embed.local import LocalEmbedder
from gloss.embed.memory import ScriptedEmbedder
from gloss.embed.model import Embedder, document_text
from gloss.images.model import Image, Status
from gloss.images.store import ImageStore
from gloss.search.corpora import DEFAULT_LIMITS, Corpora, Limits
from gloss.search.exact import ExactIndex
from gloss.search.model import Vector, VectorIndex
from gloss.search.pack import Pack
from gloss.search.s3vectors import S3VectorsIndex
from gloss.search.service import Search, Wanted
from gloss.search.store import ChangeLog, VectorStore
from gloss.search.views import HitPage
from tests.fakes.product import INSPECTION, Product
from tests.fakes.s3vectors import FakeS3Vectors
from tests.unit.search.samples import MemoryObjects, image_id


class Scene:
    """Libraries, written as the pipeline writes them, and a search in them."""

    def __init__(
        self, embedder: Embedder | None = None, *, s3vectors: bool = False, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self.product = Product()
        self.embedder = embedder or LocalEmbedder()
        self.client = self.product.dynamodb.client
        self.rows = VectorStore("VectorsTable", self.product.clock)
        self.log = ChangeLog(self.client, "VectorsTable")
        self.limits = limits
        self.pack = Pack(self.client, "VectorsTable", MemoryObjects(), vectors=not s3vectors)
        self.s3vectors = S3VectorsIndex(FakeS3Vectors(512).client, "arn", 512) if s3vectors else None
        self.asked: list[str] = []
        self.queried: list[str] = []
        self.start_anew()

    def start_anew(self) -> None:
        """Another function searches from now on, which has nothing in its memory."""
        self.corpora = Corpora(self.log, self.pack, clock=self.product.clock, limits=self.limits)
        self.vectors: VectorIndex = self.s3vectors or ExactIndex(
            self.client, "VectorsTable", self.corpora, self.log
        )
        self.search = Search(
            images=ImageStore(self.client, "ImagesTable"),
            objects=self.product.objects,
            corpora=self.corpora,
            log=self.log,
            vectors=self.vectors,
            embedder=self.embedder,
            embedder_of=self._embedder_of,
            on_unembedded=self.asked.append,
        )

    def _embedder_of(self, user: str) -> Embedder:
        self.queried.append(user)
        return self.embedder

    def add(self, number: int, title: str, *, user: str = "ann", **facts: object) -> str:
        """An image with published metadata."""
        self.product.clock.forward(timedelta(microseconds=1))
        now = self.product.clock().isoformat()
        palette = facts.pop("palette", ())
        source = facts.pop("source", "upload")
        status = facts.pop("status", Status.COMPLETE)
        fed = facts.pop("fed", True)
        image = Image(
            user=user,
            image=image_id(number),
            status=Status(str(status)),
            file_name="IMG_1.jpg",
            content_type="image/jpeg",
            size=1,
            created_at=now,
            updated_at=now,
            version=1,
            metadata=Metadata(title=title, **facts),  # type: ignore[arg-type]  # what the tests give
            inspection={**INSPECTION, "palette": palette},
            source={"provider": str(source)},
        )
        self.product.put(image)
        self.publish(image, fed=bool(fed))
        return image.image

    def publish(self, image: Image, *, fed: bool = True) -> None:
        """``fed``: whether S3 Vectors is brought up to date as well."""
        text = document_text(image.metadata, image.file_name)
        outcome = LocalEmbedder().embed([text])
        vector = Vector(codec.encode(outcome.embeddings[0].vector), LocalEmbedder().model, "hash")
        self.product.images.apply(self.rows.publish(image, vector))
        if self.s3vectors and fed:
            self.s3vectors.put(image.user, [entry for entry in self.log.rows(image.user)])  # noqa: C416

    def edit(self, number: int, title: str, user: str = "ann") -> None:
        self.product.clock.forward(timedelta(microseconds=1))
        image = self.product.record(image_id(number), user=user)
        edited = replace(image, metadata=replace(image.metadata, title=title))
        self.product.put(edited)
        self.publish(edited)

    def delete(self, number: int, user: str = "ann") -> None:
        self.product.clock.forward(timedelta(microseconds=1))
        self.product.images.apply(self.rows.remove(user, image_id(number)))
        self.product.dynamodb.delete_item(
            TableName="ImagesTable", Key={"user": {"S": user}, "image": {"S": image_id(number)}}
        )

    def query(self, text: str, user: str = "ann", **wanted: object) -> HitPage:
        return self.search.by_query(user, text, Wanted(**wanted))  # type: ignore[arg-type]  # what the tests give


def unanswered() -> Embedder:
    """Vectors of documents are there, but queries get none: words alone decide."""
    return ScriptedEmbedder(*[Transient("DOWN", "No.")] * 50)


def swatch(code: str, share: float) -> dict[str, object]:
    return {"hex": code, "share": share, "name": "colour"}


def found(page: HitPage) -> list[str]:
    return [hit.image.id for hit in page.hits]


def ids(*numbers: int) -> list[str]:
    return [image_id(number) for number in numbers]
