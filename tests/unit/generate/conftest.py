import pytest

from tests.fakes.generation import GenerationKit


@pytest.fixture
def kit() -> GenerationKit:
    return GenerationKit()
