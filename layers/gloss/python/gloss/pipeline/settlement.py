"""How an attempt ends: published and paid, put off, or given up with the credit returned."""

import base64
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any, Final

from gloss.clock import Clock, iso
from gloss.delays import queue_delay, spread
from gloss.describe.model import Description, Metadata, provenances_from_dict
from gloss.dynamodb import ConditionFailed, Item, Write
from gloss.errors import AlreadyCommitted, AlreadyReleased, QuotaExceeded, ReservationExpired
from gloss.images.holds import open_work, release_with
from gloss.images.model import (
    HOLD,
    MAX_ATTEMPTS,
    QUEUE_PATIENCE,
    RETRY_DELAY,
    Failure,
    Image,
    Status,
    Version,
    Work,
    changed_fields,
    epoch,
    settled_status,
)
from gloss.images.store import Changes, ImageStore
from gloss.pipeline.model import BROKE_OFF, State, failure, record, verdict
from gloss.quota.model import Claim, renewal_of
from gloss.quota.service import Ledger
from gloss.search.model import Vector
from gloss.search.store import VectorStore

ACTOR: Final = "pipeline"
RATE_LIMIT_DELAY: Final = timedelta(seconds=30)

_HOLDS_LEASE: Final = "#lease = :held AND #status = :processing"


