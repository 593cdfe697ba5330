"""What stands around a call: cap, circuit, limit, record."""

import json
import logging
from dataclasses import replace
from typing import Any

import pytest

from gloss.describe.memory import ScriptedDescriber
from gloss.describe.model import (
    Bill,
    DescribeRequest,
    Description,
    Metadata,
    Ok,
    Outcome,
    Permanent,
    RateLimited,
    Transient,
    Usage,
)
from gloss.embed.memory import ScriptedEmbedder
from gloss.embed.model import Embedded
from gloss.metering.breaker import OPEN_S, THRESHOLD
from gloss.metering.limiter import Limiter
from gloss.metering.limits import Limits
from gloss.metering.metered import MeteredDescriber, MeteredEmbedder
from gloss.metering.metrics import report
from gloss.metering.model import Call, Receipts, nano_usd
from gloss.metering.rates import RatesStore
from gloss.metering.service import KEY_PAUSE_S
from gloss.providers.model import LATEST_S
from tests.fakes.dynamodb import Fault, throttled
from tests.fakes.metering import MeteringKit, call
from tools.template import read_template

REQUEST = DescribeRequest("beach.jpg")
OK = Ok(Description(Metadata(title="A beach"), {}, usage=Usage(1000, 100)))
BILLED = Ok(replace(OK.description, bill=Bill(latency_ms=0, cost_usd=0.00056)))
BROKEN = Transient("PROVIDER_ERROR", "The provider broke.")
DECLINED = Permanent("CONTENT_REFUSED", "No.")
ROOMY = '{"openai": {"describe": 1000}}'


def metered(
    kit: MeteringKit, *outcomes: Outcome, made: Call | None = None
) -> tuple[MeteredDescriber, ScriptedDescriber]:
    inner = ScriptedDescriber(*outcomes, name="openai")
    return MeteredDescriber(inner, kit.metering(made), made or call()), inner


def test_a_call_is_answered_recorded_and_reported() -> None:
    kit = MeteringKit()
    describer, inner = metered(kit, OK)
    assert describer.name == "openai"
    assert describer.describe(REQUEST) == BILLED
    assert inner.requests == [REQUEST]
    (row,) = kit.rows()
    assert (row["input_tokens"], row["output_tokens"], row["outcome"]) == (1000, 100, "ok")
    assert row["cost_nano_usd"] == nano_usd(0.00056)
    assert [one.to_item()["time"] for one in kit.reported] == [row["time"]]


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (RateLimited(7), None),
        (BROKEN, "PROVIDER_ERROR"),
        (DECLINED, "CONTENT_REFUSED"),
    ],
)
def test_a_failure_is_a_call_too(outcome: Outcome, code: str | None) -> None:
    kit = MeteringKit()
    describer, _ = metered(kit, outcome)
    assert describer.describe(REQUEST) == outcome
    (row,) = kit.rows()
    assert (row["outcome"], row.get("code"), row["cost_nano_usd"]) == (outcome.kind, code, 0)


def test_over_the_limit_nothing_is_sent_and_nothing_recorded() -> None:
    kit = MeteringKit()
    describer, inner = metered(kit, OK)
    outcomes = [describer.describe(REQUEST) for _ in range(5)]
    assert [outcome.kind for outcome in outcomes] == ["ok"] * 3 + ["rate_limited"] * 2
    assert len(inner.requests) == len(kit.rows()) == 3


def test_the_providers_own_wish_pauses_the_key() -> None:
    kit = MeteringKit()
    describer, inner = metered(kit, RateLimited(40), OK)
    assert describer.describe(REQUEST) == RateLimited(40)
    kit.forward(30)
    assert describer.describe(REQUEST) == RateLimited(10)
    kit.forward(10)
    assert describer.describe(REQUEST) == BILLED
    assert len(inner.requests) == 2


