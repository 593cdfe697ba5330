"""The console in a real Chromium, against the stack that the other tests use too."""

import os
import shutil
import threading
from collections.abc import Iterator
from typing import Final, Protocol

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.visitor import Visitor
from tests.integration.person import Person
from tools.console_server import DIST, ConsoleServer
from tools.local_stack import LocalStack

PROGRAMS: Final = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NewVisitor(Protocol):
    def __call__(self, *, dark: bool = False, phone: bool = False) -> Visitor: ...


@pytest.fixture(scope="session")
def chromium() -> str:
    """A Chromium or Chrome that is installed. Without one CI fails; elsewhere it is said what is left out."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        assert "CI" not in os.environ, "Chromium is missing: install Debian's chromium"
        pytest.skip("Chromium is not installed (Debian: chromium): the console was not tested in a browser")
    return program


@pytest.fixture(scope="session")
def console(stack: LocalStack) -> Iterator[str]:
    """The address of the built console."""
    assert (DIST / "index.html").exists(), "the console is not built: run `make console`"
    server = ConsoleServer(stack.outputs)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.url
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_visitor(browser: Browser, console: str) -> Iterator[NewVisitor]:
    """Makes visitors, each with a browser profile of their own; nobody's page may have broken on the way."""
    visitors: list[Visitor] = []

    def make(*, dark: bool = False, phone: bool = False) -> Visitor:
        visitors.append(Visitor(browser, console, dark=dark, phone=phone))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.leave()


@pytest.fixture
def visitor(new_visitor: NewVisitor, ann: Person) -> Visitor:
    """Ann, signed in, in her library."""
    visitor = new_visitor()
    visitor.sign_in(ann.email)
    return visitor