class Settlement:
    def __init__(self, images: ImageStore, ledger: Ledger, vectors: VectorStore | None, clock: Clock) -> None:
        self._images = images
        self._ledger = ledger
        self._vectors = vectors
        self._clock = clock

    def finish(self, state: State) -> dict[str, Any]:
        """Publish the merged metadata as a new version and commit the credit, in one transaction.

        ``stale`` with the new ``record`` where somebody edited the image meanwhile: merge again.
        """
        image = record(state)
        try:
            return self._publish_in_time_or_late(state, image)
        except QuotaExceeded as refusal:
            return failure("permanent", refusal.code, refusal.message)
        except AlreadyReleased:
            return failure(
                "permanent",
                "RESERVATION_RELEASED",
                "The credit for this image was given back before it was done.",
            )
        except ConditionFailed as refusal:
            return _refused(image, refusal.failures.get(0))

    def _publish_in_time_or_late(self, state: State, image: Image) -> dict[str, Any]:
        """Where the hold ran out while the work was under way the result is paid anew first."""
        work = open_work(image)
        try:
            return self._publish(state, image, work)
        except ReservationExpired:
            return self._publish(state, image, self._renewed(image, work))

    def _renewed(self, image: Image, work: Work) -> Work:
        """The work under its renewed reservation. The record names it from the same transaction on, so that
        whoever ends the work gives back what it really holds.

        Raises:
            QuotaExceeded: no credit is left.
            ConditionFailed: the lease is lost; nothing was renewed.
        """
        renewed = replace(work, reservation=renewal_of(work.reservation))
        change = self._change(image, Changes({"work": renewed.to_item()}), _HOLDS_LEASE)
        self._ledger.renew(
            image.user, work.reservation, ttl=HOLD, actor=ACTOR, reason="renewed", also=[change]
        )
        return renewed

    def _publish(self, state: State, image: Image, work: Work) -> dict[str, Any]:
        """Nothing is written where an earlier call did it."""
        claim = Claim(account=image.user, id=work.reservation, meter="images", amount=work.credits)
        settlement = self._ledger.settle(
            claim, actor=ACTOR, reason=work.kind, also=self._publication(state, image, work)
        )
        if not settlement.changed:
            return verdict("superseded")
        self._images.retire_version(image.user, image.image, image.version + 1)
        return verdict("complete", version=image.version + 1)

    def _publication(self, state: State, image: Image, work: Work) -> list[Write]:
        now = self._clock()
        merged = state["merged"]
        version = _version(state, image, work, iso(now))
        embedding = merged.get("embedding")
        changes = Changes.to_status(
            Status.COMPLETE,
            image.image,
            now,
            sets={
                "metadata": merged["metadata"],
                "provenance": merged["provenance"],
                "version": version.number,
                "safety": list(version.safety),
                "described_at": version.at,
                "inspection": state["inspection"],
                "attempt": 0,
                **(
                    {"embedding": {key: embedding[key] for key in ("model", "dimensions", "text_hash")}}
                    if embedding
                    else {}
                ),
            },
            removes=("lease", "work", "failure", "checkpoint"),
        )
        writes = [
            self._change(
                image, changes, f"{_HOLDS_LEASE} AND #version = :based_on", {":based_on": image.version}
            ),
            self._images.add_version(image.user, image.image, version),
        ]
        if self._vectors:
            published = replace(image, metadata=version.metadata, inspection=state["inspection"])
            writes.append(_index_row(self._vectors, published, embedding))
        return [*writes, *self._images.outcomes.writes(image, "done", version=version.number)]

    def fail(self, state: State) -> dict[str, Any]:
        """Put the image off after a rate limit or a transient fault; give up after anything else.

        What the attempt found out stays on the record, so that the next one does not pay for it again. An
        image whose credit is committed is published: only the answer that said so was lost.
        """
        image = record(state)
        cause = state["failure"]
        try:
            if cause["kind"] == "rate_limited":
                return self._back_to_queue(state, image, cause)
            if cause["kind"] == "transient" and image.attempt < MAX_ATTEMPTS:
                return self._retry_later(state, image, cause)
            return self._give_up(state, image, cause)
        except (AlreadyCommitted, ConditionFailed):
            return verdict("superseded")

    def _back_to_queue(self, state: State, image: Image, cause: Mapping[str, Any]) -> dict[str, Any]:
        asked = float(cause.get("retry_after_s") or RATE_LIMIT_DELAY.total_seconds())
        delay = queue_delay(spread(asked))
        due_at = epoch(self._clock() + QUEUE_PATIENCE) + delay
        self._put_off(image, Status.QUEUED, due_at, {**_learned(state), "attempt": image.attempt - 1})
        return verdict("rate_limited", delay_s=delay)

    def _retry_later(self, state: State, image: Image, cause: Mapping[str, Any]) -> dict[str, Any]:
        due_at = epoch(self._clock() + RETRY_DELAY)
        self._put_off(
            image, Status.RETRYING, due_at, {**_learned(state), "failure": self._failure(image, cause)}
        )
        return verdict("retrying", code=cause["code"])

    def _put_off(self, image: Image, status: Status, due_at: int, sets: Mapping[str, Any]) -> None:
        changes = Changes.to_status(
            status, image.image, self._clock(), due_at=due_at, sets=sets, removes=("lease",)
        )
        self._images.apply(self._change(image, changes, _HOLDS_LEASE))

    def _give_up(self, state: State, image: Image, cause: Mapping[str, Any]) -> dict[str, Any]:
        changes = Changes.to_status(
            settled_status(image),
            image.image,
            self._clock(),
            sets={**_learned(state), "failure": self._failure(image, cause), "attempt": 0},
            removes=("lease", "work"),
        )
        change = self._change(image, changes, _HOLDS_LEASE)
        try:
            release_with(
                self._images,
                self._ledger,
                image,
                ending="failed",
                reason=cause["code"],
                actor=ACTOR,
                change=change,
            )
        except ConditionFailed as refusal:
            if renewed := _renewed_meanwhile(image, refusal.failures.get(0)):
                return self._give_up(state, renewed, cause)
            raise
        return verdict("failed", code=cause["code"], message=cause["message"])

    def _failure(self, image: Image, cause: Mapping[str, Any]) -> dict[str, Any]:
        return asdict(Failure(cause["code"], cause["message"], at=iso(self._clock()), attempt=image.attempt))

    def _change(
        self, image: Image, changes: Changes, condition: str, values: Mapping[str, Any] | None = None
    ) -> Write:
        held = {":held": image.lease, ":processing": str(Status.PROCESSING)}
        return self._images.change(
            image.user, image.image, changes, condition=condition, values={**held, **(values or {})}
        )


