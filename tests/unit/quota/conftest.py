import pytest

from tests.fakes.ledger import LedgerKit


@pytest.fixture
def kit() -> LedgerKit:
    return LedgerKit()
