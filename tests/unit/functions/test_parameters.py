"""What a stack parameter changes, through template, environment and settings."""

import pytest

from tests.fakes.product import Product
from tests.unit.functions import conftest
from tests.unit.functions.conftest import Invoke
from tests.unit.functions.events import complete, request


def test_versions_are_kept_as_the_stack_says(
    invoke: Invoke, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = conftest.variables("images_api")
    assert (given["VERSIONS_KEPT"], given["VERSIONS_KEPT_DAYS"]) == ("20", "90")
    fewer = given | {"VERSIONS_KEPT": "1", "VERSIONS_KEPT_DAYS": "3"}
    monkeypatch.setattr(conftest, "variables", lambda _: fewer)
    complete(product)

    for version in (1, 2):
        invoke("images_api", request("images_api.edit", body={"version": version, "title": str(version)}))

    versions = [item for item in product.dynamodb.scan(TableName="ImagesTable")["Items"] if "number" in item]
    expiring = {int(it["number"]["N"]): int(it["expires_at"]["N"]) for it in versions if "expires_at" in it}
    assert sorted(expiring) == [1, 2]
    assert (expiring[2] - product.clock().timestamp()) / 86_400 == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("folder", ["bulk_step", "finish_image", "images_api", "regenerate_api"])
def test_whoever_writes_versions_is_told_how_long_they_are_kept(folder: str) -> None:
    assert {"VERSIONS_KEPT", "VERSIONS_KEPT_DAYS"} <= set(conftest.variables(folder))
