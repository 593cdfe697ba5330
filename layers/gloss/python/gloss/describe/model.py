"""The words of describing: an image's text, where it came from, what a provider sees and how it answers.

Standard library only, for functions that merely pass these values on must start fast.
Everything that travels through a state machine has ``to_dict`` and ``from_dict``; the dictionaries hold JSON
types only and leave out what is ``None``.
"""

from collections.abc import Mapping
from dataclasses import asdict, field, fields
from typing import Any, Final, Literal, Protocol, Self, cast, get_args

from gloss.records import dataclass

Field = Literal["title", "alt_text", "caption", "description", "tags"]
"""A part of the metadata that has a provenance of its own; ``decorative`` goes with ``alt_text``."""

FIELDS: Final[tuple[Field, ...]] = get_args(Field)

Source = Literal["heuristic", "embedded", "ai", "human"]

PRIORITY: Final[Mapping[Source, int]] = {source: rank for rank, source in enumerate(get_args(Source))}
"""Text of an equal or higher rank may replace text of a lower one."""

SafetyFlag = Literal[
    "nudity", "sexual", "violence", "hate", "self_harm", "drugs", "weapons", "personal_data", "instructions"
]
"""What a reviewer may want to know; ``instructions``: text in the picture that tries to command the model."""

Detail = Literal["low", "high"]
Orientation = Literal["landscape", "portrait", "square", "panorama"]

MAX_VOCABULARY: Final = 500
"""Terms that a closed list of tags may have: about two thousand tokens with each picture."""

UNDETERMINED: Final = "und"
"""The BCP 47 tag of a text whose language nobody knows."""

_PANORAMA_RATIO: Final = 2.0
_SQUARE_RATIO: Final = 1.05


@dataclass(frozen=True, slots=True)
class Metadata:
    """The current text of an image; ``language`` is the BCP 47 tag of the language really used."""

    title: str = ""
    alt_text: str = ""
    caption: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    decorative: bool = False
    language: str = UNDETERMINED

    def value(self, name: Field) -> str | tuple[str, ...]:
        return cast("str | tuple[str, ...]", getattr(self, name))

    def has(self, name: Field) -> bool:
        """Whether the field is filled; the alt text of a decorative image is meant to be empty."""
        return bool(self.value(name)) or (name == "alt_text" and self.decorative)

    def to_dict(self) -> dict[str, Any]:
        return _plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(**_known(cls, data, tuples=("tags",)))


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the text of one field came from; ``prompt_version`` counts up."""

    source: Source
    provider: str | None = None
    model: str | None = None
    prompt_version: int | None = None

    def to_dict(self) -> dict[str, Any]:
        return _plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(**_known(cls, data))


Provenances = Mapping[Field, Provenance]
"""The provenance of each field that was ever written."""


def provenances_to_dict(provenance: Provenances) -> dict[str, Any]:
    return {name: origin.to_dict() for name, origin in provenance.items()}


def provenances_from_dict(data: Mapping[str, Any]) -> dict[Field, Provenance]:
    return {name: Provenance.from_dict(data[name]) for name in FIELDS if name in data}


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that the provider counted; both 0 where it answered without a count."""

    input_tokens: int
    output_tokens: int


def _usage(data: Mapping[str, Any]) -> Usage | None:
    usage = data.get("usage")
    return Usage(**usage) if usage else None


@dataclass(frozen=True, slots=True)
class Fallback:
    """Who should have described the image, and the code of why it was somebody else."""

    instead_of: str
    code: str


@dataclass(frozen=True, slots=True)
class Bill:
    """What the call cost and how long it took; no cost where no price is known."""

    latency_ms: int
    cost_usd: float | None = None

    @classmethod
    def free(cls, seconds: float) -> Self:
        """For what was done on this machine and costs nothing."""
        return cls(latency_ms=round(seconds * 1000), cost_usd=0.0)

    def to_dict(self) -> dict[str, Any]:
        return _plain(self)


@dataclass(frozen=True, slots=True)
class Description:
    """What a provider made of one image; ``bill`` once somebody measured it."""

    metadata: Metadata
    provenance: Provenances
    safety: tuple[SafetyFlag, ...] = ()
    usage: Usage | None = None
    fallback: Fallback | None = None
    bill: Bill | None = None

    @property
    def is_free_stand_in(self) -> bool:
        """Whether somebody else than was asked for wrote it, and nobody was paid."""
        return self.fallback is not None and self.usage is None

    def to_dict(self) -> dict[str, Any]:
        return _plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        fallback, bill = data.get("fallback"), data.get("bill")
        return cls(
            metadata=Metadata.from_dict(data["metadata"]),
            provenance=provenances_from_dict(data["provenance"]),
            safety=tuple(data.get("safety", ())),
            usage=_usage(data),
            fallback=Fallback(**fallback) if fallback else None,
            bill=Bill(**bill) if bill else None,
        )


