"""Metering as the stack's parameters describe it."""

from typing import Any

import pytest

from gloss import aws
from gloss.config import DescribeImageSettings
from gloss.describe.model import Permanent
from gloss.errors import ConfigurationError
from gloss.metering.configured import configured_metering
from gloss.pipeline.office import open_office
from tests.fakes.kms import FakeKms
from tests.fakes.metering import call
from tests.fakes.tables import with_tables


def settings(**changes: Any) -> DescribeImageSettings:
    known: dict[str, Any] = {
        "images_table": "ImagesTable",
        "derived_bucket": "derived",
        "describe_provider": "openai",
        "rates_table": "RatesTable",
        "usage_table": "UsageTable",
        "settings_table": "SettingsTable",
        "settings_key": "key-1",
    }
    return DescribeImageSettings(**{**known, **changes})


@pytest.mark.parametrize(("cap", "capped"), [("", False), ("0", True), ("2.5", False)])
def test_the_cap_of_the_stack_is_a_parameter_in_dollars(cap: str, capped: bool) -> None:
    database = with_tables("RatesTable", "UsageTable")
    metering = configured_metering(database.client, settings(monthly_cap_override=cap))
    refusal = metering.spending.refusal(call())
    assert isinstance(refusal, Permanent) == capped


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("monthly_cap_override", "plenty"),
        ("monthly_cap_override", "inf"),
        ("prices_override", "{"),
        ("rate_limits_override", "[]"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        configured_metering(with_tables("RatesTable").client, settings(**{name: value}))
    assert refused.value.details["variable"] == name.upper()


@pytest.mark.parametrize(("private", "guarded"), [("allowed", False), ("refused", True), ("", True)])
def test_addresses_are_guarded_wherever_the_stage_does_not_say_otherwise(
    monkeypatch: pytest.MonkeyPatch, private: str, guarded: bool
) -> None:
    database = with_tables("RatesTable", "UsageTable", "SettingsTable")
    for name in ("dynamodb", "dynamodb_of_meter"):
        monkeypatch.setattr(aws, name, lambda: database.client)
    monkeypatch.setattr(aws, "kms", lambda: FakeKms().client)
    office = open_office(settings(private_addresses=private))
    assert office.guarded == guarded
    assert office.profile("ada").version == 0
