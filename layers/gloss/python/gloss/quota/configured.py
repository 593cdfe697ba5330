"""Ledger and accounts as a function's settings describe them."""

from typing import TYPE_CHECKING

from gloss.config import QuotaSettings
from gloss.quota.accounts import Accounts
from gloss.quota.plans import Plans
from gloss.quota.service import Ledger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def configured_ledger(client: "DynamoDBClient", settings: QuotaSettings) -> Ledger:
    """Raises ``ConfigurationError`` where the plans of the stack parameter are not valid."""
    return Ledger(
        client, settings.ledger_table, Plans.load(settings.plans_override), upgrade_url=settings.upgrade_url
    )


def configured_accounts(client: "DynamoDBClient", settings: QuotaSettings) -> Accounts:
    """Raises ``ConfigurationError`` where the plans of the stack parameter are not valid."""
    return Accounts(client, settings.ledger_table, Plans.load(settings.plans_override))
