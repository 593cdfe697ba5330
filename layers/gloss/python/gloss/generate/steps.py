"""The steps of generate_images before its end: fetch what is shown, make the pictures, store the results.

State in, result under its own key out, or a ``failure``; both are data that a Choice state reads. The state
names the generation and the lease that it is worked on under; the record is read anew by every step.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import wraps
from typing import Any, Final

from gloss import imaging
from gloss.clock import Clock
from gloss.describe.model import Failure, RateLimited, Transient
from gloss.dynamodb import ConditionFailed
from gloss.errors import (
    AddressRefused,
    ImageRejected,
    LeaseLost,
    ProviderUnavailable,
    SourceRefused,
    SourceUnavailable,
)
from gloss.generate.costs import models
from gloss.generate.making import MAX_PICTURE_BYTES, Made, Maker, PictureRequest
from gloss.generate.model import MAX_ATTEMPTS, MAX_SEED, Generation, Order, Picture
from gloss.generate.pictures import PictureStore
from gloss.generate.shapes import framed
from gloss.generate.store import GenerationStore
from gloss.imaging.formats import SNIFF_BYTES, sniff
from gloss.imaging.model import Inspection
from gloss.metering.model import CallRecord
from gloss.pipeline.model import failure, refused, verdict
from gloss.providers.model import INVALID_ANSWER, transient
from gloss.records import dataclass

State = Mapping[str, Any]
"""``user``, ``generation``, ``lease``; then one key per step."""

Fetch = Callable[[str, str], bytes]
"""The bytes of an input (an image id or an address) of a user; raises as sources and imaging do."""

Step = Callable[[State], dict[str, Any]]

_REFUSED: Final = (SourceRefused, AddressRefused, ImageRejected)


def held(generations: GenerationStore, state: State) -> Generation:
    """The record as it is now, where this execution still holds it.

    Raises:
        LeaseLost: it was cancelled, or another worker has it.
    """
    generation = generations.get(state["user"], state["generation"])
    if generation is None or generation.lease != state["lease"]:
        raise LeaseLost
    return generation


def while_held(step: Step) -> Step:
    """A step that ends the execution without a word where the generation is not its own any more."""

    @wraps(step)
    def run(state: State) -> dict[str, Any]:
        try:
            return step(state)
        except LeaseLost:
            return verdict("superseded")

    return run


@dataclass(frozen=True, slots=True)
class FetchStep:
    generations: GenerationStore
    pictures: PictureStore
    fetch: Fetch

    def run(self, state: State) -> dict[str, Any]:
        """``inputs``: how many pictures lie ready to be shown."""
        generation = held(self.generations, state)
        inputs = generation.order.inputs
        try:
            with ThreadPoolExecutor(len(inputs)) as pool:
                fetched = list(pool.map(lambda given: self.fetch(generation.user, given), inputs))
            for position, data in enumerate(fetched):
                self.pictures.put_input(generation, position, _look(data).preview.data)
        except _REFUSED as refusal:
            return failure("permanent", refusal.code, refusal.message)
        except SourceUnavailable as fault:
            return failure("transient", fault.code, fault.message)
        return {"inputs": len(inputs)}


@dataclass(frozen=True, slots=True)
class MakeStep:
    """``assign`` gives the maker of a generation's pictures, metered; ``enter`` writes calls into the usage
    log and never raises.
    """

    generations: GenerationStore
    pictures: PictureStore
    assign: Callable[[Generation], Maker]
    enter: Callable[[Iterable[CallRecord]], object]
    clock: Clock

    def run(self, state: State) -> dict[str, Any]:
        """``made``: by number, the tokens that each picture took; ``short`` says why some are missing."""
        generation = held(self.generations, state)
        try:
            maker = self.assign(generation)
        except ProviderUnavailable as refusal:
            return failure("permanent", refusal.code, refusal.message)
        shown = [self.pictures.input(generation, n) for n in range(len(generation.order.inputs))]
        if None in shown:
            return failure("transient", "INPUT_MISSING", "A picture to be shown is not there any more.")
        generation = self._begun(generation)
        numbers = range(1, generation.order.count + 1)
        with ThreadPoolExecutor(len(numbers)) as pool:
            outcomes = list(pool.map(lambda number: self._make(generation, maker, number, shown), numbers))
        return _told(generation, dict(zip(numbers, outcomes, strict=True)))

    def _begun(self, generation: Generation) -> Generation:
        """From here on it is too late to cancel: a provider may be paid."""
        if generation.begun:
            return generation
        after = generation.changed(self.clock(), begun=True)
        try:
            self.generations.apply(self.generations.replace(generation, after))
        except ConditionFailed as moved:
            raise LeaseLost from moved
        return after

    def _make(
        self, generation: Generation, maker: Maker, number: int, shown: Sequence[bytes | None]
    ) -> int | Failure:
        """Tokens; what an earlier attempt made is not made again. A picture is kept with its receipts before
        they are entered: who dies in between leaves both to the next attempt."""
        if known := self.pictures.paid(generation, number):
            self._enter(known.receipts)
            return known.tokens
        outcome = maker.make(_request(generation, number, shown))
        if not isinstance(outcome, Made):
            return outcome
        try:
            told = self._kept(generation, number, outcome)
        except Exception:  # it was paid, though nobody could keep it
            self._enter(outcome.receipts)
            raise
        self._enter(outcome.receipts)
        return told

    def _kept(self, generation: Generation, number: int, made: Made) -> int | Failure:
        if refusal := _refusal(made):
            return refusal
        tokens = _tokens(generation, made)
        self.pictures.put_made(generation, number, made.data, tokens, made.receipts)
        return tokens

    def _enter(self, receipts: Sequence[CallRecord]) -> None:
        if receipts:
            self.enter(receipts)


@dataclass(frozen=True, slots=True)
class StoreStep:
    generations: GenerationStore
    pictures: PictureStore

    def run(self, state: State) -> dict[str, Any]:
        """``pictures``: facts of those that are whole; in the shape asked for they lie in the bucket."""
        generation = held(self.generations, state)
        stored = [self._store(generation, int(number)) for number in state["made"]]
        whole = [asdict(picture) for picture in stored if picture]
        if len(whole) < len(stored) and (generation.attempt < MAX_ATTEMPTS or not whole):
            refusal = transient(INVALID_ANSWER)
            return failure(refusal.kind, refusal.code, refusal.message)
        return {"pictures": whole}

    def _store(self, generation: Generation, number: int) -> Picture | None:
        try:
            data, facts = _framed(self.pictures.made(generation, number) or b"", generation.order)
        except ImageRejected:
            self.pictures.discard(generation, number)
            return None
        self.pictures.put(generation, number, data, facts.mime)
        self.pictures.put_thumbnail(generation, number, facts.thumbnail.data)
        return Picture(
            number=number,
            content_type=facts.mime,
            width=facts.width,
            height=facts.height,
            bytes=facts.bytes,
            sha256=facts.sha256,
        )


def _framed(data: bytes, order: Order) -> tuple[bytes, Inspection]:
    """A picture in the shape that was asked for, and its facts: not every model knows every shape.

    Raises:
        ImageRejected: it is no whole picture.
    """
    facts = _look(data)
    size = facts.width, facts.height
    wanted = framed(size, order.aspect_ratio)
    if wanted == size:
        return data, facts
    cut = imaging.crop(data, wanted)
    return cut, _look(cut)


def _look(data: bytes) -> Inspection:
    """Nobody asks for the colours of what a model is shown, or of what it made."""
    return imaging.inspect(data, with_palette=False)


def _request(generation: Generation, number: int, shown: Sequence[bytes | None]) -> PictureRequest:
    order = generation.order
    jpegs = tuple(jpeg for jpeg in shown if jpeg is not None)
    products = len(order.product_images)
    return PictureRequest(
        prompt=generation.prompt,
        products=jpegs[:products],
        models=jpegs[products:],
        style=order.style,
        quality=order.quality,
        aspect_ratio=order.aspect_ratio,
        seed=(order.seed + number - 1) % (MAX_SEED + 1),
        parameters=order.parameters,
    )


def _refusal(made: Made) -> Failure | None:
    """Why this is not even kept: it does not look like a picture at all."""
    if len(made.data) > MAX_PICTURE_BYTES or sniff(made.data[:SNIFF_BYTES]) is None:
        return transient(INVALID_ANSWER, made.usage)
    return None


def _tokens(generation: Generation, made: Made) -> int:
    """What the provider counted, but never more than the table says: an estimate is a promise."""
    order = generation.order
    most = models()[order.model].cost(order.quality, count=1, inputs=len(order.inputs))
    if made.usage is None:
        return most
    return min(most, made.usage.input_tokens + made.usage.output_tokens)


def _told(generation: Generation, outcomes: Mapping[int, int | Failure]) -> dict[str, Any]:
    """The pictures there are, and the failure where another attempt may not meet it.

    With something made, no further attempt is worth it for what every attempt would meet, or after the last.
    """
    made = {str(number): it for number, it in outcomes.items() if isinstance(it, int)}
    failures = [it for it in outcomes.values() if not isinstance(it, int)]
    if not failures:
        return {"made": made}
    first = min(failures, key=lambda it: ("rate_limited", "transient", "permanent").index(it.kind))
    passing = isinstance(first, RateLimited) or (
        isinstance(first, Transient) and generation.attempt < MAX_ATTEMPTS
    )
    if passing or not made:
        return {"made": made, **refused(first)}
    return {"made": made, "short": refused(first)["failure"]}
