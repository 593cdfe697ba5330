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
