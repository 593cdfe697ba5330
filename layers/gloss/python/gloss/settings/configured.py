"""What the stack offers, as a function's settings say it."""

from gloss.config import OfferSettings
from gloss.providers.stack import stack_providers
from gloss.settings.model import Offer


def configured_offer(settings: OfferSettings) -> Offer:
    return Offer(settings.describe_provider, stack_providers(settings))