def _learned(state: State) -> dict[str, Any]:
    """What the steps before the failure found out, by the record's names for it.

    The words of a free stand-in are nothing to keep: the next attempt asks the provider itself again. A step
    that broke off may have kept more on the record than it could say.
    """
    names = {"inspection": "inspection", "description": "checkpoint"}
    learned = {names[key]: state[key] for key in names if key in state}
    if "checkpoint" in learned and (
        state["failure"]["code"] == BROKE_OFF or Description.from_dict(learned["checkpoint"]).is_free_stand_in
    ):
        del learned["checkpoint"]
    return learned


def _index_row(vectors: VectorStore, image: Image, embedding: Mapping[str, str] | None) -> Write:
    """A text that was embedded before keeps its vector."""
    if embedding is None:
        return vectors.refresh(image)
    data = base64.b64decode(embedding["vector"])
    return vectors.publish(image, Vector(data, embedding["model"], embedding["text_hash"]))


def _version(state: State, image: Image, work: Work, now: str) -> Version:
    merged = state["merged"]
    metadata = Metadata.from_dict(merged["metadata"])
    return Version(
        number=image.version + 1,
        at=now,
        cause="run",
        actor=ACTOR,
        metadata=metadata,
        provenance=provenances_from_dict(merged["provenance"]),
        changed=changed_fields(image.metadata, metadata),
        safety=_safety(state, image),
        reasons=merged["reasons"],
        details=_details(state, work),
    )


def _safety(state: State, image: Image) -> tuple[str, ...]:
    """What this run knows of the picture; one that did not look at it leaves what was known."""
    description = state.get("description", {})
    origins = description.get("provenance", {}).values()
    saw = any(origin["source"] == "ai" for origin in origins)
    return tuple(description.get("safety", ())) if saw else image.safety


def _details(state: State, work: Work) -> dict[str, Any]:
    """What the run was: for which job, by whose words and instead of whose, whether it was to replace what
    people wrote; what it took of the quota, in dollars (left out where no price is known) and in time.
    """
    details: dict[str, Any] = {"kind": work.kind, "credits": work.credits}
    if work.job:
        details["job"] = work.job
    description = state.get("description", {})
    origins = description.get("provenance", {}).values()
    made: Mapping[str, str] = next((origin for origin in origins if origin.get("provider")), {})
    details |= {name: made[name] for name in ("provider", "model") if made.get(name)}
    details |= _spent(description.get("bill"), (state["merged"].get("embedding") or {}).get("bill"))
    if fallback := description.get("fallback"):
        details["fallback"] = {"insteadOf": fallback["instead_of"], "code": fallback["code"]}
    if work.request.get("force"):
        details["forced"] = True
    return details


def _spent(*bills: Mapping[str, Any] | None) -> dict[str, Any]:
    """The sum of the calls that were made; there is no sum where one has no price."""
    made = [bill for bill in bills if bill]
    spent: dict[str, Any] = {"latencyMs": sum(bill["latency_ms"] for bill in made)}
    if all("cost_usd" in bill for bill in made):
        spent["costUsd"] = round(sum(bill["cost_usd"] for bill in made), 9)
    return spent


def _renewed_meanwhile(image: Image, stands: Item | None) -> Image | None:
    """The record, where this very attempt renewed the reservation and died before it could say so."""
    if stands and stands.get("lease") == image.lease and "work" in stands:
        current = Image.from_item(stands)
        return current if open_work(current).reservation != open_work(image).reservation else None
    return None


def _refused(image: Image, stands: Item | None) -> dict[str, Any]:
    """Why the record refused the publication: edited meanwhile, or no longer ours."""
    if stands and stands.get("lease") == image.lease and stands["version"] != image.version:
        return {**verdict("stale"), "record": stands}
    return verdict("superseded")
