"""What the stack offers, as a function's settings say it."""

from gloss.config import OfferSettings
from gloss.metering.prices import Prices
from gloss.providers.model import ProviderChoice
from gloss.providers.models import Models
from gloss.providers.stack import may_call, stack_providers
from gloss.settings.model import Offer


def configured_offer(settings: OfferSettings) -> Offer:
    """Raises ``ConfigurationError`` where the prices of the stack's parameters are not valid."""

    def within_reach(provider: str, model: str) -> bool:
        return provider != "bedrock" or may_call(settings, provider, model)

    default = ProviderChoice(settings.describe_provider, settings.describe_model)
    prices = Prices.load(settings.prices_override)
    models = Models(default, prices, settings.stack_model_names, within_reach)
    return Offer(settings.describe_provider, stack_providers(settings), models)
