"""What a job notes of each image whose work ends: the row of the image, and one of the counters."""

from collections.abc import Sequence
from typing import Final

from gloss import dynamodb
from gloss.clock import Clock, iso
from gloss.dynamodb import Item, Write
from gloss.images.model import Image
from gloss.images.outcomes import Ending

COUNTER_SHARDS: Final = 16
"""Counter rows of a job: images that finish together should not meet on one."""

ITEMS: Final = "I#"
COUNTERS: Final = "C#"
HITS: Final = "H#"
NOTICES: Final = "N#"
"""Rows of a job sort behind all jobs (ids start with a digit), so that listing jobs reads none of them."""


class JobOutcomes:
    """:class:`gloss.images.outcomes.Outcomes` on the Jobs table.

    Nothing is asked of the rows: the image's own row changes in the same transaction and under a condition,
    and that condition holds once for each piece of work.
    """

    def __init__(self, table: str, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def writes(
        self, image: Image, ending: Ending, *, reason: str = "", version: int | None = None
    ) -> Sequence[Write]:
        if image.work is None or image.work.job is None:
            return ()
        job = image.work.job
        row: Item = {"outcome": ending, "at": iso(self._clock()), "reason": reason}
        if version is not None:
            row |= {"before": image.version, "after": version}
        return (
            set_row(self._table, item_key(image.user, job, image.image), row),
            count(self._table, image.user, job, image.image, ending),
        )


def item_key(user: str, job: str, image: str) -> Item:
    return {"user": user, "job": f"{ITEMS}{job}#{image}"}


def set_row(table: str, key: Item, values: Item, *, unless: str | None = None) -> Write:
    """Set attributes of a row; with ``unless`` only while it does not have that one."""
    return dynamodb.update(
        table,
        key,
        "SET " + ", ".join(f"#{name} = :{name}" for name in values),
        condition=f"attribute_not_exists(#{unless})" if unless else None,
        names={f"#{name}": name for name in {*values, *([unless] if unless else [])}},
        values={f":{name}": value for name, value in values.items()},
    )


def count(table: str, user: str, job: str, image: str, name: str) -> Write:
    """One more in the counter row that the image belongs to."""
    shard = int(image[-2:], 16) % COUNTER_SHARDS
    return dynamodb.update(
        table,
        {"user": user, "job": f"{COUNTERS}{job}#{shard:02d}"},
        "ADD #name :one",
        names={"#name": name},
        values={":one": 1},
    )
