import pytest

from tests.fakes.bulk import BulkKit


@pytest.fixture
def kit() -> BulkKit:
    kit = BulkKit()
    kit.credits(100)
    return kit
