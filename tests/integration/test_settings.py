"""Settings, own keys and usage on the deployed stack, IAM enforced, with the scripted AI server."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gloss.dynamodb import from_attributes
from gloss.settings.vault import Vault
from tests.integration.person import Person, Picture, data, send
from tests.servers import openai_script as script
from tests.servers.openai_script import CHAT, MODELS, Call, Reply
from tests.servers.openai_server import OpenAiServer
from tools.local_engine import wait_for
from tools.local_stack import LocalStack

SECRET = "sk-own-5b1c7e9d2f4a6c8e-WXYZ"


@pytest.fixture
def server() -> Iterator[OpenAiServer]:
    with OpenAiServer(
        lambda call: None if call.key == SECRET else script.error(401, "invalid_api_key")
    ) as server:
        yield server


@pytest.fixture
def bob(stack: LocalStack) -> Iterator[Person]:
    with contextlib.closing(Person(stack)) as person:
        yield person


def bring_key(person: Person, server: OpenAiServer, **changes: Any) -> dict[str, Any]:
    request = {"key": SECRET, "baseUrl": server.base_url, "model": "gpt-5.4-mini", **changes}
    shown: dict[str, Any] = data(person.http.put("/settings/provider-key", json=request))
    return shown


def settings(person: Person) -> dict[str, Any]:
    shown: dict[str, Any] = data(person.http.get("/settings"))
    return shown


def prefer(person: Person, **preferences: Any) -> None:
    data(person.http.put("/settings", json={"version": settings(person)["version"], **preferences}))


def answers(reply: Reply) -> script.Script:
    """The check of the key passes, every picture is answered with this."""

    def scripted(call: Call) -> Reply | None:
        return reply if call.path == CHAT else None

    return scripted


def items(stack: LocalStack, table: str) -> list[dict[str, Any]]:
    pages = stack.access.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return [from_attributes(item) for page in pages for item in page["Items"]]


def test_preferences_are_versioned_and_private(ann: Person, bob: Person) -> None:
    saved = data(ann.http.put("/settings", json={"version": 0, "context": {"brand": "Anna & Co"}}))
    assert (saved["version"], saved["context"]["brand"]) == (1, "Anna & Co")
    stale = ann.http.put("/settings", json={"version": 0})
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "VERSION_CONFLICT")
    unknown = ann.http.put("/settings", json={"version": 1, "colour": "red"})
    assert unknown.status_code == 400
    assert settings(ann) == saved
    assert settings(bob)["version"] == 0
    assert settings(bob)["context"]["brand"] is None


def test_another_provider_is_one_field_and_an_own_key_takes_no_credit(
    ann: Person, server: OpenAiServer
) -> None:
    (image,) = ann.upload(Picture.drawn("beach", seed=7))
    (first,) = ann.settled([image])
    assert first["provenance"]["title"]["source"] == "heuristic"
    bring_key(ann, server)
    before = ann.credits()
    request = {"provider": "openai", "context": {"brand": "Acme"}, "policies": {"tags": "only_empty"}}
    started = data(ann.http.post(f"/images/{image}/regenerate", json=request), 202)
    assert (started["cost"], started["remaining"]) == (0, before.remaining)
    assert wait_for(lambda: ann.image(image)["version"] == 2, 60)

    shown = ann.image(image)
    origin = shown["provenance"]["title"]
    assert (origin["source"], origin["provider"]) == ("ai", "openai")
    # The service names the model by its date.
    assert origin["model"].startswith("gpt-5.4-mini-")
    assert shown["metadata"]["tags"] == first["metadata"]["tags"]
    assert shown["provenance"]["tags"]["source"] == "heuristic"
    assert ann.credits() == before
    newest, oldest = data(ann.http.get(f"/images/{image}/versions"))["versions"]
    told = {name: newest["details"][name] for name in ("kind", "provider", "model", "credits")}
    expected = {"kind": "regenerate", "credits": 0, "provider": "openai", "model": origin["model"]}
    assert told == expected
    assert newest["details"]["costUsd"] > 0
    assert newest["details"]["latencyMs"] > 0
    reasons = {name: reason["reason"] for name, reason in newest["reasons"].items()}
    assert (reasons["title"], reasons["tags"]) == ("priority", "not_empty")
    assert (oldest["details"]["credits"], oldest["details"]["costUsd"]) == (1, 0)
    (asked,) = [call for call in server.calls if call.path == CHAT]
    assert "Acme" in json.dumps(asked.body)


def test_a_key_that_the_service_refuses_is_not_kept(ann: Person, server: OpenAiServer) -> None:
    answer = ann.http.put(
        "/settings/provider-key", json={"key": "sk-nobody-knows", "baseUrl": server.base_url}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "KEY_REFUSED")
    assert "sk-nobody-knows" not in answer.text
    assert settings(ann)["providerKeys"] == []


def test_with_an_own_key_no_credit_is_used_and_usage_is_metered(ann: Person, server: OpenAiServer) -> None:
    bring_key(ann, server)
    assert server.count(MODELS, SECRET) == 1
    before = ann.credits()
    shown = ann.settled(ann.upload(*(Picture.drawn("beach", seed=seed) for seed in range(3))))

    assert [image["status"] for image in shown] == ["complete"] * 3
    assert {image["provenance"]["title"]["provider"] for image in shown} == {"openai"}
    assert ann.credits() == before
    assert server.count(CHAT) == server.count(CHAT, SECRET) == 3
    report = data(ann.http.get("/usage", params=[("by", "provider"), ("by", "model"), ("by", "payer")]))
    (group,) = report["groups"]
    assert (group["provider"], group["model"], group["payer"]) == ("openai", "gpt-5.4-mini", "user")
    assert group["totals"] == report["total"]
    assert (report["total"]["calls"], report["total"]["failures"]) == (3, 0)
    assert (report["total"]["inputTokens"], report["total"]["outputTokens"]) == (3 * 900, 3 * 120)
    assert report["total"]["costUsd"] == pytest.approx(3 * (900 * 0.75 + 120 * 4.5) / 1e6)


def test_usage_rows_add_up_to_the_servers_own_count(ann: Person, server: OpenAiServer) -> None:
    bring_key(ann, server)
    first = server.count(CHAT)
    server.script = lambda call: (
        script.rate_limited(retry_after="1") if call.path == CHAT and call.number == first else None
    )
    ann.settled(ann.upload(*(Picture.drawn("forest", seed=seed) for seed in range(4))))

    rows: list[Mapping[str, Any]] = []
    cursor: str | None = None
    while True:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = data(ann.http.get("/usage/calls", params=query))
        rows += page["calls"]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(rows) == server.count(CHAT) == 5
    assert sorted(row["outcome"] for row in rows) == ["ok"] * 4 + ["rate_limited"]
    assert [row["time"] for row in rows] == sorted((row["time"] for row in rows), reverse=True)
    total = data(ann.http.get("/usage"))["total"]
    assert total["calls"] == 5
    assert total["inputTokens"] == sum(row["inputTokens"] for row in rows)
    assert total["costUsd"] == pytest.approx(sum(row["costUsd"] for row in rows))


def test_usage_and_keys_of_others_are_invisible(ann: Person, bob: Person, server: OpenAiServer) -> None:
    bring_key(ann, server)
    ann.settled(ann.upload(Picture.drawn()))
    assert data(bob.http.get("/usage"))["total"]["calls"] == 0
    assert data(bob.http.get("/usage/calls"))["calls"] == []
    assert settings(bob)["providerKeys"] == []
    assert data(bob.http.delete("/settings/provider-key"))["removed"] is False
    assert [key["last4"] for key in settings(ann)["providerKeys"]] == ["WXYZ"]


def test_a_key_never_shows_up(ann: Person, server: OpenAiServer, stack: LocalStack) -> None:
    answers_ = [
        ann.http.put("/settings/provider-key", json={"key": SECRET, "baseUrl": server.base_url}),
        ann.http.put("/settings/provider-key", json={"key": SECRET, "bogus": 1}),
        ann.http.get("/settings"),
    ]
    server.script = answers(script.error(401, "invalid_api_key", f"Incorrect API key provided: {SECRET}"))
    answers_ += [
        ann.http.get(f"/images/{image}")
        for image in (i["id"] for i in ann.settled(ann.upload(Picture.drawn())))
    ]
    answers_ += [ann.http.get("/settings"), ann.http.get("/usage/calls")]

    assert all(SECRET not in answer.text for answer in answers_)
    for table in ("SettingsTable", "UsageTable", "ImagesTable", "RatesTable", "IdempotencyTable"):
        assert SECRET not in repr(items(stack, stack.outputs[table])), table
    lines = [line.message for name in stack.access.functions() for line in stack.access.logs(name)]
    assert lines
    assert not [line for line in lines if SECRET in line]


def test_a_sealed_key_opens_only_for_its_user(
    ann: Person, bob: Person, server: OpenAiServer, stack: LocalStack
) -> None:
    bring_key(ann, server)
    (row,) = [item for item in items(stack, stack.outputs["SettingsTable"]) if item["user"] == ann.id]
    vault = Vault(stack.access.client("kms"), stack.outputs["SettingsKey"])
    assert vault.open(ann.id, "openai", row["sealed"]) == SECRET
    for user, provider in ((bob.id, "openai"), (ann.id, "bedrock")):
        with pytest.raises(ClientError) as refused:
            vault.open(user, provider, row["sealed"])
        assert refused.value.response["Error"]["Code"] == "InvalidCiphertextException"


def test_a_key_that_goes_bad_is_flagged_and_left_alone(ann: Person, server: OpenAiServer) -> None:
    bring_key(ann, server)
    before = ann.credits()
    server.script = answers(script.error(401, "invalid_api_key"))
    (first,) = ann.settled(ann.upload(Picture.drawn()))
    assert (first["status"], first["failure"]["code"]) == ("failed", "BAD_KEY")
    assert [key["status"] for key in settings(ann)["providerKeys"]] == ["refused"]
    (second,) = ann.settled(ann.upload(Picture.drawn()))
    assert second["failure"]["code"] == "BAD_KEY"
    assert server.count(CHAT) == 1
    assert ann.credits() == before


def test_a_removed_key_does_not_turn_into_the_stacks_money(ann: Person, server: OpenAiServer) -> None:
    bring_key(ann, server)
    picture = Picture.drawn()
    (refused, allowed) = ann.start(picture, picture)
    assert data(ann.http.delete("/settings/provider-key"))["removed"] is True

    assert send(refused, picture).status_code == 204
    (failed,) = ann.settled([refused["id"]])
    assert (failed["status"], failed["failure"]["code"]) == ("failed", "KEY_MISSING")

    prefer(ann, fallback=True)
    assert send(allowed, picture).status_code == 204
    (complete,) = ann.settled([allowed["id"]])
    assert complete["provenance"]["title"]["provider"] == "heuristic"
    versions = data(ann.http.get(f"/images/{allowed['id']}/versions"))["versions"]
    assert versions[0]["details"]["fallback"] == {"insteadOf": "openai", "code": "KEY_MISSING"}
    assert server.count(CHAT) == 0


def test_a_cap_stops_new_work_with_a_clear_reason(ann: Person, server: OpenAiServer) -> None:
    bring_key(ann, server)
    prefer(ann, monthlyCapUsd=0.001)
    (first,) = ann.settled(ann.upload(Picture.drawn()))
    assert first["status"] == "complete"
    (second,) = ann.settled(ann.upload(Picture.drawn()))
    assert (second["status"], second["failure"]["code"]) == ("failed", "COST_CAP_REACHED")
    assert server.count(CHAT) == 1


@pytest.mark.heavy
def test_the_limit_of_a_key_holds_and_nothing_is_lost(
    ann: Person, server: OpenAiServer, stack: LocalStack
) -> None:
    bring_key(ann, server, requestsPerMinute=2)
    images = ann.upload(*(Picture.drawn(seed=seed) for seed in range(3)))
    ann.settled(images, deadline_s=150)
    assert server.count(CHAT) == 3
    counted = [
        item["calls"]
        for item in items(stack, stack.outputs["RatesTable"])
        if ann.id in item["window"] and "calls" in item
    ]
    assert sum(counted) == 3
    assert max(counted) <= 2
