import json
from datetime import date

import pytest

from gloss.describe.models import default_model
from gloss.embed import bedrock, openai
from gloss.errors import ConfigurationError
from gloss.generate.costs import models
from gloss.metering.model import Tokens, nano_usd, usd
from gloss.metering.prices import BUILT_IN, Prices
from gloss.providers.model import FREE

DAY = date(2026, 11, 20)
TABLE = """{"prices": [
    {"provider": "openai", "model": "gpt-4.1-mini", "since": "2025-01-01", "input": "1", "output": "2"},
    {"provider": "openai", "model": "gpt-4.1-mini", "since": "2026-06-01", "input": "0.5", "output": "1"}]}"""


def table_of(*entry: str) -> str:
    names = ("provider", "model", "since", "input", "output")
    return json.dumps({"prices": [dict(zip(names, entry, strict=True))]})


@pytest.mark.parametrize(
    ("provider", "model", "tokens", "dollars"),
    [
        ("openai", "gpt-4.1-mini", Tokens(1_000_000, 1_000_000), 2.0),
        ("openai", "gpt-4o-mini", Tokens(1000, 100), 0.00021),
        ("openai", "gpt-4o-mini-2024-07-18", Tokens(1000, 100), 0.00021),
        ("openai", "text-embedding-3-small", Tokens(50), 0.000001),
        ("bedrock", "amazon.nova-lite-v1:0", Tokens(1_000_000, 0), 0.06),
        ("bedrock", "eu.amazon.nova-lite-v1:0", Tokens(1_000_000, 0), 0.06),
        ("openai", "gpt-4.1", Tokens(), 0.0),
        ("openai", "gpt-4.1", Tokens(pictures=3), 0.0),
        ("bedrock", "amazon.nova-canvas-v1:0", Tokens(pictures=1, quality="auto"), 0.04),
        ("bedrock", "amazon.nova-canvas-v1:0", Tokens(pictures=2, quality="high"), 0.12),
        ("bedrock", "amazon.nova-canvas-v1:0", Tokens(pictures=1, quality="unheard of"), 0.06),
    ],
)
def test_cost_of_a_call(provider: str, model: str, tokens: Tokens, dollars: float) -> None:
    cost = Prices.load().cost(provider, model, tokens, DAY)
    assert cost == nano_usd(dollars)


@pytest.mark.parametrize(
    ("provider", "model"),
    [("openai", "llava"), ("bedrock", "gpt-4.1"), ("openai", "gpt-4.1-mini-ultra"), ("x", "")],
)
def test_an_unknown_model_has_no_price_rather_than_none_to_pay(provider: str, model: str) -> None:
    assert Prices.load().cost(provider, model, Tokens(1000, 1000), DAY) is None


@pytest.mark.parametrize(
    ("day", "cost"),
    [(date(2024, 12, 31), None), (date(2025, 1, 1), 1.0), (date(2026, 5, 31), 1.0), (date(2026, 6, 1), 0.5)],
)
def test_a_call_is_priced_as_on_its_day(day: date, cost: float | None) -> None:
    nanos = Prices.load(TABLE).cost("openai", "gpt-4.1-mini", Tokens(1_000_000), day)
    assert (None if nanos is None else usd(nanos)) == cost


def test_an_override_leaves_the_other_prices_alone() -> None:
    assert Prices.load(TABLE).cost("openai", "gpt-4.1", Tokens(1_000_000), DAY) == nano_usd(2)


def test_half_a_nano_dollar_is_rounded_up() -> None:
    table = table_of("p", "m", "2026-01-01", "0.0005", "0")
    prices = Prices.load(table)
    assert [prices.cost("p", "m", Tokens(count), DAY) for count in (0, 1, 2, 3)] == [0, 1, 1, 2]


@pytest.mark.parametrize(
    "override",
    [
        "{",
        "[]",
        "{}",
        '{"prices": [{"provider": "p"}]}',
        table_of("p", "m", "soon", "1", "1"),
        table_of("p", "m", "2026-01-01", "cheap", "1"),
        table_of("p", "m", "2026-01-01", "-1", "1"),
        '{"prices": [{"provider": "p", "model": "m", "since": "2026-01-01", "picture": {"auto": "-1"}}]}',
        '{"prices": [{"provider": "p", "model": "m", "since": "2026-01-01", "picture": {"auto": "dear"}}]}',
        '{"prices": [{"provider": "p", "model": "m", "since": "2026-01-01", "picture": "0.04"}]}',
    ],
)
def test_a_wrong_price_table_is_refused(override: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Prices.load(override)
    assert refused.value.details["variable"] == "PRICES_OVERRIDE"


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        *((name, default_model(name)) for name in ("openai", "bedrock")),
        ("openai", openai.DEFAULT_MODEL),
        ("bedrock", bedrock.DEFAULT_MODEL),
    ],
)
def test_every_model_that_is_used_by_default_has_a_price(provider: str, model: str) -> None:
    assert Prices.load().cost(provider, model, Tokens(1_000_000), DAY)


def test_every_model_that_makes_pictures_for_money_has_a_price() -> None:
    used = Tokens(1_000_000, 1_000_000, pictures=1, quality="auto")
    for name, model in models().items():
        assert model.provider in FREE or Prices.load().cost(model.provider, name, used, DAY), name


def test_every_entry_of_the_table_says_where_it_is_from_and_how_sure_it_is() -> None:
    table = json.loads(BUILT_IN.read_text())
    assert date.fromisoformat(table["checked"]) <= DAY
    assert {entry["provider"] for entry in table["prices"]} == set(table["sources"])
    assert {type(entry["verified"]) for entry in table["prices"]} == {bool}


@pytest.mark.parametrize("provider", ["openai", "bedrock"])
def test_what_is_used_by_default_is_verified(provider: str) -> None:
    defaults = {default_model(provider), openai.DEFAULT_MODEL, bedrock.DEFAULT_MODEL}
    sure = {one["model"]: one["verified"] for one in json.loads(BUILT_IN.read_text())["prices"]}
    assert all(sure[model] for model in defaults)
