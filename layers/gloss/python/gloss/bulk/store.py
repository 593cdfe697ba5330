"""The Jobs table. Writes that belong to a larger transaction are returned as values."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from gloss.bulk.model import Item, Job, Outcome, Tally
from gloss.bulk.outcomes import COUNTERS, HITS, ITEMS, NOTICES, count, item_key, set_row
from gloss.clock import iso
from gloss.due import DueRecords
from gloss.dynamodb import Table, Write, from_attributes, pages, put, to_attributes
from gloss.errors import JobNotFound
from gloss.ids import is_id, pack_ids, unpack_ids
from gloss.images.model import epoch

_NOTICE_KEPT: Final = timedelta(days=1)
_STEADY_READS: Final = 5
"""Tries to read counters and record while the record does not change."""


HITS_IN_A_ROW: Final = 1_000
"""16 KB: a page of the walk reads one row, or two."""


class JobStore(Table):
    # Reading

    def get(self, user: str, job: str) -> Job | None:
        answer = self._client.get_item(TableName=self.table, Key=_key(user, job), ConsistentRead=True)
        return Job.from_item(from_attributes(answer["Item"])) if "Item" in answer else None

    def existing(self, user: str, job: str) -> Job:
        """Raises ``JobNotFound`` where the id is none or the job is not this user's."""
        found = self.get(user, job) if is_id(job) else None
        if found is None:
            raise JobNotFound
        return found

    def tally(self, user: str, job: str) -> Tally:
        summed: Counter[str] = Counter()
        for row in pages(self._client.query, **self._range(user, f"{COUNTERS}{job}#"), ConsistentRead=True):
            summed.update({name: row[name] for name in Tally.__slots__ if name in row})
        return Tally(**summed)

    def with_tally(self, user: str, job: str) -> tuple[Job, Tally]:
        """Record and counters that belong together.

        Raises:
            JobNotFound: there is no such job of this user.
        """
        before = self.existing(user, job)
        for _ in range(_STEADY_READS):
            tally = self.tally(user, job)
            after = self.existing(user, job)
            if after.revision == before.revision:
                break
            before = after
        return after, tally

    def page(self, user: str, *, before: str | None, limit: int) -> tuple[list[Job], str | None]:
        """Jobs of a user, newest first, and the id to go on from (``None`` at the end)."""
        answer = self._client.query(
            TableName=self.table,
            KeyConditionExpression="#user = :user AND job < :before",
            ExpressionAttributeNames={"#user": "user"},
            ExpressionAttributeValues=to_attributes({":user": user, ":before": before or COUNTERS}),
            ScanIndexForward=False,
            Limit=limit,
        )
        jobs = [Job.from_item(from_attributes(attributes)) for attributes in answer["Items"]]
        return jobs, jobs[-1].job if "LastEvaluatedKey" in answer and jobs else None

    def items(
        self, user: str, job: str, *, outcome: Outcome | None = None, after: str | None, limit: int
    ) -> tuple[list[Item], str | None]:
        """Rows of up to ``limit`` images, in the order of their ids, and the id to go on from.

        With ``outcome`` there are fewer: of ``limit`` rows only those that ended so.
        """
        prefix = f"{ITEMS}{job}#"
        request = self._range(user, prefix)
        if after is not None:
            request["ExclusiveStartKey"] = _key(user, f"{prefix}{after}")
        if outcome is not None:
            request["FilterExpression"] = "outcome = :outcome"
            request["ExpressionAttributeValues"] |= to_attributes({":outcome": outcome})
        answer = self._client.query(**request, ConsistentRead=True, Limit=limit)
        items = [Item.from_item(from_attributes(attributes)) for attributes in answer["Items"]]
        last: Any = answer.get("LastEvaluatedKey")
        return items, from_attributes(last)["job"].removeprefix(prefix) if last else None

    def hits(self, job: Job, begin: int, size: int) -> Iterator[list[str]]:
        """What the job's query has found, best first, from number ``begin`` on, ``size`` at a time."""
        if job.hits is None:
            return
        for row in range(begin // HITS_IN_A_ROW, -(-job.hits.count // HITS_IN_A_ROW)):
            key = to_attributes(_hits_key(job, job.hits.list, row))
            answer = self._client.get_item(TableName=self.table, Key=key, ConsistentRead=True)
            ids = unpack_ids(from_attributes(answer["Item"])["ids"])
            rest = ids[max(0, begin - row * HITS_IN_A_ROW) :]
            yield from (rest[at : at + size] for at in range(0, len(rest), size))

    @property
    def due(self) -> DueRecords:
        """Jobs that the sweep has to look at."""
        return DueRecords(self._client, self.table, "job")

    def _range(self, user: str, prefix: str) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "KeyConditionExpression": "#user = :user AND begins_with(job, :prefix)",
            "ExpressionAttributeNames": {"#user": "user"},
            "ExpressionAttributeValues": to_attributes({":user": user, ":prefix": prefix}),
        }

    # Changing one record

    # Writes for transactions

    def create(self, job: Job) -> Write:
        return put(self.table, job.to_item(), condition="attribute_not_exists(job)")

    def replace(self, before: Job, after: Job) -> Write:
        """Refused where somebody changed the record since ``before`` was read."""
        return put(self.table, after.to_item(), condition="revision = :was", values={":was": before.revision})

    def add_item(self, job: Job, item: Item) -> Write:
        row = {name: value for name, value in asdict(item).items() if name != "image" and value is not None}
        return put(self.table, {**item_key(job.user, job.job, item.image), **row})

    def add_hits(self, job: Job, name: str, ids: Sequence[str], *, expires_at: int) -> Iterator[Write]:
        """The rows of a list, kept until then (Unix seconds); it counts once the job's record names it."""
        for row, at in enumerate(range(0, len(ids), HITS_IN_A_ROW)):
            packed = pack_ids(ids[at : at + HITS_IN_A_ROW])
            yield put(self.table, {**_hits_key(job, name, row), "ids": packed, "expires_at": expires_at})

    def notice(self, user: str, about: str, problem: str, now: datetime) -> Write:
        """Tells the user, by way of the table's stream, of something that keeps jobs from starting."""
        expires_at = epoch(now + _NOTICE_KEPT)
        row = {"about": about, "problem": problem, "at": iso(now), "expires_at": expires_at}
        return put(self.table, {"user": user, "job": f"{NOTICES}{about}", **row})

    def set_undo(self, job: Job, image: str, undo: str) -> list[Write]:
        """Note, once, what became of taking the change back."""
        key = item_key(job.user, job.job, image)
        name = "undone" if undo == "undone" else "kept"
        return [
            set_row(self.table, key, {"undo": undo}, unless="undo"),
            count(self.table, job.user, job.job, image, name),
        ]


def _key(user: str, job: str) -> dict[str, Any]:
    return to_attributes({"user": user, "job": job})


def _hits_key(job: Job, name: str, row: int) -> dict[str, Any]:
    return {"user": job.user, "job": f"{HITS}{job.job}#{name}#{row:06d}"}
