"""Connected sources: checked, sealed, shown without their token, flagged, forgotten."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pydantic import ValidationError

from gloss.dynamodb import from_attributes
from gloss.errors import KeyRefused, SourceDisconnected, SourceUnavailable
from gloss.settings.connections import Connections, unseal
from gloss.settings.model import Connection, SourceAccess
from gloss.settings.store import SettingsStore
from gloss.settings.vault import Vault
from gloss.settings.views import ConnectRequest, SettingsView
from gloss.sources.accounts import Accounts
from gloss.sources.memory import MemorySource
from gloss.sources.model import Fetched, Folder, Page, Source
from tests.fakes.kms import FakeKms
from tests.fakes.tables import with_tables

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TOKEN = "refresh-0123456789abcdef-WXYZ"
APP_SECRET = "app-secret-0123"


class Kit:
    def __init__(self) -> None:
        self.database = with_tables("SettingsTable")
        self.store = SettingsStore(self.database.client, "SettingsTable")
        self.vault = Vault(FakeKms().client, "key-1")
        self.asked: list[SourceAccess] = []
        self.refusal: Exception | None = None
        self.now = NOW
        self.service = Connections(self.store, self.vault, {"dropbox": self._account}, lambda: self.now)

    def _account(self, access: SourceAccess) -> str:
        self.asked.append(access)
        if self.refusal:
            raise self.refusal
        return "Ann Example"

    def connect(self, user: str = "ann", **changes: Any) -> dict[str, Any]:
        request = ConnectRequest.model_validate({"refreshToken": TOKEN, **changes})
        return self.service.connect(user, "dropbox", request).model_dump(by_alias=True)

    def connection(self, user: str = "ann") -> Connection:
        found = self.store.connection(user, "dropbox")
        assert found
        return found


@pytest.fixture
def kit() -> Kit:
    return Kit()


SHOWN = {
    "source": "dropbox",
    "account": "Ann Example",
    "status": "active",
    "connectedAt": "2026-11-20T12:00:00.000000Z",
}


def test_a_token_is_checked_by_one_call_and_shown_as_connected(kit: Kit) -> None:
    assert kit.connect() == SHOWN
    assert kit.asked == [SourceAccess(TOKEN)]
    view = SettingsView.of(kit.store.profile("ann")).model_dump(by_alias=True)
    assert view["sources"] == [SHOWN]
    assert view["providerKeys"] == []
    assert SettingsView.of(kit.store.profile("eve")).sources == []


def test_an_own_app_is_kept_with_the_token(kit: Kit) -> None:
    kit.connect(appKey="key1", appSecret=APP_SECRET)
    assert unseal(kit.vault, "ann", kit.connection()) == SourceAccess(TOKEN, "key1", APP_SECRET)


def test_neither_token_nor_secret_show_up(kit: Kit) -> None:
    kit.connect(appKey="key1", appSecret=APP_SECRET)
    kept = [from_attributes(item) for item in kit.database.client.scan(TableName="SettingsTable")["Items"]]
    shown = SettingsView.of(kit.store.profile("ann")).model_dump_json()
    for text in (repr(kept), shown, repr(kit.connection()), repr(kit.asked)):
        assert TOKEN not in text
        assert APP_SECRET not in text


@pytest.mark.parametrize("refusal", [KeyRefused(), SourceUnavailable()])
def test_what_is_refused_or_cannot_be_asked_changes_nothing(kit: Kit, refusal: Exception) -> None:
    kit.connect()
    kit.refusal = refusal
    kit.now = datetime(2026, 11, 21, tzinfo=UTC)
    with pytest.raises(type(refusal)):
        kit.connect(refreshToken="another-token-12345")
    assert kit.connection().connected_at == SHOWN["connectedAt"]


def test_what_is_sealed_opens_for_its_user_only(kit: Kit) -> None:
    kit.connect()
    with pytest.raises(ClientError):
        unseal(kit.vault, "eve", kit.connection())


def test_it_is_forgotten(kit: Kit) -> None:
    kit.connect()
    assert [kit.service.disconnect("ann", "dropbox").removed for _ in range(2)] == [True, False]
    assert kit.store.connection("ann", "dropbox") is None


def test_preferences_and_connections_leave_each_other_alone(kit: Kit) -> None:
    kit.connect()
    preferences = kit.store.profile("ann").preferences
    kit.store.save("ann", preferences, based_on=0, at="2026-11-20T12:00:00Z")
    assert kit.connection().account == "Ann Example"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"refreshToken": "short"},
        {"refreshToken": "new\nline-0123456"},
        {"refreshToken": TOKEN, "appKey": "not a key"},
        {"refreshToken": TOKEN, "appSecret": "x" * 501},
        {"refreshToken": TOKEN, "colour": "red"},
    ],
)
def test_requests_of_another_form_are_refused_without_a_quote(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        ConnectRequest.model_validate(body)
    assert TOKEN not in str(refused.value)


# Opened for work


@dataclass
class Moody(MemorySource):
    """Refuses whoever comes once it is ``closed``."""

    closed: bool = False
    made_with: list[SourceAccess] = field(default_factory=list)

    def make(self, access: SourceAccess) -> Source:
        self.made_with.append(access)
        return self

    def page(self, folder: Folder, cursor: str | None) -> Page:
        self._check()
        return super().page(folder, cursor)

    def fetch(self, external_id: str, limit: int) -> Fetched:
        self._check()
        return super().fetch(external_id, limit)

    def _check(self) -> None:
        if self.closed:
            raise SourceDisconnected


@pytest.fixture
def moody() -> Moody:
    return Moody({"/a.jpg": b"a"})


@pytest.fixture
def accounts(kit: Kit, moody: Moody) -> Accounts:
    return Accounts("dropbox", kit.store, kit.vault, moody.make)


def test_a_source_is_opened_with_the_users_access(kit: Kit, moody: Moody, accounts: Accounts) -> None:
    kit.connect(appKey="key1")
    source = accounts("ann")
    assert source.name == "dropbox"
    assert source.fetch("/a.jpg", 1).data == b"a"
    assert [entry.name for entry in source.page(Folder(), None).entries] == ["a.jpg"]
    assert moody.made_with == [SourceAccess(TOKEN, "key1")]


def test_a_source_stays_open_until_it_is_connected_anew(kit: Kit, moody: Moody, accounts: Accounts) -> None:
    kit.connect()
    assert accounts("ann") is accounts("ann")
    kit.now = datetime(2026, 11, 21, tzinfo=UTC)
    kit.connect(refreshToken="another-token-12345")
    accounts("ann")
    assert moody.made_with == [SourceAccess(TOKEN), SourceAccess("another-token-12345")]


def test_a_worker_keeps_so_many_open_and_no_more(kit: Kit, moody: Moody, accounts: Accounts) -> None:
    for number in range(120):
        kit.connect(f"user-{number}")
        accounts(f"user-{number}")
        assert len(accounts.opened) <= 50


@pytest.mark.parametrize("work", [lambda one: one.page(Folder(), None), lambda one: one.fetch("/a.jpg", 1)])
def test_a_source_that_refuses_is_flagged_and_not_asked_again(
    kit: Kit, moody: Moody, accounts: Accounts, work: Any
) -> None:
    kit.connect()
    moody.closed = True
    with pytest.raises(SourceDisconnected):
        work(accounts("ann"))
    assert kit.connection().status == "refused"
    with pytest.raises(SourceDisconnected):
        accounts("ann")
    assert len(moody.made_with) == 1


def test_a_connection_that_was_renewed_meanwhile_is_not_flagged(
    kit: Kit, moody: Moody, accounts: Accounts
) -> None:
    kit.connect()
    source = accounts("ann")
    moody.closed = True
    kit.now = datetime(2026, 11, 21, tzinfo=UTC)
    kit.connect()
    with pytest.raises(SourceDisconnected):
        source.page(Folder(), None)
    assert kit.connection().status == "active"


def test_nobody_opens_what_is_not_connected(kit: Kit, accounts: Accounts) -> None:
    kit.connect("eve")
    with pytest.raises(SourceDisconnected):
        accounts("ann")
