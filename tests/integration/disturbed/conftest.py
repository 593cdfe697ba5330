"""Tests that disturb whoever uses the same stack: they have one to themselves, one test at a time."""

from collections.abc import Iterator

import pytest

from tests.conftest import shared_stack
from tests.integration.backstage import Backstage
from tools.local_stack import LocalStack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A stack that nobody else uses."""
    with shared_stack(tmp_path_factory.mktemp("disturbed")) as stack:
        yield stack


@pytest.fixture(scope="session")
def backstage(stack: LocalStack) -> Backstage:
    """Below its API."""
    return Backstage(stack)
