"""Searches that the tests of the service begin with."""

import pytest

from tests.unit.search.scene import Scene


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture(params=[False, True], ids=["dynamodb", "s3vectors"])
def either(request: pytest.FixtureRequest) -> Scene:
    return Scene(s3vectors=request.param)
