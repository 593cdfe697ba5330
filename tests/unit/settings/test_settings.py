"""Preferences and keys, over the deployed table's keys in memory."""

import socket
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pydantic import ValidationError

from gloss.clock import iso
from gloss.dynamodb import from_attributes
from gloss.errors import (
    AddressRefused,
    HostUnknown,
    KeyRefused,
    ProviderUnavailable,
    ValidationFailed,
    VersionConflict,
)
from gloss.providers.model import MESSAGES
from gloss.settings.key_check import OpenAiKeyCheck
from gloss.settings.model import KEY_REST, Offer, Preferences, StoredKey
from gloss.settings.service import UserSettings
from gloss.settings.store import SettingsStore
from gloss.settings.vault import Vault
from gloss.settings.views import ProviderKeyRequest, SettingsEdit
from gloss.sources import http as guarded
from gloss.sources.guard import AddressGuard
from gloss.sources.http import Answer
from tests.fakes.kms import FakeKms
from tests.fakes.tables import with_tables

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECRET = "sk-proj-0123456789abcdef-WXYZ"
OFFER = Offer("heuristic", frozenset({"openai"}))


class Kit:
    def __init__(self) -> None:
        self.database = with_tables("SettingsTable")
        self.store = SettingsStore(self.database.client, "SettingsTable")
        self.vault = Vault(FakeKms().client, "key-1")
        self.checked: list[tuple[str, str]] = []
        self.refusal: Exception | None = None
        self.service = UserSettings(self.store, self.vault, self._check, OFFER, lambda: NOW)

    def _check(self, key: str, base_url: str) -> None:
        self.checked.append((key, base_url))
        if self.refusal:
            raise self.refusal

    def set_key(self, user: str = "ada", **changes: Any) -> Mapping[str, Any]:
        request = ProviderKeyRequest.model_validate({"key": SECRET, **changes})
        return self.service.set_key(user, request).model_dump(by_alias=True)

    def everything(self) -> list[dict[str, Any]]:
        return [
            from_attributes(item) for item in self.database.client.scan(TableName="SettingsTable")["Items"]
        ]


@pytest.fixture
def kit() -> Kit:
    return Kit()


def edit(version: int = 0, **changes: Any) -> SettingsEdit:
    return SettingsEdit.model_validate({"version": version, **changes})


def test_who_never_saved_anything_has_the_defaults(kit: Kit) -> None:
    shown = kit.service.show("ada").model_dump(by_alias=True)
    assert shown["version"] == 0
    assert shown["providerKeys"] == []
    assert shown["policy"] == "keep_human"
    assert shown["fallback"] is False


def test_preferences_are_kept_and_counted(kit: Kit) -> None:
    change: dict[str, Any] = {
        "context": {"brand": "Gloss", "language": "de-CH", "keywords": ["sea", "sun"]},
        "provider": "openai",
        "model": "gpt-4.1-mini",
        "detail": "high",
        "policy": "if_better",
        "policies": {"title": "always"},
        "fallback": True,
        "monthlyCapUsd": 12.5,
    }
    saved = kit.service.save("ada", edit(**change))
    assert saved == kit.service.show("ada")
    shown = saved.model_dump(by_alias=True, exclude_none=True, mode="json")
    assert shown["version"] == 1
    assert {name: shown[name] for name in change if name != "context"} == {
        name: value for name, value in change.items() if name != "context"
    }
    assert shown["context"]["keywords"] == ["sea", "sun"]


def test_what_is_left_out_goes_back_to_its_default(kit: Kit) -> None:
    kit.service.save("ada", edit(fallback=True))
    assert kit.service.save("ada", edit(1)).fallback is False


@pytest.mark.parametrize("based_on", [0, 2])
def test_a_change_of_another_version_is_refused(kit: Kit, based_on: int) -> None:
    kit.service.save("ada", edit(0, detail="high"))
    with pytest.raises(VersionConflict) as refused:
        kit.service.save("ada", edit(based_on))
    assert refused.value.details == {"version": 1}
    assert kit.service.show("ada").detail == "high"


