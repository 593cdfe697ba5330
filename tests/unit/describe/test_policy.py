from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gloss.describe.model import FIELDS, Field, Metadata, Provenance
from gloss.describe.policy import Decision, Policy, merge
from gloss.describe.quality import Standard
from tests.unit.describe.samples import (
    AI,
    EMBEDDED,
    HEURISTIC,
    HUMAN,
    METADATA,
    every,
    metadata,
    provenances,
)

policies = st.sampled_from(["always", "only_empty", "keep_human", "if_better"])
field_policies = st.dictionaries(st.sampled_from(FIELDS), policies)
requested = st.sets(st.sampled_from(FIELDS)).map(tuple)
options = st.fixed_dictionaries(
    {"policy": policies, "per_field": field_policies, "fields": requested, "force": st.booleans()}
)
NEWER = replace(AI, prompt_version=4)
OTHER = Metadata(
    title="Morning at the market",
    alt_text="A wooden stall with fish and two women behind it",
    caption="The market opens at dawn.",
    description="Behind a stall of dark wood, two women in aprons wait for the first people of the day.",
    tags=("dawn", "market", "stall", "apron", "church"),
    language="en",
)


def reasons(merged_decisions: dict[Field, Decision]) -> set[str]:
    return {decision.reason for decision in merged_decisions.values()}


def known(text: Metadata, origins: dict[Field, Provenance]) -> dict[Field, Provenance]:
    """The provenance as it would be stored: of the fields that are filled."""
    return {name: origin for name, origin in origins.items() if text.has(name)}


@given(metadata, provenances, metadata, provenances, options)
@settings(max_examples=200, deadline=None)
def test_human_text_is_never_lost_without_force(
    old: Metadata,
    old_origins: dict[Field, Provenance],
    new: Metadata,
    new_origins: dict[Field, Provenance],
    opts: Any,
) -> None:
    merged = merge(old, old_origins, new, new_origins, **opts)
    for name in FIELDS:
        lost = old.has(name) and merged.metadata.value(name) != old.value(name)
        if lost and old_origins[name].source == "human" and new_origins[name].source != "human":
            assert opts["force"]
            assert merged.decisions[name].reason == "forced"
            assert merged.forced


@given(metadata, provenances, metadata, provenances, options)
@settings(max_examples=200, deadline=None)
def test_merging_twice_is_merging_once(
    old: Metadata,
    old_origins: dict[Field, Provenance],
    new: Metadata,
    new_origins: dict[Field, Provenance],
    opts: Any,
) -> None:
    once = merge(old, known(old, old_origins), new, new_origins, **opts)
    twice = merge(once.metadata, once.provenance, new, new_origins, **opts)
    assert (twice.metadata, twice.provenance) == (once.metadata, once.provenance)
    assert twice.changed == ()


@given(metadata, provenances, metadata, provenances, st.booleans())
@settings(max_examples=100, deadline=None)
def test_only_empty_never_changes_a_filled_field(
    old: Metadata,
    old_origins: dict[Field, Provenance],
    new: Metadata,
    new_origins: dict[Field, Provenance],
    force: bool,
) -> None:
    merged = merge(old, old_origins, new, new_origins, policy="only_empty", force=force)
    for name in FIELDS:
        if old.has(name):
            assert merged.metadata.value(name) == old.value(name)
            assert merged.provenance[name] == old_origins[name]
        assert (name in merged.changed) <= (not old.has(name))


@given(metadata, provenances, metadata, provenances, options)
@settings(max_examples=100, deadline=None)
def test_each_field_is_wholly_old_or_wholly_new_and_has_a_reason(
    old: Metadata,
    old_origins: dict[Field, Provenance],
    new: Metadata,
    new_origins: dict[Field, Provenance],
    opts: Any,
) -> None:
    merged = merge(old, old_origins, new, new_origins, **opts)
    assert set(merged.decisions) == set(FIELDS)
    for name, decision in merged.decisions.items():
        text, origins = (new, new_origins) if decision.replaced else (old, old_origins)
        assert merged.metadata.value(name) == text.value(name)
        assert merged.provenance[name] == origins[name]
        assert decision.replaced or name not in merged.changed
        assert name in opts["fields"] or decision.reason == "not_requested"
    alt_text = new if merged.decisions["alt_text"].replaced else old
    assert merged.metadata.decorative == alt_text.decorative
    assert merged.metadata.language in {old.language, new.language}


