"""Who makes a generation's pictures, with whose key, the meter running."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from gloss.describe.model import Permanent
from gloss.generate.making import Made, MakeOutcome, Maker, PictureRequest
from gloss.generate.model import Generation
from gloss.metering.model import Call, Priority, Receipts, Tokens
from gloss.metering.service import Metering
from gloss.providers.model import FREE, ProviderChoice, Registry
from gloss.records import dataclass

if TYPE_CHECKING:
    from gloss.pipeline.office import Office


@dataclass(frozen=True, slots=True)
class MeteredMaker:
    inner: Maker
    metering: Metering
    call: Call

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def model(self) -> str:
        return self.inner.model

    def make(self, request: PictureRequest) -> MakeOutcome:
        """A picture comes with its receipts: who keeps it enters them."""
        receipts: Receipts = []
        outcome = replace(self.metering, receipts=receipts).run(
            self.call, lambda: self.inner.make(request), lambda outcome: _used(outcome, request)
        )
        return replace(outcome, receipts=tuple(receipts)) if isinstance(outcome, Made) else outcome


@dataclass(frozen=True, slots=True)
class KeylessMaker:
    """Answers for a key that is gone or refused."""

    name: str
    model: str
    refusal: Permanent

    def make(self, _request: PictureRequest) -> MakeOutcome:
        return self.refusal


@dataclass(frozen=True, slots=True)
class MakerAssignment:
    makers: Registry[Maker]
    office: "Callable[[], Office]"

    def __call__(self, generation: Generation) -> Maker:
        """Raises ``ProviderUnavailable`` where the stack has no access to the provider."""
        order = generation.order
        choice = ProviderChoice(order.provider, order.model)
        if order.provider in FREE:
            return self.makers.get(choice)
        office = self.office()
        profile = office.profile(generation.user)
        key = profile.keys.get(order.provider) if generation.byok else None
        keyed = office.with_key(generation.user, choice, key) if generation.byok else choice
        if isinstance(keyed, Permanent):
            return KeylessMaker(order.provider, order.model, keyed)
        call = office.call(
            profile, purpose="generate", provider=order.provider, model=order.model, byok=generation.byok
        )
        metering = office.meter(generation.user, key)
        # Somebody waits for one generation, whatever its pictures; batches leave their share to people.
        priority: Priority = "bulk" if generation.priority == "batch" else "interactive"
        made = replace(call, generation=generation.generation, priority=priority)
        return MeteredMaker(self.makers.get(keyed), metering, made)


def _used(outcome: MakeOutcome, request: PictureRequest) -> Tokens:
    """Also of a failure that was paid all the same; who counts no tokens is paid by the picture."""
    usage = outcome.usage if isinstance(outcome, Made) else getattr(outcome, "usage", None)
    if usage:
        return Tokens(usage.input_tokens, usage.output_tokens)
    return Tokens(pictures=1, quality=request.quality) if isinstance(outcome, Made) else Tokens()
