"""Which text wins when new text meets old: the overwrite policies.

For each field that is asked for and proposed, in this order:

1. An empty field takes what is proposed.
2. ``only_empty`` changes no other field.
3. Sources rank heuristic < embedded < ai < human, and a lower one never replaces a higher one. So no machine
   replaces what a person wrote. ``keep_human`` also protects embedded text, from all but people and the file.
   ``force`` lifts this rule alone, and the decision says so.
4. ``if_better`` asks for a higher quality score (``gloss.describe.quality``).
5. The proposed text replaces the current.

Only a person empties a field. Text of unknown origin is protected like a person's.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from gloss.describe.model import (
    FIELDS,
    PRIORITY,
    UNDETERMINED,
    Field,
    Metadata,
    Provenance,
    Provenances,
    Source,
)
from gloss.describe.quality import Finding, Standard, field_findings, field_score
from gloss.records import dataclass

Policy = Literal["always", "only_empty", "keep_human", "if_better"]

DEFAULT_POLICY: Final[Policy] = "keep_human"

Reason = Literal[
    # kept
    "not_requested",
    "nothing_proposed",
    "unchanged",
    "not_empty",
    "human_text",
    "embedded_text",
    "lower_priority",
    "not_better",
    # replaced
    "was_empty",
    "priority",
    "better",
    "forced",
]

_UNKNOWN_ORIGIN: Final = Provenance("human")
_REPLACING: Final[frozenset[Reason]] = frozenset({"was_empty", "priority", "better", "forced"})


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided for one field; ``detail`` explains scores and what force overcame."""

    reason: Reason
    detail: str = ""

    @property
    def replaced(self) -> bool:
        return self.reason in _REPLACING

    def to_dict(self) -> dict[str, Any]:
        return {"replaced": self.replaced, "reason": self.reason, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Merged:
    """The text after the merge; ``changed`` names the fields whose text is another than before."""

    metadata: Metadata
    provenance: dict[Field, Provenance]
    changed: tuple[Field, ...]
    decisions: dict[Field, Decision]

    @property
    def forced(self) -> bool:
        """Whether protected text was replaced because the caller insisted."""
        return any(decision.reason == "forced" for decision in self.decisions.values())


def merge(
    current: Metadata,
    current_provenance: Provenances,
    proposed: Metadata,
    proposed_provenance: Provenances,
    *,
    policy: Policy = DEFAULT_POLICY,
    per_field: Mapping[Field, Policy] | None = None,
    fields: Collection[Field] = FIELDS,
    force: bool = False,
    standard: Standard | None = None,
) -> Merged:
    """The current text with the proposed text laid over it, field by field; a second time changes nothing.

    ``per_field`` comes before ``policy``. ``standard`` is what ``if_better`` judges by; without a language of
    its own that of the proposed text is wanted.

    Raises:
        KeyError: a proposed field has no provenance.
    """
    policies = dict.fromkeys(FIELDS, policy) | dict(per_field or {})
    judged_by = _with_language(standard or Standard(), proposed)
    decisions: dict[Field, Decision] = {}
    for name in FIELDS:
        if name not in fields:
            decisions[name] = Decision("not_requested")
        elif not proposed.has(name) and name not in proposed_provenance:
            decisions[name] = Decision("nothing_proposed")
        else:
            old = _Side(name, current, current_provenance.get(name, _UNKNOWN_ORIGIN))
            new = _Side(name, proposed, proposed_provenance[name])
            decisions[name] = _decide(old, new, policies[name], force=force, standard=judged_by)
    return _apply(current, current_provenance, proposed, proposed_provenance, decisions)


@dataclass(frozen=True, slots=True)
class _Side:
    """One field of the current or of the proposed text."""

    name: Field
    metadata: Metadata
    origin: Provenance

    @property
    def filled(self) -> bool:
        return self.metadata.has(self.name)

    @property
    def text(self) -> object:
        """What is compared: alt text goes together with ``decorative``."""
        value = self.metadata.value(self.name)
        return (value, self.metadata.decorative) if self.name == "alt_text" else value

    def findings(self, standard: Standard) -> tuple[Finding, ...]:
        return field_findings(self.name, self.metadata, self.origin, standard)


def _decide(old: _Side, new: _Side, policy: Policy, *, force: bool, standard: Standard) -> Decision:
    if old.text == new.text and (old.origin == new.origin or not new.filled):
        return Decision("unchanged")
    if not new.filled and new.origin.source != "human":
        return Decision("nothing_proposed")
    if not old.filled:
        return Decision("was_empty")
    if policy == "only_empty":
        return Decision("not_empty")
    return _contest(old, new, policy, force=force, standard=standard)


def _contest(old: _Side, new: _Side, policy: Policy, *, force: bool, standard: Standard) -> Decision:
    """Rules 3 to 5, for two texts that both have something to say."""
    protection = _protection(old.origin.source, new.origin.source, policy)
    if protection and not force:
        return Decision(protection)
    verdict = _compare(old, new, standard) if policy == "if_better" else Decision("priority")
    if protection and verdict.replaced:
        return Decision("forced", ", ".join(filter(None, (protection, verdict.detail))))
    return verdict


def _protection(old: Source, new: Source, policy: Policy) -> Reason | None:
    """Why text of the one source may not be replaced by the other, or ``None`` where it may."""
    if old == "human" and new != "human":
        return "human_text"
    if old == "embedded" and policy == "keep_human" and new not in {"embedded", "human"}:
        return "embedded_text"
    return "lower_priority" if PRIORITY[new] < PRIORITY[old] else None


def _compare(old: _Side, new: _Side, standard: Standard) -> Decision:
    """Better is a strictly higher score; the detail names both, and what the worse one lost points for."""
    before, after = old.findings(standard), new.findings(standard)
    better = field_score(after) > field_score(before)
    losses = ", ".join(finding.code for finding in (before if better else after))
    detail = f"score {field_score(before)} -> {field_score(after)}" + (f" ({losses})" if losses else "")
    return Decision("better" if better else "not_better", detail)


def _with_language(standard: Standard, proposed: Metadata) -> Standard:
    if standard.language or proposed.language == UNDETERMINED:
        return standard
    return replace(standard, language=proposed.language)


def _apply(
    current: Metadata,
    current_provenance: Provenances,
    proposed: Metadata,
    proposed_provenance: Provenances,
    decisions: dict[Field, Decision],
) -> Merged:
    replaced = [name for name in FIELDS if decisions[name].replaced]
    values: dict[str, Any] = {name: proposed.value(name) for name in replaced}
    if "alt_text" in values:
        values["decorative"] = proposed.decorative
    metadata = replace(current, **values)
    metadata = replace(metadata, language=_language(current, proposed, metadata, replaced))
    provenance = dict(current_provenance) | {name: proposed_provenance[name] for name in replaced}
    changed = tuple(
        name
        for name in replaced
        if current.value(name) != proposed.value(name)
        or (name == "alt_text" and current.decorative != proposed.decorative)
    )
    return Merged(metadata, provenance, changed, decisions)


def _language(current: Metadata, proposed: Metadata, merged: Metadata, replaced: list[Field]) -> str:
    """The language that most of the text is in, by characters; that of the proposed text where it is even."""
    if not replaced:
        return current.language
    new = sum(_size(merged, name) for name in replaced)
    old = sum(_size(merged, name) for name in FIELDS if name not in replaced)
    return proposed.language if new >= old else current.language


def _size(metadata: Metadata, name: Field) -> int:
    return sum(map(len, metadata.value(name)))
