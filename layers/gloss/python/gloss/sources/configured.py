"""Sources and imports as a function's settings describe them."""

from gloss import aws
from gloss.clock import utc_now
from gloss.config import ImportsSettings
from gloss.images.store import ImageStore
from gloss.quota.configured import configured_ledger
from gloss.settings.service import WorkTerms
from gloss.settings.store import SettingsStore
from gloss.sources.guard import WEB_PORTS, AddressGuard
from gloss.sources.intake import Intake
from gloss.sources.queue import ImportQueue
from gloss.sources.store import ImportStore


def configured_guard(settings: ImportsSettings) -> AddressGuard:
    """Lets through what imports may call: the public web, and on one machine that machine."""
    return AddressGuard(private=settings.private_addresses == "allowed", ports=WEB_PORTS)


def configured_intake(settings: ImportsSettings) -> Intake:
    return Intake(
        ImageStore(aws.dynamodb(), settings.images_table),
        ImportStore(aws.dynamodb(), settings.imports_table),
        configured_ledger(aws.dynamodb(), settings),
        ImportQueue(aws.sqs(), settings.import_queue),
        WorkTerms(SettingsStore(aws.dynamodb(), settings.settings_table), settings.describe_provider),
        utc_now,
    )
