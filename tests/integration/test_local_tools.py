"""The parts of the tooling that need real sockets."""

import socket
import threading
from pathlib import Path

import pytest

from tools.local_engine import HOST, LocalEngine, LocalStackError, free_port
from tools.local_stack import LocalStack, main
from tools.relay import relay


def test_a_port_that_somebody_listens_on_is_named_and_nothing_is_left_running(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as other:
        stack = LocalStack(tmp_path, other.getsockname()[1])

        with pytest.raises(LocalStackError, match="is taken by another program"):
            stack.start()

    assert stack.engine.pid() is None
    assert not stack.is_healthy()


def test_a_server_that_is_no_engine_is_not_healthy(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as other:
        assert not LocalEngine(tmp_path, other.getsockname()[1], tmp_path).is_healthy()


def test_a_free_port_can_be_listened_on() -> None:
    with socket.create_server((HOST, free_port())):
        pass


def test_status_of_a_stack_that_is_down_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tools.local_stack.FOLDER", tmp_path)
    monkeypatch.setenv("GLOSS_PORT", str(free_port()))

    assert main(["status"]) == 1

    assert "make up" in capsys.readouterr().err


def test_a_relay_hands_bytes_on_in_both_directions() -> None:
    with socket.create_server((HOST, 0)) as server, relay(HOST, server.getsockname()) as door:
        echo = threading.Thread(target=_answer_once, args=(server,))
        echo.start()
        with socket.create_connection((HOST, door)) as client:
            client.sendall(b"x" * 200_000)
            client.shutdown(socket.SHUT_WR)
            received = b"".join(iter(lambda: client.recv(65536), b""))
        echo.join()

    assert received == b"x" * 200_000 + b"!"


def _answer_once(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        asked = b"".join(iter(lambda: connection.recv(65536), b""))
        connection.sendall(asked + b"!")


def test_a_relay_is_closed_after_the_block() -> None:
    with relay(HOST, (HOST, 1)) as door:
        pass

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, door))


def test_a_relay_needs_an_address_of_this_machine() -> None:
    with pytest.raises(OSError, match="assign"), relay("192.0.2.1", (HOST, 1)):
        pass
