"""Plans as data."""

import pytest

from gloss.errors import ConfigurationError
from gloss.quota.plans import METERS, Plans


def test_the_shipped_plans() -> None:
    plans = Plans.load()
    assert {"free", "pro", "byok", "custom"} <= set(plans.plans)
    assert plans.default == "free"
    assert set(plans.limits_for("free")) == set(METERS)
    assert plans.plans["custom"].limits is None


def test_a_stack_parameter_replaces_them() -> None:
    plans = Plans.load('{"default": "one", "plans": {"one": {"limits": {"images": 1, "tokens": 2}}}}')
    assert plans.limits_for("one") == {"images": 1, "tokens": 2}


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"default": "one", "plans": {}}',
        '{"default": "one", "plans": {"one": {"limits": null}}}',
        '{"default": "one", "plans": {"one": {"limits": {"images": 1}}}}',
        '{"default": "one", "plans": {"one": {"limits": {"images": -1, "tokens": 1}}}}',
        '{"default": "one", "plans": {"one": {"limits": {"images": 1, "tokens": 1}, "price": 3}}}',
    ],
)
def test_plans_of_another_form_name_the_mistake(text: str) -> None:
    with pytest.raises(ConfigurationError, match="plans are not valid"):
        Plans.load(text)
