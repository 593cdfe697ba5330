"""A door for containers to a server that listens on loopback only, open for as long as a block takes."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator


class _Relay(socketserver.ThreadingTCPServer):
    """Hands every connection on to ``target`` and back."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], target: tuple[str, int]) -> None:
        self.target = target
        super().__init__(address, _Connection)


class _Connection(socketserver.BaseRequestHandler):
    server: _Relay
    request: socket.socket

    def handle(self) -> None:
        with socket.create_connection(self.server.target) as target:
            answers = threading.Thread(target=_copy, args=(target, self.request), daemon=True)
            answers.start()
            _copy(self.request, target)
            answers.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    """Until ``source`` ends; then the end is told to ``sink``."""
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def relay(host: str, target: tuple[str, int]) -> Iterator[int]:
    """Listen on a free port of ``host`` and hand everything on to ``target``; yields the port.

    Raises:
        OSError: ``host`` is no address of this machine.
    """
    with _Relay((host, 0), target) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
