"""Figures of every call in CloudWatch's embedded metric format, one log line each."""

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from gloss.metering.model import CallRecord, usd


class CallMetrics:
    """Written once by provider and outcome, and once by who pays: what the alarm on spending watches."""

    def __init__(self, stage: str, namespace: str = "Gloss") -> None:
        self._stage = stage
        self._namespace = namespace

    def __call__(self, record: CallRecord) -> None:
        call = record.call
        metrics = EphemeralMetrics(namespace=self._namespace)
        payer = {"Stage": self._stage, "Payer": call.payer}
        for name, value in (payer | {"Provider": call.provider, "Purpose": call.purpose}).items():
            metrics.add_dimension(name, value)
        metrics.add_dimension("Outcome", record.outcome)
        metrics.add_dimensions(**payer)
        metrics.add_metric("Calls", MetricUnit.Count, 1)
        metrics.add_metric("InputTokens", MetricUnit.Count, record.tokens.input)
        metrics.add_metric("OutputTokens", MetricUnit.Count, record.tokens.output)
        metrics.add_metric("CostUsd", MetricUnit.NoUnit, usd(record.cost or 0))
        metrics.add_metric("UnpricedCalls", MetricUnit.Count, int(record.cost is None))
        metrics.add_metric("CallLatency", MetricUnit.Milliseconds, record.latency_ms)
        metrics.flush_metrics()
