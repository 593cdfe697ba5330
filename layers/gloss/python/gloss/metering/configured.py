"""Metering as a function's settings describe it."""

from datetime import timedelta
from typing import TYPE_CHECKING

from gloss.clock import utc_now
from gloss.errors import ConfigurationError
from gloss.metering.books import Books
from gloss.metering.breaker import Breaker
from gloss.metering.limiter import Limiter
from gloss.metering.limits import Limits
from gloss.metering.metrics import report, report_lost
from gloss.metering.model import nano_usd
from gloss.metering.prices import Prices
from gloss.metering.rates import RatesStore
from gloss.metering.service import Metering
from gloss.metering.spending import Spending
from gloss.metering.store import UsageStore
from gloss.shared_settings import PaidWorkSettings, UsageSettings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def configured_metering(client: "DynamoDBClient", settings: PaidWorkSettings) -> Metering:
    """Raises ``ConfigurationError`` where a table or the cap of the stack's parameters is not valid."""
    rates, books = RatesStore(client, settings.rates_table), configured_books(client, settings)
    return Metering(
        spending=Spending(books.usage, utc_now, stack_cap=_cap(settings.monthly_cap_override)),
        breaker=Breaker(rates, utc_now),
        limiter=Limiter(rates, Limits.load(settings.rate_limits_override), utc_now),
        books=books,
        prices=Prices.load(settings.prices_override),
        clock=utc_now,
        report=report,
    )


def configured_books(client: "DynamoDBClient", settings: UsageSettings) -> Books:
    usage = UsageStore(client, settings.usage_table, retention=timedelta(days=settings.usage_retention_days))
    return Books(usage, report_lost)


def _cap(dollars: str) -> int | None:
    try:
        return nano_usd(float(dollars)) if dollars else None
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(
            "MONTHLY_CAP_OVERRIDE is no sum of dollars.", variable="MONTHLY_CAP_OVERRIDE"
        ) from error
