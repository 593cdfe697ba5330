"""A circuit breaker per provider and key (M. Nygard, Release It!, ch. 5): closed -> open -> half-open."""

from typing import Final, Literal

from gloss.clock import Clock
from gloss.metering.model import Call
from gloss.metering.rates import RatesStore
from gloss.records import dataclass

THRESHOLD: Final = 5
WINDOW_S: Final = 60.0
OPEN_S: Final = 60.0
PROBE_S: Final = 30.0

State = Literal["closed", "probing", "open"]


@dataclass(frozen=True, slots=True)
class Circuit:
    """What was found before the call. ``dirty``: there is something that a success has to clear.

    ``probe_until``: nobody else tries before, in Unix seconds, where this caller is the one who does.
    """

    state: State
    dirty: bool = False
    probe_until: float = 0.0


class Breaker:
    """Opens after ``THRESHOLD`` failures in a row, the first of them at most ``WINDOW_S`` ago.

    While it is open, one caller every ``PROBE_S`` may try, from ``OPEN_S`` after it opened.
    """

    def __init__(self, store: RatesStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def look(self, call: Call) -> Circuit:
        found = self._store.circuit(call)
        if "open_until" not in found:
            return Circuit("closed", dirty=bool(found))
        now = self._clock().timestamp()
        until = now + PROBE_S
        if found["open_until"] <= now and self._store.take_probe(call, now, until):
            return Circuit("probing", dirty=True, probe_until=until)
        return Circuit("open", dirty=True)

    def not_tried(self, call: Call, circuit: Circuit) -> None:
        """Nothing was sent after all: the next caller may be the one who tries."""
        if circuit.state == "probing":
            self._store.return_probe(call, circuit.probe_until)

    def failed(self, call: Call, circuit: Circuit) -> None:
        """The provider could not be reached, or broke."""
        now = self._clock().timestamp()
        if circuit.state == "probing" or self._store.count_failure(call, now, WINDOW_S) >= THRESHOLD:
            self._store.open_circuit(call, now + OPEN_S)

    def answered(self, call: Call, circuit: Circuit) -> None:
        """The provider is there, whatever it said."""
        if circuit.dirty:
            self._store.close_circuit(call)
