"""What lies behind the first hundred matches of S3 Vectors."""

from typing import Any

import pytest

from gloss.images.model import Status
from gloss.search.colours import near_hex
from gloss.search.model import Filters
from gloss.search.service import Wanted
from tests.unit.search.samples import image_id
from tests.unit.search.scene import Scene, found, ids, swatch


class TestBehindTheReach:
    """S3 Vectors answers with a hundred images, and knows neither colours nor statuses."""

    @pytest.fixture
    def far(self) -> Scene:
        """A hundred and twenty images that are nearer than the three which are blue and failed."""
        scene = Scene(s3vectors=True)
        entries = []
        for number in range(123):
            is_blue = number < 3
            entries.append(
                scene.add(
                    number,
                    "old quiet harbor at dusk" if is_blue else "harbor",
                    palette=[swatch("#4682b4", 0.6)] if is_blue else (),
                    status=Status.FAILED if is_blue else Status.COMPLETE,
                    fed=number == 122,
                )
            )
        return scene

    @pytest.mark.parametrize(
        "wanted", [{"filters": Filters(colour=near_hex("4682b4"))}, {"status": Status.FAILED}]
    )
    def test_what_meets_a_filter_is_found(self, far: Scene, wanted: dict[str, Any]) -> None:
        assert sorted(found(far.search.similar("ann", image_id(50), Wanted(**wanted)))) == ids(0, 1, 2)
        page = far.query("harbors", **wanted)
        assert sorted(found(page)) == ids(0, 1, 2)
        assert all(hit.similarity for hit in page.hits)

    def test_what_nothing_meets_finds_nothing(self, far: Scene) -> None:
        assert found(far.query("harbors", status=Status.QUEUED)) == []
        nearest = far.search.similar(
            "ann", image_id(50), Wanted(filters=Filters(colour=near_hex("ff0000", 5)))
        )
        assert found(nearest) == []

    def test_what_is_in_reach_comes_first(self, far: Scene) -> None:
        ranked = found(far.search.similar("ann", image_id(50), Wanted(status=Status.COMPLETE, limit=100)))
        assert len(ranked) == 99
        assert not {*ids(0, 1, 2, 50)} & {*ranked}

    def test_rows_are_not_read_where_little_fails(self, far: Scene) -> None:
        far.query("harbor", limit=1)
        far.product.dynamodb.calls.clear()
        far.query("harbor", limit=1)
        assert far.product.dynamodb.calls["batch_get_item"] == 1  # the hit that is shown
