"""An image as Gloss keeps it, and the rules of its states. Pure.

pending (upload URL given) -> queued -> processing -> complete | failed | cancelled;
retrying waits for the sweep.
"""

from collections.abc import Mapping
from dataclasses import asdict, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Literal, Self

from gloss.describe.model import Field, Metadata, Provenances, provenances_from_dict, provenances_to_dict
from gloss.records import dataclass
from gloss.shards import due_shard

Queue = Literal["interactive", "bulk"]

MAX_ATTEMPTS: Final = 3
"""Attempts that one piece of work gets; the last failure is final."""

UPLOAD_WINDOW: Final = timedelta(minutes=15)
"""How long a presigned form is good for."""

UPLOAD_GRACE: Final = timedelta(minutes=5)
"""An upload that began in the last second of the window may still be running."""

RETRY_DELAY: Final = timedelta(minutes=5)
QUEUE_PATIENCE: Final = timedelta(minutes=5)
"""How long work may wait in a queue, untouched, before the sweep sends its message again. Where the queue is
only long, the second message finds the work done or claimed, and is dropped."""

LEASE: Final = timedelta(seconds=150)
"""Longer than the longest execution of the machine, so that a live worker never loses its lease."""

HOLD: Final = timedelta(hours=24)
"""How long the credit of an image is held; renewed work takes a new reservation."""


class Status(StrEnum):
    PENDING = "pending"
    QUEUED = "queued"
    PROCESSING = "processing"
    RETRYING = "retrying"
    COMPLETE = "complete"
    FAILED = "failed"
    CANCELLED = "cancelled"


WAITING: Final = (Status.PENDING, Status.QUEUED, Status.RETRYING)
"""States in which work is open and nobody holds the lease."""


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work on an image, from its reservation to its end.

    ``credits`` is what the reservation holds. ``request`` is what the user asked for (provider, language,
    policy …), as plain JSON. ``found`` is the status in which a regeneration found the image.
    """

    reservation: str
    credits: int = 1
    queue: Queue = "interactive"
    kind: Literal["upload", "regenerate"] = "upload"
    request: Mapping[str, Any] = field(default_factory=dict)
    job: str | None = None
    found: Literal["complete", "failed"] | None = None

    @property
    def was_described(self) -> bool:
        """Whether the image had been described before this work began."""
        return self.kind == "regenerate" and self.found != "failed"

    def to_item(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the last attempt did not succeed; ``code`` is stable, ``message`` is for people."""

    code: str
    message: str
    at: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Image:
    """The record of one image. Times are ISO 8601 in UTC, ``due_at`` is Unix seconds.

    ``version`` numbers the current metadata (0: none yet), ``described_at`` is when a run last published
    some. ``safety`` is what the last model that saw the picture wants a reviewer to know; it is about the
    pixels, so edits leave it. ``inspection`` and ``checkpoint`` are what earlier steps of the work found out,
    kept so that no step is paid for twice.
    """

    user: str
    image: str
    status: Status
    file_name: str
    content_type: str
    size: int
    created_at: str
    updated_at: str
    attempt: int = 0
    version: int = 0
    described_at: str | None = None
    metadata: Metadata = field(default_factory=Metadata)
    provenance: Provenances = field(default_factory=dict)
    safety: tuple[str, ...] = ()
    inspection: Mapping[str, Any] | None = None
    checkpoint: Mapping[str, Any] | None = None
    embedding: Mapping[str, Any] | None = None
    work: Work | None = None
    failure: Failure | None = None
    lease: str | None = None
    due_at: int | None = None
    source: Mapping[str, Any] = field(default_factory=lambda: {"provider": "upload"})

    @property
    def is_imported(self) -> bool:
        """Whether its file is fetched by us, and not sent by the user."""
        return "import" in self.source

    @property
    def is_described(self) -> bool:
        """Whether a run was ever completed. An edit does not make it so: it may come before the first run."""
        return self.status is Status.COMPLETE or (self.work is not None and self.work.was_described)

    @property
    def original_key(self) -> str:
        return object_key(self.user, self.image)

    def to_item(self) -> dict[str, Any]:
        item = asdict(self)
        item["metadata"] = self.metadata.to_dict()
        item["provenance"] = provenances_to_dict(self.provenance)
        item["safety"] = list(self.safety) or None
        item["status"] = str(self.status)
        item["status_image"] = status_image(self.status, self.image)
        item["due_shard"] = due_shard(self.image) if self.due_at is not None else None
        return {key: value for key, value in item.items() if value is not None}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        known = {name: item[name] for name in cls.__slots__ if name in item}
        known["status"] = Status(item["status"])
        known["metadata"] = Metadata.from_dict(item.get("metadata", {}))
        known["provenance"] = provenances_from_dict(item.get("provenance", {}))
        known["safety"] = tuple(item.get("safety", ()))
        known["work"] = Work(**item["work"]) if item.get("work") else None
        known["failure"] = Failure(**item["failure"]) if item.get("failure") else None
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Version:
    """One state of the metadata: every finished run and every human edit is one.

    ``changed`` names the parts of the metadata that differ from the version before; ``reasons`` says why each
    field was replaced or kept; ``safety`` is what was known of the picture then.
    """

    number: int
    at: str
    cause: Literal["run", "edit", "restore"]
    actor: str
    metadata: Metadata
    provenance: Provenances
    changed: tuple[str, ...] = ()
    safety: tuple[str, ...] = ()
    reasons: Mapping[Field, Mapping[str, Any]] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_item(self, user: str, image: str) -> dict[str, Any]:
        item = asdict(self)
        item["metadata"] = self.metadata.to_dict()
        item["provenance"] = provenances_to_dict(self.provenance)
        item["changed"] = list(self.changed)
        item["safety"] = list(self.safety)
        return {"user": user, "image": version_key(image, self.number), **item}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        known = {name: item[name] for name in cls.__slots__ if name in item}
        known["metadata"] = Metadata.from_dict(item["metadata"])
        known["provenance"] = provenances_from_dict(item["provenance"])
        known["changed"] = tuple(item.get("changed", ()))
        known["safety"] = tuple(item.get("safety", ()))
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Retention:
    """A version is kept while it is among the last ``count`` or younger than so many days."""

    count: int = 20
    days: int = 90

    @property
    def age(self) -> timedelta:
        return timedelta(days=self.days)


