"""The Generations table. Writes that belong to a larger transaction are returned as values.

``<id>``            a generation; ids sort by time
``ACTIVE#<prio>``   how many generations of a user are processing
``TEMPLATE#<name>`` a named configuration
``COUNT#templates`` how many of those a user has
"""

from typing import Any, Final

from gloss.due import DueRecords
from gloss.dynamodb import (
    ConditionFailed,
    Item,
    Table,
    Write,
    delete,
    from_attributes,
    pages,
    put,
    to_attributes,
    update,
)
from gloss.errors import GenerationNotFound
from gloss.generate.model import AT_ONCE, Generation, GenerationStatus, Priority, status_key
from gloss.ids import is_id

_ACTIVE: Final = "ACTIVE#"
_TEMPLATE: Final = "TEMPLATE#"
_TEMPLATES: Final = "COUNT#templates"

MAX_TEMPLATES: Final = 100
"""Templates of one user."""


class GenerationStore(Table):
    # Reading

    def get(self, user: str, generation: str) -> Generation | None:
        answer = self._client.get_item(TableName=self.table, Key=_key(user, generation), ConsistentRead=True)
        return Generation.from_item(from_attributes(answer["Item"])) if "Item" in answer else None

    def existing(self, user: str, generation: str) -> Generation:
        """Raises ``GenerationNotFound`` where the id is none or the generation is not this user's."""
        found = self.get(user, generation) if is_id(generation) else None
        if found is None:
            raise GenerationNotFound
        return found

    def page(
        self, user: str, *, status: GenerationStatus | None, before: str | None, limit: int
    ) -> tuple[list[Generation], str | None]:
        """Generations of a user, newest first, and the id to go on from (``None`` at the end)."""
        request: dict[str, Any] = {"KeyConditionExpression": "#user = :user AND generation < :before"}
        values = {":user": user, ":before": before or _ACTIVE}
        if status is not None:
            first, last = status_key(status, ""), status_key(status, before or "~")
            request["IndexName"] = "by-status"
            request["KeyConditionExpression"] = "#user = :user AND status_generation BETWEEN :first AND :last"
            values = {":user": user, ":first": first, ":last": last}
        answer = self._client.query(
            TableName=self.table,
            ScanIndexForward=False,
            Limit=limit + 1,
            ExpressionAttributeNames={"#user": "user"},
            ExpressionAttributeValues=to_attributes(values),
            **request,
        )
        items = [Generation.from_item(from_attributes(attributes)) for attributes in answer["Items"]]
        found = [generation for generation in items if generation.generation != before]
        more = len(found) > limit or "LastEvaluatedKey" in answer
        shown = found[:limit]
        return shown, shown[-1].generation if more and shown else None

    def active(self, user: str, priority: Priority) -> int:
        """How many generations of a user are processing."""
        answer = self._client.get_item(
            TableName=self.table, Key=_key(user, f"{_ACTIVE}{priority}"), ConsistentRead=True
        )
        return int(from_attributes(answer.get("Item", {})).get("active", 0))

    @property
    def due(self) -> DueRecords:
        """Generations that the sweep has to look at."""
        return DueRecords(self._client, self.table, "generation")

    # Templates, as plain configurations by name

    def templates(self, user: str) -> dict[str, Item]:
        """All templates of a user, in the order of their names."""
        found = pages(
            self._client.query,
            TableName=self.table,
            KeyConditionExpression="#user = :user AND begins_with(generation, :prefix)",
            ExpressionAttributeNames={"#user": "user"},
            ExpressionAttributeValues=to_attributes({":user": user, ":prefix": _TEMPLATE}),
            ConsistentRead=True,
        )
        return {item["generation"].removeprefix(_TEMPLATE): item["configuration"] for item in found}

    def template(self, user: str, name: str) -> Item | None:
        answer = self._client.get_item(
            TableName=self.table, Key=_key(user, _TEMPLATE + name), ConsistentRead=True
        )
        return from_attributes(answer["Item"])["configuration"] if "Item" in answer else None

    def replace_template(self, user: str, name: str, configuration: Item) -> bool:
        """Whether there was one under this name to replace."""
        row = {"user": user, "generation": _TEMPLATE + name, "configuration": configuration}
        return self._applied(put(self.table, row, condition="attribute_exists(generation)"))

    def add_template(self, user: str, name: str, configuration: Item) -> None:
        """One more; they are counted as they change.

        Raises:
            ConditionFailed: there is one under this name (position 0), or no room (position 1).
        """
        row = {"user": user, "generation": _TEMPLATE + name, "configuration": configuration}
        room = "attribute_not_exists(saved) OR saved < :most"
        self.apply_all(
            [
                put(self.table, row, condition="attribute_not_exists(generation)"),
                self._count(user, {":by": 1, ":most": MAX_TEMPLATES}, condition=room),
            ]
        )

    def remove_template(self, user: str, name: str) -> bool:
        """Whether there was one."""
        key = {"user": user, "generation": _TEMPLATE + name}
        removed = delete(self.table, key, condition="attribute_exists(generation)")
        return self._applied(removed, self._count(user, {":by": -1}))

    def _count(self, user: str, values: Item, *, condition: str | None = None) -> Write:
        key = {"user": user, "generation": _TEMPLATES}
        return update(self.table, key, "ADD saved :by", condition=condition, values=values)

    def _applied(self, *writes: Write) -> bool:
        """Whether the conditions held; if not, nothing was written."""
        try:
            self.apply_all(writes)
        except ConditionFailed:
            return False
        return True

    # Writes for transactions

    def create(self, generation: Generation) -> Write:
        return put(self.table, generation.to_item(), condition="attribute_not_exists(generation)")

    def replace(self, before: Generation, after: Generation) -> Write:
        """Refused where somebody changed the record since ``before`` was read."""
        return put(self.table, after.to_item(), condition="revision = :was", values={":was": before.revision})

    def take_place(self, generation: Generation) -> Write:
        """One more that is processing; refused where there are as many as may be."""
        return update(
            self.table,
            {"user": generation.user, "generation": f"{_ACTIVE}{generation.priority}"},
            "ADD active :one",
            condition="attribute_not_exists(active) OR active < :most",
            values={":one": 1, ":most": AT_ONCE[generation.priority]},
        )

    def give_place(self, generation: Generation) -> Write:
        return update(
            self.table,
            {"user": generation.user, "generation": f"{_ACTIVE}{generation.priority}"},
            "ADD active :less",
            values={":less": -1},
        )


def _key(user: str, generation: str) -> dict[str, Any]:
    return to_attributes({"user": user, "generation": generation})
