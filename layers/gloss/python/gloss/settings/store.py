"""The Settings table: ``PREFERENCES`` and one ``KEY#<provider>`` per key, all of a user in one partition."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gloss.dynamodb import ConditionFailed, Write, delete, pages, put, to_attributes, update, write_one
from gloss.errors import VersionConflict
from gloss.settings.model import Preferences, Profile, StoredKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PREFERENCES: Final = "PREFERENCES"
_KEY: Final = "KEY#"


class SettingsStore:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def profile(self, user: str) -> Profile:
        """Preferences and keys, read as one."""
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
        saved = items.get(_PREFERENCES, {})
        keys = [StoredKey.from_item(item) for kind, item in items.items() if kind.startswith(_KEY)]
        return Profile(
            user=user,
            preferences=Preferences.model_validate(saved.get("preferences", {})),
            version=saved.get("version", 0),
            keys={key.provider: key for key in keys},
        )

    def save(self, user: str, preferences: Preferences, *, based_on: int, at: str) -> int:
        """Replace the preferences that have the version ``based_on``; the new version.

        Raises:
            VersionConflict: they have another version.
        """
        item = {
            "user": user,
            "kind": _PREFERENCES,
            "preferences": preferences.model_dump(exclude_defaults=True, mode="json"),
            "version": based_on + 1,
            "updated_at": at,
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
        write = delete(
            self._table, {"user": user, "kind": _KEY + provider}, condition="attribute_exists(kind)"
        )
        return self._unless_refused(write)

    def mark_refused(self, user: str, key: StoredKey) -> bool:
        """Flag this very key as refused by its provider; a newer one is not touched."""
        write = update(
            self._table,
            {"user": user, "kind": _KEY + key.provider},
            "SET #status = :refused",
            condition="created_at = :created_at",
            names={"#status": "status"},
            values={":refused": "refused", ":created_at": key.created_at},
        )
        return self._unless_refused(write)

    def _unless_refused(self, write: Write) -> bool:
        try:
            write_one(self._client, write)
        except ConditionFailed:
            return False
        return True
