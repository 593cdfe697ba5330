"""What the tests of jobs share."""

from typing import Any

from tests.fakes.bulk import BulkKit

FORCE: dict[str, Any] = {"force": True}


def left(kit: BulkKit) -> int:
    return kit.product.credits.quota().remaining