def test_a_first_save_cannot_pretend_to_be_a_later_one(kit: Kit) -> None:
    with pytest.raises(VersionConflict) as refused:
        kit.service.save("ada", edit(3))
    assert refused.value.details == {"version": 0}


@pytest.mark.parametrize(
    "change",
    [
        {"unknown": 1},
        {"context": {"colour": "red"}},
        {"context": {"brand": ""}},
        {"context": {"brand": "x" * 301}},
        {"context": {"language": "german please"}},
        {"context": {"keywords": ["x"] * 51}},
        {"provider": "skynet"},
        {"model": "-rm"},
        {"detail": "medium"},
        {"policy": "sometimes"},
        {"policies": {"colour": "always"}},
        {"monthlyCapUsd": -1},
        {"monthlyCapUsd": float("nan")},
        {"version": -1},
        {"providerKeys": []},
    ],
)
def test_preferences_of_another_form_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SettingsEdit.model_validate({"version": 0, **change})


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"provider": "bedrock"}, "provider", "no access to bedrock."),
        ({"model": "gpt-5.4"}, "model", "name the model's provider"),
        ({"provider": "heuristic", "model": "gpt-5.4"}, "model", "uses none"),
        ({"context": {"language": "de-CH"}}, "language", "English only"),
    ],
)
def test_preferences_that_no_work_could_follow_are_refused_in_a_sentence(
    kit: Kit, change: dict[str, Any], field: str, says: str
) -> None:
    with pytest.raises(ValidationFailed, match=says) as refused:
        kit.service.save("ada", edit(**change))
    assert refused.value.details == {"field": field}
    assert kit.service.show("ada").version == 0


def test_a_provider_that_only_an_own_key_opens(kit: Kit) -> None:
    service = UserSettings(kit.store, kit.vault, kit._check, Offer("heuristic", frozenset()), lambda: NOW)
    wanted = edit(provider="openai", model="gpt-5.4", context={"language": "de"})
    with pytest.raises(ValidationFailed, match="provider-key"):
        service.save("ada", wanted)
    kit.set_key()
    assert service.save("ada", wanted).model == "gpt-5.4"


@pytest.mark.parametrize("language", ["en", "en-GB", None])
def test_what_the_heuristic_writes_is_accepted(kit: Kit, language: str | None) -> None:
    assert kit.service.save("ada", edit(context={"language": language})).version == 1


def test_the_key_brings_its_provider_for_model_and_language(kit: Kit) -> None:
    kit.set_key()
    assert kit.service.save("ada", edit(model="gpt-5.4", context={"language": "de"})).model == "gpt-5.4"


def test_a_key_is_checked_and_kept_sealed(kit: Kit) -> None:
    shown = kit.set_key(baseUrl="https://llm.example.com/v1", model="llava", requestsPerMinute=7)
    assert kit.checked == [(SECRET, "https://llm.example.com/v1")]
    assert shown == {
        "provider": "openai",
        "last4": "WXYZ",
        "status": "active",
        "statusSince": None,
        "restsUntil": None,
        "reason": None,
        "createdAt": "2026-11-20T12:00:00.000000Z",
        "baseUrl": "https://llm.example.com/v1",
        "model": "llava",
        "requestsPerMinute": 7,
    }
    assert kit.service.show("ada").model_dump(by_alias=True)["providerKeys"] == [shown]
    assert SECRET not in repr(kit.everything())
    key = kit.store.profile("ada").keys["openai"]
    assert kit.vault.open("ada", "openai", key.sealed) == SECRET
    assert "sealed" not in repr(key)