@pytest.mark.parametrize(
    ("old", "new", "policy", "reason"),
    [
        (HEURISTIC, HEURISTIC, "always", "priority"),
        (HEURISTIC, EMBEDDED, "always", "priority"),
        (EMBEDDED, AI, "always", "priority"),
        (AI, NEWER, "always", "priority"),
        (AI, HUMAN, "always", "priority"),
        (HUMAN, HUMAN, "always", "priority"),
        (HUMAN, AI, "always", "human_text"),
        (AI, HEURISTIC, "always", "lower_priority"),
        (EMBEDDED, HEURISTIC, "always", "lower_priority"),
        (AI, EMBEDDED, "always", "lower_priority"),
        (HEURISTIC, AI, "keep_human", "priority"),
        (EMBEDDED, AI, "keep_human", "embedded_text"),
        (EMBEDDED, HEURISTIC, "keep_human", "embedded_text"),
        (EMBEDDED, EMBEDDED, "keep_human", "priority"),
        (EMBEDDED, HUMAN, "keep_human", "priority"),
        (HUMAN, AI, "keep_human", "human_text"),
        (HUMAN, HUMAN, "keep_human", "priority"),
        (AI, AI, "only_empty", "not_empty"),
        (HEURISTIC, HUMAN, "only_empty", "not_empty"),
        (HEURISTIC, AI, "if_better", "better"),
        (AI, AI, "if_better", "not_better"),
        (AI, HEURISTIC, "if_better", "lower_priority"),
        (HUMAN, AI, "if_better", "human_text"),
    ],
)
def test_who_may_replace_whom(old: Provenance, new: Provenance, policy: Policy, reason: str) -> None:
    merged = merge(METADATA, every(old), OTHER, every(new), policy=policy)
    assert reasons(merged.decisions) == {reason}
    replaced = reason in {"priority", "better"}
    assert merged.changed == (FIELDS if replaced else ())
    assert merged.metadata == (OTHER if replaced else METADATA)
    assert not merged.forced


@pytest.mark.parametrize(
    ("old", "new", "policy", "detail"),
    [
        (HUMAN, AI, "always", "human_text"),
        (HUMAN, AI, "keep_human", "human_text"),
        (EMBEDDED, AI, "keep_human", "embedded_text"),
        (AI, HEURISTIC, "keep_human", "lower_priority"),
    ],
)
def test_force_lifts_the_protection_and_says_so(
    old: Provenance, new: Provenance, policy: Policy, detail: str
) -> None:
    merged = merge(METADATA, every(old), OTHER, every(new), policy=policy, force=True)
    assert merged.metadata == OTHER
    assert merged.provenance == every(new)
    assert merged.forced
    assert {decision.detail for decision in merged.decisions.values()} == {detail}
    assert merged.decisions["title"].to_dict() == {"replaced": True, "reason": "forced", "detail": detail}


def test_force_does_not_make_worse_text_better() -> None:
    merged = merge(
        METADATA, every(HUMAN), Metadata(title="IMG_1234"), every(AI), policy="if_better", force=True
    )
    assert merged.metadata == METADATA
    assert merged.decisions["title"].reason == "not_better"
    assert not merged.forced


def test_force_with_a_better_text_names_both_reasons() -> None:
    merged = merge(
        Metadata(title="IMG_1234"), every(HUMAN), METADATA, every(AI), policy="if_better", force=True
    )
    assert merged.decisions["title"] == Decision("forced", "human_text, score 40 -> 100 (file_name)")


def test_if_better_tells_the_scores_and_the_faults() -> None:
    merged = merge(
        Metadata(title="IMG_1234", caption="Hm"), every(AI), METADATA, every(AI), policy="if_better"
    )
    assert merged.decisions["title"] == Decision("better", "score 40 -> 100 (file_name)")
    assert merged.decisions["caption"] == Decision("better", "score 70 -> 100 (too_short)")
    back = merge(METADATA, every(AI), Metadata(title="IMG_1234"), {"title": AI}, policy="if_better")
    assert back.decisions["title"] == Decision("not_better", "score 100 -> 40 (file_name)")


def test_if_better_prefers_the_newer_prompt() -> None:
    standard = Standard(prompt_versions={"openai": 4})
    merged = merge(METADATA, every(AI), OTHER, every(NEWER), policy="if_better", standard=standard)
    assert merged.metadata == OTHER
    assert merged.decisions["title"].detail == "score 90 -> 100 (older_prompt)"


