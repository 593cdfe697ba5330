"""How many generations a user may ask for in a minute."""

from typing import Final

from gloss.clock import Clock
from gloss.errors import RateLimited
from gloss.metering.rates import RatesStore
from gloss.records import dataclass

PER_MINUTE: Final = 60
_MINUTE_S: Final = 60


@dataclass(frozen=True, slots=True)
class Pace:
    rates: RatesStore
    clock: Clock
    per_minute: int = PER_MINUTE

    def admit(self, user: str, count: int = 1) -> None:
        """Count so many more in this minute, all or none.

        Raises:
            RateLimited: they are too many; details say in how many seconds the next minute begins.
        """
        now = self.clock().timestamp()
        minute = int(now // _MINUTE_S)
        if not self.rates.count(f"generations#{user}", minute, self.per_minute, count=count):
            left = int((minute + 1) * _MINUTE_S - now) + 1
            raise RateLimited(
                f"At most {self.per_minute} generations can be asked for in a minute.", retry_after=left
            )
