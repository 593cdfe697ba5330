"""What a stack parameter changes, through template, environment and settings."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.fakes.ledger import PLANS
from tests.fakes.product import Product
from tests.unit.functions import conftest
from tests.unit.functions.conftest import Invoke
from tests.unit.functions.events import USER, complete, request
from tests.unit.rules.sources import HANDLERS


def test_versions_are_kept_as_the_stack_says(
    invoke: Invoke, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = conftest.variables("images_api")
    assert (given["VERSIONS_KEPT"], given["VERSIONS_KEPT_DAYS"]) == ("20", "90")
    fewer = given | {"VERSIONS_KEPT": "1", "VERSIONS_KEPT_DAYS": "3"}
    monkeypatch.setattr(conftest, "variables", lambda _: fewer)
    complete(product)

    for version in (1, 2):
        invoke("images_api", request("images_api.edit", body={"version": version, "title": str(version)}))

    versions = [item for item in product.dynamodb.scan(TableName="ImagesTable")["Items"] if "number" in item]
    expiring = {int(it["number"]["N"]): int(it["expires_at"]["N"]) for it in versions if "expires_at" in it}
    assert sorted(expiring) == [1, 2]
    assert (expiring[2] - product.clock().timestamp()) / 86_400 == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("folder", ["bulk_step", "finish_image", "images_api", "regenerate_api"])
def test_whoever_writes_versions_is_told_how_long_they_are_kept(folder: str) -> None:
    assert {"VERSIONS_KEPT", "VERSIONS_KEPT_DAYS"} <= set(conftest.variables(folder))


HOUSE_PLANS: Final = {"default": "house", "plans": {"house": {"limits": {"images": 3, "tokens": 7}}}}


def with_plans(monkeypatch: pytest.MonkeyPatch, folder: str, plans: str) -> None:
    given: Mapping[str, str] = conftest.variables(folder) | {"PLANS_OVERRIDE": plans}
    monkeypatch.setattr(conftest, "variables", lambda _: given)


def test_plans_are_those_of_the_stack(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    with_plans(monkeypatch, "quota_api", json.dumps(HOUSE_PLANS))
    quota: dict[str, Any] = json.loads(invoke("quota_api", request("quota_api"))["body"])["data"]
    assert quota["plan"] == "house"
    assert {meter: it["limit"] for meter, it in quota["meters"].items()} == {"images": 3, "tokens": 7}


def test_plans_of_another_form_are_a_fault_and_no_free_credits(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_plans(monkeypatch, "quota_api", '{"default": "none", "plans": {}}')
    answer = invoke("quota_api", request("quota_api"))
    assert (answer["statusCode"], json.loads(answer["body"])["error"]["code"]) == (500, "INTERNAL")


WISH: Final = {"provider": "openai", "model": "gpt-99"}


@pytest.mark.parametrize(
    ("folder", "changes"),
    [
        ("regenerate_api", {"body": WISH}),
        ("jobs_api", {"body": {"regenerate": WISH}}),
        ("settings_api", {"body": {"version": 0, **WISH}, "httpMethod": "PUT"}),
    ],
)
def test_a_model_that_is_not_on_the_stacks_list_is_refused_at_the_request(
    invoke: Invoke,
    product: Product,
    monkeypatch: pytest.MonkeyPatch,
    folder: str,
    changes: Mapping[str, Any],
) -> None:
    given = conftest.variables(folder) | {"OPENAI_SECRET_ARN": "arn", "STACK_MODELS": "gpt-5.4, our-own"}
    monkeypatch.setattr(conftest, "variables", lambda _: given)
    complete(product)
    before = product.credits.quota(account=USER).remaining

    answer = invoke(folder, request(folder, **changes))

    error = json.loads(answer["body"])["error"]
    assert (answer["statusCode"], error["code"]) == (400, "VALIDATION_FAILED")
    assert error["details"] == {"field": "model", "allowed": ["gpt-5.4", "our-own"]}
    assert product.credits.quota(account=USER).remaining == before


@pytest.mark.parametrize(
    "folder", ["compatibility_api", "jobs_api", "regenerate_api", "settings_api", "start_scheduled"]
)
def test_whoever_takes_wishes_is_told_what_the_stack_pays_for(folder: str) -> None:
    assert {"DESCRIBE_MODEL", "STACK_MODELS", "PRICES_OVERRIDE"} <= set(conftest.variables(folder))


@pytest.mark.parametrize("folder", [handler.parent.name for handler in HANDLERS])
def test_whoever_has_the_ledger_is_told_the_plans(folder: str) -> None:
    """One function with other plans than the rest would open months with limits of its own."""
    given = conftest.variables(folder)
    if "LEDGER_TABLE" not in given or folder in READERS:
        assert "PLANS_OVERRIDE" not in given
    else:
        assert given["PLANS_OVERRIDE"] == PLANS


READERS: Final = {"realtime_publish"}
"""Reads rows of the ledger, and no plan."""
