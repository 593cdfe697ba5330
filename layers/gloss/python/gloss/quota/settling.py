"""The rules of resolving a reservation: what a second attempt means, and what goes back where."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from gloss.errors import (
    AlreadyCommitted,
    AlreadyReleased,
    ReservationConflict,
    ReservationExpired,
    ReservationNotFound,
    ReservationReused,
)
from gloss.quota.journal import Draft, Transition
from gloss.quota.model import HELD, Balances, Claim, PeriodKey, Reservation, Settlement, Status
from gloss.records import dataclass

_CONTRADICTIONS: Final[Mapping[Status, type[ReservationConflict]]] = {
    "committed": AlreadyCommitted,
    "released": AlreadyReleased,
    "expired": ReservationExpired,
}
_TRANSITIONS: Final[Mapping[Status, Transition]] = {
    "committed": "commit",
    "released": "release",
    "expired": "expire",
}


def earlier_outcome(
    stood: Reservation | None, claim: Claim, wanted: Status, actual: int, now: datetime
) -> Settlement | None:
    """What an attempt to settle ``claim`` means for the reservation that stands there.

    ``None``: it is open, the attempt may go ahead. A reservation resolves once; the same outcome again is no
    change. Released and expired are the same outcome to whoever returns the credits.

    Raises:
        ReservationNotFound: there is none.
        ReservationReused: it is not the one claimed.
        AlreadyCommitted, AlreadyReleased, ReservationExpired: it was resolved in another way, or has run out
            (even if no sweep has noticed yet).
    """
    names = {"account": claim.account, "reservations": [claim.id]}
    if stood is None:
        raise ReservationNotFound(**names)
    if not stood.same_content(claim.meter, claim.amount):
        raise ReservationReused(**names)
    if stood.status == HELD:
        if wanted == "committed" and stood.is_due(now):
            raise ReservationExpired(**names)
        return None
    if (stood.status == "committed") != (wanted == "committed") or stood.actual != actual:
        raise _CONTRADICTIONS[stood.status](**names)
    return settlement(stood, stood.status, actual, changed=False)


def is_over(stood: Reservation, now: datetime) -> bool:
    """Whether the time of a reservation ran out before it was resolved.

    Raises:
        AlreadyCommitted, AlreadyReleased: it was resolved.
    """
    if stood.status in {"committed", "released"}:
        raise _CONTRADICTIONS[stood.status](account=stood.account, reservations=[stood.id])
    return stood.status == "expired" or stood.is_due(now)


def settlement(claim: Claim, status: Status, actual: int, *, changed: bool) -> Settlement:
    return Settlement(
        account=claim.account,
        id=claim.id,
        meter=claim.meter,
        amount=claim.amount,
        status=status,
        actual=actual,
        changed=changed,
    )


SWEEP: Final = "sweep"
"""The actor of what happens by itself."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """How reservations are resolved: to which status, with how many credits used of each, by whom and why."""

    status: Status
    actual: int
    actor: str
    reason: str

    def earlier_outcome(self, stood: Reservation, now: datetime) -> Settlement | None:
        """As :func:`earlier_outcome`, but an expiry passes over whatever is not due any more."""
        if self.status == "expired" and not stood.is_due(now):
            return settlement(stood, stood.status, stood.actual or 0, changed=False)
        return earlier_outcome(stood, stood, self.status, self.actual, now)

    def settlement(self, reservation: Reservation) -> Settlement:
        return settlement(reservation, self.status, self.actual, changed=True)

    def _told(self, reservation: Reservation) -> int:
        """The credits that the journal names: those used by a commit, else those set free."""
        return self.actual if self.status == "committed" else reservation.amount

    def give_back(
        self, before: Mapping[PeriodKey, Balances], settled: Sequence[Reservation], draft: Draft
    ) -> dict[PeriodKey, Balances]:
        """The balances once ``settled`` are; the draft gets an entry for each meter and month of them.

        The grants of a meter are one row: where one month leaves it the next month starts.
        """
        after = dict(before)
        for key in sorted(after):
            group = [reservation for reservation in settled if reservation.key == key]
            if not group:
                continue
            shares = [share for reservation in group for share in reservation.shares_beyond(self.actual)]
            moved = after[key].given_back(shares, draft.now)
            draft.add(
                _TRANSITIONS[self.status],
                after[key],
                moved,
                amount=sum(self._told(reservation) for reservation in group),
                reservations=tuple(reservation.id for reservation in group),
            )
            after = {
                other: moved if other == key else found.with_grants(moved) for other, found in after.items()
            }
        return after


OVER: Final = Resolution("expired", 0, SWEEP, "time to live is over")
"""What happens to a reservation whose time is over, whoever notices."""
