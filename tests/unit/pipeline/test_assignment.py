"""Who does the paid work on an image, with whose key, and who stands in."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from gloss.describe.fallback import UnusableDescriber
from gloss.describe.heuristic import HeuristicDescriber
from gloss.describe.memory import ScriptedDescriber
from gloss.describe.model import (
    Describer,
    DescribeRequest,
    Description,
    Fallback,
    Metadata,
    Ok,
    Outcome,
    Permanent,
    RateLimited,
    Transient,
    Usage,
)
from gloss.embed.local import LocalEmbedder
from gloss.embed.memory import ScriptedEmbedder
from gloss.embed.model import Embedder
from gloss.errors import ProviderUnavailable
from gloss.images.model import Image, Status, Work
from gloss.metering.breaker import THRESHOLD
from gloss.pipeline.assignment import DescriberAssignment, EmbedderAssignment
from gloss.pipeline.office import Office
from gloss.providers.model import ProviderChoice, Registry, permanent
from gloss.settings.model import KEY_REST, Preferences, StoredKey
from gloss.settings.store import SettingsStore
from gloss.settings.vault import Vault
from tests.fakes.kms import FakeKms
from tests.fakes.metering import START, MeteringKit
from tests.fakes.tables import with_tables

PRICES = json.dumps(
    {
        "prices": [
            {"provider": provider, "model": model, "since": "2026-01-01", "input": "1", "output": "1"}
            for provider in ("openai", "bedrock")
            for model in ("scripted-1", "nova")
        ]
    }
)
SECRET = "sk-own-0123456789"
REQUEST = DescribeRequest("beach.jpg", preview=b"jpeg")
OK = Ok(Description(Metadata(title="A beach"), {}, usage=Usage(100, 10)))
DOWN = Transient("PROVIDER_ERROR", "Broken.")


def image(*, held: int = 1, job: str | None = None, **request: Any) -> Image:
    return Image(
        user="ada",
        image="image-1",
        status=Status.PROCESSING,
        file_name="beach.jpg",
        content_type="image/jpeg",
        size=1,
        created_at="now",
        updated_at="now",
        work=Work("upload-image-1", credits=held, request=request, job=job),
    )


@dataclass
class Kit:
    """A stack whose providers answer ``outcomes``; ``chosen`` holds what the registry was asked for."""

    outcomes: Mapping[str, Outcome] = field(default_factory=lambda: {"openai": OK, "bedrock": OK})
    chosen: list[ProviderChoice] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.meter = MeteringKit(limits='{"openai": {"describe": 1000}}', prices=PRICES)
        self.settings = SettingsStore(with_tables("SettingsTable").client, "SettingsTable")
        self.vault = Vault(FakeKms().client, "key-1")
        self.office = Office(self.settings, self.vault, self.meter.metering())

    def prefer(self, **preferences: Any) -> None:
        self.settings.save("ada", Preferences(**preferences), based_on=0, at="now")

    def bring_key(self, **changes: Any) -> StoredKey:
        sealed = self.vault.seal("ada", "openai", SECRET)
        known: dict[str, Any] = {"last4": "6789", "created_at": "2026-11-20"}
        key = StoredKey("openai", sealed, **{**known, **changes})
        self.settings.save_key("ada", key)
        return key

    def _scripted(self, name: str) -> Callable[[ProviderChoice], Describer]:
        def make(choice: ProviderChoice) -> Describer:
            self.chosen.append(choice)
            return ScriptedDescriber(self.outcomes[name], name=name)

        return make

    def describer(
        self,
        made: Image,
        default: str = "openai",
        fallback: str = "heuristic",
        stack_models: frozenset[str] = frozenset(),
    ) -> Describer:
        registry: Registry[Describer] = Registry(
            {
                "heuristic": lambda _choice: HeuristicDescriber(),
                **{name: self._scripted(name) for name in self.outcomes},
            }
        )
        stack = ProviderChoice(default, "stack-model")
        assign = DescriberAssignment(
            registry, stack, lambda: self.office, fallback=fallback, stack_models=stack_models
        )
        return assign(made)

    def embedder(self, made: Image, provider: str = "openai") -> Embedder:
        return self.embedders(provider)(made)

    def embedders(self, provider: str = "openai") -> EmbedderAssignment:
        def scripted(choice: ProviderChoice) -> Embedder:
            self.chosen.append(choice)
            return ScriptedEmbedder()

        registry: Registry[Embedder] = Registry(
            {"local": lambda _choice: LocalEmbedder(64), "openai": scripted}
        )
        return EmbedderAssignment(registry, ProviderChoice(provider, "small"), lambda: self.office)


def words_of(outcome: Outcome) -> Metadata:
    assert isinstance(outcome, Ok)
    return outcome.description.metadata


def test_what_costs_nothing_needs_neither_settings_nor_meter() -> None:
    kit = Kit()
    kit.office = None  # type: ignore[assignment]  # nobody may look at it
    assert kit.describer(image(provider="heuristic")).name == "heuristic"
    assert kit.describer(image(), default="heuristic").name == "heuristic"
    assert kit.embedder(image(), "local").name == "local"


def test_the_stack_pays_with_its_own_key_and_model() -> None:
    kit = Kit()
    assert words_of(kit.describer(image(job="job-1")).describe(REQUEST)) == words_of(OK)
    assert kit.chosen == [ProviderChoice("openai", "stack-model")]
    (row,) = kit.meter.rows()
    assert (row["payer"], row["purpose"], row["job"], row["image"]) == (
        "stack",
        "describe",
        "job-1",
        "image-1",
    )


def test_work_names_provider_and_model() -> None:
    kit = Kit()
    kit.describer(image(provider="bedrock", model="nova"))
    kit.describer(image(provider="bedrock"))
    assert kit.chosen == [ProviderChoice("bedrock", "nova"), ProviderChoice("bedrock", "")]


@pytest.mark.parametrize(
    ("model", "listed", "allowed"),
    [
        ("nova", (), True),
        ("stack-model", (), True),
        ("gpt-99", (), False),
        ("gpt-99", ("gpt-99",), True),
        ("nova", ("gpt-99",), False),
        ("stack-model", ("gpt-99",), True),
    ],
)
def test_the_stack_pays_for_models_of_known_price_or_those_on_its_list(
    model: str, listed: tuple[str, ...], allowed: bool
) -> None:
    kit = Kit()
    outcome = kit.describer(image(model=model), stack_models=frozenset(listed)).describe(REQUEST)
    assert (outcome.kind == "ok") == allowed
    assert [choice.model for choice in kit.chosen] == [model] * allowed
    assert allowed or getattr(outcome, "code", None) == "MODEL_NOT_ALLOWED"


def test_own_keys_are_free_to_choose() -> None:
    kit = Kit()
    kit.bring_key()
    found = kit.describer(image(held=0, model="gpt-99"), stack_models=frozenset({"nova"}))
    assert found.describe(REQUEST).kind == "ok"


def test_a_library_is_embedded_again_on_the_stack_behind_everything_else_and_under_its_cap() -> None:
    kit = Kit()
    kit.bring_key()
    again = kit.embedders().for_library(image(held=0))
    assert again.embed(["words"]).kind == "ok"
    (row,) = kit.meter.rows()
    assert (row["purpose"], row["payer"]) == ("reindex", "stack")
    assert kit.meter.reported[-1].call.priority == "bulk"
    kit.prefer(monthly_cap_usd=0)
    assert getattr(kit.embedders().for_library(image()).embed(["words"]), "code", None) == "COST_CAP_REACHED"


def test_work_of_the_bulk_queue_leaves_places_to_people() -> None:
    kit = Kit()
    bulk = image()
    assert bulk.work
    for made in (bulk, replace(bulk, work=replace(bulk.work, queue="bulk"))):
        kit.describer(made).describe(REQUEST)
    assert [one.call.priority for one in kit.meter.reported] == ["interactive", "bulk"]


def test_work_without_a_credit_is_done_with_the_users_key() -> None:
    kit = Kit()
    kit.bring_key(base_url="https://llm.example.com/v1", per_minute=1)
    describer = kit.describer(image(held=0, model="llava"))
    assert words_of(describer.describe(REQUEST)) == words_of(OK)
    assert kit.chosen == [
        ProviderChoice("openai", "llava", SECRET, "https://llm.example.com/v1", guarded=True)
    ]
    assert kit.meter.rows()[0]["payer"] == "user"
    assert describer.describe(REQUEST).kind == "rate_limited"


def test_work_with_a_credit_is_not_done_with_the_users_key() -> None:
    kit = Kit()
    kit.bring_key()
    kit.describer(image())
    assert kit.chosen == [ProviderChoice("openai", "stack-model")]


@pytest.mark.parametrize("base_url", ["", "https://llm.example.com/v1"])
def test_the_local_stage_calls_any_address(base_url: str) -> None:
    kit = Kit()
    kit.bring_key(base_url=base_url)
    kit.office = Office(kit.settings, kit.vault, kit.meter.metering(), guarded=False)
    kit.describer(image(held=0))
    assert not kit.chosen[0].guarded


@pytest.mark.parametrize(
    ("status", "code"), [(None, "KEY_MISSING"), ("refused", "BAD_KEY"), ("exhausted", "KEY_EXHAUSTED")]
)
def test_without_a_good_key_nobody_elses_money_is_spent(status: str | None, code: str) -> None:
    kit = Kit()
    if status:
        kit.bring_key(status=status, rests_until=int(START.timestamp()) + 600)
    outcome = kit.describer(image(held=0)).describe(REQUEST)
    assert isinstance(outcome, Permanent)
    assert outcome.code == code
    assert kit.chosen == []
    kit.prefer(fallback=True)
    outcome = kit.describer(image(held=0), fallback="bedrock").describe(REQUEST)
    assert isinstance(outcome, Ok)
    assert outcome.description.fallback == Fallback("openai", code)
    assert kit.chosen == []


@pytest.mark.parametrize(("code", "status"), [("BAD_KEY", "refused"), ("KEY_EXHAUSTED", "exhausted")])
def test_a_key_of_no_use_is_flagged_in_the_settings(code: str, status: str) -> None:
    kit = Kit({"openai": permanent(code)})
    kit.bring_key()
    kit.describer(image(held=0)).describe(REQUEST)
    assert kit.settings.profile("ada").keys["openai"].status == status


def test_a_key_whose_account_was_topped_up_comes_back_by_itself() -> None:
    kit = Kit({"openai": OK})
    kit.bring_key(status="exhausted", flagged_at="2026-11-20", rests_until=int(START.timestamp()) + 600)
    assert getattr(kit.describer(image(held=0)).describe(REQUEST), "code", None) == "KEY_EXHAUSTED"
    assert kit.chosen == []

    kit.meter.forward(600)
    first, second = kit.describer(image(held=0)), kit.describer(image(held=0))
    assert getattr(second.describe(REQUEST), "code", None) == "KEY_EXHAUSTED"
    assert first.describe(REQUEST).kind == "ok"

    key = kit.settings.profile("ada").keys["openai"]
    assert (key.status, key.flagged_at, key.rests_until) == ("active", None, None)
    assert kit.describer(image(held=0)).describe(REQUEST).kind == "ok"


@pytest.mark.parametrize(
    "answer", [permanent("KEY_EXHAUSTED"), RateLimited(5), Transient("PROVIDER_ERROR", "It broke.")]
)
def test_a_key_that_is_tried_in_vain_rests_again(answer: Outcome) -> None:
    kit = Kit({"openai": answer})
    kit.bring_key(status="exhausted", flagged_at="2026-11-20", rests_until=int(START.timestamp()))
    assert kit.describer(image(held=0)).describe(REQUEST) == answer
    assert len(kit.chosen) == 1
    kit.meter.forward(KEY_REST.total_seconds() - 1)
    assert getattr(kit.describer(image(held=0)).describe(REQUEST), "code", None) == "KEY_EXHAUSTED"
    assert len(kit.chosen) == 1
    key = kit.settings.profile("ada").keys["openai"]
    assert (key.status, key.flagged_at) == ("exhausted", "2026-11-20")


def test_a_bad_key_of_the_stack_flags_nobody() -> None:
    kit = Kit({"openai": permanent("BAD_KEY")})
    kit.bring_key()
    kit.describer(image()).describe(REQUEST)
    assert kit.settings.profile("ada").keys["openai"].status == "active"


def test_a_fallback_needs_the_users_word() -> None:
    kit = Kit({"openai": DOWN, "bedrock": OK})
    for _ in range(THRESHOLD):
        kit.describer(image()).describe(REQUEST)
    outcome = kit.describer(image(), fallback="bedrock").describe(REQUEST)
    assert isinstance(outcome, Transient)
    assert outcome.code == "PROVIDER_UNAVAILABLE"


def test_the_other_provider_stands_in_and_then_the_heuristic() -> None:
    kit = Kit({"openai": DOWN, "bedrock": OK})
    kit.prefer(fallback=True)
    for _ in range(THRESHOLD):
        assert kit.describer(image()).describe(REQUEST) == DOWN
    other = kit.describer(image(), fallback="bedrock").describe(REQUEST)
    assert isinstance(other, Ok)
    assert other.description.metadata.title == "A beach"
    kit.outcomes = {"openai": DOWN, "bedrock": permanent("ACCESS_DENIED")}
    last = kit.describer(image(), fallback="bedrock").describe(REQUEST)
    assert isinstance(last, Ok)
    assert last.description.provenance["title"].provider == "heuristic"
    assert (
        last.description.fallback == other.description.fallback == Fallback("openai", "PROVIDER_UNAVAILABLE")
    )


def test_a_provider_that_the_stack_has_no_access_to_is_a_refusal() -> None:
    kit = Kit({})
    outcome = kit.describer(image(provider="openai"), default="heuristic").describe(REQUEST)
    assert isinstance(outcome, Permanent)
    assert outcome.code == "PROVIDER_UNAVAILABLE"
    kit.prefer(fallback=True)
    assert kit.describer(image(provider="openai"), default="heuristic").describe(REQUEST).kind == "ok"


def test_a_provider_of_no_name_is_refused() -> None:
    with pytest.raises(ProviderUnavailable):
        EmbedderAssignment(Registry({}), ProviderChoice("local"), lambda: Kit().office)(image())


def test_a_cap_stops_describing_and_lets_what_was_begun_end() -> None:
    kit = Kit()
    kit.prefer(monthly_cap_usd=0)
    outcome = kit.describer(image()).describe(REQUEST)
    assert isinstance(outcome, Permanent)
    assert outcome.code == "COST_CAP_REACHED"
    assert kit.embedder(image()).embed(["words"]).kind == "ok"


@pytest.mark.parametrize(
    ("held", "changes", "payer"),
    [
        (1, {}, "stack"),
        (0, {}, "user"),
        (0, {"base_url": "https://llm.example.com"}, "stack"),
        (0, {"status": "refused"}, "stack"),
    ],
)
def test_who_pays_for_a_vector(held: int, changes: dict[str, Any], payer: str) -> None:
    kit = Kit()
    kit.bring_key(**changes)
    kit.embedder(image(held=held)).embed(["words"])
    assert kit.chosen == [ProviderChoice("openai", "small", SECRET if payer == "user" else "")]
    (row,) = kit.meter.rows()
    assert (row["payer"], row["purpose"], row["model"]) == (payer, "embed", "scripted-1")


@pytest.mark.parametrize("payer", ["stack", "user"])
def test_a_query_is_a_call_of_its_users(payer: str) -> None:
    kit = Kit()
    if payer == "user":
        kit.bring_key()
    assert kit.embedders().for_queries("ada").embed(["old bridge"]).kind == "ok"
    assert kit.chosen == [ProviderChoice("openai", "small", SECRET if payer == "user" else "")]
    (row,) = kit.meter.rows()
    assert (row["user"], row["payer"], row["purpose"], row.get("image")) == ("ada", payer, "search", None)


def test_a_cap_stops_queries() -> None:
    kit = Kit()
    kit.prefer(monthly_cap_usd=0)
    outcome = kit.embedders().for_queries("ada").embed(["old bridge"])
    assert isinstance(outcome, Permanent)
    assert outcome.code == "COST_CAP_REACHED"


def test_what_cannot_be_called_says_why() -> None:
    reason = Permanent("KEY_MISSING", "Gone.")
    describer = UnusableDescriber("openai", reason)
    assert (describer.name, describer.model, describer.sees_pixels) == ("openai", None, False)
    assert describer.describe(REQUEST) == reason
