"""What several functions of generations put together from their settings."""

from functools import partial

from gloss import aws
from gloss.clock import utc_now
from gloss.config import GenerationsApiSettings
from gloss.generate.drafting import Drafting
from gloss.generate.pace import Pace
from gloss.generate.pictures import PictureStore
from gloss.generate.queues import configured_queues
from gloss.generate.service import Generations
from gloss.generate.store import GenerationStore
from gloss.images.store import ImageStore
from gloss.metering.rates import RatesStore
from gloss.providers.stack import may_call
from gloss.quota.configured import configured_ledger
from gloss.settings.store import SettingsStore
from gloss.sources.guard import WEB_PORTS, AddressGuard


def configured_generations(settings: GenerationsApiSettings) -> Generations:
    dynamodb = aws.dynamodb()
    guard = AddressGuard(private=settings.private_addresses == "allowed", ports=WEB_PORTS)
    images = ImageStore(dynamodb, settings.images_table)
    preferences = SettingsStore(dynamodb, settings.settings_table)
    return Generations(
        generations=GenerationStore(dynamodb, settings.generations_table),
        drafting=Drafting(partial(may_call, settings), images, preferences, guard, utc_now),
        ledger=configured_ledger(dynamodb, settings),
        queues=configured_queues(aws.sqs(), settings),
        pictures=PictureStore(aws.s3(), settings.derived_bucket),
        pace=Pace(RatesStore(dynamodb, settings.rates_table), utc_now),
        clock=utc_now,
    )