def test_a_sealed_key_opens_for_nobody_else(kit: Kit) -> None:
    kit.set_key()
    sealed = kit.store.profile("ada").keys["openai"].sealed
    for user, provider in (("bob", "openai"), ("ada", "bedrock")):
        with pytest.raises(ClientError):
            kit.vault.open(user, provider, sealed)


def test_a_key_belongs_to_its_user_and_leaves_the_preferences_alone(kit: Kit) -> None:
    kit.service.save("ada", edit(fallback=True))
    kit.set_key()
    assert kit.service.show("bob").provider_keys == []
    shown = kit.service.save("ada", edit(1, fallback=True))
    assert [key.last4 for key in shown.provider_keys] == ["WXYZ"]


@pytest.mark.parametrize("refusal", [KeyRefused(), AddressRefused(), ProviderUnavailable()])
def test_a_key_that_does_not_pass_the_check_changes_nothing(kit: Kit, refusal: Exception) -> None:
    kit.set_key()
    kit.refusal = refusal
    with pytest.raises(type(refusal)):
        kit.set_key(key="sk-other-key-0000")
    assert kit.service.show("ada").provider_keys[0].last4 == "WXYZ"


def test_a_refused_key_is_flagged_until_a_new_one_comes(kit: Kit) -> None:
    kit.set_key()
    old = kit.store.profile("ada").keys["openai"]
    assert kit.store.flag_key("ada", old, "refused", NOW)
    shown = kit.service.show("ada").provider_keys[0]
    assert (shown.status, shown.status_since, shown.rests_until) == ("refused", iso(NOW), None)
    assert shown.reason == MESSAGES["BAD_KEY"]
    later = UserSettings(kit.store, kit.vault, kit._check, OFFER, lambda: NOW.replace(hour=13))
    later.set_key("ada", ProviderKeyRequest.model_validate({"key": SECRET}))
    assert not kit.store.flag_key("ada", old, "refused", NOW)
    shown = kit.service.show("ada").provider_keys[0]
    assert (shown.status, shown.status_since, shown.reason) == ("active", None, None)


def test_an_exhausted_key_is_tried_by_one_at_a_time_and_comes_back(kit: Kit) -> None:
    kit.set_key()

    def key() -> StoredKey:
        return kit.store.profile("ada").keys["openai"]

    assert kit.store.flag_key("ada", key(), "exhausted", NOW)
    shown = kit.service.show("ada").provider_keys[0]
    assert (shown.status_since, shown.rests_until) == (iso(NOW), iso(NOW + KEY_REST))
    assert shown.reason == MESSAGES["KEY_EXHAUSTED"]
    assert key().rests(NOW + KEY_REST - timedelta(seconds=1))

    later = NOW + KEY_REST
    seen = key()
    assert not seen.rests(later)
    assert [kit.store.take_key_probe("ada", seen, later) for _ in range(2)] == [True, False]
    assert key().rests(later)

    assert kit.store.flag_key("ada", key(), "exhausted", later)
    assert kit.service.show("ada").provider_keys[0].status_since == iso(NOW)
    assert [kit.store.restore_key("ada", seen) for _ in range(2)] == [True, False]
    assert key() == replace(seen, status="active", flagged_at=None, rests_until=None)


def test_a_key_that_was_flagged_without_a_time_may_be_tried_at_once(kit: Kit) -> None:
    kit.set_key()
    kit.store.save_key("ada", replace(kit.store.profile("ada").keys["openai"], status="exhausted"))
    seen = kit.store.profile("ada").keys["openai"]
    assert not seen.rests(NOW)
    assert [kit.store.take_key_probe("ada", seen, NOW) for _ in range(2)] == [True, False]


def test_forgetting_a_key_may_be_repeated(kit: Kit) -> None:
    kit.set_key()
    assert [kit.service.forget_key("ada", "openai").removed for _ in range(2)] == [True, False]
    assert kit.everything() == []
    assert not kit.store.flag_key("ada", _key_of(kit), "refused", NOW)


