"""The Settings table: ``PREFERENCES``, a ``KEY#<provider>`` per key, a ``SOURCE#<source>`` per connection,
``WEBHOOK``, and ``SCHEDULED`` for what a schedule came to last; all of a user in one partition."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from gloss.clock import iso
from gloss.dynamodb import ConditionFailed, Write, delete, pages, put, to_attributes, update, write_one
from gloss.errors import VersionConflict
from gloss.schedules.model import LastRun, index_entry
from gloss.settings.model import KEY_REST, Connection, KeyStatus, Preferences, Profile, StoredKey
from gloss.webhooks.model import StoredWebhook
from gloss.webhooks.store import KIND as _WEBHOOK

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PREFERENCES: Final = "PREFERENCES"
SCHEDULED: Final = "SCHEDULED"
_KEY: Final = "KEY#"
_SOURCE: Final = "SOURCE#"


class SettingsStore:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def profile(self, user: str) -> Profile:
        """Everything of the user's, read as one."""
        items = {
            item["kind"]: item
            for item in pages(
                self._client.query,
                TableName=self._table,
                KeyConditionExpression="#user = :user",
                ExpressionAttributeNames={"#user": "user"},
                ExpressionAttributeValues=to_attributes({":user": user}),
                ConsistentRead=True,
            )
        }
        saved = items.get(PREFERENCES, {})
        keys = [StoredKey.from_item(item) for kind, item in items.items() if kind.startswith(_KEY)]
        sources = [Connection.from_item(item) for kind, item in items.items() if kind.startswith(_SOURCE)]
        return Profile(
            user=user,
            preferences=Preferences.model_validate(saved.get("preferences", {})),
            version=saved.get("version", 0),
            keys={key.provider: key for key in keys},
            sources={connection.source: connection for connection in sources},
            webhook=StoredWebhook.from_item(items[_WEBHOOK]) if _WEBHOOK in items else None,
            due_at=saved.get("due_at"),
            last_run=LastRun.from_item(items[SCHEDULED]) if SCHEDULED in items else None,
        )

    def save(
        self, user: str, preferences: Preferences, *, based_on: int, at: str, due: datetime | None = None
    ) -> int:
        """Replace the preferences that have the version ``based_on``; the new version.

        ``due`` is when their schedule starts its next job; without one they leave the index.

        Raises:
            VersionConflict: they have another version.
        """
        item = {
            "user": user,
            "kind": PREFERENCES,
            "preferences": preferences.model_dump(exclude_defaults=True, mode="json"),
            "version": based_on + 1,
            "updated_at": at,
            **index_entry(due),
        }
        condition = "version = :based_on" if based_on else "attribute_not_exists(kind)"
        values: Mapping[str, Any] = {":based_on": based_on} if based_on else {}
        try:
            write_one(self._client, put(self._table, item, condition=condition, values=values))
        except ConditionFailed as error:
            stands = error.failures[0] or {}
            raise VersionConflict(
                "The settings were changed meanwhile.", version=stands.get("version", 0)
            ) from error
        return based_on + 1

    def save_key(self, user: str, key: StoredKey) -> None:
        item = {name: getattr(key, name) for name in key.__slots__}
        write_one(self._client, put(self._table, {"user": user, "kind": _KEY + key.provider, **item}))

    def remove_key(self, user: str, provider: str) -> bool:
        """Whether there was one."""
        return self._remove(user, _KEY + provider)

    def flag_key(self, user: str, key: StoredKey, status: KeyStatus, now: datetime) -> bool:
        """What its provider says of this very key; a newer one is not touched."""
        since = key.flagged_at if key.status == status and key.flagged_at else iso(now)
        rest = {":until": _rest_over(now)} if status == "exhausted" else {}
        return self._change_key(
            user,
            key,
            "SET #status = :flagged, flagged_at = :at"
            + (", rests_until = :until" if rest else " REMOVE rests_until"),
            values={":flagged": status, ":at": since, **rest},
        )

    def take_key_probe(self, user: str, key: StoredKey, now: datetime) -> bool:
        """Become the one who tries an exhausted key again; nobody else does before it has rested anew."""
        seen = {":seen": key.rests_until} if key.rests_until else {}
        return self._change_key(
            user,
            key,
            "SET rests_until = :until",
            "rests_until = :seen" if seen else "attribute_not_exists(rests_until)",
            values={":until": _rest_over(now), **seen},
        )

    def restore_key(self, user: str, key: StoredKey) -> bool:
        """Its provider serves an exhausted key again."""
        return self._change_key(
            user,
            key,
            "SET #status = :active REMOVE flagged_at, rests_until",
            "#status = :exhausted",
            values={":active": "active", ":exhausted": "exhausted"},
        )

    def _change_key(
        self, user: str, key: StoredKey, change: str, also: str = "", *, values: Mapping[str, Any]
    ) -> bool:
        """Change the row of this very key, unless it was replaced."""
        condition = f"created_at = :created AND {also}" if also else "created_at = :created"
        write = update(
            self._table,
            {"user": user, "kind": _KEY + key.provider},
            change,
            condition=condition,
            names={"#status": "status"} if "#status" in change else {},
            values={":created": key.created_at, **values},
        )
        return self._unless_refused(write)

    def connection(self, user: str, source: str) -> Connection | None:
        return self.profile(user).sources.get(source)

    def save_connection(self, user: str, connection: Connection) -> None:
        item = {name: getattr(connection, name) for name in connection.__slots__}
        write_one(self._client, put(self._table, {"user": user, "kind": _SOURCE + connection.source, **item}))

    def remove_connection(self, user: str, source: str) -> bool:
        """Whether there was one."""
        return self._remove(user, _SOURCE + source)

    def mark_disconnected(self, user: str, connection: Connection) -> bool:
        """Flag this very connection as refused by its source; a newer one is not touched."""
        write = update(
            self._table,
            {"user": user, "kind": _SOURCE + connection.source},
            "SET #status = :refused",
            condition="connected_at = :since",
            names={"#status": "status"},
            values={":refused": "refused", ":since": connection.connected_at},
        )
        return self._unless_refused(write)

    def _remove(self, user: str, kind: str) -> bool:
        write = delete(self._table, {"user": user, "kind": kind}, condition="attribute_exists(kind)")
        return self._unless_refused(write)

    def _unless_refused(self, write: Write) -> bool:
        try:
            write_one(self._client, write)
        except ConditionFailed:
            return False
        return True


def _rest_over(now: datetime) -> int:
    return int((now + KEY_REST).timestamp())