def test_a_provider_that_keeps_failing_is_left_alone_and_tried_again() -> None:
    kit = MeteringKit(limits=ROOMY)
    describer, inner = metered(kit, *[BROKEN] * THRESHOLD, OK)
    for _ in range(THRESHOLD):
        assert describer.describe(REQUEST) == BROKEN
    refused = describer.describe(REQUEST)
    assert isinstance(refused, Transient)
    assert refused.code == "PROVIDER_UNAVAILABLE"
    assert len(inner.requests) == THRESHOLD
    kit.forward(OPEN_S)
    assert [describer.describe(REQUEST) for _ in range(2)] == [BILLED, BILLED]


@pytest.mark.parametrize("outcome", [Transient("INVALID_ANSWER", "Garbage."), DECLINED])
def test_a_provider_that_answers_is_not_down(outcome: Outcome) -> None:
    kit = MeteringKit(limits=ROOMY)
    describer, inner = metered(kit, outcome)
    for _ in range(2 * THRESHOLD):
        describer.describe(REQUEST)
    assert len(inner.requests) == 2 * THRESHOLD


@pytest.mark.parametrize("code", ["BAD_KEY", "KEY_EXHAUSTED"])
def test_a_users_useless_key_is_reported_and_the_stacks_is_rested(
    code: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    kit = MeteringKit()
    own = call(payer="user")
    metered(kit, Permanent(code, "No."), made=own)[0].describe(REQUEST)
    assert kit.refused == [(own, code)]
    describer, inner = metered(kit, Permanent(code, "No."), OK)
    with caplog.at_level(logging.ERROR):
        describer.describe(REQUEST)
    assert len(kit.refused) == 1
    assert "key is refused" in caplog.text
    assert describer.describe(REQUEST) == RateLimited(KEY_PAUSE_S)
    assert len(inner.requests) == 1
    report(kit.reported[-1])
    assert json.loads(capsys.readouterr().out)["KeyRefusals"] == [1]


def test_a_users_cap_stops_new_calls_whoever_pays() -> None:
    kit = MeteringKit(limits=ROOMY)
    capped = call(cap=nano_usd(0.001), payer="user")
    describer, inner = metered(kit, OK, made=capped)
    kinds = [describer.describe(REQUEST).kind for _ in range(4)]
    assert kinds == ["ok", "ok", "permanent", "permanent"]
    refused = describer.describe(REQUEST)
    assert isinstance(refused, Permanent)
    assert refused.code == "COST_CAP_REACHED"
    assert len(inner.requests) == 2
    other, _ = metered(kit, OK, made=replace(capped, user="bob"))
    assert other.describe(REQUEST) == BILLED


def test_a_cap_of_zero_lets_nothing_through() -> None:
    describer, inner = metered(MeteringKit(), OK, made=call(cap=0))
    assert describer.describe(REQUEST).kind == "permanent"
    assert inner.requests == []


def test_a_new_month_begins_with_nothing_spent() -> None:
    kit = MeteringKit(limits=ROOMY)
    describer, _ = metered(kit, OK, made=call(cap=nano_usd(0.0005)))
    assert [describer.describe(REQUEST).kind for _ in range(2)] == ["ok", "permanent"]
    kit.forward(11 * 24 * 3600)
    assert describer.describe(REQUEST) == BILLED


def test_the_stacks_cap_stops_what_the_stack_pays_within_half_a_minute() -> None:
    kit = MeteringKit(limits=ROOMY, stack_cap=nano_usd(0.001))
    describer, _ = metered(kit, OK)
    own, _ = metered(kit, OK, made=call(payer="user"))
    assert [describer.describe(REQUEST).kind for _ in range(3)] == ["ok"] * 3
    kit.forward(31)
    refused = describer.describe(REQUEST)
    assert isinstance(refused, Permanent)
    assert refused.code == "COST_CAP_REACHED"
    assert own.describe(REQUEST) == BILLED
    kit.forward(11 * 24 * 3600)
    assert describer.describe(REQUEST) == BILLED


def test_a_paid_result_is_not_lost_with_its_row(caplog: pytest.LogCaptureFixture) -> None:
    kit = MeteringKit()
    describer, _ = metered(kit, OK)
    for operation in ("transact_write_items", "put_item"):
        kit.database.inject(Fault(operation, throttled(), times=-1))
    assert describer.describe(REQUEST) == BILLED
    assert kit.rows() == []
    (line,) = [one for one in caplog.records if one.message == "usage not recorded"]
    assert line.usage["input_tokens"] == 1000  # type: ignore[attr-defined]  # an extra
    assert [record.tokens.input for record in kit.lost] == [1000]


def test_what_was_paid_waits_with_its_receipt_and_what_was_not_is_entered_at_once() -> None:
    kit = MeteringKit(limits=ROOMY)
    receipts: Receipts = []
    inner = ScriptedDescriber(BROKEN, OK, name="openai")
    describer = MeteredDescriber(inner, replace(kit.metering(), receipts=receipts), call())
    assert describer.describe(REQUEST) == BROKEN
    assert describer.describe(REQUEST) == BILLED
    assert [row["outcome"] for row in kit.rows()] == [BROKEN.kind]
    assert [record.outcome for record in receipts] == ["ok"]
    kit.books.enter(receipts)
    assert [row["outcome"] for row in kit.rows()] == ["ok", BROKEN.kind]


@pytest.mark.parametrize("outcome", [OK, RateLimited(7), BROKEN, Permanent("BAD_KEY", "No.")])
def test_an_answer_is_not_lost_because_nothing_can_be_learned_from_it(
    outcome: Outcome, caplog: pytest.LogCaptureFixture
) -> None:
    kit = MeteringKit(limits=ROOMY)
    metered(kit, BROKEN)[0].describe(REQUEST)
    describer, inner = metered(kit, outcome)
    for operation in ("delete_item", "put_item"):
        kit.database.inject(Fault(operation, throttled(), times=-1))

    class Answering(ScriptedDescriber):
        def describe(self, request: DescribeRequest) -> Outcome:
            kit.database.inject(Fault("update_item", throttled(), times=-1))
            return inner.describe(request)

    answer = replace(describer, inner=Answering(outcome, name="openai")).describe(REQUEST)

    assert answer.kind == outcome.kind
    assert "nothing learned" in caplog.text


def test_a_permit_that_is_refused_leaves_the_probe_to_another_caller() -> None:
    kit = MeteringKit(limits='{"openai": {"describe": 5}}')
    describer, _ = metered(kit, *[BROKEN] * THRESHOLD, OK)
    for _ in range(THRESHOLD):
        describer.describe(REQUEST)
    kit.forward(OPEN_S)
    pause = RateLimited(20)
    kit.limiter.pause(call(), pause.retry_after_s)
    assert describer.describe(REQUEST) == pause
    kit.forward(pause.retry_after_s)
    assert describer.describe(REQUEST) == BILLED


def test_a_call_that_would_come_too_late_is_not_made() -> None:
    kit = MeteringKit(limits=ROOMY)

    class Slow(RatesStore):
        def count_call(self, *what: Any) -> bool:
            kit.forward(LATEST_S + 1)
            return super().count_call(*what)

    kit.limiter = Limiter(Slow(kit.database.client, "RatesTable"), Limits.load(ROOMY), kit.clock)
    describer, inner = metered(kit, OK)
    outcome = describer.describe(REQUEST)
    assert isinstance(outcome, Transient)
    assert outcome.code == "PROVIDER_TIMEOUT"
    assert inner.requests == []
    assert kit.rows() == []


@pytest.mark.parametrize("capped", [{"cap": nano_usd(5)}, {"cap": nano_usd(5), "payer": "user"}])
def test_under_a_cap_nothing_without_a_price_is_bought(capped: dict[str, Any]) -> None:
    kit = MeteringKit(limits=ROOMY)
    describer, inner = metered(kit, OK, made=call(model="gpt-99", **capped))
    refused = describer.describe(REQUEST)
    assert isinstance(refused, Permanent)
    assert refused.code == "MODEL_UNPRICED"
    assert inner.requests == []
    assert metered(kit, OK, made=call(model="gpt-99"))[0].describe(REQUEST).kind == "ok"
    assert kit.reported[-1].cost is None


def test_under_the_stacks_cap_too_but_for_own_keys() -> None:
    kit = MeteringKit(limits=ROOMY, stack_cap=nano_usd(5))
    assert metered(kit, OK, made=call(model="gpt-99"))[0].describe(REQUEST).kind == "permanent"
    assert metered(kit, OK, made=call(model="gpt-99", payer="user"))[0].describe(REQUEST).kind == "ok"


def test_a_cap_stops_the_embedding_of_a_library_and_not_that_of_an_image_at_work() -> None:
    kit = MeteringKit(stack_cap=nano_usd(0))
    model = {"model": "text-embedding-3-small"}
    again = MeteredEmbedder(ScriptedEmbedder(), kit.metering(), call(purpose="reindex", **model))
    first = MeteredEmbedder(ScriptedEmbedder(), kit.metering(), call(purpose="embed", **model))
    assert getattr(again.embed(["sea"]), "code", None) == "COST_CAP_REACHED"
    assert first.embed(["sea"]).kind == "ok"


def test_texts_are_embedded_as_far_as_the_calls_go() -> None:
    kit = MeteringKit(limits='{"openai": {"embed": 2}}')
    inner = ScriptedEmbedder(batch=2)
    embedder = MeteredEmbedder(inner, kit.metering(), call(purpose="embed"))
    outcome = embedder.embed(["a", "b", "c", "d", "e"])
    assert isinstance(outcome, Embedded)
    assert len(outcome.embeddings) == 4
    assert isinstance(outcome.failure, RateLimited)
    assert inner.requests == [("a", "b"), ("c", "d")]


def test_embedding_is_metered_with_the_tokens_that_the_provider_counts() -> None:
    kit = MeteringKit()
    inner = ScriptedEmbedder(RateLimited(5), dimensions=64)
    embedder = MeteredEmbedder(inner, kit.metering(), call(purpose="embed", model="text-embedding-3-small"))
    assert (embedder.name, embedder.model, embedder.dimensions) == ("scripted", "scripted-1", 64)
    assert embedder.embed(["a", "b"]) == RateLimited(5)
    kit.forward(5)
    done = embedder.embed(["a", "b"])
    assert isinstance(done, Embedded)
    # The scripted embedder counts no tokens, and none cost nothing.
    assert done.bill == Bill(latency_ms=0, cost_usd=0.0)
    assert [row["outcome"] for row in kit.rows()] == ["ok", "rate_limited"]


def test_metrics_of_a_call_have_the_dimensions_of_the_alarm(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "dev")
    kit = MeteringKit()
    metered(kit, OK)[0].describe(REQUEST)
    report(kit.reported[0])
    line = json.loads(capsys.readouterr().out)
    (written,) = line["_aws"]["CloudWatchMetrics"]
    resources = read_template()["Resources"]
    for name in ("SpendingAlarm", "UnpricedCallsAlarm", "StackKeyAlarm"):
        alarm = resources[name]["Properties"]
        assert written["Namespace"] == alarm["Namespace"]
        assert alarm["MetricName"] in {metric["Name"] for metric in written["Metrics"]}
        assert [set(names) for names in written["Dimensions"]] == [
            {"service", "stage", "provider", "purpose", "outcome", "payer"},
            {dimension["Name"] for dimension in alarm["Dimensions"]},
        ]
    assert line["CostUsd"] == [0.00056]
    assert (line["UnpricedCalls"], line["KeyRefusals"]) == ([0], [0])
    assert (line["Calls"], line["InputTokens"], line["OutputTokens"]) == ([1], [1000], [100])
    assert (line["service"], line["stage"], line["payer"]) == ("gloss", "dev", "stack")
    assert (line["provider"], line["outcome"]) == ("openai", "ok")
