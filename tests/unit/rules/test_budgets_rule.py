"""Whoever waits for an AI service hears its answer, or its silence, before the own time is over."""

from typing import Any, Final

import pytest

from gloss import aws, config
from gloss.embed import model as embed
from gloss.generate import registry as generate
from gloss.providers import model as describe
from gloss.providers.openai import CONNECT_S, SILENCE_S
from gloss.search.reindexing import NEEDED_S
from tools.template import read_template

RECORD_S: Final = 6
"""Writing down what was paid, at the worst: two tries of the meter's table."""

EMBED_S: Final = embed.LATEST_S + embed.ANSWER_S + SILENCE_S + RECORD_S
BUDGETS: Final = {
    # A refusal within LATEST_S, then the gate and the answer of whoever stands in.
    "DescribeImage": 2 * describe.LATEST_S + describe.ANSWER_S + SILENCE_S + RECORD_S,
    "EmbedImage": EMBED_S,
    "SearchApi": EMBED_S,
    "SelectImages": EMBED_S,
    "Reindex": EMBED_S,
    "GeneratePictures": generate.ANSWER_S + SILENCE_S + RECORD_S,
}


def functions() -> dict[str, Any]:
    resources = read_template()["Resources"]
    return {
        name: one["Properties"]
        for name, one in resources.items()
        if one["Type"] == "AWS::Serverless::Function"
    }


def payers() -> set[str]:
    """Functions that pay for AI calls."""
    settings = {name: getattr(config, f"{name}Settings", None) for name in functions()}
    return {name for name, found in settings.items() if found and issubclass(found, config.PaidWorkSettings)}


def test_every_function_that_waits_for_a_provider_has_a_budget() -> None:
    assert payers() == set(BUDGETS)


@pytest.mark.parametrize("function", BUDGETS)
def test_the_worst_call_ends_before_its_function(function: str) -> None:
    assert BUDGETS[function] < functions()[function]["Timeout"]


def test_a_page_is_begun_only_where_its_vectors_can_come() -> None:
    assert EMBED_S < NEEDED_S


def test_connecting_is_a_part_of_the_time_for_an_answer() -> None:
    assert max(CONNECT_S, aws.BEDROCK_CONNECT_S) < min(describe.ANSWER_S, embed.ANSWER_S)


def test_the_meter_gives_up_in_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    made: Any = aws.dynamodb_of_meter.__wrapped__().meta.config
    tries = made.retries["total_max_attempts"]
    assert tries * (made.connect_timeout + made.read_timeout) <= RECORD_S
