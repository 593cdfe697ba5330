"""Who is connected, and telling them."""

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Lock
from typing import Final

from gloss.clock import Clock, iso
from gloss.realtime.model import LIFETIME, MAX_CONNECTIONS, RESTS, Connection, Event, frame, frames
from gloss.realtime.sockets import Gone, Silent, Sockets, Unreachable
from gloss.realtime.store import ConnectionStore

PARALLEL_POSTS: Final = 16

USER_POSTS: Final = 4
"""Posts to one user's connections at the same time."""

USER_S: Final = 1.5
"""Seconds after a user's first post in which further ones begin; one that nobody takes lasts one."""

BATCH_S: Final = 4.0
"""Seconds in which the posts of a batch begin. The next events of the shard wait for it."""

_LOG: Final = logging.getLogger(__name__)


class Connections:
    def __init__(self, store: ConnectionStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def open(self, user: str, connection: str) -> None:
        self._store.add(user, connection, int((self._clock() + LIFETIME).timestamp()))

    def close(self, user: str, connection: str) -> None:
        self._store.remove(user, connection)

    def hello(self, user: str, connection: str) -> str:
        """How many events there were, and when: a client that had all of them missed nothing.

        One that was not there before asks for changes since then, should it find a gap later. Who asks is
        alive, however silent it was; that is noted before events are counted, so none falls in between.
        """
        now = self._clock()
        self._store.revive(user, connection, int((now + LIFETIME).timestamp()))
        return frame([{"type": "hello", "seq": self._store.sequence(user), "at": iso(now)}])


class Publisher:
    """Tells users what happened. A client that cannot be reached finds a gap in the sequence later.

    Nobody waits long for anybody: a user's connections take at most ``USER_POSTS`` of the ``PARALLEL_POSTS``
    places, no post of a user begins after ``USER_S`` and none of a batch after ``BATCH_S``, users whose
    connections were reliable so far go first, and one that was silent rests.
    """

    def __init__(
        self,
        store: ConnectionStore,
        sockets: Sockets,
        clock: Clock,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._sockets = sockets
        self._clock = clock
        self._stopwatch = stopwatch

    def publish(self, events: Sequence[Event]) -> Counter[str]:
        """Count the events, then send them to each of their users' connections, all at the same time.

        The answer counts posts: ``sent``, ``gone``, ``silent``, ``unreachable`` and ``late``, which were not
        tried for want of time.
        """
        end = self._stopwatch() + BATCH_S
        by_user: dict[str, list[Event]] = {}
        for event in events:
            by_user.setdefault(event.user, []).append(event)
        with ThreadPoolExecutor(PARALLEL_POSTS) as pool:
            rounds = list(pool.map(self._count, by_user.values()))
            lanes = sorted(
                ((around, lane) for around in rounds for lane in range(around.lanes)),
                key=lambda place: (place[0].is_doubtful, place[1]),
            )
            posts = [pool.submit(self._serve, around, end) for around, _ in lanes]
            return sum((post.result() for post in posts), Counter())

    def _count(self, events: Sequence[Event]) -> "_Round":
        """Counted first, connections read after: who says hello in between knows of these events."""
        user = events[0].user
        first = self._store.advance(user, len(events))
        now = int(self._clock().timestamp())
        connections = self._store.newest(user, now=now, limit=MAX_CONNECTIONS)
        return _Round(user, list(frames(events, first)) if connections else [], deque(connections))

    def _serve(self, around: "_Round", end: float) -> Counter[str]:
        """One connection of the user after the other, as long as there is time."""
        results: Counter[str] = Counter()
        last = min(end, around.begun(self._stopwatch) + USER_S)
        while (connection := around.next()) is not None:
            if self._stopwatch() > last:
                results["late"] += 1
            else:
                results[self._send(around.user, connection, around.messages)] += 1
        return results

    def _send(self, user: str, connection: Connection, messages: Iterable[bytes]) -> str:
        """All frames in their order; after one that was not taken the rest would only be out of order."""
        try:
            for message in messages:
                self._sockets.post(connection.id, message)
        except Gone:
            self._store.remove(user, connection.id)
            return "gone"
        except Silent:
            self._rest(user, connection)
            return "silent"
        except Unreachable:
            _LOG.warning("a connection could not be told its events", extra={"user": user})
            return "unreachable"
        if connection.misses:
            self._store.note_misses(user, replace(connection, misses=0), 0)
        return "sent"

    def _rest(self, user: str, connection: Connection) -> None:
        """Leave a silent connection alone for a while, the one that was silent too often for good."""
        _LOG.warning("a connection did not take its events", extra={"user": user})
        if connection.misses == len(RESTS):
            self._store.remove(user, connection.id)
            return
        until = int((self._clock() + RESTS[connection.misses]).timestamp())
        self._store.note_misses(user, replace(connection, misses=connection.misses + 1), until)


class _Round:
    """What one user is told in a batch, and the connections that are still to be told."""

    def __init__(self, user: str, messages: Sequence[bytes], connections: deque[Connection]) -> None:
        self.user = user
        self.messages = messages
        self.lanes = min(USER_POSTS, len(connections))
        self.is_doubtful = any(connection.misses for connection in connections)
        self._connections = connections
        self._began: float | None = None
        self._lock = Lock()

    def begun(self, stopwatch: Callable[[], float]) -> float:
        """When the first connection's turn came."""
        with self._lock:
            if self._began is None:
                self._began = stopwatch()
            return self._began

    def next(self) -> Connection | None:
        with self._lock:
            return self._connections.popleft() if self._connections else None
