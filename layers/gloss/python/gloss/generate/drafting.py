"""From a request to the record that is kept: everything is looked at, and no provider is touched."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from gloss.clock import Clock, iso
from gloss.errors import AddressRefused, ImageNotFound, ValidationFailed
from gloss.generate import prompt
from gloss.generate.costs import model_name, models
from gloss.generate.model import MAX_SEED, PENDING_KEPT, Generation, GenerationStatus, Order, Priority, epoch
from gloss.generate.requests import CreateRequest
from gloss.ids import new_id
from gloss.images.model import Status as ImageStatus
from gloss.images.store import ImageStore
from gloss.records import dataclass
from gloss.settings.model import Profile, check_work
from gloss.settings.store import SettingsStore
from gloss.sources.guard import AddressGuard

_WITHOUT_PICTURE: Final = {ImageStatus.PENDING, ImageStatus.CANCELLED, ImageStatus.FAILED}


def new_seed() -> int:
    return secrets.randbelow(MAX_SEED + 1)


@dataclass(frozen=True, slots=True)
class Drafting:
    """``access``: whether the stack itself may call a model, by its provider and its name."""

    access: Callable[[str, str], bool]
    images: ImageStore
    settings: SettingsStore
    guard: AddressGuard
    clock: Clock

    def draft(self, user: str, requests: Sequence[CreateRequest], priority: Priority) -> list[Generation]:
        """Generations that wait to be started, nothing of them written yet.

        Raises:
            ValidationFailed: there is no such model, nobody has access to its provider, or it cannot be
                shown so many pictures or told so many words.
            ImageNotFound: an input is no image of this user's.
            AddressRefused: an input is an address that is not called.
        """
        profile, now = self.settings.profile(user), self.clock()
        orders = [_order(request) for request in requests]
        self._check(profile, orders)
        return [_pending(profile, order, priority, now) for order in orders]

    def again(self, generation: Generation) -> Generation:
        """The same inputs under another seed; who pays is settled anew. Raises as :meth:`draft`."""
        order = replace(generation.order, seed=new_seed())
        profile = self.settings.profile(generation.user)
        self._check(profile, [order])
        return _pending(profile, order, "interactive", self.clock(), origin=generation.generation)

    def _check(self, profile: Profile, orders: Sequence[Order]) -> None:
        now = self.clock()
        for order in orders:
            stack = {order.provider} if self.access(order.provider, order.model) else ()
            check_work(profile, order.provider, stack, now, field="model")
            _check_limits(order)
        self._check_inputs(profile.user, {given for order in orders for given in order.inputs})

    def _check_inputs(self, user: str, inputs: Iterable[str]) -> None:
        """What addresses lead to is looked at when they are called."""
        ids: list[str] = []
        for given in inputs:
            if "://" not in given:
                ids.append(given)
                continue
            try:
                self.guard.origin(given)
            except AddressRefused as refusal:
                raise AddressRefused(refusal.message, input=given) from refusal
        known = {image.image: image for image in self.images.get_many(user, ids)}
        for given in ids:
            if given not in known:
                raise ImageNotFound(image=given)
            if known[given].status in _WITHOUT_PICTURE:
                raise ValidationFailed("This image has no picture that can be used.", image=given)


def _order(request: CreateRequest) -> Order:
    name = model_name(request.model)
    model, given = models()[name], request.parameters.given()
    return Order(
        product_images=tuple(request.product_images),
        model_images=tuple(request.model_images),
        model=name,
        provider=model.provider,
        style=request.style,
        quality=request.quality,
        aspect_ratio=request.aspect_ratio,
        count=request.count,
        seed=new_seed() if request.parameters.seed is None else request.parameters.seed,
        custom_prompt=request.custom_prompt,
        parameters={key: given[key] for key in given if key in model.parameters and key != "seed"},
        ignored=tuple(sorted(given.keys() - set(model.parameters))),
    )


def _check_limits(order: Order) -> None:
    """Whether the model can be shown so many pictures and told so many words: none is left out."""
    model = models()[order.model]
    if len(order.inputs) > model.inputs:
        raise ValidationFailed(
            "This model cannot be shown so many pictures.", field="productImages", limit=model.inputs
        )
    wish = (order.custom_prompt or "").strip()
    if model.prompt is not None and (over := len(_words(order)) - model.prompt) > 0:
        raise ValidationFailed(
            "This model cannot be told so much.", field="customPrompt", limit=len(wish) - over
        )


def _words(order: Order) -> str:
    return prompt.build(
        style=order.style,
        quality=order.quality,
        aspect_ratio=order.aspect_ratio,
        products=len(order.product_images),
        models=len(order.model_images),
        wish=order.custom_prompt,
    )


def _pending(
    profile: Profile, order: Order, priority: Priority, now: datetime, origin: str | None = None
) -> Generation:
    byok = order.provider in profile.keys
    cost = models()[order.model].cost(order.quality, count=order.count, inputs=len(order.inputs))
    return Generation(
        user=profile.user,
        generation=new_id(),
        status=GenerationStatus.PENDING,
        order=order,
        prompt=_words(order),
        tokens=0 if byok else cost,
        byok=byok,
        priority=priority,
        created_at=iso(now),
        updated_at=iso(now),
        due_at=epoch(now + PENDING_KEPT),
        origin=origin,
    )
