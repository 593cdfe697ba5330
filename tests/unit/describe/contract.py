"""What every provider of descriptions keeps to, whichever it is; subclassed by the tests of each."""

import json
from abc import ABC, abstractmethod
from dataclasses import replace

import pytest

from gloss.describe.limits import within_limits
from gloss.describe.model import (
    Describer,
    DescribeRequest,
    EmbeddedText,
    Ok,
    outcome_from_dict,
    outcome_to_dict,
)
from gloss.describe.service import describe
from tests.unit.describe.samples import request
from tools.pictures import draw

PREVIEW = draw("forest", size=(64, 48))
ASKED = [
    replace(asked, preview=PREVIEW)
    for asked in (
        request(),
        request("東京タワー.jpg", embedded=EmbeddedText(title="x" * 500, keywords=("a",) * 50)),
        DescribeRequest(""),
    )
]


class DescriberContract(ABC):
    @pytest.fixture
    @abstractmethod
    def describer(self) -> Describer:
        """A provider that works."""

    def test_it_has_a_name(self, describer: Describer) -> None:
        assert describer.name == describer.name.strip().lower() != ""

    def test_what_sees_pixels_asks_a_model(self, describer: Describer) -> None:
        assert not describer.sees_pixels or describer.model

    @pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.file_name or "nothing")
    def test_its_answer_is_within_the_limits_and_says_where_it_comes_from(
        self, describer: Describer, asked: DescribeRequest
    ) -> None:
        outcome = describe(describer, asked)
        assert isinstance(outcome, Ok)
        description = outcome.description
        assert within_limits(description.metadata) == description.metadata
        for name, origin in description.provenance.items():
            assert origin.source != "human", name
            assert origin.provider == describer.name

    def test_its_answer_survives_the_state_machine(self, describer: Describer) -> None:
        outcome = describe(describer, ASKED[0])
        assert isinstance(outcome, Ok)
        assert outcome_from_dict(json.loads(json.dumps(outcome_to_dict(outcome)))) == outcome
