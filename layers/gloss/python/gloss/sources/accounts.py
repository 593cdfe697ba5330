"""Sources that a user has connected, opened with the user's own access."""

import json
import logging
from collections.abc import Callable
from dataclasses import field, replace
from typing import Final

from gloss.errors import ConfigurationError, KeyRefused, SourceDisconnected
from gloss.records import dataclass
from gloss.settings.connections import unseal
from gloss.settings.model import ConnectedSource, Connection, SourceAccess
from gloss.settings.store import SettingsStore
from gloss.settings.vault import Vault
from gloss.sources.model import Fetched, Folder, Page, Source, SourceName

logger = logging.getLogger(__name__)

_KEPT: Final = 50
"""Users whose sources one worker keeps open."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """``make`` opens the source with an access. What is open stays so, with the token that it has obtained,
    until the user connects the source anew."""

    source: ConnectedSource
    store: SettingsStore
    vault: Vault
    make: Callable[[SourceAccess], Source]
    opened: dict[str, "Flagging"] = field(default_factory=dict)

    def __call__(self, user: str) -> Source:
        """The source of this user.

        Raises:
            SourceDisconnected: it is not connected, or refused its connection before. It is not asked again.
        """
        connection = self.store.connection(user, self.source)
        if connection is None or connection.status == "refused":
            raise SourceDisconnected
        kept = self.opened.get(user)
        if kept and kept.connection == connection:
            return kept
        if len(self.opened) >= _KEPT:
            self.opened.clear()
        access = unseal(self.vault, user, connection)
        self.opened[user] = Flagging(self.make(access), self.store, user, connection)
        return self.opened[user]


@dataclass(frozen=True, slots=True)
class Flagging:
    """A source whose connection is flagged for the user to see once the source refuses it."""

    source: Source
    store: SettingsStore
    user: str
    connection: Connection

    @property
    def name(self) -> SourceName:
        return self.source.name

    def page(self, folder: Folder, cursor: str | None) -> Page:
        try:
            return self.source.page(folder, cursor)
        except SourceDisconnected:
            self._flag()
            raise

    def fetch(self, external_id: str, limit: int) -> Fetched:
        try:
            return self.source.fetch(external_id, limit)
        except SourceDisconnected:
            self._flag()
            raise

    def _flag(self) -> None:
        self.store.mark_disconnected(self.user, self.connection)
        logger.warning("connection refused", extra={"user": self.user, "source": self.connection.source})


@dataclass(frozen=True, slots=True)
class OwnApp:
    """The app of the installation at a source, kept as ``{"appKey": …, "appSecret": …}`` in a secret.

    ``secret`` reads it; ``None`` where the installation has no app.
    """

    secret: Callable[[], str] | None

    def complete(self, access: SourceAccess) -> SourceAccess:
        """The access with the app that its token was given to.

        Raises:
            KeyRefused: nobody has said which app that is.
            ConfigurationError: the secret has another form.
        """
        if access.app_key:
            return access
        if self.secret is None:
            raise KeyRefused("This installation has no app of its own at the source: send appKey.")
        try:
            app = json.loads(self.secret())
            return replace(access, app_key=str(app["appKey"]), app_secret=str(app["appSecret"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError("The secret of the source's app has another form.") from error
