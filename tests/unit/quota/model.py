"""The rules of the ledger a second time, as plainly as can be, for tests to compare with.

Every single credit is an object of its own here: the name of the bucket that it came from. Nothing is shared
with ``gloss.quota``.
"""

from dataclasses import dataclass, field
from datetime import datetime

LIMITS = {
    "free": {"images": 10, "tokens": 100},
    "pro": {"images": 50, "tokens": 500},
    "custom": {"images": 7, "tokens": 31},
}
"""Those of the custom plan are the ones that the histories agree on."""


@dataclass
class ModelGrant:
    meter: str
    amount: int
    expires_at: int | None
    priority: int
    left: int
    cleared: bool = False


@dataclass
class ModelReservation:
    meter: str
    amount: int
    month: str
    credits: list[str]
    expires_at: int
    status: str = "held"
    actual: int = 0


@dataclass
class ModelAccount:
    """``outcome`` methods answer the name of the error, or what a caller would see.

    ``now`` is the clock of whoever calls next; clocks differ. ``opened`` are the limits of the months that
    were taken from.
    """

    now: datetime
    plan: str = "free"
    opened: dict[tuple[str, str], int] = field(default_factory=dict)
    reservations: dict[str, ModelReservation] = field(default_factory=dict)
    grants: dict[str, ModelGrant] = field(default_factory=dict)
    spent: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def month(self) -> str:
        return f"{self.now.year}-{self.now.month:02d}"

    @property
    def next_month(self) -> datetime:
        year, month = divmod(self.now.year * 12 + self.now.month, 12)
        return datetime(year, month + 1, 1, tzinfo=self.now.tzinfo)

    @property
    def second(self) -> int:
        return int(self.now.timestamp())

    def alive(self, grant: ModelGrant) -> bool:
        return not grant.cleared and (grant.expires_at is None or self.second < grant.expires_at)

    def limit(self, meter: str) -> int:
        return self.opened.get((meter, self.month), LIMITS[self.plan][meter])

    def plan_left(self, meter: str) -> int:
        return self.limit(meter) - self.spent.get((meter, self.month), 0)

    def change_plan(self, plan: str) -> None:
        """Also for a month that a clock which is ahead has opened already."""
        self.plan = plan
        following = f"{self.next_month.year}-{self.next_month.month:02d}"
        for meter, month in self.opened:
            if month in {self.month, following}:
                self.opened[meter, month] = LIMITS[plan][meter]

    def clear(self, meter: str) -> None:
        """What has expired by the clock of this caller is gone for everybody."""
        for grant in self.grants.values():
            if grant.meter == meter and not self.alive(grant):
                grant.cleared, grant.left = True, 0

    def bonus(self, meter: str) -> int:
        return sum(grant.left for grant in self.grants.values() if grant.meter == meter and self.alive(grant))

    def remaining(self, meter: str) -> int:
        return max(self.plan_left(meter), 0) + self.bonus(meter)

    def held(self, meter: str, bucket: str) -> int:
        open_ = [it for it in self.reservations.values() if it.status == "held" and it.meter == meter]
        return sum(reservation.credits.count(bucket) for reservation in open_)

    def used(self, meter: str, bucket: str) -> int:
        done = [it for it in self.reservations.values() if it.status == "committed" and it.meter == meter]
        return sum(reservation.credits[: reservation.actual].count(bucket) for reservation in done)

    def _next_credit(self, meter: str) -> str:
        """What is lost first: ordered by when that is, grants before the plan where it is the same moment."""
        never = float("inf")
        there = [
            (never if grant.expires_at is None else grant.expires_at, 0, -grant.priority, name)
            for name, grant in self.grants.items()
            if grant.meter == meter and grant.left and self.alive(grant)
        ]
        if self.plan_left(meter) > 0:
            there.append((self.next_month.timestamp(), 1, 0, self.month))
        name = min(there)[-1]
        if name in self.grants:
            self.grants[name].left -= 1
        else:
            self.opened.setdefault((meter, name), LIMITS[self.plan][meter])
            self.spent[meter, name] = self.spent.get((meter, name), 0) + 1
        return name

    def _put_back(self, reservation: ModelReservation, credit: str) -> None:
        if credit == reservation.month:
            self.spent[reservation.meter, credit] -= 1
        elif self.alive(self.grants[credit]):
            self.grants[credit].left += 1

    def reserve(self, meter: str, amounts: dict[str, int], seconds: int) -> str:
        there = {name: self.reservations[name] for name in amounts if name in self.reservations}
        if any((it.meter, it.amount) != (meter, amounts[name]) for name, it in there.items()):
            return "ReservationReused"
        missing = [name for name in amounts if name not in self.reservations]
        if sum(amounts[name] for name in missing) > self.remaining(meter):
            return "QuotaExceeded"
        if any(amounts[name] for name in missing):
            self.clear(meter)
        for name in missing:
            taken = [self._next_credit(meter) for _ in range(amounts[name])]
            self.reservations[name] = ModelReservation(
                meter, amounts[name], self.month, taken, self.second + seconds
            )
        return "reserved" if missing else "replayed"

    def renew(self, name: str, renewal: str, seconds: int) -> str:
        reservation = self.reservations.get(name)
        if reservation is None:
            return "ReservationNotFound"
        if reservation.status in {"committed", "released"}:
            return {"committed": "AlreadyCommitted", "released": "AlreadyReleased"}[reservation.status]
        if reservation.status == "held" and self.second < reservation.expires_at:
            return name
        if renewal in self.reservations:
            return renewal
        left = {key: (grant.left, grant.cleared) for key, grant in self.grants.items()}
        spent, was = dict(self.spent), reservation.status
        if was == "held":
            self._end(reservation, "expired")
        outcome = self.reserve(reservation.meter, {renewal: reservation.amount}, seconds)
        if outcome == "QuotaExceeded":
            self.spent, reservation.status = spent, was
            for key, (rest, cleared) in left.items():
                self.grants[key].left, self.grants[key].cleared = rest, cleared
            return outcome
        return renewal

    def commit(self, name: str, actual: int | None) -> str:
        reservation = self.reservations.get(name)
        if reservation is None:
            return "ReservationNotFound"
        used = reservation.amount if actual is None else actual
        if used > reservation.amount:
            return "ValidationFailed"
        if reservation.status == "committed":
            return "unchanged" if reservation.actual == used else "AlreadyCommitted"
        if reservation.status == "released":
            return "AlreadyReleased"
        if reservation.status == "expired" or reservation.expires_at <= self.second:
            return "ReservationExpired"
        for credit in reservation.credits[used:]:
            self._put_back(reservation, credit)
        reservation.status, reservation.actual = "committed", used
        return "changed"

    def release(self, names: list[str]) -> str:
        if any(name not in self.reservations for name in names):
            return "ReservationNotFound"
        chosen = [self.reservations[name] for name in names]
        if any(reservation.status == "committed" for reservation in chosen):
            return "AlreadyCommitted"
        open_ = [reservation for reservation in chosen if reservation.status == "held"]
        for reservation in open_:
            self._end(reservation, "released")
        return "changed" if open_ else "unchanged"

    def due(self) -> set[str]:
        return {
            name
            for name, reservation in self.reservations.items()
            if reservation.status == "held" and reservation.expires_at <= self.second
        }

    def expire(self, name: str) -> None:
        self._end(self.reservations[name], "expired")

    def _end(self, reservation: ModelReservation, status: str) -> None:
        for credit in reservation.credits:
            self._put_back(reservation, credit)
        reservation.status = status

    def grant(self, name: str, meter: str, amount: int, expires_at: int | None, priority: int) -> str:
        known = self.grants.get(name)
        if known:
            content = (known.meter, known.amount, known.expires_at, known.priority)
            return "granted" if content == (meter, amount, expires_at, priority) else "IdempotencyConflict"
        grant = ModelGrant(meter, amount, expires_at, priority, left=amount)
        if not self.alive(grant):
            return "ValidationFailed"
        self.clear(meter)
        self.grants[name] = grant
        return "granted"