def test_if_better_wants_the_language_of_the_proposal_unless_told() -> None:
    german = replace(OTHER, title="Der Markt am Morgen und die Frauen mit dem Fisch", language="de")
    english = replace(METADATA, title="The market in the morning and the women with fish")
    merged = merge(english, every(AI), german, every(AI), policy="if_better")
    assert merged.decisions["title"] == Decision("better", "score 60 -> 100 (wrong_language)")
    kept = merge(english, every(AI), german, every(AI), policy="if_better", standard=Standard("en"))
    assert kept.decisions["title"] == Decision("not_better", "score 100 -> 60 (wrong_language)")


def test_a_policy_per_field_comes_first() -> None:
    merged = merge(
        METADATA,
        every(EMBEDDED),
        OTHER,
        every(AI),
        policy="keep_human",
        per_field={"tags": "always", "title": "only_empty"},
    )
    assert merged.changed == ("tags",)
    assert merged.decisions["title"].reason == "not_empty"
    assert merged.metadata == replace(METADATA, tags=OTHER.tags)


def test_only_the_fields_asked_for_change() -> None:
    merged = merge(METADATA, every(HEURISTIC), OTHER, every(AI), fields={"caption"})
    assert merged.changed == ("caption",)
    assert merged.decisions["title"].reason == "not_requested"


def test_nothing_proposed_takes_nothing_away() -> None:
    merged = merge(METADATA, every(HEURISTIC), Metadata(), every(AI), policy="always")
    assert merged.metadata == METADATA
    assert reasons(merged.decisions) == {"nothing_proposed"}
    assert merge(METADATA, every(AI), Metadata(), {}, policy="always").metadata == METADATA


def test_a_person_empties_a_field() -> None:
    merged = merge(METADATA, every(HUMAN), Metadata(), {"caption": HUMAN})
    assert merged.metadata == replace(METADATA, caption="")
    assert merged.changed == ("caption",)
    again = merge(merged.metadata, merged.provenance, OTHER, every(AI), fields=["caption"])
    assert again.decisions["caption"].reason == "was_empty"


def test_the_same_text_is_unchanged() -> None:
    merged = merge(METADATA, every(AI), METADATA, every(AI))
    assert reasons(merged.decisions) == {"unchanged"}
    assert (merged.metadata, merged.provenance, merged.changed) == (METADATA, every(AI), ())


def test_the_same_text_from_a_higher_source_gets_its_provenance() -> None:
    merged = merge(METADATA, every(AI), METADATA, every(HUMAN))
    assert (merged.metadata, merged.provenance, merged.changed) == (METADATA, every(HUMAN), ())


def test_text_of_unknown_origin_is_protected_like_a_persons() -> None:
    merged = merge(METADATA, {}, OTHER, every(AI))
    assert reasons(merged.decisions) == {"human_text"}


def test_a_proposal_without_provenance_is_a_bug() -> None:
    with pytest.raises(KeyError):
        merge(Metadata(), {}, METADATA, {})


def test_decorative_goes_with_the_alt_text() -> None:
    decorative = replace(OTHER, alt_text="", decorative=True)
    merged = merge(METADATA, every(AI), decorative, every(AI), fields=["alt_text"])
    assert merged.changed == ("alt_text",)
    assert merged.metadata == replace(METADATA, alt_text="", decorative=True)
    kept = merge(merged.metadata, every(HUMAN), OTHER, every(AI), policy="only_empty")
    assert kept.metadata.decorative
    assert kept.decisions["alt_text"].reason == "not_empty"
    back = merge(merged.metadata, every(AI), OTHER, every(AI), fields=["alt_text"])
    assert (back.metadata.alt_text, back.metadata.decorative) == (OTHER.alt_text, False)


def test_the_language_is_that_of_most_of_the_text() -> None:
    german = replace(OTHER, language="de")
    assert merge(METADATA, every(AI), german, every(AI)).metadata.language == "de"
    most = merge(METADATA, every(AI), german, every(AI), fields=["description", "alt_text"])
    assert most.metadata.language == "de"
    assert merge(METADATA, every(AI), german, every(AI), fields=["title"]).metadata.language == "en"
    assert merge(METADATA, every(AI), german, every(AI), fields=[]).metadata.language == "en"
