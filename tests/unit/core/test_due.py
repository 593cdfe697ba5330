"""The walk over due records: each is looked at once, and a fault at one stops none of the others."""

from datetime import timedelta
from typing import Final

from gloss.due import Walk
from gloss.dynamodb import ConditionFailed
from gloss.ids import new_id
from gloss.shards import SHARDS, due_shard
from tests.fakes.product import USER, Product

LATER: Final = timedelta(days=1)


def walk(product: Product, page: int = 100) -> Walk:
    return Walk(product.images.due, "image", page, product.clock)


def test_only_what_is_due_is_looked_at(product: Product) -> None:
    early = product.upload()
    product.clock.forward(LATER)
    product.upload()
    assert walk(product).run(lambda user, image: f"{user} {image}") == {f"{USER} {early}": 1}


def test_a_record_that_faults_or_moves_keeps_no_other_waiting(product: Product) -> None:
    images = [product.upload() for _ in range(3)]
    product.clock.forward(LATER)

    def look_at(_user: str, image: str) -> str:
        if image == images[0]:
            raise RuntimeError("a record that cannot be helped")
        if image == images[1]:
            raise ConditionFailed({})
        return "done"

    assert walk(product).run(look_at) == {"faulted": 1, "settled meanwhile": 1, "done": 1}


def test_a_walk_takes_a_page_of_each_shard(product: Product) -> None:
    images = [product.upload() for _ in range(10)]
    product.clock.forward(LATER)
    shards = {due_shard(image) for image in images}
    assert walk(product, page=1).run(lambda *_: "done") == {"done": len(shards)}


def test_ids_are_spread_over_all_shards() -> None:
    assert {due_shard(new_id()) for _ in range(1000)} == set(SHARDS)
