"""Tables for spreadsheets: headers as the API spells its fields."""

import csv
import io

from tests.fakes.product import Product
from tests.unit.functions.conftest import Invoke
from tests.unit.functions.events import complete, request

JOURNAL = {"query": {"format": "csv"}}


def test_columns_are_called_as_fields_are(invoke: Invoke, product: Product) -> None:
    complete(product)
    journal = invoke("quota_api", request("quota_api.journal", **JOURNAL))
    (columns, *rows) = csv.reader(io.StringIO(journal["body"]))
    assert columns[-4:] == ["balanceBefore", "balanceAfter", "bonusBefore", "bonusAfter"]
    assert {len(row) for row in rows} == {len(columns)}
    assert rows[-1][columns.index("type")] == "open_period"


def test_the_place_to_go_on_from_is_a_header_that_browsers_may_read(invoke: Invoke, product: Product) -> None:
    complete(product)
    asked = {"query": {"format": "csv", "limit": "1"}, "headers": {"Origin": "https://console.example"}}
    first = invoke("quota_api", request("quota_api.journal", **asked))
    headers = {name.lower(): values for name, values in first["multiValueHeaders"].items()}
    assert "x-next-cursor" in headers["access-control-expose-headers"][0].split(",")
    (cursor,) = headers["x-next-cursor"]
    everything = invoke("quota_api", request("quota_api.journal", **JOURNAL))["body"].splitlines()
    rest = invoke("quota_api", request("quota_api.journal", query={"format": "csv", "cursor": cursor}))
    assert first["body"].splitlines() + rest["body"].splitlines()[1:] == everything
    assert "x-next-cursor" not in {name.lower() for name in rest["multiValueHeaders"]}
