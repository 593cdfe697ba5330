"""Opens the office when somebody first asks for it: only AI providers do, and it brings the meter along."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gloss.pipeline.office import Office
    from gloss.shared_settings import PaidWorkSettings


def office_on_demand(settings: "Callable[[], PaidWorkSettings]") -> "Callable[[], Office]":
    """The office of a function with these settings; one for all who ask."""

    @cache
    def office() -> "Office":
        from gloss.pipeline.office import open_office  # noqa: PLC0415 - see above

        return open_office(settings())

    return office
