"""Connecting a source with the user's own token, and forgetting it again."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Final

from gloss.clock import Clock, iso
from gloss.records import dataclass
from gloss.settings.model import ConnectedSource, Connection, SourceAccess
from gloss.settings.store import SettingsStore
from gloss.settings.vault import Vault
from gloss.settings.views import ConnectionView, ConnectRequest, Disconnected

AccountOf = Callable[[SourceAccess], str]
"""Asks a source, by one cheap call, whom an access belongs to; raises where it is of no use."""

_CONTEXT: Final = "source:"
"""Keeps the token of a source apart from the key of a provider of the same name."""


@dataclass(frozen=True, slots=True)
class Connections:
    store: SettingsStore
    vault: Vault
    sources: Mapping[ConnectedSource, AccountOf]
    clock: Clock

    def connect(self, user: str, source: ConnectedSource, request: ConnectRequest) -> ConnectionView:
        """Check a token with one cheap call, then keep it sealed; it replaces the one before.

        Raises:
            KeyRefused: the source does not accept it, or does not say what app it was given to.
            SourceUnavailable: the source could not be asked; nothing was changed.
        """
        access = SourceAccess(
            request.refresh_token.get_secret_value(),
            request.app_key,
            request.app_secret.get_secret_value() if request.app_secret else "",
        )
        connection = Connection(
            source=source,
            account=self.sources[source](access),
            sealed=seal(self.vault, user, source, access),
            connected_at=iso(self.clock()),
        )
        self.store.save_connection(user, connection)
        return ConnectionView.model_validate(connection)

    def disconnect(self, user: str, source: ConnectedSource) -> Disconnected:
        """May be repeated. Work that waits for the source ends with a reason."""
        return Disconnected(source=source, removed=self.store.remove_connection(user, source))


def seal(vault: Vault, user: str, source: str, access: SourceAccess) -> bytes:
    return vault.seal(user, _CONTEXT + source, json.dumps(asdict(access)))


def unseal(vault: Vault, user: str, connection: Connection) -> SourceAccess:
    """Raises ``ClientError`` for what was sealed for somebody else."""
    opened = vault.open(user, _CONTEXT + connection.source, connection.sealed)
    return SourceAccess(**json.loads(opened))