def _key_of(kit: Kit) -> Any:
    other = Kit()
    other.set_key()
    return other.store.profile("ada").keys["openai"]


@pytest.mark.parametrize(
    "key", ["sk-tiny", "x" * 501, "with space in it", "with\r\nheader: x", "schlüssel-ä-ö-ü"]
)
def test_what_is_no_key_is_refused_without_being_repeated(key: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ProviderKeyRequest.model_validate({"key": key})
    assert key not in str(refused.value)


def test_a_key_does_not_show_in_the_request() -> None:
    request = ProviderKeyRequest.model_validate({"key": SECRET})
    assert SECRET not in repr(request)
    assert SECRET not in request.model_dump_json()


def test_preferences_of_an_older_form_are_read(kit: Kit) -> None:
    kit.service.save("ada", edit(detail="high"))
    assert kit.store.profile("ada").preferences == Preferences(detail="high")


class TestKeyCheck:
    check = OpenAiKeyCheck(AddressGuard(lookup=lambda *_: ["93.184.215.14"]))

    @pytest.mark.parametrize(
        ("base_url", "asked"),
        [
            ("", "https://api.openai.com/v1/models"),
            ("https://llm.example.com/v1/", "https://llm.example.com/v1/models"),
        ],
    )
    def test_it_asks_for_the_models(self, monkeypatch: pytest.MonkeyPatch, base_url: str, asked: str) -> None:
        seen: list[tuple[str, Mapping[str, str]]] = []

        def get(_guard: AddressGuard, url: str, headers: Mapping[str, str]) -> Answer:
            seen.append((url, headers))
            return Answer(200, b"{}")

        monkeypatch.setattr(guarded, "get", get)
        self.check(SECRET, base_url)
        assert seen == [(asked, {"Authorization": f"Bearer {SECRET}"})]

    @pytest.mark.parametrize(
        ("status", "raised"),
        [
            (200, None),
            (403, None),
            (429, None),
            (401, KeyRefused),
            (302, ProviderUnavailable),
            (404, ProviderUnavailable),
            (500, ProviderUnavailable),
        ],
    )
    def test_what_the_answer_means(
        self, monkeypatch: pytest.MonkeyPatch, status: int, raised: type[Exception] | None
    ) -> None:
        monkeypatch.setattr(guarded, "get", lambda *_: Answer(status, SECRET.encode()))
        if raised is None:
            self.check(SECRET, "")
            return
        with pytest.raises(raised) as refused:
            self.check(SECRET, "")
        assert SECRET not in repr(refused.value)

    def test_an_address_without_a_service_is_the_wrong_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(guarded, "get", lambda *_: Answer(404, SECRET.encode()))
        with pytest.raises(AddressRefused, match="/v1") as refused:
            self.check(SECRET, "https://llm.example.com")
        assert refused.value.details == {"field": "baseUrl", "status": 404}

    def test_a_server_that_is_not_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def get(*_: object) -> Answer:
            raise ConnectionRefusedError

        monkeypatch.setattr(guarded, "get", get)
        with pytest.raises(ProviderUnavailable):
            self.check(SECRET, "")

    @pytest.mark.parametrize(
        ("errno", "raised"), [(socket.EAI_AGAIN, ProviderUnavailable), (socket.EAI_NONAME, HostUnknown)]
    )
    def test_a_name_that_is_not_found(self, errno: int, raised: type[Exception]) -> None:
        def lookup(*_: object) -> list[str]:
            raise socket.gaierror(errno, "not found")

        with pytest.raises(raised):
            OpenAiKeyCheck(AddressGuard(lookup=lookup))(SECRET, "https://llm.example.com")

    def test_an_address_inside_is_refused(self) -> None:
        inside = OpenAiKeyCheck(AddressGuard(lookup=lambda *_: ["169.254.169.254"]))
        with pytest.raises(AddressRefused):
            inside(SECRET, "https://metadata.example.com")
