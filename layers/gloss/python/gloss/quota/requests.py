"""What the API takes and shows of the ledger, beside the quota itself."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from gloss.quota.plans import Meter
from gloss.schema import LINE, ApiModel, Moment, Natural, Positive

Name = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._~:-]+$")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True), LINE]


class JournalEntryView(ApiModel):
    """One transition of the account.

    ``delta`` is what it did to the plan's balance of ``period``, ``grants`` what it did to each grant;
    ``balance`` and ``bonus`` are the plan's credits and those of all grants, where it touched them.
    """

    at: str
    type: str
    meter: str
    period: str
    amount: int
    delta: int
    grants: dict[str, int]
    reservations: list[str]
    actor: str
    reason: str
    balance_before: int | None
    balance_after: int | None
    bonus_before: int | None
    bonus_after: int | None


class JournalView(ApiModel):
    """A part of the journal, newest first; ``next`` is the cursor of the following part."""

    entries: Sequence[JournalEntryView]
    next: str | None


_COLUMNS: Final = tuple(JournalEntryView.model_fields)


def journal_csv(entries: Sequence[JournalEntryView]) -> str:
    """RFC 4180, a header line first; lists and maps in one cell, parts separated by spaces."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(map(to_camel, _COLUMNS))
    for entry in entries:
        row = entry.model_dump()
        row["reservations"] = " ".join(entry.reservations)
        row["grants"] = " ".join(f"{name}={delta}" for name, delta in entry.grants.items())
        writer.writerow([_cell(row[column]) for column in _COLUMNS])
    return text.getvalue()


def _cell(value: object) -> object:
    """A text that a spreadsheet would take for a formula is quoted (OWASP, CSV injection)."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return "" if value is None else value


class RollbackRequest(ApiModel):
    """What to call off: a reservation, or an upload. Never a count."""

    reservation_id: Name | None = None
    upload_id: Name | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.reservation_id is None) == (self.upload_id is None):
            raise ValueError("exactly one of reservationId and uploadId is needed")
        return self


class PlanChange(ApiModel):
    """Put ``account`` on ``plan``; ``limits`` per meter only where the plan leaves them to the account."""

    account: Name
    plan: Name
    limits: dict[Meter, Natural] | None = None
    reason: Reason


class PlanView(ApiModel):
    account: str
    plan: str
    limits: dict[Meter, int] | None


class GrantRequest(ApiModel):
    """Bonus credits. ``id`` makes the grant unique: the same id never grants twice."""

    account: Name
    id: Name
    meter: Meter
    amount: Positive
    expires_at: Moment | None = None
    priority: Annotated[int, Field(ge=0, le=1000, strict=True)] = 0
    reason: Reason


class GrantGiven(ApiModel):
    account: str
    id: str
    meter: Meter
    amount: int
    expires_at: datetime | None
