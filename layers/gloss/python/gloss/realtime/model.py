"""What a connected client is told. Pure.

A frame is ``{"events": [event, …]}``, an event ``{"type", "seq", "id", …}``. ``seq`` counts the events of one
user without gaps, so a client that sees one missing, or a ``hello`` ahead of what it has seen, asks
``GET /images?since=`` for what it missed. Events name things; what they hold is read through the API.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import timedelta
from typing import Any, Final, Literal

from gloss.dynamodb import Item, from_attributes
from gloss.records import dataclass

LIFETIME: Final = timedelta(hours=2)
"""API Gateway ends a connection after two hours."""

MAX_CONNECTIONS: Final = 20
"""Connections of one user that are served, the newest first."""

RESTS: Final = (timedelta(seconds=10), timedelta(minutes=1))
"""How long a connection is told nothing after it was silent once and twice in a row; after
a third time it is forgotten, until its client says something."""

FRAME_EVENTS: Final = 100
"""Events in one frame: some 20 KB, where API Gateway takes 128 KB and counts by 32 KB."""

EventType = Literal["image", "image.removed", "job", "generation", "quota", "notice"]


@dataclass(frozen=True, slots=True)
class Connection:
    """An open socket; ``misses`` counts how often in a row it was silent."""

    id: str
    misses: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that ``user`` is told; ``facts`` is plain JSON. Where only the latest counts, it ``replaces``
    earlier events of the same type and id in one batch."""

    user: str
    type: EventType
    id: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    replaces: bool = False

    def to_dict(self, sequence: int) -> dict[str, Any]:
        return {"type": self.type, "seq": sequence, "id": self.id, **self.facts}


Translator = Callable[[Item, Item], Event | None]
"""From a row before and after a change (empty where there was or is none) to what its user is told of it."""


def image_event(old: Item, new: Item) -> Event | None:
    """A change of status or metadata, or the last of the image; leases and timers are our own business."""
    row = new or old
    if "status" not in row:
        return None
    if not new:
        return Event(row["user"], "image.removed", row["image"])
    changed = [name for name, key in _WATCHED.items() if (old.get(key) or None) != (new.get(key) or None)]
    if not changed:
        return None
    facts = {"changed": changed, "status": new["status"], "version": new["version"], "at": new["updated_at"]}
    if failure := new.get("failure"):
        facts["failure"] = failure["code"]
    if job := (new.get("work") or {}).get("job"):
        facts["job"] = job
    return Event(new["user"], "image", new["image"], facts)


_WATCHED: Final = {"status": "status", "metadata": "version", "failure": "failure"}
"""What an image event names as changed, and the attribute that says so: new metadata is a new version."""


def quota_event(_old: Item, new: Item) -> Event | None:
    """A balance of the ledger that moved: credits of the plan's month, or bonus credits."""
    kind, _, meter = new.get("entry", "").partition("#")
    if kind == "METER":
        left = new["limit"] - new["spent"]
        facts = {"period": new["period"], "limit": new["limit"], "spent": new["spent"], "left": left}
    elif kind == "GRANTS":
        grants = new.get("grants", {}).values()
        facts = {"bonus": sum(grant["amount"] - grant.get("spent", 0) for grant in grants)}
    else:
        return None
    return Event(new["account"], "quota", meter.partition("#")[0], facts, replaces=True)


def job_event(old: Item, new: Item) -> Event | None:
    """A step of a bulk job, or a change of its status, with its estimate; how its images end is told by
    themselves. Or a problem that keeps jobs from starting."""
    if "problem" in new:
        facts = {"problem": new["problem"], "at": new["at"]}
        return Event(new["user"], "notice", new["about"], facts)
    if "selection" not in new or all(old.get(name) == new.get(name) for name in ("status", "fed", "walked")):
        return None
    facts = {"status": new["status"], "fed": new.get("fed", 0), "at": new["updated_at"]}
    if (estimate := new["estimate"])["complete"]:
        facts["estimate"] = {shown: estimate.get(name) for shown, name in _ESTIMATE.items()}
    return Event(new["user"], "job", new["job"], facts, replaces=True)


_ESTIMATE: Final = {
    "matched": "matched",
    "toProcess": "process",
    "skipped": "skipped",
    "creditsNeeded": "credits",
    "creditsAvailable": "available",
    "costUsd": "usd",
    "durationSeconds": "seconds",
}
"""What a job event tells of an estimate once it is complete: the API's names, and the row's."""


def generation_event(old: Item, new: Item) -> Event | None:
    """A change of a generation's status."""
    if "status" not in new or old.get("status") == new["status"]:
        return None
    facts = {"status": new["status"], "at": new["updated_at"]}
    if failure := new.get("failure"):
        facts["failure"] = failure["code"]
    return Event(new["user"], "generation", new["generation"], facts)


def events_of(records: Sequence[Mapping[str, Any]], translators: Mapping[str, Translator]) -> list[Event]:
    """The events of a batch of stream records in their order; ``translators`` by table name."""
    events = [event for record in records if (event := _translated(record, translators))]
    latest = {(event.user, event.type, event.id): event for event in events if event.replaces}
    return [
        event for event in events if not event.replaces or latest[event.user, event.type, event.id] is event
    ]


def _translated(record: Mapping[str, Any], translators: Mapping[str, Translator]) -> Event | None:
    # arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<label>
    table = record["eventSourceARN"].split("/")[1]
    change = record["dynamodb"]
    old, new = (from_attributes(change.get(image, {})) for image in ("OldImage", "NewImage"))
    return translators[table](old, new)


def frames(events: Sequence[Event], first: int) -> Iterator[bytes]:
    """Events of one user as they are sent, numbered from ``first``."""
    numbered = [event.to_dict(number) for number, event in enumerate(events, first)]
    for start in range(0, len(numbered), FRAME_EVENTS):
        yield frame(numbered[start : start + FRAME_EVENTS]).encode()


def frame(events: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"events": events}, separators=(",", ":"))
