import pytest

from tests.fakes.product import Product


@pytest.fixture
def product() -> Product:
    return Product()
