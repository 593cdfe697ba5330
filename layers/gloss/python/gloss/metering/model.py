"""The words of metering. Money is counted in whole nano-dollars: sums are exact, and one token costs many."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, Self

from gloss.clock import iso
from gloss.records import dataclass

Purpose = Literal["describe", "embed", "reindex", "search", "generate"]
"""``embed``: the words of an image that is worked on; ``reindex``: those of images that are done, for another
model; ``search``: those of a query."""
Priority = Literal["interactive", "bulk"]
"""``interactive``: somebody waits for it."""
Payer = Literal["stack", "user"]
OutcomeKind = Literal["ok", "rate_limited", "transient", "permanent"]

NANOS: Final = 1_000_000_000
"""Nano-dollars in a dollar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call to a provider that is about to be made.

    ``per_minute`` is the limit that the owner of the key set, ``cap`` what this user may spend in a month, in
    nano-dollars; ``None`` leaves both to the stack. ``priority`` rules who gets what a minute has left.
    """

    user: str
    purpose: Purpose
    provider: str
    model: str
    payer: Payer = "stack"
    image: str | None = None
    job: str | None = None
    generation: str | None = None
    per_minute: int | None = None
    cap: int | None = None
    priority: Priority = "interactive"

    @property
    def key(self) -> str:
        """Whose key pays: one user's broken or exhausted key says nothing about another's."""
        return "stack" if self.payer == "stack" else f"user:{self.user}"

    @property
    def endpoint(self) -> str:
        """What is up or down as one: a provider as reached with this key."""
        return f"{self.provider}#{self.key}"

    @property
    def allowance(self) -> Purpose:
        """Whose limit counts: the same model embeds for the first time and again."""
        return "embed" if self.purpose == "reindex" else self.purpose

    @property
    def bucket(self) -> str:
        """What shares one allowance per minute; providers count each model, so each purpose, by itself."""
        return f"{self.endpoint}#{self.allowance}"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a call used: tokens, and ``pictures`` made of a ``quality`` where a model is paid by the picture.

    A maker whose model counts no tokens answers ``Tokens(pictures=1, quality="high")``.
    """

    input: int = 0
    output: int = 0
    pictures: int = 0
    quality: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call as it was made; ``cost`` in nano-dollars, ``None`` where the model is in no price table."""

    id: str
    at: datetime
    call: Call
    outcome: OutcomeKind
    code: str | None
    tokens: Tokens
    cost: int | None
    latency_ms: int

    def to_item(self) -> dict[str, Any]:
        call = self.call
        return {
            "user": call.user,
            "time": f"{iso(self.at)}#{self.id}",
            "provider": call.provider,
            "model": call.model,
            "purpose": call.purpose,
            "payer": call.payer,
            "image": call.image,
            "job": call.job,
            "generation": call.generation,
            "outcome": self.outcome,
            "code": self.code,
            "input_tokens": self.tokens.input,
            "output_tokens": self.tokens.output,
            "pictures": self.tokens.pictures or None,
            "cost_nano_usd": self.cost,
            "latency_ms": self.latency_ms,
        }

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """The record as far as the log holds it: limits and priority of the call have had their time."""
        at, _, number = item["time"].partition("#")
        known: dict[str, Any] = {
            name: item.get(name)
            for name in ("user", "purpose", "provider", "model", "payer", "image", "job", "generation")
        }
        return cls(
            id=number,
            at=datetime.fromisoformat(at),
            call=Call(**known),
            outcome=item["outcome"],
            code=item.get("code"),
            tokens=Tokens(item["input_tokens"], item["output_tokens"], item.get("pictures") or 0),
            cost=item.get("cost_nano_usd"),
            latency_ms=item["latency_ms"],
        )


Receipts = list[CallRecord]
"""Calls whose result is kept before their rows are written."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over calls. ``failures`` are the calls without a result, ``unpriced`` those of unknown price."""

    calls: int = 0
    failures: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_nano_usd: int = 0
    latency_ms: int = 0

    @classmethod
    def of(cls, record: CallRecord) -> Self:
        return cls(
            calls=1,
            failures=int(record.outcome != "ok"),
            unpriced=int(record.cost is None),
            input_tokens=record.tokens.input,
            output_tokens=record.tokens.output,
            cost_nano_usd=record.cost or 0,
            latency_ms=record.latency_ms,
        )

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        return cls(**{name: item.get(name, 0) for name in cls.__slots__})

    def to_dict(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class DayTotals:
    """The calls of one user on one day (``YYYY-MM-DD``, UTC) that are alike."""

    day: str
    provider: str
    model: str
    purpose: str
    payer: str
    totals: Totals


def month_of(moment: datetime) -> str:
    return f"{moment:%Y-%m}"


def usd(nano: int) -> float:
    return nano / NANOS


def nano_usd(dollars: float) -> int:
    return round(dollars * NANOS)
