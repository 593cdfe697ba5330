"""Proves every balance against its journal: daily, and when an operator asks. Repairs nothing."""

from dataclasses import asdict
from functools import cache
from typing import Any

from gloss import aws
from gloss.config import LedgerAuditSettings, load
from gloss.observability import logger, metrics
from gloss.quota.configured import configured_ledger
from gloss.quota.service import Ledger

MAX_TOLD = 100


@cache
def ledger() -> Ledger:
    return configured_ledger(aws.dynamodb(), load(LedgerAuditSettings))


def handle(_event: object, context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    logger().append_keys(request=context.aws_request_id)
    report = ledger().audit()
    drifts = list(map(asdict, report.drifts))
    for drift in drifts:
        logger().error("ledger drift", extra=drift)
    with metrics() as emitted:
        emitted.add_metric(name="LedgerDrift", unit="Count", value=len(report.drifts))
        emitted.add_metric(name="LedgerAccounts", unit="Count", value=report.accounts)
    logger().info("audit done", extra={"accounts": report.accounts, "rows": report.rows})
    return {
        "clean": report.clean,
        "accounts": report.accounts,
        "rows": report.rows,
        "drift_count": len(report.drifts),
        "drifts": drifts[:MAX_TOLD],
    }
