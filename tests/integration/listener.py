"""A real WebSocket client that remembers what it was told and when."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tools.local_engine import wait_for

DEADLINE_S: Final = 60.0


@dataclass(frozen=True)
class Told:
    """An event and when it arrived (Unix seconds)."""

    event: Mapping[str, Any]
    arrived: float

    @property
    def delay_ms(self) -> float:
        """From what happened to its arrival; both clocks are this machine's."""
        return (self.arrived - datetime.fromisoformat(self.event["at"]).timestamp()) * 1000


class Listener:
    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.told: list[Told] = []

    def read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            for message in self._socket:
                arrived = time.time()
                self.told += [Told(event, arrived) for event in json.loads(message)["events"]]

    def hello(self) -> dict[str, Any]:
        """What the server answers; it answers so to whatever a client sends."""
        before = len(self.of_type("hello"))
        self._socket.send('{"action": "hello"}')
        assert wait_for(lambda: len(self.of_type("hello")) > before, DEADLINE_S)
        return dict(self.of_type("hello")[-1].event)

    def of(self, image: str) -> list[Told]:
        return [told for told in self.told if told.event.get("id") == image]

    def statuses(self, image: str) -> list[str]:
        """As they were told; each once, for an event may also be about something else."""
        told = [told.event["status"] for told in self.of(image) if "status" in told.event["changed"]]
        return [status for status, before in zip(told, [None, *told], strict=False) if status != before]

    def hears(self, image: str, status: str) -> bool:
        return wait_for(lambda: status in self.statuses(image), DEADLINE_S)

    @property
    def numbers(self) -> list[int]:
        return [told.event["seq"] for told in self.told if told.event["type"] != "hello"]

    def of_type(self, kind: str) -> list[Told]:
        return [told for told in self.told if told.event["type"] == kind]


@contextlib.contextmanager
def listening(address: str, token: str) -> Iterator[Listener]:
    """An open socket that is read all the time."""
    with connect(f"{address}?token={token}", open_timeout=30) as socket:
        listener = Listener(socket)
        reader = threading.Thread(target=listener.read, daemon=True)
        reader.start()
        yield listener
        socket.close()
        reader.join(10)
