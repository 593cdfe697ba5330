"""Who is connected, and telling them."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from gloss.clock import Clock, iso
from gloss.realtime.model import LIFETIME, MAX_CONNECTIONS, Event, frame, frames
from gloss.realtime.sockets import Gone, Sockets, Unreachable
from gloss.realtime.store import ConnectionStore

PARALLEL_POSTS: Final = 16

_LOG: Final = logging.getLogger(__name__)


class Connections:
    def __init__(self, store: ConnectionStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def open(self, user: str, connection: str) -> None:
        self._store.add(user, connection, int((self._clock() + LIFETIME).timestamp()))

    def close(self, user: str, connection: str) -> None:
        self._store.remove(user, connection)

    def hello(self, user: str) -> str:
        """How many events there were, and when: a client that had all of them missed nothing.

        One that was not there before asks for changes since then, should it find a gap later.
        """
        now = iso(self._clock())
        return frame([{"type": "hello", "seq": self._store.sequence(user), "at": now}])


class Publisher:
    """Tells users what happened. A client that cannot be reached finds a gap in the sequence later."""

    def __init__(self, store: ConnectionStore, sockets: Sockets, clock: Clock) -> None:
        self._store = store
        self._sockets = sockets
        self._clock = clock

    def publish(self, events: Sequence[Event]) -> Counter[str]:
        """Count the events, then send them to each of their users' connections, all at the same time.

        The answer counts posts: ``sent``, ``gone``, ``unreachable``.
        """
        by_user: dict[str, list[Event]] = {}
        for event in events:
            by_user.setdefault(event.user, []).append(event)
        with ThreadPoolExecutor(PARALLEL_POSTS) as pool:
            counted = list(pool.map(self._count, by_user.values()))
            posts = [
                pool.submit(self._send, user, connection, messages)
                for user, (connections, messages) in zip(by_user, counted, strict=True)
                for connection in connections
            ]
            return Counter(post.result() for post in posts)

    def _count(self, events: Sequence[Event]) -> tuple[list[str], list[bytes]]:
        """Counted first, connections read after: who says hello in between knows of these events."""
        user = events[0].user
        first = self._store.advance(user, len(events))
        now = int(self._clock().timestamp())
        connections = self._store.newest(user, now=now, limit=MAX_CONNECTIONS)
        return connections, list(frames(events, first)) if connections else []

    def _send(self, user: str, connection: str, messages: Iterable[bytes]) -> str:
        """All frames in their order; after one that was not taken the rest would only be out of order."""
        try:
            for message in messages:
                self._sockets.post(connection, message)
        except Gone:
            self._store.remove(user, connection)
            return "gone"
        except Unreachable:
            _LOG.warning("a connection did not take its events", extra={"user": user})
            return "unreachable"
        return "sent"
