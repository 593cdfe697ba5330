"""Figures of every call in CloudWatch's embedded metric format, one log line each."""

from aws_lambda_powertools.metrics import MetricUnit

from gloss.metering.model import CallRecord, usd
from gloss.observability import SERVICE, metrics
from gloss.providers.model import USELESS_KEY


def report(record: CallRecord) -> None:
    """Counted once by provider and outcome, and once by who pays: what the alarm on spending watches."""
    call = record.call
    with metrics() as emitted:
        stage = emitted.dimension_set["stage"]
        for name, value in {"provider": call.provider, "purpose": call.purpose}.items():
            emitted.add_dimension(name, value)
        emitted.add_dimension("outcome", record.outcome)
        emitted.add_dimension("payer", call.payer)
        emitted.add_dimensions(service=SERVICE, stage=stage, payer=call.payer)
        emitted.add_metric("Calls", MetricUnit.Count, 1)
        emitted.add_metric("InputTokens", MetricUnit.Count, record.tokens.input)
        emitted.add_metric("OutputTokens", MetricUnit.Count, record.tokens.output)
        emitted.add_metric("CostUsd", MetricUnit.NoUnit, usd(record.cost or 0))
        emitted.add_metric("UnpricedCalls", MetricUnit.Count, int(record.cost is None))
        emitted.add_metric("KeyRefusals", MetricUnit.Count, int(record.code in USELESS_KEY))
        emitted.add_metric("CallLatency", MetricUnit.Milliseconds, record.latency_ms)


def report_lost(_record: CallRecord) -> None:
    """A row is in no table: caps and reports do not know of the call."""
    with metrics() as emitted:
        emitted.add_metric("UsageLost", MetricUnit.Count, 1)
