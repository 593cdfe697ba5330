"""Records that somebody has to look at when their time is over, and the walk over those that are due.

An open record carries ``due_at`` (Unix seconds) and ``due_shard``; the index ``by-due`` of its table holds it
only as long as it does. Whoever finishes a record removes both, so what is due was left unfinished.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from gloss.clock import Clock
from gloss.dynamodb import ConditionFailed, from_attributes, to_attributes
from gloss.log_scope import scope
from gloss.records import dataclass
from gloss.shards import SHARDS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

logger = logging.getLogger(__name__)

INDEX: Final = "by-due"
SETTLED_MEANWHILE: Final = "settled meanwhile"
"""What became of a record that somebody else moved on first."""

FAULTED: Final = "faulted"
"""What became of a record that could not be helped now; it stays due."""

BROKE_OFF: Final = "broke off"
"""What became of a whole part of a sweep."""


@dataclass(frozen=True, slots=True)
class DueRecords:
    """The due records of one table, whose keys are ``user`` and ``key``."""

    client: "DynamoDBClient"
    table: str
    key: str

    def of(self, shard: str, until: int, limit: int) -> list[tuple[str, str]]:
        """User and id of up to ``limit`` records, longest overdue first."""
        answer = self.client.query(
            TableName=self.table,
            IndexName=INDEX,
            KeyConditionExpression="due_shard = :shard AND due_at <= :until",
            ExpressionAttributeValues=to_attributes({":shard": shard, ":until": until}),
            Limit=limit,
        )
        items = [from_attributes(attributes) for attributes in answer["Items"]]
        return [(item["user"], item[self.key]) for item in items]


@dataclass(frozen=True, slots=True)
class Walk:
    """Looks at up to ``page`` due records of each shard; the rest is the next walk's.

    ``name`` is what a record is called where what was done is counted and logged.
    """

    records: DueRecords
    name: str
    page: int
    clock: Clock

    def run(self, look_at: Callable[[str, str], str]) -> Counter[str]:
        """How often ``look_at``, given user and id, answered what."""
        done: Counter[str] = Counter()
        for shard in SHARDS:
            for user, record in self.records.of(shard, int(self.clock().timestamp()), self.page):
                done[self._look_at(look_at, user, record)] += 1
        return done

    def _look_at(self, look_at: Callable[[str, str], str], user: str, record: str) -> str:
        with scope(user=user, **{self.name: record}):
            try:
                done = look_at(user, record)
            except ConditionFailed:
                return SETTLED_MEANWHILE
            except Exception:  # one record that cannot be helped now must not keep the others waiting
                logger.exception("sweep of one record failed")
                return FAULTED
            logger.info("swept", extra={"done": done})
            return done


def run_parts(parts: Mapping[str, Callable[[], Mapping[str, int]]]) -> dict[str, int]:
    """Run every part of a sweep, whatever becomes of the others; how often each thing was done."""
    done: Counter[str] = Counter()
    for name, run in parts.items():
        try:
            done.update(run())
        except Exception:  # what one part cannot do must not keep the others from their work
            logger.exception("a part of the sweep broke off", extra={"part": name})
            done[f"{name} {BROKE_OFF}"] += 1
    return dict(+done)


def faults(done: Mapping[str, int]) -> int:
    """How many records and parts of a sweep could not be helped."""
    return sum(count for what, count in done.items() if what.endswith((FAULTED, BROKE_OFF)))


def broken_parts(done: Mapping[str, int]) -> list[str]:
    return [what for what in done if what.endswith(BROKE_OFF)]