@dataclass(frozen=True, slots=True)
class Swatch:
    """A dominant color: ``hex`` as ``#rrggbb``, ``share`` of the image from 0 to 1, its nearest name."""

    hex: str
    share: float
    name: str


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """Text that the file itself carries (EXIF, IPTC, XMP)."""

    title: str | None = None
    caption: str | None = None
    alt_text: str | None = None
    description: str | None = None
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What inspection knows; ``width`` and ``height`` after orientation, ``taken_at`` in ISO 8601."""

    width: int = 0
    height: int = 0
    taken_at: str | None = None
    camera: str | None = None
    palette: tuple[Swatch, ...] = ()
    embedded: EmbeddedText = field(default_factory=EmbeddedText)

    @property
    def orientation(self) -> Orientation | None:
        """``None`` while the size is unknown."""
        if self.width < 1 or self.height < 1:
            return None
        if max(self.width, self.height) <= _SQUARE_RATIO * min(self.width, self.height):
            return "square"
        if self.width >= _PANORAMA_RATIO * self.height:
            return "panorama"
        return "landscape" if self.width > self.height else "portrait"

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        known = _known(cls, data)
        known["palette"] = tuple(Swatch(**_known(Swatch, swatch)) for swatch in data.get("palette", ()))
        embedded = _known(EmbeddedText, data.get("embedded", {}), tuples=("keywords",))
        known["embedded"] = EmbeddedText(**embedded)
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Context:
    """What the user wants the text to be like.

    ``vocabulary``, where given, is the closed list that tags are chosen from.
    """

    brand: str | None = None
    audience: str | None = None
    tone: str | None = None
    language: str | None = None
    keywords: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    vocabulary: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(**_known(cls, data, tuples=("keywords", "avoid", "vocabulary")))


@dataclass(frozen=True, slots=True)
class DescribeRequest:
    """Everything a provider may look at; ``preview`` is a JPEG and never travels in ``to_dict``."""

    file_name: str
    facts: Facts = field(default_factory=Facts)
    context: Context = field(default_factory=Context)
    detail: Detail = "low"
    preview: bytes | None = None

    def to_dict(self) -> dict[str, Any]:
        data = _plain(self)
        data.pop("preview", None)
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, preview: bytes | None = None) -> Self:
        return cls(
            file_name=data["file_name"],
            facts=Facts.from_dict(data.get("facts", {})),
            context=Context.from_dict(data.get("context", {})),
            detail=data.get("detail", "low"),
            preview=preview,
        )


@dataclass(frozen=True, slots=True)
class Ok:
    """The provider answered."""

    description: Description
    kind: Literal["ok"] = field(default="ok", init=False)


@dataclass(frozen=True, slots=True)
class RateLimited:
    """Too many calls for now: come back after so many seconds; uses no attempt."""

    retry_after_s: float
    kind: Literal["rate_limited"] = field(default="rate_limited", init=False)


@dataclass(frozen=True, slots=True)
class Transient:
    """A fault that another try may not meet; with ``usage`` where the call was paid all the same."""

    code: str
    message: str
    usage: Usage | None = None
    kind: Literal["transient"] = field(default="transient", init=False)


@dataclass(frozen=True, slots=True)
class Permanent:
    """A refusal that every further try would meet too; with ``usage`` where the call was paid nonetheless."""

    code: str
    message: str
    usage: Usage | None = None
    kind: Literal["permanent"] = field(default="permanent", init=False)


Failure = RateLimited | Transient | Permanent
Outcome = Ok | Failure
"""Expected outcomes are data that a Choice state reads by ``kind``; an exception means a bug."""


def outcome_to_dict(outcome: Outcome) -> dict[str, Any]:
    return _plain(outcome)


def outcome_from_dict(data: Mapping[str, Any]) -> Outcome:
    """Raises ``ValueError`` where ``kind`` is none of the four."""
    match data.get("kind"):
        case "ok":
            return Ok(Description.from_dict(data["description"]))
        case "rate_limited":
            return RateLimited(float(data["retry_after_s"]))
        case "transient":
            return Transient(data["code"], data["message"], _usage(data))
        case "permanent":
            return Permanent(data["code"], data["message"], _usage(data))
        case kind:
            raise ValueError(f"not an outcome: {kind!r}")


class Describer(Protocol):
    """A provider of descriptions; ``name`` stands in the provenance.

    ``model`` is ``None`` where none is asked. One that ``sees_pixels`` needs the request's preview.
    """

    @property
    def name(self) -> str: ...

    @property
    def model(self) -> str | None: ...

    @property
    def sees_pixels(self) -> bool: ...

    def describe(self, request: DescribeRequest) -> Outcome:
        """Expected failures are returned, never raised."""
        ...


def _plain(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass instance
    return asdict(
        value, dict_factory=lambda pairs: {key: _listed(inner) for key, inner in pairs if inner is not None}
    )


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _known(cls: type[Any], data: Mapping[str, Any], *, tuples: tuple[str, ...] = ()) -> dict[str, Any]:
    """The entries of ``data`` that ``cls`` knows, lists as tuples where asked."""
    names = {item.name for item in fields(cls)}
    return {key: tuple(value) if key in tuples else value for key, value in data.items() if key in names}