DEFAULT_RETENTION: Final = Retention()

VERSIONS: Final = "V#"
"""Versions sort behind all records (ids start with a digit), so that listing a library reads none of them."""

MAX_VERSION: Final = 999_999
"""What the key of a version has room for."""

REMOVED: Final = "X#"
"""Marks of removed images, which sort behind everything else and expire."""

REMOVED_KEPT: Final = timedelta(days=30)
"""How long a client may stay away and still be told of removed images."""


def version_key(image: str, number: int) -> str:
    return f"{VERSIONS}{image}#{number:06d}"


def object_key(user: str, image: str) -> str:
    """Where the original lies; a user's objects share a prefix."""
    return f"{user}/{image}"


def derived_key(user: str, image: str, kind: Literal["thumbnail", "preview"]) -> str:
    return f"{user}/{image}/{kind}.jpg"


def copy_key(user: str, image: str, version: int) -> str:
    """Where a copy lies that carries this version of the metadata; copies have a prefix, for they expire."""
    return f"copies/{user}/{image}/{version}"


def status_image(status: Status, image: str) -> str:
    return f"{status}#{image}"


def changed_fields(old: Metadata, new: Metadata) -> tuple[str, ...]:
    """What of the metadata differs, by the names of its parts."""
    return tuple(part.name for part in fields(Metadata) if getattr(old, part.name) != getattr(new, part.name))


def epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def found_as(image: Image) -> Literal["complete", "failed"]:
    """What a regeneration notes of the image that it begins with."""
    return "complete" if image.is_described else "failed"


def settled_status(image: Image) -> Status:
    """Where an image stands once its work has failed: a description that it had before stays current."""
    return Status.COMPLETE if image.is_described else Status.FAILED


def called_off_status(image: Image) -> Status:
    """Where an image stands once its work was called off: as before it, and an upload is no more."""
    if image.work is None or image.work.kind == "upload":
        return Status.CANCELLED
    return settled_status(image)
