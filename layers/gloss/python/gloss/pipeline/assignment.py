"""Who describes an image and who embeds its words: what the work asks for, metered, with whoever stands in.

What costs nothing is assigned without a look at settings or meter, for that would bring the AWS SDK along.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from gloss.describe.fallback import FallbackDescriber, UnusableDescriber
from gloss.describe.model import Describer, Permanent
from gloss.embed.model import Embedder
from gloss.errors import ProviderUnavailable
from gloss.images.model import Image
from gloss.providers.model import FREE, ProviderChoice, Registry
from gloss.providers.models import Models

if TYPE_CHECKING:
    from gloss.metering.model import Purpose, Receipts
    from gloss.pipeline.office import Office
    from gloss.settings.model import Profile

MODEL_NOT_ALLOWED: Final = "MODEL_NOT_ALLOWED"

HEURISTIC: Final = ProviderChoice("heuristic")


class DescriberAssignment:
    """``default`` describes where the work names nobody, ``fallback`` stands in before the heuristic does.

    ``stack_models`` are the models that users may name on the stack's keys; none: those of known price. With
    keys of their own they are free.
    """

    def __init__(
        self,
        describers: Registry[Describer],
        default: ProviderChoice,
        office: "Callable[[], Office]",
        *,
        fallback: str = HEURISTIC.provider,
        stack_models: frozenset[str] = frozenset(),
    ) -> None:
        self._describers = describers
        self._default = default
        self._office = office
        self._fallback = fallback
        self._stack_models = stack_models

    def __call__(self, image: Image, receipts: "Receipts | None" = None) -> Describer:
        """Who describes an image. With ``receipts`` who calls enters what was paid, once it is kept.

        Raises:
            ProviderUnavailable: the work names a provider that does not exist.
        """
        choice = requested(image, self._default)
        if choice.provider in FREE:
            return self._describers.get(choice)
        office = self._office()
        profile = office.profile(image.user)
        paid = partial(self._paid, office, profile, image, receipts)
        first = paid(choice, byok=is_byok(image))
        if not profile.preferences.fallback:
            return first
        return FallbackDescriber(first, *self._stand_ins(image, choice, paid))

    def _stand_ins(
        self, image: Image, choice: ProviderChoice, paid: Callable[..., Describer]
    ) -> list[Describer]:
        """Work that no credit is held for is not done on the stack's money."""
        heuristic = self._describers.get(HEURISTIC)
        if self._fallback in {*FREE, choice.provider} or is_byok(image):
            return [heuristic]
        other = paid(ProviderChoice(self._fallback), byok=False)
        return [other, heuristic]

    def _paid(
        self,
        office: "Office",
        profile: "Profile",
        image: Image,
        receipts: "Receipts | None",
        choice: ProviderChoice,
        *,
        byok: bool,
    ) -> Describer:
        from gloss.metering.metered import MeteredDescriber  # noqa: PLC0415 - brings the AWS SDK along

        key = profile.keys.get(choice.provider) if byok else None
        keyed = office.with_key(image.user, choice, key) if byok else self._within_means(office, choice)
        if isinstance(keyed, Permanent):
            return UnusableDescriber(choice.provider, keyed)
        try:
            inner = self._describers.get(keyed)
        except ProviderUnavailable as refusal:
            return UnusableDescriber(choice.provider, Permanent(refusal.code, refusal.message))
        call = office.call(
            profile,
            image=image,
            purpose="describe",
            provider=choice.provider,
            model=inner.model or "",
            byok=byok,
        )
        return MeteredDescriber(inner, office.meter(image.user, key, receipts), call)

    def _within_means(self, office: "Office", choice: ProviderChoice) -> ProviderChoice | Permanent:
        """The choice, where the stack pays for it still: the work may have waited since before its parameters
        were changed."""
        models = Models(self._default, office.metering.prices, self._stack_models)
        if models.are_paid(choice.provider, choice.model):
            return choice
        return Permanent(MODEL_NOT_ALLOWED, "This installation does not pay for the model that was named.")


class EmbedderAssignment:
    """Vectors of one library are comparable, so the stack says who makes them, and with which model.

    A user's key pays where it is one for that very service; a server of the user's own makes other vectors.
    """

    def __init__(
        self, embedders: Registry[Embedder], choice: ProviderChoice, office: "Callable[[], Office]"
    ) -> None:
        self._embedders = embedders
        self._choice = choice
        self._office = office

    def __call__(self, image: Image, receipts: "Receipts | None" = None) -> Embedder:
        """Who embeds the words of an image; ``receipts`` as for descriptions.

        Raises:
            ProviderUnavailable: the stack has no access to its provider.
        """
        return self._assigned(image.user, "embed", image=image, byok=is_byok(image), receipts=receipts)

    def for_library(self, image: Image) -> Embedder:
        """Who embeds the words of images that are done, for the index. It waits for everything else, and ends
        where a cap is reached.

        Raises:
            ProviderUnavailable: the stack has no access to its provider.
        """
        return self._assigned(image.user, "reindex", image=None, byok=False)

    def for_queries(self, user: str) -> Embedder:
        """Who embeds what this user searches for: with the user's own key where there is one.

        Raises:
            ProviderUnavailable: the stack has no access to its provider.
        """
        return self._assigned(user, "search", image=None, byok=True)

    def _assigned(
        self,
        user: str,
        purpose: "Purpose",
        *,
        image: Image | None,
        byok: bool,
        receipts: "Receipts | None" = None,
    ) -> Embedder:
        if self._choice.provider in FREE:
            return self._embedders.get(self._choice)
        from gloss.metering.metered import MeteredEmbedder  # noqa: PLC0415 - brings the AWS SDK along

        office = self._office()
        profile = office.profile(user)
        own = profile.keys.get(self._choice.provider) if byok else None
        key = own if own and not own.base_url and own.status == "active" else None
        keyed = office.with_key(user, self._choice, key) if key else self._choice
        inner = self._embedders.get(keyed if isinstance(keyed, ProviderChoice) else self._choice)
        call = office.call(
            profile,
            image=image,
            purpose=purpose,
            provider=self._choice.provider,
            model=inner.model,
            byok=key is not None,
        )
        if purpose == "reindex":
            call = replace(call, priority="bulk")
        return MeteredEmbedder(inner, office.meter(user, key, receipts), call)


def requested(image: Image, default: ProviderChoice) -> ProviderChoice:
    """The provider that the work asks for, or else the stack's; the stack's model is for the stack's keys."""
    asked = image.work.request if image.work else {}
    provider = asked.get("provider") or default.provider
    is_default = provider == default.provider and not is_byok(image)
    return ProviderChoice(provider, asked.get("model") or (default.model if is_default else ""))


def is_byok(image: Image) -> bool:
    """Whether the work was reserved without a credit, to be done with the user's own key."""
    return image.work is not None and image.work.credits == 0
